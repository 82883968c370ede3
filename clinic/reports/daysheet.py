"""The money day sheet, the days that wait for their close, and what goes to the bank (B2, B12)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic import audit, ledger
from clinic.ledger.days import RemittanceTotal
from clinic.models import Account, DayClose, Drawer, JournalEntry, Posting, User
from clinic.reports.aging import ZERO
from clinic.reports.tables import Cell, Column, Table

METHODS = {
    "cash": "Cash",
    "check": "Check",
    "card_terminal": "Card at the desk",
    "card_online": "Card, online",
}
COUNTED = ("cash", "check", "card_terminal")
ADJUSTMENTS = {
    Account.CONTRACTUAL: "Contractual",
    Account.WRITE_OFF: "Written off",
    Account.DENIAL_WRITE_OFF: "Denied, written off",
    Account.INTEREST_INCOME: "Interest from payers",
    Account.PAYER_ADJUSTMENT: "Payer's own adjustments",
    Account.RECOUPMENT_RECEIVABLE: "Held back by payers",
}
ACCOUNTS = {
    Account.CASH: "Cash",
    Account.INSURANCE_RECEIVABLE: "Insurance receivable",
    Account.PATIENT_RECEIVABLE: "Patient receivable",
    Account.UNAPPLIED_PATIENT: "Unapplied, patients",
    Account.UNAPPLIED_INSURANCE: "Unapplied, insurance",
    Account.SUSPENSE: "To be explained",
    Account.REVENUE: "Charges",
    **ADJUSTMENTS,
}


@dataclass(frozen=True)
class Line:
    """One line of a section; `count` None where nothing is counted."""

    name: str
    amount: Decimal
    count: int | None = None


@dataclass(frozen=True)
class Section:
    """Lines that add up to `total`."""

    name: str
    lines: Sequence[Line]

    @property
    def counted(self) -> bool:
        """Whether any of its lines says how many it sums."""
        return any(line.count is not None for line in self.lines)

    @property
    def total(self) -> Decimal:
        return sum((line.amount for line in self.lines), ZERO)


@dataclass(frozen=True)
class DrawerState:
    """A drawer with its owner: `counted` is None while it is open."""

    drawer: Drawer
    user: str
    expected: Mapping[str, Decimal]
    counted: Mapping[str, Decimal] | None

    @property
    def is_open(self) -> bool:
        return self.counted is None

    def difference(self, method: str) -> Decimal:
        return ZERO if self.counted is None else self.counted[method] - self.expected[method]

    @property
    def off(self) -> Decimal:
        """Counted less expected over all methods."""
        return sum((self.difference(method) for method in COUNTED), ZERO)


@dataclass(frozen=True)
class DaySheet:
    """Everything posted on a day. `proof` sums every account and is zero (B1)."""

    totals: ledger.DayTotals
    sections: Sequence[Section]
    accounts: Section
    drawers: Sequence[DrawerState]
    closed_by: str
    audit_code: str

    @property
    def day(self) -> date:
        return self.totals.day

    @property
    def closed(self) -> DayClose | None:
        return self.totals.closed

    @property
    def proof(self) -> Decimal:
        return self.accounts.total


def day_sheet(session: Session, day: date) -> DaySheet:
    """The money of one post date, by section; the audit chain's code is that of the close, or of this moment."""
    totals = ledger.day_totals(session, day)
    closed = totals.closed
    return DaySheet(
        totals=totals,
        sections=[
            Section(
                "Charges", [Line("Charges, less those reversed", -totals.accounts.get(Account.REVENUE, ZERO))]
            ),
            Section("Received from patients", _received(totals)),
            Section("Remittances", [Line(_payer(one), one.posted) for one in totals.remittances]),
            Section("Adjustments", _adjusted(totals)),
        ],
        accounts=Section(
            "Accounts",
            [
                Line(words, totals.accounts[one])
                for one, words in ACCOUNTS.items()
                if totals.accounts.get(one)
            ],
        ),
        drawers=drawers_of(session, totals.drawers),
        closed_by=session.get_one(User, closed.closed_by).name if closed else "",
        audit_code=closed.audit_code if closed else audit.tail_code(session),
    )


def table(sheet: DaySheet) -> Table:
    """The sheet as rows, for XLSX."""
    columns = [Column("Part"), Column("Line"), Column("Count", "count"), Column("Amount", "money")]
    rows: list[list[Cell]] = []
    for section in (*sheet.sections, sheet.accounts):
        rows += [[section.name, line.name, line.count, line.amount] for line in section.lines]
        rows.append([section.name, "Total", None, section.total])
    for one in sheet.drawers:
        for method in COUNTED:
            name = f"Drawer of {one.user}"
            rows.append([name, f"{METHODS[method]}, expected", None, one.expected[method]])
            if one.counted is not None:
                rows.append([name, f"{METHODS[method]}, counted", None, one.counted[method]])
    basis = f"By post date. Audit code {sheet.audit_code}."
    return Table(f"Day sheet {sheet.day:%m/%d/%Y}", basis, columns, rows)


