"""The charts of the reports: the same numbers give the same bytes on a page and in a PDF."""

from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic import charts, reports
from clinic.reports import Aging, Figure, Month

SHOWN_MONTHS = 6
NAMES = ("ages", "months", *(f"spark-{key}" for key in reports.FORMULAS))


def draw(session: Session, name: str, month: Month, *, dark: bool = False) -> bytes:
    """One chart by its name; raises KeyError for a name that is not in NAMES."""
    if name == "ages":
        return ages(reports.aging(session, "service", largest=0), dark=dark)
    if name == "months":
        months = month.back(SHOWN_MONTHS)
        return by_month(months, reports.money_by_month(session, months), dark=dark)
    if name not in NAMES:
        raise KeyError(name)
    return spark(reports.figure(session, name.removeprefix("spark-"), month), dark=dark)


def ages(aging: Aging, *, dark: bool = False) -> bytes:
    """Open balances by age, insurance and patients in one bar."""
    series = [("Insurance", _floats(aging.insurance.amounts)), ("Patients", _floats(aging.patient.amounts))]
    return charts.stacked(list(reports.LABELS), series, dark=dark)


def by_month(months: Sequence[Month], money: dict[str, list[Decimal | None]], *, dark: bool = False) -> bytes:
    """Charges and payments side by side."""
    series = [("Charges", _floats(money["charges"])), ("Payments", _floats(money["payments"]))]
    return charts.bars([month.word for month in months], series, dark=dark)


def spark(figure: Figure, *, dark: bool = False) -> bytes:
    """The small line of a tile."""
    values = [None if value is None else float(value) for value in figure.trend]
    target = None if figure.target is None else float(figure.target)
    return charts.spark(values, target, dark=dark)


def _floats(values: Sequence[Decimal | None]) -> list[float]:
    return [float(value or 0) for value in values]
