"""The demo's messages have every state, an answer of each kind and the tasks that follow (A11)."""

import random
from collections import Counter
from datetime import time, timedelta
from types import SimpleNamespace

from sqlalchemy import select

from clinic import clock
from clinic.demo import written
from clinic.models import Appointment, InboundMessage, Message, Task
from tests import factories


def test_some_reminders_are_delivered_answered_failed_and_waiting(session):
    factories.make_practice(session)
    start = clock.at(clock.today() + timedelta(days=3), time(9))
    for number in range(24):
        patient = factories.make_patient(session, phone=f"+155501001{number:02d}")
        factories.make_appointment(session, patient, starts_at=start)
    written.fill(SimpleNamespace(dice=random.Random(7)), "https://clinic.example.com")
    states = Counter(session.scalars(select(Message.state)))
    assert states == {
        "delivered": written.DELIVERED,
        "undeliverable": 1,
        "queued": written.COUNT - written.DELIVERED - 1,
    }
    assert session.scalars(select(InboundMessage.meaning).order_by(InboundMessage.id)).all() == [
        "confirm",
        "move",
        "unknown",
    ]
    assert set(session.scalars(select(Task.kind))) == {"undeliverable", "move", "reply"}
    assert Counter(session.scalars(select(Appointment.status)))["confirmed"] == 1
