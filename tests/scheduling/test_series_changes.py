"""A series is moved, cancelled and taken back: this, the following or all; what has begun stays (A4, A7, A8)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from clinic import clock, scheduling
from clinic.models import Appointment, ClinicClosure
from clinic.scheduling import (
    AppointmentChanged,
    IllegalMove,
    SchedulingConflict,
    SchedulingError,
    series,
    series_changes,
    series_rule,
    series_undo,
)
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft, SeriesTaken
from clinic.scheduling.series_changes import Target
from tests import factories
from tests.scheduling.november import TUESDAY, WEEK, _november, kind, patient, provider, taken

__all__ = ["_november", "kind", "patient", "provider"]


@pytest.fixture
def found(session, provider, kind, patient):
    """Six Tuesdays at nine."""
    rule = Rule(TUESDAY, time(9), (1,), times=6)
    return series.book(session, Draft(patient, kind, provider, 45, rule, "", "k"))


def visits(session, found) -> list[Appointment]:
    return list(series.visits_of(session, found))


def places(session, found) -> list[str]:
    return [clock.local(each.starts_at).strftime("%m/%d %H:%M") for each in visits(session, found)]


def move(session, found, scope, chosen, choices=None, **target):
    rows = series_changes.coming(visits(session, found), scope, chosen)
    values = {"wall_time": time(9), "weekdays": (1,), "provider": found.provider} | target
    return series_changes.move(
        session, found, scope, chosen, Target(**values), series_changes.mark(rows), choices
    )


def cancel(session, found, scope, chosen=None, by="clinic"):
    seen = series_changes.mark(series_changes.coming(visits(session, found), scope, chosen))
    return series_changes.cancel(session, found, scope, chosen, seen, reason="Away", by=by)


BEFORE = ["12/01 09:00", "12/08 09:00", "12/15 09:00", "12/22 09:00", "12/29 09:00", "01/05 09:00"]


@pytest.mark.parametrize(
    ("scope", "changed"), [("this", {2}), ("following", {2, 3, 4, 5}), ("all", {0, 1, 2, 3, 4, 5})]
)
def test_a_scope_moves_its_visits_and_no_other_a7(session, found, scope, changed):
    move(session, found, scope, visits(session, found)[2], wall_time=time(14))
    wanted = [at.replace("09:00", "14:00") if n in changed else at for n, at in enumerate(BEFORE)]
    assert places(session, found) == wanted


def test_the_rule_follows_a_move_of_many_and_not_one_of_one_a7(session, found):
    rows = visits(session, found)
    move(session, found, "this", rows[0], weekdays=(3,))
    assert series_rule.rule_of(found, series.changes_of(session, found))[0].weekdays == (1,)
    move(session, found, "following", rows[2], weekdays=(3,), wall_time=time(10))
    rule, _ = series_rule.rule_of(found, series.changes_of(session, found))
    assert (rule.weekdays, rule.wall_time) == ((3,), time(10))


def test_another_weekday_keeps_each_visit_in_its_week_and_gaps_stay_gaps_a7(session, found):
    scheduling.cancel(session, visits(session, found)[1], 1, reason="Trip", by="patient")
    move(session, found, "all", None, weekdays=(3,))
    standing = [each for each in visits(session, found) if each.status == "booked"]
    assert [clock.local(each.starts_at).strftime("%m/%d") for each in standing] == [
        "12/03", "12/17", "12/24", "12/31", "01/07",
    ]  # fmt: skip
    move(session, found, "all", None, weekdays=(0,), wall_time=time(8))
    standing = [each for each in visits(session, found) if each.status == "booked"]
    assert clock.local(standing[0].starts_at).strftime("%m/%d %H:%M") == "11/30 08:00"


def test_visits_change_places_with_one_another_without_a_free_place_a4(session, provider):
    kind = factories.make_visit_type(session, minutes=45)
    rule = Rule(date(2026, 11, 30), time(9), (0, 2), times=4)
    found = series.book(session, Draft(factories.make_patient(session), kind, provider, 45, rule, "", "z"))
    move(session, found, "all", None, weekdays=(2, 4))
    assert places(session, found) == ["12/02 09:00", "12/04 09:00", "12/09 09:00", "12/11 09:00"]


def test_another_provider_takes_all_of_them_or_none_a4(session, found):
    other = factories.make_provider(session, first_name="Ana", last_name="Ruiz")
    taken(session, other, TUESDAY + WEEK, 9)
    with pytest.raises(SeriesTaken, match="One date is not free"):
        move(session, found, "all", None, provider=other)
    assert {each.provider_id for each in visits(session, found)} == {found.provider_id}
    kept = visits(session, found)[1]
    move(session, found, "all", None, {kept.public_id: "skip"}, provider=other)
    assert [each.provider_id == other.id for each in visits(session, found)] == [
        True, False, True, True, True, True,
    ]  # fmt: skip


def test_the_list_before_a_move_says_each_date_that_cannot_be_with_other_places_a7(session, found, provider):
    session.add(ClinicClosure(on=date(2026, 12, 24), name="Christmas Eve"))
    taken(session, provider, date(2026, 12, 3), 9)
    rows = series_changes.coming(visits(session, found), "all")
    look = series_changes.look(session, found, "all", rows, Target(time(9), (3,), provider))
    said = {each.wanted.on: each.problems[0] for each in look.plan.open}
    assert said == {
        date(2026, 12, 3): "Helen Adams, MD has OKAFOR, Ada from 9:00 AM to 9:30 AM.",
        date(2026, 12, 24): "The clinic is closed on Thursday 12/24/2026: Christmas Eve.",
    }
    choices = {each.wanted.key: each.options[0].token for each in look.plan.open}
    move(session, found, "all", None, choices, weekdays=(3,))
    assert places(session, found)[0] != "12/03 09:00"
    assert len({each[:5] for each in places(session, found)}) == 6


def test_what_is_past_or_has_arrived_is_never_moved_nor_cancelled_a7(session, found):
    rows = visits(session, found)
    with time_machine.travel(datetime(2026, 12, 8, 17, 30, tzinfo=UTC), tick=False):
        scheduling.arrive(session, rows[1], rows[1].version)
    # The one of the fifteenth has come, and is looked at from the eighth all the same.
    with time_machine.travel(datetime(2026, 12, 15, 17, 30, tzinfo=UTC), tick=False):
        scheduling.arrive(session, rows[2], rows[2].version)
    with time_machine.travel(datetime(2026, 12, 8, 17, 30, tzinfo=UTC), tick=False):
        assert [each.id for each in series_changes.coming(visits(session, found), "all")] == [
            each.id for each in rows[3:]
        ]
        move(session, found, "all", None, wall_time=time(15))
        cancel(session, found, "following", rows[4])
    assert places(session, found)[:3] == BEFORE[:3]
    assert [each.status for each in visits(session, found)] == [
        "booked", "arrived", "arrived", "booked", "cancelled_clinic", "cancelled_clinic",
    ]  # fmt: skip


def test_a_confirmed_visit_that_moves_is_asked_again_and_one_that_stays_is_not(session, found):
    rows = visits(session, found)
    for each in rows[:3]:
        scheduling.confirm(session, each, each.version)
    move(session, found, "following", rows[1], wall_time=time(11))
    assert [(each.status, each.confirmed_at is None) for each in visits(session, found)[:3]] == [
        ("confirmed", False), ("booked", True), ("booked", True),
    ]  # fmt: skip


def test_a_list_that_is_no_longer_true_changes_nothing(session, found):
    rows = visits(session, found)
    seen = series_changes.mark(series_changes.coming(rows, "all"))
    scheduling.confirm(session, rows[4], rows[4].version)
    target = Target(time(15), (1,), found.provider)
    with pytest.raises(AppointmentChanged, match="Look at the list again"):
        series_changes.move(session, found, "all", None, target, seen)
    with pytest.raises(AppointmentChanged):
        series_changes.cancel(session, found, "all", None, seen, reason="Away", by="clinic")
    assert places(session, found) == BEFORE


def test_a_cancel_needs_a_reason_and_a_scope_needs_something_to_change(session, found):
    rows = visits(session, found)
    with pytest.raises(SchedulingError, match="Say why"):
        series_changes.cancel(session, found, "all", None, "x", reason=" ", by="clinic")
    cancel(session, found, "all")
    with pytest.raises(SchedulingError, match="nothing to change"):
        series_changes.coming(visits(session, found), "all")
    with pytest.raises(SchedulingError, match="Say which visits"):
        series_changes.coming(rows, "some")


def test_each_cancelled_visit_follows_the_rules_of_a_single_one_a2(session, found):
    with time_machine.travel(datetime(2026, 12, 1, 1, 0, tzinfo=UTC), tick=False):
        cancel(session, found, "all", by="patient")
    assert [each.status for each in visits(session, found)] == ["late_cancel"] + ["cancelled_patient"] * 5


def test_a_move_is_taken_back_whole_with_its_rule_and_weeks_a1(session, found):
    rows = visits(session, found)
    change = move(session, found, "following", rows[1], weekdays=(4,), wall_time=time(13))
    for _ in range(2):
        series_undo.undo(session, found, change)
    assert places(session, found) == BEFORE
    assert [each.series_on for each in visits(session, found)] == [TUESDAY + n * WEEK for n in range(6)]
    assert series_rule.rule_of(found, series.changes_of(session, found))[0].weekdays == (1,)


def test_a_move_whose_old_place_was_given_away_is_not_half_taken_back_a4(session, found, provider):
    change = move(session, found, "all", None, wall_time=time(13))
    taken(session, provider, TUESDAY + 3 * WEEK, 9)
    after = places(session, found)
    with pytest.raises(SchedulingConflict, match="nothing was taken back"):
        series_undo.undo(session, found, change)
    assert places(session, found) == after


def test_a_cancel_is_taken_back_whole_and_a_booking_becomes_the_clinics_cancel_a1_a2(session, found):
    change = cancel(session, found, "following", visits(session, found)[2])
    series_undo.undo(session, found, change)
    assert [each.status for each in visits(session, found)] == ["booked"] * 6
    made = series.changes_of(session, found)[-1]
    assert made.kind == "book"
    one = visits(session, found)[0]
    scheduling.confirm(session, one, one.version)
    with pytest.raises(IllegalMove, match="12/01/2026 were changed or began since"):
        series_undo.undo(session, found, made)
    scheduling.undo(session, one, one.version)
    series_undo.undo(session, found, made)
    assert {each.status for each in visits(session, found)} == {"cancelled_clinic"}


def test_a_visit_that_was_moved_by_hand_keeps_its_change_from_being_taken_back(session, found):
    change = move(session, found, "all", None, wall_time=time(13))
    one = visits(session, found)[2]
    scheduling.move(session, one, one.version, starts_at=clock.at(date(2026, 12, 16), time(10)))
    with pytest.raises(IllegalMove, match="12/16/2026"):
        series_undo.undo(session, found, change)


def test_a_single_visit_takes_its_part_of_a_move_back_by_itself_a1(session, found):
    move(session, found, "all", None, wall_time=time(13))
    one = visits(session, found)[2]
    scheduling.undo(session, one, one.version)
    assert places(session, found)[2] == BEFORE[2]


def test_nine_stays_nine_for_visits_that_are_moved_across_the_clocks_a8(session, provider):
    kind = factories.make_visit_type(session, minutes=45)
    rule = Rule(date(2027, 3, 8), time(8), (0,), times=2)
    found = series.book(session, Draft(factories.make_patient(session), kind, provider, 45, rule, "", "y"))
    move(session, found, "all", None, wall_time=time(9), weekdays=(0,))
    assert [each.starts_at.astimezone(UTC).hour for each in visits(session, found)] == [17, 16]
    rows = series_changes.coming(visits(session, found), "all")
    gap = series_changes.look(session, found, "all", rows, Target(time(2, 30), (6,), provider)).plan.dates[0]
    assert gap.problems == ["02:30 does not exist on 03/14/2027: the clocks go forward."]
    with pytest.raises(SeriesTaken):
        move(session, found, "all", None, wall_time=time(2, 30), weekdays=(6,))


def test_a_room_that_was_chosen_by_hand_comes_along_where_it_is_free(session, found):
    room = factories.make_room(session)
    rows = visits(session, found)
    for each in rows[:2]:
        each.room_id = room.id
    session.flush()
    other = factories.make_provider(session)
    held = taken(session, other, TUESDAY, 15)
    held.room_id = room.id
    session.flush()
    move(session, found, "all", None, wall_time=time(15))
    assert [each.room_id for each in visits(session, found)[:2]] == [None, room.id]


def test_the_lanes_of_a_provider_are_found_again_when_a_move_is_taken_back_a4(session, found, provider):
    provider.overlap_limit = 2
    rows = visits(session, found)
    for each in rows:
        each.lane = 1
        taken(session, provider, clock.local(each.starts_at).date(), 9)
    session.flush()
    change = move(session, found, "all", None, wall_time=time(13))
    series_undo.undo(session, found, change)
    query = select(Appointment.lane).where(Appointment.series_id == found.id)
    assert set(session.scalars(query)) == {1}


def test_moving_a_year_asks_the_database_as_often_as_moving_a_month_but_for_the_wait_list(
    session, provider, count_queries
):
    kind = factories.make_visit_type(session, minutes=45)
    counts = []
    for n, times in enumerate((4, 40)):
        rule = Rule(TUESDAY, time(9 + n), (1,), times=times)
        draft = Draft(factories.make_patient(session), kind, provider, 45, rule, "", f"m{n}")
        found = series.book(session, draft)
        with count_queries() as counted:
            move(session, found, "all", None, weekdays=(3,), wall_time=time(9 + n))
        counts.append(len([each for each in counted if "work" not in each]))
    assert counts[1] <= counts[0] + 2


def test_the_list_before_a_move_numbers_its_dates_by_their_place_in_the_series_a7(session, found):
    scheduling.cancel(session, visits(session, found)[1], 1, reason="Trip", by="patient")
    rows = series_changes.coming(visits(session, found), "following", visits(session, found)[3])
    target = Target(time(14), (1,), found.provider)
    look = series_changes.look(session, found, "following", rows, target)
    assert [each.wanted.number for each in look.plan.dates] == [3, 4, 5]


def test_one_visit_by_itself_stays_an_exception_and_goes_on_from_where_it_stands_a7(session, found):
    second = visits(session, found)[1]
    away = clock.at(date(2026, 12, 17), time(10))
    scheduling.move(session, second, second.version, starts_at=away)
    move(session, found, "this", second, weekdays=(4,), wall_time=time(11))
    assert clock.local(second.starts_at).strftime("%m/%d %H:%M") == "12/18 11:00"
    assert second.series_on == TUESDAY + WEEK
    move(session, found, "all", None, wall_time=time(15))
    assert "12/08 15:00" in places(session, found)


def test_what_the_rule_asks_of_a_visit_is_what_it_asked_when_it_reached_it_a7(session, found):
    rows = visits(session, found)
    move(session, found, "following", rows[3], wall_time=time(14))
    changes = series.changes_of(session, found)
    hours = [series_rule.by_rule(found, changes, each).wall_time.hour for each in visits(session, found)]
    assert hours == [9, 9, 9, 14, 14, 14]
    series_undo.undo(session, found, changes[0])
    changes = series.changes_of(session, found)
    assert {series_rule.by_rule(found, changes, each).wall_time.hour for each in rows} == {9}


def test_a_visit_that_was_made_longer_by_hand_is_judged_by_its_own_length_a4(session, found, provider):
    first = visits(session, found)[0]
    scheduling.move(session, first, first.version, starts_at=first.starts_at, minutes=90)
    taken(session, provider, TUESDAY, 15)
    rows = series_changes.coming(visits(session, found), "all")
    look = series_changes.look(session, found, "all", rows, Target(time(14), (1,), provider))
    (open_,) = look.plan.open
    assert "OKAFOR, Ada from 3:00 PM" in open_.problems[0]
    move(session, found, "all", None, {first.public_id: open_.options[0].token}, wall_time=time(14))
    assert first.ends_at - first.starts_at == timedelta(minutes=90)


def test_a_move_that_is_taken_back_gives_the_patients_yes_back_a1(session, found):
    for each in visits(session, found)[:2]:
        scheduling.confirm(session, each, each.version)
    change = move(session, found, "all", None, wall_time=time(14))
    series_undo.undo(session, found, change)
    assert [each.status for each in visits(session, found)] == ["confirmed"] * 2 + ["booked"] * 4


def test_no_visit_is_put_back_to_a_time_that_has_passed_a1(session, found):
    change = move(session, found, "all", None, weekdays=(4,))
    with (
        time_machine.travel(datetime(2026, 12, 2, 18, tzinfo=UTC), tick=False),
        pytest.raises(IllegalMove, match="The old time on 12/01/2026 has passed"),
    ):
        series_undo.undo(session, found, change)
    assert places(session, found)[0] == "12/04 09:00"


def test_the_second_click_on_a_cancel_is_the_first_ones_a2(session, found):
    seen = series_changes.mark(series_changes.coming(visits(session, found), "all"))
    twice = [
        series_changes.cancel(session, found, "all", None, seen, reason="Away", by="clinic") for _ in range(2)
    ]
    assert twice[0] is twice[1]
