"""How often one address and one contact may try: counted in the database, so that a restart forgets nothing (T7)."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.db import ClinicError
from clinic.models import SignInAttempt

# What is tried, how often one network address may, and within which time. A family and a library share an address.
LIMITS = {
    "hold": (15, timedelta(minutes=15)),
    "form": (15, timedelta(hours=1)),
    "code": (30, timedelta(hours=1)),
}
PER_CONTACT, CONTACT_SPAN = 5, timedelta(hours=1)


class TooMany(ClinicError):
    """So many tries that a person would rather call."""


def wait_minutes(what: str) -> int:
    """After how many minutes the first of too many tries counts no more."""
    return int(LIMITS[what][1].total_seconds()) // 60


def allows(session: Session, what: str, address: str) -> bool:
    """Note one try of an address; False from the limit on. The caller commits in any case."""
    most, span = LIMITS[what]
    name = f"book {what} {address}"
    tried = session.scalar(
        select(func.count())
        .select_from(SignInAttempt)
        .where(SignInAttempt.address == name, SignInAttempt.at > clock.wall_now() - span)
    )
    if (tried or 0) >= most:
        audit.record(session, f"online_{what}.too_many", category="schedule", outcome="refused")
        return False
    _note(session, name, b"")
    return True


def count_contact(session: Session, contact: bytes) -> None:
    """Note one code to a phone or e-mail; raises TooMany from the limit on, so that nobody is pestered."""
    tried = session.scalar(
        select(func.count())
        .select_from(SignInAttempt)
        .where(
            SignInAttempt.subject == contact,
            SignInAttempt.address == "book contact",
            SignInAttempt.at > clock.wall_now() - CONTACT_SPAN,
        )
    )
    if (tried or 0) >= PER_CONTACT:
        raise TooMany("Too many codes.")
    _note(session, "book contact", contact)


def _note(session: Session, address: str, subject: bytes) -> None:
    session.add(SignInAttempt(at=clock.wall_now(), address=address, subject=subject, succeeded=False))
    session.flush()
