"""What the desk changes on the schedule: book, move, cancel, the steps of a visit, and undo."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlsplit

from flask import Response, abort, render_template, request
from flask_login import current_user
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from clinic import clock, db, eligibility, formats, scheduling
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.forms import BookForm, CancelForm, MoveForm, NoteForm, PlaceForm, StepForm
from clinic.blueprints.desk.pages import Shown, announced, find, panel_card, show, show_panel, shown
from clinic.blueprints.desk.series import repeats, series_dates
from clinic.models import Appointment, Patient
from clinic.scheduling import (
    AppointmentChanged,
    NeedsConfirmation,
    Plan,
    SchedulingConflict,
    SchedulingError,
    pins,
    undoing,
)
from clinic.web import get_or_404, may, requires, see_other, viewed, wants_fragment
from clinic.web.sessions import tell

Step = Callable[[Session, Appointment, int], Appointment]


def _arrive(session: Session, appointment: Appointment, version: int) -> Appointment:
    """Arrived, and the payer is asked when its answer is old, as at check-in (E7)."""
    arrived = scheduling.arrive(session, appointment, version)
    eligibility.ask_at_arrival(session, arrived)
    return arrived


STEPS: dict[str, tuple[Step, str]] = {
    "confirmation": (scheduling.confirm, "is confirmed"),
    "arrival": (_arrive, "has arrived"),
    "rooming": (scheduling.room, "is in the room"),
    "departure": (scheduling.check_out, "is checked out"),
    "no-show": (scheduling.no_show, "did not come"),
    "undo": (undoing.take_back, ""),
}


@bp.post("/appointments")
@requires("schedule.book")
def book() -> Response:
    """Book a visit; one that repeats is first shown date by date."""
    if repeats():
        return series_dates()
    form = BookForm()
    form.fill(db.session())
    where = shown()
    patient = get_or_404(Patient, form.patient.data or "-")
    viewed("demographics", patient.id)
    form.fill_for(patient)
    if not form.validate_on_submit():
        return show_panel(where, status=422, mode="book", form=form, patient=patient)
    only_if_allowed(form)
    try:
        with db.transaction() as session:
            booked = scheduling.book(
                session,
                patient,
                form.providers[form.provider.data],
                form.visit_types[form.visit_type.data],
                form.starts_at(),
                minutes=form.minutes.data,
                room=form.rooms[form.room.data] if form.room.data else None,
                reason=form.reason.data or "",
                case=form.cases.get(form.case.data),
                self_pay=form.self_pay,
                accepted=form.taken_warnings(),
                overbook_reason=form.beside_reason(),
                closed_reason=form.why_closed(),
            )
            # The booked visit is on its own day, which may not be the one that was looked at.
            day = clock.local(booked.starts_at).date()
            text = f"{patient.name} booked for {formats.mdy(day)}, {formats.wall(booked.starts_at)}."
            then = keep_notice(session, replace(where, day=day), text)
    except NeedsConfirmation as unsure:
        return _ask(where, form, unsure, mode="book", patient=patient)
    except SchedulingConflict as conflict:
        form.beside = conflict.resource == "provider"
        form.note_asked()
        return show(where, status=409, mode="book", form=form, patient=patient, conflict=str(conflict))
    except SchedulingError as error:
        form.refuse(error)
        return show_panel(where, status=422, mode="book", form=form, patient=patient)
    return done(then, booked, text)


@bp.post("/appointments/<public_id>/time")
@requires("schedule.book")
def move(public_id: str) -> Response:
    """Move a visit: by the form, or by a drop on the calendar, which sends `start` and `provider`."""
    found = find(public_id)
    form = MoveForm(formdata=_dropped() if "start" in request.form else request.form)
    form.fill(db.session())
    where = shown()
    if not form.validate():
        return _keep(where, found, form, 422)
    only_if_allowed(form)
    before = _place(found)
    try:
        with db.transaction() as session:
            scheduling.move(
                session,
                found,
                form.version.data or 0,
                starts_at=form.starts_at(),
                provider=form.providers[form.provider.data],
                minutes=form.minutes.data,
                reason=form.reason.data or "",
                accepted=form.taken_warnings(),
                overbook_reason=form.beside_reason(),
                closed_reason=form.why_closed(),
            )
            # Put down: it is carried no more.
            pins.unpin(session, current_user.id, [found.id])
            day = clock.local(found.starts_at).date()
            text = f"{found.patient.name} moved to {formats.mdy(day)}, {formats.wall(found.starts_at)}."
            then = keep_notice(session, replace(where, day=day), text)
    except NeedsConfirmation as unsure:
        return _ask(where, form, unsure, mode="move", found=found)
    except SchedulingConflict as conflict:
        form.beside = conflict.resource == "provider"
        form.note_asked()
        return show(
            where, status=409, mode="move", card=panel_card(found)["card"], form=form, conflict=str(conflict)
        )
    except AppointmentChanged as changed:
        return lost_to(where, found, changed)
    except SchedulingError as error:
        form.refuse(error)
        return _keep(where, found, form, 422)
    return done(then, found, text, alone=before[1:] == _place(found)[1:], also=("desk/_pins.html",))


@bp.post("/appointments/<public_id>/cancellation")
@requires("schedule.book")
def cancel(public_id: str) -> Response:
    """Cancel a visit with a reason."""
    found = find(public_id)
    form = CancelForm()
    where = shown()
    if not form.validate_on_submit():
        card = panel_card(found)["card"]
        return show_panel(where, status=422, mode="cancel", card=card, form=form)
    try:
        with db.transaction() as session:
            scheduling.cancel(
                session, found, form.version.data or 0, reason=form.reason.data, by=form.by.data
            )
            text = f"The visit of {found.patient.name} is cancelled."
            keep_notice(session, where, text)
    except AppointmentChanged as changed:
        return lost_to(where, found, changed)
    return done(where, found, text)


@bp.post(
    "/appointments/<public_id>/<any('confirmation','arrival','rooming','departure','no-show','undo'):step>"
)
@requires("schedule.book")
def take_step(public_id: str, step: str) -> Response:
    """One step of a visit: what changes on the day's page is one column and the head of the panel."""
    found = find(public_id)
    where = shown()
    action, words = STEPS[step]
    form = StepForm()
    if not form.validate_on_submit():
        abort(400)
    before = _place(found)
    try:
        with db.transaction() as session:
            loaded = found.version
            action(session, found, form.version.data or 0)
            # Another desk may have done the same: who did it, and when, is the answer then.
            text = f"{found.patient.name} {words}." if words else undoing.outcome(found)
            changed = found.version != loaded
            if not changed:
                text = scheduling.already(session, found)
            keep_notice(session, where, text)
            # Read with the change, so that the look at the column costs no commit of its own.
            drawn = before == _place(found) and wants_fragment() and where.view == "day" and where.grid
            plan = _plan_of_column(where, found) if drawn and "bar" not in request.form else None
    except (AppointmentChanged, SchedulingConflict) as lost:
        return lost_to(where, found, lost)
    if "bar" in request.form and wants_fragment():
        return _taken_back(where, found, text)
    back = changed and bool(words)
    if before != _place(found):
        return done(where, found, text, alone=False, back=back)
    if plan is not None:
        column = _column(where, plan, "desk/_head.html", card=scheduling.head(db.session(), found))
        return _announced(where, column, text, found if back else None)
    return done(where, found, text, back=back)


