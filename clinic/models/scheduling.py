"""Visit types, provider hours, blocks and appointments (A1 to A6)."""

from datetime import date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic.db import Base, Cents, new_public_id, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient
    from clinic.models.practice import RenderingProvider, Room
    from clinic.models.schedule_rules import Device

ENDED = (
    "cancelled_patient",
    "cancelled_clinic",
    "late_cancel",
    "no_show",
    "rescheduled",
    "left_without_being_seen",
)
# To come: the patient is expected, and may still say no.
COMING = ("requested", "booked", "reminded", "confirmed")
# A held place is nobody's visit yet: lists of visits leave it out, what asks for free time does not.
NO_VISIT = (*ENDED, "held")
IN_A_ROOM = "roomed_in_id IS NOT NULL AND status IN ('roomed', 'with_provider')"


class VisitType(Base):
    __tablename__ = "visit_type"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    name: Mapped[str] = mapped_column(unique=True)
    minutes: Mapped[int]
    service_type: Mapped[str] = mapped_column(default="98")  # EQ01 of its eligibility question (E1)
    takes_copay: Mapped[bool] = mapped_column(default=True)
    self_pay_fee: Mapped[Decimal | None] = mapped_column(Cents)
    # The provider is needed from one minute of the visit to another; None is its end (A5).
    provider_from: Mapped[int] = mapped_column(default=0)
    provider_until: Mapped[int | None]
    buffer_minutes: Mapped[int] = mapped_column(default=0)  # the provider is kept free after his part
    buffer_before: Mapped[int] = mapped_column(default=0, server_default="0")  # and before it
    # Who takes it; none are everybody. Others are booked for it by somebody who says yes to that.
    provider_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")
    room_kind: Mapped[str] = mapped_column(default="")  # "" needs no room
    device_kind: Mapped[str] = mapped_column(default="")  # "" needs no device
    patient_kind: Mapped[str] = mapped_column(default="any")  # any, new, established
    online: Mapped[bool] = mapped_column(default=False)  # may be booked by patients themselves (A10)
    color: Mapped[str] = mapped_column(default="")
    late_cancel_hours: Mapped[int] = mapped_column(default=24)  # a cancel within them is late (A2)
    no_show_fee: Mapped[Decimal | None] = mapped_column(Cents)  # None charges nothing (A3)
    late_cancel_fee: Mapped[Decimal | None] = mapped_column(Cents)
    fee_grace: Mapped[int] = mapped_column(default=1)  # so many missed visits in twelve months are free
    # What most of its visits had lately; every night learns it anew, so that no look at a day has to count (K02).
    usual_codes: Mapped[list[str]] = mapped_column(ARRAY(String), default=list, server_default="{}")
    active: Mapped[bool] = mapped_column(default=True)
    position: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}

    def taken_by(self, provider_id: int) -> bool:
        """Whether a provider takes visits of this type."""
        return not self.provider_ids or provider_id in self.provider_ids


class ProviderHours(Base):
    """Weekly pattern in the clinic's wall time, with effective dates (A6, A8)."""

    __tablename__ = "provider_hours"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"), index=True)
    weekday: Mapped[int]  # 0 Monday
    starts: Mapped[time]
    ends: Mapped[time]
    effective_on: Mapped[date]
    ended_on: Mapped[date | None]


