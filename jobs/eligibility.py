"""Eligibility: the question is written, delivered and looked after; each step is a row of work of its own."""

from sqlalchemy.orm import Session

from clinic import eligibility


def send(session: Session, check_id: int) -> None:
    """Write one check's 270 and keep its bytes (E1)."""
    eligibility.build(session, check_id)


def deliver(session: Session, check_id: int) -> None:
    """Hand the 270 to the transport."""
    eligibility.deliver(session, check_id)


def look_for_answer(session: Session, check_id: int) -> None:
    """Say that the payer is silent when one check had no answer in time."""
    eligibility.overdue(session, check_id)


def overdue(session: Session, _subject_id: int) -> None:
    """The same for all checks."""
    eligibility.overdue(session)


def try_again(session: Session, check_id: int) -> None:
    """Send a failed check's question once more."""
    eligibility.try_again(session, check_id)


def at_booking(session: Session, appointment_id: int) -> None:
    """Ask about a visit that was just booked, where its answers are not fresh."""
    eligibility.ask_ahead(session, appointment_id)


def coming_days(session: Session, _subject_id: int) -> None:
    """Ask for the visits of the coming days."""
    eligibility.ask_coming(session)
