"""Visits that took place and have no signed slip: money that nobody has asked for yet."""

from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock
from clinic.models import Appointment, Encounter, RenderingProvider

SEEN = ("arrived", "checked_in", "roomed", "with_provider", "checked_out", "closed")


@dataclass(frozen=True)
class UnsignedVisit:
    """A visit, its draft when somebody began one, and how many days it has waited (charge lag)."""

    appointment: Appointment
    encounter: Encounter | None
    days: int


def unsigned_visits(session: Session, provider: RenderingProvider | None = None) -> list[UnsignedVisit]:
    """Visits that arrived and whose slip is not signed, oldest first; patient, provider and type are loaded."""
    query = (
        select(Appointment, Encounter)
        .outerjoin(Encounter, Encounter.appointment_id == Appointment.id)
        .where(
            Appointment.status.in_(SEEN),
            Appointment.starts_at < clock.day_bounds(clock.today())[1],
            or_(Encounter.id.is_(None), Encounter.state == "draft"),
        )
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.visit_type),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    )
    if provider is not None:
        query = query.where(Appointment.provider_id == provider.id)
    today = clock.today()
    return [
        UnsignedVisit(appointment, encounter, (today - clock.local(appointment.starts_at).date()).days)
        for appointment, encounter in session.execute(query)
    ]
