"""The schedule: a day by provider, a week, a list, one appointment, the printed sheet."""

from contextlib import suppress
from datetime import date, time
from typing import Any

from flask import Response, flash, make_response, redirect, request
from sqlalchemy import select

from clinic import audit, clock, db, eligibility, formats, patients, printing, scheduling
from clinic.blueprints.desk import (
    blocks,
    booking_card,
    changes,
    changing,
    live,
    missed,
    openings,
    pins,
    saved,
    series,
    series_changes,
    series_more,
    series_paper,
)
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.forms import BookForm, CancelForm, MoveForm, place_of
from clinic.blueprints.desk.pages import Shown, find, panel_card, read_day, show, show_panel, show_part, shown
from clinic.models import Appointment, Patient, Practice
from clinic.web import get_or_404, requires, viewed

__all__ = [
    "blocks",
    "booking_card",
    "bp",
    "changes",
    "changing",
    "live",
    "missed",
    "openings",
    "pins",
    "saved",
    "series",
    "series_changes",
    "series_more",
    "series_paper",
]


@bp.get("")
@requires("schedule.view")
def index() -> Response:
    """Today, in the view that this person opens first."""
    return show((None if request.args else saved.first_view()) or shown(clock.today()))


@bp.get("/go")
@requires("schedule.view")
def go() -> Response:
    """The day that was typed into the date field: `031026`, `t+7`."""
    try:
        day = formats.parse_date(request.args.get("day", ""))
    except ValueError as error:
        # On this very page: a notice kept for the next one may be drawn, or lost, by another request first.
        flash(str(error), "warn")
        return show(shown(), status=422)
    return make_response(redirect(shown().url(day), 303))


@bp.get("/<day>")
@requires("schedule.view")
def day(day: str) -> Response:
    """One day; `?view=week` and `?view=list` draw it otherwise, `?appointment=` opens one beside it."""
    where = shown(read_day(day))
    chosen = request.args.get("appointment", "")
    if not chosen:
        return show(where)
    return show(where, **panel_card(find(chosen)))


@bp.get("/<day>/grid")
@requires("schedule.view")
def grid(day: str) -> Response:
    """The schedule alone, as it is now: asked for when other desks changed it, and each minute for the waiting times."""
    return show(shown(read_day(day)), also=("desk/_open.html",))


@bp.get("/appointments/<public_id>")
@requires("schedule.view")
def appointment(public_id: str) -> Response:
    """One appointment beside the schedule; `?do=move`, `?do=change` and `?do=cancel` bring the form for it."""
    found = find(public_id)
    where = _around(found)
    do = request.args.get("do", "")
    if do in ("move", "place"):
        local = place_of(found.starts_at, provider=found.provider.public_id, version=found.version)
        if do == "place":
            # Carried from another day: put down on the one that is looked at.
            where = shown()
            local["day"] = where.day
        form = MoveForm(formdata=None, data=local)
        form.fill(db.session())
        return show_panel(where, mode="move", card=panel_card(found)["card"], form=form)
    if do == "change":
        return changing.open_form(where, found)
    if do == "cancel":
        form = CancelForm(formdata=None, data={"version": found.version})
        return show_panel(where, mode="cancel", card=panel_card(found)["card"], form=form)
    return show_panel(where, **panel_card(found))


@bp.get("/<day>/new")
@requires("schedule.book")
def new(day: str) -> Response:
    """The form of a new appointment: first the patient, found by two identifiers, then the visit."""
    where = shown(read_day(day))
    at = request.args.get("at", "")
    chosen = request.args.get("patient", "")
    if not chosen:
        return show_panel(where, mode="find", at=at)
    patient = get_or_404(Patient, chosen)
    viewed("demographics", patient.id)
    form = BookForm(formdata=None, data=_slot(at, where))
    form.fill(db.session())
    form.fill_for(patient)
    return show_panel(where, mode="book", form=form, patient=patient, at=at)


@bp.post("/<day>/patients")
@requires("schedule.book")
def find_patient(day: str) -> Response:
    """Who is meant: the panel's own patient search, as one types."""
    where = shown(read_day(day))
    typed = request.form.get("q", "")
    found = patients.search(db.session(), typed, limit=12)
    viewed("demographics", *(each.patient.id for each in found))
    return show_part(
        where,
        "desk/_found.html",
        "#found",
        200,
        mode="find",
        found=found,
        typed=typed,
        at=request.form.get("at", ""),
    )


@bp.get("/<day>/sheet.pdf")
@requires("schedule.view")
def sheet(day: str) -> Response:
    """The day on paper: who comes when, with what to ask for."""
    where = shown(read_day(day))
    plan = scheduling.day(db.session(), where.day, where.providers or None, rooms=where.rooms)
    viewed("schedule", *plan.patient_ids)
    practice = db.session.query(Practice).first()
    visits = db.session.scalars(
        select(Appointment).where(Appointment.public_id.in_([each.public_id for each in plan.visits]))
    ).all()
    due = eligibility.copays_due(db.session(), visits)
    body = printing.pdf(
        "desk/sheet.html",
        plan=plan,
        copays={visit.public_id: due[visit.id].due for visit in visits},
        day=where.day,
        narrowed=where.narrowed,
        printed_at=clock.now(),
        printed_by=audit.actor().label,
        zone=clock.local(clock.day_bounds(where.day)[1]).tzname(),
        clinic=practice,
        clinic_name=practice.name if practice else "Clinic",
    )
    response = make_response(body)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="schedule-{where.day.isoformat()}.pdf"'
    return response


def _around(found: Appointment) -> Shown:
    """The day an appointment stands on, in the view the person had."""
    return shown(clock.local(found.starts_at).date())


def _slot(at: str, where: Shown) -> dict[str, Any]:
    """What a click on a free place says: `2026-03-10T09:15~provider`, with `~visit type~minutes` as it was looked for."""
    start, provider, visit_type, minutes = (*at.split("~"), "", "", "")[:4]
    day, _, wall = start.partition("T")
    data: dict[str, Any] = {"day": where.day, "provider": provider}
    if visit_type:
        data |= {"visit_type": visit_type, "minutes": formats.whole(minutes)}
    if wall:
        # A place that cannot be read is no error: the form asks for the time.
        with suppress(ValueError):
            data |= {"day": date.fromisoformat(day), "time": time.fromisoformat(wall)}
    return data
