"""The journal: append-only double entry, debits positive, credits negative (B1 to B4, ADR 1)."""

import enum
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import BigInteger, Enum, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.base import ischema_names
from sqlalchemy.orm import Mapped, mapped_column, relationship
from sqlalchemy.types import UserDefinedType

from clinic.db import Base, Cents, public_id_column


class Account(enum.Enum):
    """Where money stands. Debit-positive: assets and reductions of revenue are above zero."""

    PATIENT_RECEIVABLE = "patient_receivable"
    INSURANCE_RECEIVABLE = "insurance_receivable"
    CASH = "cash"
    UNAPPLIED_PATIENT = "unapplied_patient"
    UNAPPLIED_INSURANCE = "unapplied_insurance"
    RECOUPMENT_RECEIVABLE = "recoupment_receivable"
    SUSPENSE = "suspense"
    REVENUE = "revenue"
    CONTRACTUAL = "contractual"
    WRITE_OFF = "write_off"
    DENIAL_WRITE_OFF = "denial_write_off"
    INTEREST_INCOME = "interest_income"
    PAYER_ADJUSTMENT = "payer_adjustment"


class EntryKind(enum.Enum):
    CHARGE = "charge"
    PATIENT_RECEIPT = "patient_receipt"
    APPLICATION = "application"
    INSURANCE_PAYMENT = "insurance_payment"
    PROVIDER_ADJUSTMENT = "provider_adjustment"
    TRANSFER = "transfer"
    WRITE_OFF = "write_off"
    REFUND = "refund"
    REVERSAL = "reversal"


class XID8(UserDefinedType[str]):
    """PostgreSQL's 64-bit transaction id, read as text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "xid8"


# So that reading a schema back, as the migration does, knows the type too.
ischema_names["xid8"] = XID8


def _named(kind: type[enum.Enum]) -> Enum:
    return Enum(kind, native_enum=False, length=32, values_callable=lambda e: [m.value for m in e])


class JournalEntry(Base):
    """A balanced entry with its three dates (B2), its cause and its idempotency key; never changed.

    `written_in` is the writing database transaction: the balance trigger refuses a posting that a later one
    adds to it. A reversal names the entry it `reverses_id`, once.
    """

    __tablename__ = "journal_entry"
    __table_args__ = (
        Index("ix__journal_entry__posted_on", "posted_on"),
        Index("ix__journal_entry__patient_id", "patient_id", "id"),
        Index("ix__journal_entry__remittance_id", "remittance_id"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[EntryKind] = mapped_column(_named(EntryKind))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    guarantor_id: Mapped[int | None] = mapped_column(ForeignKey("guarantor.id"))
    remittance_id: Mapped[int | None] = mapped_column(ForeignKey("remittance.id"))
    claim_payment_id: Mapped[int | None] = mapped_column(ForeignKey("claim_payment.id"), index=True)
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)
    service_on: Mapped[date | None]
    posted_on: Mapped[date]
    deposited_on: Mapped[date | None]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    memo: Mapped[str]
    cause: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("journal_entry.id"), unique=True)
    idempotency_key: Mapped[str] = mapped_column(unique=True)
    # xid8; the application's role has no INSERT right on it, so the database fills it in.
    written_in: Mapped[str] = mapped_column(
        XID8(), server_default=text("pg_current_xact_id()"), deferred=True
    )
    postings: Mapped[list["Posting"]] = relationship(back_populates="entry", order_by="Posting.id")


class Posting(Base):
    __tablename__ = "posting"
    __table_args__ = (
        Index("ix__posting__entry_id", "entry_id"),
        Index("ix__posting__charge_id", "charge_id"),
        Index("ix__posting__account", "account"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("journal_entry.id"))
    account: Mapped[Account] = mapped_column(_named(Account))
    amount: Mapped[Decimal] = mapped_column(Cents)
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("payer.id"))
    receipt_id: Mapped[int | None] = mapped_column(ForeignKey("receipt.id"), index=True)
    reason: Mapped[str] = mapped_column(default="")  # "PR-1", "CO-45", "WO", or our own reason
    entry: Mapped[JournalEntry] = relationship(back_populates="postings")


class Receipt(Base):
    """Money that came in from a patient or guarantor, before it is applied (B4).

    `method`: cash, check, card_terminal, card_online. A card number is never stored: `reference` is the
    terminal's or the processor's own.
    """

    __tablename__ = "receipt"
    __table_args__ = (Index("ix__receipt__received_on", "received_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    number: Mapped[str] = mapped_column(unique=True)
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    amount: Mapped[Decimal] = mapped_column(Cents)
    method: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    purpose: Mapped[str] = mapped_column(default="")  # copay, balance, prepayment, statement
    received_on: Mapped[date]
    received_at: Mapped[datetime]
    received_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    drawer_id: Mapped[int | None] = mapped_column(ForeignKey("drawer.id"), index=True)


class OpenItem(Base):
    """Cached balance of one charge in one bucket, written with the entry that moves it (B3).

    `bucket` is `insurance` or `patient`; `responsible_on` starts the responsibility ageing (B10, R23).
    `clinic verify` rebuilds these rows from the postings and compares.
    """

    __tablename__ = "open_item"
    __table_args__ = (
        UniqueConstraint("charge_id", "bucket"),
        Index("ix__open_item__open", "bucket", "service_on", postgresql_where="amount <> 0"),
        Index("ix__open_item__guarantor_id", "guarantor_id", postgresql_where="amount <> 0"),
        # Holds all that a balance, its age and its account need: aged receivables read it alone, not the table.
        Index(
            "ix__open_item__patient_id",
            "patient_id",
            postgresql_where="amount <> 0",
            postgresql_include=["bucket", "payer_id", "amount", "service_on", "responsible_on"],
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"))
    bucket: Mapped[str]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"))
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("payer.id"))
    amount: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    service_on: Mapped[date]
    responsible_on: Mapped[date]


class UnappliedItem(Base):
    """Cached rest of a receipt that is not applied or refunded yet (B4)."""

    __tablename__ = "unapplied_item"
    __table_args__ = (Index("ix__unapplied_item__open", "receipt_id", postgresql_where="amount <> 0"),)

    receipt_id: Mapped[int] = mapped_column(ForeignKey("receipt.id"), primary_key=True)
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    amount: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))


class Drawer(Base):
    """One user's money of one day: what the system expects and what was counted (B12)."""

    __tablename__ = "drawer"
    __table_args__ = (UniqueConstraint("user_id", "opened_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    opened_on: Mapped[date]
    float_amount: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    state: Mapped[str] = mapped_column(default="open")  # open, closed
    counted: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    expected: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    difference_reason: Mapped[str] = mapped_column(default="")
    closed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class DayClose(Base):
    """A closed clinic day: no entry may be posted on it any more (B12)."""

    __tablename__ = "day_close"

    closed_on: Mapped[date] = mapped_column(primary_key=True)
    closed_by: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    closed_at: Mapped[datetime]
    totals: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    audit_code: Mapped[str] = mapped_column(default="")
