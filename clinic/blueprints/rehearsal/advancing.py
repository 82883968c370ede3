"""The clinic's date in rehearsal: it goes forward, once for each press of the button."""

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import audit, clock, queue
from clinic.models import RehearsalClock, Work


def advance(session: Session, days: int, key: str) -> bool:
    """Move the clinic's date forward and give the practice payer its turn; False when `key` did so before."""
    session.execute(
        insert(RehearsalClock).values(id=1, days_ahead=0).on_conflict_do_nothing(index_elements=["id"])
    )
    # The lock makes a second click wait here until the first one's work row can be seen.
    row = session.scalars(select(RehearsalClock).where(RehearsalClock.id == 1).with_for_update()).one()
    turn = f"rehearsal-{key}"
    if session.scalar(select(Work.id).where(Work.key == turn)) is not None:
        return False
    before = clock.today()
    row.days_ahead += days
    clock.set_days_ahead(row.days_ahead)
    queue.add(session, "jobs.sandbox.tick", 0, key=turn)
    audit.record(
        session,
        "clock.advance",
        subject="rehearsal clock",
        changes={"today": [before.isoformat(), clock.today().isoformat()]},
    )
    return True


def run_payer(session: Session, key: str) -> None:
    """Give the practice payer its turn now, whatever its own process is doing."""
    queue.add(session, "jobs.sandbox.tick", 0, key=f"rehearsal-{key}")
    audit.record(session, "practice_payer.run", subject="practice payer")
