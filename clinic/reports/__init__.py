"""Reports whose numbers are the rows': aged receivables, key figures, and tables to take away."""

from clinic.reports.aging import BASES, LABELS, Aging, aging
from clinic.reports.kpis import FORMULAS, Figure, Month, figures, month_of, percent
from clinic.reports.tables import Column, Table, to_csv, to_xlsx

__all__ = [
    "BASES",
    "FORMULAS",
    "LABELS",
    "Aging",
    "Column",
    "Figure",
    "Month",
    "Table",
    "aging",
    "figures",
    "month_of",
    "percent",
    "to_csv",
    "to_xlsx",
]
