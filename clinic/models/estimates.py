"""What a visit is expected to cost the patient, what it did cost, and good-faith estimates (E8, E9, F1)."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient
    from clinic.models.payers import Payer
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import Appointment


class Estimate(Base):
    """One edition of a visit's estimate; a change is a new edition, the older ones stay as they were given (E8).

    `kind`: insured, self_pay. `source` is the weakest source of an allowed amount among the lines: contract, paid,
    medicare, charge, fee (self-pay). `reasons` are {"text", "amount" (decimal string or None), "warns"}.
    """

    __tablename__ = "estimate"
    __table_args__ = (
        UniqueConstraint("appointment_id", "edition"),
        CheckConstraint(
            "0 <= low and low <= expected and expected <= high and high <= charge", name="amounts_in_order"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    edition: Mapped[int]
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    coverage_id: Mapped[int | None] = mapped_column(ForeignKey("coverage.id"))
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("payer.id"))
    check_id: Mapped[int | None] = mapped_column(ForeignKey("eligibility_check.id"))
    kind: Mapped[str]
    service_on: Mapped[date]
    diagnoses: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    elsewhere: Mapped[str] = mapped_column(default="")  # care that is scheduled and billed apart (F1)
    charge: Mapped[Decimal] = mapped_column(Cents)
    allowed: Mapped[Decimal] = mapped_column(Cents)
    low: Mapped[Decimal] = mapped_column(Cents)
    expected: Mapped[Decimal] = mapped_column(Cents)
    high: Mapped[Decimal] = mapped_column(Cents)
    qmb: Mapped[bool] = mapped_column(default=False)
    source: Mapped[str]
    reasons: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    answered_at: Mapped[datetime | None]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    appointment: Mapped["Appointment"] = relationship()
    patient: Mapped["Patient"] = relationship()
    provider: Mapped["RenderingProvider"] = relationship()
    payer: Mapped["Payer | None"] = relationship()
    lines: Mapped[list["EstimateLine"]] = relationship(
        back_populates="estimate", order_by="EstimateLine.position"
    )

    @property
    def number(self) -> str:
        """As it is printed: `G-000187` for a good-faith estimate, `E-000187` for any other."""
        return f"{'G' if self.kind == 'self_pay' else 'E'}-{self.id:06d}"


class EstimateLine(Base):
    """One expected service; `share` is the patient's part of the expected amount, the lines' shares are its sum."""

    __tablename__ = "estimate_line"
    __table_args__ = (UniqueConstraint("estimate_id", "position"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    estimate_id: Mapped[int] = mapped_column(ForeignKey("estimate.id"))
    position: Mapped[int]
    code: Mapped[str]
    modifiers: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    units: Mapped[int] = mapped_column(default=1)
    words: Mapped[str] = mapped_column(default="")
    charge: Mapped[Decimal] = mapped_column(Cents)
    allowed: Mapped[Decimal] = mapped_column(Cents)
    share: Mapped[Decimal] = mapped_column(Cents)
    source: Mapped[str]
    source_words: Mapped[str] = mapped_column(default="")
    why: Mapped[str] = mapped_column(default="")
    estimate: Mapped[Estimate] = relationship(back_populates="lines")


class EstimateOutcome(Base):
    """What the patient's part came to when the payer had answered; a later correction is a further row (E9)."""

    __tablename__ = "estimate_outcome"
    __table_args__ = (Index("ix__estimate_outcome__recorded_at", "recorded_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    estimate_id: Mapped[int] = mapped_column(ForeignKey("estimate.id"), index=True)
    remittance_id: Mapped[int | None] = mapped_column(ForeignKey("remittance.id"))
    expected: Mapped[Decimal] = mapped_column(Cents)
    actual: Mapped[Decimal] = mapped_column(Cents)
    same_services: Mapped[bool]
    recorded_at: Mapped[datetime]
    estimate: Mapped[Estimate] = relationship()


class GoodFaithStep(Base):
    """The patient asked for a good-faith estimate, or was given one: what, how, when and by whom (F1).

    `kind`: asked, given, closed, billed. `how`: in_person, mail, e_mail; of a closed one, why, and of a billed one why a
    bill goes that is far above the estimate. The file is the paper as it was given, kept for six years.
    """

    __tablename__ = "good_faith_step"
    __table_args__ = (Index("ix__good_faith_step__appointment_id", "appointment_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    kind: Mapped[str]
    how: Mapped[str] = mapped_column(default="")
    estimate_id: Mapped[int | None] = mapped_column(ForeignKey("estimate.id"))
    file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    estimate: Mapped[Estimate | None] = relationship()


class ExemptService(Base):
    """What plans pay in full: by code, modifier or the beginning of a diagnosis, with its dates (E8).

    Preventive care and visits after an operation; which these are changes by year and by plan, so it is data.
    """

    __tablename__ = "exempt_service"
    __table_args__ = (UniqueConstraint("kind", "value", "effective_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # code, modifier, diagnosis (with a code that is exempt only beside it)
    value: Mapped[str]
    why: Mapped[str]
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
