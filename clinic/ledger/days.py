"""Drawers, the day's totals, its close and its deposit (B12).

Days close in their order: closing one locks it and every day before it, and is refused while an earlier day
with money on it is open. What is posted after today's close stands on tomorrow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, String, and_, cast, func, select, text
from sqlalchemy.orm import Session, aliased

from clinic import audit, clock
from clinic.ledger import journal
from clinic.ledger.amounts import usd, whole_cents
from clinic.ledger.errors import DayClosed, DrawerClosed, LedgerError
from clinic.ledger.journal import ZERO
from clinic.ledger.receipts import METHODS
from clinic.models.database_rules import DAY_LOCK
from clinic.models.ledger import Account, DayClose, Drawer, EntryKind, JournalEntry, Posting, Receipt
from clinic.models.patients import Guarantor
from clinic.models.remittances import Remittance

COUNTED = {"cash": "Cash", "check": "Check", "card_terminal": "Card at the desk"}
"""What lies in a drawer or in the terminal's own report, and how a sentence calls it."""


@dataclass(frozen=True)
class MethodTotal:
    """Receipts of one method: how many, and how much less what was paid back."""

    count: int
    amount: Decimal


@dataclass(frozen=True)
class RemittanceTotal:
    """The cash that one remittance moved on a day; `amount` is what the payer said it paid (BPR02)."""

    remittance_id: int
    payer_name: str
    trace: str
    method: str
    amount: Decimal
    posted: Decimal


@dataclass(frozen=True)
class DayTotals:
    """Everything posted on one day. `accounts` sums to zero: that is the day's proof (B1)."""

    day: date
    entries: int
    receipts: Mapping[str, MethodTotal]
    refunds: Decimal
    remittances: Sequence[RemittanceTotal]
    accounts: Mapping[Account, Decimal]
    drawers: Sequence[Drawer]
    closed: DayClose | None

    @property
    def cash(self) -> Decimal:
        return self.accounts.get(Account.CASH, ZERO)


@dataclass(frozen=True)
class DepositLine:
    """One check on the slip."""

    number: str
    payer: str
    amount: Decimal
    receipt: str


@dataclass(frozen=True)
class Deposit:
    """What goes to the bank for a day: checks one by one, cash in one sum, cards as their totals (B12).

    `corrections` are insurers' checks of earlier deposits whose posting was taken back on this day, below zero: the
    books lose them, the bag does not.
    """

    day: date
    checks: Sequence[DepositLine]
    cash: Decimal
    card_terminal: Decimal
    card_online: Decimal
    electronic: Decimal
    corrections: Sequence[DepositLine] = ()

    @property
    def slip(self) -> Decimal:
        """What is carried to the bank: cash and checks."""
        return self.cash + sum((line.amount for line in self.checks), ZERO)

    @property
    def total(self) -> Decimal:
        corrected = sum((line.amount for line in self.corrections), ZERO)
        return self.slip + self.card_terminal + self.card_online + self.electronic + corrected


def open_drawer(session: Session, user_id: int, float_amount: Decimal = ZERO) -> Drawer:
    """The user's drawer of the open day; the first call opens it with the change that lies in it.

    Raises DrawerClosed when it was counted already.
    """
    day = journal.open_day(session)
    drawer = session.scalar(select(Drawer).where(Drawer.user_id == user_id, Drawer.opened_on == day))
    if drawer is None:
        drawer = Drawer(user_id=user_id, opened_on=day, float_amount=whole_cents(float_amount), state="open")
        session.add(drawer)
        session.flush()
        audit.record(session, "ledger.open_drawer", subject=f"drawer:{drawer.id}", category="money")
    elif drawer.state != "open":
        raise DrawerClosed(f"Your drawer of {day:%m/%d/%Y} is counted and closed")
    return drawer


def expected(session: Session, drawer: Drawer) -> dict[str, Decimal]:
    """What should lie in a drawer by method: its float, what it took in, less what it gave back."""
    taken = _receipts_by_method(session, Receipt.drawer_id == drawer.id)
    given = _refunds_by_method(session, JournalEntry.cause["drawer_id"].astext == str(drawer.id))
    amounts = {
        method: (taken[method].amount if method in taken else ZERO) - given.get(method, ZERO)
        for method in COUNTED
    }
    amounts["cash"] += drawer.float_amount
    return amounts


