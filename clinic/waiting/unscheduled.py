"""Patients whose visit was cancelled or missed and who have no other: nobody is forgotten."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased, joinedload

from clinic import audit, clock
from clinic.models import Appointment, LeftUnscheduled, WaitEntry
from clinic.models.scheduling import ENDED, NO_VISIT
from clinic.waiting.errors import WaitingError

DAYS = 90
SHOWN = 300
LOST = tuple(status for status in ENDED if status != "rescheduled")


def unscheduled(
    session: Session, *, days: int = DAYS, status: str = "", provider_id: int | None = None
) -> Sequence[Appointment]:
    """The last visit of each patient that was cancelled or missed since `days` ago and has none after it, newest first.

    Left out: who is coming, who was seen later, and visits that somebody left unscheduled with a reason.
    """
    now = clock.now()
    other = aliased(Appointment)
    newest = (
        select(Appointment.id)
        .ext(distinct_on(Appointment.patient_id))
        .where(
            Appointment.status.in_(LOST),
            Appointment.starts_at > now - timedelta(days=days),
            ~exists().where(
                other.patient_id == Appointment.patient_id,
                other.status.not_in(NO_VISIT),
                other.starts_at > func.least(Appointment.starts_at, now),
            ),
        )
        .order_by(Appointment.patient_id, Appointment.starts_at.desc(), Appointment.id.desc())
    )
    query = (
        select(Appointment)
        .where(Appointment.id.in_(newest), ~exists().where(LeftUnscheduled.appointment_id == Appointment.id))
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.visit_type),
            joinedload(Appointment.provider),
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id.desc())
        .limit(SHOWN)
    )
    if status:
        query = query.where(Appointment.status == status)
    if provider_id is not None:
        query = query.where(Appointment.provider_id == provider_id)
    return session.scalars(query).all()


def waiting_types(session: Session, visits: Sequence[Appointment]) -> set[tuple[int, int]]:
    """(patient, visit type) of those who stand on the wait list."""
    numbers = [visit.patient_id for visit in visits] or [0]
    rows = session.execute(
        select(WaitEntry.patient_id, WaitEntry.visit_type_id).where(
            WaitEntry.state == "open", WaitEntry.patient_id.in_(numbers)
        )
    )
    return {(patient_id, visit_type_id) for patient_id, visit_type_id in rows}


def leave(session: Session, visit: Appointment, reason: str) -> None:
    """Take a visit off the list with a reason; one that is off stays off."""
    if not reason.strip():
        raise WaitingError("Say why no visit is needed.")
    if visit.status not in LOST:
        raise WaitingError("This visit was not cancelled or missed.")
    session.scalars(select(Appointment.id).where(Appointment.id == visit.id).with_for_update()).one()
    if session.get(LeftUnscheduled, visit.id) is not None:
        return
    session.add(
        LeftUnscheduled(
            appointment_id=visit.id,
            reason=reason.strip(),
            left_at=clock.now(),
            left_by=audit.actor().user_id,
        )
    )
    audit.record(
        session,
        "appointment.leave_unscheduled",
        patients=[visit.patient_id],
        subject=f"appointment:{visit.public_id}",
        category="schedule",
        changes={"reason": [None, reason.strip()]},
    )
