"""The practice payer's own tables: plans, members' accumulators, received claims and answers to send."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import Base, Cents


class SandboxPlan(Base):
    """One plan of one practice payer; `edi_id` is what our claims carry in 2010BB NM109."""

    __tablename__ = "sandbox_plan"
    __table_args__ = (UniqueConstraint("edi_id", "plan_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str] = mapped_column(index=True)
    plan_name: Mapped[str]
    payer_name: Mapped[str]
    copay: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    deductible: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    family_deductible: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    out_of_pocket: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    coinsurance_percent: Mapped[int] = mapped_column(default=20)
    allowed_percent: Mapped[int] = mapped_column(default=70)
    filing_days: Mapped[int] = mapped_column(default=365)
    days_to_pay: Mapped[int] = mapped_column(default=10)
    down: Mapped[bool] = mapped_column(default=False)
    needs_authorization: Mapped[list[Any]] = mapped_column(JSONB, default=list)


class SandboxFee(Base):
    """What a practice payer allows for a code; otherwise the plan's percentage of the charge."""

    __tablename__ = "sandbox_fee"
    __table_args__ = (UniqueConstraint("edi_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str]
    code: Mapped[str]
    allowed: Mapped[Decimal] = mapped_column(Cents)


class SandboxMember(Base):
    """A member as the payer knows them, with this year's accumulators."""

    __tablename__ = "sandbox_member"
    __table_args__ = (UniqueConstraint("edi_id", "member_id", "first_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str]
    member_id: Mapped[str]
    plan_id: Mapped[int] = mapped_column(ForeignKey("sandbox_plan.id"))
    first_name: Mapped[str]
    last_name: Mapped[str]
    born_on: Mapped[date]
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
    deductible_met: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    out_of_pocket_met: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    year: Mapped[int]


class SandboxClaim(Base):
    """A claim the payer took in, what it decided, and when it pays."""

    __tablename__ = "sandbox_claim"
    __table_args__ = (
        Index("ix__sandbox_claim__pay_on", "pay_on"),
        UniqueConstraint("edi_id", "control_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str]
    control_number: Mapped[str]
    payer_claim_number: Mapped[str] = mapped_column(unique=True)
    frequency: Mapped[str]
    replaces: Mapped[str] = mapped_column(default="")
    received_on: Mapped[date]
    pay_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="accepted")  # accepted, rejected, paid, reversed
    decision: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    remittance_trace: Mapped[str] = mapped_column(default="")


class SandboxInstruction(Base):
    """What a trainer told the payer to do: reject, deny, pay in part or reverse a claim."""

    __tablename__ = "sandbox_instruction"

    id: Mapped[int] = mapped_column(primary_key=True)
    control_number: Mapped[str] = mapped_column(default="")  # empty: the next claim of this payer
    edi_id: Mapped[str] = mapped_column(default="")
    action: Mapped[str]  # reject_999, reject_277CA, deny, partial, reverse, out_of_balance, silent
    reason_code: Mapped[str] = mapped_column(default="")
    used_at: Mapped[datetime | None]


class SandboxCounter(Base):
    """The payer's own numbers: interchanges, checks, claim numbers."""

    __tablename__ = "sandbox_counter"

    edi_id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(default=0)


class SandboxFile(Base):
    """A file the payer has read, by digest, so that the same bytes are answered once."""

    __tablename__ = "sandbox_file"

    sha256: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    read_at: Mapped[datetime]
