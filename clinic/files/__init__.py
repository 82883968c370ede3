"""Stored bytes: sealed, hashed, never changed (trust T7)."""

import hashlib

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, keys
from clinic.db import new_public_id
from clinic.files.contents import note
from clinic.models import StoredFile

X12 = "application/edi-x12"


def store(
    session: Session,
    content: bytes,
    *,
    kind: str,
    direction: str,
    name: str,
    partner: str = "",
    media_type: str = X12,
) -> StoredFile:
    """Keep bytes as they are, sealed, with their SHA-256; the same bytes may be stored again and say so.

    What an X12 file holds and the numbers to find it by are noted beside it.
    """
    public_id = new_public_id()
    row = StoredFile(
        public_id=public_id,
        kind=kind,
        direction=direction,
        name=name[:200],
        partner=partner,
        media_type=media_type,
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        created_at=clock.now(),
        content_sealed=keys.seal(content, f"stored_file:{public_id}"),
    )
    session.add(row)
    session.flush()
    if media_type == X12:
        note(session, row, content)
    return row


def earlier_copy(session: Session, file: StoredFile) -> StoredFile | None:
    """An older file of the same direction with the same bytes, or None (R2)."""
    return session.scalar(
        select(StoredFile)
        .where(
            StoredFile.sha256 == file.sha256,
            StoredFile.direction == file.direction,
            StoredFile.id < file.id,
        )
        .order_by(StoredFile.id)
        .limit(1)
    )
