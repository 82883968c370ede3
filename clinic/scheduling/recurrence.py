"""Rules by which visits repeat: wall time, weekdays, every so many weeks, so often or until a day (A7, A8).

Only days and wall times here; what instant a wall time is on a day, the clock says when the visit is placed.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta

from clinic import formats
from clinic.scheduling.errors import SchedulingError
from clinic.scheduling.templates import WEEKDAYS

MOST = 60
"""Visits in one series: more is a typing error, or a year that nobody can promise."""
FURTHEST = timedelta(days=731)
WEEK = timedelta(days=7)


class RuleRefused(SchedulingError):
    """A rule that gives no series; `field` is the form field the sentence speaks of."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Rule:
    """Every `every` weeks on `weekdays` (0 Monday) from `first_on` at `wall_time`; one of `times` and `until_on`."""

    first_on: date
    wall_time: time
    weekdays: tuple[int, ...]
    every: int = 1
    times: int | None = None
    until_on: date | None = None


def dates(rule: Rule) -> list[date]:
    """The days of a rule in order; weeks are counted from the one of `first_on`, from Monday.

    Raises RuleRefused for a rule without an end or with two, for none or too many days, and too far ahead.
    """
    if (rule.times is None) == (rule.until_on is None):
        raise RuleRefused("Say how many visits, or until which day: one of the two.", "times")
    if rule.times is not None and not 1 <= rule.times <= MOST:
        raise RuleRefused(f"A series has 1 to {MOST} visits.", "times")
    last = rule.first_on + FURTHEST
    if rule.until_on is not None:
        if rule.until_on < rule.first_on:
            raise RuleRefused("That is before the first day.", "until_on")
        if rule.until_on > last:
            raise RuleRefused("That is more than two years ahead.", "until_on")
        last = rule.until_on
    found: list[date] = []
    week = monday(rule.first_on)
    while week <= last:
        for weekday in sorted(set(rule.weekdays)):
            day = week + timedelta(days=weekday)
            if rule.first_on <= day <= last:
                found.append(day)
                if len(found) == rule.times:
                    return found
                if len(found) > MOST:
                    raise RuleRefused(
                        f"That would be more than {MOST} visits. Choose an earlier day.", "until_on"
                    )
        week += rule.every * WEEK
    if rule.times is not None:
        raise RuleRefused("The last of so many visits would be more than two years ahead.", "times")
    if not found:
        raise RuleRefused("No such weekday comes in that time.", "until_on")
    return found


def further(rule: Rule, after: date, times: int | None, until_on: date | None) -> list[date]:
    """The rule's days after `after`, so many or until a day; weeks are still counted from the rule's first one.

    Raises RuleRefused as `dates` does; one of `times` and `until_on`.
    """
    first = after + timedelta(days=1)
    if until_on is not None and until_on < first:
        raise RuleRefused(f"The last visit is on {formats.mdy(after)}: choose a later day.", "until_on")
    weeks = (monday(first) - monday(rule.first_on)) // WEEK
    if weeks % rule.every:
        # A week that the rule leaves out: the next one that it has.
        first = monday(first) + (rule.every - weeks % rule.every) * WEEK
    if until_on is not None and until_on < first:
        raise RuleRefused("No such weekday comes in that time.", "until_on")
    return dates(Rule(first, rule.wall_time, rule.weekdays, rule.every, times, until_on))


def moved(
    days: Sequence[date], before: Sequence[int], after: Sequence[int], every: int, floor: date
) -> list[date]:
    """The days that stand in the place of `days` when the weekdays `before` become `after`.

    As many weekdays as before: each stays in its own week, so that a gap stays a gap. Otherwise the visits follow one
    another by the new weekdays, from the week of the first one and not before `floor`.
    """
    was, now = sorted(set(before)), sorted(set(after))
    if len(was) == len(now) and all(day.weekday() in was for day in days):
        return [monday(day) + timedelta(days=now[was.index(day.weekday())]) for day in days]
    if not days:
        return []
    first = max(monday(days[0]), floor)
    return dates(Rule(first, time(), tuple(now), every, times=len(days)))


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def words(rule: Rule) -> str:
    """`Every 2 weeks on Tuesday and Thursday at 9:00 AM, 12 visits`."""
    often = "week" if rule.every == 1 else f"{rule.every} weeks"
    end = f"until {formats.mdy(rule.until_on)}" if rule.until_on else visits(rule.times or 0)
    return f"Every {often} on {weekday_words(rule.weekdays)} at {rule.wall_time:%-I:%M %p}, {end}"


def visits(count: int, more: str = "") -> str:
    """`1 visit`, `12 visits`, `2 more visits`."""
    return f"{count} {more}visit{'' if count == 1 else 's'}"


def weekday_words(weekdays: Iterable[int]) -> str:
    """`Monday, Wednesday and Friday`."""
    return joined([WEEKDAYS[each] for each in sorted(set(weekdays))])


def joined(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)


def numbers(found: Sequence[int]) -> str:
    """Visit numbers as they are read: `visit 4`, `visits 4, 7 and 9 to 12`."""
    runs: list[list[int]] = []
    for each in found:
        if runs and runs[-1][-1] == each - 1:
            runs[-1].append(each)
        else:
            runs.append([each])
    parts = [
        str(run[0]) if len(run) == 1 else f"{run[0]} {'and' if len(run) == 2 else 'to'} {run[-1]}"
        for run in runs
    ]
    return f"visit{'' if len(found) == 1 else 's'} {joined(parts)}"
