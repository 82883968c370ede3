"""Eligibility questions and answers, and authorisations (E1 to E7, K02)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Coverage
    from clinic.models.practice import RenderingProvider


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
    """A prior authorisation or a referral: number, codes, dates and what is left of it (K02).

    `visits_allowed` and `visits_used` count what `counts` says: visits, or units of its codes.
    """

    __tablename__ = "authorization_number"
    __table_args__ = (
        CheckConstraint("kind in ('authorization', 'referral')", name="kind_known"),
        CheckConstraint("counts in ('visits', 'units')", name="counts_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id"), index=True)
    kind: Mapped[str] = mapped_column(default="authorization")  # REF G1; a referral goes out as REF 9F
    number: Mapped[str]
    codes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    counts: Mapped[str] = mapped_column(default="visits")
    visits_allowed: Mapped[int]
    visits_used: Mapped[int] = mapped_column(default=0)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("rendering_provider.id"))
    version: Mapped[int] = mapped_column(default=1)
    coverage: Mapped["Coverage"] = relationship()
    __mapper_args__ = {"version_id_col": version}

    @property
    def left(self) -> int:
        """Visits or units that are left."""
        return max(self.visits_allowed - self.visits_used, 0)


class AuthorizationRequest(Base):
    """One 278 that asks a payer to approve services, and what it decided.

    `state`: waiting, sent, pended, approved, changed (approved, but not all of it), denied, not_needed, refused (not
    reviewed: mend it and send it again), failed (it could not be sent). `authorization_id` is what an approval became.
    `visits` counts what `counts` says: visits, or units of its codes.
    """

    __tablename__ = "authorization_request"
    __table_args__ = (
        CheckConstraint("category in ('HS', 'SC')", name="category_known"),
        CheckConstraint("counts in ('visits', 'units')", name="counts_known"),
        Index("ix__authorization_request__state", "state", "asked_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    coverage_id: Mapped[int] = mapped_column(ForeignKey("coverage.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    provider_id: Mapped[int | None] = mapped_column(ForeignKey("rendering_provider.id"))
    category: Mapped[str] = mapped_column(default="HS")  # UM01: HS services, SC referral to a specialist
    service_type: Mapped[str] = mapped_column(default="")
    codes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    diagnoses: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    visits: Mapped[int]
    counts: Mapped[str] = mapped_column(default="visits", server_default="visits")
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    message: Mapped[str] = mapped_column(default="")
    trace: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting")
    reason: Mapped[str] = mapped_column(default="")
    next_step: Mapped[str] = mapped_column(default="")
    number: Mapped[str] = mapped_column(
        default=""
    )  # the payer's: of the authorization, or of the pended case
    authorization_id: Mapped[int | None] = mapped_column(ForeignKey("authorization_number.id"), index=True)
    question_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    answer_file_id: Mapped[int | None] = mapped_column(ForeignKey("stored_file.id"), index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    asked_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    coverage: Mapped["Coverage"] = relationship()
    provider: Mapped["RenderingProvider | None"] = relationship()
    __mapper_args__ = {"version_id_col": version}


class CheckInPass(Base):
    """A check-in that went on although something stood against it: who, why, and what it was (A12)."""

    __tablename__ = "check_in_pass"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    missing: Mapped[list[str]] = mapped_column(ARRAY(String))
    reason: Mapped[str]
    passed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    passed_at: Mapped[datetime]
