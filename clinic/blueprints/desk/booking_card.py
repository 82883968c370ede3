"""The panel that answers, while one books, what the visit needs and what to ask for (Z13)."""

from datetime import date

from flask import Response, request

from clinic import clock, db, formats
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.forms import SELF_PAY
from clinic.models import Patient, PatientCase, RenderingProvider, VisitType
from clinic.scheduling.booking_card import booking_card
from clinic.web import get_or_404, render, requires, viewed


@bp.get("/booking-card/<public_id>")
@requires("schedule.book")
def card(public_id: str) -> Response:
    """A patient's card for the kind of visit and the day that stand in the form."""
    patient = get_or_404(Patient, public_id)
    chosen = request.args.get("visit_type", "")
    visit_type = db.session.query(VisitType).filter_by(public_id=chosen).first() if chosen else None
    viewed("schedule", patient.id)
    named = request.args.get("case", "")
    case = (
        db.session.query(PatientCase).filter_by(public_id=named, patient_id=patient.id).first()
        if named
        else None
    )
    shown = (
        booking_card(
            db.session(),
            patient,
            visit_type,
            _day(),
            case,
            self_pay=named == SELF_PAY,
            provider_id=_provider_id(),
        )
        if visit_type
        else None
    )
    return render("desk/booking_card.html", "desk/_booking_card.html", patient=patient, card=shown)


def _provider_id() -> int | None:
    chosen = request.args.get("provider", "")
    found = db.session.query(RenderingProvider.id).filter_by(public_id=chosen).first() if chosen else None
    return found[0] if found else None


def _day() -> date:
    try:
        return formats.parse_date(request.args.get("day", ""))
    except ValueError:
        return clock.today()
