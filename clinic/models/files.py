"""Stored bytes: sealed, hashed, immutable (trust T7)."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, text
from sqlalchemy.orm import Mapped, deferred, mapped_column

from clinic import keys
from clinic.db import Base, Cents, public_id_column


class StoredFile(Base):
    """One file as it came or went: EDI of both directions, and rendered documents.

    `kind` is what the envelope or the renderer says (`837P`, `835`, `statement`, …); `direction` is `in`,
    `out` or `made`. `state`: stored, sent (ours, delivered), taken_in, unmatched (answers nothing of ours), duplicate,
    refused (marked as a test), unreadable; `reason` says why. What an X12 file holds is read off it once, when it is
    stored: `amount` is what it bills or pays, None where it has no money, and `balances` whether its sums hold.
    """

    __tablename__ = "stored_file"
    __table_args__ = (
        Index("ix__stored_file__kind_created_at", "kind", "created_at"),
        Index("ix__stored_file__exchanged", "id", postgresql_where=text("direction <> 'made'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str]
    direction: Mapped[str]
    name: Mapped[str]
    partner: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str] = mapped_column(default="application/octet-stream")
    sha256: Mapped[str] = mapped_column(index=True)
    size: Mapped[int]
    state: Mapped[str] = mapped_column(default="stored")
    reason: Mapped[str] = mapped_column(default="")
    control_number: Mapped[str] = mapped_column(default="")  # ISA13 of the first interchange
    payer_name: Mapped[str] = mapped_column(default="")
    set_count: Mapped[int] = mapped_column(default=0)
    claim_count: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal | None] = mapped_column(Cents)
    balances: Mapped[bool | None]
    created_at: Mapped[datetime]
    content_sealed: Mapped[bytes] = deferred(mapped_column(LargeBinary))

    def content(self) -> bytes:
        """The bytes as they were stored."""
        return keys.unseal(self.content_sealed, f"stored_file:{self.public_id}")


class FileKey(Base):
    """One number by which an X12 file is found again: never a person's name.

    `kind`: isa, gs, st (its own control numbers), answers (the control number that it answers), claim (CLM01, CLP01),
    payer_claim, trace (check, transfer or question), payer. `value` in capitals, control numbers without leading zeros.
    """

    __tablename__ = "file_key"
    __table_args__ = (
        UniqueConstraint("file_id", "kind", "value"),
        # For what begins with the words that were typed, whatever the database's collation.
        Index("ix__file_key__value", "value", postgresql_ops={"value": "text_pattern_ops"}),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    kind: Mapped[str]
    value: Mapped[str]
