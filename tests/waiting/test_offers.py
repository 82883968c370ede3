"""A place that came free is offered to one after the other; held for each; the clock ends it (A9, A11)."""

import json
from datetime import date, time, timedelta

import pytest
from sqlalchemy import select

from clinic import clock, db, messages, scheduling, waiting
from clinic.models import AuditEvent, Message, OpenedPlace, Patient, Task
from clinic.reminders import seed_rules, send_at
from clinic.scheduling import SchedulingConflict
from tests import factories
from tests.reminders.house import agreed
from tests.waiting.house import MONDAY, TUESDAY, at, cancel, fresh, held, offers, rows, run_jobs, wait

MINUTE = timedelta(minutes=1)


@pytest.fixture
def visit(session, provider, kind):
    """Tuesday 10:00, the only free place of the day once it is given up."""
    for start, minutes in ((at(8), 120), (at(10, 30), 450)):
        factories.make_appointment(session, provider=provider, starts_at=start, minutes=minutes)
    return scheduling.book(session, factories.make_patient(session), provider, kind, at(10))


def named(session, name, **changes) -> Patient:
    return agreed(session, last_name=name, **changes)


def free(session, visit, now):
    """Cancel the visit and let a minute pass: the wait list has looked."""
    with db.transaction():
        cancel(session, visit)
    assert run_jobs() == 0, "who cancelled by mistake has a minute to take it back"
    now.shift(MINUTE)
    run_jobs()


def text_of(session) -> str:
    message = session.scalars(
        select(Message).where(Message.kind == "offer").order_by(Message.id.desc())
    ).first()
    return json.loads(message.body())["text"]


def test_a_cancelled_visits_place_is_held_and_offered_to_the_first_in_order_a9(session, visit, kind, now):
    wait(session, kind, named(session, "Later"), minutes_ago=5)
    wait(session, kind, named(session, "Urgent"), priority=1)
    wait(session, kind, named(session, "Longest"), minutes_ago=90)
    free(session, visit, now)
    assert rows(session) == [("Urgent", "open")]
    (offer,) = offers(session)
    assert (offer.starts_at, offer.expires_at) == (at(10), clock.now() + timedelta(minutes=20))
    (place,) = held(session)
    assert (place.id, place.held_until, place.patient_id) == (offer.hold_id, offer.expires_at, None)


def test_the_held_place_is_refused_to_every_other_booker_by_the_database_a4_a9(
    session, visit, provider, kind, now
):
    wait(session, kind)
    free(session, visit, now)
    with pytest.raises(SchedulingConflict, match="10:00 AM to 10:30 AM is held for the wait list"):
        scheduling.book(session, factories.make_patient(session), provider, kind, at(10))
    assert scheduling.find_openings(session, kind, first=TUESDAY, days=1) == []


def test_the_message_tells_when_and_until_when_and_nothing_of_what_for_a11(session, visit, kind, now):
    wait(session, kind, named(session, "Whitman"))
    free(session, visit, now)
    text = text_of(session)
    assert "a place is free on Tuesday, March 10, 10:00 AM PDT" in text
    assert "by Monday, March 9, 11:01 AM PDT" in text
    assert "https://clinic.example.com/offer/" in text
    assert not any(word in text for word in ("Whitman", "Adams", "Follow-up"))


def test_a_patient_who_speaks_spanish_is_written_to_in_spanish_a11(session, visit, kind, now):
    wait(session, kind, named(session, "Vega", language="es"))
    free(session, visit, now)
    assert "hay una hora libre el martes 10 de marzo, 10:00 a.m. PDT" in text_of(session)


def test_without_an_answer_the_next_one_is_asked_by_itself_and_then_nobody_a9(session, visit, kind, now):
    for name, ago in (("First", 60), ("Second", 30)):
        wait(session, kind, named(session, name), minutes_ago=ago)
    free(session, visit, now)
    now.shift(timedelta(minutes=19))
    run_jobs()
    assert rows(session) == [("First", "open")]
    now.shift(MINUTE)
    run_jobs()
    assert rows(session) == [("First", "expired"), ("Second", "open")]
    now.shift(timedelta(minutes=20))
    run_jobs()
    assert rows(session) == [("First", "expired"), ("Second", "expired")]
    assert held(session) == []
    assert session.scalars(select(OpenedPlace.state)).all() == ["over"]


