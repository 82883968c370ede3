"""Outgoing mail; the text is sealed, for it names a patient's bill (trust T7)."""

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from clinic import keys
from clinic.db import Base, public_id_column


class Message(Base):
    __tablename__ = "message"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str]  # card_receipt, …
    guarantor_id: Mapped[int | None] = mapped_column(ForeignKey("guarantor.id"))
    body_sealed: Mapped[bytes] = mapped_column(LargeBinary)  # JSON: to, subject, text
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, sent, failed
    reason: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]

    def body(self) -> bytes:
        return keys.unseal(self.body_sealed, f"message:{self.public_id}")
