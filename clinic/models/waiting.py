"""Who waits for a place, what was offered to whom, who is due to come again (A9)."""

from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary, text
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import Appointment, VisitType


class WaitPolicy(Base):
    """One row, id 1: whether places are offered by themselves, and for how long one is held for an answer (A9)."""

    __tablename__ = "wait_policy"

    id: Mapped[int] = mapped_column(primary_key=True)
    active: Mapped[bool] = mapped_column(default=True)
    hold_minutes: Mapped[int] = mapped_column(default=20)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class WaitEntry(Base):
    """A patient who waits for a place (A9).

    `provider_ids` empty takes anybody. `windows` holds {"weekdays": [0], "from": "08:00", "until": "12:00"} in the
    clinic's wall time (A8), none takes any time. `moves_id` is a later visit that an earlier place would move.
    `state`: open, booked, removed, expired.
    """

    __tablename__ = "wait_entry"
    __table_args__ = (
        CheckConstraint("state in ('open', 'booked', 'removed', 'expired')", name="state_known"),
        CheckConstraint("priority between 1 and 3", name="priority_known"),
        Index("ix__wait_entry__open", "priority", "added_at", postgresql_where=text("state = 'open'")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    provider_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    first_on: Mapped[date]
    last_on: Mapped[date | None]
    windows: Mapped[list[dict[str, Any]]] = mapped_column(JSONB, default=list, server_default="[]")
    notice_hours: Mapped[int] = mapped_column(default=2)
    priority: Mapped[int] = mapped_column(default=2)  # 1 first
    expires_on: Mapped[date | None]
    note: Mapped[str] = mapped_column(default="")
    moves_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    key: Mapped[str | None] = mapped_column(unique=True)  # the form's, so that a second click is the first
    state: Mapped[str] = mapped_column(default="open")
    added_at: Mapped[datetime]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    end_reason: Mapped[str] = mapped_column(default="")
    booked_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient"] = relationship()
    visit_type: Mapped["VisitType"] = relationship()
    moves: Mapped["Appointment | None"] = relationship(foreign_keys=[moves_id])
    booked: Mapped["Appointment | None"] = relationship(foreign_keys=[booked_id])
    __mapper_args__ = {"version_id_col": version}


class OpenedPlace(Base):
    """A stretch of a provider's time that came free and is offered to one after the other (A9).

    `move_id` is the change of the schedule that freed it, None where the desk offered by hand.
    `state`: offering, by_hand (nobody else is asked), filled, over (nobody suits or it is too late).
    """

    __tablename__ = "opened_place"

    id: Mapped[int] = mapped_column(primary_key=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    move_id: Mapped[int | None] = mapped_column(ForeignKey("appointment_move.id"), unique=True)
    state: Mapped[str] = mapped_column(default="offering")
    opened_at: Mapped[datetime]
    provider: Mapped["RenderingProvider"] = relationship()


class WaitOffer(Base):
    """One place offered to one patient, held until `expires_at` for an answer by link (A9).

    `held` waits for the end of the quiet hours, `open` was sent; it ends as accepted, declined, expired or
    withdrawn. `hold_id` is the held row of the schedule, which goes when the offer ends: no key points at it.
    """

    __tablename__ = "wait_offer"
    __table_args__ = (
        CheckConstraint(
            "state in ('held', 'open', 'accepted', 'declined', 'expired', 'withdrawn')", name="state_known"
        ),
        Index(
            "uq__wait_offer__entry",
            "entry_id",
            unique=True,
            postgresql_where=text("state in ('held', 'open')"),
        ),
        Index(
            "uq__wait_offer__place",
            "place_id",
            unique=True,
            postgresql_where=text("state in ('held', 'open')"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    entry_id: Mapped[int] = mapped_column(ForeignKey("wait_entry.id"), index=True)
    place_id: Mapped[int] = mapped_column(ForeignKey("opened_place.id"), index=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    hold_id: Mapped[int]
    channel: Mapped[str]
    language: Mapped[str] = mapped_column(default="en")
    token_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)
    state: Mapped[str] = mapped_column(default="open")
    offered_at: Mapped[datetime]
    send_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[str] = mapped_column(default="")  # the patient by link, a user's name, the clock
    booked_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    entry: Mapped[WaitEntry] = relationship()
    place: Mapped[OpenedPlace] = relationship()
    provider: Mapped["RenderingProvider"] = relationship()


class RecallRule(Base):
    """After a visit of one type, come again in so many months for another (or the same)."""

    __tablename__ = "recall_rule"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    after_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"), unique=True)
    months: Mapped[int]
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    after: Mapped["VisitType"] = relationship(foreign_keys=[after_id])
    visit_type: Mapped["VisitType"] = relationship(foreign_keys=[visit_type_id])


class Recall(Base):
    """A patient who should come again. `state`: due, contacted, declined, done; a coming visit of the type makes
    it booked, which is read from the schedule and not written, so that a cancelled one makes it due again.
    """

    __tablename__ = "recall"
    __table_args__ = (
        CheckConstraint("state in ('due', 'contacted', 'declined', 'done')", name="state_known"),
        Index("ix__recall__due", "due_on", postgresql_where=text("state in ('due', 'contacted')")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    due_on: Mapped[date]
    reason: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="due")
    note: Mapped[str] = mapped_column(default="")
    key: Mapped[str] = mapped_column(unique=True)  # the visit that made it, or the form's
    contacted_at: Mapped[datetime | None]
    messages_sent: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient"] = relationship()
    visit_type: Mapped["VisitType"] = relationship()
    __mapper_args__ = {"version_id_col": version}


class LeftUnscheduled(Base):
    """A cancelled or missed visit that needs no new one, with the reason: off the unscheduled list."""

    __tablename__ = "left_unscheduled"

    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), primary_key=True)
    reason: Mapped[str]
    left_at: Mapped[datetime]
    left_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