def test_who_declines_stays_on_the_list_and_the_next_one_is_asked_a9(session, visit, kind, now):
    first = wait(session, kind, named(session, "First"), minutes_ago=60)
    wait(session, kind, named(session, "Second"))
    free(session, visit, now)
    with db.transaction():
        assert waiting.answer_link(session, offers(session)[0].public_id, "decline") == ("declined", True)
    run_jobs()
    assert rows(session) == [("First", "declined"), ("Second", "open")]
    assert fresh(first).state == "open"


def test_what_was_offered_is_booked_though_its_provider_takes_such_visits_no_more_a9(
    session, visit, provider, kind, now
):
    wait(session, kind, named(session, "Chen"))
    free(session, visit, now)
    kind.provider_ids = [factories.make_provider(session).id]
    with db.transaction():
        assert waiting.answer_link(session, offers(session)[0].public_id, "accept") == ("accepted", True)


def test_accepting_books_closes_the_entry_and_says_who_a9(session, visit, provider, kind, now):
    entry = wait(session, kind, named(session, "Yes"))
    free(session, visit, now)
    with db.transaction():
        assert waiting.answer_link(session, offers(session)[0].public_id, "accept") == ("accepted", True)
    entry = fresh(entry)
    booked = entry.booked
    assert (booked.starts_at, booked.provider_id, booked.status) == (at(10), provider.id, "booked")
    assert (entry.state, held(session)) == ("booked", [])
    run_jobs()
    assert session.scalars(select(OpenedPlace.state)).all() == ["filled"]
    done = session.scalars(select(AuditEvent).where(AuditEvent.action == "wait_offer.accepted")).one()
    assert (done.actor, done.patient_ids) == ("patient by link", [entry.patient_id])


def test_a_used_link_does_nothing_twice_whatever_it_says_a9(session, visit, kind, now):
    entry = wait(session, kind)
    free(session, visit, now)
    number = offers(session)[0].public_id
    with db.transaction():
        waiting.answer_link(session, number, "accept")
    for word in ("accept", "decline", "leave"):
        with db.transaction():
            assert waiting.answer_link(session, number, word) == ("accepted", False)
    assert fresh(entry).state == "booked"


def test_an_answer_after_the_last_minute_is_too_late_and_the_next_one_is_asked_a9(session, visit, kind, now):
    wait(session, kind, named(session, "Slow"), minutes_ago=60)
    wait(session, kind, named(session, "Next"))
    free(session, visit, now)
    now.shift(timedelta(minutes=20))
    with db.transaction():
        assert waiting.answer_link(session, offers(session)[0].public_id, "accept") == ("expired", False)
    run_jobs()
    assert rows(session) == [("Slow", "expired"), ("Next", "open")]


def test_moving_up_gives_the_old_place_to_the_next_one_a9(session, visit, provider, kind, now):
    later = scheduling.book(
        session, named(session, "Mover"), provider, kind, at(10, day=MONDAY + timedelta(days=7))
    )
    mover = wait(session, kind, later.patient, moves=later, priority=1)
    wait(session, kind, named(session, "Other"), first_on=MONDAY + timedelta(days=5))
    free(session, visit, now)
    with db.transaction():
        waiting.answer_link(session, offers(session)[0].public_id, "accept")
    later, mover = fresh(later), fresh(mover)
    assert (later.starts_at, mover.booked_id, mover.state) == (at(10), later.id, "booked")
    now.shift(MINUTE)
    run_jobs()
    assert rows(session) == [("Mover", "accepted"), ("Other", "open")]
    assert offers(session)[1].starts_at == at(10, day=MONDAY + timedelta(days=7))


def test_who_has_another_visit_at_that_time_is_passed_over_a9(session, visit, kind, now):
    busy = named(session, "Busy")
    factories.make_appointment(session, busy, starts_at=at(10, 15))
    wait(session, kind, busy, minutes_ago=60)
    wait(session, kind, named(session, "Free"))
    free(session, visit, now)
    assert rows(session) == [("Free", "open")]


