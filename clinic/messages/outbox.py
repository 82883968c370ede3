"""One message's way: queued with its cause, handed over by a job, delivered, or a task for a person (A11, T7)."""

import json
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, keys, log, queue, tasks
from clinic.db import ClinicError, new_public_id
from clinic.messages import consent, sms
from clinic.models import Appointment, Message, Patient, Practice
from clinic.models.scheduling import COMING

TIMEOUT_SECONDS = 20
STATES = {
    "queued": ("Waiting", "info"),
    "sent": ("Sent", "info"),
    "delivered": ("Delivered", "ok"),
    "failed": ("Failed", "danger"),
    "undeliverable": ("Not deliverable", "danger"),
    "withdrawn": ("Not sent", ""),
}
# What the clinic writes by itself, and not in answer to what somebody has just done: by consent and in decent hours.
UNASKED = ("reminder", "offer", "recall")
# The service's words for what became of a message, and ours.
_OUTLOOK = {"delivered": "delivered", "undelivered": "undeliverable", "failed": "failed"}
# Its codes that a person can do something about.
_WORDS = {
    21211: "This is no phone number",
    21408: "The service does not write to this country",
    21610: "The phone asked for no more messages",
    21614: "This number takes no text messages",
    30003: "The phone is off or unknown",
    30004: "The phone blocks messages",
    30005: "The number is not in use",
    30006: "This is a landline",
    30007: "The carrier held the message back",
}


class NotSent(ClinicError):
    """The mail server or the text service did not take the message; the job tries again."""


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed over; `security` is none, starttls or tls, and `user` signs in where one is given."""

    host: str
    port: int
    sender: str
    security: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)

    @contextmanager
    def open(self) -> Iterator[smtplib.SMTP]:
        """A connection, signed in; raises OSError and SMTPException, also for a certificate that is not the host's."""
        if self.security == "tls":
            made: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=TIMEOUT_SECONDS, context=ssl.create_default_context()
            )
        else:
            made = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT_SECONDS)
        with made as connection:
            if self.security == "starttls":
                connection.starttls(context=ssl.create_default_context())
            if self.user:
                connection.login(self.user, self.password)
            yield connection


def write(
    session: Session,
    kind: str,
    *,
    to: str,
    text: str,
    key: str,
    subject: str = "",
    channel: str = "email",
    language: str = "en",
    guarantor_id: int | None = None,
    patient_id: int | None = None,
    appointment: Appointment | None = None,
) -> Message:
    """Keep a message sealed and have it sent after the commit; the same `key` writes one message.

    `to` is an e-mail address, or a phone in E.164 for channel "sms". With an `appointment` the message is
    withdrawn instead of sent when the visit has moved or ended meanwhile.
    """
    existing = session.scalar(select(Message).where(Message.key == key))
    if existing is not None:
        return existing
    public_id = new_public_id()
    body = json.dumps({"to": to, "subject": subject, "text": text})
    message = Message(
        public_id=public_id,
        key=key,
        kind=kind,
        channel=channel,
        language=language,
        guarantor_id=guarantor_id,
        patient_id=patient_id or (appointment.patient_id if appointment else None),
        appointment_id=appointment.id if appointment else None,
        for_start=appointment.starts_at if appointment else None,
        to_index=consent.address_index(channel, to),
        body_sealed=keys.seal(body, f"message:{public_id}"),
        created_at=clock.now(),
    )
    session.add(message)
    session.flush()
    queue.add(session, "jobs.messages.send", message.id, key=f"message-{key}")
    return message


def deliver(
    session: Session,
    message_id: int,
    mail: MailServer,
    texts: sms.TextService | None,
    *,
    again: bool = False,
) -> Message | None:
    """Hand one message over, once; raises NotSent when it should be tried again.

    `again` says that an earlier try may have been killed half-way: the text service is asked first whether it
    has this message. What is no longer true (visit moved, consent taken back) is withdrawn with its reason.
    """
    message = session.get(Message, message_id, with_for_update=True)
    if message is None or message.state != "queued":
        return message
    reason = _no_longer(session, message)
    if reason:
        message.state, message.reason = "withdrawn", reason
        return message
    body = json.loads(message.body())
    if message.channel == "sms":
        _text(session, message, body, texts, again=again)
    else:
        _mail(session, message, body, mail)
    return message


