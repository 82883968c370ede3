"""What our own visits use up of a deductible that the payer's answer does not know of (E8)."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import Select, and_, func, or_, select

from clinic.estimates import allowed
from clinic.estimates.arithmetic import ZERO
from clinic.estimates.asked import Asked
from clinic.models import (
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


def waiting(coverage_ids: Sequence[int], day: date) -> Select[*tuple[Any, ...]]:
    """The services of claims of the plan year that have no answer: coverage_id, code, modifiers, units."""
    return (
        select(Claim.coverage_id, Charge.code, Charge.modifiers, Charge.units)
        .join(ClaimLine, ClaimLine.claim_id == Claim.id)
        .join(Charge, ClaimLine.charge_id == Charge.id)
        .where(
            Claim.coverage_id.in_(coverage_ids),
            Claim.adjudicated_at.is_(None),
            Claim.state.not_in(NOT_OUT),
            func.extract("year", Claim.service_on) == day.year,
            Claim.service_on <= day,
        )
    )


def posted(answers: Sequence[EligibilityCheck], day: date) -> Select[*tuple[Any, ...]]:
    """PR-1 of remittances that were posted after the payer answered, by coverage_id; a reversal takes its own back."""
    since = [
        and_(Claim.coverage_id == each.coverage_id, Remittance.posted_at > each.answered_at)
        for each in answers
    ]
    return (
        select(Claim.coverage_id, func.sum(RemittanceAdjustment.amount).label("amount"))
        .join(ClaimPayment, ClaimPayment.id == RemittanceAdjustment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .join(Claim, Claim.id == ClaimPayment.claim_id)
        .where(
            or_(*since),
            func.extract("year", Claim.service_on) == day.year,
            RemittanceAdjustment.group_code == "PR",
            RemittanceAdjustment.reason_code == "1",
            ClaimPayment.state.in_(("posted", "reversed")),
            Remittance.state == "posted",
        )
        .group_by(Claim.coverage_id)
    )


def on(
    prices: allowed.Prices, coverage: Coverage, check: EligibilityCheck, lines: Sequence[Asked], paid: Decimal
) -> Decimal:
    """At most this much of what the answer says is left is gone: `lines` wait, `paid` was posted since (E8).

    What a copay pays for uses up nothing.
    """
    copay = (check.benefits.get("copay") or {}).get("in")
    counted = [
        each for each in lines if prices.have(each) and not (copay and allowed.is_evaluation(each.code))
    ]
    waits = (each for each in allowed.priced(prices, counted, coverage.payer_id) if not each.exempt)
    return sum((each.allowed.expected for each in waits), ZERO) + max(paid, ZERO)