def drawers_of(session: Session, drawers: Sequence[Drawer]) -> list[DrawerState]:
    """Drawers with their owners' names; a closed one says what was expected when it was closed."""
    owners = select(User.id, User.name).where(User.id.in_([drawer.user_id for drawer in drawers]))
    names = {row.id: row.name for row in session.execute(owners)}
    return [_state(session, drawer, names[drawer.user_id]) for drawer in drawers]


def _state(session: Session, drawer: Drawer, user: str) -> DrawerState:
    if drawer.state == "open":
        return DrawerState(drawer, user, ledger.expected(session, drawer), None)
    expected = {method: Decimal(drawer.expected[method]) for method in COUNTED}
    counted = {method: Decimal(drawer.counted[method]) for method in COUNTED}
    return DrawerState(drawer, user, expected, counted)


def open_drawer_of(session: Session, user_id: int) -> Drawer | None:
    """The user's oldest drawer that is not counted, or the drawer of the open day, or None."""
    query = (
        select(Drawer)
        .where(
            Drawer.user_id == user_id,
            or_(Drawer.state == "open", Drawer.opened_on == ledger.open_day(session)),
        )
        .order_by(Drawer.state.desc(), Drawer.opened_on)
    )
    return session.scalars(query.limit(1)).first()


@dataclass(frozen=True)
class WaitingDay:
    """A day that is not closed: what was posted, and the drawers that hold it open."""

    day: date
    entries: int
    cash: Decimal
    drawers: Sequence[DrawerState]

    @property
    def uncounted(self) -> Sequence[DrawerState]:
        return [one for one in self.drawers if one.is_open]


def waiting_days(session: Session) -> list[WaitingDay]:
    """The days after the last close that have entries or drawers, oldest first: the first one is closed next."""
    last = session.scalar(select(func.max(DayClose.closed_on))) or date.min
    posted = session.execute(
        select(
            JournalEntry.posted_on,
            func.count(JournalEntry.id.distinct()),
            func.coalesce(func.sum(Posting.amount).filter(Posting.account == Account.CASH), 0),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .where(JournalEntry.posted_on > last)
        .group_by(JournalEntry.posted_on)
    )
    days = {row[0]: (row[1], row[2]) for row in posted}
    drawers = session.scalars(
        select(Drawer)
        .where(or_(Drawer.opened_on > last, Drawer.state == "open"))
        .order_by(Drawer.opened_on, Drawer.id)
    ).all()
    states = drawers_of(session, drawers)
    every = sorted(days.keys() | {drawer.opened_on for drawer in drawers})
    return [
        WaitingDay(day, *days.get(day, (0, ZERO)), [one for one in states if one.drawer.opened_on == day])
        for day in every
    ]


@dataclass(frozen=True)
class Slip:
    """A closed day's deposit: what was recorded, corrected by what was counted in the drawers."""

    deposit: ledger.Deposit
    drawers: Sequence[DrawerState]
    closed: DayClose
    closed_by: str

    @property
    def over_short(self) -> Decimal:
        return sum((one.difference("cash") for one in self.drawers), ZERO)

    @property
    def cash(self) -> Decimal:
        """The cash that is in the bag."""
        return self.deposit.cash + self.over_short

    @property
    def checks(self) -> Decimal:
        return sum((line.amount for line in self.deposit.checks), ZERO)

    @property
    def total(self) -> Decimal:
        return self.cash + self.checks

    @property
    def number(self) -> str:
        return f"D-{self.deposit.day:%Y-%m%d}"


def slip(session: Session, closed: DayClose) -> Slip:
    """The deposit slip of a closed day."""
    day = closed.closed_on
    drawers = session.scalars(select(Drawer).where(Drawer.opened_on == day).order_by(Drawer.id)).all()
    return Slip(
        deposit=ledger.deposit(session, day),
        drawers=drawers_of(session, drawers),
        closed=closed,
        closed_by=session.get_one(User, closed.closed_by).name,
    )


def _received(totals: ledger.DayTotals) -> list[Line]:
    lines = [
        Line(METHODS[method], one.amount, one.count)
        for method in METHODS
        if (one := totals.receipts.get(method)) is not None
    ]
    if totals.refunds:
        lines.append(Line("Refunds", -totals.refunds))
    remitted = sum((one.posted for one in totals.remittances), ZERO)
    taken_back = totals.cash - remitted - sum((line.amount for line in lines), ZERO)
    if taken_back:
        # What else moved cash is a receipt of an earlier day that was reversed: a returned check (B8).
        lines.append(Line("Returned payments of earlier days", taken_back))
    return lines


def _payer(one: RemittanceTotal) -> str:
    return f"{one.payer_name}, {one.trace}" if one.trace else one.payer_name


def _adjusted(totals: ledger.DayTotals) -> list[Line]:
    return [
        Line(words, totals.accounts[one]) for one, words in ADJUSTMENTS.items() if totals.accounts.get(one)
    ]
