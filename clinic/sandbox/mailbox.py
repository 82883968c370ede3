"""What the practice payer reads and writes: files in two folders, each read once and delivered once."""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import clock
from clinic.sandbox.tables import SandboxAnswer, SandboxCounter, SandboxFile
from clinic.x12 import Envelope


@dataclass(frozen=True, slots=True)
class Letter:
    """A file that was not read before."""

    name: str
    sha256: str
    content: bytes


def unread(session: Session, inbox: Path) -> list[Letter]:
    """Whole files in the clinic's `out` folder that are new by their bytes, in order of their names."""
    if not inbox.is_dir():
        return []
    known = set(session.scalars(select(SandboxFile.sha256)))
    found = []
    for path in sorted(inbox.iterdir()):
        if not path.is_file() or path.name.startswith(".") or path.name.endswith(".part"):
            continue
        state = path.stat()
        digest = _digest(path, state.st_mtime_ns, state.st_size)
        if digest not in known:
            known.add(digest)
            found.append(Letter(path.name, digest, path.read_bytes()))
    return found


@lru_cache(maxsize=8192)
def _digest(path: Path, _changed_at: int, _size: int) -> str:
    """The payer looks every few seconds; a file that did not change is not read again."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def note_read(session: Session, letter: Letter, kinds: str, note: str = "") -> None:
    """Remember a file by its digest, so that its bytes are answered once."""
    session.add(
        SandboxFile(sha256=letter.sha256, name=letter.name, kinds=kinds, note=note, read_at=clock.now())
    )


def next_number(session: Session, edi_id: str, kind: str) -> int:
    """The next of the payer's own numbers; the row lock keeps two turns from drawing the same."""
    statement = (
        insert(SandboxCounter)
        .values(edi_id=edi_id, kind=kind, last=1)
        .on_conflict_do_update(
            index_elements=["edi_id", "kind"], set_={"last": SandboxCounter.__table__.c.last + 1}
        )
        .returning(SandboxCounter.__table__.c.last)
    )
    return int(session.execute(statement).scalar_one())


def partner_of(envelope: Envelope) -> dict[str, str]:
    """Who wrote to us, as we keep it with a claim to write back later."""
    return {
        "id": envelope.sender_id.strip(),
        "qualifier": envelope.sender_qualifier,
        "own_id": envelope.receiver_id.strip(),
        "own_qualifier": envelope.receiver_qualifier,
    }


def reply_envelope(session: Session, partner: dict[str, Any]) -> Envelope:
    """The envelope of an answer to `partner`, with a number of its own and always marked as a test (Z1)."""
    return Envelope(
        sender_id=partner["own_id"],
        receiver_id=partner["id"],
        sender_qualifier=partner["own_qualifier"],
        receiver_qualifier=partner["qualifier"],
        control_number=next_number(session, "", "interchange"),
        created_at=clock.local(clock.now()).replace(tzinfo=None, second=0, microsecond=0),
        usage="T",
    )


def answer(session: Session, envelope: Envelope, kind: str, content: bytes) -> None:
    """Keep a written file until it is delivered."""
    session.add(
        SandboxAnswer(
            name=f"{kind}_{envelope.control_number:09d}.x12", kind=kind, made_at=clock.now(), content=content
        )
    )
    session.flush()


def waiting(session: Session) -> int:
    """How many written files are not delivered."""
    return len(session.scalars(select(SandboxAnswer.id).where(SandboxAnswer.delivered_at.is_(None))).all())


def deliver(session: Session, outbox: Path) -> list[str]:
    """Put the written files into the clinic's `in` folder; answers their names.

    Call it in a transaction after the one that wrote them: a crash in between delivers later, a crash after the
    rename delivers the same bytes under the same name, which the clinic recognises.
    """
    outbox.mkdir(parents=True, exist_ok=True, mode=0o700)
    names = []
    rows = session.scalars(
        select(SandboxAnswer)
        .where(SandboxAnswer.delivered_at.is_(None))
        .order_by(SandboxAnswer.id)
        .with_for_update(skip_locked=True)
    )
    for row in rows:
        _put(outbox / row.name, row.content)
        row.delivered_at = clock.now()
        row.content = b""  # the payer keeps no copies
        names.append(row.name)
    session.flush()
    return names


def _put(final: Path, content: bytes) -> None:
    part = final.with_name(final.name + ".part")
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(final)
