"""Render statements."""

from sqlalchemy.orm import Session

from clinic import config, statements


def render(session: Session, statement_id: int) -> None:
    """One guarantor's statement to its PDF."""
    settings = config.from_environment()
    watermark = "Demo: not a bill" if settings.demo else "Rehearsal" if settings.rehearsal else None
    statements.render(session, statement_id, base_url=settings.base_url, watermark=watermark)
