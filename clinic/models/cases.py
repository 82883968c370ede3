"""Accidents with a payer of their own, and the answers that decided which plan pays first."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import Base, public_id_column


class PatientCase(Base):
    """An injury that somebody else's insurance answers for: workers' compensation, an automobile, another liability.

    `kind`: work, auto, other. `claim_number` is the insurer's (REF*Y4), `state` where an automobile accident
    happened (CLM11-4). Its coverage stands outside the order of the patient's plans (`Coverage.case_id`).
    """

    __tablename__ = "patient_case"
    __table_args__ = (
        CheckConstraint("kind in ('work', 'auto', 'other')", name="kind_known"),
        CheckConstraint("closed_on is null or closed_on >= injured_on", name="dates_in_order"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    kind: Mapped[str]
    injured_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="")
    claim_number: Mapped[str]
    adjuster: Mapped[str] = mapped_column(default="")
    adjuster_phone: Mapped[str] = mapped_column(default="")  # E.164
    employer: Mapped[str] = mapped_column(default="")
    note: Mapped[str] = mapped_column(default="")
    closed_on: Mapped[date | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class BenefitOrder(Base):
    """One asking for who pays first (C9): the answers as they were given, and what was proposed from them.

    `answers` maps a question to its answer; `proposal` lists [coverage public id, position, rule, sentence].
    `applies_from` and `applied_at` are None as long as nobody confirmed it.
    """

    __tablename__ = "benefit_order"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    answers: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    proposal: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    applies_from: Mapped[date | None]
    applied_at: Mapped[datetime | None]
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
