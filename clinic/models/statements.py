"""Statement batches: immutable runs with preview, progress and reasons for who was left out (T1 to T4)."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.files import StoredFile
    from clinic.models.patients import Guarantor


class StatementBatch(Base):
    __tablename__ = "statement_batch"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    state: Mapped[str] = mapped_column(default="running")  # running, done
    statement_on: Mapped[date]
    statement_count: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    key: Mapped[str] = mapped_column(unique=True)
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class Statement(Base):
    """One guarantor's statement; `details` freezes every figure it prints (T4)."""

    __tablename__ = "statement"
    __table_args__ = (UniqueConstraint("batch_id", "guarantor_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    number: Mapped[str] = mapped_column(unique=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("statement_batch.id"), index=True)
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"), index=True)
    amount_due: Mapped[Decimal] = mapped_column(Cents)
    statement_on: Mapped[date]
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, rendered, failed
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"))
    guarantor: Mapped["Guarantor"] = relationship()
    file: Mapped["StoredFile | None"] = relationship()


class StatementExclusion(Base):
    """Who was left out of a batch and why (T3)."""

    __tablename__ = "statement_exclusion"

    id: Mapped[int] = mapped_column(primary_key=True)
    batch_id: Mapped[int] = mapped_column(ForeignKey("statement_batch.id"), index=True)
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"))
    amount: Mapped[Decimal] = mapped_column(Cents)
    reason: Mapped[str]


class PayLink(Base):
    """A bill code: found by its blind index, printed sealed, expiring, revocable, five tries (T5)."""

    __tablename__ = "pay_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    code_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    token_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    code_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    statement: Mapped[Statement] = relationship()


class CardPayment(Base):
    """One hosted Checkout; its id is the idempotency key, and only the processor's word pays it.

    `state`: started, pending (bank, days), paid, failed, expired.
    """

    __tablename__ = "card_payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    statement_id: Mapped[int] = mapped_column(ForeignKey("statement.id"), index=True)
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"))
    amount: Mapped[Decimal] = mapped_column(Cents)
    state: Mapped[str] = mapped_column(default="started")
    language: Mapped[str] = mapped_column(default="en")
    email: Mapped[bytes | None] = mapped_column(LargeBinary)
    checkout_id: Mapped[str | None] = mapped_column(unique=True)
    payment_intent: Mapped[str] = mapped_column(default="")
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"))
    created_at: Mapped[datetime]
    paid_at: Mapped[datetime | None]
    statement: Mapped[Statement] = relationship()


class ProcessorEvent(Base):
    """A webhook event that was taken in; the unique id makes the second delivery a no-op."""

    __tablename__ = "processor_event"

    event_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str]
    received_at: Mapped[datetime]
