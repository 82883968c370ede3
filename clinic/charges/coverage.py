"""Who is billed for a day: one rule for the ledger and for the claim, the one that the desk saw (S09, C9)."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic.models import Appointment, Coverage, Encounter
from clinic.patients.in_force import plan_on


def coverage_for(
    session: Session, patient_id: int, on: date, case_id: int | None = None, *, self_pay: bool = False
) -> Coverage | None:
    """The coverage that answers for a date of service, with its payer loaded; None means that the patient pays.

    A primary coverage that does not bracket the day still counts where no other plan does, for S09 must stop its
    claim in sight of somebody: a visit may not turn into a patient's bill because a date was typed wrong.
    """
    query = select(Coverage).where(Coverage.patient_id == patient_id).options(joinedload(Coverage.payer))
    return plan_on(session.scalars(query).all(), on, case_id, self_pay=self_pay)


def coverage_billed(session: Session, encounter: Encounter) -> Coverage | None:
    """Who is billed for a visit: the insurer of the case that it belongs to, else the first plan in force on its day.

    Never a plan that the patient wants not used for the visit (F1).
    """
    appointment = session.get(Appointment, encounter.appointment_id) if encounter.appointment_id else None
    if appointment is None:
        return coverage_for(session, encounter.patient_id, encounter.service_on)
    return coverage_for(
        session,
        encounter.patient_id,
        encounter.service_on,
        appointment.case_id,
        self_pay=appointment.self_pay,
    )