def close_drawer(
    session: Session, drawer: Drawer, counted: Mapping[str, Decimal | None], reason: str = ""
) -> dict[str, Decimal]:
    """Close a drawer on what was counted (cash, check, card_terminal); returns counted less expected.

    Raises LedgerError when one of them was not counted, or when they differ and no reason is given. A closed
    drawer takes no more money.
    """
    session.refresh(drawer, with_for_update=True)
    if drawer.state != "open":
        raise DrawerClosed("This drawer is closed already")
    should = expected(session, drawer)
    known = {method: amount for method in COUNTED if (amount := counted.get(method)) is not None}
    missing = [words.lower() for method, words in COUNTED.items() if method not in known]
    if missing:
        raise LedgerError(f"Not counted: {', '.join(missing)}. Count it, or write 0.")
    found = {method: whole_cents(amount) for method, amount in known.items()}
    differences = {method: found[method] - should[method] for method in COUNTED}
    if any(differences.values()) and not reason.strip():
        off = ", ".join(
            f"{COUNTED[method]} {usd(amount)}" for method, amount in differences.items() if amount
        )
        raise LedgerError(f"Counted and expected differ ({off}): count again or say why.")
    drawer.counted = {method: str(amount) for method, amount in found.items()}
    drawer.expected = {method: str(amount) for method, amount in should.items()}
    drawer.difference_reason = reason.strip()
    drawer.state = "closed"
    drawer.closed_at = clock.now()
    session.flush()
    audit.record(
        session,
        "ledger.close_drawer",
        subject=f"drawer:{drawer.id}",
        category="money",
        changes={"expected": drawer.expected, "counted": drawer.counted},
    )
    return differences


def day_totals(session: Session, day: date) -> DayTotals:
    """What was posted on a day, by method, remittance and account (B12)."""
    accounts = {
        row[0]: row[1]
        for row in session.execute(
            select(Posting.account, func.sum(Posting.amount))
            .join(JournalEntry, JournalEntry.id == Posting.entry_id)
            .where(JournalEntry.posted_on == day)
            .group_by(Posting.account)
        )
    }
    entries = session.scalar(
        select(func.count()).select_from(JournalEntry).where(JournalEntry.posted_on == day)
    )
    refunds = _refunds_by_method(session, JournalEntry.posted_on == day)
    return DayTotals(
        day=day,
        entries=entries or 0,
        receipts=_receipts_by_method(session, Receipt.received_on == day),
        refunds=sum(refunds.values(), ZERO),
        remittances=_remittances(session, day),
        accounts=accounts,
        drawers=list(session.scalars(select(Drawer).where(Drawer.opened_on == day).order_by(Drawer.id))),
        closed=session.get(DayClose, day),
    )


def close_day(session: Session, day: date, key: str = "") -> DayClose:
    """Close a day for ever, with its totals and the audit chain's code; closing it again returns the first close (B12).

    Raises DayClosed for a day to come, while one of its drawers is open, or while an earlier day with money on
    it is open; LedgerError when nobody is signed in. Entries posted later stand on the next open day.
    """
    # Posters hold this lock shared, in the trigger `entry_day_open`: after it nobody posts on this day unseen.
    session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": DAY_LOCK})
    first = session.get(DayClose, day)
    if first is not None:
        return first
    user_id = audit.actor().user_id
    if user_id is None:
        raise LedgerError("A day is closed by a person who is signed in")
    _refuse_close(session, day)
    totals = day_totals(session, day)
    if sum(totals.accounts.values(), ZERO):
        raise AssertionError(f"the postings of {day} do not sum to zero")
    closed = DayClose(
        closed_on=day,
        closed_by=user_id,
        closed_at=clock.now(),
        totals=_as_json(totals, key),
        audit_code=audit.tail_code(session),
    )
    session.add(closed)
    session.flush()
    audit.record(
        session,
        "ledger.close_day",
        subject=f"day:{day}",
        category="money",
        changes={"entries": totals.entries},
    )
    return closed


def deposit(session: Session, day: date) -> Deposit:
    """The deposit of a day: patients' and insurers' checks listed, cash, card totals, electronic payments."""
    lines = [
        DepositLine(row.reference, f"{row.first_name} {row.last_name}", row.amount, row.number)
        for row in session.execute(
            select(
                Receipt.reference, Receipt.number, Receipt.amount, Guarantor.first_name, Guarantor.last_name
            )
            .join(Guarantor, Guarantor.id == Receipt.guarantor_id)
            .where(Receipt.received_on == day, Receipt.method == "check", ~_reversed_that_day())
            .order_by(Receipt.id)
        )
    ]
    electronic, corrections = ZERO, []
    for paid in _remittances(session, day):
        if not paid.posted:
            continue  # posted and taken back on the same day: no check of it lies in the bag
        if paid.method != "CHK":
            electronic += paid.posted
        elif paid.posted < 0:
            corrections.append(DepositLine(paid.trace, paid.payer_name, paid.posted, ""))
        else:
            lines.append(DepositLine(paid.trace, paid.payer_name, paid.posted, ""))
    taken = _receipts_by_method(session, Receipt.received_on == day)
    given = _refunds_by_method(session, JournalEntry.posted_on == day)
    net = {
        method: (taken[method].amount if method in taken else ZERO) - given.get(method, ZERO)
        for method in METHODS
    }
    return Deposit(day, lines, net["cash"], net["card_terminal"], net["card_online"], electronic, corrections)


