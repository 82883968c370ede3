"""What becomes of a message: taken once, tried again, delivered, or a task for a person (A11)."""

import base64
import json
import socket
from datetime import date, time

import pytest
import time_machine
from aiosmtpd.controller import Controller
from sqlalchemy import select

from clinic import clock, db, messages, queue, scheduling, tasks
from clinic.db import ClinicError
from clinic.messages import sms
from clinic.models import Appointment, Message, Task, Work
from jobs import messages as jobs
from jobs import work
from tests.reminders.house import PHONE, TOKEN, agreed, ready, text_service, visit, write_due

NOON = clock.at(date(2027, 6, 8), time(10, 5))


@pytest.fixture
def clinic(session):
    ready(session)
    return session


@pytest.fixture
def service(environment, monkeypatch):
    with text_service() as running:
        for name, value in running.environment().items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture
def reminded(clinic, service):
    """One text message that waits for its job."""
    with time_machine.travel(NOON, tick=False):
        visit(clinic, clock.at(date(2027, 6, 9), time(10)))
        assert write_due() == 1
        yield clinic.scalars(select(Message)).one()


def run(message):
    with db.transaction() as current:
        jobs.send(current, message.id)


def test_a_text_goes_out_by_the_services_protocol_once(reminded, service, session):
    work.drain()
    run(reminded)
    (asked,) = service.asked
    assert service.paths == ["/2010-04-01/Accounts/ACtest/Messages.json"]
    assert service.authorized == ["Basic " + base64.b64encode(f"ACtest:{TOKEN}".encode()).decode()]
    assert (asked["To"], asked["From"]) == (PHONE, "+15550100100")
    assert asked["StatusCallback"] == f"https://clinic.example.com/messages/sms/status?m={reminded.public_id}"
    assert (reminded.state, reminded.outside_id) == ("sent", f"SM{1:032d}")


def test_a_visit_whose_reminder_went_out_says_so_and_an_open_page_still_saves_a1_a11(
    reminded, service, session
):
    appointment = session.scalars(select(Appointment)).one()
    version = appointment.version
    run(reminded)
    session.expire_all()
    assert (appointment.status, appointment.version) == ("reminded", version)
    told = scheduling.history(session, appointment)
    assert (told[0].what, told[0].by) == ("Reminded", "system")
    scheduling.confirm(session, appointment, version)
    assert appointment.status == "confirmed"
    scheduling.undo(session, appointment, appointment.version)
    assert appointment.status == "reminded"


def test_a_visit_that_was_confirmed_before_its_reminder_stays_confirmed_a1(reminded, service, session):
    appointment = session.scalars(select(Appointment)).one()
    scheduling.confirm(session, appointment, appointment.version)
    session.flush()
    run(reminded)
    session.expire_all()
    assert appointment.status == "confirmed"


def test_a_worker_that_was_killed_after_the_service_took_the_text_does_not_send_it_twice(reminded, service):
    body = json.loads(reminded.body())
    service.asked.append({"To": body["to"], "Body": body["text"]})
    row = db.session.scalars(select(Work).where(Work.job == "jobs.messages.send")).one()
    row.state, row.attempts = "running", 2
    run(reminded)
    assert len(service.asked) == 1
    assert (reminded.state, reminded.outside_id) == ("sent", f"SM{1:032d}")


@pytest.mark.parametrize("code", [21211, 21614, 30006])
def test_a_number_that_the_service_refuses_becomes_a_task(reminded, service, session, code):
    service.refuse = code
    run(reminded)
    assert reminded.state == "undeliverable"
    task = session.scalars(select(Task)).one()
    assert (task.kind, task.patient_id, task.state) == ("undeliverable", reminded.patient_id, "open")
    assert reminded.reason in task.sentence


def test_a_refusal_because_of_stop_is_kept_as_an_opt_out(reminded, service, session):
    service.refuse = sms.OPTED_OUT
    run(reminded)
    assert messages.opted_out(session, "sms", PHONE)


@pytest.mark.parametrize("status", [401, 429, 500, 503])
def test_a_service_that_is_busy_or_does_not_know_us_is_tried_again(reminded, service, status):
    service.status = status
    with pytest.raises(messages.NotSent):
        run(reminded)
    assert reminded.state == "queued"


def test_after_the_last_try_a_message_has_failed_and_is_a_task_and_can_be_sent_by_hand(
    reminded, service, session
):
    service.status = 503
    row = session.scalars(select(Work).where(Work.job == "jobs.messages.send")).one()
    row.state, row.attempts = "running", queue.MAX_ATTEMPTS
    run(reminded)
    assert (reminded.state, session.scalars(select(Task.kind)).all()) == ("failed", ["undeliverable"])
    service.status, row.state = 201, "done"
    with db.transaction() as current:
        messages.send_again(current, reminded)
        messages.send_again(current, reminded)
    work.drain()
    assert (reminded.state, len(service.asked)) == ("sent", 1)
    message = session.scalars(select(Message)).one()
    with pytest.raises(ClinicError, match="Only a message that failed"):
        messages.send_again(session, message)


