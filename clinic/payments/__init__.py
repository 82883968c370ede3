"""Patients paying without an account: bill codes, hosted card payments, the processor's events (T5)."""

from clinic.payments.checkout import (
    MINIMUM,
    AmountRefused,
    EventRefused,
    Payable,
    ProcessorSilent,
    ask,
    begin,
    close,
    confirmation,
    open_page,
    opened,
    payable,
    take_answer,
    take_event,
)
from clinic.payments.letters import email_of
from clinic.payments.links import code_of, find, knows, make_link, revoke

__all__ = [
    "MINIMUM",
    "AmountRefused",
    "EventRefused",
    "Payable",
    "ProcessorSilent",
    "ask",
    "begin",
    "close",
    "code_of",
    "confirmation",
    "email_of",
    "find",
    "knows",
    "make_link",
    "open_page",
    "opened",
    "payable",
    "revoke",
    "take_answer",
    "take_event",
]
