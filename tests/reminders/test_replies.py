"""Replies by text message: C, R, X in two languages, the law's words for no more, and the rest for a person (A11)."""

import json
from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, db, messages, reminders
from clinic.models import Appointment, AppointmentMove, AuditEvent, InboundMessage, Message, Task
from tests.reminders.house import PHONE, agreed, ready, visit, write_due

NOW = clock.at(date(2027, 6, 8), time(10, 5))
START = clock.at(date(2027, 6, 9), time(10))


@pytest.fixture
def clinic(session):
    ready(session)
    with time_machine.travel(NOW, tick=False):
        yield session


@pytest.fixture
def reminded(clinic):
    made = visit(clinic, START)
    sent()
    return made


def sent():
    """Write what is due, and have it taken by the service."""
    write_due()
    with db.transaction() as current:
        for message in current.scalars(select(Message).where(Message.state == "queued")):
            message.state = "sent"


def reply(text, number="SM1", sender=PHONE):
    with db.transaction() as current:
        return reminders.take_reply(current, number, sender, text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("C", "confirm"), (" c. ", "confirm"), ("Yes!", "confirm"), ("Sí", "confirm"), ("CONFIRMAR", "confirm"),
        ("r", "move"), ("Cambiar", "move"), ("X", "cancel"), ("x.", "cancel"),
        ("STOP", "stop"), ("Stop.", "stop"), ("opt out", "stop"), ("Opt-Out", "stop"), ("END", "stop"), ("revoke", "stop"),
        ("Unsubscribe", "stop"), ("cancel", "stop"), ("ALTO", "stop"), ("start", "start"), ("UNSTOP", "start"),
        ("help", "help"), ("Ayuda", "help"), ("", "unknown"), ("C you later", "unknown"), ("cancelar", "unknown"),
        ("yes but later", "unknown"), ("👍", "unknown"), ("x" * 5000, "unknown"),
    ],
)  # fmt: skip
def test_only_a_message_of_one_known_word_has_a_meaning(text, said):
    assert reminders.meaning(text) == said


def test_c_confirms_and_says_when(reminded, clinic):
    answer = reply("C")
    assert reminded.status == "confirmed"
    assert answer == "Thank you. Wednesday, June 9, 10:00 AM PDT is confirmed."
    move = clinic.scalars(select(AppointmentMove).order_by(AppointmentMove.id.desc())).first()
    assert (move.to_status, move.user_id) == ("confirmed", None)
    assert (
        clinic.scalar(select(AuditEvent.actor).where(AuditEvent.action == "appointment.confirmed"))
        == "text message"
    )


def test_a_spanish_patient_is_answered_in_spanish(clinic):
    visit(clinic, START, agreed(clinic, language="es"))
    sent()
    assert reply("Sí").startswith("Gracias. Su cita está confirmada: miércoles 9 de junio")


def test_r_leaves_the_visit_and_asks_the_desk(reminded, clinic):
    assert "stays yours" in reply("R")
    assert reminded.status == "booked"
    task = clinic.scalars(select(Task)).one()
    assert (task.kind, task.appointment_id) == ("move", reminded.id)


def test_x_in_time_cancels(clinic):
    early = visit(clinic, START)
    early.visit_type.late_cancel_hours = 2
    sent()
    assert reply("X").startswith("Cancelled: Wednesday")
    assert early.status == "cancelled_patient"


def test_x_inside_the_notice_period_is_a_task_a2(reminded, clinic):
    assert "We will call you" in reply("X")
    assert reminded.status == "booked"
    assert clinic.scalars(select(Task.kind)).all() == ["late_cancel"]


@pytest.mark.parametrize("text", ["C", "R", "X", "STOP", "what?"])
def test_the_same_message_twice_changes_once_and_is_answered_the_same(reminded, clinic, text):
    first = reply(text)
    counted = [count(clinic, model) for model in (AppointmentMove, Task, AuditEvent)]
    assert reply(text) == first
    assert [count(clinic, model) for model in (AppointmentMove, Task, AuditEvent)] == counted
    assert count(clinic, InboundMessage) == 1


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


