"""What registration keeps beside the patient: merges, who is not who, scans and remembered places."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column
from clinic.models.files import StoredFile
from clinic.models.patients import Patient


class PatientMerge(Base):
    """One merge of two records: what was taken from the merged one, and every row that was moved.

    `fields` maps a column of the survivor to [before, after]; `moved` lists [table, column, key, before, after] of
    each row, so that the merge is undone exactly. `report` is what a person read before it was done, `reason` why two
    people who are unlike are one.
    """

    __tablename__ = "patient_merge"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    survivor_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    merged_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    fields: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    moved: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    report: Mapped[list[Any]] = mapped_column(JSONB, default=list)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    merged_at: Mapped[datetime]
    merged_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    undone_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    survivor: Mapped[Patient] = relationship(foreign_keys=[survivor_id])
    merged: Mapped[Patient] = relationship(foreign_keys=[merged_id])


class PatientDistinction(Base):
    """Somebody said that two records which look alike are two people; until it is taken back nobody is asked again."""

    __tablename__ = "patient_distinction"
    __table_args__ = (
        CheckConstraint("one_id <> other_id", name="two_records"),
        Index("ix__patient_distinction__other_id", "other_id"),
        Index(
            "uq__patient_distinction__standing",
            "one_id",
            "other_id",
            unique=True,
            postgresql_where="taken_back_at is null",
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    one_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    other_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    said_at: Mapped[datetime]
    said_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    taken_back_at: Mapped[datetime | None]
    taken_back_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    one: Mapped[Patient] = relationship(foreign_keys=[one_id])
    other: Mapped[Patient] = relationship(foreign_keys=[other_id])


class PatientScan(Base):
    """A picture of a patient or of his insurance card; the bytes are a stored file, sealed.

    `kind`: photo, card_front, card_back. A newer picture of the same kind takes the place of the older, which stays.
    """

    __tablename__ = "patient_scan"
    __table_args__ = (Index("ix__patient_scan__patient_id", "patient_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    coverage_id: Mapped[int | None] = mapped_column(ForeignKey("coverage.id"), index=True)
    kind: Mapped[str]
    file_id: Mapped[int] = mapped_column(ForeignKey("stored_file.id"))
    width: Mapped[int]
    height: Mapped[int]
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    replaced_at: Mapped[datetime | None]
    file: Mapped[StoredFile] = relationship()


class ZipPlace(Base):
    """City and state of a ZIP code, as the clinic's patients gave it or a file brought it."""

    __tablename__ = "zip_place"

    zip: Mapped[str] = mapped_column(primary_key=True)  # five digits
    city: Mapped[str]
    state: Mapped[str]
