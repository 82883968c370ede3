"""Which guide a transaction set follows: by its kind, by whether it asks or answers, and by the guide it names."""

from __future__ import annotations

import re
from itertools import chain, islice

from clinic.x12.guide import Guide
from clinic.x12.guides import ANSWERS, GUIDES
from clinic.x12.sets import OpenSet

_NUMBER = re.compile(r"X\d{3}")
# BHT02 of a set that asks: request, its cancellation, and the use of a reservation.
_ASKS = frozenset({"01", "13", "36"})
# Kinds under which other guides with other rules travel, such as notifications and inquiries as 278.
_SHARED = frozenset({"276", "277", "278"})


def guide_of(opened: OpenSet) -> Guide | None:
    """The guide to walk and check a set by; None where we have none."""
    if opened.kind not in GUIDES or other_guide(opened):
        return None
    return guide_for(opened.kind, purpose(opened) if opened.kind in ANSWERS else "")


def guide_for(kind: str, said: str) -> Guide | None:
    """The guide of a kind whose BHT02 is `said`."""
    return ANSWERS[kind] if kind in ANSWERS and not asks(said) else GUIDES.get(kind)


def asks(said: str) -> bool:
    """Whether a BHT02 is that of a request."""
    return said in _ASKS


def other_guide(opened: OpenSet) -> str:
    """The guide that a set names, where its kind is ours but the guide is not (X215 for a 278); else empty."""
    named = _NUMBER.search(opened.version)
    if opened.kind not in _SHARED or named is None or named.group() in GUIDES[opened.kind].version:
        return ""
    return named.group()


def purpose(opened: OpenSet) -> str:
    """BHT02, read ahead; the body still yields it."""
    ahead = list(islice(opened.body, 2))
    opened.body = chain(ahead, opened.body)
    return next((segment.get(2) for segment in ahead if segment.id == "BHT"), "")
