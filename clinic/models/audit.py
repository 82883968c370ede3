"""The audit trail: one row a request or job, chained by HMAC (H2, trust T3, T4)."""

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import Base


class AuditEvent(Base):
    """Who did what to which patients' data; `mac` covers the row and the row before it."""

    __tablename__ = "audit_event"
    __table_args__ = (
        Index("ix__audit_event__patient_ids", "patient_ids", postgresql_using="gin"),
        Index("ix__audit_event__at", "at"),
        Index("ix__audit_event__user_id_at", "user_id", "at"),
    )

    id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
    actor: Mapped[str]
    session_id: Mapped[int | None]
    address: Mapped[str] = mapped_column(default="")
    action: Mapped[str]
    category: Mapped[str] = mapped_column(default="")
    patient_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), default=list)
    subject: Mapped[str] = mapped_column(default="")
    outcome: Mapped[str] = mapped_column(default="done")
    changes: Mapped[dict[str, Any]] = mapped_column(JSONB, default=dict)
    mac: Mapped[bytes] = mapped_column(LargeBinary)
