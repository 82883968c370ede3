"""Aged receivables: who owes the clinic, and for how long (B5, B10).

Insurance ages from the date of service and patients from the date the amount became theirs, unless one basis is
asked for both. Credits are never netted: they stand apart.
"""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal_column, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import OpenItem, Patient, Payer, Receipt, UnappliedItem
from clinic.reports.tables import Cell, Column, Table

ZERO = Decimal("0.00")
LABELS = ("0 to 30", "31 to 60", "61 to 90", "91 to 120", "over 120")
LIMITS = (30, 60, 90, 120)
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
    sums = [
        func.coalesce(func.sum(OpenItem.amount).filter(one, OpenItem.amount > literal_column("0")), 0)
        for one in _ages(basis, today)
    ]
    rows = {
        row[0]: row
        for row in session.execute(
            select(
                OpenItem.bucket,
                *sums,
                func.coalesce(func.sum(OpenItem.amount).filter(OpenItem.amount < 0), 0),
            )
            .where(OpenItem.amount != literal_column("0"))
            .group_by(OpenItem.bucket)
        )
    }
    found = [] if largest == 0 else session.execute(_accounts(basis, today, largest, after)).all()
    return Aging(
        on=today,
        basis=BASES[basis],
        insurance=_bucket("Insurance", rows.get("insurance")),
        patient=_bucket("Patients", rows.get("patient")),
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


def _ages(basis: str, today: date) -> list[ColumnElement[bool]]:
    """Which age an item has, as one condition each."""
    day: ColumnElement[date]
    match basis:
        case "service":
            day = OpenItem.service_on.expression
        case "responsible":
            day = OpenItem.responsible_on.expression
        case _:
            day = case((OpenItem.bucket == "patient", OpenItem.responsible_on), else_=OpenItem.service_on)
    return _between(day, today)


def _between(day: ColumnElement[date], today: date) -> list[ColumnElement[bool]]:
    edges = [today - timedelta(days=limit) for limit in LIMITS]
    conditions = [day >= edges[0]]
    conditions += [(day < newer) & (day >= older) for newer, older in itertools.pairwise(edges)]
    return [*conditions, day < edges[-1]]


def _unapplied(session: Session, today: date) -> Ages:
    sums = [
        func.coalesce(func.sum(UnappliedItem.amount).filter(one), 0)
        for one in _between(Receipt.received_on.expression, today)
    ]
    row = session.execute(
        select(*sums)
        .select_from(UnappliedItem)
        .join(Receipt, Receipt.id == UnappliedItem.receipt_id)
        .where(UnappliedItem.amount != literal_column("0"))
    ).one()
    return Ages("Unapplied", tuple(-amount for amount in row), ZERO)


def _bucket(name: str, row: Sequence[Decimal] | None) -> Ages:
    if row is None:
        return Ages(name, (ZERO,) * len(LABELS), ZERO)
    return Ages(name, tuple(row[1:-1]), row[-1])


def _accounts(basis: str, today: date, largest: int | None = None, after: int = 0) -> Select[Any]:
    """Patient, payer's name, ages and the number of all accounts; one row for a patient at a payer, largest first."""
    sums = [func.coalesce(func.sum(OpenItem.amount).filter(one), 0) for one in _ages(basis, today)]
    owed_by = case((OpenItem.bucket == "patient", None), else_=OpenItem.payer_id)
    grouped = (
        select(
            OpenItem.patient_id,
            owed_by.label("payer_id"),
            *(each.label(f"age{place}") for place, each in enumerate(sums)),
            func.sum(OpenItem.amount).label("total"),
            func.count().over().label("accounts"),
        )
        .where(OpenItem.amount > literal_column("0"))
        .group_by(OpenItem.patient_id, owed_by)
        .order_by(func.sum(OpenItem.amount).desc(), OpenItem.patient_id, owed_by)
        .limit(largest)
        .offset(after)
        .subquery()
    )
    return (
        select(Patient, Payer.name, grouped)
        .join(grouped, grouped.c.patient_id == Patient.id)
        .outerjoin(Payer, Payer.id == grouped.c.payer_id)
        .order_by(grouped.c.total.desc(), Patient.id, grouped.c.payer_id)
    )


def _account(row: Any) -> AccountAges:
    return AccountAges(
        row[0], row[1] or "Patient", tuple(getattr(row, f"age{n}") for n in range(len(LABELS)))
    )
