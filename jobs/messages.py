"""Send mail."""

from sqlalchemy.orm import Session

from clinic import config, messages


def send(session: Session, message_id: int) -> None:
    """One message, through the configured mail server."""
    settings = config.from_environment()
    messages.send(
        session,
        message_id,
        host=settings.smtp_host,
        port=settings.smtp_port,
        sender=settings.mail_from,
    )
