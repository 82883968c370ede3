"""A series is made longer: by the rule in force, judged date by date, all or none, taken back as one (A4, A7, A8)."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from clinic import clock, scheduling
from clinic.models import Authorization, ClinicClosure
from clinic.scheduling import (
    AppointmentChanged,
    SchedulingError,
    recurrence,
    series,
    series_changes,
    series_more,
    series_rule,
    series_undo,
)
from clinic.scheduling.recurrence import Rule, RuleRefused
from clinic.scheduling.series import Draft, ReasonMissing, SeriesTaken
from clinic.scheduling.series_changes import Target
from clinic.scheduling.series_more import More
from tests import factories
from tests.scheduling.november import TUESDAY, _november, kind, patient, provider, taken

__all__ = ["_november", "kind", "patient", "provider"]


@pytest.fixture
def found(session, provider, kind, patient):
    """Three Tuesdays at nine, every second week: 12/01, 12/15, 12/29."""
    rule = Rule(TUESDAY, time(9), (1,), every=2, times=3)
    return series.book(session, Draft(patient, kind, provider, 45, rule, "Knee", "k"))


def places(session, found) -> list[str]:
    visits = series.visits_of(session, found)
    return [
        clock.local(each.starts_at).strftime("%m/%d %H:%M")
        for each in visits
        if each.status not in series.GONE
    ]


BEFORE = ["12/01 09:00", "12/15 09:00", "12/29 09:00"]


def words(session, found) -> str:
    rule, _ = series_rule.rule_of(found, series.changes_of(session, found))
    return recurrence.words(rule)


@pytest.mark.parametrize(
    ("more", "end"),
    [
        (More(times=2, key="m"), "5 visits"),
        (More(until_on=date(2027, 1, 26), key="m"), "until 01/26/2027"),
    ],
)
def test_the_new_visits_follow_the_last_in_the_weeks_of_the_rule_and_the_rule_ends_later_a7(
    session, found, more, end
):
    series_more.extend(session, found, more)
    assert places(session, found) == [*BEFORE, "01/12 09:00", "01/26 09:00"]
    assert words(session, found).endswith(f"at 9:00 AM, {end}")
    made = series.visits_of(session, found)[-1]
    assert (made.reason, made.series_on) == ("Knee", date(2027, 1, 26))
    # The second click books nothing more.
    series_more.extend(session, found, more)
    assert len(places(session, found)) == 5


def test_a_series_that_was_moved_goes_on_where_it_stands_now_and_nine_stays_nine_a8(session, found):
    rows = series_changes.coming(series.visits_of(session, found), "all")
    target = Target(time(10), (3,), found.provider)
    series_changes.move(session, found, "all", None, target, series_changes.mark(rows))
    series_more.extend(session, found, More(times=6, key="m"))
    assert places(session, found)[-1] == "03/25 10:00"  # after the clocks went forward


def test_a_longer_series_is_taken_back_whole_and_ends_where_it_did_a1(session, found):
    change = series_more.extend(session, found, More(times=2, key="m"))
    series_undo.undo(session, found, change)
    assert places(session, found) == BEFORE
    assert words(session, found).endswith("3 visits")
    series_more.extend(session, found, More(times=1, key="n"))
    assert places(session, found) == [*BEFORE, "01/12 09:00"]


def test_a_taken_date_is_open_and_nothing_is_booked_until_it_is_chosen_a4(session, found):
    held = taken(session, found.provider, date(2027, 1, 12))
    look = series_more.look(session, found, More(times=2, key="m"))
    assert [each.state for each in look.plan.dates] == ["open", "free"]
    assert [each.wanted.number for each in look.plan.dates] == [4, 5]
    assert "OKAFOR, Ada" in look.plan.dates[0].problems[0]
    assert look.plan.dates[0].options
    with pytest.raises(SeriesTaken):
        series_more.extend(session, found, More(times=2, key="m"))
    assert places(session, found) == BEFORE
    choices = {"2027-01-12": look.plan.dates[0].options[0].token}
    series_more.extend(session, found, More(times=2, key="m"), choices)
    assert len(places(session, found)) == 5
    assert held.status == "booked"


def test_a_holiday_is_kept_only_with_a_reason_that_stands_on_its_visit_alone_a4_a6(session, found):
    session.add(ClinicClosure(on=date(2027, 1, 12), name="Snow day"))
    session.flush()
    choices = {"2027-01-12": "anyway"}
    with pytest.raises(ReasonMissing, match="closed time"):
        series_more.extend(session, found, More(times=2, key="m"), choices)
    series_more.extend(session, found, More(times=2, key="m"), choices, "Infusion cannot wait")
    reasons = [each.closed_reason for each in series.visits_of(session, found)]
    assert reasons == ["", "", "", "Infusion cannot wait", ""]


def test_the_authorization_is_counted_for_the_visits_to_come_and_the_new_ones_a7(session, patient, found):
    coverage = factories.make_coverage(session, patient)
    session.add(
        Authorization(
            coverage_id=coverage.id, number="A1", visits_allowed=4, visits_used=0,
            starts_on=TUESDAY, ends_on=date(2027, 12, 31),
        )
    )  # fmt: skip
    session.flush()
    look = series_more.look(session, found, More(times=2, key="m"))
    assert any(
        "5 visits" in each.sentence and "visit 5 is not covered" in each.sentence for each in look.notices
    )


def test_a_day_before_the_last_visit_and_a_provider_who_left_are_said_in_a_sentence(session, found):
    with pytest.raises(RuleRefused, match="The last visit is on 12/29/2026"):
        series_more.look(session, found, More(until_on=date(2026, 12, 20)))
    with pytest.raises(RuleRefused, match="No such weekday"):
        series_more.look(session, found, More(until_on=date(2027, 1, 5)))
    found.provider.active = False
    with pytest.raises(SchedulingError, match="sees nobody any more"):
        series_more.look(session, found, More(times=1))


def test_what_is_past_is_never_added_to_a7(session, found):
    with time_machine.travel(datetime(2027, 3, 1, 17, tzinfo=UTC), tick=False):
        visit = series.visits_of(session, found)[0]
        assert scheduling.can_follow(visit.status, "no_show")
        series_more.extend(session, found, More(times=1, key="m"))
    assert places(session, found)[-1] == "03/09 09:00"


def test_other_dates_than_were_shown_are_not_booked_before_somebody_has_seen_them_a7(session, found):
    """Another desk made the series longer while the list was open."""
    seen = series_more.mark(series_more.look(session, found, More(times=2)).plan)
    series_more.extend(session, found, More(times=1, key="other"))
    with pytest.raises(AppointmentChanged, match="Look at the list again"):
        series_more.extend(session, found, More(times=2, key="m", seen=seen))
    seen = series_more.mark(series_more.look(session, found, More(times=2)).plan)
    series_more.extend(session, found, More(times=2, key="m", seen=seen))
    assert places(session, found)[3:] == ["01/12 09:00", "01/26 09:00", "02/09 09:00"]


def test_the_room_of_all_visits_is_kept_for_the_new_ones_where_it_is_free_a5(session, found):
    room = factories.make_room(session)
    for each in series.visits_of(session, found):
        each.room_id = room.id
    held = taken(session, factories.make_provider(session), date(2027, 1, 12))
    held.room_id = room.id
    session.flush()
    series_more.extend(session, found, More(times=2, key="m"))
    assert [each.room_id for each in series.visits_of(session, found)][3:] == [None, room.id]