def _mail(session: Session, message: Message, body: dict[str, str], server: MailServer) -> None:
    name, address = parseaddr(server.sender)
    mail = EmailMessage()
    mail["From"] = formataddr((name or session.scalars(select(Practice.name)).first() or "", address))
    mail["To"] = body["to"]
    mail["Subject"] = body["subject"]
    # The same id on a retry lets the receiving side drop a second copy.
    mail["Message-ID"] = f"<{message.public_id}@{address.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(clock.now())
    mail.set_content(body["text"])
    try:
        with server.open() as connection:
            connection.send_message(mail)
    except smtplib.SMTPRecipientsRefused as error:
        code = next(iter(error.recipients.values()))[0]
        if code >= 500:
            _stopped(session, message, "undeliverable", "The mail server refused the address")
            return
        raise NotSent("The mail server did not take the message.") from error
    except (OSError, smtplib.SMTPException) as error:
        log.failure("mail_not_sent", error)
        raise NotSent("The mail server did not take the message.") from error
    _sent(message)


def _text(
    session: Session,
    message: Message,
    body: dict[str, str],
    texts: sms.TextService | None,
    *,
    again: bool,
) -> None:
    if texts is None:
        _stopped(session, message, "failed", "No text service is set up")
        return
    try:
        number = texts.find(body["to"], body["text"]) if again else None
        message.outside_id = number or texts.send(body["to"], body["text"], message.public_id)
    except sms.Refused as refusal:
        if refusal.code == sms.OPTED_OUT:
            consent.opt_out(session, "sms", body["to"], "told by the text service")
        _stopped(session, message, "undeliverable", words(refusal.code))
        return
    except sms.ServiceSilent as error:
        raise NotSent("The text service did not take the message.") from error
    _sent(message)


def outlook(session: Session, public_id: str, status: str, code: int) -> bool:
    """What the text service says became of a message; false for one that is not ours. Never backwards."""
    message = session.scalar(
        select(Message).where(Message.public_id == public_id, Message.channel == "sms").with_for_update()
    )
    if message is None:
        return False
    state = _OUTLOOK.get(status)
    if state is None or message.state not in ("queued", "sent"):
        return True
    if state == "delivered":
        message.state, message.delivered_at = "delivered", clock.now()
        message.sent_at = message.sent_at or message.delivered_at
    else:
        if code == sms.OPTED_OUT:
            consent.opt_out(session, "sms", json.loads(message.body())["to"], "told by the text service")
        _stopped(session, message, state, words(code))
    return True


def give_up(session: Session, message_id: int) -> None:
    """After the last try: failed, and a task."""
    message = session.get(Message, message_id, with_for_update=True)
    if message is not None and message.state == "queued":
        _stopped(session, message, "failed", "Not taken after every try")


def send_again(session: Session, message: Message) -> None:
    """Try a failed or undeliverable message once more by hand; refused when it would say what is not true."""
    session.refresh(message, with_for_update=True)
    if message.state == "queued":
        return
    if message.state not in ("failed", "undeliverable"):
        raise ClinicError("Only a message that failed can be sent again.")
    reason = _no_longer(session, message)
    if reason:
        raise ClinicError(f"{reason}: it is not sent again.")
    message.state, message.reason, message.outside_id = "queued", "", None
    queue.add(session, "jobs.messages.send", message.id, key=f"message-again-{new_public_id()}")
    audit.record(
        session,
        "message.send_again",
        patients=[message.patient_id] if message.patient_id else [],
        subject=f"message:{message.public_id}",
        category="message",
    )


def words(code: int) -> str:
    """The service's number for a failure in our words."""
    return _WORDS.get(code, f"The text service says {code}" if code else "The text service gave no reason")


def _sent(message: Message) -> None:
    message.state, message.reason, message.sent_at = "sent", "", clock.now()


def _stopped(session: Session, message: Message, state: str, reason: str) -> None:
    """Nobody got it: a person must know."""
    message.state, message.reason = state, reason
    if message.kind == "online_code":
        # Whoever typed a wrong address asks for another code, and is nobody's patient yet.
        return
    channel = consent.CHANNELS[message.channel]
    tasks.add(
        session,
        "undeliverable",
        f"{channel} not delivered. {reason}. Reach the patient another way and mend the record.",
        key=f"undeliverable-{message.id}",
        patient_id=message.patient_id,
        appointment_id=message.appointment_id,
        subject=f"message:{message.public_id}",
        role="front_desk" if message.patient_id or message.kind == "online" else "biller",
    )


def _no_longer(session: Session, message: Message) -> str:
    """Why a message that lives by consent must not go out any more; "" when it may."""
    if message.kind not in UNASKED or message.patient_id is None:
        return ""
    if message.appointment_id is not None:
        appointment = session.get_one(Appointment, message.appointment_id, populate_existing=True)
        start: datetime | None = message.for_start
        if appointment.status not in COMING:
            return "The visit is no longer coming"
        if start != appointment.starts_at or appointment.starts_at <= clock.now():
            return "The visit has moved or begun"
    return consent.may_send(session, session.get_one(Patient, message.patient_id), message.channel)
