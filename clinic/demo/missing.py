"""Who did not come to the demo clinic last week: one owes the fee for it, one was let off by the manager (A3)."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.demo import past
from clinic.models import (
    Appointment,
    Coverage,
    MissedVisitTerms,
    Patient,
    Payer,
    RenderingProvider,
    VisitType,
)
from clinic.models.scheduling import ENDED
from clinic.scheduling import missed

# The kind of visit whose fee is due from the first time on.
KIND = "PT evaluation"
DAYS_BACK = (2, 6)
WAIVED = "Was in the emergency room that day"


def fill(session: Session, run: past.Past) -> None:
    """After the past is worked and the agreements are signed."""
    kind = session.scalars(select(VisitType).where(VisitType.name == KIND)).one()
    provider = session.scalars(select(RenderingProvider).where(RenderingProvider.credential == "PT")).first()
    if provider is None:
        return
    fees = []
    for patient, back in zip(_agreed(session, len(DAYS_BACK)), DAYS_BACK, strict=False):
        starts_at = _free(session, provider, _weekday_before(back), kind.minutes)
        if starts_at is None:
            continue
        visit = past.make_appointment(session, run, patient, provider, kind, starts_at, None)
        past.move_on(session, visit, "no_show", run.users["front_desk"])
        session.flush()
        fees.append(missed.consider(session, visit))
    if len(fees) == len(DAYS_BACK) and fees[-1] is not None:
        with audit.acting_as(run.acting("manager")):
            missed.waive(session, fees[-1], WAIVED)


def _agreed(session: Session, count: int) -> Sequence[Patient]:
    """Patients who signed the agreement and whom nobody may spare: none has Medicaid."""
    medicaid = (
        select(Coverage.patient_id).join(Payer, Payer.id == Coverage.payer_id).where(Payer.kind == "medicaid")
    )
    return session.scalars(
        select(Patient)
        .join(MissedVisitTerms, MissedVisitTerms.patient_id == Patient.id)
        .where(
            MissedVisitTerms.agreed_on.is_not(None),
            MissedVisitTerms.waiver_reason == "",
            Patient.id.not_in(medicaid),
        )
        .order_by(Patient.id.desc())
        .limit(count)
    ).all()


def _weekday_before(back: int) -> date:
    day = clock.today() - timedelta(days=back)
    return day - timedelta(days=max(0, day.weekday() - 4))


def _free(session: Session, provider: RenderingProvider, day: date, minutes: int) -> datetime | None:
    begins, ends = clock.day_bounds(day)
    taken = session.execute(
        select(Appointment.starts_at, Appointment.ends_at).where(
            Appointment.provider_id == provider.id,
            Appointment.starts_at >= begins,
            Appointment.starts_at < ends,
            Appointment.status.not_in(ENDED),
        )
    ).all()
    free = [start for start in past.slots(day) if not any(first <= start < last for first, last in taken)]
    return past.take_slot(free, minutes, None)
