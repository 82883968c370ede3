"""Messages to patients: written as a sealed row with its cause, sent by a job, kept with their state (A11, T7)."""

from clinic.messages.consent import (
    address_index,
    agree,
    agreed,
    may_send,
    opt_in,
    opt_out,
    opted_out,
    prefers_another,
    stopped_since,
    wish_of,
)
from clinic.messages.outbox import (
    STATES,
    UNASKED,
    MailServer,
    NotSent,
    deliver,
    give_up,
    outlook,
    send_again,
    write,
)
from clinic.messages.sms import TextService, segments

__all__ = [
    "STATES",
    "UNASKED",
    "MailServer",
    "NotSent",
    "TextService",
    "address_index",
    "agree",
    "agreed",
    "deliver",
    "give_up",
    "may_send",
    "opt_in",
    "opt_out",
    "opted_out",
    "outlook",
    "prefers_another",
    "segments",
    "send_again",
    "stopped_since",
    "wish_of",
    "write",
]
