"""Payers, enrolments, fee schedules, procedures and the adjustment rules (R12)."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, public_id_column


class Payer(Base):
    """An insurer as the clearinghouse knows it; the filing limits are data with a source (C10)."""

    __tablename__ = "payer"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(unique=True)
    edi_id: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[
        str
    ]  # commercial, medicare, medicare_advantage, medicaid, bcbs, hmo, workers_comp, auto, liability
    filing_indicator: Mapped[str]  # SBR09: CI, MB, MC, BL, HM, 16
    active: Mapped[bool] = mapped_column(default=True)
    filing_days: Mapped[int] = mapped_column(default=365)
    corrected_days: Mapped[int] = mapped_column(default=365)
    limits_source: Mapped[str] = mapped_column(default="")
    capitated: Mapped[bool] = mapped_column(default=False)
    needs_authorization: Mapped[list[str]] = mapped_column(ARRAY(String), default=list)
    accepts_replacement: Mapped[bool] = mapped_column(default=True)
    phone: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    enrolments: Mapped[list["Enrolment"]] = relationship(back_populates="payer")
    __mapper_args__ = {"version_id_col": version}


class Enrolment(Base):
    """The clinic's agreement with a payer to exchange one transaction (K11)."""

    __tablename__ = "enrolment"
    __table_args__ = (UniqueConstraint("payer_id", "transaction_kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payer_id: Mapped[int] = mapped_column(ForeignKey("payer.id"))
    transaction_kind: Mapped[str]  # 837, 835, 270
    state: Mapped[str]  # asked, active, ended
    effective_on: Mapped[date | None]
    payer: Mapped[Payer] = relationship(back_populates="enrolments")


class Procedure(Base):
    """A code the clinic uses, with the clinic's own words for it, in Spanish too, and its effective dates (L01)."""

    __tablename__ = "procedure"
    __table_args__ = (UniqueConstraint("code", "effective_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    description: Mapped[str]
    spanish: Mapped[str] = mapped_column(default="")  # for bills in Spanish; "" where the clinic has no words
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
    global_days: Mapped[str | None]  # 000, 010, 090, XXX (L09)
    zero_charge: Mapped[bool] = mapped_column(default=False)


class AddOn(Base):
    """An add-on code and one of the primary codes it may stand beside (L13)."""

    __tablename__ = "add_on"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    primary_code: Mapped[str]


class CodePair(Base):
    """An NCCI procedure-to-procedure pair: indicator 0 never, 1 with a modifier, 9 ignore (L07)."""

    __tablename__ = "code_pair"
    __table_args__ = (Index("ix__code_pair__codes", "column1", "column2"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    column1: Mapped[str]
    column2: Mapped[str]
    indicator: Mapped[str]
    effective_on: Mapped[date]
    deleted_on: Mapped[date | None]


class ListedCode(Base):
    """A value of a published code list as it was imported: reason, remark, claim status, place or taxonomy.

    `kind` is the list's name in `clinic.x12.codes.PUBLISHED`; a code that was used twice has a row for each time.
    """

    __tablename__ = "listed_code"
    __table_args__ = (UniqueConstraint("kind", "code", "effective_on"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]
    code: Mapped[str]
    description: Mapped[str]
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
    modified_on: Mapped[date | None]
    changed_at: Mapped[datetime]


class FeeSchedule(Base):
    """The clinic's fees (no payer) or what a payer's contract allows, by effective dates."""

    __tablename__ = "fee_schedule"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str]
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("payer.id"))
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    fees: Mapped[list["Fee"]] = relationship(back_populates="schedule", order_by="Fee.code")
    payer: Mapped[Payer | None] = relationship()
    __mapper_args__ = {"version_id_col": version}


class Fee(Base):
    __tablename__ = "fee"
    __table_args__ = (UniqueConstraint("schedule_id", "code", "modifier"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("fee_schedule.id"))
    code: Mapped[str]
    modifier: Mapped[str] = mapped_column(default="")
    amount: Mapped[Decimal] = mapped_column(Cents)
    schedule: Mapped[FeeSchedule] = relationship(back_populates="fees")


class AdjustmentRule(Base):
    """What an adjustment means for the ledger: (payer or any, group, CARC) → action (R12, R13)."""

    __tablename__ = "adjustment_rule"
    __table_args__ = (UniqueConstraint("payer_id", "group_code", "reason_code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    payer_id: Mapped[int | None] = mapped_column(ForeignKey("payer.id"))
    group_code: Mapped[str]
    reason_code: Mapped[str]
    action: Mapped[str]  # write_off, patient, denial, information, review
    category: Mapped[str] = mapped_column(default="")
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]
