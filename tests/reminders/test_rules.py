"""When a reminder is due: wall time across clock changes, quiet hours, nothing late (A8, A11)."""

from datetime import date, datetime, time, timedelta

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from clinic import clock, db, messages, reminders
from clinic.models import Message, PatientPreference
from clinic.waiting.policy import channel_for
from tests.reminders.house import agreed, ready, visit, write_due

QUIET = (time(20), time(8))


def at(day, hour, minute=0):
    return clock.at(day, time(hour, minute), fold=0)


@pytest.mark.parametrize("change", [date(2027, 3, 14), date(2027, 11, 7)])
def test_a_day_before_keeps_the_wall_time_across_a_clock_change_a8(change):
    for ahead in (0, 1):
        start = at(change + timedelta(days=ahead), 9)
        due = reminders.due_at(start, 1, "days", *QUIET)
        assert clock.local(due).time() == time(9)
        assert clock.local(due).date() == change + timedelta(days=ahead - 1)


@pytest.mark.parametrize("change", [date(2027, 3, 14), date(2027, 11, 7)])
def test_hours_before_are_hours_across_a_clock_change_a8(change):
    start = at(change, 13)
    assert start - reminders.due_at(start, 4, "hours", *QUIET) == timedelta(hours=4)


def test_a_wall_time_that_does_not_exist_becomes_the_hour_after_it_a8():
    start = at(date(2027, 3, 15), 2, 30)
    due = reminders.due_at(start, 1, "days", time(0), time(0))
    assert clock.local(due).replace(tzinfo=None) == datetime(2027, 3, 14, 3, 30)  # noqa: DTZ001


def test_a_reminder_in_the_quiet_hours_waits_for_their_end_a11():
    due = reminders.due_at(at(date(2027, 6, 9), 10), 4, "hours", *QUIET)
    assert clock.local(due).time() == time(8)
    due = reminders.due_at(at(date(2027, 6, 9), 21), 1, "days", *QUIET)
    assert (clock.local(due).date(), clock.local(due).time()) == (date(2027, 6, 9), time(8))


def test_a_reminder_that_would_wait_too_long_comes_on_the_evening_before_a11():
    due = reminders.due_at(at(date(2027, 6, 9), 8, 30), 2, "hours", *QUIET)
    assert (clock.local(due).date(), clock.local(due).time()) == (date(2027, 6, 8), time(19))


@given(
    day=st.dates(date(2027, 1, 1), date(2027, 12, 31)),
    hour=st.integers(6, 21),
    amount=st.integers(1, 48),
    unit=st.sampled_from(["days", "hours"]),
    quiet=st.sampled_from(
        [(time(20), time(8)), (time(21), time(9)), (time(0), time(7)), (time(12), time(13))]
    ),
)
def test_no_reminder_is_ever_due_in_the_quiet_hours_or_after_the_visit_a11(day, hour, amount, unit, quiet):
    start = at(day, hour)
    due = reminders.due_at(start, amount, unit, *quiet)
    assert not reminders.is_quiet(due, *quiet)
    assert due < start


@pytest.fixture
def clinic(session):
    ready(session)
    return session


def written(session):
    return session.scalars(select(Message).order_by(Message.id)).all()


def test_each_offset_and_channel_is_written_once_however_often_the_tick_comes_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 6), 12), tick=False):
        visit(clinic, at(date(2027, 6, 9), 10))
        assert [write_due() for _ in range(3)] == [1, 0, 0]
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        assert [write_due() for _ in range(3)] == [1, 0, 0]
    with time_machine.travel(at(date(2027, 6, 9), 8, 5), tick=False):
        assert [write_due() for _ in range(3)] == [1, 0, 0]
    assert [each.channel for each in written(clinic)] == ["email", "sms", "sms"]


def test_nothing_is_written_in_the_quiet_hours_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 8), 21), tick=False):
        visit(clinic, at(date(2027, 6, 9), 21))
        assert write_due() == 0
    with time_machine.travel(at(date(2027, 6, 9), 8), tick=False):
        assert write_due() == 1


def test_after_a_standstill_only_the_nearest_reminder_goes_out_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 9), 8, 30), tick=False):
        visit(clinic, at(date(2027, 6, 9), 10))
        assert write_due() == 1
    assert written(clinic)[0].key.endswith("2hours-sms")


def test_a_visit_booked_after_the_hour_of_a_reminder_gets_none_for_it_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 8), 15), tick=False):
        visit(clinic, at(date(2027, 6, 9), 10), booked_at=clock.now())
        assert write_due() == 0


def test_a_moved_visit_is_told_its_new_time_and_the_old_message_is_withdrawn_a11(clinic, environment):
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        moved = visit(clinic, at(date(2027, 6, 9), 10))
        assert write_due() == 1
        with db.transaction():
            moved.starts_at += timedelta(hours=-1)
        with db.transaction() as current:
            messages.deliver(current, written(clinic)[0].id, messages.MailServer("127.0.0.1", 9, "x@y"), None)
        assert (written(clinic)[0].state, write_due()) == ("withdrawn", 1)
    assert written(clinic)[1].for_start == moved.starts_at


@pytest.mark.parametrize("status", ["cancelled_patient", "no_show", "arrived", "requested"])
def test_only_a_visit_that_is_planned_is_reminded_of_a11(clinic, status):
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        visit(clinic, at(date(2027, 6, 9), 10), status=status)
        assert write_due() == 0


def test_without_consent_or_address_nothing_is_written_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        start = at(date(2027, 6, 9), 10)
        visit(clinic, start, agreed(clinic, sms_consent_at=None))
        visit(clinic, start, agreed(clinic, phone="", phone_digits=""))
        stopped = agreed(clinic, phone="+15550100155")
        messages.opt_out(clinic, "sms", stopped.phone, "test")
        visit(clinic, start, stopped)
        assert write_due() == 0


@pytest.mark.parametrize(("wish", "texts"), [("", 1), ("sms", 1), ("email", 0), ("phone", 1)])
def test_who_asked_for_one_way_is_written_to_on_that_way_alone_a11(clinic, wish, texts):
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        patient = agreed(clinic)
        clinic.add(PatientPreference(patient_id=patient.id, channel=wish))
        visit(clinic, at(date(2027, 6, 9), 10), patient)
        assert write_due() == texts


def test_a_wish_that_cannot_be_kept_silences_nothing_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        patient = agreed(clinic, email_consent_at=None)
        clinic.add(PatientPreference(patient_id=patient.id, channel="email"))
        visit(clinic, at(date(2027, 6, 9), 10), patient)
        assert write_due() == 1
        way = channel_for(clinic, patient, texts=True)
        patient.email_consent_at = clock.now()
        assert (way, channel_for(clinic, patient, texts=True)) == ("sms", "email")


def test_an_opt_out_is_the_phones_and_so_the_whole_familys_a11(clinic):
    first, second = agreed(clinic), agreed(clinic, first_name="Ana")
    assert messages.opt_out(clinic, "sms", first.phone, "test")
    assert not messages.opt_out(clinic, "sms", first.phone, "test")
    assert messages.may_send(clinic, second, "sms") == "The patient asked for no more messages"
    assert messages.may_send(clinic, second, "email") == ""
    assert messages.opt_in(clinic, "sms", first.phone)
    assert messages.may_send(clinic, second, "sms") == ""


def test_switched_off_reminders_write_nothing_a11(clinic):
    with time_machine.travel(at(date(2027, 6, 8), 10, 5), tick=False):
        visit(clinic, at(date(2027, 6, 9), 10))
        reminders.policy(clinic).active = False
        assert write_due() == 0
