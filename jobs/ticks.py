"""What the clock rings every few seconds; each only rings for rows of work, or looks for files."""

from clinic import clearinghouse, clock, db, queue
from jobs import work

REMIND_MINUTES = 5
NIGHT_HOUR = 3
"""From this hour of the clinic's wall time on, the payers are asked about the coming days, once a day."""


def sweep() -> int:
    """Ring again for whatever is due or whose lease ran out; every few minutes have reminders written and offers ended."""
    try:
        with db.transaction() as session:
            due = int(clock.wall_now().timestamp()) // (60 * REMIND_MINUTES)
            queue.add(session, "jobs.messages.remind", 0, key=f"remind-{due}")
            queue.add(session, "jobs.waiting.look", 0, key=f"waiting-{due}")
            night = clock.local(clock.wall_now())
            if night.hour >= NIGHT_HOUR:
                queue.add(session, "jobs.eligibility.coming_days", 0, key=f"coming-days-{night:%Y-%m-%d}")
                queue.add(session, "jobs.authorizations.learn", 0, key=f"usual-codes-{night:%Y-%m-%d}")
                queue.add(session, "jobs.online.clear", 0, key=f"online-clear-{night:%Y-%m-%d}")
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
