"""Write the reminders that are due now: one for each visit, offset and channel, whoever asks how often (A11)."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, messages
from clinic.messages.consent import address_of
from clinic.models import Appointment, Message, Patient, Practice, ReminderPolicy, ReminderRule
from clinic.reminders import links, texts
from clinic.reminders.rules import due_at, hours, is_quiet, policy, rules

LOCK = 4_207_118
# A reminder that is later than this (nothing ran, the visit was booked meanwhile) is left out.
STALE = timedelta(hours=12)
LEAST_NOTICE = timedelta(minutes=15)
STATUSES = ("booked", "reminded", "confirmed")


def write_due(session: Session, base_url: str, *, texts: bool = True) -> int:
    """Write every reminder that is due and not written yet; how many were. `texts` False leaves text messages out.

    Two at the same time do not meet: the second finds the lock taken and leaves it to the first.
    """
    now = clock.now()
    how = policy(session)
    known = [rule for rule in rules(session) if texts or rule.channel != "sms"]
    if not how.active or not known or is_quiet(now, how.quiet_from, how.quiet_until):
        return 0
    if not session.scalar(select(func.pg_try_advisory_xact_lock(LOCK))):
        return 0
    practice = session.scalars(select(Practice)).one()
    wanted = _wanted(session, how, known, now)
    written = set(session.scalars(select(Message.key).where(Message.key.in_([key for key, *_ in wanted]))))
    channels = {rule.channel for rule in known}
    count = 0
    for key, appointment, channel in wanted:
        if key in written or messages.prefers_another(session, appointment.patient, channel, channels):
            continue
        if write_one(session, practice, appointment, channel, key, base_url):
            count += 1
    return count


def key_of(appointment: Appointment, rule: ReminderRule) -> str:
    """One message for a visit at its time, an offset and a channel."""
    return f"reminder-{appointment.id}-{appointment.starts_at:%Y%m%dT%H%M}-{rule.amount}{rule.unit}-{rule.channel}"


def _wanted(
    session: Session, how: ReminderPolicy, known: list[ReminderRule], now: datetime
) -> list[tuple[str, Appointment, str]]:
    """Key, visit and channel of what should have been said by now; of several offsets only the nearest."""
    horizon = now + timedelta(hours=max(map(hours, known))) + timedelta(days=2)
    visits = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at > now + LEAST_NOTICE,
            Appointment.starts_at <= horizon,
            Appointment.status.in_(STATUSES),
        )
        .options(joinedload(Appointment.patient).joinedload(Patient.preference))
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    found = []
    for visit in visits:
        nearest: dict[str, tuple[datetime, ReminderRule]] = {}
        for rule in known:  # the earliest first, so that the nearest stays
            due = due_at(visit.starts_at, rule.amount, rule.unit, how.quiet_from, how.quiet_until)
            if due <= now:
                nearest[rule.channel] = (due, rule)
        found += [
            (key_of(visit, rule), visit, channel)
            for channel, (due, rule) in nearest.items()
            if now - due < STALE and due >= visit.booked_at
        ]
    return found


def write_one(
    session: Session, practice: Practice, appointment: Appointment, channel: str, key: str, base_url: str
) -> bool:
    """One reminder for a visit on a channel; False where the patient may not be written to."""
    patient = appointment.patient
    if messages.may_send(session, patient, channel):
        return False
    language = patient.language if patient.language in texts.LANGUAGES else "en"
    token = links.make_link(session, appointment, language)
    told = texts.facts(session, practice, appointment.starts_at, language, f"{base_url}/visit/{token}")
    subject, text = texts.filled(texts.words_of(session, channel, language), told)
    messages.write(
        session,
        "reminder",
        channel=channel,
        to=address_of(patient, channel),
        subject=subject,
        text=text,
        language=language,
        appointment=appointment,
        key=key,
    )
    return True
