"""How offers are made: whether by themselves, for how long a place is held, when messages may go out (A9, A11)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from clinic import messages, policies, reminders
from clinic.messages.consent import address_of
from clinic.models import Patient, WaitPolicy
from clinic.waiting.errors import WaitingError

SHORTEST, LONGEST = 5, 240


@dataclass(frozen=True)
class Way:
    """How a message leaves this clinic: the address of its links, and whether a text service is set up."""

    base_url: str
    texts: bool


def policy(session: Session) -> WaitPolicy:
    """The clinic's policy; where none was written, the usual one: on, twenty minutes."""
    return policies.read(session, WaitPolicy, active=True, hold_minutes=20)


def set_policy(session: Session, *, version: int, active: bool, hold_minutes: int) -> WaitPolicy:
    """As `policies.write`; raises WaitingError for a time that is too short or too long."""
    if not SHORTEST <= hold_minutes <= LONGEST:
        raise WaitingError(f"Hold a place for {SHORTEST} to {LONGEST} minutes.")
    return policies.write(session, WaitPolicy, version, active=active, hold_minutes=hold_minutes)


def channel_for(session: Session, patient: Patient, *, texts: bool) -> str:
    """The channel on which a patient may be written to, the one he asked for before a text; "" where on none (TCPA)."""
    wish = messages.wish_of(patient)
    for channel in sorted(("sms", "email") if texts else ("email",), key=lambda each: each != wish):
        if not messages.may_send(session, patient, channel):
            return channel
    return ""


def write(
    session: Session, patient: Patient, channel: str, kind: str, words: tuple[str, str], key: str
) -> None:
    """Write one message to a patient in the patient's language; `words` are its subject and text."""
    subject, text = words
    messages.write(
        session,
        kind,
        channel=channel,
        to=address_of(patient, channel),
        subject=subject,
        text=text,
        language=language_of(patient),
        patient_id=patient.id,
        key=key,
    )


def language_of(patient: Patient) -> str:
    return patient.language if patient.language in reminders.LANGUAGES else "en"