def test_without_an_account_no_text_is_written_and_mail_goes_on(clinic, environment):
    with time_machine.travel(clock.at(date(2027, 6, 6), time(10, 5)), tick=False):
        visit(clinic, clock.at(date(2027, 6, 9), time(10)))
        with db.transaction() as current:
            jobs.remind(current, 0)
    assert [each.channel for each in clinic.scalars(select(Message))] == ["email"]


def test_a_stop_between_writing_and_sending_withdraws_the_message(reminded, service, session):
    messages.opt_out(session, "sms", PHONE, "STOP")
    run(reminded)
    assert (reminded.state, service.asked) == ("withdrawn", [])
    assert reminded.reason == "The patient asked for no more messages"


@pytest.mark.parametrize("kind", ["recall", "offer"])
def test_a_stop_withdraws_everything_that_lives_by_consent(reminded, service, session, kind):
    with db.transaction():
        reminded.kind, reminded.appointment_id = kind, None
    messages.opt_out(session, "sms", PHONE, "STOP")
    run(reminded)
    assert (reminded.state, service.asked) == ("withdrawn", [])


@pytest.mark.parametrize(
    ("kind", "state"), [("reminder", "queued"), ("recall", "queued"), ("online", "sent")]
)
def test_what_is_late_waits_for_the_end_of_the_quiet_hours_and_an_answer_that_was_asked_for_does_not_a11(
    reminded, service, session, kind, state
):
    with db.transaction():
        reminded.kind, reminded.appointment_id = kind, None
    night = clock.at(date(2027, 6, 8), time(20, 30))
    with time_machine.travel(night, tick=False):
        run(reminded)
        run(reminded)
    assert reminded.state == state
    later = select(Work.due_at).where(Work.key.startswith("message-later-"))
    assert session.scalars(later).all() == (
        [clock.at(date(2027, 6, 9), time(8))] if state == "queued" else []
    )
    with time_machine.travel(clock.at(date(2027, 6, 9), time(8)), tick=False):
        run(reminded)
    assert (reminded.state, len(service.asked)) == ("sent", 1)


@pytest.mark.parametrize(
    ("steps", "state"),
    [
        (["queued", "sent", "delivered"], "delivered"),
        (["delivered", "sent", "undelivered"], "delivered"),
        (["sent", "undelivered", "delivered"], "undeliverable"),
        (["failed"], "failed"),
        (["made-up"], "sent"),
    ],
)
def test_what_the_service_tells_moves_a_message_forward_only(reminded, service, session, steps, state):
    run(reminded)
    for step in steps:
        assert messages.outlook(session, reminded.public_id, step, 30003 if step != "delivered" else 0)
    assert reminded.state == state
    expected = 1 if state in ("undeliverable", "failed") else 0
    assert tasks.count_open(session) == expected


def test_news_of_a_strange_message_is_not_ours(session):
    assert not messages.outlook(session, "x" * 22, "delivered", 0)


def test_the_address_and_the_text_are_sealed(reminded):
    assert PHONE.encode() not in reminded.body_sealed
    assert PHONE.encode() not in (reminded.to_index or b"")


def test_a_mail_server_that_knows_no_such_address_makes_it_undeliverable(clinic, environment, monkeypatch):
    class Refusing:
        async def handle_RCPT(self, server, session, envelope, address, options):
            return "550 no such person"

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    running = Controller(Refusing(), hostname="127.0.0.1", port=port)
    running.start()
    try:
        with db.transaction() as current:
            message = messages.write(
                current, "note", to="a@example.com", text="x", key="k", patient_id=agreed(clinic).id
            )
            messages.deliver(
                current, message.id, messages.MailServer("127.0.0.1", port, "x@example.com"), None
            )
    finally:
        running.stop()
    assert (message.state, clinic.scalars(select(Task.kind)).all()) == ("undeliverable", ["undeliverable"])


def test_the_same_cause_writes_one_message(clinic):
    with db.transaction() as current:
        made = [messages.write(current, "note", to="a@example.com", text="x", key="one") for _ in range(2)]
    assert made[0] is made[1]


def test_a_task_is_asked_for_once_and_done_once(clinic):
    with db.transaction() as current:
        one = tasks.add(current, "reply", "Call.", key="t")
        assert tasks.add(current, "reply", "Call again.", key="t").id == one.id
    with db.transaction() as current:
        tasks.done(current, one, one.version, "called")
        tasks.done(current, one, 1, "called")
    with pytest.raises(tasks.TaskChanged), db.transaction() as current:
        tasks.reopen(current, one, 1)
    assert (one.state, one.note) == ("done", "called")