@pytest.mark.parametrize("word", ["STOP", "end", "Revoke", "opt out", "cancel"])
def test_each_word_of_the_law_ends_the_messages_and_gets_no_answer(reminded, clinic, word):
    assert reply(word) == ""
    assert messages.opted_out(clinic, "sms", PHONE)
    assert reminded.status == "booked"
    # CANCEL alone may have meant the visit, so a person asks.
    assert count(clinic, Task) == (1 if word == "cancel" else 0)


def test_start_takes_a_stop_back_and_yes_does_so_for_one_who_stopped(reminded, clinic):
    reply("STOP")
    assert "reminders again" in reply("START", "SM2")
    assert not messages.opted_out(clinic, "sms", PHONE)
    reply("STOP", "SM3")
    reply("YES", "SM4")
    assert not messages.opted_out(clinic, "sms", PHONE)
    assert reminded.status == "booked"


def test_help_says_who_writes_and_changes_nothing(reminded, clinic):
    assert reply("HELP").startswith("Riverside Family Medicine: call")
    assert count(clinic, Task) == 0


def test_an_unknown_text_is_a_task_and_is_kept_sealed(reminded, clinic):
    assert "will call you" in reply("is parking free?")
    row = clinic.scalars(select(InboundMessage)).one()
    assert b"parking" not in row.body_sealed
    assert json.loads(row.body())["text"] == "is parking free?"
    assert clinic.scalars(select(Task)).one().patient_id == reminded.patient_id


def test_a_phone_with_two_reminded_visits_is_asked_by_a_person(clinic):
    visit(clinic, START)
    visit(clinic, START - timedelta(minutes=30), agreed(clinic, first_name="Ana"))
    sent()
    assert "will call you" in reply("C")
    assert set(clinic.scalars(select(Appointment.status))) == {"booked"}
    assert "several visits fit" in clinic.scalars(select(Task)).one().sentence


def test_a_stranger_changes_nothing_and_is_a_task(reminded, clinic):
    reply("C", sender="+15550100199")
    assert reminded.status == "booked"
    assert clinic.scalars(select(Task)).one().patient_id is None


def test_an_answer_to_a_visit_that_moved_since_confirms_nothing(reminded, clinic):
    with db.transaction():
        reminded.starts_at += timedelta(hours=-1)
    reply("C")
    assert (reminded.status, count(clinic, Task)) == ("booked", 1)


def test_an_answer_to_a_visit_that_was_cancelled_confirms_nothing(reminded, clinic):
    with db.transaction():
        reminded.status = "cancelled_clinic"
    reply("C")
    assert (reminded.status, count(clinic, Task)) == ("cancelled_clinic", 1)


def test_a_spanish_word_for_no_more_is_answered_once_for_the_service_does_not_know_it_tcpa(clinic):
    visit(clinic, START, agreed(clinic, language="es"))
    sent()
    assert reply("ALTO").startswith("Riverside Family Medicine: no recibirá más mensajes de texto.")
    assert messages.opted_out(clinic, "sms", PHONE)
    assert reply("baja", "SM2") == ""
    reply("¿y el jueves?", "SM4")
    assert clinic.scalars(select(Task)).one().sentence.endswith("call in Spanish.")
    assert reply("ayuda", "SM3", sender="+15550100199").startswith("Riverside Family Medicine: llame al")


@pytest.mark.parametrize(("text", "tasks"), [("C", 0), ("R", 1), ("what?", 1)])
def test_who_said_stop_is_heard_and_written_nothing_more_tcpa(reminded, clinic, text, tasks):
    reply("STOP")
    assert reply(text, "SM2") == ""
    assert count(clinic, Task) == tasks
    assert reminded.status == ("confirmed" if text == "C" else "booked")


def test_start_promises_nothing_where_no_consent_is_on_file_and_a_person_asks_tcpa(reminded, clinic):
    reply("STOP")
    with db.transaction() as current:
        messages.agree(current, reminded.patient, "sms", yes=False)
    assert "will call you" in reply("START", "SM2")
    assert not messages.opted_out(clinic, "sms", PHONE)
    task = clinic.scalars(select(Task)).one()
    assert (task.patient_id, "no consent is on file" in task.sentence) == (reminded.patient_id, True)


def test_answers_are_signed_with_the_name_that_the_reminders_bear(reminded, clinic):
    with db.transaction():
        reminders.policy(clinic).sender_name = "Riverside"
    assert reply("HELP").startswith("Riverside: call")
