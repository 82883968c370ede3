"""Remittances: each 835 or paper EOB proved to the cent, matched, posted once, and taken back exactly (R1 to R31).

What no rule can place goes to a person: an unmatched claim with its cash held, a denied line into the claim's queue,
a set that does not balance with the segment and the cents. Nothing is ever written off by default.
"""

from clinic.remittances.errors import DoesNotBalance, DoesNotFit, RemittanceError, WrongState
from clinic.remittances.intake import post_again, post_anyway, set_aside, supply_trace, take_in
from clinic.remittances.paper import PaperClaim, PaperLine, PaperRemittance, take_in_paper
from clinic.remittances.reversals import unpost, unpost_claim
from clinic.remittances.rules import seed_rules
from clinic.remittances.unmatched import (
    WAITING,
    candidates,
    mark_not_ours,
    match_later,
    park,
    refund,
    refund_of,
    reverse_refund,
)

__all__ = [
    "WAITING",
    "DoesNotBalance",
    "DoesNotFit",
    "PaperClaim",
    "PaperLine",
    "PaperRemittance",
    "RemittanceError",
    "WrongState",
    "candidates",
    "mark_not_ours",
    "match_later",
    "park",
    "post_again",
    "post_anyway",
    "refund",
    "refund_of",
    "reverse_refund",
    "seed_rules",
    "set_aside",
    "supply_trace",
    "take_in",
    "take_in_paper",
    "unpost",
    "unpost_claim",
]
