"""Money from patients: received and refunded (B4, B6)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.ledger import journal
from clinic.ledger.amounts import positive, refuse_card_number, usd
from clinic.ledger.errors import DrawerClosed, LedgerError, OverApplied
from clinic.ledger.journal import ZERO, Draft, Line
from clinic.models.ledger import Account, Drawer, EntryKind, JournalEntry, Receipt, UnappliedItem

METHODS = ("cash", "check", "card_terminal", "card_online")
PURPOSES = ("copay", "balance", "prepayment", "statement")


def receive(
    session: Session,
    *,
    guarantor_id: int,
    amount: Decimal,
    method: str,
    reference: str = "",
    purpose: str = "",
    patient_id: int | None = None,
    appointment_id: int | None = None,
    drawer: Drawer | None = None,
    asked: Decimal | None = None,
    key: str,
    posted_on: date | None = None,
) -> Receipt:
    """Take in money, as a numbered receipt (R-000123) whose whole amount is unapplied (B4).

    `method` is one of METHODS, `purpose` one of PURPOSES or empty. `asked` is what was asked for, kept with the
    entry so that a later copy of the receipt can say it. The same `key` again returns the first receipt.
    Raises AmountRefused, CardNumberRefused, DrawerClosed, or LedgerError for an unknown method.
    """
    first = journal.found_one(session, key, EntryKind.PATIENT_RECEIPT)
    if first is not None:
        return session.get_one(Receipt, first.receipt_id)
    amount = positive(amount, "A payment")
    if method not in METHODS:
        raise LedgerError(f"Choose how it was paid: {', '.join(METHODS)}; not {method!r}")
    if purpose and purpose not in PURPOSES:
        raise LedgerError(f"Choose what it is for: {', '.join(PURPOSES)}; not {purpose!r}")
    reference = refuse_card_number(reference)
    day = journal.posting_day(session, posted_on)
    _hold_open(session, drawer)
    number = session.scalar(select(func.nextval(func.pg_get_serial_sequence("receipt", "id"))))
    receipt = Receipt(
        id=number,
        number=f"R-{number:06d}",
        guarantor_id=guarantor_id,
        patient_id=patient_id,
        appointment_id=appointment_id,
        amount=amount,
        method=method,
        reference=reference,
        purpose=purpose,
        received_on=day,
        received_at=clock.now(),
        received_by=audit.actor().user_id,
        drawer_id=drawer.id if drawer else None,
    )
    unapplied = UnappliedItem(
        receipt_id=receipt.id, guarantor_id=guarantor_id, patient_id=patient_id, amount=ZERO
    )
    session.add_all([receipt, unapplied])
    session.flush()
    draft = Draft(
        kind=EntryKind.PATIENT_RECEIPT,
        key=key,
        lines=(
            Line(Account.CASH, amount, receipt_id=receipt.id),
            Line(Account.UNAPPLIED_PATIENT, -amount, receipt_id=receipt.id),
        ),
        memo=f"Receipt {receipt.number}",
        patient_id=patient_id,
        guarantor_id=guarantor_id,
        receipt_id=receipt.id,
        deposited_on=day,
        cause={"method": method, "purpose": purpose} | ({} if asked is None else {"asked": str(asked)}),
    )
    journal.write(session, [draft], event="receive", posted_on=day)
    return receipt


def refund(
    session: Session,
    receipt: Receipt,
    amount: Decimal,
    method: str,
    reason: str,
    key: str,
    *,
    drawer: Drawer | None = None,
    posted_on: date | None = None,
) -> JournalEntry:
    """Pay money of a receipt back; never more than its unapplied rest (B6).

    Raises OverApplied above the rest, LedgerError without a reason or for an unknown method.
    """
    rest = journal.lock_unapplied(session, [receipt.id]).get(receipt.id, ZERO)
    first = journal.found_one(session, key, EntryKind.REFUND)
    if first is not None:
        return first
    amount = positive(amount, "A refund")
    if method not in METHODS:
        raise LedgerError(f"Choose how it is paid back: {', '.join(METHODS)}; not {method!r}")
    reason = refuse_card_number(reason)
    if not reason:
        raise LedgerError("Say why the money is paid back")
    if amount > rest:
        raise OverApplied(
            f"Only {usd(rest)} of receipt {receipt.number} can be paid back: the rest was applied or refunded"
        )
    _hold_open(session, drawer)
    cause = {"method": method, "reason": reason, "drawer_id": drawer.id if drawer else None}
    draft = Draft(
        kind=EntryKind.REFUND,
        key=key,
        lines=(
            Line(Account.UNAPPLIED_PATIENT, amount, receipt_id=receipt.id, reason="refund"),
            Line(Account.CASH, -amount, receipt_id=receipt.id, reason="refund"),
        ),
        memo=f"Refund of receipt {receipt.number}: {reason}",
        patient_id=receipt.patient_id,
        guarantor_id=receipt.guarantor_id,
        receipt_id=receipt.id,
        cause=cause,
    )
    return journal.write(session, [draft], event="refund", posted_on=posted_on)[0]


def _hold_open(session: Session, drawer: Drawer | None) -> None:
    """Keep a drawer from closing until this money is in or out of it."""
    if drawer is None:
        return
    session.refresh(drawer, with_for_update={"read": True})
    if drawer.state != "open":
        raise DrawerClosed("This drawer is closed: open today's drawer first")
