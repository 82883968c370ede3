"""Claims from sign-off to the payer's decision: scrubbed, sent, acknowledged, matched, denied (C1 to C13, R8, R24).

A claim is one payer's turn on the charges of one visit. Every step writes the claim's timeline with its cause.
"""

from clinic.claims.creation import coverage_for, create_for, replace, void
from clinic.claims.denials import (
    bill_patient,
    category_of,
    open_denial,
    settle_all,
    settle_denial,
    write_off,
)
from clinic.claims.errors import CannotReplace, ClaimError, Unwritable, WrongState
from clinic.claims.scrubbing import rescrub, scrub
from clinic.claims.states import GROUPS, STATES

__all__ = [
    "GROUPS",
    "STATES",
    "CannotReplace",
    "ClaimError",
    "Unwritable",
    "WrongState",
    "bill_patient",
    "category_of",
    "coverage_for",
    "create_for",
    "open_denial",
    "replace",
    "rescrub",
    "scrub",
    "settle_all",
    "settle_denial",
    "void",
    "write_off",
]
