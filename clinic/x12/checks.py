"""Element checks against the guides, and the findings of whole files.

An error is what the guide forbids. A warning is what the sender alone can mend and what changes faster than we ship lists:
check digits, place of service codes, short ZIP codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from clinic.x12 import values
from clinic.x12.codes.places import PLACES
from clinic.x12.envelope import Delimiters, Segment, Source
from clinic.x12.errors import Finding, Severity
from clinic.x12.guide import Element, Guide, Seg
from clinic.x12.guides import GUIDES
from clinic.x12.reader import Node, Walker
from clinic.x12.sets import OpenSet, SetReader

_ICD = re.compile(r"[A-TV-Z][0-9][0-9A-Z][0-9A-Z]{0,4}")
_INTEGER = re.compile(r"[0-9]{1,15}")


class Fault(NamedTuple):
    """What is wrong with one value: IK403 code, severity and the end of a sentence."""

    code: str
    severity: Severity
    says: str


def validate(source: Source) -> tuple[Finding, ...]:
    """Every finding of a file in its order, element checks included. Raises X12Error where it is no X12."""
    reader = SetReader(source)
    found: list[Finding] = []
    for opened in reader:
        found += check_set(opened)[1]
    found += reader.findings
    found.sort(key=lambda finding: finding.position)
    return tuple(found)


def check_set(opened: OpenSet) -> tuple[Node | None, list[Finding]]:
    """Reads a set to its end: its tree and findings. A kind without a guide has only those of its envelope."""
    guide = GUIDES.get(opened.kind)
    if guide is None:
        for _ in opened.body:
            pass
        return None, list(opened.findings)
    walker = Walker(guide, opened.delimiters, opened.position, opened.control_number)
    for _ in walker.walk(opened.body):
        pass
    root = walker.root
    _check_node(walker, opened.delimiters, root)
    _check_levels(walker, root)
    found = [*opened.findings, *walker.findings]
    found.sort(key=lambda finding: finding.position)
    return root, found


def guide_of(kind: str) -> Guide | None:
    return GUIDES.get(kind)


def _check_node(walker: Walker, delimiters: Delimiters, node: Node) -> None:
    for segment, spec in zip(node.segments, node.specs, strict=True):
        if spec is not None and spec.spec:
            _check_segment(walker, delimiters, node.loop, segment, spec)
    for child in node.children:
        _check_node(walker, delimiters, child)


def _check_segment(walker: Walker, delimiters: Delimiters, loop: str, segment: Segment, spec: Seg) -> None:
    for element in spec.elements:
        text = segment.get(element.place)
        whole = text
        if element.component:
            parts = text.split(delimiters.component)
            text = parts[element.component - 1] if element.component <= len(parts) else ""
        place = f"{segment.id}{element.place:02d}" + (f"-{element.component}" if element.component else "")
        if not text:
            # A component is required only where its composite stands at all.
            needed = element.required and (
                element.component == 0 or whole or _composite_needed(spec, element)
            )
            if needed:
                walker.find(segment, loop, place, "error", "1", f"{place} is missing.")
            continue
        if element.type == "icd" and not whole.startswith("AB"):
            continue  # ICD-9 of before October 2015 has no pattern worth checking.
        fault = _fault(element, text, segment)
        if fault is not None:
            walker.find(segment, loop, place, fault.severity, fault.code, f"{text[:40]!r} {fault.says}", text)


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


def npi_is_sound(npi: str) -> bool:
    """The Luhn check of an NPI under the prefix 80840."""
    if len(npi) != 10 or not (npi.isascii() and npi.isdigit()):
        return False
    total = 24
    for place, letter in enumerate(reversed(npi)):
        digit = int(letter) * (2 if place % 2 else 1)
        total += digit - 9 if digit > 9 else digit
    return total % 10 == 0


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
    """HL01 counts from 1, and HL02 names the level above (R1: the numbers of the sender must agree)."""
    for count, (node, parent) in enumerate(_levels(root, ""), 1):
        segment = node.segments[0]
        if segment.get(1) != str(count):
            walker.find(segment, node.loop, "HL01", "error", "7", f"HL01 is {segment.get(1)!r}, {count} comes next.",
                        segment.get(1))  # fmt: skip
        if segment.get(2) != parent:
            walker.find(segment, node.loop, "HL02", "error", "7",
                        f"HL02 is {segment.get(2)!r}, the level above is {parent!r}.", segment.get(2))  # fmt: skip


def _levels(node: Node, parent: str) -> Iterator[tuple[Node, str]]:
    for child in node.children:
        if child.segments[0].id == "HL":
            yield child, parent
            yield from _levels(child, child.segments[0].get(1))
        else:
            yield from _levels(child, parent)
