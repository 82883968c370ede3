"""Key figures with their formulas and the rows behind them (domain 10)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock
from clinic.models import (
    Account,
    Claim,
    ClaimPayment,
    EntryKind,
    JournalEntry,
    OpenItem,
    Patient,
    Posting,
    Remittance,
    ServicePayment,
)
from clinic.reports.aging import ZERO
from clinic.reports.tables import Cell, Column, Table

MONTHS = 12


@dataclass(frozen=True)
class Month:
    """A calendar month of the clinic."""

    first: date

    @property
    def next(self) -> "Month":
        return Month((self.first + timedelta(days=32)).replace(day=1))

    @property
    def previous(self) -> "Month":
        return Month((self.first - timedelta(days=1)).replace(day=1))

    @property
    def last_day(self) -> date:
        """The last day that has begun."""
        return min(self.next.first - timedelta(days=1), clock.today())

    @property
    def key(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def name(self) -> str:
        return f"{self.first:%B %Y}"


def month_of(key: str) -> Month:
    """`2026-03`; raises ValueError for anything else."""
    return Month(date.fromisoformat(f"{key}-01"))


@dataclass(frozen=True)
class Figure:
    """One tile: `value` is a number in its unit, None where there is nothing to count yet."""

    key: str
    name: str
    formula: str
    unit: str  # money, percent, days
    value: Decimal | None
    target: Decimal | None
    good: str  # high, low, or empty where there is no target
    trend: Sequence[Decimal | None]

    @property
    def standing(self) -> str:
        """`Met`, `Near` (within a tenth) or `Missed`; empty without a target or a value."""
        if self.value is None or self.target is None:
            return ""
        met = self.value >= self.target if self.good == "high" else self.value <= self.target
        near = abs(self.value - self.target) <= self.target / 10
        return "Met" if met else "Near" if near else "Missed"


FORMULAS = {
    "charges": ("Charges", "charges posted in the month, less those reversed"),
    "payments": (
        "Payments",
        "money from patients and payers posted in the month, less refunds and takebacks",
    ),
    "days_in_ar": ("Days in A/R", "(open debits − credits) ÷ (charges of the last 90 days ÷ 90)"),
    "clean_claims": (
        "Clean claims",
        "claims that passed every edit untouched ÷ claims entering the scrubber",
    ),
    "denial_rate": ("Denial rate", "denied lines ÷ lines that payers answered"),
}
TARGETS = {
    "days_in_ar": (Decimal(35), "low"),
    "clean_claims": (Decimal(95), "high"),
    "denial_rate": (Decimal(5), "low"),
}
UNITS = {"charges": "money", "payments": "money", "days_in_ar": "days"}


def figures(session: Session, month: Month) -> list[Figure]:
    """The five figures of a month, each with the trend of the months before it, in nine queries."""
    months = [month]
    for _ in range(MONTHS - 1):
        months.insert(0, months[0].previous)
    series = {
        "charges": _by_month(session, months, Account.REVENUE, -1),
        "payments": _by_month(session, months, Account.CASH, 1),
        "clean_claims": _clean(session, months),
        "denial_rate": _denied(session, months),
    }
    # Days in A/R needs the balances of each month's end, which the journal gives back (historic ageing).
    series["days_in_ar"] = _days(session, months)
    return [_figure(key, series[key]) for key in FORMULAS]


def _figure(key: str, trend: Sequence[Decimal | None]) -> Figure:
    name, formula = FORMULAS[key]
    target, good = TARGETS.get(key, (None, ""))
    return Figure(key, name, formula, UNITS.get(key, "percent"), trend[-1], target, good, trend)


def _by_month(session: Session, months: Sequence[Month], account: Account, sign: int) -> list[Decimal | None]:
    month = func.date_trunc("month", JournalEntry.posted_on)
    rows = session.execute(
        select(month, func.sum(Posting.amount))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.account == account,
            JournalEntry.posted_on >= months[0].first,
            JournalEntry.posted_on <= months[-1].last_day,
        )
        .group_by(month)
    )
    sums = {row[0].date(): row[1] * sign for row in rows}
    return [sums.get(one.first, ZERO) for one in months]


def _clean(session: Session, months: Sequence[Month]) -> list[Decimal | None]:
    start, _ = clock.day_bounds(months[0].first)
    month = func.date_trunc("month", func.timezone(clock.zone().key, Claim.created_at))
    rows = session.execute(
        select(month, func.count().filter(Claim.clean_first_time), func.count())
        .where(Claim.clean_first_time.is_not(None), Claim.frequency == "1", Claim.created_at >= start)
        .group_by(month)
    )
    return _shares(months, {row[0].date(): (row[1], row[2]) for row in rows})


def _denied(session: Session, months: Sequence[Month]) -> list[Decimal | None]:
    month = func.date_trunc("month", func.timezone(clock.zone().key, Remittance.posted_at))
    rows = session.execute(
        select(month, func.count().filter(ServicePayment.denied), func.count())
        .join(ClaimPayment, ClaimPayment.id == ServicePayment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .where(*_answered())
        .group_by(month)
    )
    return _shares(months, {row[0].date(): (row[1], row[2]) for row in rows})


def _answered():  # type: ignore[no-untyped-def]
    """Lines that a payer answered: posted, ours, no reversals."""
    return (
        Remittance.state == "posted",
        Remittance.posted_at.is_not(None),
        ClaimPayment.claim_id.is_not(None),
        ClaimPayment.status_code != "22",
    )


def _shares(months: Sequence[Month], counts: dict[date, tuple[int, int]]) -> list[Decimal | None]:
    return [percent(*counts[one.first]) if one.first in counts else None for one in months]


def percent(part: int, whole: int) -> Decimal | None:
    """One decimal; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def _days(session: Session, months: Sequence[Month]) -> list[Decimal | None]:
    """Balance of all receivables at each month's end over the average day's charges of the 90 days before it."""
    receivable = (Account.INSURANCE_RECEIVABLE, Account.PATIENT_RECEIVABLE, Account.UNAPPLIED_PATIENT)
    rows = session.execute(
        select(
            JournalEntry.posted_on,
            func.coalesce(func.sum(Posting.amount).filter(Posting.account.in_(receivable)), 0),
            func.coalesce(-func.sum(Posting.amount).filter(Posting.account == Account.REVENUE), 0),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(JournalEntry.posted_on)
        .order_by(JournalEntry.posted_on)
    ).all()
    result: list[Decimal | None] = []
    for month in months:
        end = month.last_day
        open_amount = sum((row[1] for row in rows if row[0] <= end), ZERO)
        since = end - timedelta(days=90)
        charged = sum((row[2] for row in rows if since < row[0] <= end), ZERO)
        result.append((open_amount * 90 / charged).quantize(Decimal("0.1")) if charged else None)
    return result


def rows(session: Session, key: str, month: Month) -> Table:
    """The rows behind one figure of one month; their sum, count or share is the figure."""
    name, formula = FORMULAS[key]
    title, basis = f"{name}, {month.name}", f"{name}: {formula}."
    match key:
        case "charges":
            return _money_rows(session, month, title, basis, Account.REVENUE, -1)
        case "payments":
            return _money_rows(session, month, title, basis, Account.CASH, 1)
        case "days_in_ar":
            return _open_rows(session, title, basis)
        case "clean_claims":
            return _claim_rows(session, month, title, basis)
    return _line_rows(session, month, title, basis)


def _money_rows(session: Session, month: Month, title: str, basis: str, account: Account, sign: int) -> Table:
    query = (
        select(JournalEntry, Patient, func.sum(Posting.amount))
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .outerjoin(Patient, Patient.id == JournalEntry.patient_id)
        .where(
            Posting.account == account,
            JournalEntry.posted_on >= month.first,
            JournalEntry.posted_on <= month.last_day,
        )
        .group_by(JournalEntry.id, Patient.id)
        .order_by(JournalEntry.posted_on, JournalEntry.id)
    )
    found = session.execute(query).all()
    columns = [
        Column("Posted", "date"),
        Column("Patient"),
        Column("MRN"),
        Column("What"),
        Column("Amount", "money"),
    ]
    lines: list[list[Cell]] = [
        [
            entry.posted_on,
            patient.name if patient else "",
            patient.mrn if patient else "",
            _what(entry),
            amount * sign,
        ]
        for entry, patient, amount in found
    ]
    total = sum((amount * sign for _, _, amount in found), ZERO)
    return Table(title, basis, columns, lines, ["Total", None, None, None, total])


def _what(entry: JournalEntry) -> str:
    return "Reversal" if entry.kind is EntryKind.REVERSAL else entry.memo


def _open_rows(session: Session, title: str, basis: str) -> Table:
    query: Select[tuple[OpenItem, Patient]] = (
        select(OpenItem, Patient)
        .join(Patient, Patient.id == OpenItem.patient_id)
        .where(OpenItem.amount != 0)
        .order_by(OpenItem.service_on, OpenItem.id)
    )
    found = session.execute(query).all()
    columns = [
        Column("Service", "date"),
        Column("Patient"),
        Column("MRN"),
        Column("Owed by"),
        Column("Open", "money"),
    ]
    lines: list[list[Cell]] = [
        [item.service_on, patient.name, patient.mrn, item.bucket.capitalize(), item.amount]
        for item, patient in found
    ]
    total = sum((item.amount for item, _ in found), ZERO)
    return Table(title, f"{basis} Open balances now.", columns, lines, ["Total", None, None, None, total])


def _claim_rows(session: Session, month: Month, title: str, basis: str) -> Table:
    start, _ = clock.day_bounds(month.first)
    _, end = clock.day_bounds(month.last_day)
    query = (
        select(Claim)
        .where(
            Claim.clean_first_time.is_not(None),
            Claim.frequency == "1",
            Claim.created_at >= start,
            Claim.created_at < end,
        )
        .options(joinedload(Claim.patient), joinedload(Claim.payer))
        .order_by(Claim.clean_first_time, Claim.id)
    )
    found = session.scalars(query).all()
    columns = [
        Column("Claim"), Column("Patient"), Column("MRN"), Column("Payer"), Column("Service", "date"),
        Column("Billed", "money"), Column("First scrub"),
    ]  # fmt: skip
    lines: list[list[Cell]] = [
        [
            claim.control_number, claim.patient.name, claim.patient.mrn, claim.payer.name, claim.service_on,
            claim.amount_billed, "clean" if claim.clean_first_time else "touched",
        ]
        for claim in found
    ]  # fmt: skip
    clean = sum(bool(claim.clean_first_time) for claim in found)
    return Table(title, f"{basis} {clean} of {len(found)} claims.", columns, lines)


def _line_rows(session: Session, month: Month, title: str, basis: str) -> Table:
    start, _ = clock.day_bounds(month.first)
    _, end = clock.day_bounds(month.last_day)
    query = (
        select(ServicePayment, ClaimPayment, Remittance, Patient)
        .join(ClaimPayment, ClaimPayment.id == ServicePayment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .join(Claim, Claim.id == ClaimPayment.claim_id)
        .join(Patient, Patient.id == Claim.patient_id)
        .where(*_answered(), Remittance.posted_at >= start, Remittance.posted_at < end)
        .order_by(ServicePayment.denied.desc(), Remittance.id, ServicePayment.id)
    )
    found = session.execute(query).all()
    columns = [
        Column("Claim"), Column("Patient"), Column("MRN"), Column("Payer"), Column("Code"), Column("Billed", "money"),
        Column("Paid", "money"), Column("Answer"),
    ]  # fmt: skip
    lines: list[list[Cell]] = [
        [
            paid.control_number, patient.name, patient.mrn, remittance.payer_name, line.code, line.amount_billed,
            line.amount_paid, "denied" if line.denied else "accepted",
        ]
        for line, paid, remittance, patient in found
    ]  # fmt: skip
    denied = sum(line.denied for line, *_ in found)
    return Table(title, f"{basis} {denied} of {len(found)} lines.", columns, lines)
