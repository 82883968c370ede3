"""Work to do is a row; Redis is only the bell (design 5)."""

from datetime import datetime

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import Base


class Work(Base):
    """One piece of work: `job` is a dotted name under `jobs.`, `subject_id` the row it is about."""

    __tablename__ = "work"
    __table_args__ = (
        Index("ix__work__due_at", "due_at", postgresql_where="state in ('waiting', 'running')"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    job: Mapped[str]
    subject_id: Mapped[int]
    key: Mapped[str | None] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, running, done, failed
    attempts: Mapped[int] = mapped_column(default=0)
    days_ahead: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime]
    lease_owner: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_error: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
