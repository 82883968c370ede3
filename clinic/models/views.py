"""What a person at the desk keeps for herself: views of the schedule, and visits pinned while a place is found."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.scheduling import Appointment


class SavedView(Base):
    """A span with the providers and rooms it shows (public ids, none: all); one of a user's views may open first."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("span in ('day', 'week', 'month', 'list')", name="span_known"),
        Index("uq__saved_view__user_name", "user_id", "name", unique=True),
        Index("uq__saved_view__first", "user_id", unique=True, postgresql_where="opens_first"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"))
    name: Mapped[str]
    span: Mapped[str]
    providers: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default="{}")
    rooms: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default="{}")
    opens_first: Mapped[bool] = mapped_column(default=False, server_default="false")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class PinnedVisit(Base):
    """A visit that somebody carries to another day; it keeps its place until it is put down."""

    __tablename__ = "pinned_visit"
    __table_args__ = (Index("ix__pinned_visit__appointment_id", "appointment_id"),)

    user_id: Mapped[int] = mapped_column(ForeignKey("user_account.id"), primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    pinned_at: Mapped[datetime]
    appointment: Mapped["Appointment"] = relationship()
