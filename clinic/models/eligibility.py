"""Eligibility questions and answers, and authorisations (E1 to E7, K02)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Coverage


class EligibilityCheck(Base):
    """One 270 for one coverage and date of service, and what came back.

    `state`: waiting, sent, answered, refused (AAA), failed (the payer was down; `reason` says so).
    `benefits` is the selection of E3 as shown, amounts as decimal strings.
    """

    __tablename__ = "eligibility_check"
    __table_args__ = (Index("ix__eligibility_check__coverage_asked", "coverage_id", "asked_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id"))
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    service_on: Mapped[date]
    service_types: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    trace: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")
    next_step: Mapped[str] = mapped_column(default="")
    active: Mapped[bool | None]
    plan_name: Mapped[str] = mapped_column(default="")
    benefits: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    question_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    answer_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    coverage: Mapped["Coverage"] = relationship()


class Authorization(Base):
    """A prior authorisation: number, codes, dates and visits left (K02)."""

    __tablename__ = "authorization_number"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id"), index=True)
    number: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    visits_allowed: Mapped[int]
    visits_used: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("rendering_provider.id"))
    version: Mapped[int] = mapped_column(default=1)
    coverage: Mapped["Coverage"] = relationship()
    __mapper_args__ = {"version_id_col": version}
