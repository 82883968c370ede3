"""Who stands around a patient and what was agreed: contacts, preferences, signatures."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from clinic.db import Base, public_id_column


class PatientContact(Base):
    """Somebody to call or to speak with. `may_know` says whether they may be told about care and bills.

    `kind`: emergency, parent, spouse, caregiver, interpreter, other. One who is no contact any more stays, ended.
    """

    __tablename__ = "patient_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), index=True)
    kind: Mapped[str]
    name: Mapped[str]
    phone: Mapped[str] = mapped_column(default="")  # E.164
    email: Mapped[str] = mapped_column(default="")
    may_know: Mapped[bool] = mapped_column(default=False)
    note: Mapped[str] = mapped_column(default="")
    ended_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class PatientPreference(Base):
    """How a patient wants to be reached. With `confidential_since` the address, phone and e-mail here go before all
    others, in messages and on bills (45 CFR 164.522(b)); a part that is empty falls back to the record.
    """

    __tablename__ = "patient_preference"

    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"), primary_key=True)
    channel: Mapped[str] = mapped_column(default="")  # "", sms, email, phone, mail
    interpreter: Mapped[str] = mapped_column(default="")  # the language, "" for none
    confidential_since: Mapped[date | None]
    phone: Mapped[str] = mapped_column(default="")  # E.164
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    address2: Mapped[str] = mapped_column(default="")
    city: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="")
    zip: Mapped[str] = mapped_column(default="")
    version: Mapped[int] = mapped_column(default=1)
    __mapper_args__ = {"version_id_col": version}


class Consent(Base):
    """One signature: what was agreed, by whom, on which day, until when, and whether it was taken back.

    `kind`: privacy_notice, treatment, assignment, financial, missed_visit_fee. `method`: paper, desk, refused.
    """

    __tablename__ = "consent"
    __table_args__ = (Index("ix__consent__patient_id_kind", "patient_id", "kind"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    patient_id: Mapped[int] = mapped_column(ForeignKey("patient.id"))
    kind: Mapped[str]
    method: Mapped[str]
    signer: Mapped[str]
    signed_on: Mapped[date]
    expires_on: Mapped[date | None]
    revoked_on: Mapped[date | None]
    revoked_reason: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[int | None] = mapped_column(ForeignKey("user_account.id"))