class ScheduleBlock(Base):
    """Time a provider is not to be booked on one day: a meeting, an afternoon off.

    Rows of one `entry` were made together, for several providers: they are shown and removed as one.
    """

    __tablename__ = "schedule_block"
    __table_args__ = (
        Index("ix__schedule_block__provider_starts", "provider_id", "starts_at"),
        Index("uq__schedule_block__entry_provider", "entry", "provider_id", unique=True),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    entry: Mapped[str] = mapped_column(default=new_public_id)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    label: Mapped[str]
    # Made for all providers: the clinic is closed then.
    everybody: Mapped[bool] = mapped_column(default=False, server_default="false")
    made_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    made_at: Mapped[datetime | None]
    provider: Mapped["RenderingProvider"] = relationship()


class Appointment(Base):
    """A booked visit. Overlaps for one provider, room or device are refused by exclusion constraints (A4, A5).

    `status` walks A1; `overbooked` (permission and reason) takes the row out of the provider's constraint, and a
    `closed_reason` (the same permission) says why it stands where nobody works or time is kept free. Room
    and device are held for the whole visit, the provider from `busy_from` to `busy_until` (None: the whole visit).
    A provider who may see several at once has as many lanes, from 0; in each lane visits follow one another.

    `held` is a place kept for somebody who is still deciding (an offer, an online booking): until `held_until` the
    same constraints keep it from everybody else; then the row goes (scheduling.holds). Only such a row may lack a patient.
    """

    __tablename__ = "appointment"
    __table_args__ = (
        Index("ix__appointment__starts_at", "starts_at"),
        # One patient in a room at a time, whatever the schedule had planned.
        Index("uq__appointment__roomed_in", "roomed_in_id", unique=True, postgresql_where=text(IN_A_ROOM)),
        Index("ix__appointment__patient_id_starts_at", "patient_id", "starts_at"),
        Index("ix__appointment__provider_id_starts_at", "provider_id", "starts_at"),
        Index("ix__appointment__series_id", "series_id", postgresql_where="series_id IS NOT NULL"),
        CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        CheckConstraint("(busy_from IS NULL) = (busy_until IS NULL)", name="busy_both"),
        CheckConstraint("busy_until > busy_from AND busy_from < ends_at", name="busy_inside"),
        CheckConstraint("(status = 'held') = (held_until IS NOT NULL)", name="held_until"),
        CheckConstraint("patient_id IS NOT NULL OR status = 'held'", name="patient_unless_held"),
        CheckConstraint("char_length(note) <= 500", name="note_short"),
        CheckConstraint("case_id IS NULL OR NOT self_pay", name="one_who_pays"),
        Index("ix__appointment__held_until", "held_until", postgresql_where=text("held_until IS NOT NULL")),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), nullable=True)
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    series_id: Mapped[int | None] = mapped_column(ForeignKey("appointment_series.id"))
    series_on: Mapped[date | None]  # the day on which the series' rule puts it (A7)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    busy_from: Mapped[datetime | None]
    busy_until: Mapped[datetime | None]
    lane: Mapped[int] = mapped_column(default=0, server_default="0")
    held_until: Mapped[datetime | None]
    held_for: Mapped[str] = mapped_column(default="", server_default="")  # "an online booking"
    case_id: Mapped[int | None] = mapped_column(ForeignKey("patient_case.id"), index=True)
    # The patient pays himself and wants his plan not used for it: no payer is asked or billed (F1).
    self_pay: Mapped[bool] = mapped_column(default=False, server_default="false")
    reason: Mapped[str] = mapped_column(default="")
    status: Mapped[str] = mapped_column(default="booked")
    overbooked: Mapped[bool] = mapped_column(default=False)
    overbook_reason: Mapped[str] = mapped_column(default="")
    # Why it stands at a closed time.
    closed_reason: Mapped[str] = mapped_column(default="", server_default="")
    # For the staff alone: on their screens and papers, never in a message, a calendar feed or a claim.
    note: Mapped[str] = mapped_column(default="", server_default="")
    cancel_reason: Mapped[str] = mapped_column(default="")
    booked_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    booked_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    arrived_at: Mapped[datetime | None]
    checked_in_at: Mapped[datetime | None]
    roomed_at: Mapped[datetime | None]
    roomed_in_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))  # where the patient is, or was
    seen_at: Mapped[datetime | None]
    out_at: Mapped[datetime | None]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    changed_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)
    patient: Mapped["Patient"] = relationship()
    provider: Mapped["RenderingProvider"] = relationship()
    room: Mapped["Room | None"] = relationship(foreign_keys=[room_id])
    roomed_in: Mapped["Room | None"] = relationship(foreign_keys=[roomed_in_id])
    device: Mapped["Device | None"] = relationship()
    visit_type: Mapped[VisitType] = relationship()
    __mapper_args__ = {"version_id_col": version}

    @property
    def coming(self) -> bool:
        """Whether the patient is expected: it may be moved and cancelled."""
        return self.status in COMING

    @property
    def changeable(self) -> bool:
        """Whether what it is for may be changed, as long as its charges are not signed."""
        return self.status not in (*NO_VISIT, "closed")


class AppointmentMove(Base):
    """Every change of an appointment's status, time or provider, with who, when and why (A1).

    The `from_…` columns besides the status are filled where the place changed, with `from_starts_at`; without it
    `from_room_id` is the room the patient sat in before. `from_note` is filled where only the visit's note changed.
    `from_visit_type_id` is filled where what the visit is for changed, with the reason, the case, `from_self_pay` and the
    whole place before; its note says what became what.
    `undoes_id` names the move that this one takes back.
    """

    __tablename__ = "appointment_move"

    id: Mapped[int] = mapped_column(primary_key=True)
    appointment_id: Mapped[int] = mapped_column(ForeignKey("appointment.id"), index=True)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    from_status: Mapped[str]
    to_status: Mapped[str]
    note: Mapped[str] = mapped_column(default="")
    from_starts_at: Mapped[datetime | None]
    from_ends_at: Mapped[datetime | None]
    from_provider_id: Mapped[int | None] = mapped_column(ForeignKey("rendering_provider.id"))
    from_room_id: Mapped[int | None] = mapped_column(ForeignKey("room.id"))
    from_device_id: Mapped[int | None] = mapped_column(ForeignKey("device.id"))
    from_overbook_reason: Mapped[str] = mapped_column(default="", server_default="")
    from_closed_reason: Mapped[str] = mapped_column(default="", server_default="")
    from_note: Mapped[str | None]
    from_visit_type_id: Mapped[int | None] = mapped_column(ForeignKey("visit_type.id"))
    from_reason: Mapped[str | None]
    from_case_id: Mapped[int | None] = mapped_column(ForeignKey("patient_case.id"))
    from_self_pay: Mapped[bool] = mapped_column(default=False, server_default="false")
    undoes_id: Mapped[int | None] = mapped_column(ForeignKey("appointment_move.id"), unique=True)
    series_change_id: Mapped[int | None] = mapped_column(ForeignKey("series_change.id"), index=True)
