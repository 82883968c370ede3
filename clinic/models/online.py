"""Visits that people book themselves on the clinic's public pages, and the desk's word on each (A10)."""

import json
from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic import keys
from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient
    from clinic.models.practice import RenderingProvider
    from clinic.models.scheduling import Appointment, VisitType


class OnlinePolicy(Base):
    """One row, id 1: whether people may book online, and how soon and how far ahead."""

    __tablename__ = "online_policy"
    __table_args__ = (
        CheckConstraint("notice_hours >= 0", name="notice_known"),
        CheckConstraint("ahead_days between 1 and 180", name="ahead_known"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    active: Mapped[bool] = mapped_column(default=False)
    notice_hours: Mapped[int] = mapped_column(default=24)
    ahead_days: Mapped[int] = mapped_column(default=60)
    # A person whom nobody here resembles is registered and booked without the desk.
    book_new: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class OnlineVisitType(Base):
    """What the public page says of a visit type, in both languages: its name and one question; and who takes it.

    An empty name is the visit type's own; an empty question asks nothing; no `provider_ids` are everybody.
    """

    __tablename__ = "online_visit_type"

    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"), primary_key=True)
    name_en: Mapped[str] = mapped_column(default="")
    name_es: Mapped[str] = mapped_column(default="")
    question_en: Mapped[str] = mapped_column(default="")
    question_es: Mapped[str] = mapped_column(default="")
    provider_ids: Mapped[list[int]] = mapped_column(ARRAY(Integer), default=list, server_default="{}")

    def taken_by(self, provider_id: int) -> bool:
        """Whether a provider takes it online, of those who take it at all."""
        return not self.provider_ids or provider_id in self.provider_ids


class OnlineRequest(Base):
    """One visit that somebody asked for online; what was typed is sealed, and is nobody's record yet.

    `typing` has not shown yet that the phone or e-mail is his; `requested` waits for the desk and holds its place;
    `booked` has an appointment; `declined` by the desk, `withdrawn` by the person, `lapsed` lost its place.
    """

    __tablename__ = "online_request"
    __table_args__ = (
        CheckConstraint(
            "state in ('typing', 'requested', 'booked', 'declined', 'withdrawn', 'lapsed')",
            name="state_known",
        ),
        CheckConstraint("channel in ('email', 'sms')", name="channel_known"),
        Index("ix__online_request__waiting", "verified_at", postgresql_where="state = 'requested'"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str] = mapped_column(unique=True)
    state: Mapped[str] = mapped_column(default="typing")
    visit_type_id: Mapped[int] = mapped_column(ForeignKey("visit_type.id"))
    provider_id: Mapped[int] = mapped_column(ForeignKey("rendering_provider.id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    says_new: Mapped[bool]  # "I have not been here before"
    hold_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id", ondelete="SET NULL"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    language: Mapped[str] = mapped_column(default="en")
    channel: Mapped[str]
    contact_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)  # digest of the address
    agreed_sms: Mapped[bool] = mapped_column(default=False)
    agreed_email: Mapped[bool] = mapped_column(default=False)
    typed_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON of what the form asks
    code_index: Mapped[bytes | None] = mapped_column(LargeBinary)
    code_until: Mapped[datetime | None]
    codes_sent: Mapped[int] = mapped_column(default=0)
    wrong_codes: Mapped[int] = mapped_column(default=0)
    token_index: Mapped[bytes | None] = mapped_column(LargeBinary, unique=True)  # of the person's own link
    wants_move: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    verified_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    note: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    visit_type: Mapped["VisitType"] = relationship()
    provider: Mapped["RenderingProvider"] = relationship()
    hold: Mapped["Appointment | None"] = relationship(foreign_keys=[hold_id], passive_deletes=True)
    appointment: Mapped["Appointment | None"] = relationship(foreign_keys=[appointment_id])
    patient: Mapped["Patient | None"] = relationship()
    __mapper_args__ = {"version_id_col": version}

    @property
    def typed(self) -> dict[str, str]:
        """What the person typed: first_name, last_name, born_on (ISO), phone, email, and the rest of the form."""
        found: dict[str, str] = json.loads(
            keys.unseal(self.typed_sealed, f"online_request.typed:{self.public_id}")
        )
        return found

    def keep_typed(self, values: dict[str, str]) -> None:
        self.typed_sealed = keys.seal(json.dumps(values), f"online_request.typed:{self.public_id}")
