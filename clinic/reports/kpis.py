"""Key figures with their formulas, targets and trends (domain 10)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, Date, and_, case, cast, func, select
from sqlalchemy.orm import Session

from clinic import clock, formats
from clinic.models import (
    Account,
    Claim,
    ClaimPayment,
    JournalEntry,
    OpenItem,
    Posting,
    Remittance,
    ServicePayment,
)
from clinic.reports.aging import ZERO
from clinic.reports.months import Month

MONTHS = 12
OVER = 90
RECEIVABLE = (Account.INSURANCE_RECEIVABLE, Account.PATIENT_RECEIVABLE)
Series = list[Decimal | None]


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

    @property
    def before(self) -> Decimal | None:
        """The value of the month before."""
        return self.trend[-2]

    @property
    def target_words(self) -> str:
        if self.target is None:
            return ""
        unit = "%" if self.unit == "percent" else ""
        return f"{self.target}{unit} or {'more' if self.good == 'high' else 'less'}"

    def show(self, value: Decimal | None) -> str:
        """A value of this figure in its unit; a dash where there is none."""
        if value is None:
            return "–"
        return (
            formats.usd(value)
            if self.unit == "money"
            else f"{value}%"
            if self.unit == "percent"
            else f"{value}"
        )


FORMULAS = {
    "charges": ("Charges", "charges posted in the month, less those reversed"),
    "payments": (
        "Payments",
        "from patients and payers, less refunds and takebacks",
    ),
    "days_in_ar": ("Days in A/R", "open balances less credits ÷ average daily charges of 90 days"),
    "clean_claims": ("Clean claims", "claims that passed every edit untouched ÷ claims that entered"),
    "denial_rate": ("Denial rate", "denied lines ÷ lines that payers answered"),
    "ar_over_90": ("A/R over 90 days", "open over 90 days ÷ all open, by date of service"),
}
TARGETS = {
    "days_in_ar": (Decimal(35), "low"),
    "clean_claims": (Decimal(95), "high"),
    "denial_rate": (Decimal(5), "low"),
    "ar_over_90": (Decimal(12), "low"),
}
UNITS = {"charges": "money", "payments": "money", "days_in_ar": "days"}


def figures(session: Session, month: Month) -> list[Figure]:
    """Every figure of a month, each with the trend of the twelve months that end with it, in five queries."""
    months = month.back(MONTHS)
    series = money_by_month(session, months)
    for key, count in _COUNTS.items():
        series[key] = count(session, months)
    return [_figure(key, series[key]) for key in FORMULAS]


def figure(session: Session, key: str, month: Month) -> Figure:
    """One figure of a month with its trend, in one query."""
    months = month.back(MONTHS)
    if key in _COUNTS:
        return _figure(key, _COUNTS[key](session, months))
    return _figure(key, money_by_month(session, months)[key])


def _figure(key: str, trend: Series) -> Figure:
    name, formula = FORMULAS[key]
    target, good = TARGETS.get(key, (None, ""))
    return Figure(key, name, formula, UNITS.get(key, "percent"), trend[-1], target, good, trend)


def money_by_month(session: Session, months: Sequence[Month]) -> dict[str, Series]:
    """Charges and payments posted in each month."""
    month = cast(func.date_trunc("month", JournalEntry.posted_on), Date)
    rows = session.execute(
        select(month, Posting.account, func.sum(Posting.amount))
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(
            Posting.account.in_((Account.REVENUE, Account.CASH)),
            JournalEntry.posted_on >= months[0].first,
            JournalEntry.posted_on <= months[-1].last_day,
        )
        .group_by(month, Posting.account)
    )
    sums = {(row[0], row[1]): row[2] for row in rows}
    return {
        "charges": [-sums.get((one.first, Account.REVENUE), ZERO) for one in months],
        "payments": [sums.get((one.first, Account.CASH), ZERO) for one in months],
    }


def _clean(session: Session, months: Sequence[Month]) -> Series:
    month = _month_of(Claim.created_at.expression)
    rows = session.execute(
        select(month, func.count().filter(Claim.clean_first_time), func.count())
        .where(*scrubbed(months[0], months[-1]))
        .group_by(month)
    )
    return _shares(months, {row[0]: (row[1], row[2]) for row in rows})


def scrubbed(first: Month, last: Month) -> list[ColumnElement[bool]]:
    """First claims that entered the scrubber in these months (CL-1)."""
    return [
        Claim.clean_first_time.is_not(None),
        Claim.frequency == "1",
        Claim.created_at >= clock.day_bounds(first.first)[0],
        Claim.created_at < clock.day_bounds(last.last_day)[1],
    ]


def _denied(session: Session, months: Sequence[Month]) -> Series:
    month = _month_of(Remittance.posted_at.expression)
    rows = session.execute(
        select(month, func.count().filter(ServicePayment.denied), func.count())
        .join(ClaimPayment, ClaimPayment.id == ServicePayment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .where(*answered(months[0], months[-1]))
        .group_by(month)
    )
    return _shares(months, {row[0]: (row[1], row[2]) for row in rows})


def answered(first: Month, last: Month) -> list[ColumnElement[bool]]:
    """Lines of our claims that payers answered in these months; what a reversal takes back is no answer."""
    return [
        Remittance.state == "posted",
        Remittance.posted_at >= clock.day_bounds(first.first)[0],
        Remittance.posted_at < clock.day_bounds(last.last_day)[1],
        ClaimPayment.claim_id.is_not(None),
        ClaimPayment.status_code != "22",
    ]


def _month_of(instant: ColumnElement[object]) -> ColumnElement[date]:
    """The first day of an instant's month in the clinic's zone."""
    return cast(func.date_trunc("month", func.timezone(clock.zone().key, instant)), Date)


def _shares(months: Sequence[Month], counts: dict[date, tuple[int, int]]) -> Series:
    return [percent(*counts[one.first]) if one.first in counts else None for one in months]


def percent(part: int | Decimal, whole: int | Decimal) -> Decimal | None:
    """One decimal; None of nothing."""
    return (Decimal(part) * 100 / whole).quantize(Decimal("0.1")) if whole else None


def days_in_ar(open_amount: Decimal, charged: Decimal) -> Decimal | None:
    """Days of charges that stand open, by the charges of 90 days; one decimal."""
    return (open_amount * 90 / charged).quantize(Decimal("0.1")) if charged else None


def _days(session: Session, months: Sequence[Month]) -> Series:
    """Each month's end from the journal, so that later money does not empty an old month (B10)."""
    receivable = (*RECEIVABLE, Account.UNAPPLIED_PATIENT)
    rows = session.execute(
        select(
            JournalEntry.posted_on,
            func.coalesce(func.sum(Posting.amount).filter(Posting.account.in_(receivable)), 0),
            func.coalesce(func.sum(Posting.amount).filter(Posting.account == Account.REVENUE), 0),
        )
        .join(Posting, Posting.entry_id == JournalEntry.id)
        .group_by(JournalEntry.posted_on)
    ).all()
    result: Series = []
    for month in months:
        end, since = month.last_posted, month.last_day - timedelta(days=90)
        open_amount = sum((row[1] for row in rows if row[0] <= end), ZERO)
        charged = -sum((row[2] for row in rows if since < row[0] <= end), ZERO)
        result.append(days_in_ar(open_amount, charged))
    return result


