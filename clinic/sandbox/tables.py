"""The practice payer's own tables: plans, members' accumulators, received claims and answers to send."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, deferred, mapped_column, relationship

from clinic.db import Base, Cents


class SandboxPayer(Base):
    """One practice payer; `edi_id` is what our claims carry in 2010BB NM109, `mode` how it behaves today."""

    __tablename__ = "sandbox_payer"

    edi_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    mode: Mapped[str] = mapped_column(default="answers")  # answers, down (AAA 42), silent


class SandboxPlan(Base):
    """One plan of a practice payer. With `copay_only` an office visit costs the copay and nothing else (E8)."""

    __tablename__ = "sandbox_plan"
    __table_args__ = (UniqueConstraint("edi_id", "plan_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str] = mapped_column(ForeignKey("sandbox_payer.edi_id"), index=True)
    plan_name: Mapped[str]
    copay: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    copay_only: Mapped[bool] = mapped_column(default=True)
    deductible: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    family_deductible: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    out_of_pocket: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    coinsurance_percent: Mapped[int] = mapped_column(default=20)
    allowed_percent: Mapped[int] = mapped_column(default=70)
    filing_days: Mapped[int] = mapped_column(default=365)
    days_to_pay: Mapped[int] = mapped_column(default=10)
    needs_authorization: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    payer: Mapped[SandboxPayer] = relationship()


class SandboxFee(Base):
    """What a practice payer allows for one unit of a code; otherwise the plan's percentage of the charge."""

    __tablename__ = "sandbox_fee"
    __table_args__ = (UniqueConstraint("edi_id", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str]
    code: Mapped[str]
    allowed: Mapped[Decimal] = mapped_column(Cents)


class SandboxMember(Base):
    """A member as the payer knows them, with this year's accumulators; one family shares a `member_id`."""

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
    plan: Mapped[SandboxPlan] = relationship()

    def covers(self, day: date) -> bool:
        return self.effective_on <= day and (self.ended_on is None or day <= self.ended_on)


class SandboxInstruction(Base):
    """What a trainer told the payer to do with one claim, or with the next one that is sent to it.

    `action`: reject_999, reject_277CA, deny, partial, reverse, out_of_balance, silent. `reason_code` is a CARC
    ("197" or "PR-204") for deny and partial, a status code for reject_277CA, "correct" for a reversal that
    brings its correction along (R20).
    """

    __tablename__ = "sandbox_instruction"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(
        unique=True
    )  # of the form that gave it; opaque, so it may stand in a URL
    control_number: Mapped[str] = mapped_column(default="")  # empty: the next claim of this payer
    edi_id: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    reason_code: Mapped[str] = mapped_column(default="")
    given_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_for: Mapped[str] = mapped_column(default="")  # the claim's control number


class SandboxClaim(Base):
    """A claim the payer took in, what it decided, and when it pays.

    `state`: accepted, rejected, silent, paid, reversed, replaced, voided. `content` is the claim as received,
    `decision` what was paid on it; amounts are decimal strings in both. The same control number may come again
    after a rejection, so it is not unique.
    """

    __tablename__ = "sandbox_claim"
    __table_args__ = (
        Index("ix__sandbox_claim__pay_on", "pay_on"),
        Index("ix__sandbox_claim__control_number", "control_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str]
    control_number: Mapped[str]
    payer_claim_number: Mapped[str] = mapped_column(unique=True)
    frequency: Mapped[str]
    replaces: Mapped[str] = mapped_column(default="")  # the payer's number of the replaced claim (F8)
    member_id: Mapped[int | None] = mapped_column(ForeignKey("sandbox_member.id"), index=True)
    instruction_id: Mapped[int | None] = mapped_column(ForeignKey("sandbox_instruction.id"))
    received_on: Mapped[date]
    service_on: Mapped[date]
    pay_on: Mapped[date]
    amount_billed: Mapped[Decimal] = mapped_column(Cents)
    state: Mapped[str] = mapped_column(default="accepted")
    content: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    decision: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    remittance_trace: Mapped[str] = mapped_column(default="")
    member: Mapped[SandboxMember | None] = relationship()
    instruction: Mapped[SandboxInstruction | None] = relationship()


class SandboxRecoupment(Base):
    """Money the payer is owed after a reversal it could not take at once; it takes it from a later payment (R21)."""

    __tablename__ = "sandbox_recoupment"

    id: Mapped[int] = mapped_column(primary_key=True)
    edi_id: Mapped[str]
    payee_id: Mapped[str]
    reference: Mapped[str]  # PLB03-2 of both remittances: the payer's number of the reversed claim
    amount_open: Mapped[Decimal] = mapped_column(Cents)


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
    kinds: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    read_at: Mapped[datetime]


class SandboxAnswer(Base):
    """A file the payer has written and not necessarily delivered; its bytes go once they are delivered."""

    __tablename__ = "sandbox_answer"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    made_at: Mapped[datetime]
    delivered_at: Mapped[datetime | None] = mapped_column(index=True)
    content: Mapped[bytes] = deferred(mapped_column(LargeBinary))
