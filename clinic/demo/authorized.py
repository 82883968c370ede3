"""Authorizations of the demo: some that run out, one that the payer approves, cuts down and leaves pended."""

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import authorizations, clock, patients
from clinic.models import Appointment, Coverage, Payer, VisitType
from clinic.models.scheduling import ENDED

THERAPY = ("97110", "97140")
ASKED = (10, 16, 30)
"""Visits asked for: the practice payer approves the first, grants fewer of the second and wants to look at the third."""
RUNNING_OUT = ((5, 8, 6), (12, 12, 9), (24, 6, 1))
"""Days until the end, visits allowed, visits used."""


def fill(session: Session) -> None:
    """Numbers on file that run out, and requests that the payer answers at its next turn."""
    coverages = _therapy(session)
    today = clock.today()
    for place, (days, allowed, used) in enumerate(RUNNING_OUT):
        if place >= len(coverages):
            return
        row = patients.add_authorization(
            session,
            coverages[place],
            number=f"EVG-{70412 + place}",
            codes=THERAPY,
            starts_on=today - timedelta(days=60),
            ends_on=today + timedelta(days=days),
            visits_allowed=allowed,
        )
        row.visits_used = used
    for place, visits in enumerate(ASKED):
        if place + len(RUNNING_OUT) >= len(coverages):
            return
        authorizations.ask(
            session,
            coverages[place + len(RUNNING_OUT)],
            key=f"demo-authorization-{place}",
            codes=THERAPY,
            diagnoses=("M54.50",),
            visits=visits,
            starts_on=today,
            ends_on=today + timedelta(days=90),
            service_type="PT",
        )


def _therapy(session: Session) -> Sequence[Coverage]:
    """Coverages of a plan that wants authorizations, of patients who come soon, the next for therapy first."""
    rows = session.scalars(
        select(Coverage)
        .join(Payer, Payer.id == Coverage.payer_id)
        .join(Appointment, Appointment.patient_id == Coverage.patient_id)
        .join(VisitType, VisitType.id == Appointment.visit_type_id)
        .where(
            Coverage.position == 1,
            Payer.needs_authorization.contains([THERAPY[0]]),
            Appointment.starts_at > clock.now(),
            Appointment.status.not_in(ENDED),
        )
        .options(joinedload(Coverage.patient), joinedload(Coverage.payer))
        .order_by(VisitType.usual_codes.overlap(THERAPY).desc(), Appointment.starts_at, Appointment.id)
        .limit(40)
    ).all()
    return [each for each in dict.fromkeys(rows) if each.covers(clock.today())]
