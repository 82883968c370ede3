"""Who is billed for a day: one rule for the ledger and for the claim (S09)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic.models import Appointment, Coverage, Encounter


def coverage_for(session: Session, patient_id: int, on: date) -> Coverage | None:
    """The primary coverage for a date of service, with its payer loaded; None means that the patient pays.

    A primary coverage that does not bracket the day still counts, for S09 must stop its claim in sight of
    somebody: a visit may not turn into a patient's bill because a date was typed wrong.
    """
    query = (
        select(Coverage)
        .where(Coverage.patient_id == patient_id, Coverage.position == 1)
        .options(joinedload(Coverage.payer))
        .order_by(Coverage.effective_on.desc())
    )
    coverages = session.scalars(query).all()
    return next((each for each in coverages if each.covers(on)), coverages[0] if coverages else None)


def coverage_billed(session: Session, encounter: Encounter) -> Coverage | None:
    """Who is billed for a visit: the insurer of the case that it belongs to, else the primary coverage of the day."""
    of_case = (
        select(Coverage)
        .join(Appointment, Appointment.case_id == Coverage.case_id)
        .where(Appointment.id == encounter.appointment_id)
        .options(joinedload(Coverage.payer))
        .order_by(Coverage.id.desc())
    )
    found = session.scalars(of_case).first() if encounter.appointment_id is not None else None
    return found or coverage_for(session, encounter.patient_id, encounter.service_on)
