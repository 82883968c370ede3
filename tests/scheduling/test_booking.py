"""Booking, moving, cancelling: the database refuses, the sentence explains (A1, A2, A4, A8)."""

import threading
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, scheduling
from clinic.models import Appointment, AppointmentMove, AuditEvent, Encounter, ScheduleBlock, Work
from clinic.scheduling import (
    AppointmentChanged,
    IllegalMove,
    NeedsConfirmation,
    SchedulingConflict,
    SchedulingError,
)
from tests import factories

TUESDAY = date(2026, 3, 10)
ALL = ("past", "hours", "block", "elsewhere", "coverage")


@pytest.fixture(autouse=True)
def _tuesday_morning():
    """10:40 AM in Portland."""
    with time_machine.travel(datetime(2026, 3, 10, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def visit_type(session):
    return factories.make_visit_type(session, name="Follow-up")


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


def rosa(session):
    user = factories.make_user(session, "front_desk", name="Rosa Delgado")
    return audit.acting_as(audit.Actor(user.id, user.name))


def moves(session, appointment) -> list[tuple[str, str, str]]:
    rows = session.execute(
        select(AppointmentMove.from_status, AppointmentMove.to_status, AppointmentMove.note)
        .where(AppointmentMove.appointment_id == appointment.id)
        .order_by(AppointmentMove.id)
    )
    return [tuple(row) for row in rows]


def test_a_booking_takes_the_visit_types_length_and_is_written_in_the_history(session, provider, visit_type):
    patient = factories.make_patient(session)
    with rosa(session):
        booked = scheduling.book(session, patient, provider, visit_type, at(11), reason="A1c")
    assert (booked.starts_at, booked.ends_at) == (at(11), at(11, 30))
    assert moves(session, booked) == [("", "booked", "")]
    assert [event.what for event in scheduling.history(session, booked)] == ["Booked"]
    assert scheduling.history(session, booked)[0].by == "Rosa Delgado"


def test_a_taken_provider_is_refused_by_the_database_and_the_sentence_says_who_and_since_when_a4(
    session, provider, visit_type
):
    chen = factories.make_patient(session, last_name="Chen", first_name="Bo")
    with rosa(session):
        scheduling.book(session, chen, provider, visit_type, at(11))
    other = factories.make_patient(session)
    with pytest.raises(SchedulingConflict) as refused:
        scheduling.book(session, other, provider, visit_type, at(11, 15))
    assert str(refused.value) == (
        "Helen Adams, MD has CHEN, Bo from 11:00 AM to 11:30 AM, since 10:40 AM, by Rosa Delgado."
    )
    assert refused.value.resource == "provider"
    assert session.scalar(select(func.count(Appointment.id))) == 1


def test_a_taken_room_is_refused_and_named_a4(session, provider, visit_type):
    room = factories.make_room(session, name="Room 2")
    scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11), room=room)
    other = factories.make_provider(session)
    with pytest.raises(SchedulingConflict, match="Room 2 has WHITFIELD") as refused:
        scheduling.book(session, factories.make_patient(session), other, visit_type, at(11), room=room)
    assert refused.value.resource == "room"


def test_the_second_click_on_book_is_the_first_appointment(session, provider, visit_type):
    patient = factories.make_patient(session)
    first = scheduling.book(session, patient, provider, visit_type, at(11))
    assert scheduling.book(session, patient, provider, visit_type, at(11)).id == first.id
    assert len(moves(session, first)) == 1


def test_overbooking_with_a_reason_stands_beside_the_first_a4(session, provider, visit_type):
    scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    second = scheduling.book(
        session, factories.make_patient(session), provider, visit_type, at(11), overbook_reason="Fever"
    )
    assert second.overbooked
    assert moves(session, second) == [("", "booked", "Fever")]


def test_outside_hours_and_on_a_block_a_person_must_say_yes_a6(session, provider, visit_type):
    session.add(ScheduleBlock(provider_id=provider.id, starts_at=at(12), ends_at=at(13), label="Lunch"))
    session.flush()
    patient = factories.make_patient(session)
    with pytest.raises(NeedsConfirmation, match="kept free: Lunch"):
        scheduling.book(session, patient, provider, visit_type, at(12, 30))
    with pytest.raises(NeedsConfirmation, match="outside the hours of Helen Adams, MD: 8:00 to 6:00 PM"):
        scheduling.book(session, patient, provider, visit_type, at(18, 30))
    with pytest.raises(NeedsConfirmation, match="kept free: Lunch"):
        scheduling.book(session, patient, provider, visit_type, at(12, 30), accepted=["block"])
    booked = scheduling.book(
        session, patient, provider, visit_type, at(12, 30), accepted=["block"], closed_reason=" Sutures out "
    )
    assert (booked.closed_reason, booked.overbooked) == ("Sutures out", False)
    # In open time the reason is none of this visit's, and undone it is again.
    moved = scheduling.move(
        session, booked, booked.version, starts_at=at(14), accepted=["block"], closed_reason="Sutures out"
    )
    assert moved.closed_reason == ""
    assert scheduling.undo(session, moved, moved.version).closed_reason == "Sutures out"


