"""Asking before anybody stands at the desk: at booking, and every night for the coming days (E1, E7)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, log, queue
from clinic.eligibility.asking import ask_when_stale, coverages_on
from clinic.models import Appointment, EligibilityCheck
from clinic.models.scheduling import NO_VISIT

NIGHT_DAYS = 3
"""How many days ahead the night asks: as long as an answer is fresh."""


def ask_ahead(session: Session, appointment_id: int) -> list[EligibilityCheck]:
    """Ask about each coverage of a booked visit whose answer is not fresh; answers the checks that count (job)."""
    visit = session.get(Appointment, appointment_id, options=[joinedload(Appointment.visit_type)])
    if visit is None or visit.status in NO_VISIT or visit.starts_at < clock.now():
        return []
    found = [ask_when_stale(session, coverage, visit) for coverage in coverages_on(session, visit)]
    return [check for check in found if check is not None]


def ask_coming(session: Session, days: int = NIGHT_DAYS) -> int:
    """Have every visit of today and the coming days asked about where its answers are stale; answers how many (job).

    A day off is no reason to come unprepared: weekends count as days, so that Monday is asked on Friday.
    """
    begin, _ = clock.day_bounds(clock.today())
    _, end = clock.day_bounds(clock.today() + timedelta(days=days))
    visits = session.scalars(
        select(Appointment.id)
        .where(
            Appointment.starts_at >= begin, Appointment.starts_at < end, Appointment.status.not_in(NO_VISIT)
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    # A row of work each: a coverage is held only while its own visit is asked about.
    for visit_id in visits:
        queue.add(session, "jobs.eligibility.at_booking", visit_id)
    log.event("night_asked", count=len(visits))
    return len(visits)
