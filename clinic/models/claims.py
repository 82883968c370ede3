"""Claims, their timeline, submissions and denials (C1 to C6, R24)."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.charges import Charge, Encounter
    from clinic.models.patients import Coverage, Patient
    from clinic.models.payers import Payer


class Claim(Base):
    """One payer sequence of an encounter's charges.

    `state` (C1): draft, scrub_failed, ready, held, queued, transmitted, accepted_by_ch, accepted_by_payer,
    pending, rejected_999, rejected_277CA, paid, partial, denied, zero_pay_pr, corrected, voided, closed,
    secondary_to_send. `control_number` is CLM01, `version`-independent and unique per claim; a replacement is
    a new row that names the one it `replaces_id`.
    """

    __tablename__ = "claim"
    __table_args__ = (
        Index("ix__claim__state", "state"),
        Index("ix__claim__patient_id", "patient_id"),
        Index("ix__claim__payer_claim_number", "payer_claim_number"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    control_number: Mapped[str] = mapped_column(unique=True)
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounter.id"), index=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id"))
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"), index=True)
    sequence: Mapped[str] = mapped_column(default="P")
    state: Mapped[str] = mapped_column(default="draft")
    frequency: Mapped[str] = mapped_column(default="1")
    payer_claim_number: Mapped[str] = mapped_column(default="")  # CLP07, what F8 must carry
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"))
    authorization_id: Mapped[int | None] = mapped_column(ForeignKey("authorization_number.id"))
    service_on: Mapped[date]
    amount_billed: Mapped[Decimal] = mapped_column(Cents)
    filing_due_on: Mapped[date]
    hold_reason: Mapped[str] = mapped_column(default="")
    held_until: Mapped[date | None]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    next_action: Mapped[str] = mapped_column(default="")
    next_action_on: Mapped[date | None]
    clean_first_time: Mapped[bool | None]  # passed every edit untouched at the first scrub (CL-1)
    first_sent_at: Mapped[datetime | None]
    accepted_at: Mapped[datetime | None]
    adjudicated_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    encounter: Mapped["Encounter"] = relationship()
    patient: Mapped["Patient"] = relationship()
    coverage: Mapped["Coverage"] = relationship()
    payer: Mapped["Payer"] = relationship()
    lines: Mapped[list["ClaimLine"]] = relationship(back_populates="claim", order_by="ClaimLine.position")
    findings: Mapped[list["ClaimFinding"]] = relationship(cascade="all, delete-orphan")
    __mapper_args__ = {"version_id_col": version}


class ClaimLine(Base):
    """A charge on a claim; `control_number` is REF*6R and unique for ever (C5)."""

    __tablename__ = "claim_line"
    __table_args__ = (UniqueConstraint("claim_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    charge_id: Mapped[int] = mapped_column(ForeignKey("charge.id"), index=True)
    position: Mapped[int]
    control_number: Mapped[str] = mapped_column(unique=True)
    claim: Mapped[Claim] = relationship(back_populates="lines")
    charge: Mapped["Charge"] = relationship()


class ClaimFinding(Base):
    """What the last scrub said of a claim; replaced at every scrub, counted in events."""

    __tablename__ = "claim_finding"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    edit: Mapped[str]
    severity: Mapped[str]  # Block, Warn, Info
    field: Mapped[str]
    line: Mapped[int | None]
    message: Mapped[str]
    fix: Mapped[str] = mapped_column(default="")


class ClaimEvent(Base):
    """One step of a claim's timeline and its cause: a user, a rule, or a file and its segments (C1)."""

    __tablename__ = "claim_event"
    __table_args__ = (Index("ix__claim_event__claim_id_at", "claim_id", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"))
    at: Mapped[datetime]
    kind: Mapped[str]  # created, scrubbed, sent, acknowledged, rejected, adjudicated, note, …
    from_state: Mapped[str] = mapped_column(default="")
    to_state: Mapped[str] = mapped_column(default="")
    text: Mapped[str]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    raw: Mapped[str] = mapped_column(default="")
    details: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)


class Submission(Base):
    """One 837 file: built, sending, sent, acknowledged, rejected (design 5)."""

    __tablename__ = "submission"
    __table_args__ = (UniqueConstraint("partner", "interchange_number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    partner: Mapped[str]
    interchange_number: Mapped[int]
    group_number: Mapped[int]
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    file_name: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="building")
    claim_count: Mapped[int] = mapped_column(default=0)
    amount: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    acknowledged_at: Mapped[datetime | None]


class SubmittedClaim(Base):
    """A claim as it stood in a submission: its set, its CLM01 as sent, and its frozen segments (C13)."""

    __tablename__ = "submitted_claim"
    __table_args__ = (UniqueConstraint("submission_id", "claim_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    submission_id: Mapped[int] = mapped_column(ForeignKey("submission.id"))
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    set_number: Mapped[str]
    control_number: Mapped[str] = mapped_column(index=True)
    frequency: Mapped[str]
    ruleset: Mapped[str]


class Denial(Base):
    """A denied line (or whole claim) to work, with its clock (R24)."""

    __tablename__ = "denial"
    __table_args__ = (Index("ix__denial__state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    claim_id: Mapped[int] = mapped_column(ForeignKey("claim.id"), index=True)
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"), index=True)
    claim_payment_id: Mapped[int | None]
    group_code: Mapped[str]
    reason_code: Mapped[str]
    remark_codes: Mapped[str] = mapped_column(default="")
    category: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Cents)
    state: Mapped[str] = mapped_column(default="open")  # open, corrected, written_off, to_patient, reversed
    due_on: Mapped[date]
    owner_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(default="")
    claim: Mapped[Claim] = relationship()
