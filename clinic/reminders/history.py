"""What was written to a patient and what came back, in one list."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import messages
from clinic.models import InboundMessage, Message

SHOWN = 50


@dataclass(frozen=True)
class Line:
    """One message; `state` is its word and tone, `answer` what we answered to one that came."""

    came: bool
    at: datetime
    kind: str
    channel: str
    state: tuple[str, str]
    reason: str
    text: str
    answer: str
    public_id: str


def exchanged(session: Session, patient_id: int, appointment_id: int | None = None) -> list[Line]:
    """Both directions, newest first; of one visit when it is named."""
    sent = select(Message).where(Message.patient_id == patient_id)
    came = select(InboundMessage).where(InboundMessage.patient_id == patient_id)
    if appointment_id is not None:
        sent = sent.where(Message.appointment_id == appointment_id)
        came = came.where(InboundMessage.appointment_id == appointment_id)
    lines = [_sent(row) for row in session.scalars(sent.order_by(Message.id.desc()).limit(SHOWN))]
    lines += [_came(row) for row in session.scalars(came.order_by(InboundMessage.id.desc()).limit(SHOWN))]
    return sorted(lines, key=lambda line: line.at, reverse=True)[:SHOWN]


def _sent(row: Message) -> Line:
    body = json.loads(row.body())
    return Line(
        False,
        row.sent_at or row.created_at,
        row.kind,
        row.channel,
        messages.STATES[row.state],
        row.reason,
        body["text"],
        "",
        row.public_id,
    )


def _came(row: InboundMessage) -> Line:
    body = json.loads(row.body())
    return Line(
        True,
        row.came_at,
        row.meaning,
        "sms",
        ("Came", "info"),
        "",
        body["text"],
        body["answer"],
        row.public_id,
    )