def test_a_visit_that_came_in_between_at_that_time_is_a_clash_that_changes_nothing_a9(
    session, visit, kind, now
):
    entry = wait(session, kind)
    free(session, visit, now)
    factories.make_appointment(session, fresh(entry).patient, starts_at=at(10, 15))
    with db.transaction():
        assert waiting.answer_link(session, offers(session)[0].public_id, "accept") == ("clash", False)
    assert (fresh(entry).state, offers(session)[0].state, len(held(session))) == ("open", "open", 1)


def test_a_longer_visit_is_not_offered_a_short_place_and_two_short_ones_share_a_long_one_a9(
    session, provider, kind, now
):
    long, short = (factories.make_visit_type(session, minutes=minutes) for minutes in (90, 15))
    for start, minutes in ((at(8), 120), (at(10, 30), 450)):
        factories.make_appointment(session, provider=provider, starts_at=start, minutes=minutes)
    visit = scheduling.book(session, factories.make_patient(session), provider, kind, at(10))
    wait(session, long, named(session, "Long"), priority=1)
    for name in ("One", "Two"):
        wait(session, short, named(session, name))
    free(session, visit, now)
    with db.transaction():
        waiting.answer_link(session, offers(session)[0].public_id, "accept")
    run_jobs()
    assert rows(session) == [("One", "accepted"), ("Two", "open")]
    assert offers(session)[1].starts_at == at(10, 15)


@pytest.mark.parametrize("how", ["no consent", "STOP"])
def test_who_may_not_be_written_to_is_never_offered_by_message_and_the_desk_is_asked_to_call_a11(
    session, visit, kind, now, how
):
    consent = {"sms_consent_at": None, "email_consent_at": None} if how == "no consent" else {}
    silent = named(session, "Silent", phone="+15550100188", email="silent@example.com", **consent)
    if how == "STOP":
        messages.opt_out(session, "sms", silent.phone, "by text")
        messages.opt_out(session, "email", silent.email, "by link")
    wait(session, kind, silent)
    free(session, visit, now)
    assert (rows(session), held(session)) == ([], [])
    assert session.scalars(select(Message).where(Message.kind == "offer")).all() == []
    task = session.scalars(select(Task)).one()
    assert (task.kind, task.patient_id) == ("wait_list", silent.id)
    assert "Tuesday 03/10/2026, 10:00 AM with Helen Adams, MD" in task.sentence


def test_e_mail_is_taken_where_text_messages_are_refused_a11(session, visit, kind, now):
    wait(session, kind, named(session, "Mail", sms_consent_at=None))
    free(session, visit, now)
    assert offers(session)[0].channel == "email"


def test_in_the_quiet_hours_the_place_is_held_and_the_message_waits_for_their_end_a11(
    session, visit, kind, now
):
    seed_rules(session)
    wait(session, kind)
    now.move_to(at(21, 30, day=MONDAY))
    free(session, visit, now)
    (offer,) = offers(session)
    assert (offer.state, offer.send_at, offer.expires_at) == ("held", at(8), at(8, 20))
    assert len(held(session)) == 1
    assert session.scalars(select(Message).where(Message.kind == "offer")).all() == []
    now.move_to(at(8))
    run_jobs()
    assert rows(session) == [("Whitfield", "open")]
    assert "by Tuesday, March 10, 8:20 AM PDT" in text_of(session)


def test_a_stop_that_comes_in_the_night_withdraws_the_offer_and_asks_the_next_a11(session, visit, kind, now):
    seed_rules(session)
    entry = wait(session, kind, named(session, "Stop"), minutes_ago=5)
    wait(session, kind, named(session, "Next"))
    now.move_to(at(21, 30, day=MONDAY))
    free(session, visit, now)
    with db.transaction():
        patient = fresh(entry.patient)
        patient.sms_consent_at = patient.email_consent_at = None
    now.move_to(at(8))
    run_jobs()
    assert rows(session) == [("Stop", "withdrawn"), ("Next", "open")]


