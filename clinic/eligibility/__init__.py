"""Eligibility: a 270 to the payer, its 271 as the front desk's table (E1 to E7). A silent payer never blocks anybody."""

from clinic.eligibility.ahead import ask_ahead, ask_coming
from clinic.eligibility.answers import benefits_for, own_service_type, take_in_answer
from clinic.eligibility.asking import FRESH, ask, ask_at_arrival, is_settled, retry
from clinic.eligibility.errors import NotAsked
from clinic.eligibility.reading import (
    CopayDue,
    answers_of,
    collected_for,
    copay_due,
    copay_of,
    copays_due,
    coverage_for,
    coverages_for,
    history,
    is_protected,
    latest,
    latest_answer,
    latest_of,
    qmb_visits,
    same_plan_year,
    segments,
    segments_of,
)
from clinic.eligibility.sending import build, deliver, overdue, try_again
from clinic.eligibility.waiting import is_late, moment, silence

__all__ = [
    "FRESH",
    "CopayDue",
    "NotAsked",
    "answers_of",
    "ask",
    "ask_ahead",
    "ask_at_arrival",
    "ask_coming",
    "benefits_for",
    "build",
    "collected_for",
    "copay_due",
    "copay_of",
    "copays_due",
    "coverage_for",
    "coverages_for",
    "deliver",
    "history",
    "is_late",
    "is_protected",
    "is_settled",
    "latest",
    "latest_answer",
    "latest_of",
    "moment",
    "overdue",
    "own_service_type",
    "qmb_visits",
    "retry",
    "same_plan_year",
    "segments",
    "segments_of",
    "silence",
    "take_in_answer",
    "try_again",
]
