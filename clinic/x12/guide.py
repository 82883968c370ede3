"""How an implementation guide is written down here: data, walked by one reader (`reader.py`).

Elements are one line of text per segment: `01!{41} 02R{1,2} 03R:text60 08R{46} 09R:text80`. Each item is a place (`05.3` is a
component), then R required, S situational or `!` (required, and its code decides which segment this is), then a type after
`:` (`text60` limits the length), then the allowed codes in braces. Places that are not named are not looked at.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

_ITEM = re.compile(r"(\d\d)(?:\.(\d))?([RS!])(?::([a-z]+)(\d*))?(?:\{([^}]*)\})?")


@dataclass(frozen=True, slots=True)
class Element:
    """One element or component of a segment; `codes` empty means any."""

    place: int
    component: int
    required: bool
    decides: bool
    type: str
    longest: int
    codes: frozenset[str]


@dataclass(frozen=True, eq=False)
class Seg:
    """One segment of a loop. `trailing` may follow the loop's inner loops (LE after LS).

    Compared by identity: the same text at two places of a loop is two segments.
    """

    id: str
    spec: str
    required: bool
    repeat: int
    trailing: bool = False

    @cached_property
    def elements(self) -> tuple[Element, ...]:
        return tuple(_parse(self.spec))

    @cached_property
    def decider(self) -> Element | None:
        """The element whose code tells this segment from others of the same id."""
        return next((element for element in self.elements if element.decides), None)


@dataclass(frozen=True)
class Loop:
    """A loop opens with its first segment; `repeat` 0 is without limit."""

    id: str
    segments: tuple[Seg, ...]
    loops: tuple[Loop, ...] = ()
    required: bool = False
    repeat: int = 0


@dataclass(frozen=True)
class Guide:
    """One implementation. `kind` as in `sets.set_kind`, `root` is the transaction set with ST and SE."""

    kind: str
    version: str
    functional_id: str
    root: Loop
    states: dict[str, object] = field(default_factory=dict, compare=False)


def must(name: str, spec: str = "", repeat: int = 1) -> Seg:
    """A required segment."""
    return Seg(name, spec, required=True, repeat=repeat)


def may(name: str, spec: str = "", repeat: int = 1) -> Seg:
    """A situational segment."""
    return Seg(name, spec, required=False, repeat=repeat)


def closing(name: str, spec: str = "") -> Seg:
    """A situational segment that ends its loop, after the loops inside."""
    return Seg(name, spec, required=False, repeat=1, trailing=True)


def _parse(spec: str) -> list[Element]:
    elements = []
    position = 0
    for item in _ITEM.finditer(spec):
        _only_blank(spec, position, item.start())
        position = item.end()
        place, component, usage, kind, longest, codes = item.groups()
        elements.append(
            Element(
                place=int(place),
                component=int(component or 0),
                required=usage != "S",
                decides=usage == "!",
                type=kind or "",
                longest=int(longest or 0),
                codes=frozenset(codes.split(",")) if codes else frozenset(),
            )
        )
    _only_blank(spec, position, len(spec))
    return elements


def _only_blank(spec: str, start: int, end: int) -> None:
    if spec[start:end].strip():
        raise ValueError(f"cannot read {spec!r} at {start}")
