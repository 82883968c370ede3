"""Reports whose numbers are the rows': aged receivables, key figures, day sheets, and tables to take away."""

from clinic.reports.aging import BASES, LABELS, Aging, aging
from clinic.reports.daysheet import (
    DaySheet,
    DrawerState,
    Slip,
    WaitingDay,
    day_sheet,
    drawers_of,
    open_drawer_of,
    slip,
    waiting_days,
)
from clinic.reports.denied import Category, by_category
from clinic.reports.kpis import FORMULAS, Figure, figure, figures, money_by_month, percent
from clinic.reports.months import Month, NoSuchMonth, month_of, this_month
from clinic.reports.tables import About, Column, Table, to_csv, to_xlsx

__all__ = [
    "BASES",
    "FORMULAS",
    "LABELS",
    "About",
    "Aging",
    "Category",
    "Column",
    "DaySheet",
    "DrawerState",
    "Figure",
    "Month",
    "NoSuchMonth",
    "Slip",
    "Table",
    "WaitingDay",
    "aging",
    "by_category",
    "day_sheet",
    "drawers_of",
    "figure",
    "figures",
    "money_by_month",
    "month_of",
    "open_drawer_of",
    "percent",
    "slip",
    "this_month",
    "to_csv",
    "to_xlsx",
    "waiting_days",
]
