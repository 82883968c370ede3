"""Estimates of what a visit will cost the patient, good-faith estimates, and what came of them (E8, E9, F1)."""

from clinic.estimates import overruns, recurring
from clinic.estimates.asked import Asked, parse, usual, words
from clinic.estimates.errors import EstimateRefused
from clinic.estimates.exemptions import seed_exemptions
from clinic.estimates.good_faith import (
    CLOSINGS,
    WAYS,
    GoodFaith,
    ask,
    close,
    give,
    standing,
    standings,
    worklist,
)
from clinic.estimates.learning import SOURCES, Accuracy, Report, is_close, learn, report
from clinic.estimates.making import Expected, Worked, editions, expected, kept, save, why, work_out_visit
from clinic.estimates.planned import Planned, in_order, of_visit
from clinic.estimates.prepaying import outdated, prepay, still_open, taken

__all__ = [
    "CLOSINGS",
    "SOURCES",
    "WAYS",
    "Accuracy",
    "Asked",
    "EstimateRefused",
    "Expected",
    "GoodFaith",
    "Planned",
    "Report",
    "Worked",
    "ask",
    "close",
    "editions",
    "expected",
    "give",
    "in_order",
    "is_close",
    "kept",
    "learn",
    "of_visit",
    "outdated",
    "overruns",
    "parse",
    "prepay",
    "recurring",
    "report",
    "save",
    "seed_exemptions",
    "standing",
    "standings",
    "still_open",
    "taken",
    "usual",
    "why",
    "words",
    "work_out_visit",
    "worklist",
]
