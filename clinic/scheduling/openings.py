"""Find the next free time for a visit: by type, provider, weekday and time of day, in six questions (A5, A6, A8)."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, Device, ProviderHours, RenderingProvider, Room, VisitType
from clinic.models.scheduling import ENDED
from clinic.scheduling import capacity, pattern
from clinic.scheduling.places import end_of
from clinic.scheduling.visit_types import takers

HORIZON = 60  # days looked at
STEP = timedelta(minutes=15)
MINUTE = timedelta(minutes=1)


@dataclass(frozen=True)
class Opening:
    """A time at which the whole visit fits: provider, room and device are free. Instants are UTC."""

    provider: RenderingProvider
    starts_at: datetime
    ends_at: datetime

    @property
    def day(self) -> date:
        return clock.local(self.starts_at).date()

    @property
    def at(self) -> str:
        """`2026-03-10T09:15~provider`, as the booking form takes it."""
        return f"{clock.local(self.starts_at):%Y-%m-%dT%H:%M}~{self.provider.public_id}"


@dataclass
class Days:
    """What was read of the days, by resource, so that each place is asked of memory."""

    hours: dict[int, list[ProviderHours]]
    specials: dict[tuple[int, date], list[pattern.Special]]
    visits: dict[date, Sequence[Any]]
    rooms: list[int] | None
    devices: list[int] | None

    def usual(self, provider_id: int, day: date) -> list[pattern.Stretch]:
        """The wall times a provider works by the pattern in force on a day."""
        return [
            (row.starts, row.ends)
            for row in self.hours.get(provider_id, ())
            if row.weekday == day.weekday()
            and row.effective_on <= day
            and (row.ended_on is None or row.ended_on >= day)
        ]

    def drop(self, numbers: Collection[int]) -> None:
        """Leave visits out that will not be where they are."""
        self.visits = {
            day: [row for row in rows if row.id not in numbers] for day, rows in self.visits.items()
        }


def find_openings(
    session: Session,
    visit_type: VisitType,
    *,
    first: date | None = None,
    days: int = HORIZON,
    providers: Collection[str] = (),
    weekdays: Collection[int] = (),
    not_before: time | None = None,
    until: time | None = None,
    minutes: int | None = None,
    limit: int = 24,
    per_day: int = 4,
    earliest: datetime | None = None,
) -> list[Opening]:
    """The first `limit` openings from `first` (today) on, at most `per_day` for each provider and day, by time.

    `providers` holds public ids (none: everybody who takes the visit; one who does not has no opening), `weekdays` 0
    for Monday, `not_before` and `until` bound the visit in wall time. Six queries, whatever the number of days.
    Nothing is held: the database decides at booking.
    """
    today = clock.today()
    first = max(first or today, today)
    last = first + timedelta(days=min(max(days, 1), 366) - 1)
    length = timedelta(minutes=minutes or visit_type.minutes)
    end_of(clock.now(), minutes or visit_type.minutes)
    people = [each for each in takers(session, visit_type) if not providers or each.public_id in providers]
    read = read_days(session, people, visit_type, first, last)
    earliest = max(earliest or clock.now(), clock.now())
    found: list[Opening] = []
    for n in range((last - first).days + 1):
        day = first + timedelta(days=n)
        if weekdays and day.weekday() not in weekdays:
            continue
        today_found = []
        for provider in people:
            starts = starts_of(provider, day, visit_type, length, read, earliest, not_before, until)
            buffer = (visit_type.buffer_before + visit_type.buffer_minutes) * MINUTE
            chosen = _spaced(starts, length + buffer, per_day)
            today_found += [Opening(provider, start, start + length) for start in chosen]
        found += sorted(today_found, key=lambda each: each.starts_at)
        if len(found) >= limit:
            break
    return found[:limit]


def read_days(
    session: Session, people: Sequence[RenderingProvider], visit_type: VisitType, first: date, last: date
) -> Days:
    begins, ends = clock.day_bounds(first)[0], clock.day_bounds(last)[1]
    hours: dict[int, list[ProviderHours]] = {}
    for row in session.scalars(select(ProviderHours)):
        hours.setdefault(row.provider_id, []).append(row)
    specials: dict[tuple[int, date], list[pattern.Special]] = {}
    for each in pattern.special(session, first, last):
        for day in _days(each.starts_at, each.ends_at):
            specials.setdefault((each.provider_id, day), []).append(each)
    query = select(
        Appointment.provider_id,
        Appointment.room_id,
        Appointment.device_id,
        Appointment.starts_at,
        Appointment.ends_at,
        capacity.BUSY_FROM.label("busy_from"),
        capacity.BUSY_UNTIL.label("busy_until"),
        Appointment.lane,
        Appointment.overbooked,
        Appointment.id,
    ).where(
        Appointment.status.not_in(ENDED),
        or_(Appointment.held_until.is_(None), Appointment.held_until > clock.now()),
        Appointment.starts_at < ends,
        Appointment.starts_at > begins - timedelta(hours=24),
        Appointment.ends_at > begins,
    )
    if not (visit_type.room_kind or visit_type.device_kind):
        query = query.where(Appointment.provider_id.in_([each.id for each in people] or [0]))
    visits: dict[date, list[Any]] = {}
    for row in session.connection().execute(query):
        for day in _days(row.starts_at, max(row.ends_at, row.busy_until)):
            visits.setdefault(day, []).append(row)
    return Days(
        hours,
        specials,
        visits,  # type: ignore[arg-type]
        _things(session, Room, visit_type.room_kind),
        _things(session, Device, visit_type.device_kind),
    )


def _things(session: Session, table: type[Room] | type[Device], kind: str) -> list[int] | None:
    """The numbers of all rooms or devices of a kind; None when the visit needs none."""
    if not kind:
        return None
    return list(
        session.scalars(
            select(table.id).where(table.kind == kind, table.active).order_by(table.position, table.id)
        )
    )


def _days(starts_at: datetime, ends_at: datetime) -> list[date]:
    first, last = clock.local(starts_at).date(), clock.local(ends_at).date()
    return [first] if first == last else [first, last]


def starts_of(
    provider: RenderingProvider,
    day: date,
    visit_type: VisitType,
    length: timedelta,
    read: Days,
    earliest: datetime,
    not_before: time | None,
    until: time | None,
) -> Iterator[datetime]:
    """The starts of one provider's day at which everything is free, by quarters of an hour."""
    specials = read.specials.get((provider.id, day), [])
    usual = read.usual(provider.id, day)
    shut = [each for each in specials if each.keeps_out(visit_type.id)]
    visits = read.visits.get(day, ())
    mine = [row for row in visits if row.provider_id == provider.id]
    for stretch in pattern.worked(usual, specials, provider.id, day):
        start, close = pattern.instants(day, stretch)
        while start + length <= close:
            if (
                start >= earliest
                and _in_window(start, start + length, not_before, until)
                and not any(each.starts_at < start + length and each.ends_at > start for each in shut)
                and provider_free(provider, visit_type, start, start + length, mine)
                and one_free(read.rooms, "room_id", start, start + length, visits)
                and one_free(read.devices, "device_id", start, start + length, visits)
            ):
                yield start
            start += STEP


