"""Who may be written to: consent by patient and channel, opt-out by address, because a phone may be a family's (A11)."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from clinic import audit, clock, keys
from clinic.models import OptOut, Patient, PatientPreference
from clinic.patients import circle

CHANNELS = {"sms": "Text message", "email": "E-mail"}


def address_index(channel: str, address: str) -> bytes:
    """The digest under which an address is found without being stored readable."""
    return keys.blind_index(address.strip().lower(), f"message.{channel}")


def address_of(patient: Patient, channel: str) -> str:
    """The phone (E.164) or the e-mail of a patient, or ""; the confidential one where there is one."""
    return circle.reach(patient, "phone" if channel == "sms" else "email")


def agreed(patient: Patient, channel: str) -> datetime | None:
    """When the patient agreed to messages on a channel."""
    return patient.sms_consent_at if channel == "sms" else patient.email_consent_at


def stopped_since(session: Session, channel: str, address: str) -> datetime | None:
    """When an address asked for no more messages; None when it did not, or took it back."""
    return session.scalar(
        select(OptOut.since).where(
            OptOut.channel == channel,
            OptOut.address_index == address_index(channel, address),
            OptOut.until.is_(None),
        )
    )


def opted_out(session: Session, channel: str, address: str) -> bool:
    return stopped_since(session, channel, address) is not None


def may_send(session: Session, patient: Patient, channel: str) -> str:
    """ "" when the patient may be written to on a channel, else the reason in words (TCPA)."""
    address = address_of(patient, channel)
    if not address:
        return "No phone on file" if channel == "sms" else "No e-mail on file"
    if agreed(patient, channel) is None:
        return "The patient has not agreed to " + ("text messages" if channel == "sms" else "e-mail")
    if opted_out(session, channel, address):
        return "The patient asked for no more messages"
    return ""


def wish_of(patient: Patient) -> str:
    """The channel that the patient asked for, "" without a wish."""
    return patient.preference.channel if patient.preference else ""


def prefers_another(session: Session, patient: Patient, channel: str, among: Collection[str]) -> bool:
    """Whether the patient asked for another one of these channels and may be written to on it: then it goes alone."""
    wish = wish_of(patient)
    return wish in among and wish != channel and not may_send(session, patient, wish)


def agree(session: Session, patient: Patient, channel: str, *, yes: bool) -> None:
    """Write down what the patient says at the desk.

    A yes takes back an end of e-mail that was asked for by link, for no other way leads back once no link comes; it
    does not undo a STOP, which only the phone itself takes back (TCPA).
    """
    if yes and channel == "email":
        opt_in(session, channel, address_of(patient, channel))
    name = "sms_consent_at" if channel == "sms" else "email_consent_at"
    before = getattr(patient, name)
    if (before is not None) == yes:
        return
    setattr(patient, name, clock.now() if yes else None)
    audit.record(
        session,
        "patient.message_consent",
        patients=[patient.id],
        subject=f"patient:{patient.public_id}",
        category="demographics",
        changes={name: [bool(before), yes]},
    )


def opt_out(session: Session, channel: str, address: str, cause: str) -> bool:
    """Send nothing more to an address, whoever's it is; False when it was so already."""
    if opted_out(session, channel, address):
        return False
    session.add(
        OptOut(
            channel=channel,
            address_index=address_index(channel, address),
            since=clock.now(),
            cause=cause,
        )
    )
    session.flush()
    _record(session, "message.opt_out", channel, address)
    return True


def opt_in(session: Session, channel: str, address: str) -> bool:
    """The address itself takes its STOP back; False when there was none."""
    rows = session.scalars(
        select(OptOut).where(
            OptOut.channel == channel,
            OptOut.address_index == address_index(channel, address),
            OptOut.until.is_(None),
        )
    ).all()
    for row in rows:
        row.until = clock.now()
    if rows:
        session.flush()
        _record(session, "message.opt_in", channel, address)
    return bool(rows)


def people_at(session: Session, channel: str, address: str) -> list[Patient]:
    """Every patient with this phone or e-mail."""
    name = "phone" if channel == "sms" else "email"
    asked = select(PatientPreference.patient_id).where(
        PatientPreference.confidential_since.is_not(None), getattr(PatientPreference, name) == address
    )
    known = or_(getattr(Patient, name) == address, Patient.id.in_(asked))
    return list(session.scalars(select(Patient).where(known).order_by(Patient.id)))


def _record(session: Session, action: str, channel: str, address: str) -> None:
    people = [patient.id for patient in people_at(session, channel, address)]
    audit.record(session, action, patients=people, category="demographics", changes={"channel": channel})
