"""A month as counts: how many visits stand on each day and how many places are free, in three queries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, Room
from clinic.models.scheduling import ENDED
from clinic.scheduling import pattern, rows
from clinic.scheduling.columns import free_of, span_of, worked_on
from clinic.scheduling.pattern import Special


@dataclass(frozen=True, slots=True)
class DayCount:
    """One day of the sheet; `free` counts places of a half or a quarter hour, None on a day that has passed."""

    day: date
    inside: bool
    booked: int
    free: int | None
    closed: str
    worked: bool


@dataclass(frozen=True, slots=True)
class Month:
    """Whole weeks around a month, Monday first."""

    first: date
    weeks: Sequence[Sequence[DayCount]]
    providers: Sequence[rows.Provider]

    @property
    def booked(self) -> int:
        return sum(each.booked for week in self.weeks for each in week if each.inside)


_VISITS = (
    select(
        Appointment.id,
        Appointment.provider_id,
        Appointment.starts_at,
        Appointment.ends_at,
        Appointment.busy_from,
        Appointment.busy_until,
        Appointment.lane,
        Appointment.overbooked,
        Appointment.status,
        Room.public_id.label("room_key"),
    )
    .outerjoin(Room, Room.id == Appointment.room_id)
    .where(
        Appointment.starts_at >= bindparam("begins"),
        Appointment.starts_at < bindparam("ends"),
        Appointment.status.not_in((*ENDED, "held")),
    )
)


def month(
    session: Session, on: date, provider_ids: Collection[str] = (), rooms: Collection[str] = ()
) -> Month:
    """The month of a day; `provider_ids` and `rooms` (public) narrow what is counted."""
    first = on.replace(day=1)
    begins = first - timedelta(days=first.weekday())
    after = (first + timedelta(days=32)).replace(day=1)
    days = [begins + timedelta(days=n) for n in range(-(-(after - begins).days // 7) * 7)]
    everybody = rows.providers(session)
    shown = [
        each for each in everybody if (not provider_ids and each.active) or each.public_id in provider_ids
    ]
    found = _found(session, days)
    specials: dict[tuple[int, date], list[Special]] = {}
    for each in pattern.special(session, days[0], days[-1]):
        last = clock.local(each.ends_at - timedelta(seconds=1)).date()
        day = clock.local(each.starts_at).date()
        while day <= last:
            specials.setdefault((each.provider_id, day), []).append(each)
            day += timedelta(days=1)
    counted = [_count(day, first, shown, found, specials, rooms) for day in days]
    return Month(first, [counted[n : n + 7] for n in range(0, len(counted), 7)], everybody)


def _found(session: Session, days: Sequence[date]) -> dict[tuple[int, date], list[Any]]:
    values = {"begins": clock.day_bounds(days[0])[0], "ends": clock.day_bounds(days[-1])[1]}
    found: dict[tuple[int, date], list[Any]] = {}
    for row in session.connection().execute(_VISITS, values):
        found.setdefault((row.provider_id, clock.local(row.starts_at).date()), []).append(row)
    return found


def _count(
    day: date,
    first: date,
    shown: Sequence[rows.Provider],
    found: dict[tuple[int, date], list[Any]],
    specials: dict[tuple[int, date], list[Special]],
    rooms: Collection[str],
) -> DayCount:
    booked = free = 0
    worked_by_any = False
    closed = ""
    past = day < clock.today()
    for provider in shown:
        here = found.get((provider.id, day), [])
        booked += sum(not rooms or row.room_key in rooms for row in here)
        special = specials.get((provider.id, day), [])
        closed = closed or next((each.label or "Closed" for each in special if each.kind == "closure"), "")
        worked = worked_on(provider, day, special)
        worked_by_any = worked_by_any or bool(worked)
        if past or not worked:
            continue
        live = [(row, span_of(row.starts_at, row.ends_at, day)) for row in here]
        around = [(span_of(each.starts_at, each.ends_at, day), each) for each in special]
        free += len(free_of(provider, day, worked, live, around))
    return DayCount(day, _same_month(day, first), booked, None if past else free, closed, worked_by_any)


def _same_month(day: date, first: date) -> bool:
    return (day.year, day.month) == (first.year, first.month)