def _in_window(start: datetime, end: datetime, not_before: time | None, until: time | None) -> bool:
    begins, ends = clock.local(start), clock.local(end)
    if not_before is not None and begins.time() < not_before:
        return False
    return until is None or (ends.time() <= until and ends.date() == begins.date())


def provider_free(
    provider: RenderingProvider, visit_type: VisitType, start: datetime, end: datetime, mine: Sequence[Any]
) -> bool:
    part = capacity.busy(visit_type, start, end)
    begins, ends = part["busy_from"] or start, part["busy_until"] or end
    lanes = {
        (row.lane, row.id if row.overbooked else 0)
        for row in mine
        if row.busy_from < ends and row.busy_until > begins
    }
    return len(lanes) < provider.overlap_limit


def one_free(
    things: list[int] | None, column: str, start: datetime, end: datetime, visits: Sequence[Any]
) -> bool:
    if things is None:
        return True
    held = {getattr(row, column) for row in visits if row.starts_at < end and row.ends_at > start}
    return any(each not in held for each in things)


def _spaced(starts: Iterator[datetime], length: timedelta, most: int) -> list[datetime]:
    """The first ones that do not overlap one another: each is a different answer for the patient."""
    chosen: list[datetime] = []
    for start in starts:
        if not chosen or start >= chosen[-1] + length:
            chosen.append(start)
            if len(chosen) == most:
                break
    return chosen
