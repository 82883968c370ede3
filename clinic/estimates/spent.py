"""What our own visits use up of a deductible that the payer's answer does not know of (E8)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic.estimates import allowed
from clinic.estimates.arithmetic import ZERO
from clinic.estimates.asked import Asked
from clinic.models import (
    Appointment,
    Charge,
    Claim,
    ClaimLine,
    ClaimPayment,
    Coverage,
    EligibilityCheck,
    Remittance,
    RemittanceAdjustment,
)

NOT_OUT = ("voided", "corrected", "closed")


def since(
    session: Session, appointment: Appointment, coverage: Coverage, check: EligibilityCheck, day: date
) -> Decimal:
    """At most this much of what the answer says is left is gone: claims that wait, and deductibles posted since."""
    return _waiting(session, appointment, coverage, check, day) + _posted(session, coverage, check, day)


def _waiting(
    session: Session, appointment: Appointment, coverage: Coverage, check: EligibilityCheck, day: date
) -> Decimal:
    """What is allowed for claims of the plan year that have no answer, less what a copay pays for."""
    query = (
        select(Charge.code, Charge.modifiers, Charge.units, Claim.service_on)
        .join(ClaimLine, ClaimLine.charge_id == Charge.id)
        .join(Claim, Claim.id == ClaimLine.claim_id)
        .where(
            Claim.coverage_id == coverage.id,
            Claim.adjudicated_at.is_(None),
            Claim.state.not_in(NOT_OUT),
            func.extract("year", Claim.service_on) == day.year,
            Claim.service_on <= day,
        )
    )
    copay = (check.benefits.get("copay") or {}).get("in")
    whole = ZERO
    lines = [
        Asked(code, tuple(modifiers), units)
        for code, modifiers, units, _ in session.execute(query)
        if not (copay and allowed.is_evaluation(code))
    ]
    if lines:
        for priced in allowed.price(session, lines, day, coverage.payer_id):
            whole += ZERO if priced.exempt else priced.allowed.expected
    return whole


def _posted(session: Session, coverage: Coverage, check: EligibilityCheck, day: date) -> Decimal:
    """PR-1 of remittances that were posted after the payer answered; a reversal takes its own back."""
    if check.answered_at is None:
        return ZERO
    query = (
        select(func.sum(RemittanceAdjustment.amount))
        .join(ClaimPayment, ClaimPayment.id == RemittanceAdjustment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .join(Claim, Claim.id == ClaimPayment.claim_id)
        .where(
            Claim.coverage_id == coverage.id,
            func.extract("year", Claim.service_on) == day.year,
            RemittanceAdjustment.group_code == "PR",
            RemittanceAdjustment.reason_code == "1",
            ClaimPayment.state.in_(("posted", "reversed")),
            Remittance.state == "posted",
            Remittance.posted_at > check.answered_at,
        )
    )
    return max(session.scalar(query) or ZERO, ZERO)
