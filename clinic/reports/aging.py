"""Aged receivables: who owes the clinic, and for how long (B5, B10).

Insurance ages from the date of service and patients from the date the amount became theirs, unless one basis is
asked for both. Credits are never netted: they stand apart.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, bindparam, case, func, literal_column, select, true
from sqlalchemy.orm import Session, load_only

from clinic import clock
from clinic.models import OpenItem, Patient, Payer, Receipt, UnappliedItem
from clinic.reports.tables import Cell, Column, Table

ZERO = Decimal("0.00")
LABELS = ("0 to 30", "31 to 60", "61 to 90", "91 to 120", "over 120")
LIMITS = (30, 60, 90, 120)
# The age of what is paid over: it has none, and stands apart.
CREDIT = -1
# What a list says of a patient.
_SHOWN = (
    Patient.public_id,
    Patient.mrn,
    Patient.first_name,
    Patient.middle_name,
    Patient.last_name,
    Patient.suffix,
    Patient.born_on,
)
BASES = {
    "default": "Insurance by date of service, patients by the date the amount became theirs. Credits are not taken off.",
    "service": "All by date of service. Credits are not taken off.",
    "responsible": "All by the date of responsibility. Credits are not taken off.",
}


@dataclass(frozen=True)
class Ages:
    """Open debits of one bucket by age, and its credits apart."""

    name: str
    amounts: tuple[Decimal, ...]
    credits: Decimal

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, ZERO)


@dataclass(frozen=True)
class Aging:
    """Totals by bucket, unapplied money by the age of its receipt, and the largest accounts."""

    on: date
    basis: str
    insurance: Ages
    patient: Ages
    unapplied: Ages
    largest: Sequence["AccountAges"]
    count: int

    @property
    def ages(self) -> tuple[Decimal, ...]:
        """Open debits of both buckets by age."""
        pairs = zip(self.insurance.amounts, self.patient.amounts, strict=True)
        return tuple(insurance + patient for insurance, patient in pairs)

    @property
    def total(self) -> Decimal:
        return self.insurance.total + self.patient.total

    @property
    def credits(self) -> Decimal:
        """Charges that are paid over; below zero, and never taken off the total (B5)."""
        return self.insurance.credits + self.patient.credits

    def share_over(self, days: int) -> Decimal:
        """Percent of all open debits older than 90 or 120 days, one decimal."""
        first = LIMITS.index(days) + 1
        old = sum((sum(one.amounts[first:], ZERO) for one in (self.insurance, self.patient)), ZERO)
        return (old * 100 / self.total).quantize(Decimal("0.1")) if self.total else Decimal("0.0")


@dataclass(frozen=True)
class AccountAges:
    """What is open on one patient's account at one payer, or with the patient."""

    patient: Patient
    payer: str
    amounts: tuple[Decimal, ...]

    @property
    def total(self) -> Decimal:
        return sum(self.amounts, ZERO)


def aging(session: Session, basis: str = "default", *, largest: int = 50, after: int = 0) -> Aging:
    """The totals in two queries, the `largest` accounts (skipping `after`) in a third: cost follows open items.

    With `largest` 0 no account is listed or counted. `basis` is a key of BASES.
    """
    today = clock.today()
    age = case((OpenItem.amount < literal_column("0"), CREDIT), else_=_age(_day(basis), today))
    totals = session.execute(
        select(OpenItem.bucket, age, func.sum(OpenItem.amount))
        .where(OpenItem.amount != literal_column("0"))
        .group_by(OpenItem.bucket, age)
    ).all()
    found = [] if largest == 0 else session.execute(_accounts(basis, today, largest, after)).all()
    return Aging(
        on=today,
        basis=BASES[basis],
        insurance=_bucket("Insurance", {row[1]: row[2] for row in totals if row[0] == "insurance"}),
        patient=_bucket("Patients", {row[1]: row[2] for row in totals if row[0] == "patient"}),
        unapplied=_unapplied(session, today),
        largest=[_account(row) for row in found],
        count=found[0].accounts if found else 0,
    )


def table(session: Session, basis: str = "default") -> Table:
    """Every open account, for CSV and XLSX: rows are read from the database while they are written."""
    found = aging(session, basis, largest=0)
    columns = [
        Column("Patient"),
        Column("Born", "date"),
        Column("MRN"),
        Column("Owed by"),
        *(Column(f"{label} days", "money") for label in LABELS),
        Column("Total", "money"),
    ]
    total = ["All accounts", None, None, None, *found.ages, found.total]
    return Table(
        f"Aged receivables as of {found.on:%m/%d/%Y}", found.basis, columns, _lines(session, basis), total
    )


