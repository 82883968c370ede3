"""Entries of the wait list: wishes, order, what suits, what the schedule answers (A9)."""

from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from clinic import clock, db, scheduling, waiting
from clinic.models import AuditEvent
from clinic.waiting import entries
from clinic.waiting.fitting import openings_for, suits
from tests import factories
from tests.waiting.house import MONDAY, NOW, TUESDAY, at, wait

MORNINGS = waiting.Window(weekdays=(1, 3), opens=time(8), closes=time(12))
LATE = waiting.Window(opens=time(16))


def test_the_list_is_in_the_order_in_which_places_are_offered_a9(session, kind):
    names = {}
    for name, priority, ago in (("new", 2, 0), ("old", 2, 60), ("urgent", 1, 5), ("calm", 3, 900)):
        names[wait(session, kind, priority=priority, minutes_ago=ago).id] = name
    assert [names[entry.id] for entry in entries.listed(session)] == ["urgent", "old", "new", "calm"]


def test_the_same_key_again_is_the_first_entry_and_a_second_entry_for_one_thing_is_refused_a9(session, kind):
    first = wait(session, kind)
    wish = waiting.Wish(kind, MONDAY)
    assert waiting.add(session, first.patient, wish, key=first.key) is first
    with pytest.raises(waiting.WaitingError, match="waits for a Follow-up already"):
        waiting.add(session, first.patient, wish, key="another")


@pytest.mark.parametrize(
    ("wish", "begins", "good"),
    [
        ({}, at(10), True),
        ({"first_on": date(2026, 3, 11)}, at(10), False),
        ({"last_on": MONDAY}, at(10), False),
        ({"windows": [MORNINGS]}, at(11, 30), True),
        ({"windows": [MORNINGS]}, at(11, 45), False),
        ({"windows": [MORNINGS]}, at(9, day=date(2026, 3, 11)), False),
        ({"windows": [MORNINGS, LATE]}, at(16), True),
        ({"windows": [LATE]}, at(15, 45), False),
        ({"notice_hours": 23}, at(9, 30), False),
        ({"notice_hours": 22}, at(9, 30), True),
        ({"notice_hours": 0}, NOW + timedelta(minutes=20), False),
    ],
)
def test_a_place_suits_by_day_hours_and_notice_a9(session, provider, kind, wish, begins, good):
    entry = wait(session, kind, **wish)
    assert suits(entry, provider.id, begins, begins + timedelta(minutes=30), NOW) is good


def test_only_a_chosen_provider_suits_and_only_an_earlier_place_than_the_visit_to_be_moved_a9(
    session, provider, kind
):
    other = factories.make_provider(session)
    booked = factories.make_appointment(session, starts_at=at(15), visit_type_id=kind.id)
    entry = wait(session, kind, booked.patient, providers=[provider], moves=booked)
    half = timedelta(minutes=30)
    assert suits(entry, provider.id, at(10), at(10) + half, NOW)
    assert not suits(entry, other.id, at(10), at(10) + half, NOW)
    assert not suits(entry, provider.id, at(15, 30), at(15, 30) + half, NOW)


def test_windows_are_the_clinics_wall_time_on_both_sides_of_a_change_of_the_clocks_a8(
    session, provider, kind
):
    entry = wait(session, kind, windows=[waiting.Window(opens=time(9), closes=time(10))])
    for day in (date(2027, 3, 12), date(2027, 3, 15), date(2027, 11, 5), date(2027, 11, 8)):
        begins = clock.at(day, time(9))
        assert suits(entry, provider.id, begins, begins + timedelta(minutes=30), NOW), day


def test_what_is_free_now_and_suits_is_shown_for_an_entry_a9(session, provider, kind):
    factories.make_appointment(session, provider=provider, starts_at=at(8), minutes=210)
    entry = wait(session, kind, windows=[MORNINGS], last_on=TUESDAY)
    assert [each.at for each in openings_for(session, entry)] == [f"2026-03-10T11:30~{provider.public_id}"]


def test_an_entry_is_closed_when_the_patient_got_a_visit_of_that_kind_by_another_way_a9(
    session, provider, kind, now
):
    entry, other = wait(session, kind), wait(session, kind)
    now.shift(60)
    visit = scheduling.book(session, entry.patient, provider, kind, at(10))
    assert entries.settle(session) == 1
    assert (entry.state, entry.booked_id, other.state) == ("booked", visit.id, "open")


def test_a_visit_that_is_only_to_be_moved_leaves_the_entry_open_until_it_took_place_a9(session, kind):
    booked = factories.make_appointment(session, starts_at=at(15), visit_type_id=kind.id)
    entry = wait(session, kind, booked.patient, moves=booked)
    assert entries.settle(session) == 0
    booked.status = "checked_in"
    session.flush()
    assert entries.settle(session) == 1
    assert entry.state == "booked"


def test_an_entry_expires_after_its_last_day_a9(session, kind):
    gone, last = wait(session, kind, expires_on=MONDAY), wait(session, kind, last_on=MONDAY)
    stays = wait(session, kind)
    with time_machine.travel(NOW + timedelta(days=1), tick=False):
        assert entries.settle(session) == 2
    assert [entry.state for entry in (gone, last, stays)] == ["expired", "expired", "open"]


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"last_on": date(2026, 3, 1)}, "before the first"),
        ({"expires_on": date(2026, 3, 1)}, "expired already"),
        ({"notice_hours": 999}, "0 to 336"),
        ({"priority": 9}, "urgent"),
        ({"windows": [waiting.Window(opens=time(12), closes=time(9))]}, "ends before it begins"),
    ],
)
def test_impossible_wishes_are_refused_in_a_sentence_a9(session, kind, wish, sentence):
    with pytest.raises(waiting.WaitingError, match=sentence):
        wait(session, kind, **wish)


def test_a_change_keeps_the_place_in_the_queue_and_an_old_version_is_refused_a9(session, kind):
    entry = wait(session, kind, minutes_ago=60)
    since, version = entry.added_at, entry.version
    waiting.change(session, entry, version, waiting.Wish(kind, TUESDAY, priority=1))
    assert (entry.added_at, entry.first_on, entry.priority) == (since, TUESDAY, 1)
    with pytest.raises(waiting.EntryChanged):
        waiting.change(session, entry, version, waiting.Wish(kind, MONDAY))


def test_taking_off_needs_a_reason_and_is_on_record_with_who_and_why_a9(session, kind):
    entry = wait(session, kind)
    with pytest.raises(waiting.WaitingError, match="Say why"):
        waiting.remove(session, entry, entry.version, " ")
    with db.transaction():
        waiting.remove(session, entry, entry.version, "Went elsewhere")
    waiting.remove(session, entry, 0, "Went elsewhere")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "wait_entry.close")).one()
    assert event.changes["reason"] == [None, "Went elsewhere"]
    assert event.patient_ids == [entry.patient_id]
