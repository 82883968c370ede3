"""Who waits for a place and who should come again: wait list, offers by link, recalls, visits to make up (A9)."""

from clinic.waiting.answers import answer, answer_link, book_free, find_link, opened, state_of
from clinic.waiting.entries import Window, Wish, add, change
from clinic.waiting.errors import EntryChanged, WaitingError
from clinic.waiting.fitting import openings_for
from clinic.waiting.offers import expire, offer_by_hand, offer_next, open_place, overdue, send, wall, withdraw
from clinic.waiting.policy import Way, policy, set_policy
from clinic.waiting.removal import remove

__all__ = [
    "EntryChanged",
    "WaitingError",
    "Way",
    "Window",
    "Wish",
    "add",
    "answer",
    "answer_link",
    "book_free",
    "change",
    "expire",
    "find_link",
    "offer_by_hand",
    "offer_next",
    "open_place",
    "opened",
    "openings_for",
    "overdue",
    "policy",
    "remove",
    "send",
    "set_policy",
    "state_of",
    "wall",
    "withdraw",
]
