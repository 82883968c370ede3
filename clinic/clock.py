"""The only clock: the clinic's time zone, movable in tests and in rehearsal (A8).

Instants are aware UTC datetimes; the clinic's day is a `date` in its own zone. In rehearsal the clinic
lives some whole days ahead of the wall: `set_days_ahead` is called at the start of each request and job.
"""

from contextvars import ContextVar
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

_zone = ZoneInfo("America/Los_Angeles")
_days_ahead: ContextVar[int] = ContextVar("days_ahead", default=0)


class LocalTimeError(ValueError):
    """A wall time that does not exist on that day, or exists twice (A8)."""


def configure(timezone: str) -> None:
    """Set the clinic's IANA zone, once at start."""
    global _zone
    _zone = ZoneInfo(timezone)


def zone() -> ZoneInfo:
    return _zone


def set_days_ahead(days: int) -> None:
    """Move the rehearsal clock to `days` whole days ahead of the wall, for this request or job."""
    _days_ahead.set(days)


def days_ahead() -> int:
    return _days_ahead.get()


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC) + timedelta(days=_days_ahead.get())


def wall_now() -> datetime:
    """The machine's own instant: for leases, sessions and sign-in, which no rehearsal may move."""
    return datetime.now(UTC)


def today() -> date:
    """The clinic's date."""
    return now().astimezone(_zone).date()


def local(instant: datetime) -> datetime:
    """An instant in the clinic's zone."""
    return instant.astimezone(_zone)


def at(day: date, wall: time, *, fold: int | None = None) -> datetime:
    """The UTC instant of a wall time on a day.

    Raises LocalTimeError in the spring gap, in the autumn hour that comes twice unless `fold` says which, and on the
    last day of the calendar, whose instant is on none.
    """
    first = datetime.combine(day, wall, _zone)
    try:
        again = first.astimezone(UTC).astimezone(_zone)
    except OverflowError as error:
        raise LocalTimeError(f"{day:%m/%d/%Y} is too far away") from error
    if again.replace(fold=0) != first.replace(fold=0):
        raise LocalTimeError(f"{wall:%H:%M} does not exist on {day:%m/%d/%Y}: the clocks go forward")
    second = first.replace(fold=1)
    if first.utcoffset() != second.utcoffset() and fold is None:
        raise LocalTimeError(f"{wall:%H:%M} comes twice on {day:%m/%d/%Y}: say which")
    return first.replace(fold=fold or 0).astimezone(UTC)


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The UTC instants at which a clinic day begins and ends (23, 24 or 25 hours apart)."""
    start = datetime.combine(day, time(), _zone).astimezone(UTC)
    end = datetime.combine(day + timedelta(days=1), time(), _zone).astimezone(UTC)
    return start, end
