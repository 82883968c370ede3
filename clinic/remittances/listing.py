"""Remittances by where they stand, for the work list: a constant number of queries."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic.models import Account, ClaimPayment, JournalEntry, Posting, Remittance, StoredFile

PAGE = 50
_WAITS = (
    select(ClaimPayment.id)
    .where(ClaimPayment.remittance_id == Remittance.id, ClaimPayment.state == "unmatched")
    .exists()
)
TABS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "settle": (
        "To settle",
        or_(
            Remittance.state.in_(("needs_review", "out_of_balance", "conflict")),
            and_(Remittance.state == "posted", _WAITS),
        ),
    ),
    "unmatched": ("Unmatched claims", and_(Remittance.state == "posted", _WAITS)),
    "differs": ("Out of balance", Remittance.state == "out_of_balance"),
    "posted": ("Posted", Remittance.state == "posted"),
    "duplicate": ("Duplicates", Remittance.state == "duplicate"),
    "unreadable": ("Unreadable", Remittance.state == "unreadable"),
    "reversed": ("Taken back", Remittance.state == "reversed"),
}
"""The tabs: key to words and condition."""


@dataclass(frozen=True)
class Row:
    """A remittance with how many claims it has and how many of them wait for a person."""

    remittance: Remittance
    claims: int
    waiting: int


@dataclass(frozen=True)
class Page:
    """One page of a tab; `first` counts from 1."""

    rows: Sequence[Row]
    total: int
    first: int

    @property
    def last(self) -> int:
        return self.first + len(self.rows) - 1


def page(session: Session, tab: str, number: int = 1) -> Page:
    """The newest first; what is to be settled the oldest first."""
    condition = TABS[tab][1]
    total = session.scalar(select(func.count()).select_from(Remittance).where(condition)) or 0
    order = Remittance.id if tab == "settle" else Remittance.id.desc()
    query = (
        select(Remittance)
        .where(condition)
        .options(joinedload(Remittance.payer))
        .order_by(order)
        .limit(PAGE)
        .offset(PAGE * (number - 1))
    )
    found = session.scalars(query).all()
    counts = session.execute(
        select(
            ClaimPayment.remittance_id,
            func.count(),
            func.count().filter(ClaimPayment.state == "unmatched"),
        )
        .where(ClaimPayment.remittance_id.in_([each.id for each in found]))
        .group_by(ClaimPayment.remittance_id)
    )
    by_id = {row[0]: (row[1], row[2]) for row in counts}
    rows = [Row(each, *by_id.get(each.id, (0, 0))) for each in found]
    return Page(rows, total, PAGE * (number - 1) + 1)


def tab_counts(session: Session) -> dict[str, int]:
    """How many stand in each tab, with the files that could not be read among the unreadable."""
    row = session.execute(
        select(*(func.count().filter(condition) for _, condition in TABS.values())).select_from(Remittance)
    ).one()
    counts = dict(zip(TABS, row, strict=True))
    counts["unreadable"] += len(unreadable_files(session))
    return counts


def unreadable_files(session: Session) -> Sequence[StoredFile]:
    """Files that came as remittances and could not be read at all: kept for inspection (R1)."""
    with_sets = select(Remittance.id).where(Remittance.file_id == StoredFile.id).exists()
    query = (
        select(StoredFile)
        .where(
            StoredFile.direction == "in",
            StoredFile.state == "unreadable",
            StoredFile.kind.in_(("835", "unknown")),
            ~with_sets,
        )
        .order_by(StoredFile.id.desc())
        .limit(PAGE)
    )
    return session.scalars(query).all()


def cash_in_books(session: Session, remittance_id: int) -> Decimal:
    """What the journal holds as cash of a remittance (R4)."""
    total = session.scalar(
        select(func.coalesce(func.sum(Posting.amount), Decimal("0.00")))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account == Account.CASH, JournalEntry.remittance_id == remittance_id)
    )
    return total or Decimal("0.00")
