"""While booking: what this kind of visit needs with this plan, in one look and five statements (Z13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility, estimates, ledger
from clinic.authorizations import judging
from clinic.authorizations.judging import Need, Shares
from clinic.eligibility import CopayDue
from clinic.models import (
    Appointment,
    Authorization,
    Coverage,
    EligibilityCheck,
    OpenItem,
    Patient,
    PatientCase,
    VisitType,
)
from clinic.models.scheduling import ENDED, NO_VISIT
from clinic.patients import in_force

ZERO = Decimal("0.00")
CLINICS_OWN = ("cancelled_clinic", "rescheduled", "cancelled_patient")
LOOKED_BACK = 5


@dataclass(frozen=True)
class Authorized:
    """An authorization for such a visit: `booked` visits will use it already, `free` is left after them.

    Of one that counts units nothing is taken off: nobody knows how many before a visit is coded.
    """

    row: Authorization
    booked: int
    free: int


@dataclass(frozen=True)
class BookingCard:
    """What to know before the visit is booked. `need` is what such a visit wants of its plan, None without a plan.

    `missing` says that it wants an authorization and that none is left for it on that day; `check` is the question and
    `answer` the answer for the day.
    """

    coverage: Coverage | None
    covered: bool
    check: EligibilityCheck | None
    answer: EligibilityCheck | None
    fresh: bool
    need: Need | None
    missing: bool
    authorizations: Sequence[Authorized]
    copay: CopayDue
    fee: Decimal
    old_balance: Decimal
    kept: int
    counted: int
    no_shows: int
    expected: estimates.Expected

    @property
    def standing(self) -> eligibility.Standing:
        return eligibility.standing(self.check, self.coverage)


def booking_card(
    session: Session,
    patient: Patient,
    visit_type: VisitType,
    day: date,
    case: PatientCase | None = None,
    *,
    self_pay: bool = False,
    provider_id: int | None = None,
) -> BookingCard:
    """The card for a patient, a kind of visit and a day; the visits of a `case` are its insurer's (C9).

    `self_pay`: the patient wants the plan not used for it (F1). An authorization may be for one provider alone.
    """
    coverages = session.scalars(
        select(Coverage)
        .where(
            Coverage.patient_id == patient.id,
            Coverage.case_id == case.id if case else Coverage.case_id.is_(None),
        )
        .options(joinedload(Coverage.payer))
    ).all()
    coverage = in_force.plan_on(coverages, day, case.id if case else None, self_pay=self_pay)
    asked, answers = _checks(session, [each.id for each in coverages], day)
    check = asked.get(coverage.id) if coverage else None
    answer = answers.get(coverage.id) if coverage else None
    visits = session.scalars(
        select(Appointment)
        .where(Appointment.patient_id == patient.id, Appointment.status.not_in(CLINICS_OWN))
        .options(joinedload(Appointment.visit_type))
        .order_by(Appointment.starts_at.desc())
        .limit(60)
    ).all()
    now = clock.now()
    past = [visit.status for visit in visits if visit.starts_at < now][:LOOKED_BACK]
    ahead = [visit for visit in reversed(visits) if visit.starts_at >= now and visit.status not in NO_VISIT]
    balance = session.scalar(
        select(func.sum(OpenItem.amount)).where(
            OpenItem.patient_id == patient.id, OpenItem.bucket == ledger.PATIENT
        )
    )
    need, missing, authorizations = None, False, list[Authorized]()
    if coverage is not None:
        need = judging.need_of(visit_type, day, provider_id, coverage, answer)
        shares = _shares(session, coverage, coverages, answer, ahead)
        authorizations = [
            Authorized(row, shares.booked[row.id], shares.left(row))
            for row in shares.rows
            if judging.fits(row, need)
        ]
        missing = bool(need.why) and not any(shares.room(each.row) for each in authorizations)
    protected = any(eligibility.is_protected(each, answers.get(each.id), day) for each in coverages)
    copay = CopayDue(ZERO, "qmb") if protected else CopayDue(*_copay(visit_type, coverage, answer, day))
    first, second = estimates.in_order(coverages, day, case.id if case else None, self_pay=self_pay)
    planned = estimates.Planned(visit_type, day, first, second, answers, protected)
    return BookingCard(
        coverage=coverage,
        covered=coverage is not None and coverage.covers(day),
        check=check,
        answer=answer,
        fresh=check is not None and eligibility.is_settled(check, day),
        need=need,
        missing=missing,
        authorizations=authorizations,
        copay=copay,
        fee=(visit_type.self_pay_fee or ZERO) if coverage is None else ZERO,
        old_balance=max(balance or ZERO, ZERO),
        kept=sum(status not in ENDED for status in past),
        counted=len(past),
        no_shows=past.count("no_show"),
        expected=estimates.expected(session, planned),
    )


def _copay(
    visit_type: VisitType, coverage: Coverage | None, answer: EligibilityCheck | None, day: date
) -> tuple[Decimal, str, Decimal, bool]:
    amount, source, ambiguous = eligibility.copay_of(visit_type, coverage, answer, day)
    return amount, source, ZERO, ambiguous


def _checks(
    session: Session, coverage_ids: Sequence[int], day: date
) -> tuple[dict[int, EligibilityCheck], dict[int, EligibilityCheck]]:
    """The check and the answer of each coverage that count for a day (E7), in one statement."""
    order = (
        (EligibilityCheck.service_on == day).desc(),
        eligibility.same_month(day).desc(),
        EligibilityCheck.asked_at.desc(),
        EligibilityCheck.id.desc(),
    )
    place = func.row_number().over(
        partition_by=(EligibilityCheck.coverage_id, EligibilityCheck.state == "answered"),
        order_by=order,
    )
    ranked = (
        select(EligibilityCheck.id, place.label("place"))
        .where(EligibilityCheck.coverage_id.in_(coverage_ids))
        .subquery()
    )
    rows = session.scalars(
        select(EligibilityCheck)
        .join(ranked, ranked.c.id == EligibilityCheck.id)
        .where(ranked.c.place == 1)
        .order_by(*order)
    ).all()
    first: dict[int, EligibilityCheck] = {}
    for row in rows:
        first.setdefault(row.coverage_id, row)
    return first, {row.coverage_id: row for row in rows if row.state == "answered"}


def _shares(
    session: Session,
    coverage: Coverage,
    coverages: Sequence[Coverage],
    answer: EligibilityCheck | None,
    ahead: Sequence[Appointment],
) -> Shares:
    """What is on file for a plan, with the visits that are booked already and will use it."""
    shares = Shares(judging.on_file(session, [coverage.id])[coverage.id])
    for visit in ahead:
        if visit.case_id != coverage.case_id:
            continue
        day = clock.local(visit.starts_at).date()
        if in_force.plan_on(coverages, day, visit.case_id, self_pay=visit.self_pay) is coverage:
            shares.take(judging.need_of_visit(visit, coverage, answer))
    return shares
