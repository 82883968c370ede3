"""How situational and balancing rules are written down: one line each, in the notation of this file (`rules.py`).

A place is a segment with the code in its element 01, its element and component, as far as they are said: `N403`, `CLM05-3`,
`REF*F8`, `DTP*439/454`. `=` and codes after it ask for one of these: `CLM05-3=7,8`. Places are looked for in one loop.
A sum is `CLP04 = CLP03 - CAS - 2110/CAS`: places of the loop itself or, after a slash, of the loops of that name inside;
CAS and PLB stand for all their amounts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from clinic.x12 import values
from clinic.x12.envelope import Segment
from clinic.x12.errors import Severity
from clinic.x12.reader import Node

_PLACE = re.compile(r"([A-Z][A-Z0-9]{1,2}?)(?:\*([A-Z0-9/]+))?(?:(\d\d)(?:-(\d))?)?(?:=([A-Z0-9,]+))?")
_TERM = re.compile(r"\s*([-+]?)\s*(?:([0-9A-Z]{3,5})/)?([A-Z][A-Z0-9]{1,2}?)(\d\d)?(?=\s|$)")
_NOTHING = Decimal(0)
# CAS: reason, amount, quantity up to six times after the group; PLB: reason and amount up to six times.
_MANY = {"CAS": slice(3, None, 3), "PLB": slice(4, None, 2)}


class Hit(NamedTuple):
    """One breach of a rule. `missing` is a segment that should be there (then `segment` is what asks for it, `asks` the
    element of it that does)."""

    segment: Segment
    element: str
    value: str
    says: str
    missing: str = ""
    asks: str = ""


Finder = Callable[[Node, str], Iterator[Hit]]


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """What must hold in each loop of `loops` (all where empty). `code` is that of a 999; `find` gets the loop and the
    component separator. Without a segment `asked` (where it names one) there is nothing to find."""

    loops: frozenset[str]
    code: str
    advice: str
    inbound: Severity
    outbound: Severity
    find: Finder
    asked: str = ""


@dataclass(frozen=True, slots=True)
class Quirk:
    """A fault that is forgiven: in `version` (a part of the guide's name), from `sender` (ISA06 or GS02), or where the
    finding's sentence holds `saying`; empty is any."""

    loop: str
    segment: str
    reason: str
    version: str
    sender: str
    saying: str


class _Place(NamedTuple):
    segment: str
    first: frozenset[str]
    element: int
    component: int
    codes: frozenset[str]

    @property
    def name(self) -> str:
        text = f"{self.segment}{self.element:02d}" if self.element else self.segment
        return f"{text}-{self.component}" if self.component else text

    def segments(self, node: Node) -> list[Segment]:
        name, first = self.segment, self.first
        return [s for s in node.segments if s.id == name and (not first or s.get(1) in first)]

    def value(self, segment: Segment, separator: str) -> str:
        text = segment.get(self.element)
        if not self.component:
            return text
        parts = text.split(separator)
        return parts[self.component - 1] if self.component <= len(parts) else ""

    def holds(self, segment: Segment, separator: str) -> bool:
        """The segment says it: anything, or one of the codes asked for."""
        if not self.element:
            return True
        value = self.value(segment, separator)
        return value in self.codes if self.codes else bool(value)


def _place(text: str) -> _Place:
    found = _PLACE.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} names no place of a segment")
    segment, first, element, component, codes = found.groups()
    return _Place(
        segment,
        frozenset(first.split("/")) if first else frozenset(),
        int(element or 0),
        int(component or 0),
        frozenset(codes.split(",")) if codes else frozenset(),
    )


def _loops(text: str) -> frozenset[str]:
    return frozenset(text.split())


def needs(
    loops: str,
    when: str,
    then: str,
    says: str,
    advice: str,
    inbound: Severity = "warning",
    outbound: Severity = "error",
) -> Rule:
    """Where a segment says `when`, `then` must stand: a segment of the loop, or an element (of the same segment where
    it is the same id)."""
    asked, wanted = _place(when), _place(then)

    def find(node: Node, separator: str) -> Iterator[Hit]:
        for segment in asked.segments(node):
            if not asked.holds(segment, separator):
                continue
            there = [segment] if wanted.segment == asked.segment and wanted.element else wanted.segments(node)
            if any(wanted.holds(one, separator) for one in there):
                continue
            if wanted.element and there:
                yield Hit(there[0], wanted.name, wanted.value(there[0], separator), says, "", asked.name)
            else:
                yield Hit(segment, "", "", says, wanted.segment, asked.name)

    return Rule(
        _loops(loops), "I9" if wanted.element else "I6", advice, inbound, outbound, find, asked.segment
    )


