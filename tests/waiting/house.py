"""A provider with a full morning, patients who agreed to messages and wait, and the jobs run by hand."""

from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, db, scheduling, waiting
from clinic.models import Appointment, Patient, VisitType, WaitEntry, WaitOffer, Work
from jobs import work
from tests import factories
from tests.reminders.house import agreed

MONDAY = date(2026, 3, 9)
TUESDAY = date(2026, 3, 10)
NOW = clock.at(MONDAY, time(10, 40))
WAY = waiting.Way("https://clinic.example.com", texts=True)


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


def wait(session: Session, visit_type: VisitType, patient: Patient | None = None, **wish: Any) -> WaitEntry:
    """An entry of a patient who agreed to messages; a minute older than the one before where `minutes_ago` says so."""
    ago = wish.pop("minutes_ago", 0)
    patient = patient or agreed(session)
    entry = waiting.add(
        session,
        patient,
        waiting.Wish(visit_type, wish.pop("first_on", MONDAY), **wish),
        key=f"wait-{patient.id}-{visit_type.id}",
    )
    entry.added_at -= timedelta(minutes=ago)
    session.flush()
    return entry


def cancel(session: Session, visit: Appointment) -> None:
    scheduling.cancel(session, visit, visit.version, reason="Cannot come", by="clinic")


def run_jobs(name: str = "jobs.waiting.") -> int:
    """Do the due work of this package in the test's own session; what is due later waits."""
    count = 0
    while True:
        due = db.session.scalars(
            select(Work)
            .where(Work.job.startswith(name), Work.state == "waiting", Work.due_at <= clock.wall_now())
            .order_by(Work.id)
        ).all()
        if not due:
            return count
        for row in due:
            with audit.acting_as(audit.Actor(None, row.job)), db.transaction() as current:
                work.resolve(row.job)(current, row.subject_id)
                row.state = "done"
            count += 1


def offers(session: Session) -> list[WaitOffer]:
    return list(db.session.scalars(select(WaitOffer).order_by(WaitOffer.id)))


def rows(session: Session) -> list[tuple[str, str]]:
    """Who was offered, in order, and how it ended."""
    return [(offer.entry.patient.last_name, offer.state) for offer in offers(session)]


def held(session: Session) -> list[Appointment]:
    return list(db.session.scalars(select(Appointment).where(Appointment.status == "held")))


def ready(session: Session, **provider: Any) -> tuple[Any, VisitType]:
    factories.make_practice(session)
    return (
        factories.make_provider(session, first_name="Helen", last_name="Adams", **provider),
        factories.make_visit_type(session, name="Follow-up"),
    )


def fresh(row: Any) -> Any:
    """The row as it is now: another session may have changed it."""
    return db.session.get_one(type(row), row.id, populate_existing=True)
