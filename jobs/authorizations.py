"""Requests for authorization: written and delivered, each step a row of work of its own."""

from sqlalchemy.orm import Session

from clinic import authorizations
from clinic.authorizations import usual


def send(session: Session, request_id: int) -> None:
    """Write one request's 278 and keep its bytes."""
    authorizations.build(session, request_id)


def deliver(session: Session, request_id: int) -> None:
    """Hand the 278 to the transport."""
    authorizations.deliver(session, request_id)


def learn(session: Session, subject_id: int) -> None:
    """Once a day, the codes that visits of each kind usually bring; running it twice changes nothing."""
    usual.learn(session)