def test_an_overbooked_visit_that_was_moved_is_put_back_beside_the_other_a4(session, provider, visit_type):
    scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    second = scheduling.book(
        session, factories.make_patient(session), provider, visit_type, at(11), overbook_reason="Fever"
    )
    moved = scheduling.move(session, second, second.version, starts_at=at(14))
    assert not moved.overbooked
    back = scheduling.undo(session, moved, moved.version)
    assert (back.starts_at, back.overbooked, back.overbook_reason) == (at(11), True, "Fever")


def test_a_note_is_changed_told_and_taken_back_without_touching_the_visit_a1(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    visit = scheduling.arrive(session, visit, visit.version)
    scheduling.write_note(session, visit, "", "Needs the ramp")
    version = visit.version
    # The second click, and a status that somebody asks about, are not disturbed by it.
    assert scheduling.write_note(session, visit, "", " Needs the ramp ").version == version
    assert [each.what for each in scheduling.history(session, visit)] == ["Note changed", "Arrived", "Booked"]
    assert "already arrived" in scheduling.already(session, visit)
    with pytest.raises(AppointmentChanged, match="It is now: Needs the ramp"):
        scheduling.write_note(session, visit, "", "Needs the lift")
    with pytest.raises(SchedulingError, match="under 500"):
        scheduling.write_note(session, visit, "Needs the ramp", "x" * 501)
    back = scheduling.undo(session, visit, version)
    assert (back.note, back.status) == ("", "arrived")
    assert scheduling.undo(session, back, back.version).status == "booked"


def test_a_coverage_that_ended_before_the_visit_is_said_at_booking_s09(session, provider, visit_type):
    patient = factories.make_patient(session)
    factories.make_coverage(session, patient, terminated_on=date(2026, 3, 7))
    with pytest.raises(NeedsConfirmation, match="ended on 03/07/2026") as warned:
        scheduling.book(session, patient, provider, visit_type, at(11))
    assert [caution.code for caution in warned.value.warnings] == ["coverage"]


def test_a_time_that_does_not_exist_or_comes_twice_is_refused_a8():
    with pytest.raises(SchedulingError, match="02:30 does not exist on 03/14/2027"):
        scheduling.instant(date(2027, 3, 14), time(2, 30))
    with pytest.raises(SchedulingError, match="01:30 comes twice on 11/07/2027"):
        scheduling.instant(date(2027, 11, 7), time(1, 30))
    first = scheduling.instant(date(2027, 11, 7), time(1, 30), fold=0)
    assert scheduling.instant(date(2027, 11, 7), time(1, 30), fold=1) - first == timedelta(hours=1)


def test_minutes_are_counted_in_utc_over_the_change_of_the_clocks_a8(session, provider, visit_type):
    patient = factories.make_patient(session)
    start = scheduling.instant(date(2027, 11, 7), time(1, 30), fold=0)
    booked = scheduling.book(
        session, patient, provider, visit_type, start, minutes=60, accepted=ALL, closed_reason="Night"
    )
    assert clock.local(booked.ends_at).time() == time(1, 30)
    assert booked.ends_at - booked.starts_at == timedelta(minutes=60)


def test_a_move_keeps_where_it_came_from_and_a_confirmed_visit_must_be_confirmed_again(
    session, provider, visit_type
):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    scheduling.confirm(session, visit, visit.version)
    other = factories.make_provider(session)
    scheduling.move(session, visit, visit.version, starts_at=at(14), provider=other, reason="Asked for it")
    assert (visit.starts_at, visit.provider_id, visit.status) == (at(14), other.id, "booked")
    last = scheduling.history(session, visit)[0]
    assert last.what == "Moved from Tue 03/10/2026, 11:00 AM with Helen Adams, MD"
    assert last.note == "Asked for it"


def test_a_refused_move_leaves_the_visit_where_it_was(session, provider, visit_type):
    scheduling.book(session, factories.make_patient(session), provider, visit_type, at(14))
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    with pytest.raises(SchedulingConflict):
        scheduling.move(session, visit, visit.version, starts_at=at(14, 15))
    session.refresh(visit)
    assert visit.starts_at == at(11)


def test_the_slower_of_two_reads_who_moved_it_when_and_where_to(session, provider, visit_type):
    chen = factories.make_patient(session, last_name="Chen", first_name="Bo")
    visit = scheduling.book(session, chen, provider, visit_type, at(11))
    seen = visit.version
    with rosa(session):
        scheduling.move(session, visit, seen, starts_at=at(14))
    with pytest.raises(AppointmentChanged) as changed:
        scheduling.cancel(session, visit, seen, reason="ill")
    assert str(changed.value) == (
        "CHEN, Bo was moved by Rosa Delgado at 10:40 AM to Tuesday 03/10/2026, 2:00 PM with Helen Adams, MD."
    )


def test_a_cancel_of_the_patient_inside_the_visit_types_hours_is_late_a2(session, provider, visit_type):
    today = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15))
    next_week = scheduling.book(
        session, factories.make_patient(session), provider, visit_type, at(15, day=date(2026, 3, 17))
    )
    bumped = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(16))
    scheduling.cancel(session, today, today.version, reason="ill")
    scheduling.cancel(session, next_week, next_week.version, reason="ill")
    scheduling.cancel(session, bumped, bumped.version, reason="provider away", by="clinic")
    statuses = [visit.status for visit in (today, next_week, bumped)]
    assert statuses == ["late_cancel", "cancelled_patient", "cancelled_clinic"]