def items_moved() -> ColumnElement[bool]:
    """Joins a posting on a receivable to the open item of its charge and bucket."""
    bucket = case((Posting.account == Account.INSURANCE_RECEIVABLE, "insurance"), else_="patient")
    return and_(OpenItem.charge_id == Posting.charge_id, OpenItem.bucket == bucket)


def _over(session: Session, months: Sequence[Month]) -> Series:
    """The share at each month's end from the journal, credits left out (B5)."""
    items = (
        select(
            OpenItem.service_on,
            *(
                func.sum(Posting.amount)
                .filter(JournalEntry.posted_on <= month.last_posted)
                .label(f"at{place}")
                for place, month in enumerate(months)
            ),
        )
        .join(Posting, items_moved())
        .join(JournalEntry, JournalEntry.id == Posting.entry_id)
        .where(Posting.account.in_(RECEIVABLE))
        .group_by(OpenItem.id)
        .subquery()
    )
    columns = []
    for place, month in enumerate(months):
        amount = items.c[f"at{place}"]
        old = items.c.service_on < month.last_day - timedelta(days=OVER)
        columns += [func.sum(amount).filter(amount > 0, old), func.sum(amount).filter(amount > 0)]
    row = session.execute(select(*columns)).one()
    return [percent(row[n * 2] or ZERO, row[n * 2 + 1] or ZERO) for n in range(len(months))]


_COUNTS: dict[str, Callable[[Session, Sequence[Month]], Series]] = {
    "days_in_ar": _days,
    "clean_claims": _clean,
    "denial_rate": _denied,
    "ar_over_90": _over,
}
