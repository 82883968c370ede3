"""Reminders of visits, what patients answer to them by text message and link, and calendar feeds (A11)."""

from clinic.config import Config
from clinic.messages import TextService
from clinic.reminders.answers import allow_mail, ask_move, cancel, confirm, mail_state, refuse_mail
from clinic.reminders.calendar import feed_calendar, visit_calendar
from clinic.reminders.feeds import make_feed, open_feed, revoke_feed
from clinic.reminders.links import answer_link, find_link, follow, link_state, make_link
from clinic.reminders.planning import write_due
from clinic.reminders.replies import meaning, take_reply
from clinic.reminders.rules import due_at, is_quiet, policy, rules, seed_rules, send_at
from clinic.reminders.texts import CHANNELS, LANGUAGES, PLACES, facts, filled, problems, sender, words_of

__all__ = [
    "CHANNELS",
    "LANGUAGES",
    "PLACES",
    "allow_mail",
    "answer_link",
    "ask_move",
    "cancel",
    "confirm",
    "due_at",
    "facts",
    "feed_calendar",
    "filled",
    "find_link",
    "follow",
    "is_quiet",
    "link_state",
    "mail_state",
    "make_feed",
    "make_link",
    "meaning",
    "open_feed",
    "policy",
    "problems",
    "refuse_mail",
    "revoke_feed",
    "rules",
    "seed_rules",
    "send_at",
    "sender",
    "take_reply",
    "text_service",
    "visit_calendar",
    "words_of",
    "write_due",
]


def text_service(settings: Config) -> TextService | None:
    """The clinic's account for text messages, or None where none is set up."""
    if not (settings.sms_account and settings.sms_token and settings.sms_from):
        return None
    return TextService(
        settings.sms_account,
        settings.sms_token,
        settings.sms_from,
        settings.sms_api_base,
        f"{settings.base_url}/messages/sms/status",
    )
