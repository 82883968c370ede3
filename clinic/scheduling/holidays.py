"""The eleven federal holidays of a year, with the day on which each is observed (5 U.S.C. 6103)."""

from datetime import date, timedelta

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
FIXED = (
    (1, 1, "New Year's Day"),
    (6, 19, "Juneteenth"),
    (7, 4, "Independence Day"),
    (11, 11, "Veterans Day"),
    (12, 25, "Christmas Day"),
)
# Month, which one of its weekdays (-1: the last), weekday, name.
MOVING = (
    (1, 3, MONDAY, "Birthday of Martin Luther King, Jr."),
    (2, 3, MONDAY, "Washington's Birthday"),
    (5, -1, MONDAY, "Memorial Day"),
    (9, 1, MONDAY, "Labor Day"),
    (10, 2, MONDAY, "Columbus Day"),
    (11, 4, THURSDAY, "Thanksgiving Day"),
)


def federal(year: int) -> list[tuple[date, str]]:
    """(day, name) in order: the days observed in that year, so New Year's Day of the next may be among them.

    A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after.
    """
    found = [(_moving(year, month, nth, weekday), name) for month, nth, weekday, name in MOVING]
    for each in (year, year + 1):
        for month, day, name in FIXED:
            on = _observed(date(each, month, day))
            if on.year == year:
                found.append((on, name if on == date(each, month, day) else f"{name} (observed)"))
    return sorted(found)


def _observed(day: date) -> date:
    shift = {SATURDAY: -1, SUNDAY: 1}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def _moving(year: int, month: int, nth: int, weekday: int) -> date:
    if nth > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
