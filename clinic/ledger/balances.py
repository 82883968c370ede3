"""What is owed and by whom, read from the cached balances; the history, by keyset (B3 to B5)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session, selectinload

from clinic.ledger.journal import INSURANCE, IS_OPEN, PATIENT, ZERO
from clinic.models.charges import Charge, Encounter
from clinic.models.ledger import Account, EntryKind, JournalEntry, OpenItem, Posting, UnappliedItem


@dataclass(frozen=True)
class Balance:
    """Open with insurance, open with the patient, money not applied yet, in US dollars.

    `credit` is the part of both balances below zero, as a positive amount, and is netted in them (B5).
    `oldest` is the first responsibility date of what the patient owes, None when nothing is.
    """

    insurance: Decimal = ZERO
    patient: Decimal = ZERO
    unapplied: Decimal = ZERO
    credit: Decimal = ZERO
    oldest: date | None = None

    @property
    def total(self) -> Decimal:
        return self.insurance + self.patient

    @property
    def due(self) -> Decimal:
        """What to ask the patient for: what is owed less what is held unapplied, never below zero."""
        return max(self.patient - self.unapplied, ZERO)


@dataclass(frozen=True)
class EntryRow:
    """One entry of a patient's history and what it did to each balance; debits above zero."""

    entry: JournalEntry
    insurance: Decimal
    patient: Decimal
    unapplied: Decimal

    @property
    def amount(self) -> Decimal:
        """The entry's size: the sum of its debits."""
        return sum((posting.amount for posting in self.entry.postings if posting.amount > 0), ZERO)


@dataclass(frozen=True)
class EntriesPage:
    """Newest first; give `next_after` to `entries_page` for the older ones, None at the end."""

    rows: Sequence[EntryRow]
    next_after: int | None


def patient_balance(session: Session, patient_id: int) -> Balance:
    """One patient's balance; money of the household that names no patient is in `guarantor_balance` only."""
    return patient_balances(session, [patient_id])[patient_id]


def patient_balances(session: Session, patient_ids: Iterable[int]) -> dict[int, Balance]:
    """The balances of many patients, in two queries."""
    return _balances(session, OpenItem.patient_id, UnappliedItem.patient_id, patient_ids)


def guarantor_balance(session: Session, guarantor_id: int) -> Balance:
    """A household's balance, with all of its unapplied money."""
    return guarantor_balances(session, [guarantor_id])[guarantor_id]


def guarantor_balances(session: Session, guarantor_ids: Iterable[int]) -> dict[int, Balance]:
    """The balances of many guarantors, in two queries."""
    return _balances(session, OpenItem.guarantor_id, UnappliedItem.guarantor_id, guarantor_ids)


def open_items(session: Session, guarantor_id: int) -> list[OpenItem]:
    """What is open for a guarantor's patients, credits included, oldest responsibility first."""
    query = (
        select(OpenItem)
        .where(OpenItem.guarantor_id == guarantor_id, IS_OPEN)
        .order_by(OpenItem.responsible_on, OpenItem.service_on, OpenItem.charge_id, OpenItem.bucket)
    )
    return list(session.scalars(query))


def unapplied_items(session: Session, guarantor_id: int) -> list[UnappliedItem]:
    """The guarantor's receipts with money left, oldest first (ask 34)."""
    query = (
        select(UnappliedItem)
        .where(UnappliedItem.guarantor_id == guarantor_id, UnappliedItem.amount != 0)
        .order_by(UnappliedItem.receipt_id)
    )
    return list(session.scalars(query))


def charge_balances(session: Session, charge_ids: Iterable[int]) -> dict[int, Balance]:
    """What is open on each of these charges; a charge that was never posted is absent."""
    rows = session.execute(
        select(OpenItem.charge_id, *_open_sums())
        .where(OpenItem.charge_id == func.any(list(charge_ids)))
        .group_by(OpenItem.charge_id)
    )
    return {row[0]: Balance(row[1], row[2], credit=row[3], oldest=row[4]) for row in rows}


