"""Series of visits at the desk: the list before booking, the booking, and the page of a series (A7, ask 41)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Response, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import clock, db, formats
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.forms import BookForm
from clinic.blueprints.desk.pages import Shown, show_panel, shown, visit_word
from clinic.blueprints.desk.series_forms import (
    RepeatForm,
    carried,
    choices,
    closed_reason,
    done,
    only_if_allowed,
    words_of_choices,
)
from clinic.models import Appointment, AppointmentSeries, Patient, RenderingProvider, SeriesChange
from clinic.scheduling import (
    SchedulingError,
    guards,
    recurrence,
    series,
    series_changes,
    series_cover,
    series_rule,
    series_undo,
)
from clinic.scheduling.recurrence import Rule, RuleRefused
from clinic.scheduling.series import Draft, Look, SeriesTaken
from clinic.scheduling.series_rule import ByRule
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.sessions import tell

CARRIED = (
    "patient", "day", "time", "provider", "visit_type", "minutes", "reason", "room", "case",
    "every", "weekdays", "times", "until_on", "key",
)  # fmt: skip


bp.add_app_template_filter(lambda instant: f"{clock.local(instant):%a}", "weekday")


@bp.context_processor
def _of_series() -> dict[str, Any]:
    return {
        "repeat_of": lambda form: getattr(form, "repeat", None) or RepeatForm(),
        "series_of": lambda visit: series.of_visit(db.session(), visit),
    }


@dataclass(frozen=True)
class Listed:
    """The list of a series that is to be booked, and what its form takes along."""

    draft: Draft
    look: Look
    rule: str
    notice: str
    hidden: list[tuple[str, str]]
    choice: dict[str, Any]


@dataclass(frozen=True)
class Asked:
    """What was asked for; `draft` is None where the form needs a look."""

    where: Shown
    patient: Patient
    form: BookForm
    draft: Draft | None


def repeats() -> bool:
    """Whether a booking form that was sent asks for more than one visit."""
    return bool(request.form.get("times", "").strip() or request.form.get("until_on", "").strip())


@bp.post("/series/dates")
@requires("schedule.book")
def series_dates() -> Response:
    """The series date by date, before anything is booked."""
    return _list(_asked(), 200)


@bp.post("/series/form")
@requires("schedule.book")
def series_form() -> Response:
    """Back to the form, with what was typed."""
    asked = _asked()
    asked.form.repeat.process(formdata=None, data=asked.form.repeat.data)
    return show_panel(asked.where, mode="book", form=asked.form, patient=asked.patient)


@bp.post("/series")
@requires("schedule.book")
def book_series() -> Response:
    """Book all of it as chosen, or nothing; a lost race answers with the new list and the choices kept (A4).

    The second click says nothing of its own: it would be told on the page after, where it is no longer true.
    """
    asked = _asked()
    if asked.draft is None:
        return _list(asked, 422)
    only_if_allowed()
    twin = series.booked_by(db.session(), asked.draft.key)
    if twin is not None:
        return see_other("desk.show_series", public_id=twin.public_id)
    try:
        look = series.look(db.session(), asked.draft, choices())
        if look.plan.open:
            return _list(asked, 422, "Choose for each date that is not free.", look)
        with db.transaction() as session:
            made = series.book(session, asked.draft, choices(), closed_reason())
            public_id = made.public_id
            count = len(series.visits_of(session, made))
            tell(session, done(count, asked.patient, "booked"))
    except SeriesTaken as taken:
        return _list(asked, 409, str(taken))
    except SchedulingError as refused:
        return _list(asked, 422, str(refused))
    return see_other("desk.show_series", public_id=public_id)


def _asked() -> Asked:
    where = shown()
    form = BookForm()
    form.fill(db.session())
    form.repeat = repeat = RepeatForm()
    patient = get_or_404(Patient, form.patient.data or "-")
    viewed("demographics", patient.id)
    form.fill_for(patient)
    fine = form.validate_on_submit()
    if not repeat.validate() or not fine:
        return Asked(where, patient, form, None)
    if form.day.data < clock.today():
        form.day.errors = ["A series begins today or later."]
        return Asked(where, patient, form, None)
    kind = form.visit_types[form.visit_type.data]
    draft = Draft(
        patient,
        kind,
        form.providers[form.provider.data],
        form.minutes.data or kind.minutes,
        Rule(
            first_on=form.day.data,
            wall_time=form.time.data,
            weekdays=tuple(int(each) for each in repeat.weekdays.data) or (form.day.data.weekday(),),
            every=repeat.every.data,
            times=repeat.times.data,
            until_on=repeat.until_on.data,
        ),
        form.reason.data or "",
        repeat.key.data or "",
        form.cases.get(form.case.data),
        form.rooms.get(form.room.data),
        form.self_pay,
    )
    try:
        draft.wanted()
    except RuleRefused as refused:
        repeat[refused.field].errors = [*repeat[refused.field].errors, str(refused)]
        return Asked(where, patient, form, None)
    return Asked(where, patient, form, draft)


def _list(asked: Asked, status: int, notice: str = "", look: Look | None = None) -> Response:
    """The list in the panel, or the form again where it needs a look."""
    if asked.draft is None:
        return show_panel(asked.where, status=422, mode="book", form=asked.form, patient=asked.patient)
    look = look or series.look(db.session(), asked.draft, choices())
    viewed("schedule", *look.plan.seen)
    listed = Listed(
        asked.draft,
        look,
        recurrence.words(asked.draft.rule),
        notice,
        [*carried(*CARRIED[:-1]), ("key", asked.draft.key)],
        words_of_choices(moving=False),
    )
    return show_panel(
        asked.where, status=status, mode="series", form=asked.form, patient=asked.patient, found=listed
    )


# ---- The page of a series ----


def find_series(public_id: str) -> AppointmentSeries:
    """A series with whom and what it is for, or 404."""
    found = get_or_404(
        AppointmentSeries,
        public_id,
        joinedload(AppointmentSeries.patient),
        joinedload(AppointmentSeries.visit_type),
        joinedload(AppointmentSeries.provider),
    )
    viewed("schedule", found.patient_id)
    return found


@bp.get("/series/<public_id>")
@requires("schedule.view")
def show_series(public_id: str) -> Response:
    """All visits of a series with their states, what was done to it, and what may be done."""
    return series_page(find_series(public_id))


def series_page(found: AppointmentSeries, status: int = 200, notice: str = "") -> Response:
    """The page, with a sentence on top where something was refused."""
    session = db.session()
    visits = series.visits_of(session, found)
    changes = series.changes_of(session, found)
    rule, provider_id = series_rule.rule_of(found, changes)
    numbers = series.numbered(visits)
    coming = [each for each in visits if each.status in guards.WAITING and each.starts_at > clock.now()]
    days = [(numbers[each.id], clock.local(each.starts_at).date()) for each in coming]
    last = next((each for each in changes if each.undone_at is None), None)
    return render(
        "desk/series.html",
        status=status,
        series=found,
        visits=visits,
        numbers=numbers,
        coming={each.id for each in coming},
        provider=session.get_one(RenderingProvider, provider_id),
        rule_words=recurrence.words(rule),
        changes=changes,
        last=last,
        notices=series_cover.notices(
            session,
            found.patient,
            found.visit_type,
            days,
            [each.id for each in visits],
            by_plan=not found.self_pay,
            case_id=found.case_id,
            provider_id=provider_id,
        ),
        notice=notice,
        kinds={"book": "Booked", "extend": "Made longer", "move": "Moved", "cancel": "Cancelled"},
        scopes=series_changes.SCOPES,
        visit_word=visit_word,
        instead=_instead({each.id: series_rule.by_rule(found, changes, each) for each in visits}),
    )


def _instead(rules: dict[int, ByRule]) -> Callable[[Appointment], str]:
    """Says of a visit where its rule would have it: `Instead of Tue 12/08/2026, 9:00 AM`; "" where it stands there."""
    numbers = {each.provider_id for each in rules.values()}
    query = select(RenderingProvider).where(RenderingProvider.id.in_(numbers))
    people = {each.id: each.name for each in db.session().scalars(query)}

    def words(visit: Appointment) -> str:
        rule, local = rules[visit.id], clock.local(visit.starts_at)
        parts = []
        if (local.date(), local.time()) != (rule.on, rule.wall_time):
            parts.append(f"{rule.on:%a} {formats.mdy(rule.on)}, {rule.wall_time:%-I:%M %p}")
        if visit.provider_id != rule.provider_id:
            parts.append(people[rule.provider_id])
        return f"Instead of {', '.join(parts)}" if parts else ""

    return words


@bp.post("/series/<public_id>/changes/<change_id>/undo")
@requires("schedule.book")
def undo_series(public_id: str, change_id: str) -> Response:
    """Take a whole change back, or nothing of it."""
    found = find_series(public_id)
    change = get_or_404(SeriesChange, change_id, series_id=found.id)
    if change.undone_at is not None:
        return see_other("desk.show_series", public_id=public_id)
    now = "cancelled again" if change.kind in ("book", "extend") else "as before"
    try:
        with db.transaction() as session:
            series_undo.undo(session, found, change)
            tell(session, done(change.visits, found.patient, now))
    except SchedulingError as refused:
        return series_page(find_series(public_id), 409, str(refused))
    return see_other("desk.show_series", public_id=public_id)
