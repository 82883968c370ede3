"""Money at the desk: a copay and an old balance as receipts, with the check-in, in one transaction."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import eligibility, formats, ledger, messages, scheduling
from clinic.blueprints.checkin import paper, screen
from clinic.db import ClinicError
from clinic.eligibility.money import money_of
from clinic.models import Appointment, EntryKind, JournalEntry, Receipt
from clinic.patients import circle
from clinic.scheduling import gate, guards

ZERO = Decimal("0.00")
PARTS = ("visit", "balance")


class TooMuch(ClinicError):
    """More than what is due today was typed."""


class TakenMeanwhile(ClinicError):
    """Another tab or another desk took money for this visit after the page was drawn."""


def check_in(
    session: Session,
    appointment: Appointment,
    version: int,
    *,
    method: str,
    amount: Decimal,
    reference: str,
    key: str,
    by_email: bool,
    user_id: int,
    seen: int | None = None,
    pass_reason: str = "",
) -> list[Receipt]:
    """Take what is paid and check the patient in; the same `key` again changes nothing and answers the same receipts.

    The visit's copay is taken first and waits for the visit's charges (B4), the rest pays the oldest old balance.
    `seen` is the number of the visit's receipts on the page that was sent. An `amount` of zero only checks in.
    What stands against the check-in is passed with `pass_reason`, else GateClosed is raised (A12).
    Raises TooMuch, TakenMeanwhile, ledger errors, or scheduling's for an old version.
    """
    session.refresh(appointment, with_for_update=True)
    first = receipts_of(session, key)
    if first:
        return first
    if amount > 0 and seen is not None:
        _nothing_taken_since(session, appointment, seen)
    if screen.can_check_in(appointment):
        gate.go_through(session, appointment, gate.stops(session, appointment), pass_reason)
        eligibility.ask_at_arrival(session, appointment)
    elif amount <= 0:
        early = guards.too_early(appointment) if appointment.status in guards.WAITING else ""
        if early:
            raise scheduling.IllegalMove(early)
    receipts = []
    if amount > 0:
        receipts = _take(session, appointment, method, amount, reference, key, user_id)
    if screen.can_check_in(appointment):
        scheduling.check_in(session, appointment, version)
    if receipts and by_email:
        _write_mail(session, appointment, receipts, key)
    return receipts


def _nothing_taken_since(session: Session, appointment: Appointment, seen: int) -> None:
    """Two desks with one patient: the second is told of the first one's money before it asks for more."""
    taken = session.scalars(
        select(Receipt).where(Receipt.appointment_id == appointment.id).order_by(Receipt.id)
    ).all()
    if len(taken) > seen:
        last = taken[-1]
        raise TakenMeanwhile(
            f"{formats.usd(last.amount)} was taken for this visit at {formats.wall(last.received_at)}, after you opened"
            f" this page (receipt {last.number}). Nothing more was taken. Open the page again."
        )


def receipts_of(session: Session, key: str) -> list[Receipt]:
    """The receipts that one press of the button made, the visit's first."""
    keys = [f"{key}:{part}" for part in PARTS]
    query = (
        select(Receipt)
        .join(JournalEntry, JournalEntry.receipt_id == Receipt.id)
        .where(JournalEntry.idempotency_key.in_(keys))
        .order_by(Receipt.id)
    )
    return list(session.scalars(query))


def together(session: Session, receipt: Receipt) -> list[Receipt]:
    """A receipt with what was paid in the same press of the button: one slip of paper for both."""
    key = session.scalar(
        select(JournalEntry.idempotency_key)
        .where(JournalEntry.receipt_id == receipt.id, JournalEntry.kind == EntryKind.PATIENT_RECEIPT)
        .limit(1)
    )
    base, _, part = (key or "").rpartition(":")
    return receipts_of(session, base) if part in PARTS else [receipt]


def _take(
    session: Session,
    appointment: Appointment,
    method: str,
    amount: Decimal,
    reference: str,
    key: str,
    user_id: int,
) -> list[Receipt]:
    money = money_of(session, appointment, eligibility.coverage_for(session, appointment))
    if amount > money.limit:
        raise TooMuch(
            f"Only {formats.usd(money.limit)} is due today. Take more as a prepayment under Payments."
        )
    drawer = ledger.open_drawer(session, user_id)
    # What nobody has told us is taken for the visit; the old balance gets no more than it is.
    for_balance = min(max(amount - money.visit_due, ZERO), money.balance_due)
    common = {
        "guarantor_id": appointment.patient.guarantor_id,
        "patient_id": appointment.patient_id,
        "appointment_id": appointment.id,
        "method": method,
        "reference": reference,
        "drawer": drawer,
    }
    receipts = []
    if amount > for_balance:
        copay = ledger.receive(
            session,
            amount=amount - for_balance,
            purpose="copay",
            asked=eligibility.copay_due(session, appointment).amount,
            key=f"{key}:visit",
            **common,
        )
        receipts.append(copay)
    if for_balance:
        receipt = ledger.receive(
            session, amount=for_balance, purpose="balance", key=f"{key}:balance", **common
        )
        _apply_to_oldest(session, receipt)
        receipts.append(receipt)
    return receipts


def _apply_to_oldest(session: Session, receipt: Receipt) -> None:
    """Pay this patient's oldest responsibility first (B8); what is left stays unapplied."""
    rest = receipt.amount
    for item in ledger.open_items(session, receipt.guarantor_id):
        if item.patient_id != receipt.patient_id or item.bucket != ledger.PATIENT or item.amount <= 0:
            continue
        part = min(rest, item.amount)
        if part <= 0:
            return
        ledger.apply_receipt(
            session, receipt, item.charge_id, part, f"checkin-{receipt.number}-{item.charge_id}"
        )
        rest -= part


def _write_mail(session: Session, appointment: Appointment, receipts: list[Receipt], key: str) -> None:
    patient = appointment.patient
    address = circle.receipt_email(patient)
    if not address:
        return
    subject, text = paper.mail_text(session, appointment, receipts)
    messages.write(
        session,
        "receipt",
        to=address,
        subject=subject,
        text=text,
        guarantor_id=patient.guarantor_id,
        key=f"checkin-{key}",
    )
