"""How names are found: their last surname, what they sound like, how near two spellings are. Pure text."""

import re
from itertools import pairwise

from clinic import formats

# Words that begin a surname and are not what people look it up by.
_PARTICLES = frozenset(
    [
        "da",
        "das",
        "de",
        "del",
        "della",
        "der",
        "di",
        "do",
        "dos",
        "du",
        "el",
        "la",
        "las",
        "le",
        "los",
        "van",
        "vande",
        "von",
        "y",
        "e",
        "zu",
        "ten",
        "ter",
    ]
)
# The same as they stand before a surname, alone or together, folded.
LEADS = (
    "da",
    "de",
    "dela",
    "delas",
    "delos",
    "del",
    "di",
    "dos",
    "la",
    "van",
    "vande",
    "vanden",
    "vander",
    "von",
)
_BEGINNINGS = (
    ("ph", "f"),
    ("wr", "r"),
    ("kn", "n"),
    ("gn", "n"),
    ("ps", "s"),
    ("pf", "f"),
    ("k", "c"),
    ("q", "c"),
    ("z", "s"),
)
_SOUNDS = {
    **dict.fromkeys("bfpv", "1"),
    **dict.fromkeys("cgjkqsxz", "2"),
    **dict.fromkeys("dt", "3"),
    "l": "4",
    **dict.fromkeys("mn", "5"),
    "r": "6",
}


def tail(last_name: str) -> str:
    """The last of several surnames, folded: `cruz` of de la Cruz, `marquez` of García Márquez; "" where there is one.

    >>> tail("García Márquez"), tail("Smith-Jones"), tail("O'Brien")
    ('marquez', 'jones', '')
    """
    words = [key for key in (formats.fold(word) for word in re.split(r"[\s-]+", last_name)) if key]
    if len(words) < 2 or words[-1] in _PARTICLES:
        return ""
    return words[-1]


def sound(name: str) -> str:
    """Four signs of what a name sounds like, by Soundex with the first letter as it is spoken.

    >>> sound("Catherine") == sound("Kathryn"), sound("McDonald") == sound("MacDonald"), sound("Meyer")
    (True, True, 'm600')
    """
    key = re.sub(r"[^a-z]", "", formats.fold(name))
    for written, spoken in _BEGINNINGS:
        if key.startswith(written):
            key = spoken + key[len(written) :]
            break
    if not key:
        return ""
    code, last = key[0], _SOUNDS.get(key[0], "")
    for letter in key[1:]:
        sign = _SOUNDS.get(letter, "")
        if sign and sign != last:
            code += sign
        # A consonant that is not spoken does not part two that sound alike; a vowel does.
        if letter not in "hw":
            last = sign
    return (code + "000")[:4]


def sound_key(first_name: str, last_name: str) -> str:
    """One key for the sound of a surname and the beginning of a first name."""
    beginning = sound(first_name)[:1]
    return f"{sound(last_name)}{beginning}" if beginning else sound(last_name)


def nearness(one: str, other: str) -> float:
    """How much two spellings have in common, 0.0 to 1.0, by the pairs of letters they share."""
    left, right = _pairs(formats.fold(one)), _pairs(formats.fold(other))
    if not left or not right:
        return 0.0
    return 2 * len(left & right) / (len(left) + len(right))


def _pairs(key: str) -> set[str]:
    padded = f" {key} "
    return {"".join(pair) for pair in pairwise(padded)} if key else set()
