"""Patients paying without an account: bill codes, hosted card payments, the processor's events (T5)."""

from clinic.payments.checkout import (
    AmountRefused,
    EventRefused,
    ProcessorSilent,
    begin,
    open_page,
    refresh,
    take_event,
)
from clinic.payments.links import code_of, find, knows, make_link, revoke

__all__ = [
    "AmountRefused",
    "EventRefused",
    "ProcessorSilent",
    "begin",
    "code_of",
    "find",
    "knows",
    "make_link",
    "open_page",
    "refresh",
    "revoke",
    "take_event",
]
