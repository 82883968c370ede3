"""The practice payer's turns. Refused outside rehearsal: there the transport leads to real payers (Z1)."""

from sqlalchemy.orm import Session

from clinic import clearinghouse, clock, db, queue, sandbox
from clinic.models import RehearsalClock


def tick(session: Session, _subject_id: int) -> None:
    """Read what the clinic sent, answer it, pay what is due, and have the answers delivered."""
    folder = clearinghouse.exchange_folder()
    sandbox.read(session, folder.outbound)
    sandbox.pay_due(session, clock.today())
    if sandbox.waiting(session):
        queue.add(session, "jobs.sandbox.deliver", 0)


def deliver(session: Session, _subject_id: int) -> None:
    """Put written answers into the clinic's folder, and have the clinic look there.

    A transaction of its own after the one that wrote them, so that a crash never loses an answer.
    """
    if sandbox.deliver(session, clearinghouse.exchange_folder().inbound):
        queue.add(session, "jobs.edi.fetch", 0)


def turn() -> int:
    """One turn of the practice payer's own process; answers how many files it delivered."""
    folder = clearinghouse.exchange_folder()
    try:
        with db.transaction() as session:
            rehearsal = session.get(RehearsalClock, 1)
            clock.set_days_ahead(rehearsal.days_ahead if rehearsal else 0)
            sandbox.read(session, folder.outbound)
            sandbox.pay_due(session, clock.today())
        with db.transaction() as session:
            return len(sandbox.deliver(session, folder.inbound))
    finally:
        db.session.remove()