def _reversed_that_day() -> ColumnElement[bool]:
    """A receipt that was reversed on the day it came in, as a slip of the hand is: no money was there."""
    original, reversal = aliased(JournalEntry), aliased(JournalEntry)
    return (
        select(reversal.id)
        .join(original, original.id == reversal.reverses_id)
        .where(
            original.receipt_id == Receipt.id,
            original.kind == EntryKind.PATIENT_RECEIPT,
            reversal.posted_on == Receipt.received_on,
        )
        .exists()
    )


def _receipts_by_method(session: Session, which: ColumnElement[bool]) -> dict[str, MethodTotal]:
    rows = session.execute(
        select(Receipt.method, func.count(), func.sum(Receipt.amount))
        .where(which, ~_reversed_that_day())
        .group_by(Receipt.method)
    )
    return {method: MethodTotal(count, amount) for method, count, amount in rows}


def _refunds_by_method(session: Session, which: ColumnElement[bool]) -> dict[str, Decimal]:
    """Refunds by the method they were paid in, without those reversed on the same day."""
    reversal = aliased(JournalEntry)
    method = cast(JournalEntry.cause["method"].astext, String)
    rows = session.execute(
        select(method, -func.sum(Posting.amount))
        .join(Posting, and_(Posting.entry_id == JournalEntry.id, Posting.account == Account.CASH))
        .outerjoin(
            reversal,
            and_(reversal.reverses_id == JournalEntry.id, reversal.posted_on == JournalEntry.posted_on),
        )
        .where(which, JournalEntry.kind == EntryKind.REFUND, reversal.id.is_(None))
        .group_by(method)
    )
    return {row[0]: row[1] for row in rows}


def _remittances(session: Session, day: date) -> list[RemittanceTotal]:
    rows = session.execute(
        select(
            Remittance.id,
            Remittance.payer_name,
            Remittance.trace,
            Remittance.method,
            Remittance.amount,
            func.sum(Posting.amount),
        )
        .join(JournalEntry, JournalEntry.remittance_id == Remittance.id)
        .join(Posting, and_(Posting.entry_id == JournalEntry.id, Posting.account == Account.CASH))
        .where(JournalEntry.posted_on == day)
        .group_by(Remittance.id)
        .order_by(Remittance.id)
    )
    return [RemittanceTotal(*row) for row in rows]


def _refuse_close(session: Session, day: date) -> None:
    if day > journal.open_day(session):
        raise DayClosed(f"{day:%m/%d/%Y} is still to come")
    last = session.scalar(select(func.max(DayClose.closed_on)))
    if last is not None and day < last:
        raise DayClosed(f"{day:%m/%d/%Y} was closed with the days up to {last:%m/%d/%Y}")
    earlier = session.scalar(
        select(func.min(JournalEntry.posted_on)).where(
            JournalEntry.posted_on < day, JournalEntry.posted_on > (last or date.min)
        )
    )
    if earlier is not None:
        raise DayClosed(f"Close {earlier:%m/%d/%Y} first: it has entries and is open")
    waiting = session.scalar(
        select(func.min(Drawer.opened_on)).where(Drawer.opened_on <= day, Drawer.state == "open")
    )
    if waiting is not None:
        raise DayClosed(f"A drawer of {waiting:%m/%d/%Y} is open: count and close it first")


def _as_json(totals: DayTotals, key: str) -> dict[str, Any]:
    return {
        "key": key,
        "entries": totals.entries,
        "accounts": {account.value: str(amount) for account, amount in totals.accounts.items()},
        "receipts": {
            method: {"count": total.count, "amount": str(total.amount)}
            for method, total in totals.receipts.items()
        },
        "refunds": str(totals.refunds),
        "remittances": [
            {"remittance_id": paid.remittance_id, "amount": str(paid.amount), "posted": str(paid.posted)}
            for paid in totals.remittances
        ],
    }