@bp.post("/appointments/<public_id>/note")
@requires("schedule.book")
def write_note(public_id: str) -> Response:
    """What the staff note of a visit; of two who write at once, the slower reads what the other wrote."""
    found = find(public_id)
    where = shown()
    form = NoteForm()
    if not form.validate_on_submit():
        return show_panel(where, status=422, **panel_card(found), form=form)
    try:
        with db.transaction() as session:
            scheduling.write_note(session, found, form.was.data or "", form.note.data or "")
            text = f"The note of {found.patient.name}'s visit is {'saved' if found.note else 'removed'}."
            keep_notice(session, where, text)
    except AppointmentChanged as lost:
        db.session.refresh(found)
        form.note.errors, form.was.data = [str(lost)], found.note
        return show_panel(where, status=409, **panel_card(found), form=form)
    return done(where, found, text)


def _taken_back(where: Shown, found: Appointment, text: str) -> Response:
    """After the key: the schedule, and the panel only where it shows this very visit; what else is typed there stays."""
    if request.form.get("panel") == found.public_id:
        response = show(where, **panel_card(find(found.public_id)))
    else:
        response = show(where, also=("desk/_open.html",))
    return _announced(where, response, text)


def _place(found: Appointment) -> tuple[datetime, int, date]:
    return found.starts_at, found.provider_id, clock.local(found.starts_at).date()


def keep_notice(session: Session, where: Shown, text: str) -> Shown:
    """Keep the notice of a change, with the change, for the page that follows; a fragment speaks for itself."""
    if not (wants_fragment() and _in_view(where.day)):
        tell(session, text)
    return where


