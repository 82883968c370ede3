"""Outgoing mail: written as a sealed row with its cause, sent by a job, kept with its state (trust T7)."""

import json
import smtplib
from email.message import EmailMessage
from email.utils import format_datetime

from sqlalchemy.orm import Session

from clinic import clock, keys, log, queue
from clinic.db import ClinicError, new_public_id
from clinic.models import Message

TIMEOUT_SECONDS = 20


class NotSent(ClinicError):
    """The mail server did not take the message; the job tries again."""


def write(
    session: Session,
    kind: str,
    *,
    to: str,
    subject: str,
    text: str,
    guarantor_id: int | None = None,
    key: str,
) -> Message:
    """Keep a message sealed and have it sent after the commit; the same `key` asks once."""
    public_id = new_public_id()
    body = json.dumps({"to": to, "subject": subject, "text": text})
    message = Message(
        public_id=public_id,
        kind=kind,
        guarantor_id=guarantor_id,
        body_sealed=keys.seal(body, f"message:{public_id}"),
        created_at=clock.now(),
    )
    session.add(message)
    session.flush()
    queue.add(session, "jobs.messages.send", message.id, key=f"message-{key}")
    return message


def send(session: Session, message_id: int, *, host: str, port: int, sender: str) -> None:
    """Hand one message to the mail server; a message that was sent is not sent again."""
    message = session.get(Message, message_id, with_for_update=True)
    if message is None or message.state == "sent":
        return
    body = json.loads(message.body())
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = body["to"]
    mail["Subject"] = body["subject"]
    # The same id on a retry lets the receiving side drop a second copy.
    mail["Message-ID"] = f"<{message.public_id}@{sender.rpartition('@')[2]}>"
    mail["Date"] = format_datetime(clock.now())
    mail.set_content(body["text"])
    try:
        with smtplib.SMTP(host, port, timeout=TIMEOUT_SECONDS) as server:
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        log.failure("mail_not_sent", error)
        raise NotSent("The mail server did not take the message.") from error
    message.state = "sent"
    message.sent_at = clock.now()
