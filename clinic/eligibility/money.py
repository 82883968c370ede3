"""What to ask a patient for at a visit: one figure for the booking, the schedule and the check-in (A12, asks 26 to 31)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import ledger
from clinic.eligibility.reading import CopayDue, copay_due
from clinic.models import Appointment, Coverage, OpenItem, Receipt, UnappliedItem

ZERO = Decimal("0.00")
UNKNOWN_LIMIT = Decimal("500.00")
"""What may be taken for a visit whose copay nobody has told us."""


@dataclass(frozen=True)
class VisitMoney:
    """What to ask for today. `fee` is the self-pay price of the visit where there is no coverage.

    `toward` was paid toward the visit's estimate, `prepaid` is what is held for nothing in particular.
    """

    copay: CopayDue
    fee: Decimal
    old_balance: Decimal
    oldest: date | None
    prepaid: Decimal
    toward: Decimal = ZERO

    @property
    def for_visit(self) -> Decimal:
        due = self.copay.due or max(self.fee - self.copay.collected, ZERO)
        return max(due - self.toward, ZERO)

    @property
    def ask(self) -> Decimal:
        return max(self.for_visit + self.old_balance - self.prepaid, ZERO)

    @property
    def limit(self) -> Decimal:
        """The most that may be taken here; more is a prepayment and belongs under Payments."""
        known = self.copay.source in ("271", "visit type", "coverage", "qmb") and not self.copay.ambiguous
        return self.ask if known or self.copay.collected else max(self.ask, self.old_balance + UNKNOWN_LIMIT)


def money_of(session: Session, appointment: Appointment, coverage: Coverage | None) -> VisitMoney:
    """Copay, self-pay price, old balance and unused prepayments of a visit (A12, asks 26, 30, 31)."""
    copay = copay_due(session, appointment)
    balance = ledger.patient_balance(session, appointment.patient_id)
    held = session.execute(
        select(UnappliedItem.amount, Receipt.purpose, Receipt.appointment_id)
        .join(Receipt, Receipt.id == UnappliedItem.receipt_id)
        .where(
            UnappliedItem.patient_id == appointment.patient_id,
            UnappliedItem.amount > 0,
            Receipt.purpose != "copay",
        )
    ).all()
    # What was paid toward another visit's estimate is that visit's.
    for_visits = [row for row in held if row.purpose == "prepayment" and row.appointment_id is not None]
    toward = sum((row.amount for row in for_visits if row.appointment_id == appointment.id), ZERO)
    free = sum((row.amount for row in held), ZERO) - sum((row.amount for row in for_visits), ZERO)
    oldest = session.scalar(
        select(OpenItem.service_on)
        .where(
            OpenItem.patient_id == appointment.patient_id,
            OpenItem.bucket == ledger.PATIENT,
            OpenItem.amount > 0,
        )
        .order_by(OpenItem.service_on)
        .limit(1)
    )
    fee = appointment.visit_type.self_pay_fee if coverage is None else None
    return VisitMoney(copay, fee or ZERO, max(balance.patient, ZERO), oldest, free, toward)