def done(
    where: Shown,
    found: Appointment,
    text: str,
    *,
    alone: bool = True,
    back: bool = True,
    also: tuple[str, ...] = (),
) -> Response:
    """The schedule as it is now with the appointment open; without JavaScript the page says what was done.

    `alone` says that nothing changed outside the appointment's column; then it is all that is drawn, where the open
    page has the column and rows for it. A visit that left the days in view takes the whole page along: its day
    stands in the head and in the links. `back` offers to take it back, `also` names further parts.
    """
    offered = found if back else None
    if not (wants_fragment() and _in_view(where.day)):
        return see_other("desk.day", day=where.day.isoformat(), **where.query, appointment=found.public_id)
    found = find(found.public_id)
    if not (alone and where.has_rows_for(found)):
        parts = ("desk/_panel.html", "desk/_open.html", *also)
        whole = show(where, also=parts, **panel_card(found))
        return _announced(where, _addressed(whole, where, found), text, offered)
    plan = _plan_of_column(where, found)
    column = _column(where, plan, "desk/_panel.html", *also, **panel_card(found))
    column.headers["HX-Retarget"] = f"#col-{found.provider.public_id}-{where.day.isoformat()}"
    return _announced(where, _addressed(column, where, found), text, offered)


def _addressed(response: Response, where: Shown, found: Appointment) -> Response:
    """A page that was opened as a form for a new visit shows the day by now: its address says so, for who reloads it."""
    if urlsplit(request.headers.get("HX-Current-URL", "")).path.endswith(("/new", "/openings")):
        response.headers["HX-Replace-Url"] = where.url(appointment=found.public_id)
    return response


def _plan_of_column(where: Shown, found: Appointment) -> Plan:
    """One column of the page that is open, in that page's rows; the filter on providers narrows the reading."""
    plan = scheduling.day(
        db.session(), where.day, [found.provider.public_id], rooms=where.rooms, grid=where.grid
    )
    viewed("schedule", *plan.patient_ids)
    return plan


def _column(where: Shown, plan: Plan, *beside: str, **panel: object) -> Response:
    return show(where, plan=plan, fragment="desk/_column.html", also=beside, **{"mode": "card", **panel})


def _in_view(day: date) -> bool:
    """Whether the schedule that sent this request shows the day."""
    seen = shown()
    if seen.view == "week":
        return seen.day.isocalendar()[:2] == day.isocalendar()[:2]
    if seen.view == "month":
        return (seen.day.year, seen.day.month) == (day.year, day.month)
    return seen.day == day


def _announced(where: Shown, response: Response, text: str, found: Appointment | None = None) -> Response:
    """The answer, said, with the line that offers to take `found`'s change back."""
    last = {"text": text, "visit": found}
    frame = where.frame if where.view == "day" else ""
    line = render_template("desk/_last.html", oob=True, last=last, where=where, frame=frame)
    response.set_data(response.get_data() + line.encode())
    return announced(response, text)


def _ask(where: Shown, form: PlaceForm, unsure: NeedsConfirmation, **panel: object) -> Response:
    """What to know before saying yes: nothing was changed, and the same form asks for it by name."""
    form.ask(unsure.warnings)
    found = panel.pop("found", None)
    if isinstance(found, Appointment):
        panel |= panel_card(found) | {"mode": "move"}
    return show_panel(where, status=422, form=form, warnings=unsure.warnings, **panel)


def _keep(where: Shown, found: Appointment, form: MoveForm, status: int) -> Response:
    return show_panel(where, status=status, mode="move", card=panel_card(found)["card"], form=form)


def lost_to(where: Shown, found: Appointment, lost: SchedulingError) -> Response:
    """Somebody was faster: the sentence, and the schedule and the appointment as they are now (409)."""
    db.session.refresh(found)
    return show(where, status=409, **panel_card(found), notice=str(lost))


def only_if_allowed(form: PlaceForm) -> None:
    """Booking beside somebody, or at a closed time, is a permission of its own (A4)."""
    if (form.overbook_reason.data or form.closed_reason.data) and not may("schedule.overbook"):
        abort(403)


def _dropped() -> MultiDict[str, str]:
    """The calendar's own words for a place, as the form knows them."""
    values = request.form.copy()
    try:
        start = datetime.fromisoformat(values.pop("start"))
    except ValueError:
        abort(400)
    values["day"], values["time"] = formats.mdy(start.date()), f"{start:%H:%M}"
    return values
