"""What a receiver answers to a file: TA1 for the interchange, 999 for each group. Both are renderings of findings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from clinic.x12.checks import check_set, fewer
from clinic.x12.drafting import draft_class, uncollected
from clinic.x12.envelope import Envelope, Source
from clinic.x12.errors import Finding
from clinic.x12.guides import GUIDES
from clinic.x12.reader import Node
from clinic.x12.results.acknowledgment import (
    Acknowledgment999,
    ElementError,
    InterchangeAcknowledgment,
    SegmentError,
    SetAcknowledgment,
    Trigger,
)
from clinic.x12.sets import OpenSet, SetReader
from clinic.x12.writers.acknowledgment import write_999, write_ta1

_ELEMENT = re.compile(r"(\d\d)(?:-(\d))?$")
_SET_CODES = ("1", "2", "3", "4", "6", "7", "23")
# What names the business unit of a finding: the loop, its first segment and the element with the sender's number.
_UNITS = {
    ("2300", "CLM"): ("CLM01", 1),
    ("2200D", "TRN"): ("TRN02", 2),
    ("2200E", "TRN"): ("TRN02", 2),
    ("2000C", "TRN"): ("TRN02", 2),
    ("2000D", "TRN"): ("TRN02", 2),
}


_ErrorDraft = draft_class(SegmentError)


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """The answer to one file. `ta1` is for the first interchange (all of them in `interchanges`).

    `ta1_text` and `text_999` are whole files; `text_999` is empty when every interchange was rejected: the groups of a
    rejected one are not answered.
    """

    interchanges: tuple[InterchangeAcknowledgment, ...]
    groups: tuple[Acknowledgment999, ...]
    findings: tuple[Finding, ...]
    ta1_text: bytes
    text_999: bytes

    @property
    def ta1(self) -> InterchangeAcknowledgment:
        return self.interchanges[0]

    @property
    def accepted(self) -> bool:
        """Every interchange and every set was taken in (A or E)."""
        return all(item.accepted for item in self.interchanges) and all(
            item.accepted for group in self.groups for item in group.sets
        )


@dataclass(slots=True)
class _Group:
    envelope: Envelope
    interchange: int
    number: int
    sets: list[SetAcknowledgment] = field(default_factory=list)


@uncollected
def acknowledge(source: Source, envelope: Envelope, *, set_control_number: int = 1) -> Acknowledgment:
    """Checks a file and answers it from `envelope` (the answering side is its sender).

    IK5 is R where a finding is an error, E where there are only warnings that a 999 has a code for, else A (C2).
    Each set of the 999 counts on from `set_control_number`. Raises X12Error where the file is no X12: then there is
    nobody to answer.
    """
    reader = SetReader(source)
    groups: list[_Group] = []
    findings: list[Finding] = []
    for opened in reader:
        root, found = check_set(opened)
        findings += fewer(found, len(findings))
        here = reader.counts["GS"]
        if not groups or groups[-1].number != here:
            groups.append(_Group(opened.envelope, reader.counts["ISA"] - 1, here))
        groups[-1].sets.append(_set(opened, root, found))
    findings += reader.findings
    findings.sort(key=lambda finding: finding.position)
    of_interchanges = _split(reader.findings, reader.positions)
    of_groups = _split(reader.findings, reader.group_positions)
    interchanges = tuple(
        _interchange(item, envelope, some)
        for item, some in zip(reader.envelopes, of_interchanges, strict=True)
    )
    taken = [group for group in groups if interchanges[group.interchange].accepted]
    answers = tuple(
        _group(
            group, of_groups[group.number - 1] if group.number else [], f"{set_control_number + place:04d}"
        )
        for place, group in enumerate(taken)
    )
    return Acknowledgment(
        interchanges=interchanges,
        groups=answers,
        findings=tuple(findings),
        ta1_text=write_ta1(envelope, interchanges),
        text_999=write_999(envelope, answers) if answers else b"",
    )


def _split(findings: list[Finding], starts: list[int]) -> list[list[Finding]]:
    """The findings from each start to the next one."""
    parts: list[list[Finding]] = [[] for _ in starts]
    for finding in findings:
        place = bisect_right(starts, finding.position) - 1
        if place >= 0:
            parts[place].append(finding)
    return parts


def _interchange(item: Envelope, envelope: Envelope, findings: list[Finding]) -> InterchangeAcknowledgment:
    """R with the note of the first error, E with that of the first warning, else A (C2)."""
    noted = [finding for finding in findings if finding.segment in ("ISA", "IEA") and finding.code]
    worst = next((f for f in noted if f.severity == "error"), noted[0] if noted else None)
    code = "A" if worst is None else "R" if worst.severity == "error" else "E"
    return InterchangeAcknowledgment(
        control_number=item.control_number,
        sent_at=item.created_at,
        code=code,
        note=worst.code if worst else "000",
        envelope=envelope,
    )


def _group(group: _Group, findings: list[Finding], control_number: str) -> Acknowledgment999:
    # What a warning says of a group (a number used twice) is shown, and refuses nothing.
    wrong = {f.code for f in findings if f.segment in ("GS", "GE") and f.code and f.severity == "error"}
    accepted = sum(item.accepted for item in group.sets)
    if wrong or not accepted:
        code, accepted = "R", 0
    elif accepted < len(group.sets):
        code = "P"
    else:
        code = "E" if any(item.code == "E" for item in group.sets) else "A"
    sets = tuple(group.sets)
    return Acknowledgment999(
        control_number=control_number,
        functional_id=group.envelope.functional_id,
        group_control_number=str(group.envelope.group_control_number),
        version=group.envelope.version,
        code=code,
        sets=sets,
        sets_included=len(sets),
        sets_received=len(sets),
        sets_accepted=accepted,
        syntax_codes=tuple(sorted(wrong, key=int)),
    )


def _set(opened: OpenSet, root: Node | None, findings: list[Finding]) -> SetAcknowledgment:
    body = []
    codes = set()
    for finding in findings:
        if finding.segment in ("ST", "SE"):
            if finding.code in _SET_CODES:
                codes.add(finding.code)
        elif finding.code and finding.set_position:
            body.append(finding)
    errors = tuple(_errors(body, root, opened.delimiters.component)) if body else ()
    if opened.kind not in GUIDES:
        codes.add("1")
    if errors:
        codes.add("5")
    if (codes - {"5"}) or any(finding.severity == "error" for finding in findings):
        code = "R"
    else:
        code = "E" if errors else "A"
    return SetAcknowledgment(
        transaction=opened.kind[:3],
        control_number=opened.control_number,
        version=opened.version,
        code=code,
        errors=errors,
        syntax_codes=tuple(sorted(codes, key=int)),
    )


def _errors(findings: list[Finding], root: Node | None, component: str) -> Iterator[SegmentError]:
    """One IK3 per segment and loop; elements of one segment share it. All `findings` have a code."""
    units = _Units(root)
    findings.sort(key=lambda finding: (finding.set_position, finding.element != "", finding.loop))
    for (set_position, segment, loop, whole), some in groupby(
        findings, key=lambda f: (f.set_position, f.segment, f.loop, f.code if not f.element else "")
    ):
        members = list(some)
        draft = _ErrorDraft()
        draft.segment = segment
        draft.set_position = set_position
        draft.loop = loop
        draft.code = whole or "8"
        draft.business_unit = units.of(members[0].position)
        draft.more_units = draft.triggers = draft.elements = ()
        if whole:
            draft.triggers = tuple(dict.fromkeys([_trigger(one) for one in members if one.trigger]))
        else:
            draft.elements = tuple([_element(one, component) for one in members])
        draft.position = 0
        draft.__class__ = SegmentError
        yield draft


def _element(finding: Finding, component: str) -> ElementError:
    found = _ELEMENT.search(finding.element)
    return ElementError(
        element=int(found.group(1)) if found else 0,
        component=int(found.group(2) or 0) if found else 0,
        code=finding.code,
        value=finding.value.replace(component, " ")[:99],
        triggers=(_trigger(finding),) if finding.trigger else (),
    )


def _trigger(finding: Finding) -> Trigger:
    """The segment that asks for what is missing, as CTX names it."""
    segment, set_position, loop, element = finding.trigger or ("", 0, "", "")
    found = _ELEMENT.search(element)
    return Trigger(
        segment=segment,
        set_position=set_position,
        loop=loop[:4],
        element=int(found.group(1)) if found else 0,
        component=int(found.group(2) or 0) if found else 0,
    )


class _Unit(NamedTuple):
    first: int
    last: int
    name: str
    number: str


class _Units:
    """The claims, payments or inquiries of a set, to be found by a position within."""

    def __init__(self, root: Node | None) -> None:
        self._units = sorted(_units(root)) if root else []
        self._starts = [unit.first for unit in self._units]

    def of(self, position: int) -> tuple[str, str]:
        """Its name and number as CTX says it; empty where the position is in none."""
        place = bisect_right(self._starts, position) - 1
        if place < 0 or position > self._units[place].last:
            return "", ""
        return self._units[place].name, self._units[place].number


def _units(node: Node) -> Iterator[_Unit]:
    for child in node.children:
        for segment in child.segments:
            known = _UNITS.get((child.loop, segment.id))
            if known is not None and segment.get(known[1]):
                yield _Unit(child.position, _last(child), known[0], segment.get(known[1]))
                break
        yield from _units(child)


def _last(node: Node) -> int:
    last = node.segments[-1].position if node.segments else node.position
    return max([last, *(_last(child) for child in node.children)])
