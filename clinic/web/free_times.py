"""A week of free times on a patient's page: five days to choose from, the times of one of them in two halves."""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from typing import Any

from babel.dates import format_date, format_time

from clinic import clock
from clinic.scheduling import Opening

SHOWN_DAYS = 5
FRIDAY = 4


def _read(text: str, last: date) -> date | None:
    """A day of the address, None for what is none; far beyond `last` the days after it can be counted all the same."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return min(day, last + timedelta(days=1))


def week(
    times: Callable[..., Sequence[Opening]],
    text: str,
    wanted: str,
    last: date,
    lang: str,
    *,
    stay: bool = False,
) -> dict[str, Any]:
    """What `macros/times.html` needs: days with their counts, the day that is shown and its mornings and afternoons,
    the words of a day, the zone, and where the weeks before and after begin (None: nothing is free there).

    `times(first=…, days=…, limit=…)` gives the openings, `text` the first day and `wanted` the shown one as they stand in
    the address, `last` the last day that may be chosen. Where the week has none, the first one that has is shown, but
    with `stay`, for who chose a time of this week a moment ago.
    """
    day = _read(wanted, last)
    first = _read(text, last) or day or clock.today()
    found = times(first=first)
    later = [] if found or stay else times(first=first, days=366, limit=1)
    if later:
        first = later[0].day
        found = times(first=first)
    by_day: dict[date, list[Opening]] = {}
    for each in found:
        by_day.setdefault(each.day, []).append(each)
    days = _days(first, by_day)
    here = day if day in by_day else next((each for each in days if each in by_day), None)
    locale = "es_US" if lang == "es" else "en_US"
    shown = by_day.get(here, []) if here else []
    return {
        "days": [(each, len(by_day.get(each, ()))) for each in days],
        "day": here,
        "mornings": _slots(shown, locale, noon=False),
        "afternoons": _slots(shown, locale, noon=True),
        "said": lambda each, form: format_date(each, form, locale),
        "zone": f"{clock.local(found[0].starts_at):%Z}" if found else "",
        "before": _before(times, days[0]),
        "after": days[-1] + timedelta(days=1) if days[-1] < last else None,
    }


def _before(times: Callable[..., Sequence[Opening]], first: date) -> date | None:
    span = (first - clock.today()).days
    if span < 1 or not times(days=span, limit=1):
        return None
    return max(first - timedelta(days=7), clock.today())


def _days(first: date, by_day: dict[date, list[Opening]]) -> list[date]:
    """Five days from the first on; a Saturday and a Sunday only where something is free."""
    days: list[date] = []
    day = max(first, clock.today())
    while len(days) < SHOWN_DAYS:
        if day.weekday() <= FRIDAY or day in by_day:
            days.append(day)
        day += timedelta(days=1)
    return days


def _slots(found: Sequence[Opening], locale: str, *, noon: bool) -> list[tuple[str, str, str]]:
    """What the button says, what it sends, and with whom."""
    return [
        (
            format_time(clock.local(each.starts_at).time(), "short", locale=locale).replace("\u202f", " "),
            each.at,
            each.provider.name,
        )
        for each in found
        if (clock.local(each.starts_at).hour >= 12) == noon
    ]