def owed_after(session: Session, patient_id: int, entry_id: int) -> dict[int, Decimal]:
    """What a patient owed on each charge after the journal entry of that id, from the postings themselves."""
    rows = session.execute(
        select(Posting.charge_id, func.sum(Posting.amount))
        .join(Charge, Charge.id == Posting.charge_id)
        .join(Encounter, Encounter.id == Charge.encounter_id)
        .where(
            Encounter.patient_id == patient_id,
            Posting.account == Account.PATIENT_RECEIVABLE,
            Posting.entry_id <= entry_id,
        )
        .group_by(Posting.charge_id)
    )
    return {charge_id: owed for charge_id, owed in rows if charge_id is not None}


def entries_page(
    session: Session, patient_id: int, after: int | None = None, limit: int = 50, *, also: Sequence[int] = ()
) -> EntriesPage:
    """A page of a patient's entries, newest first; any page costs the same (two queries).

    `also` are the ids of records that were merged into this one: their entries keep the id they were written with.
    """
    query = (
        select(JournalEntry)
        .where(JournalEntry.patient_id.in_((patient_id, *also)))
        .options(selectinload(JournalEntry.postings))
        .order_by(JournalEntry.id.desc())
        .limit(limit + 1)
    )
    if after is not None:
        query = query.where(JournalEntry.id < after)
    entries = list(session.scalars(query))
    more = len(entries) > limit
    rows = [_row(entry) for entry in entries[:limit]]
    return EntriesPage(rows, rows[-1].entry.id if more else None)


def is_reversed(session: Session, entry: JournalEntry) -> bool:
    """Whether an entry can no longer be reversed: it was, or it is a reversal itself."""
    if entry.kind is EntryKind.REVERSAL:
        return True
    return session.scalar(select(JournalEntry.id).where(JournalEntry.reverses_id == entry.id)) is not None


def _row(entry: JournalEntry) -> EntryRow:
    sums = {
        account: sum((posting.amount for posting in entry.postings if posting.account is account), ZERO)
        for account in (Account.INSURANCE_RECEIVABLE, Account.PATIENT_RECEIVABLE, Account.UNAPPLIED_PATIENT)
    }
    insurance, patient, unapplied = sums.values()
    return EntryRow(entry, insurance, patient, -unapplied)


def _open_sums() -> tuple[ColumnElement[Any], ...]:
    """Insurance, patient, credit and the oldest patient responsibility, over a group of open items."""
    owed = (OpenItem.bucket == PATIENT, OpenItem.amount > 0)
    return (
        func.coalesce(func.sum(OpenItem.amount).filter(OpenItem.bucket == INSURANCE), ZERO),
        func.coalesce(func.sum(OpenItem.amount).filter(OpenItem.bucket == PATIENT), ZERO),
        func.coalesce(-func.sum(OpenItem.amount).filter(OpenItem.amount < 0), ZERO),
        func.min(OpenItem.responsible_on).filter(*owed),
    )


def _balances(
    session: Session,
    open_by: InstrumentedAttribute[int],
    unapplied_by: InstrumentedAttribute[int] | InstrumentedAttribute[int | None],
    ids: Iterable[int],
) -> dict[int, Balance]:
    wanted = list(ids)
    opened = {
        row[0]: Balance(row[1], row[2], credit=row[3], oldest=row[4])
        for row in session.execute(
            select(open_by, *_open_sums()).where(open_by == func.any(wanted), IS_OPEN).group_by(open_by)
        )
    }
    held = {
        row[0]: row[1]
        for row in session.execute(
            select(unapplied_by, func.sum(UnappliedItem.amount))
            .where(unapplied_by == func.any(wanted))
            .group_by(unapplied_by)
        )
    }
    return {owner: replace(opened.get(owner, Balance()), unapplied=held.get(owner, ZERO)) for owner in wanted}