def bars(
    loops: str,
    when: str,
    then: str,
    says: str,
    advice: str,
    inbound: Severity = "warning",
    outbound: Severity = "error",
) -> Rule:
    """Where a segment says `when`, `then` must not stand in the loop."""
    asked, barred = _place(when), _place(then)

    def find(node: Node, separator: str) -> Iterator[Hit]:
        if any(asked.holds(segment, separator) for segment in asked.segments(node)):
            for segment in barred.segments(node):
                if barred.holds(segment, separator):
                    element = barred.name if barred.element else ""
                    yield Hit(segment, element, barred.value(segment, separator) if element else "", says)

    return Rule(
        _loops(loops), "I13" if barred.element else "I9", advice, inbound, outbound, find, asked.segment
    )


def looks(
    loops: str,
    place: str,
    test: str | Callable[[str], bool],
    says: str,
    advice: str,
    inbound: Severity = "warning",
    outbound: Severity = "error",
    code: str = "I12",
) -> Rule:
    """Where the place says something, it passes `test`: a pattern for the whole of it, or a function."""
    asked = _place(place)
    good = re.compile(test).fullmatch if isinstance(test, str) else test

    def find(node: Node, separator: str) -> Iterator[Hit]:
        for segment in asked.segments(node):
            value = asked.value(segment, separator)
            if value and not good(value):
                yield Hit(segment, asked.name, value, f"{value[:40]!r} {says}")

    return Rule(_loops(loops), code, advice, inbound, outbound, find, asked.segment)


def holds(
    loops: str, find: Finder, advice: str, inbound: Severity = "warning", outbound: Severity = "error", code: str = "7"
) -> Rule:  # fmt: skip
    """What a function of this kind finds."""
    return Rule(_loops(loops), code, advice, inbound, outbound, find)


class _Term(NamedTuple):
    sign: int
    loop: str
    segment: str
    amounts: slice


def _terms(text: str) -> list[_Term]:
    found, at = [], 0
    text = text.strip()
    while at < len(text):
        term = _TERM.match(text, at)
        if term is None:
            raise ValueError(f"cannot read the sum {text!r} at {at}")
        sign, loop, segment, element = term.groups()
        amounts = slice(int(element), int(element) + 1) if element else _MANY[segment]
        found.append(_Term(-1 if sign == "-" else 1, loop or "", segment, amounts))
        at = term.end()
    return found


def sums(
    loops: str,
    equation: str,
    says: str,
    advice: str,
    inbound: Severity = "error",
    outbound: Severity = "error",
    given: str = "",
) -> Rule:
    """The left side is the sum on the right, to the cent; asked only where a loop `given` stands inside.

    A sum with an amount that is no number is not asked for: that amount is a finding of its own.
    """
    left, _, right = equation.partition("=")
    (whole,), parts = _terms(left), _terms(right)
    name = f"{whole.segment}{whole.amounts.start:02d}"

    def find(node: Node, separator: str) -> Iterator[Hit]:
        if given and not any(child.loop == given for child in node.children):
            return
        stated = next((segment for segment in node.segments if segment.id == whole.segment), None)
        if stated is None:
            return
        value = stated.get(whole.amounts.start)
        try:
            expected = _NOTHING
            for term in parts:
                expected += _sum(node, term) * term.sign
            difference = _amount(value) - expected
        except ValueError:
            return
        if difference:
            sentence = (
                f"{says} is {value[:20] or 'nothing'}, not {expected:,.2f}: it differs by {difference:,.2f}."
            )
            yield Hit(stated, name, value, sentence)

    return Rule(_loops(loops), "I12", advice, inbound, outbound, find, whole.segment)


def _sum(node: Node, term: _Term) -> Decimal:
    total = _NOTHING
    for one in _inside(node, term.loop) if term.loop else (node,):
        for segment in one.segments:
            if segment.id == term.segment:
                for text in segment.elements[term.amounts]:
                    total += _amount(text)
    return total


def _amount(text: str) -> Decimal:
    value = values.number(text) if text else _NOTHING
    if value is None:
        raise ValueError(text)
    return value


def _inside(node: Node, loop: str) -> Iterator[Node]:
    for child in node.children:
        if child.loop == loop:
            yield child
        else:
            yield from _inside(child, loop)


def forgive(
    loop: str, segment: str, reason: str, version: str = "", sender: str = "", saying: str = ""
) -> Quirk:
    """A fault of this segment (or element) in this loop is no more than a note, for the guide or sender named."""
    return Quirk(loop, segment, reason, version, sender, saying)


@lru_cache(maxsize=64)
def by_loop(rules: tuple[Rule, ...]) -> dict[str, list[Rule]]:
    """The rules that look at each loop; under "" those that look at all."""
    loops = {loop for rule in rules for loop in rule.loops} | {""}
    return {loop: [rule for rule in rules if not rule.loops or loop in rule.loops] for loop in loops}
