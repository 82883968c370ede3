"""Offer what came free to who waits, end offers without an answer, make recalls (A9)."""

from sqlalchemy.orm import Session

from clinic import config, reminders, waiting
from clinic.waiting import entries, recalls


def place_opened(session: Session, move_id: int) -> None:
    """A visit was cancelled, missed or moved: its place is offered to who waits."""
    place = waiting.open_place(session, move_id)
    if place is not None:
        waiting.offer_next(session, place.id, _way())


def offer_next(session: Session, place_id: int) -> None:
    """An offer ended: the next one is asked."""
    waiting.offer_next(session, place_id, _way())


def send(session: Session, offer_id: int) -> None:
    """The quiet hours are over: write to the patient."""
    waiting.send(session, offer_id, _way())


def expire(session: Session, offer_id: int) -> None:
    """The time for an answer is over."""
    waiting.expire(session, offer_id)


def look(session: Session, subject_id: int) -> None:
    """Every few minutes: offers that a moved clock left behind, entries that the schedule answered."""
    for offer_id in waiting.overdue(session):
        waiting.expire(session, offer_id)
    entries.settle(session)


def recall_after(session: Session, appointment_id: int) -> None:
    """A visit is over: its type says when the patient comes again."""
    recalls.after_visit(session, appointment_id)


def _way() -> waiting.Way:
    settings = config.from_environment()
    return waiting.Way(settings.base_url, reminders.text_service(settings) is not None)
