"""The pinboard: visits that a person carries while she looks for another day; each keeps its place until put down."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, Patient, PinnedVisit, RenderingProvider
from clinic.models.practice import provider_name
from clinic.scheduling import guards
from clinic.scheduling.errors import IllegalMove, SchedulingError

MOST = 12


class Pin(NamedTuple):
    """A pinned visit with its present place; times are the clinic's."""

    public_id: str
    patient_id: int
    name: str
    born_on: date
    mrn: str
    reason: str
    starts_at: datetime
    minutes: int
    provider_key: str
    provider: str
    version: int

    @property
    def start(self) -> str:
        return f"{clock.local(self.starts_at):%Y-%m-%dT%H:%M}"


_PINS = (
    select(
        Appointment.public_id,
        Appointment.patient_id,
        Appointment.starts_at,
        Appointment.ends_at,
        Appointment.reason,
        Appointment.version,
        Patient.first_name,
        Patient.last_name,
        Patient.born_on,
        Patient.mrn,
        RenderingProvider.public_id.label("provider_key"),
        RenderingProvider.first_name.label("provider_first"),
        RenderingProvider.last_name.label("provider_last"),
        RenderingProvider.credential,
    )
    .join(PinnedVisit, PinnedVisit.appointment_id == Appointment.id)
    .join(Patient, Patient.id == Appointment.patient_id)
    .join(RenderingProvider, RenderingProvider.id == Appointment.provider_id)
    .where(PinnedVisit.user_id == bindparam("user"), Appointment.status.in_(guards.WAITING))
    .order_by(PinnedVisit.pinned_at, Appointment.id)
)


def pins(session: Session, user_id: int) -> list[Pin]:
    """What a person carries, in the order it was pinned; a visit that began or ended is carried no more."""
    return [_pin(row) for row in session.connection().execute(_PINS, {"user": user_id})]


def _pin(row: Any) -> Pin:
    return Pin(
        row.public_id,
        row.patient_id,
        f"{row.last_name.upper()}, {row.first_name}",
        row.born_on,
        row.mrn,
        row.reason,
        row.starts_at,
        (row.ends_at - row.starts_at) // timedelta(minutes=1),
        row.provider_key,
        provider_name(row.provider_first, row.provider_last, row.credential),
        row.version,
    )


def pin(session: Session, user_id: int, appointment: Appointment) -> None:
    """Carry a visit; it keeps its place. A second time changes nothing. Raises IllegalMove for one that has begun."""
    if appointment.status not in guards.WAITING:
        raise IllegalMove("A visit that has begun or ended stays where it was.")
    carried = session.scalar(
        select(func.count()).where(
            PinnedVisit.user_id == user_id, PinnedVisit.appointment_id != appointment.id
        )
    )
    if (carried or 0) >= MOST:
        raise SchedulingError(f"The pinboard holds {MOST} visits. Put one down first.")
    values = {"user_id": user_id, "appointment_id": appointment.id, "pinned_at": clock.now()}
    session.execute(insert(PinnedVisit).values(values).on_conflict_do_nothing())


def unpin(session: Session, user_id: int, appointments: Sequence[int]) -> None:
    """Carry them no more; what is not carried is no error."""
    session.execute(
        delete(PinnedVisit).where(
            PinnedVisit.user_id == user_id, PinnedVisit.appointment_id.in_(appointments)
        )
    )
