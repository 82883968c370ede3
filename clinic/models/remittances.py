"""Remittances as they were read, with their proofs and matches (R1 to R10)."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.claims import Claim
    from clinic.models.payers import Payer


class Remittance(Base):
    """One ST of an 835, or one paper EOB (R30).

    `state`: posted, needs_review, out_of_balance, duplicate, conflict, unreadable, reversed.
    `proofs` holds line, claim and check proof: ok, expected, found, difference, position (Z5).
    """

    __tablename__ = "remittance"
    __table_args__ = (
        Index("ix__remittance__identity", "identity"),
        Index("ix__remittance__state", "state"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    set_index: Mapped[int] = mapped_column(default=0)
    source: Mapped[str] = mapped_column(default="era")  # era, paper
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("payer.id"))
    payer_name: Mapped[str]
    originator: Mapped[str] = mapped_column(default="")
    trace: Mapped[str] = mapped_column(default="")
    payee_id: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal] = mapped_column(Cents)
    method: Mapped[str] = mapped_column(default="")
    paid_on: Mapped[date | None]
    identity: Mapped[str]  # R2: originator, trace, amount, date, payee
    content_hash: Mapped[str]
    interchange: Mapped[str] = mapped_column(default="")  # ISA13, "" on paper
    duplicate_of_id: Mapped[int | None] = mapped_column(ForeignKey("remittance.id"))
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    proofs: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    findings: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    received_at: Mapped[datetime]
    posted_at: Mapped[datetime | None]
    posted_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)
    payer: Mapped["Payer | None"] = relationship()
    claim_payments: Mapped[list["ClaimPayment"]] = relationship(
        back_populates="remittance", order_by="ClaimPayment.position"
    )
    provider_adjustments: Mapped[list["ProviderAdjustment"]] = relationship(order_by="ProviderAdjustment.id")
    __mapper_args__ = {"version_id_col": version}


class ClaimPayment(Base):
    """One CLP; `state`: posted, denied, unmatched, parked, not_ours, refunded, reversed, not_posted, information.

    `reason` says why it stands there, or what to look at in a posted one; a reversal names the payment that
    it took back (`reverses_id`, R19).
    """

    __tablename__ = "claim_payment"
    __table_args__ = (Index("ix__claim_payment__state", "state"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    remittance_id: Mapped[int] = mapped_column(ForeignKey("remittance.id"), index=True)
    position: Mapped[int]
    segment_position: Mapped[int] = mapped_column(default=0)
    control_number: Mapped[str]
    status_code: Mapped[str]
    amount_billed: Mapped[Decimal] = mapped_column(Cents)
    amount_paid: Mapped[Decimal] = mapped_column(Cents)
    patient_responsibility: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    payer_claim_number: Mapped[str] = mapped_column(default="")
    patient_last_name: Mapped[str] = mapped_column(default="")
    patient_first_name: Mapped[str] = mapped_column(default="")
    member_id: Mapped[str] = mapped_column(default="")
    service_on: Mapped[date | None]
    crossover: Mapped[str] = mapped_column(default="")
    remark_codes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    claim_id: Mapped[int | None] = mapped_column(ForeignKey("claim.id"), index=True)
    matched_by: Mapped[str] = mapped_column(default="")
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("claim_payment.id"))
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    raw: Mapped[str] = mapped_column(default="")
    remittance: Mapped[Remittance] = relationship(back_populates="claim_payments")
    claim: Mapped["Claim | None"] = relationship()
    services: Mapped[list["ServicePayment"]] = relationship(order_by="ServicePayment.position")
    adjustments: Mapped[list["RemittanceAdjustment"]] = relationship(order_by="RemittanceAdjustment.id")


class ServicePayment(Base):
    """One SVC."""

    __tablename__ = "service_payment"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_payment_id: Mapped[int] = mapped_column(ForeignKey("claim_payment.id"), index=True)
    position: Mapped[int]
    charge_id: Mapped[int | None] = mapped_column(ForeignKey("charge.id"))
    matched_by: Mapped[str] = mapped_column(default="")
    code: Mapped[str]
    modifiers: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    billed_code: Mapped[str] = mapped_column(default="")  # SVC06, where the payer changed the code (R9)
    billed_modifiers: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    segment_position: Mapped[int] = mapped_column(default=0)
    control_number: Mapped[str] = mapped_column(default="")
    units: Mapped[Decimal | None]
    amount_billed: Mapped[Decimal] = mapped_column(Cents)
    amount_paid: Mapped[Decimal] = mapped_column(Cents)
    amount_allowed: Mapped[Decimal] = mapped_column(Cents, default=Decimal(0))
    service_on: Mapped[date | None]
    remark_codes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    denied: Mapped[bool] = mapped_column(default=False)
    adjustments: Mapped[list["RemittanceAdjustment"]] = relationship(
        order_by="RemittanceAdjustment.id", back_populates="service"
    )


class RemittanceAdjustment(Base):
    """One CAS triple, and what the rules made of it (R12)."""

    __tablename__ = "remittance_adjustment"

    id: Mapped[int] = mapped_column(primary_key=True)
    claim_payment_id: Mapped[int] = mapped_column(ForeignKey("claim_payment.id"), index=True)
    service_payment_id: Mapped[int | None] = mapped_column(ForeignKey("service_payment.id"), index=True)
    group_code: Mapped[str]
    reason_code: Mapped[str]
    amount: Mapped[Decimal] = mapped_column(Cents)
    quantity: Mapped[Decimal | None]
    action: Mapped[str] = mapped_column(default="")
    service: Mapped[ServicePayment | None] = relationship(back_populates="adjustments")


class ProviderAdjustment(Base):
    """One PLB pair; a positive amount lowers the payment (R5)."""

    __tablename__ = "provider_adjustment"

    id: Mapped[int] = mapped_column(primary_key=True)
    remittance_id: Mapped[int] = mapped_column(ForeignKey("remittance.id"), index=True)
    reason_code: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal] = mapped_column(Cents)
    account: Mapped[str] = mapped_column(default="")
    segment_position: Mapped[int] = mapped_column(default=0)
