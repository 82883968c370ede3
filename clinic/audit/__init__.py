"""The audit trail: who did what to whose data, chained so that a change is found (H2, trust T3, T4).

`record` registers an event; it is written as the last thing of the surrounding transaction, because the chain's
lock must be held as briefly as possible. Each row's MAC covers the row and the MAC before it.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import UTC
from typing import Any, cast

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from clinic import clock, db, keys
from clinic.models import AuditEvent

CHAIN_LOCK = 4_207_116
# Both in one round trip; the second reads what was committed before the lock was given, not before it was asked for.
_LOCK = f"SELECT pg_advisory_xact_lock({CHAIN_LOCK});"
_LOCK_AND_LAST = _LOCK + "SELECT id, mac FROM audit_event ORDER BY id DESC LIMIT 1"  # noqa: S608  no value is put in
_TABLE = cast(Table, AuditEvent.__table__)
_INSERT = insert(_TABLE)
_CHAIN = select(_TABLE).order_by(_TABLE.c.id)


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
    if "audit_events" not in session.info or not db.waits_for(session, _write):
        # What a rolled back change had recorded goes with it, and must not keep the next event from being written.
        session.info["audit_events"] = []
        db.before_commit(session, _write)
    waiting = session.info["audit_events"]
    who = actor()
    waiting.append(
        {
            "at": clock.wall_now(),
            "user_id": who.user_id,
            "actor": who.label,
            "session_id": who.session_id,
            "address": who.address,
            "action": action,
            "category": category,
            "patient_ids": sorted(set(patients)),
            "subject": subject,
            "outcome": outcome,
            "changes": json.loads(json.dumps(dict(changes or {}), default=str)),
        }
    )


def record_row(
    session: Session, action: str, row: Any, patient_id: int, category: str, changes: Mapping[str, Any]
) -> None:
    """An event about one row of one patient's; its table and public id are the subject (`wait_entry:Zk3…`)."""
    subject = f"{row.__tablename__}:{row.public_id}"
    record(session, action, patients=[patient_id], subject=subject, category=category, changes=changes)


def _write(session: Session) -> None:
    rows: list[dict[str, Any]] = session.info.pop("audit_events", [])
    connection = session.connection()
    # Past the ORM and its unit of work: each page waits for these rows, and each other desk for the lock.
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(_LOCK_AND_LAST)
        cursor.nextset()
        number, before = cursor.fetchone() or (0, b"")
    for row in rows:
        number += 1
        row["id"] = number
        row["mac"] = before = _mac(row, before)
    connection.execute(_INSERT, rows)


def _mac(event: Mapping[Any, Any], before: bytes) -> bytes:
    row = [
        event["id"],
        event["at"].astimezone(UTC).isoformat(),
        event["user_id"],
        event["actor"],
        event["session_id"],
        event["address"],
        event["action"],
        event["category"],
        list(event["patient_ids"]),
        event["subject"],
        event["outcome"],
        event["changes"],
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
    # Closed at the first fault too, or its cursor would stay open on the server.
    with session.connection().execute(_CHAIN, execution_options={"yield_per": 2000}) as rows:
        for event in rows.mappings():
            count += 1
            if event["id"] != count:
                return ChainResult(False, count - 1, count, f"row {count} is missing")
            if event["mac"] != _mac(event, before):
                return ChainResult(False, count, event["id"], f"row {event['id']} was changed")
            before = event["mac"]
    return ChainResult(True, count, None, f"{count} rows, unbroken")


def tail_code(session: Session) -> str:
    """A short code of the newest row, for the day sheet: a copy outside the database that shows a cut tail."""
    last = session.execute(
        select(AuditEvent.id, AuditEvent.mac).order_by(AuditEvent.id.desc()).limit(1)
    ).first()
    if last is None:
        return "0-EMPTY"
    return f"{last.id}-{hashlib.sha256(last.mac).hexdigest()[:8].upper()}"


def events_of_patient(
    session: Session, patient_id: int, *, also: Iterable[int] = (), limit: int = 200
) -> list[AuditEvent]:
    """Who saw and changed one patient's data, newest first; `also` are the records merged into this one."""
    query = (
        select(AuditEvent)
        .where(AuditEvent.patient_ids.overlap([patient_id, *also]))
        .order_by(AuditEvent.id.desc())
        .limit(limit)
    )
    return list(session.scalars(query))
