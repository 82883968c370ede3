"""A weekly series of physical therapy in the demo, with an authorization that ends before its last visit."""

from datetime import time, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, patients
from clinic.demo.authorized import THERAPY
from clinic.models import (
    Appointment,
    Authorization,
    AuthorizationRequest,
    Coverage,
    Payer,
    RenderingProvider,
    VisitType,
)
from clinic.scheduling import series
from clinic.scheduling.recurrence import Rule, monday
from clinic.scheduling.series import Draft
from clinic.scheduling.series_plan import SKIP

VISITS, APPROVED = 12, 8
NUMBER = "EVG-80117"


def fill(session: Session) -> None:
    """Twelve Wednesdays at 8:30, of which the payer approved eight."""
    provider = session.scalars(
        select(RenderingProvider).order_by(RenderingProvider.position.desc()).limit(1)
    ).first()
    kind = session.scalars(select(VisitType).where(VisitType.name == "PT visit")).first()
    coverage = _somebody(session)
    if provider is None or kind is None or coverage is None:
        return
    first = monday(clock.today()) + timedelta(days=9)
    patients.add_authorization(
        session,
        coverage,
        number=NUMBER,
        codes=THERAPY,
        starts_on=clock.today() - timedelta(days=3),
        ends_on=first + timedelta(days=7 * (VISITS - 2)),
        visits_allowed=APPROVED,
    )
    rule = Rule(first, time(8, 30), (2,), times=VISITS)
    draft = Draft(coverage.patient, kind, provider, kind.minutes, rule, "Knee, after surgery", "demo-series")
    # As the desk would: another time where one is offered on the day, a closed day left out.
    choices = {
        each.wanted.key: next((place.token for place in each.options if place.day == each.wanted.on), SKIP)
        for each in series.look(session, draft).plan.open
    }
    series.book(session, draft, choices)


def _somebody(session: Session) -> Coverage | None:
    """A patient of a plan that wants authorizations for therapy: none on file or asked for, and few visits ahead."""
    ahead = (
        select(func.count())
        .where(Appointment.patient_id == Coverage.patient_id, Appointment.starts_at > clock.now())
        .scalar_subquery()
    )
    return session.scalars(
        select(Coverage)
        .join(Payer, Payer.id == Coverage.payer_id)
        .where(
            Coverage.position == 1,
            Coverage.terminated_on.is_(None),
            Payer.needs_authorization.contains([THERAPY[0]]),
            Coverage.id.not_in(select(Authorization.coverage_id)),
            Coverage.id.not_in(select(AuthorizationRequest.coverage_id)),
        )
        .options(joinedload(Coverage.patient))
        .order_by(ahead, Coverage.id.desc())
        .limit(1)
    ).first()
