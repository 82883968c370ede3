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
    Payer,
    VisitType,
)
from clinic.models.scheduling import ENDED

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

    `wanted_codes` are the codes that it wants one for; `check` is the newest question, `answer` the newest answer.
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


def booking_card(session: Session, patient: Patient, visit_type: VisitType, day: date) -> BookingCard:
    """The card for a patient, a kind of visit and a day."""
    coverages = session.scalars(
        select(Coverage)
        .where(Coverage.patient_id == patient.id, Coverage.case_id.is_(None))
        .options(joinedload(Coverage.payer))
        .order_by(Coverage.position, Coverage.effective_on.desc(), Coverage.id.desc())
    ).all()
    # By position: what is in force on the day goes before a primary plan that begins later or has ended.
    first = [each for each in coverages if each.position == 1]
    coverage = next((each for each in coverages if each.covers(day)), first[0] if first else None)
    newest, answers = _checks(session, [each.id for each in coverages])
    check = newest.get(coverage.id) if coverage else None
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
    session: Session, coverage_ids: Sequence[int]
) -> tuple[dict[int, EligibilityCheck], dict[int, EligibilityCheck]]:
    """The newest check of each coverage and the newest answered one, in one statement."""
    place = func.row_number().over(
        partition_by=(EligibilityCheck.coverage_id, EligibilityCheck.state == "answered"),
        order_by=(EligibilityCheck.asked_at.desc(), EligibilityCheck.id.desc()),
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
        .order_by(EligibilityCheck.asked_at, EligibilityCheck.id)
    ).all()
    newest = {row.coverage_id: row for row in rows}
    return newest, {row.coverage_id: row for row in rows if row.state == "answered"}


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
