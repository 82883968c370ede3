"""The audit trail: who did what to whose data, chained so that a change is found (H2, trust T3, T4).

`record` registers an event; it is written as the last thing of the surrounding transaction, because the chain's
lock must be held as briefly as possible. Each row's MAC covers the row and the MAC before it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic import clock, db, keys
from clinic.models import AuditEvent

CHAIN_LOCK = 4_207_116


@dataclass(frozen=True)
class Actor:
    """Who acts: a signed-in user, or the system with the name of its job."""

    user_id: int | None
    label: str
    session_id: int | None = None
    address: str = ""


SYSTEM = Actor(None, "system")
_actor: ContextVar[Actor] = ContextVar("actor", default=SYSTEM)


def actor() -> Actor:
    """Who acts in this request or job."""
    return _actor.get()


def set_actor(who: Actor) -> None:
    _actor.set(who)


@contextmanager
def acting_as(who: Actor) -> Iterator[None]:
    """Act as somebody for a block: jobs, commands and tests."""
    token = _actor.set(who)
    try:
        yield
    finally:
        _actor.reset(token)


def record(
    session: Session,
    action: str,
    *,
    patients: Iterable[int] = (),
    subject: str = "",
    category: str = "",
    outcome: str = "done",
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Add an event to the chain when the transaction commits.

    `action` is `noun.verb` (`coverage.change`), `subject` our own id of the row (`claim:R26-000123`), `category`
    what kind of patient data was touched, `changes` before and after of the fields that changed, without secrets.
    """
    waiting = session.info.setdefault("audit_events", [])
    if not waiting:
        db.before_commit(session, _write)
    who = actor()
    waiting.append(
        AuditEvent(
            at=clock.wall_now(),
            user_id=who.user_id,
            actor=who.label,
            session_id=who.session_id,
            address=who.address,
            action=action,
            category=category,
            patient_ids=sorted(set(patients)),
            subject=subject,
            outcome=outcome,
            changes=json.loads(json.dumps(dict(changes or {}), default=str)),
        )
    )


def _write(session: Session) -> None:
    events: list[AuditEvent] = session.info.pop("audit_events", [])
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    last = session.execute(
        select(AuditEvent.id, AuditEvent.mac).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    number, before = (last.id, last.mac) if last else (0, b"")
    for event in events:
        number += 1
        event.id = number
        event.mac = before = _mac(event, before)
    session.add_all(events)


def _mac(event: AuditEvent, before: bytes) -> bytes:
    row = [
        event.id,
        event.at.astimezone(UTC).isoformat(),
        event.user_id,
        event.actor,
        event.session_id,
        event.address,
        event.action,
        event.category,
        list(event.patient_ids),
        event.subject,
        event.outcome,
        event.changes,
    ]
    body = json.dumps(row, sort_keys=True, separators=(",", ":")).encode()
    return keys.mac("audit", before + body)


@dataclass(frozen=True)
class ChainResult:
    """Whether the chain holds, how many rows were walked, and the first row that is wrong."""

    ok: bool
    count: int
    first_wrong: int | None
    detail: str


def verify_chain(session: Session) -> ChainResult:
    """Walk the whole chain: finds an edited, deleted, inserted or swapped row and names the first (trust T3)."""
    before, count = b"", 0
    query = select(AuditEvent).order_by(AuditEvent.id).execution_options(yield_per=2000)
    # Closed at the first fault too, or its cursor would stay open on the server.
    with session.scalars(query) as rows:
        for event in rows:
            count += 1
            if event.id != count:
                return ChainResult(False, count - 1, count, f"row {count} is missing")
            if event.mac != _mac(event, before):
                return ChainResult(False, count, event.id, f"row {event.id} was changed")
            before = event.mac
            session.expunge(event)
    return ChainResult(True, count, None, f"{count} rows, unbroken")


def tail_code(session: Session) -> str:
    """A short code of the newest row, for the day sheet: a copy outside the database that shows a cut tail."""
    last = session.execute(
        select(AuditEvent.id, AuditEvent.mac).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    if last is None:
        return "0-EMPTY"
    return f"{last.id}-{hashlib.sha256(last.mac).hexdigest()[:8].upper()}"


def events_of_patient(session: Session, patient_id: int, *, limit: int = 200) -> list[AuditEvent]:
    """Who saw and changed one patient's data, newest first."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.patient_ids.contains([patient_id]))
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
