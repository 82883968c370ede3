"""Element checks against the guides, situational rules, and the findings of whole files.

An error is what the guide forbids. What the sender alone can mend, or what changes faster than we ship lists (check digits,
place of service, short ZIP codes, segments that nobody knows), is a warning in a file of others and an error in one of ours.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from clinic.x12 import values
from clinic.x12.codes.places import PLACES
from clinic.x12.conditions import Hit, Rule, by_loop
from clinic.x12.drafting import uncollected
from clinic.x12.envelope import Delimiters, Segment, Source
from clinic.x12.errors import MOST_IN_FILE, Direction, Finding, Severity
from clinic.x12.guide import Element, Guide, Seg
from clinic.x12.implementations import guide_of, other_guide
from clinic.x12.reader import Node, Walker
from clinic.x12.rules import BESIDE, RULES, forgiven, npi_is_sound
from clinic.x12.sets import OpenSet, SetReader

_ICD = re.compile(r"[A-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")
_INTEGER = re.compile(r"[0-9]{1,15}")
# Faults of code values that a remittance is never refused for: the lists change, and money was moved by them.
_SOFT_CODES = frozenset({"CAS01"})


class Fault(NamedTuple):
    """What is wrong with one value: IK403 code, severity and the end of a sentence."""

    code: str
    severity: Severity
    says: str


@uncollected
def validate(source: Source, direction: Direction = "in") -> tuple[Finding, ...]:
    """Every finding of a file in its order. `direction` is "out" for a file of ours before it leaves: then what the sender
    alone can mend is an error too. Raises X12Error where it is no X12."""
    reader = SetReader(source)
    found: list[Finding] = []
    for opened in reader:
        found += fewer(check_set(opened, direction)[1], len(found))
    found += _harder(reader.findings) if direction == "out" else reader.findings
    found.sort(key=_position)
    return tuple(found)


def check_set(opened: OpenSet, direction: Direction = "in") -> tuple[Node | None, list[Finding]]:
    """Reads a set to its end: its tree and findings. A kind without a guide has only those of its envelope."""
    guide = guide_of(opened)
    if guide is None:
        for _ in opened.body:
            pass
        if opened.room.left <= 0:
            return None, opened.findings
        opened.room.left -= 1
        return None, [*opened.findings, *_unchecked(opened)]
    walker = Walker(guide, opened.delimiters, opened.position, opened.control_number, room=opened.room)
    for _ in walker.walk(opened.body):
        pass
    root = walker.root
    check = _SetCheck(walker, opened.delimiters, RULES.get(opened.kind, ()), direction)
    check.node(root)
    _check_levels(walker, root)
    # Before the rules' own findings, which know both directions.
    found = [*opened.findings, *_other_version(opened, guide), *walker.findings]
    if direction == "out":
        found = _harder(found)
    found += check.ruled
    found = forgiven(found, opened)
    found = _once(found)
    found += walker.unlisted()
    found.sort(key=_position)
    return root, found


def fewer(findings: list[Finding], before: int) -> list[Finding]:
    """The findings of a set, or the first of its errors where the sets `before` it had more than anybody reads."""
    if before < MOST_IN_FILE:
        return findings
    return [one for one in findings if one.severity == "error"][:1]


def _position(finding: Finding) -> int:
    return finding.position


def _harder(findings: list[Finding]) -> list[Finding]:
    return [replace(one, severity="error") if one.severity == "warning" else one for one in findings]


def _once(findings: list[Finding]) -> list[Finding]:
    """An element check and a rule may see the same fault: the first that said it stays."""
    found: dict[tuple[int, str, str, str, str], Finding] = {}
    for one in findings:
        found.setdefault(
            (one.position, one.segment, one.element, one.code, one.message if not one.element else ""), one
        )
    return list(found.values())


def _unchecked(opened: OpenSet) -> list[Finding]:
    """A set without a guide here: nothing but its envelope can be judged, and that is said."""
    other = other_guide(opened)
    if other:
        element, value = "ST03", opened.version
        says = f"This {opened.kind} follows {other}, whose rules are not here: only its envelope was checked."
    else:
        element, value = "ST01", opened.kind
        says = f"The rules of a {opened.kind[:10]!r} are not here: only its envelope was checked."
    return [
        Finding("note", opened.position, "", element, value, says, segment="ST",
                transaction_set=opened.control_number, set_position=1, advice="Nothing to do.")
    ]  # fmt: skip


def _other_version(opened: OpenSet, guide: Guide) -> list[Finding]:
    """A set of 4010 or of 6020 is read as far as it goes, by rules that are not its own."""
    own, said = guide.version[:6], opened.version[:6]
    if not said.isdigit() or len(said) < 6 or said == own:
        return []
    age = "an older version, which payers gave up in 2012" if said < own else "a newer version"
    return [
        Finding("warning", opened.position, "", "ST03", opened.version,
                f"The set follows {opened.version[:20]}, {age}; it is read by the rules of {guide.version}.", segment="ST",
                transaction_set=opened.control_number, set_position=1,
                advice=f"Ask the sender for version {guide.version}, and look at each amount before it is used.")
    ]  # fmt: skip


class _SetCheck:
    """Looks at every segment and loop of a set. `ruled` are the findings of rules."""

    def __init__(
        self, walker: Walker, delimiters: Delimiters, rules: tuple[Rule, ...], direction: Direction
    ) -> None:
        self._walker = walker
        self._delimiters = delimiters
        self._rules = by_loop(rules)
        self._everywhere = self._rules.get("", [])
        self._direction = direction
        self._said: set[str] = set()
        self.ruled: list[Finding] = []

    def node(self, node: Node) -> None:
        loop = node.loop
        for segment, spec in zip(node.segments, node.specs, strict=True):
            if spec is not None and spec.spec:
                _check_segment(self._walker, self._delimiters, loop, segment, spec)
            raw = segment.raw
            if not (raw.isupper() and raw.isascii()):
                self._letters(segment, loop)
        separator = self._delimiters.component
        there = {segment.id for segment in node.segments}
        for rule in self._rules.get(loop, self._everywhere):
            if rule.asked in there or not rule.asked:
                for hit in rule.find(node, separator):
                    self._add(rule, hit, loop)
        for child in node.children:
            self.node(child)

    def _add(self, rule: Rule, hit: Hit, loop: str) -> None:
        severity = rule.outbound if self._direction == "out" else rule.inbound
        if not self._walker.has_room(severity):
            return
        segment = hit.segment
        at = self._walker.place_in_set(segment)
        self.ruled.append(
            Finding(
                severity,
                segment.position,
                loop,
                hit.element,
                hit.value,
                hit.says,
                code=rule.code,
                segment=hit.missing.partition("*")[0] or segment.id,
                transaction_set=self._walker.set_number,
                set_position=at,
                advice=rule.advice,
                trigger=(segment.id, at, loop, hit.asks) if hit.asks else None,
            )
        )

    def _letters(self, segment: Segment, loop: str) -> None:
        """Small letters are legal and rare; letters beyond ASCII are read, but not all systems do. Said once a set."""
        raw = segment.raw
        if not raw.isascii() and "odd" not in self._said:
            self._said.add("odd")
            odd = next(letter for letter in raw if not letter.isascii())
            self._letter(segment, loop, f"{odd!r} is not a character of X12's sets; it is read as it stands.",
                         "Nothing is lost; send plain letters where the file is ours.")  # fmt: skip
        if not raw.isupper() and raw != raw.upper() and "small" not in self._said:
            self._said.add("small")
            self._letter(segment, loop, "There are small letters here, and maybe further on; they are read as they stand.",
                         "Nothing to do: small letters are legal, and some old systems want capitals.")  # fmt: skip

    def _letter(self, segment: Segment, loop: str, says: str, advice: str) -> None:
        rule = Rule(frozenset(), "", advice, "warning", "warning", _nothing)
        self._add(rule, Hit(segment, "", "", says), loop)


def _nothing(node: Node, separator: str) -> Iterator[Hit]:
    return iter(())


def _check_segment(walker: Walker, delimiters: Delimiters, loop: str, segment: Segment, spec: Seg) -> None:
    values_here = segment.elements
    length = len(values_here)
    for element in spec.elements:
        number, component = element.place, element.component
        text = whole = values_here[number] if number < length else ""
        if component and text:
            parts = text.split(delimiters.component)
            text = parts[component - 1] if component <= len(parts) else ""
        if not text:
            # A component is required only where its composite stands at all.
            if element.required and (component == 0 or whole or _composite_needed(spec, element)):
                if walker.is_full("error"):
                    walker.count("error")
                    continue
                place = _name(segment, element)
                walker.find(segment, loop, place, "error", "1", f"{place} is missing.")
            continue
        fault = _fault(element, text, segment)
        if fault is None:
            continue
        if delimiters.repetition and delimiters.repetition in text:
            parts = [part for part in text.split(delimiters.repetition) if part]
            fault = next((found for part in parts if (found := _fault(element, part, segment))), None)
        if fault is not None and not (
            fault.code == "I12" and element.type == "icd" and whole[:2] in ("BK", "BF")
        ):
            # ICD-9 of before October 2015 has no pattern worth checking.
            place = _name(segment, element)
            severity: Severity = "warning" if place in _SOFT_CODES else fault.severity
            walker.find(segment, loop, place, severity, fault.code, f"{text[:40]!r} {fault.says}", text)


def _name(segment: Segment, element: Element) -> str:
    """Such as CLM05-3."""
    component = f"-{element.component}" if element.component else ""
    return f"{segment.id}{element.place:02d}{component}"


def _composite_needed(spec: Seg, element: Element) -> bool:
    """The first component decides: HI02 may be absent, CLM05 may not."""
    if spec.id == "HI":
        return element.place == 1
    return spec.id in ("CLM", "SV1", "SVD", "CTP") and element.place in (1, 3, 5, 7)


def _fault(element: Element, text: str, segment: Segment) -> Fault | None:
    if element.codes and text not in element.codes:
        return Fault("7", "error", "is not a code that may stand here.")
    check = _CHECKS.get(element.type)
    fault = check(text) if check else None
    if fault is None and element.type == "when":
        fault = _when(text, segment.get(element.place - 1))
    if fault is None and element.longest and len(text) > element.longest:
        fault = Fault("5", "error", f"is longer than {element.longest} characters.")
    return fault


def _day(text: str) -> Fault | None:
    return None if values.day(text) else Fault("8", "error", "is not a date (CCYYMMDD).")


def _when(text: str, kind: str) -> Fault | None:
    if kind == "RD8":
        start, dash, end = text.partition("-")
        first, last = values.day(start), values.day(end)
        if first is not None and not dash:
            # X12's own institutional example says one day as a range.
            return Fault("8", "warning", "is one day where a range is announced; it is read as that day.")
        if not dash or first is None or last is None:
            return Fault("8", "error", "is not a range of dates (CCYYMMDD-CCYYMMDD).")
        return Fault("8", "error", "ends before it begins.") if last < first else None
    return _day(text)


def _time(text: str) -> Fault | None:
    good = values.wall_clock("20000101", text) is not None
    return None if good else Fault("9", "error", "is not a time (HHMM).")


def _amount(text: str) -> Fault | None:
    value = values.amount(text)
    if value is None:
        return Fault("6", "error", "is not an amount.")
    return None if values.cents(text) is not None else Fault("6", "error", "has more than two decimals.")


def _number(text: str) -> Fault | None:
    return None if values.number(text) is not None else Fault("6", "error", "is not a number.")


def _integer(text: str) -> Fault | None:
    return None if _INTEGER.fullmatch(text.strip()) else Fault("6", "error", "is not a whole number.")


def _npi(text: str) -> Fault | None:
    if len(text) != 10 or not (text.isascii() and text.isdigit()):
        return Fault("I12", "warning", "is not an NPI, which has ten digits.")
    return None if npi_is_sound(text) else Fault("I12", "warning", "is not an NPI: its check digit is wrong.")


def _zip(text: str) -> Fault | None:
    if text.isascii() and text.isdigit() and len(text) in (5, 9):
        return None
    return Fault("I12", "warning", "is not a ZIP code of five or nine digits.")


def _place(text: str) -> Fault | None:
    return None if text in PLACES else Fault("7", "warning", "is not a place of service on our list.")


def _modifier(text: str) -> Fault | None:
    if len(text) == 2:
        return None
    return Fault("5" if len(text) > 2 else "4", "error", "is not a modifier, which has two characters.")


def _icd(text: str) -> Fault | None:
    if "." in text:
        return Fault("6", "error", "has a dot; diagnoses are sent without it.")
    return None if _ICD.fullmatch(text) else Fault("I12", "warning", "does not look like an ICD-10-CM code.")


_CHECKS = {
    "day": _day,
    "time": _time,
    "amount": _amount,
    "number": _number,
    "int": _integer,
    "npi": _npi,
    "zip": _zip,
    "pos": _place,
    "modifier": _modifier,
    "icd": _icd,
}


def _check_levels(walker: Walker, root: Node) -> None:
    """HL01 counts from 1, HL02 names the level above, HL04 says whether others stand below (R1)."""
    before: dict[str, str] = {}
    for count, (node, parent) in enumerate(_levels(root, ""), 1):
        segment = node.segments[0]
        if segment.get(1) != str(count):
            walker.find(segment, node.loop, "HL01", "error", "7", f"HL01 is {segment.get(1)[:20]!r}, {count} comes next.",
                        segment.get(1))  # fmt: skip
        if segment.get(2) != parent:
            beside = f" {BESIDE}" if segment.get(2) == before.get(node.loop) else ""
            walker.find(segment, node.loop, "HL02", "error", "7",
                        f"HL02 is {segment.get(2)[:20]!r}, the level above is {parent[:20]!r}.{beside}", segment.get(2))  # fmt: skip
        before[node.loop] = segment.get(1)
        below = "1" if any(child.segments[0].id == "HL" for child in node.children) else "0"
        if segment.get(4) in ("0", "1") and segment.get(4) != below:
            says = "levels stand below it" if below == "1" else "no level stands below it"
            walker.find(
                segment,
                node.loop,
                "HL04",
                "warning",
                "7",
                f"HL04 is {segment.get(4)}, but {says}.",
                segment.get(4),
            )


def _levels(node: Node, parent: str) -> Iterator[tuple[Node, str]]:
    for child in node.children:
        if child.segments[0].id == "HL":
            yield child, parent
            yield from _levels(child, child.segments[0].get(1))
        else:
            yield from _levels(child, parent)
