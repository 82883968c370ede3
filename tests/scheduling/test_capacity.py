"""What a visit holds: the provider for his part, a buffer, lanes, a room, a device, all of it or nothing (A4, A5)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, IntegrityError

from clinic import clock, scheduling
from clinic.models import Appointment, Device
from clinic.scheduling import SchedulingConflict
from tests import factories

TUESDAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(datetime(2026, 3, 9, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


def at(hour: int, minute: int = 0) -> datetime:
    return clock.at(TUESDAY, time(hour, minute))


def book(session, provider, kind, start, **more):
    return scheduling.book(session, factories.make_patient(session), provider, kind, start, **more)


def test_a_provider_is_held_only_for_his_part_of_the_visit_a5(session, provider):
    kind = factories.make_visit_type(session, minutes=45, provider_from=15, provider_until=30)
    first = book(session, provider, kind, at(9))
    assert (first.busy_from, first.busy_until) == (at(9, 15), at(9, 30))
    plain = factories.make_visit_type(session, minutes=15)
    assert book(session, provider, plain, at(9)).id
    assert book(session, provider, plain, at(9, 30)).id
    with pytest.raises(SchedulingConflict):
        book(session, provider, plain, at(9, 15))


def test_the_buffer_after_a_visit_is_kept_free_and_the_refusal_says_so_a5(session, provider):
    kind = factories.make_visit_type(session, minutes=30, buffer_minutes=10)
    book(session, provider, kind, at(9))
    with pytest.raises(SchedulingConflict, match="to 9:30 AM and is kept free until 9:40 AM"):
        book(session, provider, kind, at(9, 30))
    assert book(session, provider, kind, at(9, 40)).id


def test_a_visit_made_shorter_than_the_providers_part_still_holds_him_a5(session, provider):
    kind = factories.make_visit_type(session, minutes=45, provider_from=30)
    short = book(session, provider, kind, at(9), minutes=15)
    assert (short.busy_from, short.busy_until) == (at(9), at(9, 15))


def test_a_provider_with_two_lanes_sees_two_at_once_and_no_third_a4(session):
    provider = factories.make_provider(session, overlap_limit=2)
    kind = factories.make_visit_type(session)
    lanes = [book(session, provider, kind, start).lane for start in (at(9), at(9, 15))]
    assert lanes == [0, 1]
    with pytest.raises(SchedulingConflict):
        book(session, provider, kind, at(9, 15))
    assert session.scalar(select(func.count(Appointment.id))) == 2


def test_the_database_itself_refuses_a_lane_beyond_the_limit_a4(session, provider):
    visit = book(session, provider, factories.make_visit_type(session), at(9))
    visit.lane = 1
    with pytest.raises(DBAPIError, match="has no lane 1"):
        session.flush()


def test_the_room_that_a_visit_type_needs_is_found_and_the_last_one_refused_a5(session, provider):
    other = factories.make_provider(session)
    third = factories.make_provider(session)
    rooms = [factories.make_room(session, kind="procedure") for _ in range(2)]
    factories.make_room(session, kind="exam")
    kind = factories.make_visit_type(session, room_kind="procedure")
    found = {book(session, each, kind, at(9)).room_id for each in (provider, other)}
    assert found == {room.id for room in rooms}
    with pytest.raises(SchedulingConflict, match="Every procedure room is taken from 9:15 AM") as refused:
        book(session, third, kind, at(9, 15))
    assert refused.value.resource == "room"


def test_without_the_device_neither_the_provider_nor_the_room_is_taken_a5(session, provider):
    other = factories.make_provider(session)
    factories.make_room(session, kind="procedure")
    factories.make_room(session, kind="procedure")
    session.add(Device(name="Ultrasound 1", kind="ultrasound"))
    session.flush()
    kind = factories.make_visit_type(session, room_kind="procedure", device_kind="ultrasound")
    assert book(session, provider, kind, at(9)).device_id
    with pytest.raises(SchedulingConflict, match="Every ultrasound is taken") as refused:
        book(session, other, kind, at(9))
    assert refused.value.resource == "device"
    assert session.scalar(select(func.count(Appointment.id))) == 1
    session.expire_all()
    plain = factories.make_visit_type(session, room_kind="procedure")
    assert book(session, other, plain, at(9)).id


def test_the_database_refuses_one_device_twice_even_when_overbooked_a4(session, provider):
    device = Device(name="Ultrasound 1", kind="ultrasound")
    session.add(device)
    session.flush()
    kind = factories.make_visit_type(session)
    first = book(session, provider, kind, at(9))
    second = book(session, provider, kind, at(9), overbook_reason="Fever")
    first.device_id = device.id
    session.flush()
    second.device_id = device.id
    with pytest.raises(IntegrityError, match="appointment_device_free"):
        session.flush()


def test_overbooking_does_not_put_two_visits_into_one_room_a4(session, provider):
    room = factories.make_room(session)
    kind = factories.make_visit_type(session)
    book(session, provider, kind, at(9), room=room)
    with pytest.raises(SchedulingConflict) as refused:
        book(session, provider, kind, at(9), room=room, overbook_reason="Fever")
    assert refused.value.resource == "room"


def test_a_move_keeps_its_room_when_it_is_free_there_and_takes_another_when_not_a5(session, provider):
    other = factories.make_provider(session)
    rooms = [factories.make_room(session, kind="procedure") for _ in range(2)]
    kind = factories.make_visit_type(session, room_kind="procedure", provider_until=15)
    visit = book(session, provider, kind, at(9))
    scheduling.move(session, visit, visit.version, starts_at=at(10))
    assert visit.room_id == rooms[0].id
    assert (visit.busy_from, visit.busy_until) == (at(10), at(10, 15))
    assert book(session, other, kind, at(14)).room_id == rooms[0].id
    scheduling.move(session, visit, visit.version, starts_at=at(14))
    assert visit.room_id == rooms[1].id
    scheduling.undo(session, visit, visit.version)
    assert (visit.starts_at, visit.room_id, visit.busy_until) == (at(10), rooms[0].id, at(10, 15))


def test_a_retired_room_is_not_given_to_new_visits_a5(session, provider):
    factories.make_room(session, kind="procedure", active=False)
    kind = factories.make_visit_type(session, room_kind="procedure")
    with pytest.raises(SchedulingConflict, match="Every procedure room"):
        book(session, provider, kind, at(9))


def test_a_visit_for_new_patients_asks_when_the_patient_was_seen_l14(session, provider):
    patient = factories.make_patient(session)
    seen = factories.make_visit_type(session)
    factories.make_appointment(
        session, patient, provider, starts_at=at(9) - timedelta(days=100), status="checked_out"
    )
    new = factories.make_visit_type(session, name="New patient", patient_kind="new")
    with pytest.raises(scheduling.NeedsConfirmation, match="is for new patients; this one was seen on"):
        scheduling.book(session, patient, provider, new, at(9))
    assert scheduling.book(session, patient, provider, seen, at(9)).id
    known = factories.make_visit_type(session, name="Known", patient_kind="established")
    with pytest.raises(scheduling.NeedsConfirmation, match="is for established patients"):
        book(session, provider, known, at(11))
