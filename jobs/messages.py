"""Send what was written, and write the reminders that are due."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, config, messages, queue, reminders, scheduling, waiting
from clinic.models import Message, Work


def send(session: Session, message_id: int) -> None:
    """One message, through the configured mail server or text service; given up after the last try.

    What the clinic writes by itself and what is late, or sent again by hand, waits for the end of the quiet hours (A11).
    """
    message = session.get(Message, message_id)
    if message is not None and message.state == "queued" and message.kind in messages.UNASKED:
        may = reminders.send_at(session, clock.now())
        if may > clock.now():
            key = f"message-later-{message_id}-{may:%Y%m%dT%H%M}"
            queue.add(session, "jobs.messages.send", message_id, key=key, due_at=waiting.wall(may))
            return
    settings = config.from_environment()
    tries = _tries(session, message_id)
    try:
        message = messages.deliver(
            session,
            message_id,
            messages.MailServer(
                settings.smtp_host,
                settings.smtp_port,
                settings.mail_from,
                settings.smtp_security,
                settings.smtp_user,
                settings.smtp_password,
            ),
            reminders.text_service(settings),
            again=tries > 1,
        )
        if (
            message is not None
            and message.kind == "reminder"
            and message.state == "sent"
            and message.appointment_id
        ):
            scheduling.note_reminded(session, message.appointment_id)
    except messages.NotSent:
        if tries < queue.MAX_ATTEMPTS:
            raise
        messages.give_up(session, message_id)


def remind(session: Session, subject_id: int) -> None:
    """Write every reminder that is due now; the rule and the visit write it once (A11)."""
    settings = config.from_environment()
    reminders.write_due(session, settings.base_url, texts=reminders.text_service(settings) is not None)


def _tries(session: Session, message_id: int) -> int:
    """How often this message's work was begun."""
    query = (
        select(Work.attempts)
        .where(Work.job == "jobs.messages.send", Work.subject_id == message_id, Work.state == "running")
        .order_by(Work.id.desc())
        .limit(1)
    )
    return session.scalar(query) or 1
