"""Claims from sign-off to the payer's decision: scrubbed, sent, acknowledged, matched, denied (C1 to C13, R8, R24).

A claim is one payer's turn on the charges of one visit. Every step writes the claim's timeline with its cause.
"""

from clinic.charges import coverage_for
from clinic.claims.acknowledgments import strange_files, take_in_acknowledgment
from clinic.claims.creation import REPLACEABLE, create_for, replace, void
from clinic.claims.denials import (
    bill_patient,
    category_of,
    open_denial,
    open_denials,
    patient_share,
    settle_all,
    settle_denial,
    write_off,
)
from clinic.claims.errors import CannotReplace, ClaimError, Unwritable, WrongState
from clinic.claims.handling import (
    HOLD_REASONS,
    HOLDABLE,
    assign,
    hold,
    note,
    record_adjudication,
    release,
    set_authorization,
    set_next_action,
)
from clinic.claims.matching import Candidate, Match, Question, candidates_for, match, match_many
from clinic.claims.scrubbing import rescrub, scrub
from clinic.claims.sending import SendResult, build, resend, send, submit
from clinic.claims.states import GROUPS, REJECTED, STATES, UNSENT

__all__ = [
    "GROUPS",
    "HOLDABLE",
    "HOLD_REASONS",
    "REJECTED",
    "REPLACEABLE",
    "STATES",
    "UNSENT",
    "Candidate",
    "CannotReplace",
    "ClaimError",
    "Match",
    "Question",
    "SendResult",
    "Unwritable",
    "WrongState",
    "assign",
    "bill_patient",
    "build",
    "candidates_for",
    "category_of",
    "coverage_for",
    "create_for",
    "hold",
    "match",
    "match_many",
    "note",
    "open_denial",
    "open_denials",
    "patient_share",
    "record_adjudication",
    "release",
    "replace",
    "rescrub",
    "resend",
    "scrub",
    "send",
    "set_authorization",
    "set_next_action",
    "settle_all",
    "settle_denial",
    "strange_files",
    "submit",
    "take_in_acknowledgment",
    "void",
    "write_off",
]
