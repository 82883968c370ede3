"""Charge slips: encounters, their lines, the fees and the diagnosis codes; sign-off puts them into the ledger.

A signed slip's money is changed by reversal alone; its diagnoses, modifiers and pointers may still be mended, for
that is what a blocked or rejected claim asks for.
"""

from clinic.charges.coverage import coverage_billed, coverage_for
from clinic.charges.errors import SlipChanged, SlipDoubted, SlipError, SlipInvalid
from clinic.charges.fees import fee, schedule_on
from clinic.charges.signing import (
    COPAY_AT_VISIT,
    copay_transferred,
    copays_transferred,
    doubt_unlisted,
    release_copay_credits,
    sign_off,
)
from clinic.charges.slips import Content, Line, content_of, copy_last, mend_signed, open_slip, save_draft
from clinic.charges.waiting import UnsignedVisit, unsigned_visits

__all__ = [
    "COPAY_AT_VISIT",
    "Content",
    "Line",
    "SlipChanged",
    "SlipDoubted",
    "SlipError",
    "SlipInvalid",
    "UnsignedVisit",
    "content_of",
    "copay_transferred",
    "copays_transferred",
    "copy_last",
    "coverage_billed",
    "coverage_for",
    "doubt_unlisted",
    "fee",
    "mend_signed",
    "open_slip",
    "release_copay_credits",
    "save_draft",
    "schedule_on",
    "sign_off",
    "unsigned_visits",
]
