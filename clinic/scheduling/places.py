"""The database decides who has a place; this says in words who holds it, and what to look at first (A4, A6, A8)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta

from sqlalchemy import bindparam, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from clinic import clock, formats
from clinic.models import (
    Appointment,
    Coverage,
    Payer,
    ProviderHours,
    RenderingProvider,
    ScheduleBlock,
    User,
)
from clinic.models.practice import provider_name
from clinic.models.scheduling import ENDED
from clinic.scheduling.errors import Caution, SchedulingConflict, SchedulingError
from clinic.scheduling.history import when

PROVIDER_LOCK = 7_001
ROOM_LOCK = 7_002
SHORTEST, LONGEST = 5, 600
_EXCLUSION = "23P01"


def instant(day: date, wall: time, fold: int | None = None) -> datetime:
    """The UTC instant of a wall time; refuses, in a sentence, one that does not exist or comes twice (A8)."""
    try:
        return clock.at(day, wall, fold=fold)
    except clock.LocalTimeError as error:
        raise SchedulingError(f"{error}.") from error


def end_of(starts_at: datetime, minutes: int) -> datetime:
    """The end of a visit: minutes are counted in UTC, so that a change of the clocks lengthens none (A8)."""
    if not SHORTEST <= minutes <= LONGEST:
        raise SchedulingError(f"A visit lasts {SHORTEST} to {LONGEST} minutes.")
    return starts_at + timedelta(minutes=minutes)


def take(session: Session, appointment: Appointment, write: Callable[[], None]) -> None:
    """Run `write` (which gives the appointment its place) under the place's locks, and flush.

    Raises SchedulingConflict when the exclusion constraint refuses; the savepoint keeps the transaction usable.
    """
    write_failed: IntegrityError
    try:
        with session.begin_nested():
            write()
            # Two that want one place at once would deadlock in the constraint's index; here they queue.
            with session.no_autoflush:
                session.execute(select(func.pg_advisory_xact_lock(PROVIDER_LOCK, appointment.provider_id)))
                if appointment.room_id is not None:
                    session.execute(select(func.pg_advisory_xact_lock(ROOM_LOCK, appointment.room_id)))
            wanted = (
                appointment.id,
                appointment.provider_id,
                appointment.room_id,
                appointment.starts_at,
                appointment.ends_at,
            )
            session.flush()
        return
    except IntegrityError as error:
        if getattr(error.orig, "sqlstate", "") != _EXCLUSION:
            raise
        write_failed = error
    resource = "room" if "room_free" in str(write_failed.orig) else "provider"
    holder = find_holder(session, resource, *wanted)
    raise SchedulingConflict(_taken(session, holder, resource), resource) from write_failed


def find_holder(
    session: Session,
    resource: str,
    appointment_id: int | None,
    provider_id: int,
    room_id: int | None,
    starts_at: datetime,
    ends_at: datetime,
) -> Appointment | None:
    """Who has the provider or the room in that time."""
    same = Appointment.room_id == room_id if resource == "room" else Appointment.provider_id == provider_id
    query = (
        select(Appointment)
        .options(
            joinedload(Appointment.patient), joinedload(Appointment.provider), joinedload(Appointment.room)
        )
        .where(
            same,
            Appointment.status.not_in(ENDED),
            ~Appointment.overbooked,
            Appointment.starts_at < ends_at,
            Appointment.ends_at > starts_at,
        )
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    if appointment_id is not None:
        query = query.where(Appointment.id != appointment_id)
    return session.scalar(query)


def _taken(session: Session, holder: Appointment | None, resource: str) -> str:
    if holder is None:
        return "Somebody took that time a moment ago. Look at the schedule again."
    what = holder.provider.name
    if resource == "room" and holder.room is not None:
        what = holder.room.name
    changed = holder.changed_at is not None
    by = session.get(User, (holder.changed_by if changed else holder.booked_by) or 0)
    since = holder.changed_at or holder.booked_at
    return (
        f"{what} has {holder.patient.name} from {formats.wall(holder.starts_at)} to "
        f"{formats.wall(holder.ends_at)}, since {when(since)}, by {by.name if by else 'the system'}."
    )


def cautions(
    session: Session,
    *,
    patient_id: int,
    provider_id: int,
    starts_at: datetime,
    ends_at: datetime,
    appointment_id: int | None = None,
) -> list[Caution]:
    """What somebody should know before this visit is booked there; each needs a yes, none is forbidden."""
    found = []
    if starts_at < clock.now() - timedelta(hours=1):
        found.append(Caution("past", f"{when(starts_at)} has passed."))
    found += _hours(session, provider_id, starts_at, ends_at)
    found += _blocks(session, provider_id, starts_at, ends_at)
    found += _elsewhere(session, patient_id, starts_at, ends_at, appointment_id)
    found += _coverage(session, patient_id, clock.local(starts_at).date())
    return found


# A booking asks four times before it is made; each statement is put together once.
_HOURS = select(ProviderHours.starts, ProviderHours.ends).where(
    ProviderHours.provider_id == bindparam("provider"),
    ProviderHours.weekday == bindparam("weekday"),
    ProviderHours.effective_on <= bindparam("day"),
    or_(ProviderHours.ended_on.is_(None), ProviderHours.ended_on >= bindparam("day")),
)
_BLOCKS = select(ScheduleBlock.label).where(
    ScheduleBlock.provider_id == bindparam("provider"),
    ScheduleBlock.starts_at < bindparam("ends"),
    ScheduleBlock.ends_at > bindparam("begins"),
)
_ELSEWHERE = (
    select(
        Appointment.starts_at,
        RenderingProvider.first_name,
        RenderingProvider.last_name,
        RenderingProvider.credential,
    )
    .join(RenderingProvider, RenderingProvider.id == Appointment.provider_id)
    .where(
        Appointment.patient_id == bindparam("patient"),
        Appointment.status.not_in(ENDED),
        Appointment.starts_at < bindparam("ends"),
        Appointment.ends_at > bindparam("begins"),
        # No appointment has the number 0: the one that is only being booked has none yet.
        Appointment.id != bindparam("itself"),
    )
    .limit(1)
)
_COVERAGES = (
    select(Coverage.effective_on, Coverage.terminated_on, Payer.name)
    .join(Payer, Payer.id == Coverage.payer_id)
    .where(Coverage.patient_id == bindparam("patient"), Coverage.position == 1)
    .order_by(Coverage.effective_on.desc())
)


def _hours(session: Session, provider_id: int, starts_at: datetime, ends_at: datetime) -> list[Caution]:
    start, end = clock.local(starts_at), clock.local(ends_at)
    day = start.date()
    values = {"provider": provider_id, "weekday": day.weekday(), "day": day}
    patterns = session.connection().execute(_HOURS, values).all()
    if any(
        pattern.starts <= start.time() and end.date() == day and end.time() <= pattern.ends
        for pattern in patterns
    ):
        return []
    provider = session.get_one(RenderingProvider, provider_id)
    if not patterns:
        return [Caution("hours", f"{provider.name} does not work on {day:%A} {formats.mdy(day)}.")]
    worked = " and ".join(
        f"{pattern.starts:%-I:%M} to {pattern.ends:%-I:%M %p}" for pattern in sorted(patterns)
    )
    return [Caution("hours", f"That is outside the hours of {provider.name}: {worked}.")]


def _blocks(session: Session, provider_id: int, starts_at: datetime, ends_at: datetime) -> list[Caution]:
    values = {"provider": provider_id, "begins": starts_at, "ends": ends_at}
    labels = session.connection().scalars(_BLOCKS, values).all()
    return [Caution("block", f"That time is kept free: {', '.join(labels)}.")] if labels else []


def _elsewhere(
    session: Session, patient_id: int, starts_at: datetime, ends_at: datetime, appointment_id: int | None
) -> list[Caution]:
    values = {"patient": patient_id, "begins": starts_at, "ends": ends_at, "itself": appointment_id or 0}
    other = session.connection().execute(_ELSEWHERE, values).first()
    if other is None:
        return []
    return [
        Caution(
            "elsewhere",
            f"The patient has another visit at {formats.wall(other.starts_at)} with {provider_name(*other[1:])}.",
        )
    ]


def _coverage(session: Session, patient_id: int, day: date) -> list[Caution]:
    """A coverage that ended before the visit; a patient without any pays for himself and needs no warning."""
    coverages = session.connection().execute(_COVERAGES, {"patient": patient_id}).all()
    if not coverages or any(
        each.effective_on <= day and (each.terminated_on is None or each.terminated_on >= day)
        for each in coverages
    ):
        return []
    last = coverages[0]
    if last.terminated_on is not None and last.terminated_on < day:
        return [
            Caution(
                "coverage",
                f"The coverage with {last.name} ended on {formats.mdy(last.terminated_on)}, before this "
                "visit. Ask for the new card.",
            )
        ]
    return [
        Caution(
            "coverage",
            f"The coverage with {last.name} begins on {formats.mdy(last.effective_on)}, after this visit.",
        )
    ]
