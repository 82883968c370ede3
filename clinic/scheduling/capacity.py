"""What a visit holds besides its time: the provider for his part, a lane, a room, a device (A4, A5).

The database refuses what overlaps; this chooses among what is free, under locks that make two desks queue.
"""

from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from clinic import formats
from clinic.models import Appointment, Device, RenderingProvider, Room, VisitType
from clinic.models.scheduling import ENDED
from clinic.scheduling.errors import SchedulingConflict

PROVIDER_LOCK, ROOM_LOCK, DEVICE_LOCK = 7_001, 7_002, 7_003
ROOM_KIND_LOCK, DEVICE_KIND_LOCK = 7_004, 7_005
# The key of the lock under which a lane is chosen is the provider's own; kinds are few and share by hash.
BUSY_FROM = func.coalesce(Appointment.busy_from, Appointment.starts_at)
BUSY_UNTIL = func.coalesce(Appointment.busy_until, Appointment.ends_at)


def busy(visit_type: VisitType, starts_at: datetime, ends_at: datetime) -> dict[str, datetime | None]:
    """The columns that say when the provider is held: his part of the visit, the buffers before and after it (A5)."""
    buffered = visit_type.buffer_before or visit_type.buffer_minutes
    if not visit_type.provider_from and visit_type.provider_until is None and not buffered:
        return {"busy_from": None, "busy_until": None}
    minute = timedelta(minutes=1)
    start = starts_at + visit_type.provider_from * minute
    if start >= ends_at:  # a visit shorter than usual has no part without him
        start = starts_at
    until = visit_type.provider_until
    end = ends_at if until is None else min(starts_at + until * minute, ends_at)
    if end <= start:
        end = ends_at
    return {
        "busy_from": start - visit_type.buffer_before * minute,
        "busy_until": end + visit_type.buffer_minutes * minute,
    }


def lock(session: Session, name: int, key: int) -> None:
    session.execute(select(func.pg_advisory_xact_lock(name, key)))


def lock_kind(session: Session, name: int, kind: str) -> None:
    session.execute(select(func.pg_advisory_xact_lock(name, func.hashtext(kind))))


def lock_place(session: Session, appointment: Appointment) -> None:
    """Every lock under which a place is taken, in the order in which it is taken; what is given up is locked too."""
    kind = session.get_one(VisitType, appointment.visit_type_id)
    lock(session, PROVIDER_LOCK, appointment.provider_id)
    if kind.room_kind:
        session.execute(select(func.pg_advisory_xact_lock(ROOM_KIND_LOCK, func.hashtext(kind.room_kind))))
    if appointment.room_id is not None:
        lock(session, ROOM_LOCK, appointment.room_id)
    if kind.device_kind:
        session.execute(select(func.pg_advisory_xact_lock(DEVICE_KIND_LOCK, func.hashtext(kind.device_kind))))
    if appointment.device_id is not None:
        lock(session, DEVICE_LOCK, appointment.device_id)


def choose_lane(session: Session, appointment: Appointment) -> None:
    """Give the visit the first free lane of its provider; raises nothing: the constraint refuses a full one (A4)."""
    appointment.lane = 0
    provider = session.get_one(RenderingProvider, appointment.provider_id)
    if appointment.overbooked or provider.overlap_limit <= 1:
        return
    taken = set(
        session.scalars(
            select(Appointment.lane).where(
                Appointment.provider_id == appointment.provider_id,
                ~Appointment.overbooked,
                *_during(
                    appointment,
                    BUSY_FROM,
                    BUSY_UNTIL,
                    appointment.busy_from or appointment.starts_at,
                    appointment.busy_until or appointment.ends_at,
                ),
            )
        )
    )
    appointment.lane = next((lane for lane in range(provider.overlap_limit) if lane not in taken), 0)


def choose_room(session: Session, appointment: Appointment, kind: str) -> None:
    """A free room of the kind, the present one first; raises SchedulingConflict when all are taken (A5)."""
    lock_kind(session, ROOM_KIND_LOCK, kind)
    free = session.scalar(
        select(Room.id)
        .where(Room.kind == kind, Room.active, Room.id.not_in(_holding(appointment, Appointment.room_id)))
        .order_by((Room.id == (appointment.room_id or 0)).desc(), Room.position, Room.id)
        .limit(1)
    )
    if free is None:
        raise SchedulingConflict(_all_taken(appointment, f"{kind} room"), "room")
    appointment.room_id = free


def choose_device(session: Session, appointment: Appointment, kind: str) -> None:
    """A free device of the kind, the present one first; raises SchedulingConflict when all are taken (A5)."""
    lock_kind(session, DEVICE_KIND_LOCK, kind)
    free = session.scalar(
        select(Device.id)
        .where(
            Device.kind == kind, Device.active, Device.id.not_in(_holding(appointment, Appointment.device_id))
        )
        .order_by((Device.id == (appointment.device_id or 0)).desc(), Device.position, Device.id)
        .limit(1)
    )
    if free is None:
        raise SchedulingConflict(_all_taken(appointment, kind), "device")
    appointment.device_id = free


def _holding(appointment: Appointment, column: ColumnElement[int | None]) -> ColumnElement[int | None]:
    return select(column).where(  # type: ignore[return-value]
        column.is_not(None),
        *_during(
            appointment,
            Appointment.starts_at,
            Appointment.ends_at,
            appointment.starts_at,
            appointment.ends_at,
        ),
    )


def _during(
    appointment: Appointment,
    begins: ColumnElement[datetime],
    ends: ColumnElement[datetime],
    starts_at: datetime,
    ends_at: datetime,
) -> tuple[ColumnElement[bool], ...]:
    return (
        Appointment.status.not_in(ENDED),
        begins < ends_at,
        ends > starts_at,
        Appointment.id != (appointment.id or 0),
    )


def _all_taken(appointment: Appointment, what: str) -> str:
    return (
        f"Every {what} is taken from {formats.wall(appointment.starts_at)} to "
        f"{formats.wall(appointment.ends_at)}. Choose another time."
    )
