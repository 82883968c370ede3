"""The rule of a series as it stands now, and where it puts each visit: later rules stand in the changes (A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, time

from clinic import clock
from clinic.models import Appointment, AppointmentSeries, SeriesChange
from clinic.scheduling.recurrence import Rule


@dataclass(frozen=True)
class ByRule:
    """Where its rule puts a visit; `provider_id` is our own number."""

    on: date
    wall_time: time
    provider_id: int


def rule_of(series: AppointmentSeries, changes: Sequence[SeriesChange]) -> tuple[Rule, int]:
    """The rule in force and its provider's number: the booked one, or the last that was put in its place.

    Its end is that of the last lengthening that still stands. `changes` come the newest first.
    """
    latest = next((each.rule for each in changes if "wall_time" in each.rule and each.undone_at is None), {})
    end = next((each.rule for each in changes if each.kind == "extend" and each.undone_at is None), {})
    until = end.get("until_on")
    rule = Rule(
        first_on=series.first_on,
        wall_time=time.fromisoformat(latest.get("wall_time", series.wall_time.isoformat())),
        weekdays=tuple(latest.get("weekdays", series.weekdays)),
        every=series.every,
        times=end.get("times") if end else series.times,
        until_on=(date.fromisoformat(until) if until else None) if end else series.until_on,
    )
    return rule, int(latest.get("provider_id", series.provider_id))


def by_rule(series: AppointmentSeries, changes: Sequence[SeriesChange], visit: Appointment) -> ByRule:
    """Where the rule of this visit puts it: of the moves of many only those count that reached it, or came before it.

    `changes` come the newest first, as in `rule_of`.
    """
    latest = next(
        (
            each.rule
            for each in changes
            if "wall_time" in each.rule
            and each.undone_at is None
            and (visit.id in each.rule["reached"] or each.at < visit.booked_at)
        ),
        {},
    )
    return ByRule(
        visit.series_on or clock.local(visit.starts_at).date(),
        time.fromisoformat(latest.get("wall_time", series.wall_time.isoformat())),
        int(latest.get("provider_id", series.provider_id)),
    )