def test_a_cancel_needs_a_reason(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15))
    with pytest.raises(SchedulingError, match="Say why"):
        scheduling.cancel(session, visit, visit.version, reason="  ")
    assert visit.status == "booked"


def test_a_cancelled_place_can_be_booked_again(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15))
    scheduling.cancel(session, visit, visit.version, reason="ill")
    assert scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15)).id


def test_the_steps_of_a_visit_go_forward_only_and_keep_their_times_a1(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    with pytest.raises(IllegalMove, match="scheduled; it cannot become in room"):
        scheduling.room(session, visit, visit.version)
    scheduling.confirm(session, visit, visit.version)
    scheduling.check_in(session, visit, visit.version)
    scheduling.room(session, visit, visit.version)
    scheduling.check_out(session, visit, visit.version)
    stamps = (visit.confirmed_at, visit.arrived_at, visit.checked_in_at, visit.roomed_at, visit.out_at)
    assert stamps == (clock.now(),) * 5
    assert [move[1] for move in moves(session, visit)] == [
        "booked",
        "confirmed",
        "arrived",
        "checked_in",
        "roomed",
        "checked_out",
    ]
    with pytest.raises(IllegalMove):
        scheduling.arrive(session, visit, visit.version)


def test_nobody_arrives_for_a_visit_of_a_later_day_a1(session, provider, visit_type):
    tomorrow = clock.at(clock.today() + timedelta(days=1), time(11))
    visit = scheduling.book(
        session, factories.make_patient(session), provider, visit_type, tomorrow, accepted=ALL
    )
    said = f"This visit is on {clock.local(tomorrow):%m/%d/%Y}: move it to today or wait."
    for early in (scheduling.arrive, scheduling.check_in):
        with pytest.raises(IllegalMove) as refusal:
            early(session, visit, visit.version)
        assert str(refusal.value) == said
        assert (visit.status, visit.arrived_at) == ("booked", None)
    scheduling.move(
        session,
        visit,
        visit.version,
        starts_at=at(17),
        provider=provider,
        minutes=None,
        reason="came early",
        accepted=ALL,
    )
    scheduling.arrive(session, visit, visit.version)
    assert visit.status == "arrived"


def test_a_second_click_on_a_step_changes_nothing(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    seen = visit.version
    scheduling.arrive(session, visit, seen)
    scheduling.arrive(session, visit, seen)
    assert len(moves(session, visit)) == 2


def test_a_visit_that_has_not_begun_is_no_no_show_a2(session, provider, visit_type):
    later = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15))
    with pytest.raises(IllegalMove, match="has not begun"):
        scheduling.no_show(session, later, later.version)
    earlier = scheduling.book(
        session, factories.make_patient(session), provider, visit_type, at(9), accepted=ALL
    )
    scheduling.no_show(session, earlier, earlier.version)
    assert earlier.status == "no_show"


