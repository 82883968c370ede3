"""A clinic that is booked online: one provider, one visit type, and what a visitor types."""

import json
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select

from clinic import clock, db, messages, online
from clinic.db import new_public_id
from clinic.models import Message, OnlinePolicy, OnlineRequest
from tests import factories

NOW = datetime(2026, 3, 9, 17, 40, tzinfo=UTC)  # Monday, 10:40 in the clinic
TUESDAY = date(2026, 3, 10)
WEDNESDAY = date(2026, 3, 11)
BASE = "https://clinic.example.com"
TYPED = {
    "first_name": "Nora",
    "last_name": "Ostrom",
    "born_on": "1984-03-15",
    "phone": "+15550100163",
    "email": "nora.ostrom@example.com",
    "sex": "F",
    "address": "9 Birch Ln",
    "city": "Portland",
    "state": "OR",
    "zip": "97205",
    "insurance": "",
    "member_id": "",
    "reason": "Check my knee",
    "answer": "",
}


def ready(session, **policy: Any):
    """A provider who works and a visit type for everybody, both offered online."""
    factories.make_practice(session)
    session.add(
        OnlinePolicy(
            **{"id": 1, "active": True, "notice_hours": 2, "ahead_days": 30, "book_new": False} | policy
        )
    )
    provider = factories.make_provider(session, first_name="Helen", last_name="Adams")
    kind = factories.make_visit_type(session, name="Follow-up", minutes=30, online=True)
    return provider, kind


def at(hour: int, minute: int = 0, day: date = WEDNESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


def place(provider, start: datetime) -> str:
    return f"{clock.local(start):%Y-%m-%dT%H:%M}~{provider.public_id}"


def asked(**changes: Any) -> online.Asked:
    typed = TYPED | changes.pop("typed", {})
    values = {
        "typed": typed,
        "says_new": True,
        "channel": "email",
        "language": "en",
        "agreed_sms": False,
        "agreed_email": True,
    }
    return online.Asked(**(values | changes))


def begin(session, provider, kind, start: datetime, **changes: Any) -> OnlineRequest:
    key = changes.pop("key", new_public_id())
    held = online.keep(session, kind, place(provider, start), key=key)
    return online.begin(session, held, asked(**changes), key=key)


def code_of(session, request: OnlineRequest) -> str:
    """The newest code that was written to the contact."""
    key = f"online-code-{request.public_id}-{request.codes_sent}"
    body = json.loads(session.scalars(select(Message).where(Message.key == key)).one().body())
    return str(body["subject"].rpartition(" ")[2])


def hand_in(session, provider, kind, start: datetime, **changes: Any) -> OnlineRequest:
    request = begin(session, provider, kind, start, **changes)
    request, outcome = online.check_code(session, request.public_id, code_of(session, request), BASE)
    assert outcome == "done"
    return request


__all__ = ["asked", "at", "begin", "code_of", "db", "hand_in", "messages", "place", "ready", "timedelta"]
