"""Mail and text messages, out and in; every text is sealed, for it names a visit or a bill (A11, trust T7)."""

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import CheckConstraint, ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column, relationship

from clinic import keys
from clinic.db import Base, public_id_column

if TYPE_CHECKING:
    from clinic.models.patients import Patient


class Message(Base):
    """One message to one address. `key` is its cause: the same cause writes one message (A11).

    `queued` waits for its job; `sent` was taken by the mail server or the text service; `delivered` reached the
    phone; `failed` was not taken after every try; `undeliverable` will never be; `withdrawn` was no longer true.
    """

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("channel in ('email', 'sms')", name="channel_known"),
        Index("ix__message__to_index_created_at", "to_index", "created_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    key: Mapped[str | None] = mapped_column(unique=True)
    kind: Mapped[str]  # reminder, card_receipt, …
    channel: Mapped[str] = mapped_column(default="email")
    language: Mapped[str] = mapped_column(default="en")
    guarantor_id: Mapped[int | None] = mapped_column(ForeignKey("guarantor.id"))
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"), index=True)
    for_start: Mapped[datetime | None]  # the visit's time that the text tells
    to_index: Mapped[bytes | None] = mapped_column(LargeBinary)  # digest of the address
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: to, subject, text
    state: Mapped[str] = mapped_column(default="queued")
    reason: Mapped[str] = mapped_column(default="")
    outside_id: Mapped[str | None] = mapped_column(unique=True)  # the text service's own number
    created_at: Mapped[datetime] = mapped_column(index=True)
    sent_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    patient: Mapped["Patient | None"] = relationship()

    def body(self) -> bytes:
        return keys.unseal(self.body_sealed, f"message:{self.public_id}")


class InboundMessage(Base):
    """A text message that came; the service's own number makes a second delivery the first (A11)."""

    __tablename__ = "inbound_message"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    outside_id: Mapped[str] = mapped_column(unique=True)
    from_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    patient_id: Mapped[int | None] = mapped_column(ForeignKey("patient.id"), index=True)
    appointment_id: Mapped[int | None] = mapped_column(ForeignKey("appointment.id"))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: from, text, answer
    meaning: Mapped[str]  # confirm, move, cancel, stop, start, help, unknown
    came_at: Mapped[datetime]

    def body(self) -> bytes:
        return keys.unseal(self.body_sealed, f"inbound_message:{self.public_id}")


class OptOut(Base):
    """An address that asked for no more messages on a channel; a phone may be a whole family's (TCPA)."""

    __tablename__ = "opt_out"

    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str]
    address_index: Mapped[bytes] = mapped_column(LargeBinary, index=True)
    since: Mapped[datetime]
    until: Mapped[datetime | None]  # START ends it
    cause: Mapped[str] = mapped_column(default="")
