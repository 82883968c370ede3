"""A place that comes free is told to the wait list, in the transaction of the change (A9)."""

from datetime import timedelta

from sqlalchemy.orm import Session

from clinic import clock, queue
from clinic.models import Appointment, AppointmentMove
from clinic.models.scheduling import ENDED

# Who cancelled by mistake takes it back before anybody is written to.
GRACE = timedelta(minutes=1)


def tell(session: Session, appointment: Appointment, move: AppointmentMove) -> None:
    """Have the wait list look at the place that this change freed, if it did and there is time left; flush before."""
    if move.from_ends_at is not None:
        ends_at = move.from_ends_at
    elif move.to_status in ENDED and move.from_status not in ENDED:
        ends_at = appointment.ends_at
    else:
        return
    if ends_at > clock.now():
        queue.add(session, "jobs.waiting.place_opened", move.id, due_at=clock.wall_now() + GRACE)
