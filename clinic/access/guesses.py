"""Links that are guessed: wrong tries are counted by address, apart from those of staff who sign in (trust)."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import SignInAttempt

TRIES_PER_ADDRESS = 20
LOCK = timedelta(minutes=15)


def guessed_too_often(session: Session, who: str) -> bool:
    """Whether `who` ("visit 192.0.2.1") tried so many wrong links in a quarter of an hour that none opens."""
    failures = session.scalar(
        select(func.count()).where(
            SignInAttempt.address == who,
            SignInAttempt.at > clock.wall_now() - LOCK,
            SignInAttempt.succeeded.is_(False),
        )
    )
    return (failures or 0) >= TRIES_PER_ADDRESS


def note_guess(session: Session, who: str, subject: bytes) -> None:
    """Count a wrong link; the caller commits in any case."""
    session.add(SignInAttempt(at=clock.wall_now(), address=who, subject=subject, succeeded=False))
