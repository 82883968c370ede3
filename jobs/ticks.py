"""What the clock rings every few seconds; each only rings for rows of work, or looks for files."""

from clinic import clearinghouse, clock, db, queue
from jobs import work

REMIND_MINUTES = 5


def sweep() -> int:
    """Ring again for whatever is due or whose lease ran out; every few minutes have reminders written."""
    try:
        with db.transaction() as session:
            due = int(clock.wall_now().timestamp()) // (60 * REMIND_MINUTES)
            queue.add(session, "jobs.messages.remind", 0, key=f"remind-{due}")
        return work.sweep()
    finally:
        db.session.remove()


def fetch() -> None:
    """Look for files that came."""
    try:
        with db.transaction() as session:
            clearinghouse.fetch(session)
    finally:
        db.session.remove()
