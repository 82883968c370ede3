"""Scheduling: who is seen when by whom, kept by the database, with every change told (A1 to A8)."""

from clinic.scheduling.booking import book, cancel, move
from clinic.scheduling.card import Card, Head, card, head
from clinic.scheduling.changing import change
from clinic.scheduling.errors import (
    AppointmentChanged,
    Caution,
    IllegalMove,
    NeedsConfirmation,
    SchedulingConflict,
    SchedulingError,
)
from clinic.scheduling.history import WORDS, already, history
from clinic.scheduling.holds import hold, release
from clinic.scheduling.notes import write as write_note
from clinic.scheduling.openings import Opening, find_openings
from clinic.scheduling.places import cautions, instant
from clinic.scheduling.plan import TINTS, TONES, Plan, day, status_word, week
from clinic.scheduling.steps import (
    arrive,
    can_follow,
    check_in,
    check_out,
    confirm,
    leave,
    no_show,
    note_reminded,
    room,
    see,
    undo,
)

__all__ = [
    "TINTS",
    "TONES",
    "WORDS",
    "AppointmentChanged",
    "Card",
    "Caution",
    "Head",
    "IllegalMove",
    "NeedsConfirmation",
    "Opening",
    "Plan",
    "SchedulingConflict",
    "SchedulingError",
    "already",
    "arrive",
    "book",
    "can_follow",
    "cancel",
    "card",
    "cautions",
    "change",
    "check_in",
    "check_out",
    "confirm",
    "day",
    "find_openings",
    "head",
    "history",
    "hold",
    "instant",
    "leave",
    "move",
    "no_show",
    "note_reminded",
    "release",
    "room",
    "see",
    "status_word",
    "undo",
    "week",
    "write_note",
]
