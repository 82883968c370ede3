"""A day by provider, or a week of one provider, as it is drawn: three queries whatever the size."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import blake2b

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.models import Appointment, RenderingProvider
from clinic.scheduling import pattern, rows
from clinic.scheduling.columns import (
    TINTS,
    TONES,
    Column,
    Placed,
    Visit,
    column,
    span_of,
    status_word,
    worked_on,
)
from clinic.scheduling.layout import Frame, frame, time_label
from clinic.scheduling.months import Month, month

__all__ = ["TINTS", "TONES", "Column", "Plan", "Visit", "day", "stamp", "status_word", "week"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a schedule page shows; `providers` are those it was asked for."""

    days: Sequence[date]
    frame: Frame
    columns: Sequence[Column]
    providers: Sequence[rows.Provider]
    now: str | None
    now_label: str
    stamp: str = ""
    month: Month | None = None
    carries: bool = True  # whether the person who looks has anything on the pinboard

    @property
    def visits(self) -> list[Visit]:
        """All visits in order of time, for the list and the day sheet."""
        found = [visit for column in self.columns for visit in column.visits]
        return sorted(found, key=lambda visit: (visit.starts_at, visit.provider))

    @property
    def patient_ids(self) -> list[int]:
        return sorted({visit.patient_id for column in self.columns for visit in column.visits})


def day(
    session: Session,
    on: date,
    provider_ids: Collection[str] | None = None,
    *,
    rooms: Collection[str] = (),
    grid: Frame | None = None,
) -> Plan:
    """One day, a column for each provider who works or has visits; `provider_ids` and `rooms` (public) narrow it.

    `grid` keeps the rows of a page that one column is to be put into.
    """
    return _plan(session, [on], provider_ids, rooms, grid)


def week(session: Session, on: date, provider_id: str, *, rooms: Collection[str] = ()) -> Plan:
    """Monday to Sunday around a day for one provider (public id); the weekend only where something stands on it."""
    return _plan(session, week_of(on), [provider_id], rooms)


def month_of(
    session: Session, on: date, provider_ids: Collection[str] = (), *, rooms: Collection[str] = ()
) -> Plan:
    """The month of a day as counts; it has no columns and names no patient."""
    counted = month(session, on, provider_ids, rooms)
    return Plan([], Frame(480, 40), [], counted.providers, None, "", month=counted)


def week_of(on: date) -> list[date]:
    """Monday to Sunday around a day."""
    monday = on - timedelta(days=on.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


# How often a page that nobody touches is drawn anew: today its minutes of waiting count, other days hardly change.
FRESH_MINUTES, STALE_MINUTES = 1, 10
_VERSIONS = select(Appointment.id, Appointment.version).where(
    Appointment.starts_at >= bindparam("begins"),
    Appointment.starts_at < bindparam("ends"),
    Appointment.status != "held",
)
_VERSIONS_OF_SOME = _VERSIONS.join(RenderingProvider).where(
    RenderingProvider.public_id.in_(bindparam("providers", expanding=True))
)


def stamp(session: Session, days: Sequence[date], provider_ids: Collection[str] | None = None) -> str:
    """What a page of these days would carry as its `stamp`, from one read of ids and versions alone."""
    begins, ends = clock.day_bounds(days[0])[0], clock.day_bounds(days[-1])[1]
    values: dict[str, object] = {"begins": begins, "ends": ends}
    if provider_ids:
        values["providers"] = list(provider_ids)
    found = session.connection().execute(_VERSIONS_OF_SOME if provider_ids else _VERSIONS, values)
    return _stamp(days, ((row.id, row.version) for row in found))


def _stamp(days: Sequence[date], versions: Iterable[tuple[int, int]]) -> str:
    """Every change of a visit raises its version, and one that comes or goes adds or takes its id."""
    text = ",".join(f"{number}.{version}" for number, version in sorted(versions))
    minutes = FRESH_MINUTES if clock.today() in days else STALE_MINUTES
    since = int(clock.now().timestamp()) // (60 * minutes)
    return f"{since}-{blake2b(text.encode(), digest_size=8).hexdigest()}"


def _plan(
    session: Session,
    days: list[date],
    chosen: Collection[str] | None,
    rooms: Collection[str] = (),
    grid: Frame | None = None,
) -> Plan:
    shown, carries = rows.desk(session, audit.actor().user_id, chosen)
    begins, ends = clock.day_bounds(days[0])[0], clock.day_bounds(days[-1])[1]
    ids = [provider.id for provider in shown] if chosen else None
    found = rows.visits(session, begins, ends, ids)
    specials = pattern.special(session, days[0], days[-1], ids[0] if ids and len(ids) == 1 else None)
    by_place: dict[tuple[int, date], list[Placed]] = {}
    for row in found:
        on = clock.local(row.starts_at).date()
        by_place.setdefault((row.provider_id, on), []).append((row, span_of(row.starts_at, row.ends_at, on)))
    places = [
        (provider, on)
        for on in days
        for provider in shown
        if by_place.get((provider.id, on))
        or (provider.active and (len(days) == 1 or on.weekday() < 5 or provider.worked(on)))
    ]
    spans = [span for provider, on in places for span in worked_on(provider, on, specials)]
    spans += [span for some in by_place.values() for _, span in some]
    grid = grid or frame(spans)
    columns = [
        column(provider, on, grid, by_place.get((provider.id, on), []), specials, rooms, week=len(days) > 1)
        for provider, on in places
    ]
    local = clock.local(clock.now())
    point = grid.point(local.hour * 60 + local.minute) if local.date() in days else None
    known = _stamp(days, ((row.id, row.version) for row in found))
    label = time_label(local.hour * 60 + local.minute)
    return Plan(days, grid, columns, shown, point, label, known, carries=carries)
