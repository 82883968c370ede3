"""While booking: what this kind of visit needs with this plan, in one look and five statements (Z13)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility, ledger
from clinic.eligibility import CopayDue
from clinic.models import (
    Appointment,
    Authorization,
    Coverage,
    EligibilityCheck,
    OpenItem,
    Patient,
    PatientCase,
    Payer,
    VisitType,
)
from clinic.models.scheduling import ENDED
from clinic.patients import in_force

ZERO = Decimal("0.00")
CLINICS_OWN = ("cancelled_clinic", "rescheduled", "cancelled_patient")
LOOKED_BACK = 5


@dataclass(frozen=True)
class Authorized:
    """An authorization with what is left of it once the visits that are booked already have used theirs."""

    row: Authorization
    booked: int

    @property
    def free(self) -> int:
        return max(self.row.left - self.booked, 0)


@dataclass(frozen=True)
class BookingCard:
    """What to know before the visit is booked. `wanted` says whether the plan wants an authorization: "Y", "N", "U", "".

    `wanted_codes` are the codes that it wants one for; `check` is the question and `answer` the answer for the day.
    """

    coverage: Coverage | None
    covered: bool
    check: EligibilityCheck | None
    answer: EligibilityCheck | None
    fresh: bool
    wanted: str
    wanted_codes: Sequence[str]
    authorizations: Sequence[Authorized]
    copay: CopayDue
    fee: Decimal
    old_balance: Decimal
    kept: int
    counted: int
    no_shows: int

    @property
    def missing(self) -> bool:
        """The plan wants an authorization, and none that is on file serves the day."""
        return self.wanted == "Y" and not any(each.free for each in self.authorizations)


def booking_card(
    session: Session, patient: Patient, visit_type: VisitType, day: date, case: PatientCase | None = None
) -> BookingCard:
    """The card for a patient, a kind of visit and a day; the visits of a `case` are its insurer's (C9)."""
    coverages = session.scalars(
        select(Coverage)
        .where(
            Coverage.patient_id == patient.id,
            Coverage.case_id == case.id if case else Coverage.case_id.is_(None),
        )
        .options(joinedload(Coverage.payer))
    ).all()
    coverage = in_force.plan_on(coverages, day, case.id if case else None)
    asked, answers = _checks(session, [each.id for each in coverages], day)
    check = asked.get(coverage.id) if coverage else None
    answer = answers.get(coverage.id) if coverage else None
    visits = session.execute(
        select(Appointment.starts_at, Appointment.status)
        .where(Appointment.patient_id == patient.id, Appointment.status.not_in(CLINICS_OWN))
        .order_by(Appointment.starts_at.desc())
        .limit(60)
    ).all()
    now = clock.now()
    past = [status for starts_at, status in visits if starts_at < now][:LOOKED_BACK]
    ahead = [
        clock.local(starts_at).date()
        for starts_at, status in visits
        if starts_at >= now and status not in ENDED
    ]
    balance = session.scalar(
        select(func.sum(OpenItem.amount)).where(
            OpenItem.patient_id == patient.id, OpenItem.bucket == ledger.PATIENT
        )
    )
    wanted, codes = _wanted(coverage.payer, answer) if coverage else ("", [])
    protected = any(eligibility.is_protected(each, answers.get(each.id), day) for each in coverages)
    copay = CopayDue(ZERO, "qmb") if protected else CopayDue(*_copay(visit_type, coverage, answer, day))
    return BookingCard(
        coverage=coverage,
        covered=coverage is not None and coverage.covers(day),
        check=check,
        answer=answer,
        fresh=check is not None and eligibility.is_settled(check, day),
        wanted=wanted,
        wanted_codes=codes,
        authorizations=_authorized(session, coverage, day, ahead) if coverage else [],
        copay=copay,
        fee=(visit_type.self_pay_fee or ZERO) if coverage is None else ZERO,
        old_balance=max(balance or ZERO, ZERO),
        kept=sum(status not in ENDED for status in past),
        counted=len(past),
        no_shows=past.count("no_show"),
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


def _wanted(payer: Payer, answer: EligibilityCheck | None) -> tuple[str, list[str]]:
    """Whether the plan wants an authorization for the visit, and the codes that it wants one for (EB11)."""
    said = answer.benefits if answer else {}
    codes = [*said.get("authorization_codes", []), *payer.needs_authorization]
    return said.get("authorization", {}).get("in", ""), sorted(set(codes))


def _authorized(session: Session, coverage: Coverage, day: date, ahead: Sequence[date]) -> list[Authorized]:
    """What is on file for the day, the one that ends first on top, with the visits that will use it."""
    rows = session.scalars(
        select(Authorization)
        .where(
            Authorization.coverage_id == coverage.id,
            Authorization.starts_on <= day,
            Authorization.ends_on >= day,
        )
        .order_by(Authorization.ends_on, Authorization.id)
    ).all()
    return [Authorized(row, sum(row.starts_on <= each <= row.ends_on for each in ahead)) for row in rows]
