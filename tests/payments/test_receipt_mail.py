"""The receipt by mail: written once, really sent over SMTP, kept by the demo's mail server (T5, step 10)."""

import json
import socket
from email import message_from_bytes, policy

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select

from clinic import db, messages, payments
from clinic.demo.mail_sink import Keep
from clinic.models import Message
from jobs import work
from tests import factories
from tests.payments.house import D, household


@pytest.fixture
def sink(config, environment, monkeypatch):
    """The demo's own handler on a free port, and jobs that send there."""
    folder = config.data_folder / "mail"
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(Keep(folder), hostname="127.0.0.1", port=port)
    server.start()
    monkeypatch.setenv("CLINIC_SMTP_PORT", str(port))
    yield folder
    server.stop()
    for path in folder.glob("*.eml"):
        path.unlink()


def pay(session, house, *, language="en", email="maria@example.com"):
    with db.transaction() as current:
        payment = payments.begin(current, house.statement, D("20.00"), language=language, key="k")
    checkout = {
        "id": "cs_1",
        "status": "complete",
        "payment_status": "paid",
        "amount_total": 2000,
        "currency": "usd",
        "payment_intent": "pi_1",
        "customer_details": {"email": email},
    }
    with db.transaction() as current:
        payments.take_answer(current, payment, checkout)
    return payment


@pytest.fixture
def house(session):
    factories.make_practice(session)
    return household(session)


def kept(folder):
    return [message_from_bytes(path.read_bytes(), policy=policy.default) for path in folder.glob("*.eml")]


def test_a_paid_bill_sends_one_receipt_without_a_word_about_the_visit(session, house, sink):
    payment = pay(session, house)
    work.drain()
    (mail,) = kept(sink)
    text = mail.get_content()
    assert (mail["To"], mail["Subject"]) == ("maria@example.com", "Your payment to Riverside Family Medicine")
    assert "We received $20.00" in text
    assert payments.confirmation(payment) in text
    assert "Still to pay: $32.00" in text
    for word in ("Daniel", "Whitfield", "99214", "deductible", house.patient.mrn):
        assert word not in text


def test_a_spanish_payer_gets_a_spanish_receipt(session, house, sink):
    pay(session, house, language="es")
    work.drain()
    (mail,) = kept(sink)
    assert "Número de confirmación" in mail.get_content()


def test_a_message_that_was_sent_is_not_sent_again(session, house, sink, config):
    pay(session, house)
    work.drain()
    message = session.scalars(select(Message)).one()
    with db.transaction() as current:
        messages.deliver(current, message.id, messages.MailServer("127.0.0.1", 9, "x@example.com"), None)
    assert message.state == "sent"
    assert len(kept(sink)) == 1


def test_a_mail_server_that_is_down_leaves_the_payment_paid_and_the_mail_waiting(
    session, house, environment, monkeypatch
):
    monkeypatch.setenv("CLINIC_SMTP_PORT", "9")
    payment = pay(session, house)
    work.drain(limit=3)
    assert payment.state == "paid"
    assert session.scalars(select(Message)).one().state == "queued"


def test_the_stored_message_is_sealed(session, house, environment):
    pay(session, house)
    message = session.scalars(select(Message)).one()
    assert b"maria" not in message.body_sealed
    assert json.loads(message.body())["to"] == "maria@example.com"


def test_without_an_address_no_mail_is_written(session, house):
    pay(session, house, email=None)
    assert session.scalars(select(Message)).all() == []
