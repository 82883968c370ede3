"""Receipts are applied to what patients owe, and taken back (B4, B8, R23)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from clinic.ledger import journal
from clinic.ledger.amounts import positive, refuse_card_number, usd
from clinic.ledger.errors import OverApplied
from clinic.ledger.journal import IS_OPEN, PATIENT, ZERO, Draft, Line
from clinic.ledger.receipts import receive
from clinic.models.charges import Charge, Encounter
from clinic.models.ledger import (
    Account,
    Drawer,
    EntryKind,
    JournalEntry,
    OpenItem,
    Posting,
    Receipt,
    UnappliedItem,
)

FOR_A_VISIT = ("copay", "prepayment")
"""What is taken for one visit waits until its insurer is done; a prepayment only where it names a visit."""


def apply_receipt(
    session: Session,
    receipt: Receipt,
    charge_id: int,
    amount: Decimal,
    key: str,
    *,
    posted_on: date | None = None,
) -> JournalEntry:
    """Apply a part of a receipt to what the patient owes on one charge (B4).

    Raises OverApplied above the rest of the receipt or above what is owed.
    """
    rest = journal.lock_unapplied(session, [receipt.id]).get(receipt.id, ZERO)
    items = journal.lock_items(session, [charge_id])
    first = journal.found_one(session, key, EntryKind.APPLICATION)
    if first is not None:
        return first
    amount = positive(amount, "The amount applied")
    owed = items[charge_id, PATIENT].amount
    if amount > rest:
        raise OverApplied(f"Only {usd(rest)} of receipt {receipt.number} is left, not {usd(amount)}")
    if amount > owed:
        raise OverApplied(f"The patient owes {usd(owed)} on this charge, not {usd(amount)}")
    item = items[charge_id, PATIENT]
    part = _Part(receipt.id, receipt.number, charge_id, item.patient_id, item.service_on, amount)
    draft = _application([part], receipt.guarantor_id, key)
    return journal.write(session, [draft], event="apply_receipt", posted_on=posted_on)[0]


def apply_unapplied(
    session: Session,
    guarantor_id: int,
    patient_id: int | None = None,
    *,
    key: str,
    posted_on: date | None = None,
) -> list[JournalEntry]:
    """Apply a household's unapplied money to what its patients owe (R23).

    A receipt taken for a visit pays that visit first; a copay, and a prepayment of its estimate, waits for its own
    visit while an insurer still has it. The rest goes to the oldest responsibility. With `patient_id`, only that patient's charges and
    the receipts that are hers or nobody's in particular. One entry per receipt and patient.
    """
    return _apply(session, guarantor_id, patient_id, None, key, posted_on, "apply_unapplied")


def receive_and_apply(
    session: Session,
    *,
    guarantor_id: int,
    amount: Decimal,
    method: str,
    reference: str = "",
    purpose: str = "statement",
    patient_id: int | None = None,
    drawer: Drawer | None = None,
    key: str,
    posted_on: date | None = None,
) -> Receipt:
    """Take in a payment on a balance and apply it, oldest responsibility first; a surplus stays unapplied.

    Faults as in `receive`.
    """
    receipt = receive(
        session,
        guarantor_id=guarantor_id,
        amount=amount,
        method=method,
        reference=reference,
        purpose=purpose,
        patient_id=patient_id,
        drawer=drawer,
        key=key,
        posted_on=posted_on,
    )
    _apply(session, guarantor_id, patient_id, receipt.id, f"{key}:apply", posted_on, "apply_receipt")
    return receipt


def unapply_receipt(
    session: Session,
    receipt: Receipt,
    charge_id: int,
    amount: Decimal,
    reason: str,
    key: str,
    *,
    posted_on: date | None = None,
) -> JournalEntry:
    """Take applied money back off a charge, so that it can be refunded or applied elsewhere (B4, R19).

    Raises OverApplied above what this receipt paid on that charge.
    """
    journal.lock_unapplied(session, [receipt.id])
    item = journal.lock_items(session, [charge_id])[charge_id, PATIENT]
    first = journal.found_one(session, key, EntryKind.APPLICATION)
    if first is not None:
        return first
    amount = positive(amount, "The amount taken back")
    reason = refuse_card_number(reason)
    paid = session.scalar(
        select(func.coalesce(func.sum(Posting.amount), ZERO)).where(
            Posting.charge_id == charge_id,
            Posting.receipt_id == receipt.id,
            Posting.account == Account.UNAPPLIED_PATIENT,
        )
    )
    if paid is None or amount > paid:
        raise OverApplied(
            f"Receipt {receipt.number} paid {usd(paid or ZERO)} on this charge, not {usd(amount)}"
        )
    part = _Part(receipt.id, receipt.number, charge_id, item.patient_id, item.service_on, -amount)
    draft = _application([part], receipt.guarantor_id, key, reason)
    return journal.write(session, [draft], event="unapply_receipt", posted_on=posted_on)[0]


@dataclass(frozen=True)
class _Part:
    """What one receipt pays on one charge; below zero it is taken back."""

    receipt_id: int
    receipt_number: str
    charge_id: int
    patient_id: int
    service_on: date
    amount: Decimal


@dataclass
class _Source:
    """A receipt with money left."""

    id: int
    number: str
    purpose: str
    appointment_id: int | None
    rest: Decimal


@dataclass
class _Debt:
    """What a patient owes on one charge."""

    charge_id: int
    patient_id: int
    service_on: date
    appointment_id: int | None
    owed: Decimal


def _application(parts: Sequence[_Part], guarantor_id: int, key: str, reason: str = "") -> Draft:
    """One entry for parts of one receipt and one patient."""
    lines: list[Line] = []
    for part in parts:
        both = {"charge_id": part.charge_id, "receipt_id": part.receipt_id}
        lines.append(Line(Account.UNAPPLIED_PATIENT, part.amount, reason=reason, **both))
        lines.append(Line(Account.PATIENT_RECEIVABLE, -part.amount, reason=reason, **both))
    verb = "applied" if parts[0].amount > 0 else "taken back"
    return Draft(
        kind=EntryKind.APPLICATION,
        key=key,
        lines=lines,
        memo=f"Receipt {parts[0].receipt_number} {verb}" + (f": {reason}" if reason else ""),
        patient_id=parts[0].patient_id,
        guarantor_id=guarantor_id,
        receipt_id=parts[0].receipt_id,
        service_on=parts[0].service_on,
        cause={"reason": reason} if reason else {},
    )


def _apply(
    session: Session,
    guarantor_id: int,
    patient_id: int | None,
    receipt_id: int | None,
    key: str,
    posted_on: date | None,
    event: str,
) -> list[JournalEntry]:
    sources = _sources(session, guarantor_id, patient_id, receipt_id)
    debts = _debts(session, guarantor_id, patient_id)
    posted = journal.found_group(session, key, EntryKind.APPLICATION)
    if posted or not sources or not debts:
        return posted
    waiting = visits_with_an_insurer(
        session, [source.appointment_id for source in sources if source.purpose in FOR_A_VISIT]
    )
    parts: dict[tuple[int, int], list[_Part]] = {}
    for own_visit in (True, False):
        for source in sources:
            for debt in debts:
                same = source.appointment_id is not None and source.appointment_id == debt.appointment_id
                kept = source.purpose in FOR_A_VISIT and source.appointment_id in waiting
                amount = min(source.rest, debt.owed)
                if same is not own_visit or amount <= 0 or (kept and not same):
                    continue
                source.rest -= amount
                debt.owed -= amount
                parts.setdefault((source.id, debt.patient_id), []).append(
                    _Part(source.id, source.number, debt.charge_id, debt.patient_id, debt.service_on, amount)
                )
    drafts = [_application(some, guarantor_id, key) for some in parts.values()]
    return journal.write(session, journal.grouped(key, drafts), event=event, posted_on=posted_on)


def _sources(
    session: Session, guarantor_id: int, patient_id: int | None, receipt_id: int | None
) -> list[_Source]:
    """The guarantor's receipts with money left, locked, oldest first."""
    query = (
        select(Receipt.id, Receipt.number, Receipt.purpose, Receipt.appointment_id, UnappliedItem.amount)
        .join(UnappliedItem, UnappliedItem.receipt_id == Receipt.id)
        .where(UnappliedItem.guarantor_id == guarantor_id, UnappliedItem.amount > 0)
        .order_by(Receipt.id)
        .with_for_update(of=UnappliedItem)
    )
    if receipt_id is not None:
        query = query.where(Receipt.id == receipt_id)
    elif patient_id is not None:
        query = query.where(or_(UnappliedItem.patient_id == patient_id, UnappliedItem.patient_id.is_(None)))
    return [_Source(*row) for row in session.execute(query)]


