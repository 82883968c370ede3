"""Another time for a visit that stands, chosen by its patient by link and by the rules of booking online (A2, A10, A11)."""

from datetime import date, datetime, timedelta

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic import audit, clock, scheduling
from clinic.models import Appointment, OnlineRequest
from clinic.models.scheduling import COMING
from clinic.online.offers import policy, providers
from clinic.online.times import NEAR_DAYS, SHUT, PlaceGone, free_times, read_place, refuse_what_is_not_offered
from clinic.scheduling import NeedsConfirmation, Opening, SchedulingError


def may_choose(session: Session, visit: Appointment) -> bool:
    """Whether the patient may give the visit another time himself: its kind is booked online, with this provider, and
    its notice period has not begun. Otherwise the desk is asked to call.
    """
    kind = visit.visit_type
    notice = timedelta(hours=kind.late_cancel_hours)
    return (
        visit.status in COMING
        and visit.starts_at > clock.now()
        and visit.starts_at - clock.now() >= notice
        and policy(session).active
        and kind.online
        and kind.active
        and visit.provider in providers(session, kind)
    )


def other_times(
    session: Session,
    visit: Appointment,
    *,
    first: date | None = None,
    days: int = NEAR_DAYS,
    limit: int = 2000,
) -> list[Opening]:
    """Free times as long as the visit, with the provider whom it has; nothing is held."""
    return free_times(
        session,
        visit.visit_type,
        provider=visit.provider.public_id,
        first=first,
        days=days,
        limit=limit,
        minutes=_length(visit),
    )


def opening_at(session: Session, visit: Appointment, at: str) -> Opening | None:
    """One of `other_times`, as `Opening.at`; None where it is free no more."""
    try:
        _, starts_at = read_place(session, at)
    except PlaceGone:
        return None
    day = clock.local(starts_at).date()
    return next((each for each in other_times(session, visit, first=day, days=1) if each.at == at), None)


def move_to(session: Session, visit: Appointment, at: str, how: str) -> bool:
    """Give the visit the time `at` (as `Opening.at`); raises PlaceGone, and then nothing has changed.

    False where it stands there already: the second click. What the desk would be asked, such as a plan that ends
    before, is for the desk to see; nobody who moves a visit by link can answer it.
    """
    session.refresh(visit, with_for_update=True)
    provider, starts_at = read_place(session, at)
    if (visit.provider_id, visit.starts_at) == (provider.id, starts_at) and visit.status in COMING:
        return False
    if not may_choose(session, visit) or provider.id != visit.provider_id:
        raise PlaceGone("This visit is not moved by link.")
    refuse_what_is_not_offered(session, visit.visit_type, provider, starts_at)
    reason, was = f"Moved by the patient {how}", visit.starts_at
    with audit.acting_as(audit.Actor(None, f"patient {how}", None, audit.actor().address)):
        try:
            _move(session, visit, starts_at, reason)
        except SchedulingError as taken:
            raise PlaceGone("Somebody else has just taken that time.") from taken
    # Who booked it online sees it by the link of that time too.
    session.execute(
        update(OnlineRequest)
        .where(OnlineRequest.appointment_id == visit.id, OnlineRequest.starts_at == was)
        .values(starts_at=visit.starts_at, ends_at=visit.ends_at, wants_move=False)
    )
    return True


def _move(session: Session, visit: Appointment, starts_at: datetime, reason: str) -> None:
    try:
        scheduling.move(session, visit, visit.version, starts_at=starts_at, reason=reason)
    except NeedsConfirmation as asked:
        codes = [each.code for each in asked.warnings]
        if any(code in SHUT for code in codes):
            raise
        scheduling.move(session, visit, visit.version, starts_at=starts_at, reason=reason, accepted=codes)


def _length(visit: Appointment) -> int:
    return (visit.ends_at - visit.starts_at) // timedelta(minutes=1)
