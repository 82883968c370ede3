"""Approvals that payers want before a visit: what is missing, what runs out, and the 278 that asks for one (K02)."""

from clinic.authorizations.answers import WORDS, take_in_answer
from clinic.authorizations.errors import NotRequested
from clinic.authorizations.requests import (
    CATEGORIES,
    OPEN,
    SENDABLE_AGAIN,
    again,
    ask,
    build,
    deliver,
    faults,
)

__all__ = [
    "CATEGORIES",
    "OPEN",
    "SENDABLE_AGAIN",
    "WORDS",
    "NotRequested",
    "again",
    "ask",
    "build",
    "deliver",
    "faults",
    "take_in_answer",
]
