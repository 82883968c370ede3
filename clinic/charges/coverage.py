"""Who is billed for a day: one rule for the ledger and for the claim (S09)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic.models import Coverage


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
