"""What the schedule is made by: devices, days that differ, reserved time, and what a missed visit costs (A3, A5, A6)."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import Appointment


class Device(Base):
    """Something a visit needs that is in one place at a time; a visit type asks for its `kind` (A5)."""

    __tablename__ = "device"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)


class HoursException(Base):
    """One day on which a provider works other hours than the pattern; without hours he is away (A6).

    Two rows of one day are two stretches of work. Wall time of the clinic (A8).
    """

    __tablename__ = "hours_exception"
    __table_args__ = (
        Index("ix__hours_exception__on_provider", "on", "provider_id"),
        CheckConstraint("(starts IS NULL) = (ends IS NULL)", name="both_or_none"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    on: Mapped[date]
    starts: Mapped[time | None]
    ends: Mapped[time | None]
    reason: Mapped[str] = mapped_column(default="")


class ClinicClosure(Base):
    """A day on which the whole clinic is closed; `kind` is holiday or closure (A6)."""

    __tablename__ = "clinic_closure"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    on: Mapped[date] = mapped_column(unique=True)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="closure")


class ReservedTime(Base):
    """Weekly time of a provider kept for certain visit types, or for none: lunch, charting (A6).

    `visit_type_ids` empty keeps everybody out. `release_days` N opens it to all from N days before; None never.
    Wall time of the clinic, with effective dates (A8).
    """

    __tablename__ = "reserved_time"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"), index=True)
    weekday: Mapped[int]  # 0 Monday
    starts: Mapped[time]
    ends: Mapped[time]
    label: Mapped[str]
    visit_type_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    release_days: Mapped[int | None]
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
    provider: Mapped["RenderingProvider"] = relationship()


class MissedVisitTerms(Base):
    """What a patient agreed to about missed visits, and whether the clinic ever asks for the fee (A3)."""

    __tablename__ = "missed_visit_terms"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    agreed_on: Mapped[date | None]
    waiver_reason: Mapped[str] = mapped_column(default="")  # says why this patient is never charged


class MissedVisitFee(Base):
    """What came of one no-show or late cancel: a fee in the ledger, or the reason why there is none (A2, A3).

    `state`: charged, not_charged, waived, taken_back (the no-show itself was undone). `why` is the sentence.
    """

    __tablename__ = "missed_visit_fee"
    __table_args__ = (
        Index("ix__missed_visit_fee__patient_id", "patient_id", "missed_on"),
        Index(
            "uq__missed_visit_fee__standing",
            "appointment_id",
            unique=True,
            postgresql_where="state <> 'taken_back'",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"))
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]  # no_show, late_cancel
    missed_on: Mapped[date]
    amount: Mapped[Decimal] = mapped_column(Cents)
    state: Mapped[str]
    why: Mapped[str] = mapped_column(default="")
    encounter_id: Mapped[int | None] = mapped_column(ForeignKey("encounter.id"))
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    decided_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient"] = relationship()
    appointment: Mapped["Appointment"] = relationship()
    __mapper_args__ = {"version_id_col": version}
