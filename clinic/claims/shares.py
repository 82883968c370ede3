"""Whose the rest of a denied line is, by the payer's own word: a write-off gives up the insurer's part alone (R23)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic.charges import COPAY_AT_VISIT
from clinic.models import Account, Denial, Posting, RemittanceAdjustment, ServicePayment

ZERO = Decimal("0.00")
TO_PATIENT, TO_NEXT_PAYER = "patient", "next_payer"


@dataclass
class Share:
    """What insurance has open on a charge and is not the insurer's: (reason, amount) of the patient, the next payer's."""

    patient: list[tuple[str, Decimal]] = field(default_factory=list)
    next_payer: Decimal = ZERO

    @property
    def total(self) -> Decimal:
        return sum((amount for _, amount in self.patient), self.next_payer)


def shares_of(
    session: Session, denials: Sequence[Denial], open_amounts: Mapping[int, Decimal]
) -> dict[int, Share]:
    """The shares on each charge of `open_amounts`, never more than insurance has open there.

    A line in a denial queue keeps the deductible, copay and coinsurance that the payer named until it is worked.
    What sign-off moved to the patient as the copay expected is the patient's already and is not counted again.
    """
    left = {charge_id: max(amount, ZERO) for charge_id, amount in open_amounts.items()}
    shares = {charge_id: Share() for charge_id in left}
    moved = _copays(session, list(left))
    for charge_id, action, reason, amount in _said(session, denials):
        # What was said of the whole claim goes to the lines that have room for it, in their order.
        for place in [charge_id] if charge_id in left else list(left) if charge_id is None else []:
            own = min(amount, moved.get(place, ZERO)) if action == TO_PATIENT else ZERO
            moved[place] = moved.get(place, ZERO) - own
            part = min(amount - own, left[place])
            if part > 0 and action == TO_PATIENT:
                shares[place].patient.append((reason, part))
            elif part > 0:
                shares[place].next_payer += part
            left[place] -= part
            amount -= own + part
    return shares


def _said(session: Session, denials: Sequence[Denial]) -> list[tuple[int | None, str, str, Decimal]]:
    """(charge or the whole claim, action, "PR-3", amount) of the answers that the denials come from."""
    answers = {denial.claim_payment_id for denial in denials if denial.claim_payment_id is not None}
    rows = session.execute(
        select(
            ServicePayment.charge_id,
            RemittanceAdjustment.service_payment_id,
            RemittanceAdjustment.action,
            RemittanceAdjustment.group_code,
            RemittanceAdjustment.reason_code,
            RemittanceAdjustment.amount,
        )
        .outerjoin(ServicePayment, ServicePayment.id == RemittanceAdjustment.service_payment_id)
        .where(
            RemittanceAdjustment.claim_payment_id.in_(answers),
            or_(
                RemittanceAdjustment.action == TO_PATIENT,
                RemittanceAdjustment.action == TO_NEXT_PAYER,
            ),
            RemittanceAdjustment.amount > 0,
        )
        .order_by(RemittanceAdjustment.service_payment_id.nulls_last(), RemittanceAdjustment.id)
    )
    return [(row.charge_id, row.action, f"{row.group_code}-{row.reason_code}", row.amount) for row in rows]


def _copays(session: Session, charge_ids: Sequence[int]) -> dict[int, Decimal]:
    """What stands with the patient on each charge as the copay of the visit."""
    rows = session.execute(
        select(Posting.charge_id, func.sum(Posting.amount))
        .where(
            Posting.charge_id.in_(charge_ids),
            Posting.account == Account.PATIENT_RECEIVABLE,
            Posting.reason == COPAY_AT_VISIT,
        )
        .group_by(Posting.charge_id)
    )
    return {charge_id: max(amount, ZERO) for charge_id, amount in rows if charge_id is not None}