def test_undo_within_the_minute_takes_the_place_back_before_anybody_is_written_to_a1_a9(
    session, visit, kind, now
):
    wait(session, kind)
    with db.transaction():
        cancel(session, visit)
    with db.transaction():
        scheduling.undo(session, visit, visit.version)
    now.shift(MINUTE)
    run_jobs()
    assert (fresh(visit).status, rows(session)) == ("booked", [])


def test_a_moved_visit_frees_its_old_place_a9(session, visit, kind, now):
    wait(session, kind)
    with db.transaction():
        scheduling.move(session, visit, visit.version, starts_at=at(10, day=MONDAY + timedelta(days=8)))
    now.shift(MINUTE)
    run_jobs()
    assert [offer.starts_at for offer in offers(session)] == [at(10)]


def test_what_is_left_of_a_long_visit_whose_patient_did_not_come_is_offered_a9(session, provider, kind, now):
    long = factories.make_visit_type(session, minutes=120)
    missed = scheduling.book(
        session, factories.make_patient(session), provider, long, at(10, 30, day=MONDAY), accepted=("past",)
    )
    factories.make_appointment(session, provider=provider, starts_at=at(12, 30, day=MONDAY), minutes=330)
    wait(session, kind, notice_hours=0)
    with db.transaction():
        scheduling.no_show(session, missed, missed.version)
    now.shift(MINUTE)
    run_jobs()
    assert [offer.starts_at for offer in offers(session)] == [at(11, 15, day=MONDAY)]


def test_the_clinic_may_switch_offers_off_and_set_how_long_a_place_is_held_a9(session, visit, kind, now):
    wait(session, kind)
    waiting.set_policy(session, version=0, active=False, hold_minutes=45)
    free(session, visit, now)
    assert rows(session) == []
    with pytest.raises(waiting.WaitingError, match="5 to 240"):
        waiting.set_policy(session, version=1, active=True, hold_minutes=500)


def test_the_desk_offers_one_free_place_by_hand_and_nobody_else_is_asked_after_it_a9(
    session, provider, kind, now
):
    entry = wait(session, kind, named(session, "Chosen"))
    wait(session, kind, named(session, "Other"))
    opening = waiting.openings_for(session, entry)[0]
    with db.transaction():
        offer = waiting.offer_by_hand(session, entry, opening, waiting.Way("https://x.example.com", True))
    with db.transaction():
        again = waiting.offer_by_hand(session, entry, opening, waiting.Way("https://x.example.com", True))
    assert again is offer
    with db.transaction():
        assert waiting.withdraw(session, offer, "Rosa Delgado")
    run_jobs()
    assert rows(session) == [("Chosen", "withdrawn")]
    assert offer.ended_by == "Rosa Delgado"


def test_a_place_is_booked_at_the_desk_for_an_entry_and_twice_is_once_a9(session, provider, kind):
    entry = wait(session, kind)
    opening = waiting.openings_for(session, entry)[0]
    booked = waiting.book_free(session, entry, opening)
    assert waiting.book_free(session, entry, opening) is booked
    assert (entry.state, booked.starts_at) == ("booked", opening.starts_at)


def test_an_entry_that_is_taken_off_while_a_place_is_offered_gives_the_place_to_the_next_a9(
    session, visit, kind, now
):
    gone = wait(session, kind, named(session, "Gone"), minutes_ago=9)
    wait(session, kind, named(session, "Next"))
    free(session, visit, now)
    with db.transaction():
        waiting.remove(session, gone, gone.version, "Went elsewhere")
    run_jobs()
    assert rows(session) == [("Gone", "withdrawn"), ("Next", "open")]


def test_a_clock_that_jumped_over_the_end_of_an_offer_is_noticed_by_the_look_of_every_few_minutes_a9(
    session, visit, kind, now
):
    wait(session, kind)
    free(session, visit, now)
    clock.set_days_ahead(1)
    assert waiting.overdue(session) == [offers(session)[0].id]


def test_a_message_of_the_night_waits_for_the_clinics_own_morning_across_a_change_of_the_clocks_a8(
    session, now
):
    seed_rules(session)
    night = clock.at(date(2027, 3, 13), time(23))
    assert send_at(session, night) == clock.at(date(2027, 3, 14), time(8))
    assert send_at(session, night) - night == timedelta(hours=8)
