"""The board of today: stations, timers, what is missing, rooms, figures; three queries (A1, A12)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine

from clinic import clock
from clinic.models import Authorization, EligibilityCheck
from clinic.scheduling import flow, gate
from tests import factories

NOW = datetime(2026, 3, 10, 17, 40, tzinfo=UTC)  # 10:40 AM in Portland


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def house(session):
    factories.make_practice(session)
    return {
        "provider": factories.make_provider(session, first_name="Helen", last_name="Adams", position=1),
        "other": factories.make_provider(session, first_name="Luis", last_name="Ortega", position=2),
        "room": factories.make_room(session, name="Room 2"),
    }


def minutes_ago(minutes):
    return NOW - timedelta(minutes=minutes)


def visit(session, house, status="booked", at=time(10, 30), *, minutes=15, who="provider", **changes):
    named = {"confirmed_at": NOW, "consent_on": date(2026, 1, 9), "privacy_notice_on": date(2025, 1, 9)}
    patient = changes.pop("patient", None) or factories.make_patient(session, **named)
    starts_at = clock.at(clock.today(), at)
    return factories.make_appointment(
        session, patient, house[who], starts_at=starts_at, minutes=minutes, status=status, **changes
    )


def words(board):
    return {each.key: [(stay.word, stay.alert) for stay in each.stays] for each in board.stations}


def test_every_station_says_how_long_and_when_it_is_too_long(session, house):
    visit(session, house, at=time(11))
    visit(session, house, at=time(10, 32))
    visit(session, house, at=time(10, 15))
    visit(session, house, "arrived", time(9), arrived_at=minutes_ago(15))
    visit(session, house, "checked_in", time(9, 15), arrived_at=minutes_ago(4))
    visit(session, house, "roomed", time(9, 30), arrived_at=minutes_ago(30), roomed_at=minutes_ago(14))
    seen = {"arrived_at": minutes_ago(60), "roomed_at": minutes_ago(50), "seen_at": minutes_ago(25)}
    visit(session, house, "with_provider", time(9, 45), **seen)
    visit(session, house, "with_provider", time(8), minutes=60, **seen)
    visit(session, house, "checked_out", time(8), who="other", out_at=minutes_ago(5))
    visit(session, house, "cancelled_patient", time(12))
    assert words(flow.board(session)) == {
        "expected": [("Late 25 min", True), ("Late 8 min", False), ("in 20 min", False)],
        "waiting": [("Waiting 15 min, over 15", True), ("Waiting 4 min", False)],
        "roomed": [("In room 14 min", False)],
        "seen": [("With provider 25 min", False), ("With provider 25 min, over 25", True)],
        "out": [("Left 10:35 AM", False)],
    }


def test_own_patients_stand_first_and_the_filters_narrow_the_columns_alone(session, house):
    mine = visit(session, house, "arrived", arrived_at=minutes_ago(1))
    theirs = visit(session, house, "arrived", who="other", arrived_at=minutes_ago(9))
    seat = {"roomed_in_id": house["room"].id, "roomed_at": minutes_ago(3), "arrived_at": minutes_ago(8)}
    sitting = visit(session, house, "roomed", time(9), who="other", **seat)

    def waiting(**how):
        stations = {each.key: each for each in flow.board(session, **how).stations}
        return [stay.public_id for stay in stations["waiting"].stays]

    assert waiting() == [theirs.public_id, mine.public_id]
    assert waiting(own=house["provider"].id) == [mine.public_id, theirs.public_id]
    board = flow.board(session, provider_ids=[house["provider"].public_id])
    assert board.find(theirs.public_id) is None
    assert [(place.name, place.holder_id) for place in board.places] == [("Room 2", sitting.public_id)]
    assert board.today.rooms_used == 1
    board = flow.board(session, room_id=house["room"].public_id)
    assert board.find(sitting.public_id).room == "Room 2"
    assert board.find(mine.public_id) is None


def test_the_figures_on_top_are_those_of_today(session, house):
    visit(session, house, "arrived", arrived_at=minutes_ago(12))
    visit(session, house, "checked_in", time(10, 45), arrived_at=minutes_ago(20))
    visit(session, house, "roomed", time(9), arrived_at=minutes_ago(30), roomed_at=minutes_ago(20))
    visit(session, house, "checked_out", time(8), arrived_at=minutes_ago(90), roomed_at=minutes_ago(70))
    visit(session, house, at=time(10))
    today = flow.board(session).today
    assert (today.waiting, today.longest, today.average) == (2, 20, 15)
    assert (today.rooms_used, today.rooms, today.late) == (0, 1, 1)


def test_a_card_names_what_the_check_in_should_still_get_what_stops_first(session, house):
    patient = factories.make_patient(session, consent_on=date(2025, 6, 1), privacy_notice_on=date(2025, 6, 1))
    coverage = factories.make_coverage(session, patient, copay=Decimal("30.00"))
    check = EligibilityCheck(
        coverage_id=coverage.id, service_on=clock.today(), trace="T1", state="answered", active=True,
        asked_at=NOW, answered_at=NOW, benefits={"authorization": {"in": "Y"}},
    )  # fmt: skip
    session.add(check)
    here = visit(session, house, patient=patient)
    session.flush()

    def missing():
        return [(one.text, one.stops) for one in flow.board(session).find(here.public_id).missing]

    assert missing() == [
        ("Authorization", True), ("Address and phone", False), ("Consent", False), ("Copay $30.00", False),
    ]  # fmt: skip
    session.add(
        Authorization(
            coverage_id=coverage.id, number="A1", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31),
            visits_allowed=4, visits_used=1,
        )
    )  # fmt: skip
    check.active = False
    session.flush()
    assert missing()[0] == ("Plan not active", True)
    assert [one.name for one in gate.stops(session, here)] == ["inactive"]


def test_a_board_of_forty_costs_three_queries_and_its_stamp_one(session, house, count_queries):
    for number in range(40):
        here = visit(session, house, "arrived", time(8 + number // 4, number % 4 * 15), arrived_at=NOW)
        factories.make_coverage(session, here.patient)
    session.expunge_all()
    with count_queries() as statements:
        board = flow.board(session)
        assert len(board.patient_ids) == 40
    assert len(statements) == 3
    with count_queries() as statements:
        flow.stamp(session)
    assert len(statements) == 1


def test_the_stamp_changes_with_every_move_and_with_nothing_else(session, house):
    here = visit(session, house)
    first = flow.stamp(session)
    assert flow.stamp(session) == first
    here.status = "arrived"
    session.flush()
    assert flow.stamp(session) != first


def test_an_empty_clinic_has_an_empty_board(session):
    board = flow.board(session)
    assert [each.stays for each in board.stations] == [[], [], [], [], []]
    assert (board.today.longest, board.today.average, board.today.rooms) == (None, None, 0)
