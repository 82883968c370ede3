"""Stored bytes: sealed, hashed, immutable (trust T7)."""

from datetime import datetime

from sqlalchemy import Index, LargeBinary
from sqlalchemy.orm import Mapped, deferred, mapped_column

from clinic import keys
from clinic.db import Base, public_id_column


class StoredFile(Base):
    """One file as it came or went: EDI of both directions, and rendered documents.

    `kind` is what the envelope or the renderer says (`837P`, `835`, `statement`, …); `direction` is `in`,
    `out` or `made`.
    """

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix__stored_file__kind_created_at", "kind", "created_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str]
    direction: Mapped[str]
    name: Mapped[str]
    partner: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="application/octet-stream")
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    state: Mapped[str] = mapped_column(default="stored")  # stored, taken_in, duplicate, unreadable
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    content_sealed: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    def content(self) -> bytes:
        """The bytes as they were stored."""
        return keys.unseal(self.content_sealed, f"stored_file:{self.public_id}")
