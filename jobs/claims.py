"""Claims out: the file is built, then delivered; each step is a row of work of its own."""

from sqlalchemy.orm import Session

from clinic import claims


def build(session: Session, submission_id: int) -> None:
    """Write one submission's 837P and keep its bytes (C13)."""
    claims.build(session, submission_id)


def send(session: Session, submission_id: int) -> None:
    """Hand one built file to the transport; repeats until it is delivered."""
    claims.send(session, submission_id)


def rescrub(session: Session, _subject_id: int) -> None:
    """Scrub every unsent claim again, after a rule, a code set or a set-up changed."""
    claims.rescrub(session)
