"""The walk through the house: rooms, stamps, undo, and two people who press the same button (A1, A4)."""

import threading
from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic import audit, clock, scheduling
from clinic.models import Appointment, AppointmentMove, Room
from clinic.scheduling import AppointmentChanged, IllegalMove, SchedulingConflict
from tests import factories

NOW = datetime(2026, 3, 10, 17, 40, tzinfo=UTC)  # 10:40 AM in Portland


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def room(session):
    return factories.make_room(session, name="Room 2")


def visit(session, provider, status="checked_in", at=time(10, 30), **changes):
    stamps = {"arrived_at": NOW, "checked_in_at": NOW} if status != "booked" else {}
    patient = factories.make_patient(session, last_name="Chen", first_name="Bo")
    starts_at = clock.at(clock.today(), at)
    return factories.make_appointment(
        session, patient, provider, starts_at=starts_at, minutes=15, status=status, **(stamps | changes)
    )


def moves(session, appointment):
    found = session.scalars(
        select(AppointmentMove)
        .where(AppointmentMove.appointment_id == appointment.id)
        .order_by(AppointmentMove.id)
    )
    return [(move.from_status, move.to_status, move.note) for move in found]


def test_each_station_leaves_its_time_and_the_room_stays_on_record(session, provider, room):
    chen = visit(session, provider, "booked")
    for minutes, take in enumerate(
        (scheduling.arrive, scheduling.check_in, scheduling.room, scheduling.see, scheduling.check_out)
    ):
        with time_machine.travel(NOW + timedelta(minutes=minutes), tick=False):
            more = [room] if take is scheduling.room else []
            take(session, chen, chen.version, *more)
    stamps = (chen.arrived_at, chen.checked_in_at, chen.roomed_at, chen.seen_at, chen.out_at)
    assert stamps == tuple(NOW + timedelta(minutes=n) for n in range(5))
    assert chen.roomed_in_id == room.id
    assert moves(session, chen)[2] == ("checked_in", "roomed", "Room 2")


def test_undo_takes_back_one_stamp_and_keeps_the_earlier_ones_with_its_reason(session, provider, room):
    chen = visit(session, provider)
    scheduling.room(session, chen, chen.version, room)
    scheduling.see(session, chen, chen.version)
    scheduling.undo(session, chen, chen.version, "Wrong patient")
    assert (chen.status, chen.seen_at, chen.roomed_at) == ("roomed", None, NOW)
    assert chen.roomed_in_id == room.id
    scheduling.undo(session, chen, chen.version)
    assert (chen.status, chen.roomed_at, chen.arrived_at) == ("checked_in", None, NOW)
    assert chen.roomed_in_id is None
    assert [note for *_, note in moves(session, chen)][2:] == ["Wrong patient", "Undo"]


def test_a_second_patient_is_not_brought_to_a_taken_room(session, provider, room):
    first, second = visit(session, provider), visit(session, provider, at=time(10, 45))
    scheduling.room(session, first, first.version, room)
    with pytest.raises(SchedulingConflict, match=r"Room 2 has CHEN, Bo since 10:40 AM, by the system"):
        scheduling.room(session, second, second.version, room)
    assert (second.status, second.roomed_in_id) == ("checked_in", None)
    scheduling.check_out(session, first, first.version)
    scheduling.room(session, second, second.version, room)
    assert second.roomed_in_id == room.id


def test_the_database_itself_refuses_two_patients_in_one_room(session, provider, room):
    for at in (time(10, 30), time(10, 45)):
        visit(session, provider, "roomed" if at.minute == 30 else "checked_in", at, roomed_in_id=room.id)
    session.flush()
    with pytest.raises(IntegrityError), session.begin_nested():
        session.query(Appointment).filter_by(status="checked_in").update({"status": "roomed"})


def test_without_a_choice_the_kept_room_is_taken_where_it_is_free(session, provider, room):
    first = visit(session, provider, room_id=room.id)
    second = visit(session, provider, at=time(10, 45), room_id=room.id)
    scheduling.room(session, first, first.version)
    scheduling.room(session, second, second.version)
    assert (first.roomed_in_id, second.roomed_in_id) == (room.id, None)


