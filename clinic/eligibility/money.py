"""What to ask a patient for at a visit: one figure for the booking, the schedule and the check-in (A12, asks 26 to 31)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import ledger
from clinic.eligibility.reading import CopayDue, copay_due
from clinic.models import Appointment, Charge, Coverage, Encounter, OpenItem, Receipt, UnappliedItem
from clinic.models.scheduling import NO_VISIT

ZERO = Decimal("0.00")
UNKNOWN_LIMIT = Decimal("500.00")
"""What may be taken for a visit whose copay nobody has told us."""


@dataclass(frozen=True)
class VisitMoney:
    """What to ask for today. `fee` is the self-pay price of the visit where there is no coverage.

    `toward` was paid toward the visit's estimate, `prepaid` is what is held and free: it lowers the old balance first,
    then what the visit costs. `elsewhere` is held for other visits whose insurer is not done, and lowers nothing (B4).
    """

    copay: CopayDue
    fee: Decimal
    old_balance: Decimal
    oldest: date | None
    prepaid: Decimal
    toward: Decimal = ZERO
    elsewhere: Decimal = ZERO

    @property
    def for_visit(self) -> Decimal:
        due = self.copay.due or max(self.fee - self.copay.collected, ZERO)
        return max(due - self.toward, ZERO)

    @property
    def balance_due(self) -> Decimal:
        """The old balance less the free money that is held."""
        return max(self.old_balance - self.prepaid, ZERO)

    @property
    def visit_due(self) -> Decimal:
        """What the visit costs less the free money that the old balance does not need."""
        return max(self.for_visit - max(self.prepaid - self.old_balance, ZERO), ZERO)

    @property
    def ask(self) -> Decimal:
        return self.visit_due + self.balance_due

    @property
    def limit(self) -> Decimal:
        """The most that may be taken here; more is a prepayment and belongs under Payments."""
        told = ("271", "visit type", "coverage", "qmb", "injury")
        known = self.copay.source in told and not self.copay.ambiguous
        return self.ask if known or self.copay.collected else max(self.ask, self.balance_due + UNKNOWN_LIMIT)


def money_of(session: Session, appointment: Appointment, coverage: Coverage | None) -> VisitMoney:
    """Copay, self-pay price, old balance and the money that is held already, of a visit (A12, B4, asks 26, 30, 31)."""
    copay = copay_due(session, appointment)
    balance = ledger.patient_balance(session, appointment.patient_id)
    held = _held(session, appointment.patient_id, appointment.id)
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
    owed = max(balance.patient, ZERO)
    return VisitMoney(copay, fee or ZERO, owed, oldest, held.free, held.toward, held.elsewhere)


def money_of_patient(session: Session, balance: ledger.Balance, patient_id: int) -> VisitMoney:
    """What to ask a patient for where no visit is meant, as on the record: what a visit adds is nothing (B4)."""
    held = _held(session, patient_id)
    owed = max(balance.patient, ZERO)
    return VisitMoney(CopayDue(ZERO, "none"), ZERO, owed, balance.oldest, held.free, ZERO, held.elsewhere)


class _Held(NamedTuple):
    toward: Decimal
    free: Decimal
    elsewhere: Decimal


def _held(session: Session, patient_id: int, appointment_id: int | None = None) -> _Held:
    """A patient's unapplied money: toward this visit's estimate, free, and kept for other visits (B4, R23).

    A copay or prepayment of another visit pays that visit; the rest is free once its insurer is done or it fell out.
    This visit's own copay is left out: `CopayDue.collected` has it.
    """
    rows = session.execute(
        select(UnappliedItem.amount, Receipt.purpose, Receipt.appointment_id)
        .join(Receipt, Receipt.id == UnappliedItem.receipt_id)
        .where(UnappliedItem.patient_id == patient_id, UnappliedItem.amount > 0)
        .order_by(Receipt.id)
    ).all()
    others = {row.appointment_id for row in rows if row.appointment_id not in (None, appointment_id)}
    kept = _kept_for(session, others)
    toward = free = elsewhere = ZERO
    for amount, purpose, visit_id in rows:
        if purpose not in ledger.FOR_A_VISIT or visit_id is None:
            free += amount
        elif visit_id == appointment_id:
            toward += amount if purpose == "prepayment" else ZERO
        elif visit_id in kept:
            # What that visit already left to the patient is part of the old balance, which its money pays.
            part = min(amount, kept[visit_id])
            kept[visit_id] -= part
            free += part
            elsewhere += amount - part
        else:
            free += amount
    return _Held(toward, free, elsewhere)


def _kept_for(session: Session, appointment_ids: set[int]) -> dict[int, Decimal]:
    """Of these visits, those whose money waits for their insurer, with what the patient owes on them by now."""
    waiting = ledger.visits_with_an_insurer(session, appointment_ids)
    if not waiting:
        return {}
    rows = session.execute(
        select(
            Appointment.id,
            func.coalesce(
                func.sum(OpenItem.amount).filter(OpenItem.bucket == ledger.PATIENT, OpenItem.amount > 0), ZERO
            ),
        )
        .outerjoin(Encounter, Encounter.appointment_id == Appointment.id)
        .outerjoin(Charge, Charge.encounter_id == Encounter.id)
        .outerjoin(OpenItem, OpenItem.charge_id == Charge.id)
        .where(Appointment.id.in_(waiting), Appointment.status.not_in(NO_VISIT))
        .group_by(Appointment.id)
    )
    return {row[0]: row[1] for row in rows}
