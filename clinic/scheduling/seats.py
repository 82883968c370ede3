"""In which room a patient really sits: one patient in a room at a time, whatever the schedule had planned (A4).

The schedule keeps `Appointment.room_id` for the time of the visit; `roomed_in_id` is where the patient was brought to,
early or late. The database refuses two in one room, and the lock here makes two desks queue instead of failing.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock
from clinic.models import Appointment, Room, User
from clinic.scheduling import capacity
from clinic.scheduling.errors import SchedulingConflict
from clinic.scheduling.history import when

SITTING = ("roomed", "with_provider")
SEAT_LOCK = 7_006


def sit(session: Session, appointment: Appointment, place: Room | None) -> None:
    """Bring a patient to a room; without a `place` to the one that is kept for the visit, or to none if it is taken.

    Raises SchedulingConflict with who sits there and since when.
    """
    capacity.lock(session, SEAT_LOCK, 0)
    wanted = place or appointment.room
    holder = _holder(session, appointment, wanted.id) if wanted else None
    if holder is not None and place is not None:
        raise SchedulingConflict(_taken(session, place, holder), "room")
    appointment.roomed_in_id = wanted.id if wanted and holder is None else None
    appointment.roomed_in = wanted if holder is None else None


def still_free(session: Session, appointment: Appointment, room_id: int | None) -> int | None:
    """The room, if nobody else sits in it; None otherwise."""
    if room_id is None:
        return None
    capacity.lock(session, SEAT_LOCK, 0)
    return None if _holder(session, appointment, room_id) else room_id


def _holder(session: Session, appointment: Appointment, room_id: int) -> Appointment | None:
    """Who else sits there today; whoever was forgotten there on another day sits there no more."""
    holder = session.scalar(
        select(Appointment)
        .options(joinedload(Appointment.patient))
        .where(
            Appointment.roomed_in_id == room_id,
            Appointment.status.in_(SITTING),
            Appointment.id != appointment.id,
        )
    )
    if holder is not None and holder.starts_at < clock.day_bounds(clock.today())[0]:
        holder.roomed_in_id = None
        session.flush()
        return None
    return holder


def _taken(session: Session, place: Room, holder: Appointment) -> str:
    by = session.get(User, holder.changed_by or 0)
    since = when(holder.roomed_at or holder.changed_at or clock.now())
    return f"{place.name} has {holder.patient.name} since {since}, by {by.name if by else 'the system'}. Choose another room."