def test_a_patient_changes_rooms_and_back(session, provider, room):
    other = factories.make_room(session, name="Room 3")
    chen = visit(session, provider)
    scheduling.room(session, chen, chen.version, room)
    with time_machine.travel(NOW + timedelta(minutes=5), tick=False):
        scheduling.room(session, chen, chen.version, other)
    assert (chen.roomed_in_id, chen.roomed_at) == (other.id, NOW)
    assert moves(session, chen)[-1] == ("roomed", "roomed", "Room 3")
    scheduling.undo(session, chen, chen.version)
    assert (chen.status, chen.roomed_in_id, chen.roomed_at) == ("roomed", room.id, NOW)


def test_who_comes_back_finds_the_room_given_away_and_is_back_without_one(session, provider, room):
    first, second = visit(session, provider), visit(session, provider, at=time(10, 45))
    scheduling.room(session, first, first.version, room)
    scheduling.check_out(session, first, first.version)
    scheduling.room(session, second, second.version, room)
    scheduling.undo(session, first, first.version)
    assert (first.status, first.out_at, first.roomed_in_id) == ("roomed", None, None)


def test_who_was_forgotten_in_a_room_yesterday_keeps_nobody_out(session, provider, room):
    yesterday = visit(session, provider, "roomed", roomed_in_id=room.id)
    yesterday.starts_at -= timedelta(days=1)
    session.flush()
    chen = visit(session, provider, at=time(10, 45))
    scheduling.room(session, chen, chen.version, room)
    assert (chen.roomed_in_id, yesterday.roomed_in_id) == (room.id, None)


def test_the_same_move_from_an_old_page_changes_nothing_and_is_no_error(session, provider, room):
    chen = visit(session, provider, "booked")
    version = chen.version
    for take in (scheduling.arrive, scheduling.check_in, scheduling.room, scheduling.see):
        before = take(session, chen, chen.version).version
        assert take(session, chen, version).version == before
    assert len(moves(session, chen)) == 4


def test_a_second_desk_hears_in_which_room_the_patient_is(session, provider, room):
    other = factories.make_room(session, name="Room 3")
    user = factories.make_user(session, name="Rosa Delgado")
    chen = visit(session, provider)
    version = chen.version
    with audit.acting_as(audit.Actor(user.id, user.name)):
        scheduling.room(session, chen, version, room)
    sentence = "CHEN, Bo is already in Room 2 since 10:40 AM, by Rosa Delgado."
    assert scheduling.already(session, chen) == sentence
    with pytest.raises(AppointmentChanged, match=sentence):
        scheduling.room(session, chen, version, other)
    assert chen.roomed_in_id == room.id


def test_nobody_is_brought_to_a_room_before_check_in(session, provider, room):
    chen = visit(session, provider, "arrived")
    with pytest.raises(IllegalMove):
        scheduling.room(session, chen, chen.version, room)
    assert (chen.status, chen.roomed_in_id) == ("arrived", None)


def test_of_forty_who_press_for_one_room_one_gets_it(committed):
    """Real threads on a real database: no two patients in one room, and everybody else is told who sits there."""
    engine = create_engine(committed.app_url, pool_size=20, max_overflow=20)
    with Session(engine) as session:
        provider = factories.make_provider(session)
        room_id = factories.make_room(session, name="Room 2").id
        places = [time(8 + n // 4, n % 4 * 15) for n in range(40)]
        ids = [visit(session, provider, at=at).id for at in places]
        session.commit()
    told, faults = [], []

    def press(number):
        try:
            with Session(engine) as session:
                appointment = session.get_one(Appointment, number)
                scheduling.room(session, appointment, appointment.version, session.get_one(Room, room_id))
                session.commit()
        except SchedulingConflict as conflict:
            told.append(str(conflict))
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=press, args=(number,)) for number in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Session(engine) as session:
        sitting = session.scalar(
            select(func.count()).where(Appointment.roomed_in_id == room_id, Appointment.status == "roomed")
        )
    engine.dispose()
    assert (faults, sitting, len(told)) == ([], 1, 39)
    assert all("Room 2 has CHEN, Bo since" in each for each in told)
