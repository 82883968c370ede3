"""Patient bills: what a household owes and why, statement runs, and their PDFs (T1 to T4)."""

from clinic.statements.bills import Bill, BillLine, BillVisit, bill, bills, thaw
from clinic.statements.rendering import letterhead, render
from clinic.statements.runs import Candidate, MadeAlready, Preview, StatementError, preview, start

__all__ = [
    "Bill",
    "BillLine",
    "BillVisit",
    "Candidate",
    "MadeAlready",
    "Preview",
    "StatementError",
    "bill",
    "bills",
    "letterhead",
    "preview",
    "render",
    "start",
    "thaw",
]
