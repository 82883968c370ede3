"""Patient, guarantor and coverage."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic import keys
from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.cases import PatientCase
    from clinic.models.household import PatientPreference
    from clinic.models.payers import Payer


class Guarantor(Base):
    """Who is billed; one household may hang on one guarantor (T1)."""

    __tablename__ = "guarantor"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    first_name: Mapped[str]
    last_name: Mapped[str]
    born_on: Mapped[date]
    address: Mapped[str]
    address2: Mapped[str] = mapped_column(default="")
    city: Mapped[str]
    state: Mapped[str]
    zip: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    language: Mapped[str] = mapped_column(default="en")
    bad_address: Mapped[bool] = mapped_column(default=False)
    statement_hold: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    patients: Mapped[list["Patient"]] = relationship(back_populates="guarantor")
    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Patient(Base):
    """A patient; the keys of the name are folded for search and order on any PostgreSQL.

    `tail_key` is the last of several surnames (`cruz` of de la Cruz), `sound_key` what the name sounds like. A record
    that was merged names the one it is `merged_into_id`; what could not be moved is still read through it.
    """

    __tablename__ = "patient"
    __table_args__ = (
        Index(
            "ix__patient__name_key", "name_key", "first_key", postgresql_ops={"name_key": "text_pattern_ops"}
        ),
        Index(
            "ix__patient__tail_key", "tail_key", "first_key", postgresql_ops={"tail_key": "text_pattern_ops"}
        ),
        Index("ix__patient__sound_key", "sound_key"),
        Index("ix__patient__merged_into_id", "merged_into_id", postgresql_where="merged_into_id is not null"),
        Index("ix__patient__born_on", "born_on"),
        Index("ix__patient__phone_digits", "phone_digits"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    mrn: Mapped[str] = mapped_column(unique=True)
    first_name: Mapped[str]
    middle_name: Mapped[str] = mapped_column(default="")
    last_name: Mapped[str]
    suffix: Mapped[str] = mapped_column(default="")
    name_key: Mapped[str]
    first_key: Mapped[str]
    tail_key: Mapped[str] = mapped_column(default="", server_default="")
    sound_key: Mapped[str] = mapped_column(default="", server_default="")
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"))
    born_on: Mapped[date]
    sex: Mapped[str]  # M, F, U, as DMG03 knows them
    ssn_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    ssn_index: Mapped[bytes | None] = mapped_column(LargeBinary, index=True)
    phone: Mapped[str] = mapped_column(default="")  # E.164
    phone_digits: Mapped[str] = mapped_column(default="")  # ten digits, for search
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[str]
    address2: Mapped[str] = mapped_column(default="")
    city: Mapped[str]
    state: Mapped[str]
    zip: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    emergency_contact: Mapped[str] = mapped_column(default="")
    guarantor_id: Mapped[int] = mapped_column(ForeignKey("guarantor.id"), index=True)
    guarantor_relationship: Mapped[str] = mapped_column(default="self")
    confirmed_at: Mapped[datetime | None]
    privacy_notice_on: Mapped[date | None]
    consent_on: Mapped[date | None]
    # When the patient agreed to messages on a channel; None has not, and gets none (A11, TCPA).
    sms_consent_at: Mapped[datetime | None]
    email_consent_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    version: Mapped[int] = mapped_column(default=1)
    guarantor: Mapped[Guarantor] = relationship(back_populates="patients")
    coverages: Mapped[list["Coverage"]] = relationship(back_populates="patient", order_by="Coverage.position")
    preference: Mapped["PatientPreference | None"] = relationship(viewonly=True)
    __mapper_args__ = {"version_id_col": version}

    @property
    def name(self) -> str:
        """As in a work list: "WHITFIELD, Daniel R."."""
        middle = f" {self.middle_name[0]}." if self.middle_name else ""
        suffix = f" {self.suffix}" if self.suffix else ""
        return f"{self.last_name.upper()}{suffix}, {self.first_name}{middle}"

    def age_on(self, day: date) -> int:
        """Whole years of age on a day."""
        return day.year - self.born_on.year - ((day.month, day.day) < (self.born_on.month, self.born_on.day))

    @property
    def ssn(self) -> str | None:
        if self.ssn_sealed is None:
            return None
        return keys.unseal(self.ssn_sealed, f"patient.ssn:{self.public_id}").decode()


class Coverage(Base):
    """One patient's membership in one plan; `position` 1 is primary, 2 secondary (C7, S09).

    The coverage of a case (workers' compensation, an automobile) has position 0: it answers for the visits of its
    `case_id` alone, before every plan. `msp_type` says why Medicare pays after another (SBR05). `replaces_id` is the
    row that this one took the place of, on the same card or another.
    """

    __tablename__ = "coverage"
    __table_args__ = (
        CheckConstraint("terminated_on is null or terminated_on >= effective_on", name="dates_in_order"),
        CheckConstraint("position in (0, 1, 2, 3)", name="position_known"),
        CheckConstraint("(position = 0) = (case_id is not null)", name="position_of_case"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"), index=True)
    position: Mapped[int]
    plan_name: Mapped[str] = mapped_column(default="")
    member_id: Mapped[str]
    group_number: Mapped[str] = mapped_column(default="")
    relationship_code: Mapped[str] = mapped_column(default="18")  # 18 self, 01 spouse, 19 child, G8 other
    subscriber_first_name: Mapped[str] = mapped_column(default="")
    subscriber_last_name: Mapped[str] = mapped_column(default="")
    subscriber_born_on: Mapped[date | None]
    subscriber_sex: Mapped[str] = mapped_column(default="")
    # Where the subscriber lives, when that is not where the patient lives.
    subscriber_address: Mapped[str] = mapped_column(default="", server_default="")
    subscriber_address2: Mapped[str] = mapped_column(default="", server_default="")
    subscriber_city: Mapped[str] = mapped_column(default="", server_default="")
    subscriber_state: Mapped[str] = mapped_column(default="", server_default="")
    subscriber_zip: Mapped[str] = mapped_column(default="", server_default="")
    effective_on: Mapped[date]
    terminated_on: Mapped[date | None]
    copay: Mapped[Decimal | None] = mapped_column(Cents)
    msp_type: Mapped[str] = mapped_column(default="", server_default="")
    case_id: Mapped[int | None] = mapped_column(ForeignKey("patient_case.id"), index=True)
    replaces_id: Mapped[int | None] = mapped_column(ForeignKey("coverage.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped[Patient] = relationship(back_populates="coverages")
    case: Mapped["PatientCase | None"] = relationship()
    payer: Mapped["Payer"] = relationship()
    __mapper_args__ = {"version_id_col": version}

    def covers(self, day: date) -> bool:
        """Whether the effective dates bracket a date of service (S09)."""
        return self.effective_on <= day and (self.terminated_on is None or day <= self.terminated_on)
