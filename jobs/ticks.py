"""What the clock rings every few seconds; each only writes or rings for rows of work."""

from clinic import clock, db, queue
from jobs import work


def sweep() -> int:
    """Ring again for whatever is due or whose lease ran out."""
    try:
        return work.sweep()
    finally:
        db.session.remove()


def fetch() -> None:
    """Ask for a look at the transport, unless one is already waiting."""
    with db.transaction() as session:
        slot = int(clock.wall_now().timestamp()) // 3
        queue.add(session, "jobs.edi.fetch", 0, key=f"fetch-{slot}")
    db.session.remove()