def _debts(session: Session, guarantor_id: int, patient_id: int | None) -> list[_Debt]:
    """What the guarantor's patients owe, locked by id and then put oldest responsibility first."""
    query = (
        select(
            OpenItem.charge_id,
            OpenItem.patient_id,
            OpenItem.service_on,
            Encounter.appointment_id,
            OpenItem.amount,
            OpenItem.responsible_on,
        )
        .join(Charge, Charge.id == OpenItem.charge_id)
        .join(Encounter, Encounter.id == Charge.encounter_id)
        .where(
            OpenItem.guarantor_id == guarantor_id,
            OpenItem.bucket == PATIENT,
            IS_OPEN,
            OpenItem.amount > 0,
        )
        .order_by(OpenItem.id)
        .with_for_update(of=OpenItem)
    )
    if patient_id is not None:
        query = query.where(OpenItem.patient_id == patient_id)
    rows = sorted(session.execute(query), key=lambda row: (row.responsible_on, row.service_on, row.charge_id))
    return [_Debt(*row[:5]) for row in rows]


def visits_with_an_insurer(session: Session, appointment_ids: Iterable[int | None]) -> set[int]:
    """Of these appointments, those not charged yet or with an insurer's answer outstanding."""
    wanted = {appointment_id for appointment_id in appointment_ids if appointment_id is not None}
    if not wanted:
        return set()
    rows = session.execute(
        select(Encounter.appointment_id, func.bool_or(OpenItem.amount > 0))
        .join(Charge, Charge.encounter_id == Encounter.id)
        .join(OpenItem, and_(OpenItem.charge_id == Charge.id, OpenItem.bucket == journal.INSURANCE))
        .where(Encounter.appointment_id.in_(wanted))
        .group_by(Encounter.appointment_id)
    )
    outstanding = {row[0]: row[1] for row in rows}
    return {one for one in wanted if outstanding.get(one, True)}
