"""Time that is blocked once: a meeting, an afternoon off, the whole clinic closed for half a day (A6, ask 42).

Nothing here moves a visit: `standing` lists those that are booked in it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats
from clinic.models import Appointment, RenderingProvider, ScheduleBlock
from clinic.scheduling import guards, places
from clinic.scheduling.errors import SchedulingError
from clinic.scheduling.templates import TemplateRefused

BLOCK_LOCK = 7_007


@dataclass(frozen=True)
class Blocked:
    """One entry: the same time of one provider or of several. Instants are UTC."""

    entry: str
    label: str
    starts_at: datetime
    ends_at: datetime
    everybody: bool
    providers: tuple[RenderingProvider, ...]

    @property
    def day(self) -> date:
        return clock.local(self.starts_at).date()

    @property
    def span(self) -> str:
        """`1:00 PM to 5:00 PM`, `all day`."""
        begins, ends = clock.day_bounds(self.day)
        if (self.starts_at, self.ends_at) == (begins, ends):
            return "all day"
        if self.ends_at == ends:
            return f"from {formats.wall(self.starts_at)} on"
        if self.starts_at == begins:
            return f"until {formats.wall(self.ends_at)}"
        return f"{formats.wall(self.starts_at)} to {formats.wall(self.ends_at)}"

    @property
    def whose(self) -> str:
        """`All providers`, or their names."""
        return "All providers" if self.everybody else "; ".join(each.name for each in self.providers)


def block(
    session: Session,
    providers: Sequence[RenderingProvider],
    day: date,
    starts: time | None,
    ends: time | None,
    label: str,
    *,
    everybody: bool = False,
) -> Blocked:
    """Keep time of one day free of visits; without `starts` from the day's beginning, without `ends` to its end.

    `everybody` says that the whole clinic is closed then. The same again is the first one. Raises TemplateRefused for
    a time that the clocks skip or repeat (A8), an end before the beginning, what has passed and what is for nothing.
    """
    first, last = clock.day_bounds(day)
    starts_at = _instant(day, starts, "starts") if starts else first
    ends_at = _instant(day, ends, "ends") if ends else last
    if ends_at <= starts_at:
        raise TemplateRefused("The end is not after the beginning.", "ends")
    if ends_at <= clock.now():
        raise TemplateRefused("That time has passed.", "ends" if day == clock.today() else "day")
    label = label.strip()
    if not label:
        raise TemplateRefused("Say what it is for.", "label")
    # One at a time: the second click waits here, and finds what the first one wrote.
    session.execute(select(func.pg_advisory_xact_lock(BLOCK_LOCK, 0)))
    same = (
        ScheduleBlock.starts_at == starts_at,
        ScheduleBlock.ends_at == ends_at,
        ScheduleBlock.label == label,
    )
    numbers = {each.id for each in providers}
    known = session.scalars(
        select(ScheduleBlock).where(*same, ScheduleBlock.provider_id.in_(numbers)).order_by(ScheduleBlock.id)
    ).all()
    left = [each for each in providers if each.id not in {row.provider_id for row in known}]
    if not left:
        return _entries(session, {known[0].entry})[0]
    rows = [
        ScheduleBlock(
            provider_id=each.id,
            starts_at=starts_at,
            ends_at=ends_at,
            label=label,
            everybody=everybody,
            made_by=audit.actor().user_id,
            made_at=clock.now(),
        )
        for each in left
    ]
    session.add(rows[0])
    session.flush()
    for row in rows[1:]:
        row.entry = rows[0].entry
    session.add_all(rows)
    session.flush()
    made = _entries(session, {rows[0].entry})[0]
    _record(session, "block.add", made, [None, _told(made)])
    return made


def unblock(session: Session, entry: str) -> Blocked | None:
    """The time is free again, for all of the entry's providers; None where it was before."""
    session.execute(select(func.pg_advisory_xact_lock(BLOCK_LOCK, 0)))
    found = find(session, entry)
    if found is None:
        return None
    for row in session.scalars(select(ScheduleBlock).where(ScheduleBlock.entry == entry)):
        session.delete(row)
    session.flush()
    _record(session, "block.remove", found, [_told(found), None])
    return found


def find(session: Session, entry: str) -> Blocked | None:
    return next(iter(_entries(session, {entry})), None)


def of_days(
    session: Session, first: date, last: date, provider: RenderingProvider | None = None
) -> list[Blocked]:
    """The entries that reach into the days `first` to `last`, of one provider or of all, by time."""
    query = select(ScheduleBlock.entry).where(
        ScheduleBlock.starts_at < clock.day_bounds(last)[1],
        ScheduleBlock.ends_at > clock.day_bounds(first)[0],
    )
    if provider is not None:
        query = query.where(ScheduleBlock.provider_id == provider.id)
    return _entries(session, set(session.scalars(query)))


def standing(session: Session, found: Blocked, *, limit: int = 100) -> list[Appointment]:
    """Who is booked in the time and still to come: they stay until somebody moves them."""
    return list(
        session.scalars(
            select(Appointment)
            .options(
                joinedload(Appointment.patient),
                joinedload(Appointment.provider),
                joinedload(Appointment.visit_type),
            )
            .where(
                Appointment.provider_id.in_([each.id for each in found.providers]),
                Appointment.status.in_(guards.WAITING),
                Appointment.starts_at < found.ends_at,
                Appointment.ends_at > found.starts_at,
            )
            .order_by(Appointment.starts_at, Appointment.id)
            .limit(limit)
        )
    )


def _entries(session: Session, entries: Iterable[str]) -> list[Blocked]:
    rows = session.scalars(
        select(ScheduleBlock)
        .options(joinedload(ScheduleBlock.provider))
        .join(RenderingProvider, RenderingProvider.id == ScheduleBlock.provider_id)
        .where(ScheduleBlock.entry.in_(entries))
        .order_by(ScheduleBlock.starts_at, RenderingProvider.position, ScheduleBlock.id)
    ).all()
    together: dict[str, list[ScheduleBlock]] = {}
    for row in rows:
        together.setdefault(row.entry, []).append(row)
    return [
        Blocked(
            entry,
            some[0].label,
            some[0].starts_at,
            some[0].ends_at,
            some[0].everybody,
            tuple(row.provider for row in some),
        )
        for entry, some in together.items()
    ]


def _instant(day: date, wall: time, field: str) -> datetime:
    try:
        return places.instant(day, wall)
    except SchedulingError as error:
        raise TemplateRefused(f"{str(error).rstrip('.')}. Choose another time.", field) from error


def _told(found: Blocked) -> str:
    numbers = ", ".join(str(each.id) for each in found.providers)
    return f"{found.label}, {formats.mdy(found.day)} {found.span}, providers {numbers}"


def _record(session: Session, action: str, found: Blocked, change: list[str | None]) -> None:
    audit.record(session, action, subject=f"schedule_block:{found.entry}", changes={"time": change})
