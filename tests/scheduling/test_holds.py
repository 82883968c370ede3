"""Places kept for somebody who is deciding: taken for all others, free again by themselves (A4, A9, A10)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from clinic import clock, eligibility, scheduling
from clinic.models import Appointment
from clinic.scheduling import SchedulingConflict
from tests import factories

TUESDAY = date(2026, 3, 10)
QUARTER = timedelta(minutes=15)


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(datetime(2026, 3, 9, 17, 40, tzinfo=UTC), tick=False) as traveller:
        yield traveller


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def kind(session):
    return factories.make_visit_type(session, minutes=30)


def at(hour: int, minute: int = 0) -> datetime:
    return clock.at(TUESDAY, time(hour, minute))


def hold(session, provider, kind, start, why="an online booking"):
    return scheduling.hold(session, provider, kind, start, lasts=QUARTER, why=why)


def book(session, provider, kind, start):
    return scheduling.book(session, factories.make_patient(session), provider, kind, start)


def starts(session, kind):
    return [
        each.starts_at for each in scheduling.find_openings(session, kind, first=TUESDAY, days=1, limit=60)
    ]


def test_a_held_place_is_refused_to_others_by_the_database_with_its_end_a4(session, provider, kind):
    hold(session, provider, kind, at(9))
    with pytest.raises(SchedulingConflict) as refused:
        book(session, provider, kind, at(9, 15))
    assert str(refused.value) == (
        "Helen Adams, MD: 9:00 AM to 9:30 AM is held for an online booking. "
        "Without an answer it is free again at 10:55 AM."
    )
    assert at(9) not in starts(session, kind)


def test_a_held_place_whose_time_is_over_is_free_without_anybody_cleaning_up(session, provider, kind, now):
    held = hold(session, provider, kind, at(9))
    now.shift(QUARTER)
    assert at(9) in starts(session, kind)
    visit = book(session, provider, kind, at(9))
    assert visit.id != held.id
    assert session.scalar(select(func.count()).where(Appointment.status == "held")) == 0


def test_the_only_room_of_its_kind_is_free_again_with_the_hold_a5(session, provider, now):
    factories.make_room(session, kind="laser")
    kind = factories.make_visit_type(session, minutes=30, room_kind="laser")
    other = factories.make_provider(session)
    hold(session, provider, kind, at(9))
    with pytest.raises(SchedulingConflict, match="Every laser room is taken"):
        book(session, other, kind, at(9))
    now.shift(QUARTER)
    assert book(session, other, kind, at(9)).room.kind == "laser"


def test_who_holds_a_place_lets_it_go_once_and_books_in_its_stead(session, provider, kind):
    held = hold(session, provider, kind, at(9))
    assert scheduling.release(session, held.id)
    assert book(session, provider, kind, at(9)).status == "booked"
    assert not scheduling.release(session, held.id)


def test_a_place_held_too_long_can_no_longer_be_accepted(session, provider, kind, now):
    held = hold(session, provider, kind, at(9))
    now.shift(QUARTER)
    assert not scheduling.release(session, held.id)


def test_the_schedule_shows_a_held_place_and_no_visit(session, provider, kind):
    hold(session, provider, kind, at(9), why="the wait list")
    (column,) = scheduling.day(session, TUESDAY, [provider.public_id]).columns
    assert [label for _, label in column.blocks if label.startswith("Held")] == [
        "Held for the wait list until 10:55 AM"
    ]
    assert not column.visits
    assert "9:00" not in {slot.time for slot in column.slots}


def test_nobody_asks_a_payer_about_a_held_place_e1(session, provider, kind):
    hold(session, provider, kind, at(9))
    assert eligibility.ask_coming(session) == 0


def test_a_visit_without_a_patient_is_refused_by_the_database(session, provider, kind):
    held = hold(session, provider, kind, at(9))
    held.status, held.held_until = "booked", None
    with pytest.raises(IntegrityError, match="patient_unless_held"), session.begin_nested():
        session.flush()