def _lines(session: Session, basis: str) -> Iterator[list[Cell]]:
    for row in session.execute(_accounts(basis, clock.today()).execution_options(yield_per=500)):
        one = _account(row)
        yield [one.patient.name, one.patient.born_on, one.patient.mrn, one.payer, *one.amounts, one.total]


def patient_ids(session: Session) -> list[int]:
    """Everybody in the table, for the record of who was shown."""
    return list(
        session.scalars(select(OpenItem.patient_id).where(OpenItem.amount > literal_column("0")).distinct())
    )


def _day(basis: str) -> ColumnElement[date]:
    """The day that an item ages from."""
    match basis:
        case "service":
            return OpenItem.service_on.expression
        case "responsible":
            return OpenItem.responsible_on.expression
    return case((OpenItem.bucket == "patient", OpenItem.responsible_on), else_=OpenItem.service_on)


def _age(day: ColumnElement[date], today: date) -> ColumnElement[int]:
    """The place in LABELS of a day's age."""
    edges = [(day >= today - timedelta(days=limit), place) for place, limit in enumerate(LIMITS)]
    return case(*edges, else_=len(LIMITS))


def _unapplied(session: Session, today: date) -> Ages:
    age = _age(Receipt.received_on.expression, today)
    rows = session.execute(
        select(age, func.sum(UnappliedItem.amount))
        .join(Receipt, Receipt.id == UnappliedItem.receipt_id)
        .where(UnappliedItem.amount != literal_column("0"))
        .group_by(age)
    )
    return _bucket("Unapplied", {row[0]: -row[1] for row in rows})


def _bucket(name: str, by_age: Mapping[int, Decimal]) -> Ages:
    amounts = tuple(by_age.get(place, ZERO) for place in range(len(LABELS)))
    return Ages(name, amounts, by_age.get(CREDIT, ZERO))


def _accounts(basis: str, today: date, largest: int | None = None, after: int = 0) -> Select[Any]:
    """Patient, payer's name, ages and the number of all accounts; one row for a patient at a payer, largest first.

    Every account is summed once, to know which are the largest; only those that are shown are aged.
    """
    owed_by = case((OpenItem.bucket == "patient", None), else_=OpenItem.payer_id)
    accounts = (
        select(OpenItem.patient_id, owed_by.label("payer_id"), func.sum(OpenItem.amount).label("total"))
        .where(OpenItem.amount > literal_column("0"))
        .group_by(OpenItem.patient_id, owed_by)
        .cte("accounts")
        .prefix_with("MATERIALIZED")
    )
    shown = (
        select(accounts, select(func.count()).select_from(accounts).scalar_subquery().label("accounts"))
        .order_by(accounts.c.total.desc(), accounts.c.patient_id, accounts.c.payer_id)
        # Written out, so that the plan is made once and not for every look.
        .limit(None if largest is None else bindparam("largest", largest, Integer, literal_execute=True))
        .offset(bindparam("after", after, Integer, literal_execute=True))
        .subquery("shown")
    )
    items = (
        select(OpenItem.amount, _age(_day(basis), today).label("age"))
        .where(
            OpenItem.patient_id == shown.c.patient_id,
            OpenItem.amount > literal_column("0"),
            owed_by.is_not_distinct_from(shown.c.payer_id),
        )
        .correlate(shown)
        .subquery("items")
    )
    aged = select(
        *(
            func.coalesce(func.sum(items.c.amount).filter(items.c.age == place), 0).label(f"age{place}")
            for place in range(len(LABELS))
        )
    ).lateral("aged")
    return (
        select(Patient, Payer.name, shown, aged)
        .options(load_only(*_SHOWN))
        .join(shown, shown.c.patient_id == Patient.id)
        .join(aged, true())
        .outerjoin(Payer, Payer.id == shown.c.payer_id)
        .order_by(shown.c.total.desc(), Patient.id, shown.c.payer_id)
    )


def _account(row: Any) -> AccountAges:
    return AccountAges(
        row[0], row[1] or "Patient", tuple(getattr(row, f"age{n}") for n in range(len(LABELS)))
    )
