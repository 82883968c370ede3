"""Denials of a month by category, beside the month before (R24)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock
from clinic.models import Claim, Denial, Payer
from clinic.reports.aging import ZERO
from clinic.reports.kpis import percent
from clinic.reports.months import Month
from clinic.reports.tables import About, Cell, Column, Table


@dataclass(frozen=True)
class Category:
    """What was denied for one kind of reason: lines, dollars, what is still open, and who denied most of it."""

    name: str
    lines: int
    amount: Decimal
    share: Decimal
    open_amount: Decimal
    lines_before: int
    most_from: str

    @property
    def change(self) -> int:
        return self.lines - self.lines_before


def by_category(session: Session, month: Month) -> list[Category]:
    """The month's categories, most dollars first, in one query; a category of the month before alone is left out."""
    is_now = case((Denial.created_at >= clock.day_bounds(month.first)[0], 1), else_=0)
    still_open = func.sum(Denial.amount).filter(Denial.state == "open")
    found = session.execute(
        select(
            Denial.category,
            Payer.name,
            is_now,
            func.count(),
            func.sum(Denial.amount),
            func.coalesce(still_open, 0),
        )
        .join(Claim, Claim.id == Denial.claim_id)
        .join(Payer, Payer.id == Claim.payer_id)
        .where(*_within(month.previous, month))
        .group_by(Denial.category, Payer.name, is_now)
    ).all()
    now = [row for row in found if row[2]]
    everything = sum((row[4] for row in now), ZERO)
    result = []
    for name in {row[0] for row in now}:
        mine = [row for row in now if row[0] == name]
        amount = sum((row[4] for row in mine), ZERO)
        result.append(
            Category(
                name=name,
                lines=sum(row[3] for row in mine),
                amount=amount,
                share=percent(amount, everything) or Decimal("0.0"),
                open_amount=sum((row[5] for row in mine), ZERO),
                lines_before=sum(row[3] for row in found if row[0] == name and not row[2]),
                most_from=max(mine, key=lambda row: (row[4], row[1]))[1],
            )
        )
    return sorted(result, key=lambda one: (-one.amount, one.name))


def table(session: Session, month: Month, category: str = "") -> Table:
    """The denied lines of a month, of one category or of all; the largest first."""
    query = (
        select(Denial)
        .join(Denial.claim)
        .where(*_within(month, month))
        .options(
            joinedload(Denial.claim).joinedload(Claim.patient),
            joinedload(Denial.claim).joinedload(Claim.payer),
        )
        .order_by(Denial.amount.desc(), Denial.id)
    )
    if category:
        query = query.where(Denial.category == category)
    found = session.scalars(query).all()
    columns = [
        Column("Claim"), Column("Patient"), Column("MRN"), Column("Payer"), Column("Category"), Column("Reason"),
        Column("Denied", "money"), Column("Stands"),
    ]  # fmt: skip
    lines: list[list[Cell]] = [
        [
            one.claim.control_number, one.claim.patient.name, one.claim.patient.mrn, one.claim.payer.name,
            one.category, f"{one.group_code}-{one.reason_code}", one.amount, one.state.replace("_", " "),
        ]
        for one in found
    ]  # fmt: skip
    total: Sequence[Cell] = ["Total", *[None] * 5, sum((one.amount for one in found), ZERO), None]
    about = [About(one.claim.patient_id, one.claim.patient.public_id, one.claim.public_id) for one in found]
    of = f"{category}, " if category else ""
    basis = "Denied: lines that payers denied in the month, less denials of remittances taken back."
    return Table(f"Denials, {of}{month.name}", basis, columns, lines, total, about)


def _within(first: Month, last: Month) -> list[ColumnElement[bool]]:
    return [
        Denial.created_at >= clock.day_bounds(first.first)[0],
        Denial.created_at < clock.day_bounds(last.last_day)[1],
        Denial.state != "reversed",
    ]
