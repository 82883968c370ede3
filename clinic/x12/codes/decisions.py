"""What a payer decides about a request for approval (278), in our own short words."""

from __future__ import annotations

DECISIONS: dict[str, str] = {
    "A1": "Approved",
    "A2": "Approved in part",
    "A3": "Not approved",
    "A4": "Pending",
    "A6": "Approved with changes",
    "C": "Cancelled",
    "CT": "Call the payer",
    "NA": "No approval needed",
}

# The few that sources agree on; the whole list is X12's and is imported where a clinic has it.
DECISION_REASONS: dict[str, str] = {
    "25": "Not looked at because of other errors",
}

# UM01 and UM02 stand in the middle of a sentence.
REVIEW_CATEGORIES: dict[str, str] = {
    "AR": "admission review",
    "HS": "health services review",
    "IN": "initial medical services reservation",
    "SC": "specialty care review",
}

CERTIFICATION_TYPES: dict[str, str] = {
    "1": "appeal, immediate",
    "2": "appeal, standard",
    "3": "cancel",
    "4": "extension",
    "5": "notification",
    "6": "verification",
    "I": "first request",
    "N": "reconsideration",
    "R": "renewal",
    "S": "revised",
}

# HSD03 and HSD05: two visits per week for six weeks.
PER: dict[str, str] = {"DA": "day", "MO": "month", "WK": "week"}

SPANS: dict[str, str] = {
    "6": "hours",
    "7": "days",
    "21": "years",
    "26": "episodes",
    "27": "visits",
    "29": "remaining",
    "34": "months",
    "35": "weeks",
}
