"""The demo's messages: who agreed to reminders, what was sent for the next days, what came back."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, db, messages, reminders
from clinic.demo import past
from clinic.models import Appointment, Message, Patient, Practice
from clinic.reminders import planning

COUNT = 16
DELIVERED = 9
REPLIES = ("C", "R", "Is there parking at the clinic?")
PHONE_OFF = 30003


def fill(run: past.Past, base_url: str) -> None:
    """Consent for most, reminders of the coming visits: some delivered and answered, one not, the rest to be sent."""
    with db.transaction() as session:
        reminders.seed_rules(session)
        _agree(session, run)
    with db.transaction() as session:
        sent = _remind(session, base_url)
        for message in sent[:DELIVERED]:
            messages.outlook(session, message.public_id, "delivered", 0)
        if len(sent) > DELIVERED:
            messages.outlook(session, sent[DELIVERED].public_id, "undelivered", PHONE_OFF)
    with db.transaction() as session:
        for number, (message, text) in enumerate(zip(sent, REPLIES, strict=False)):
            patient = session.get_one(Patient, message.patient_id)
            reminders.take_reply(session, f"SMdemo{number}", patient.phone, text)


def _agree(session: Session, run: past.Past) -> None:
    for patient in session.scalars(select(Patient).order_by(Patient.id)):
        agreed = patient.created_at
        patient.sms_consent_at = agreed if patient.phone and run.dice.random() < 0.8 else None
        patient.email_consent_at = agreed if patient.email and run.dice.random() < 0.6 else None


def _remind(session: Session, base_url: str) -> list[Message]:
    """A text message for each of the next visits whose phone is nobody else's here, so that an answer is clear."""
    practice = session.scalars(select(Practice)).one()
    visits = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at > clock.day_bounds(clock.today())[1],
            Appointment.starts_at < clock.now() + timedelta(days=6),
            Appointment.status == "booked",
        )
        .options(joinedload(Appointment.patient))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    phones: set[str] = set()
    keys: list[str] = []
    for visit in visits:
        key = f"reminder-{visit.id}-{visit.starts_at:%Y%m%dT%H%M}-1days-sms"
        if visit.patient.phone in phones or len(keys) == COUNT:
            continue
        if planning.write_one(session, practice, visit, "sms", key, base_url):
            phones.add(visit.patient.phone)
            keys.append(key)
    return list(session.scalars(select(Message).where(Message.key.in_(keys)).order_by(Message.id)))
