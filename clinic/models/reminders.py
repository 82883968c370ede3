"""When patients are reminded of a visit and in what words; their links; the providers' calendar feeds (A11)."""

from datetime import datetime, time
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import Appointment


class ReminderPolicy(Base):
    """One row, id 1: whether reminders go out, the hours without messages in the clinic's wall time (A8)."""

    __tablename__ = "reminder_policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    active: Mapped[bool] = mapped_column(default=True)
    quiet_from: Mapped[time] = mapped_column(default=time(20))
    quiet_until: Mapped[time] = mapped_column(default=time(8))
    sender_name: Mapped[str] = mapped_column(default="")  # "" is the clinic's own name
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class ReminderRule(Base):
    """So long before a visit, on one channel: days by the wall clock, hours by the hour (A8)."""

    __tablename__ = "reminder_rule"
    __table_args__ = (
        UniqueConstraint("amount", "unit", "channel"),
        CheckConstraint("unit in ('days', 'hours')", name="unit_known"),
        CheckConstraint("channel in ('email', 'sms')", name="channel_known"),
        CheckConstraint("amount > 0", name="amount_positive"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    amount: Mapped[int]
    unit: Mapped[str]
    channel: Mapped[str]


class ReminderText(Base):
    """The clinic's own words in place of ours, by channel and language."""

    __tablename__ = "reminder_text"
    __table_args__ = (UniqueConstraint("channel", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    language: Mapped[str]
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str]


class VisitLink(Base):
    """A link by which somebody without an account answers for one visit at one time; the token is a digest here."""

    __tablename__ = "visit_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    token_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    for_start: Mapped[datetime]
    language: Mapped[str] = mapped_column(default="en")
    expires_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")  # confirm, move, cancel, ask_cancel
    answered_at: Mapped[datetime | None]
    appointment: Mapped["Appointment"] = relationship()


class CalendarFeed(Base):
    """A revocable address where a calendar program reads one provider's visits; initials only."""

    __tablename__ = "calendar_feed"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"), index=True)
    token_index: Mapped[bytes] = mapped_column(LargeBinary, unique=True)
    label: Mapped[str] = mapped_column(default="")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    provider: Mapped["RenderingProvider"] = relationship()
