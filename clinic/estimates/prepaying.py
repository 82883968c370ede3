"""Money toward an estimate: a prepayment that stays unapplied until the visit's insurer is done (E8, B4, R14)."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from clinic import audit, ledger
from clinic.estimates import planned
from clinic.estimates.arithmetic import ZERO
from clinic.estimates.errors import EstimateRefused
from clinic.models import Appointment, EntryKind, Estimate, JournalEntry, Receipt

PURPOSES = ("copay", "prepayment")


def taken(session: Session, appointment_id: int) -> Decimal:
    """What was received for a visit as copay or prepayment, reversed receipts left out."""
    reversal = aliased(JournalEntry)
    undone = (
        select(JournalEntry.id)
        .join(reversal, reversal.reverses_id == JournalEntry.id)
        .where(JournalEntry.receipt_id == Receipt.id, JournalEntry.kind == EntryKind.PATIENT_RECEIPT)
    )
    query = select(func.sum(Receipt.amount)).where(
        Receipt.appointment_id == appointment_id, Receipt.purpose.in_(PURPOSES), ~undone.exists()
    )
    return session.scalar(query) or ZERO


def outdated(session: Session, appointment: Appointment, estimate: Estimate) -> str:
    """Why an estimate no longer tells what the visit will cost, in a sentence; empty where it does.

    What a patient pays without a plan is the clinic's own fee: nobody's answer changes it.
    """
    if estimate.kind == "self_pay":
        return ""
    visit = planned.of_visit(session, appointment)
    if (visit.first.id if visit.first else None) != estimate.coverage_id:
        return f"{visit.first.payer.name if visit.first else 'No plan'} answers for this visit now."
    check = visit.answer
    if check is not None and check.answered_at is not None and check.answered_at > estimate.made_at:
        return "The payer answered again since."
    return ""


def still_open(session: Session, appointment: Appointment, estimate: Estimate) -> Decimal:
    """What may still be taken toward an estimate: never above the most that it names.

    Nothing of a QMB (R14), and nothing where another plan answers by now than the one that it counts with.
    """
    if estimate.qmb or _counts_with_another(session, appointment, estimate):
        return ZERO
    return max(estimate.high - taken(session, estimate.appointment_id), ZERO)


def _counts_with_another(session: Session, appointment: Appointment, estimate: Estimate) -> bool:
    if estimate.kind == "self_pay":
        return False
    first = planned.of_visit(session, appointment).first
    return (first.id if first else None) != estimate.coverage_id


def prepay(
    session: Session,
    appointment: Appointment,
    estimate: Estimate,
    *,
    amount: Decimal,
    method: str,
    reference: str,
    key: str,
) -> Receipt:
    """Take money toward the visit's newest estimate; the same `key` again answers the first receipt.

    Raises EstimateRefused above what the estimate allows and for a QMB, and ledger errors.
    """
    session.refresh(appointment, with_for_update={"of": Appointment})
    first = session.scalar(
        select(JournalEntry).where(
            JournalEntry.idempotency_key == key, JournalEntry.kind == EntryKind.PATIENT_RECEIPT
        )
    )
    if first is not None:
        return session.get_one(Receipt, first.receipt_id)
    if estimate.qmb:
        raise EstimateRefused("This patient is a QMB: nothing may be collected.", "amount")
    if _counts_with_another(session, appointment, estimate):
        raise EstimateRefused(
            f"{outdated(session, appointment, estimate)} Save a new estimate first.", "amount"
        )
    most = still_open(session, appointment, estimate)
    if not estimate.high:
        raise EstimateRefused("Nothing is collected for this visit: the estimate says why.", "amount")
    if amount > most:
        raise EstimateRefused(
            f"Only {ledger.usd(most)} may still be taken: the estimate is {ledger.usd(estimate.high)} at the most.",
            "amount",
        )
    user_id = audit.actor().user_id
    return ledger.receive(
        session,
        guarantor_id=appointment.patient.guarantor_id,
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        amount=amount,
        method=method,
        reference=reference,
        purpose="prepayment",
        drawer=ledger.open_drawer(session, user_id) if user_id else None,
        asked=estimate.expected,
        key=key,
    )
