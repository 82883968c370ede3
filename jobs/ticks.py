"""What the clock rings every few seconds; each only rings for rows of work, or looks for files."""

from clinic import clearinghouse, db
from jobs import work


def sweep() -> int:
    """Ring again for whatever is due or whose lease ran out."""
    try:
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
