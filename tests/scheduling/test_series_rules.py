"""Rules of series: true to weekday and interval, and a wall time stays what it was across the clocks (A7, A8)."""

import itertools
from datetime import UTC, date, time, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic import clock
from clinic.scheduling import recurrence
from clinic.scheduling.recurrence import Rule, RuleRefused, dates, moved, numbers

MONDAY = date(2026, 11, 23)
WEEKDAYS = st.sets(st.integers(0, 6), min_size=1).map(tuple)
# A busy machine is no fault of the rule.
UNHURRIED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
FIRST = st.dates(date(2026, 1, 1), date(2028, 12, 31))


def rule(**changes) -> Rule:
    values = {"first_on": MONDAY, "wall_time": time(9), "weekdays": (0,), "times": 12} | changes
    return Rule(**values)


@UNHURRIED
@given(FIRST, WEEKDAYS, st.integers(1, 4), st.integers(1, 20))
def test_every_day_is_a_wanted_weekday_of_a_wanted_week_and_none_is_left_out_a7(
    first, weekdays, every, times
):
    found = dates(rule(first_on=first, weekdays=weekdays, every=every, times=times))
    begin = first - timedelta(days=first.weekday())
    assert len(found) == times
    assert found == sorted(set(found))
    assert found[0] >= first

    def fits(day: date) -> bool:
        return day.weekday() in weekdays and (day - begin).days // 7 % every == 0

    span = [first + timedelta(days=n) for n in range((found[-1] - first).days + 1)]
    assert found == [day for day in span if fits(day)]


@UNHURRIED
@given(FIRST, WEEKDAYS, st.integers(1, 4), st.integers(0, 60))
def test_until_a_day_is_the_same_rule_cut_at_that_day_a7(first, weekdays, every, days):
    until = first + timedelta(days=days)
    counted = dates(rule(first_on=first, weekdays=weekdays, every=every, times=60 // every))
    wanted = [day for day in counted if day <= until]
    by_day = rule(first_on=first, weekdays=weekdays, every=every, times=None, until_on=until)
    if wanted and counted[-1] > until:
        assert dates(by_day) == wanted
    elif not wanted:
        with pytest.raises(RuleRefused):
            dates(by_day)


@UNHURRIED
@given(FIRST, st.times(time(6), time(20)), st.integers(2, 30))
def test_the_wall_time_is_the_same_on_every_date_and_only_utc_moves_a8(first, wall, times):
    wall = wall.replace(second=0, microsecond=0)
    found = dates(rule(first_on=first, weekdays=(first.weekday(),), times=times))
    instants = [clock.at(day, wall) for day in found]
    assert {clock.local(each).time() for each in instants} == {wall}
    gaps = {later - earlier for earlier, later in itertools.pairwise(instants)}
    hour, week = timedelta(hours=1), timedelta(days=7)
    assert gaps <= {week - hour, week, week + hour}


def test_nine_stays_nine_over_both_changes_of_2027_a8():
    spring = [clock.at(day, time(9)) for day in dates(rule(first_on=date(2027, 3, 8), times=2))]
    autumn = [clock.at(day, time(9)) for day in dates(rule(first_on=date(2027, 11, 1), times=2))]
    assert [each.astimezone(UTC).hour for each in spring] == [17, 16]
    assert [each.astimezone(UTC).hour for each in autumn] == [16, 17]
    assert {clock.local(each).hour for each in (*spring, *autumn)} == {9}


@pytest.mark.parametrize(
    ("changes", "sentence", "field"),
    [
        ({"times": None}, "one of the two", "times"),
        ({"until_on": MONDAY}, "one of the two", "times"),
        ({"times": 61}, "1 to 60", "times"),
        ({"times": 0}, "1 to 60", "times"),
        ({"times": 60, "every": 4}, "more than two years", "times"),
        ({"times": None, "until_on": MONDAY - timedelta(days=1)}, "before the first day", "until_on"),
        ({"times": None, "until_on": date(2029, 6, 1)}, "two years", "until_on"),
        ({"times": None, "until_on": date(2028, 6, 1), "weekdays": (0, 1, 2)}, "more than 60", "until_on"),
        (
            {"times": None, "until_on": MONDAY + timedelta(days=2), "weekdays": (4,)},
            "No such weekday",
            "until_on",
        ),
    ],
)
def test_a_rule_that_gives_no_series_is_refused_at_its_field_a7(changes, sentence, field):
    with pytest.raises(RuleRefused, match=sentence) as refused:
        dates(rule(**changes))
    assert refused.value.field == field


def test_weeks_are_counted_from_the_first_ones_monday_a7():
    found = dates(rule(first_on=MONDAY + timedelta(days=3), weekdays=(0, 3), every=2, times=3))
    assert found == [date(2026, 11, 26), date(2026, 12, 7), date(2026, 12, 10)]


@UNHURRIED
@given(st.integers(0, 4), st.integers(0, 4), st.sets(st.integers(0, 19), min_size=1))
def test_a_weekday_that_moves_keeps_each_week_and_each_gap_a7(before, after, kept):
    days = [dates(rule(weekdays=(before,), times=20))[n] for n in sorted(kept)]
    found = moved(days, (before,), (after,), 1, MONDAY)
    assert [each.weekday() for each in found] == [after] * len(days)
    assert [recurrence.monday(each) for each in found] == [recurrence.monday(each) for each in days]


def test_another_number_of_weekdays_lines_the_visits_up_again_a7():
    days = dates(rule(weekdays=(0, 2), times=4))
    assert moved(days, (0, 2), (4,), 1, MONDAY) == dates(rule(weekdays=(4,), times=4))


def test_numbers_are_read_as_runs():
    assert numbers([4]) == "visit 4"
    assert numbers([3, 4]) == "visits 3 and 4"
    assert numbers([9, 10, 11, 12]) == "visits 9 to 12"
    assert numbers([1, 4, 9, 10, 11]) == "visits 1, 4 and 9 to 11"


def test_a_rule_is_read_as_a_sentence():
    assert recurrence.words(rule(weekdays=(3, 1), every=2, times=6)) == (
        "Every 2 weeks on Tuesday and Thursday at 9:00 AM, 6 visits"
    )
    assert recurrence.words(rule(times=None, until_on=date(2027, 1, 4))) == (
        "Every week on Monday at 9:00 AM, until 01/04/2027"
    )
