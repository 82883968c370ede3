"""Encounters (the charge slip) and their charges."""

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import Appointment

POINTERS = "ABCDEFGHIJKL"


class Encounter(Base):
    """One seen visit: its diagnoses A to L in order, and the lines that are charged at sign-off.

    `kind` is visit, or fee for a patient-only charge that no claim may ever carry (A3).
    """

    __tablename__ = "encounter"
    __table_args__ = (Index("ix__encounter__state_service_on", "state", "service_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), unique=True)
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    service_on: Mapped[date]
    place_of_service: Mapped[str] = mapped_column(default="11")
    diagnoses: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)  # dotted, A first
    authorization_id: Mapped[int | None] = mapped_column(ForeignKey("authorization_number.id"))
    kind: Mapped[str] = mapped_column(default="visit", server_default="visit")
    state: Mapped[str] = mapped_column(default="draft")  # draft, signed
    signed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    signed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient"] = relationship()
    provider: Mapped["RenderingProvider"] = relationship()
    appointment: Mapped["Appointment | None"] = relationship()
    charges: Mapped[list["Charge"]] = relationship(
        back_populates="encounter", order_by="Charge.position", cascade="all, delete-orphan"
    )
    __mapper_args__ = {"version_id_col": version}


class Charge(Base):
    """One line of a slip; after sign-off its amount stands in the ledger and it no longer changes."""

    __tablename__ = "charge"
    __table_args__ = (
        UniqueConstraint("encounter_id", "position"),
        CheckConstraint("amount >= 0 and fee >= 0 and units > 0", name="amounts_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    encounter_id: Mapped[int] = mapped_column(ForeignKey("encounter.id"))
    position: Mapped[int]
    code: Mapped[str]
    modifiers: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    pointers: Mapped[str]  # letters A to L, primary first, at most four
    units: Mapped[int] = mapped_column(default=1)
    fee: Mapped[Decimal] = mapped_column(Cents)
    amount: Mapped[Decimal] = mapped_column(Cents)
    encounter: Mapped[Encounter] = relationship(back_populates="charges")
