"""What the pages of money by hand show: a household with what it owes, a receipt with what it paid."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import abort
from flask_login import current_user
from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased, joinedload

from clinic import clock, db, ledger
from clinic.models import (
    Account,
    Charge,
    ClaimPayment,
    Drawer,
    Encounter,
    EntryKind,
    Guarantor,
    JournalEntry,
    OpenItem,
    Patient,
    Posting,
    Receipt,
    Remittance,
    UnappliedItem,
    User,
)
from clinic.remittances import WAITING

ZERO = Decimal("0.00")
PAGE = 50
METHOD_WORDS = {
    "check": "Check",
    "cash": "Cash",
    "card_terminal": "Card at desk",
    "card_online": "Card online",
}


@dataclass(frozen=True)
class Unapplied:
    """Money that belongs to no charge yet, with its owner and its age in days (B4, ask 34)."""

    receipt: Receipt
    guarantor: Guarantor
    amount: Decimal
    days: int


@dataclass(frozen=True)
class Owed:
    """What a patient owes on one charge, since when."""

    item: OpenItem
    charge: Charge
    patient: Patient


@dataclass(frozen=True)
class Part:
    """What a receipt paid on one charge."""

    charge: Charge
    patient: Patient
    amount: Decimal


@dataclass(frozen=True)
class Opened:
    """A receipt: what it paid, what was paid back, what is left, and whether it was reversed."""

    receipt: Receipt
    guarantor: Guarantor
    by: str
    parts: Sequence[Part]
    refunds: Sequence[JournalEntry]
    rest: Decimal
    reversed: bool

    @property
    def refunded(self) -> bool:
        """Whether all of it went back: then there is nothing left that could be reversed."""
        return bool(self.refunds) and not self.parts and not self.rest and not self.reversed

    @property
    def patient_ids(self) -> list[int]:
        own = [self.receipt.patient_id] if self.receipt.patient_id else []
        return sorted({part.patient.id for part in self.parts} | set(own))


def unapplied(limit: int = 200) -> list[Unapplied]:
    """All patients' unapplied money, the oldest first."""
    rows = db.session.execute(
        select(UnappliedItem.amount, Receipt, Guarantor)
        .join(Receipt, Receipt.id == UnappliedItem.receipt_id)
        .join(Guarantor, Guarantor.id == UnappliedItem.guarantor_id)
        .where(UnappliedItem.amount > 0)
        .order_by(Receipt.received_on, Receipt.id)
        .limit(limit)
    )
    today = clock.today()
    return [
        Unapplied(row.Receipt, row.Guarantor, row.amount, (today - row.Receipt.received_on).days)
        for row in rows
    ]


def insurance_cash(limit: int = 200) -> Sequence[ClaimPayment]:
    """Claim payments whose cash is held, the oldest first (R10)."""
    query = (
        select(ClaimPayment)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .where(
            ClaimPayment.state.in_(WAITING), ClaimPayment.amount_paid != ZERO, Remittance.state == "posted"
        )
        .options(joinedload(ClaimPayment.remittance))
        .order_by(Remittance.received_at, ClaimPayment.id)
        .limit(limit)
    )
    return db.session.scalars(query).all()


def recent(limit: int = 25) -> Sequence[tuple[Receipt, Guarantor]]:
    """The newest receipts."""
    query = select(Receipt, Guarantor).join(Guarantor).order_by(Receipt.id.desc()).limit(limit)
    return [(row.Receipt, row.Guarantor) for row in db.session.execute(query)]


def owed(guarantor: Guarantor) -> list[Owed]:
    """What the household owes by charge, the oldest responsibility first."""
    items = [
        item
        for item in ledger.open_items(db.session(), guarantor.id)
        if item.bucket == ledger.PATIENT and item.amount > 0
    ]
    items.sort(key=lambda item: (item.responsible_on, item.service_on, item.charge_id))
    charges = {
        row.Charge.id: (row.Charge, row.Patient)
        for row in db.session.execute(
            select(Charge, Patient)
            .join(Encounter, Encounter.id == Charge.encounter_id)
            .join(Patient, Patient.id == Encounter.patient_id)
            .where(Charge.id.in_([item.charge_id for item in items]))
        )
    }
    return [Owed(item, *charges[item.charge_id]) for item in items]


def patients_of(guarantor: Guarantor) -> list[Patient]:
    """The household."""
    query = select(Patient).where(Patient.guarantor_id == guarantor.id).order_by(Patient.name_key, Patient.id)
    return list(db.session.scalars(query))


def open_receipt(receipt: Receipt) -> Opened:
    """A receipt with everything that happened to it."""
    session = db.session()
    query = (
        select(Charge, Patient, func.sum(Posting.amount).label("amount"))
        .join(Posting, Posting.charge_id == Charge.id)
        .join(Encounter, Encounter.id == Charge.encounter_id)
        .join(Patient, Patient.id == Encounter.patient_id)
        .where(Posting.receipt_id == receipt.id, Posting.account == Account.UNAPPLIED_PATIENT)
        .group_by(Charge.id, Patient.id)
        .having(func.sum(Posting.amount) != 0)
        .order_by(Charge.id)
    )
    parts = [Part(row.Charge, row.Patient, row.amount) for row in session.execute(query)]
    refunds = session.scalars(
        select(JournalEntry)
        .where(JournalEntry.receipt_id == receipt.id, JournalEntry.kind == EntryKind.REFUND)
        .options(joinedload(JournalEntry.postings))
        .order_by(JournalEntry.id)
    ).unique()
    by = session.get(User, receipt.received_by) if receipt.received_by else None
    rest = session.get(UnappliedItem, receipt.id, populate_existing=True)
    return Opened(
        receipt=receipt,
        guarantor=session.get_one(Guarantor, receipt.guarantor_id),
        by=by.name if by else "the patient",
        parts=parts,
        refunds=list(refunds),
        rest=rest.amount if rest else ZERO,
        reversed=_is_reversed(receipt),
    )


def _is_reversed(receipt: Receipt) -> bool:
    entry = aliased(JournalEntry)
    query = (
        select(JournalEntry.id)
        .join(entry, entry.id == JournalEntry.reverses_id)
        .where(entry.receipt_id == receipt.id, entry.kind == EntryKind.PATIENT_RECEIPT)
    )
    return db.session.scalar(query.limit(1)) is not None


def charge_or_404(public_id: str) -> Charge:
    """A charge by its public id."""
    charge = db.session.scalar(select(Charge).where(Charge.public_id == public_id))
    if charge is None:
        abort(404)
    return charge


def own_drawer() -> Drawer | None:
    """The signed-in user's open drawer of the open day: cash that is taken in or paid out belongs to it (B12)."""
    day = ledger.open_day(db.session())
    query = select(Drawer).where(
        Drawer.user_id == current_user.id, Drawer.opened_on == day, Drawer.state == "open"
    )
    return db.session.scalar(query)


def drawer_for(session: Session, method: str) -> Drawer | None:
    """The drawer that money is taken into: cash and the terminal's cards are always counted, so they open one (B12)."""
    if method in ("cash", "card_terminal"):
        return ledger.open_drawer(session, current_user.id)
    return own_drawer()


def drawer_of_refund(method: str) -> Drawer | None:
    """The drawer that money is paid out of; raises LedgerError for cash without one (B12)."""
    if method not in ("cash", "card_terminal"):
        return None
    drawer = own_drawer()
    if drawer is None and method == "cash":
        raise ledger.LedgerError("Cash is paid out of a drawer: open yours first, under Day close")
    return drawer
