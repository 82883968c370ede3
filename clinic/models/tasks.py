"""Things that a person must do, because the system could not: one list for every kind."""

from datetime import date, datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient


class Task(Base):
    """One thing to do; `key` is what makes it, so that the same cause asks once."""

    __tablename__ = "task"
    __table_args__ = (
        CheckConstraint("state in ('open', 'done')", name="state_known"),
        Index("ix__task__open", "role", "due_on", postgresql_where="state = 'open'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    sentence: Mapped[str]  # what to do, without the patient's name
    subject: Mapped[str] = mapped_column(default="")  # our own id of the row: "message:…"
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    role: Mapped[str] = mapped_column(default="front_desk")  # who is asked to do it
    due_on: Mapped[date]
    state: Mapped[str] = mapped_column(default="open")
    note: Mapped[str] = mapped_column(default="")  # what came of it
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient | None"] = relationship()
    __mapper_args__ = {"version_id_col": version}
