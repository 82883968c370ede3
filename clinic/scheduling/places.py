"""The database decides who has a place; this says in words who holds it, and what to look at first (A4, A6, A8)."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from sqlalchemy import Date, bindparam, delete, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from clinic import clock, formats
from clinic.models import (
    Appointment,
    Coverage,
    Payer,
    RenderingProvider,
    User,
    VisitType,
)
from clinic.models.practice import provider_name
from clinic.models.scheduling import ENDED
from clinic.patients import in_force
from clinic.scheduling import capacity, pattern
from clinic.scheduling.errors import Caution, SchedulingConflict, SchedulingError
from clinic.scheduling.history import when
from clinic.scheduling.pattern import Special
from clinic.scheduling.visit_types import takers

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


def take(
    session: Session, appointment: Appointment, write: Callable[[], None], *, choose: bool = False
) -> None:
    """Run `write` (which gives the appointment its place) under the place's locks, and flush.

    With `choose` the room and the device that the visit type needs are found among the free ones. Raises
    SchedulingConflict when the exclusion constraint refuses; the savepoint keeps the transaction usable.
    """
    for last in (False, False, True):
        try:
            with session.begin_nested():
                write()
                # Two that want one place at once would deadlock in the constraint's index; here they queue.
                with session.no_autoflush:
                    _hold(session, appointment, choose)
                wanted = Wanted.of(appointment)
                session.flush()
            return
        except SchedulingConflict:
            if not last and sweep(session):
                continue
            raise
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", "") != _EXCLUSION:
                raise
            resource = next(
                (name for name in ("room", "device") if f"{name}_free" in str(error.orig)), "provider"
            )
            # The chosen room was given away a moment ago by a desk that had asked for it by name.
            if not last and (sweep(session) or (choose and resource != "provider")):
                continue
            holder = find_holder(session, resource, wanted)
            raise SchedulingConflict(_taken(session, holder, resource), resource) from error


def sweep(session: Session) -> bool:
    """Let held places go whose time is over; only who was refused pays for the look. Answers whether there were any.

    One that another desk is letting go is skipped: the constraint waits for it.
    """
    over = (
        select(Appointment.id)
        .where(Appointment.held_until <= clock.now())
        .order_by(Appointment.id)
        .with_for_update(skip_locked=True)
    )
    gone = session.scalars(
        delete(Appointment).where(Appointment.id.in_(over)).returning(Appointment.id)
    ).all()
    return bool(gone)


def _hold(session: Session, appointment: Appointment, choose: bool) -> None:
    """Lock provider, room and device, always in this order."""
    capacity.lock(session, capacity.PROVIDER_LOCK, appointment.provider_id)
    capacity.choose_lane(session, appointment)
    kind = session.get_one(VisitType, appointment.visit_type_id)
    if choose and kind.room_kind:
        capacity.choose_room(session, appointment, kind.room_kind)
    if appointment.room_id is not None:
        capacity.lock(session, capacity.ROOM_LOCK, appointment.room_id)
    if kind.device_kind and (choose or appointment.device_id is None):
        capacity.choose_device(session, appointment, kind.device_kind)
    if appointment.device_id is not None:
        capacity.lock(session, capacity.DEVICE_LOCK, appointment.device_id)


class Wanted(NamedTuple):
    """A place as plain values: after a refusal the row itself may no longer be read."""

    appointment_id: int | None
    holders: dict[str, int | None]
    starts_at: datetime
    ends_at: datetime
    busy_from: datetime
    busy_until: datetime

    @classmethod
    def of(cls, appointment: Appointment) -> "Wanted":
        holders = {
            "provider": appointment.provider_id,
            "room": appointment.room_id,
            "device": appointment.device_id,
        }
        return cls(
            appointment.id,
            holders,
            appointment.starts_at,
            appointment.ends_at,
            appointment.busy_from or appointment.starts_at,
            appointment.busy_until or appointment.ends_at,
        )


def find_holder(session: Session, resource: str, wanted: Wanted) -> Appointment | None:
    """Who has the provider, the room or the device in that time."""
    column = getattr(Appointment, f"{resource}_id")
    during = (Appointment.starts_at < wanted.ends_at, Appointment.ends_at > wanted.starts_at)
    if resource == "provider":
        during = (
            wanted.busy_until > capacity.BUSY_FROM,
            wanted.busy_from < capacity.BUSY_UNTIL,
            ~Appointment.overbooked,
        )
    query = (
        select(Appointment)
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.room),
            joinedload(Appointment.device),
        )
        .where(column == wanted.holders[resource], Appointment.status.not_in(ENDED), *during)
        .order_by(Appointment.starts_at)
        .limit(1)
    )
    if wanted.appointment_id is not None:
        query = query.where(Appointment.id != wanted.appointment_id)
    return session.scalar(query)


def _taken(session: Session, holder: Appointment | None, resource: str) -> str:
    if holder is None:
        return "Somebody took that time a moment ago. Look at the schedule again."
    named = {"room": holder.room, "device": holder.device}.get(resource) or holder.provider
    kept = []
    if resource == "provider" and holder.busy_from is not None and holder.busy_from < holder.starts_at:
        kept.append(f"from {formats.wall(holder.busy_from)}")
    if resource == "provider" and holder.busy_until is not None and holder.busy_until > holder.ends_at:
        kept.append(f"until {formats.wall(holder.busy_until)}")
    free = f" and is kept free {' '.join(kept)}" if kept else ""
    if holder.held_until is not None:
        return (
            f"{named.name}: {formats.wall(holder.starts_at)} to {formats.wall(holder.ends_at)} is held for "
            f"{holder.held_for}. Without an answer it is free again at {formats.wall(holder.held_until)}."
        )
    changed = holder.changed_at is not None
    by = session.get(User, (holder.changed_by if changed else holder.booked_by) or 0)
    since = holder.changed_at or holder.booked_at
    return (
        f"{named.name} has {holder.patient.name} from {formats.wall(holder.starts_at)} to "
        f"{formats.wall(holder.ends_at)}{free}, since {when(since)}, by {by.name if by else 'the system'}."
    )


def cautions(
    session: Session,
    *,
    patient_id: int,
    provider_id: int,
    starts_at: datetime,
    ends_at: datetime,
    appointment_id: int | None = None,
    visit_type: VisitType | None = None,
    by_plan: bool = True,
) -> list[Caution]:
    """What somebody should know before this visit is booked there; each needs a yes, none is forbidden.

    `by_plan`: one of the patient's plans pays, not the insurer of a case and not the patient.
    """
    found = []
    if starts_at < clock.now() - timedelta(hours=1):
        found.append(Caution("past", f"{when(starts_at)} has passed."))
    day = clock.local(starts_at).date()
    specials = pattern.special(session, day, day, provider_id)
    provider = session.get_one(RenderingProvider, provider_id)
    if visit_type is not None:
        found += against_provider(session, visit_type, provider)
    usual = pattern.weekly(session, provider_id, day)
    found += against_hours(provider, usual, specials, starts_at, ends_at)
    found += against_blocks(specials, visit_type.id if visit_type else None, starts_at, ends_at)
    if visit_type is not None and visit_type.patient_kind != "any":
        found += against_kind(session, visit_type, patient_id, starts_at)
    found += _elsewhere(session, patient_id, starts_at, ends_at, appointment_id)
    if by_plan:
        found += _coverage(session, patient_id, day)
    return found


# A booking asks several times before it is made; each statement is put together once.
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
_DAY = bindparam("day", type_=Date)
_COVERAGE = (
    select(Coverage.effective_on, Coverage.terminated_on, Payer.name, Payer.kind)
    .join(Payer, Payer.id == Coverage.payer_id)
    .where(Coverage.patient_id == bindparam("patient"), in_force.may_answer(Coverage, _DAY, None))
    .order_by(*in_force.best(Coverage, _DAY))
    .limit(1)
)


def against_provider(session: Session, visit_type: VisitType, provider: RenderingProvider) -> list[Caution]:
    """A provider who does not take such visits, and who does (A5); nothing is read for one who does."""
    if visit_type.taken_by(provider.id):
        return []
    names = "; ".join(each.name for each in takers(session, visit_type))
    who = f"It is taken by {names}." if names else "Nobody who works here takes it."
    return [Caution("takes", f"{provider.name} does not take the visit type {visit_type.name}. {who}")]


def against_hours(
    provider: RenderingProvider,
    usual: list[pattern.Stretch],
    specials: list[Special],
    starts_at: datetime,
    ends_at: datetime,
) -> list[Caution]:
    """What the clinic's days and the provider's hours say against a visit; nothing is read (A6)."""
    start, end = clock.local(starts_at), clock.local(ends_at)
    day = start.date()
    for each in specials:
        if each.kind == "closure":
            return [Caution("closed", f"The clinic is closed on {day:%A} {formats.mdy(day)}: {each.label}.")]
    stretches = pattern.worked(usual, specials, provider.id, day)
    if any(begins <= start.time() and end.date() == day and end.time() <= ends for begins, ends in stretches):
        return []
    for each in specials:
        if each.kind == "away":
            why = f": {each.label}" if each.label else ""
            return [Caution("hours", f"{provider.name} is away on {day:%A} {formats.mdy(day)}{why}.")]
    if not stretches:
        return [Caution("hours", f"{provider.name} does not work on {day:%A} {formats.mdy(day)}.")]
    worked = " and ".join(f"{begins:%-I:%M} to {ends:%-I:%M %p}" for begins, ends in stretches)
    return [Caution("hours", f"That is outside the hours of {provider.name}: {worked}.")]


def against_blocks(
    specials: list[Special], visit_type_id: int | None, starts_at: datetime, ends_at: datetime
) -> list[Caution]:
    """Time that is kept free, or kept for other visits (A6)."""
    here = [each for each in specials if each.starts_at < ends_at and each.ends_at > starts_at]
    labels = [each.label for each in here if each.kind == "block"]
    found = [Caution("block", f"That time is kept free: {', '.join(labels)}.")] if labels else []
    for each in here:
        if each.kind == "reserved" and each.keeps_out(visit_type_id):
            opens = (
                f" It opens to every visit on {formats.mdy(each.released_on)}." if each.released_on else ""
            )
            found.append(Caution("reserved", f"That time is reserved: {each.label}.{opens}"))
            break
    return found


NEW_AFTER_YEARS = 3


def against_kind(
    session: Session, visit_type: VisitType, patient_id: int, starts_at: datetime
) -> list[Caution]:
    """A visit for new patients booked for one who was seen within three years, or the other way round (L14)."""
    seen_at = session.scalar(
        select(func.max(Appointment.starts_at)).where(
            Appointment.patient_id == patient_id,
            Appointment.status.in_(("checked_out", "closed")),
            Appointment.starts_at < starts_at,
            Appointment.starts_at > starts_at - timedelta(days=365 * NEW_AFTER_YEARS + 1),
        )
    )
    if visit_type.patient_kind == "new" and seen_at is not None:
        day = formats.mdy(clock.local(seen_at).date())
        return [Caution("kind", f"{visit_type.name} is for new patients; this one was seen on {day}.")]
    if visit_type.patient_kind == "established" and seen_at is None:
        return [
            Caution(
                "kind",
                f"{visit_type.name} is for established patients; this one was not seen in three years.",
            )
        ]
    return []


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


def against_paying(session: Session, patient_id: int, day: date) -> list[Caution]:
    """A patient who shall pay although Medicare or Medicaid would: for covered care that is mostly forbidden (F1, R14)."""
    plan = session.connection().execute(_COVERAGE, {"patient": patient_id, "day": day}).first()
    if plan is None or plan.kind not in ("medicare", "medicaid") or plan.effective_on > day:
        return []
    if plan.terminated_on is not None and plan.terminated_on < day:
        return []
    return [
        Caution(
            "paying",
            f"{plan.name} pays for covered care, and the patient may not be charged for it instead. Go on only for "
            "care that it does not cover, with the patient's written word.",
        )
    ]


def _coverage(session: Session, patient_id: int, day: date) -> list[Caution]:
    """A coverage that ended before the visit; a patient without any pays for himself and needs no warning."""
    last = session.connection().execute(_COVERAGE, {"patient": patient_id, "day": day}).first()
    if last is None or (
        last.effective_on <= day and (last.terminated_on is None or last.terminated_on >= day)
    ):
        return []
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
