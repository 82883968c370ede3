"""Places kept for somebody who is still deciding: an offer from the wait list, an online booking (A9, A10)."""

from datetime import datetime, timedelta

from sqlalchemy import delete
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, RenderingProvider, VisitType
from clinic.scheduling import capacity, places


def hold(
    session: Session,
    provider: RenderingProvider,
    visit_type: VisitType,
    starts_at: datetime,
    *,
    lasts: timedelta,
    why: str,
    minutes: int | None = None,
) -> Appointment:
    """Keep a place with all that its visit needs from everybody else; `why` follows "held for": "an online booking".

    Raises SchedulingConflict when it is taken (A4). Cautions are the caller's: whoever holds took the place from
    `find_openings`. The row has no patient and is no visit; `release` it before `book` in the same transaction.
    """
    ends_at = places.end_of(starts_at, minutes or visit_type.minutes)
    held = Appointment(
        provider_id=provider.id,
        visit_type_id=visit_type.id,
        starts_at=starts_at,
        ends_at=ends_at,
        status="held",
        held_until=clock.now() + lasts,
        held_for=why,
        booked_at=clock.now(),
        **capacity.busy(visit_type, starts_at, ends_at),
    )
    places.take(session, held, lambda: session.add(held), choose=True)
    return held


def release(session: Session, hold_id: int) -> bool:
    """Let a held place go; answers whether it was still held, so that of many who accept it one goes on.

    Those who come second wait here until the first has committed. The place's locks are taken first, as by whoever
    books: else one who already waits for the vanishing row would hold the lock that is wanted next.
    """
    held = session.get(Appointment, hold_id)
    if held is not None:
        capacity.lock_place(session, held)
    still = session.scalar(
        delete(Appointment)
        .where(Appointment.id == hold_id, Appointment.status == "held", Appointment.held_until > clock.now())
        .returning(Appointment.id)
    )
    return still is not None
