"""Routing slips on paper: one Letter page a patient, one patient or a whole day."""

from datetime import date

from flask import Response, flash, make_response, request
from sqlalchemy import select

from clinic import audit, clock, db, formats, printing
from clinic.blueprints.flow.blueprint import bp
from clinic.blueprints.flow.screen import find
from clinic.models import Appointment, Practice
from clinic.scheduling import routing
from clinic.web import requires, see_other, settings, viewed


@bp.get("/visits/<public_id>/slip.pdf")
@requires("schedule.view")
def slip(public_id: str) -> Response:
    """The slip of one patient."""
    return _pdf([find(public_id)], f"routing-slip-{public_id}")


@bp.get("/slips.pdf")
@requires("schedule.view")
def slips() -> Response:
    """The slips of a day, `?day=`, for all or for each `?provider=` that is named."""
    try:
        day = formats.parse_date(request.args.get("day") or clock.today().isoformat())
    except ValueError as error:
        flash(str(error), "warn")
        return see_other("flow.index")
    found = routing.visits(db.session(), day, request.args.getlist("provider"))
    if not found:
        flash(f"Nobody is booked on {formats.mdy(day)}: there is no slip to print.", "info")
        return see_other("flow.index")
    return _pdf(found, f"routing-slips-{day.isoformat()}", day)


def _pdf(visits: list[Appointment], name: str, day: date | None = None) -> Response:
    session = db.session()
    viewed("schedule", *(visit.patient_id for visit in visits))
    practice = session.scalars(select(Practice).limit(1)).first()
    body = printing.pdf(
        "print/routing_slip.html",
        slips=routing.slips(session, visits),
        day=day or clock.local(visits[0].starts_at).date(),
        printed_at=clock.now(),
        printed_by=audit.actor().label,
        clinic_name=practice.name if practice else "Clinic",
        clinic=practice,
        watermark="Demo: invented people" if settings().demo else None,
    )
    response = make_response(body)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    return response
