"""Forget what was typed online and never shown to be anybody's (A10)."""

from sqlalchemy.orm import Session

from clinic import online


def clear(session: Session, subject_id: int) -> None:
    """Once a day; running it twice changes nothing."""
    online.clear_old(session)
