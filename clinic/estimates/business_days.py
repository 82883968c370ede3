"""Business days: Monday to Friday without the federal holidays, as the clocks of good-faith estimates count them (F1)."""

from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)
# Month, weekday (0 is Monday) and which of them; -1 is the last.
MOVABLE = ((1, 0, 3), (2, 0, 3), (5, 0, -1), (9, 0, 1), (10, 0, 2), (11, 3, 4))
FIXED = ((1, 1), (6, 19), (7, 4), (11, 11), (12, 25))


@cache
def holidays(year: int) -> frozenset[date]:
    """The federal holidays of a year; one on a Saturday is kept on Friday, one on a Sunday on Monday."""
    days = {_kept(date(year, month, day)) for month, day in FIXED} | {_kept(date(year + 1, 1, 1))}
    return frozenset(days | {_nth(year, *rule) for rule in MOVABLE})


def is_business_day(day: date) -> bool:
    return day.weekday() < 5 and day not in holidays(day.year)


def after(day: date, count: int) -> date:
    """The business day that comes `count` business days after a day; before it for a negative count."""
    step = DAY if count > 0 else -DAY
    left = abs(count)
    while left:
        day += step
        left -= is_business_day(day)
    return day


def between(start: date, end: date) -> int:
    """How many business days lie after `start` up to and with `end`."""
    return sum(is_business_day(day) for day in _days(start, end))


def _days(start: date, end: date) -> Iterator[date]:
    for number in range(1, (end - start).days + 1):
        yield start + number * DAY


def _kept(day: date) -> date:
    return day - DAY if day.weekday() == 5 else day + DAY if day.weekday() == 6 else day


def _nth(year: int, month: int, weekday: int, which: int) -> date:
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = (date(year, month, 28) + timedelta(days=4)).replace(day=1) - DAY
    return last - timedelta(days=(last.weekday() - weekday) % 7)