def test_undo_takes_back_the_last_step_and_then_the_one_before_a1(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    scheduling.confirm(session, visit, visit.version)
    scheduling.arrive(session, visit, visit.version)
    scheduling.undo(session, visit, visit.version)
    assert (visit.status, visit.arrived_at) == ("confirmed", None)
    scheduling.undo(session, visit, visit.version)
    assert (visit.status, visit.confirmed_at) == ("booked", None)
    with pytest.raises(IllegalMove, match="nothing to take back"):
        scheduling.undo(session, visit, visit.version)


def test_undo_of_a_move_brings_the_visit_back(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11))
    scheduling.move(session, visit, visit.version, starts_at=at(14))
    scheduling.undo(session, visit, visit.version)
    assert visit.starts_at == at(11)


def test_undo_of_a_cancel_is_refused_when_the_place_was_given_away(session, provider, visit_type):
    visit = scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15))
    scheduling.cancel(session, visit, visit.version, reason="ill")
    scheduling.book(session, factories.make_patient(session), provider, visit_type, at(15))
    with pytest.raises(SchedulingConflict):
        scheduling.undo(session, visit, visit.version)


def test_a_visit_with_signed_charges_is_neither_undone_nor_cancelled(session, provider, visit_type):
    patient = factories.make_patient(session)
    visit = scheduling.book(session, patient, provider, visit_type, at(11))
    factories.make_encounter(session, patient, provider, appointment_id=visit.id, state="signed")
    with pytest.raises(IllegalMove, match="signed"):
        scheduling.cancel(session, visit, visit.version, reason="ill")
    assert session.scalar(select(func.count(Encounter.id))) == 1


def test_every_change_is_in_the_audit_trail_with_before_and_after(committed):
    from clinic import db  # noqa: PLC0415  the scoped session of this test's own database

    with db.transaction() as session:
        provider = factories.make_provider(session)
        patient = factories.make_patient(session)
        visit = scheduling.book(session, patient, provider, factories.make_visit_type(session), at(11))
        scheduling.move(session, visit, visit.version, starts_at=at(14))
        scheduling.cancel(session, visit, visit.version, reason="ill")
    events = db.session.scalars(select(AuditEvent).order_by(AuditEvent.id)).all()
    assert [event.action for event in events] == [
        "appointment.book",
        "appointment.move",
        "appointment.cancel",
    ]
    assert events[1].changes["place"][0] != events[1].changes["place"][1]
    assert all(event.patient_ids == [patient.id] for event in events)


def test_of_two_desks_that_book_one_place_at_once_one_wins_and_the_other_reads_who_and_when_a4(committed):
    engine = create_engine(committed.app_url)
    with Session(engine, expire_on_commit=False) as setup:
        provider = factories.make_provider(setup, first_name="Helen", last_name="Adams")
        visit_type = factories.make_visit_type(setup)
        users = [factories.make_user(setup, name=name) for name in ("Rosa Delgado", "Tom Beck")]
        patients = [factories.make_patient(setup, last_name=name) for name in ("Chen", "Okafor")]
        setup.commit()
    both = threading.Barrier(2)
    outcomes: dict[str, str] = {}

    def desk(user, patient):
        # The clock of the whole process is the fixture's; only the session and the actor are this desk's own.
        with Session(engine) as own, audit.acting_as(audit.Actor(user.id, user.name)):
            both.wait(10)
            try:
                scheduling.book(own, patient, provider, visit_type, at(11))
                own.commit()
                outcomes[user.name] = "booked"
            except SchedulingConflict as conflict:
                own.rollback()
                outcomes[user.name] = str(conflict)

    threads = [threading.Thread(target=desk, args=pair) for pair in zip(users, patients, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    winner = next(name for name, said in outcomes.items() if said == "booked")
    loser = next(name for name in outcomes if name != winner)
    assert outcomes[loser].startswith("Helen Adams, MD has ")
    assert outcomes[loser].endswith(f"since 10:40 AM, by {winner}.")
    with Session(engine) as after:
        assert after.scalar(select(func.count(Appointment.id))) == 1
    engine.dispose()


def test_a_visit_that_is_moved_to_another_day_has_its_payer_asked_again_e1(session):
    visit = factories.make_appointment(session, starts_at=clock.at(date(2026, 3, 10), time(9)))

    def asked():
        return session.scalar(
            select(func.count()).where(Work.job == "jobs.eligibility.at_booking", Work.subject_id == visit.id)
        )

    scheduling.move(
        session, visit, visit.version, starts_at=clock.at(date(2026, 3, 10), time(11)), accepted=ALL
    )
    assert asked() == 0
    scheduling.move(
        session, visit, visit.version, starts_at=clock.at(date(2026, 3, 12), time(11)), accepted=ALL
    )
    assert asked() == 1
