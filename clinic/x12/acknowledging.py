"""What a receiver answers to a file: TA1 for the interchange, 999 for each group. Both are renderings of findings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import groupby

from clinic.x12.checks import check_set
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
)
from clinic.x12.sets import OpenSet, SetReader
from clinic.x12.writers.acknowledgment import write_999, write_ta1

_ELEMENT = re.compile(r"(\d\d)(?:-(\d))?$")
_SET_CODES = ("1", "2", "3", "4", "23")
# Which TA1 note an envelope finding is, by the segment and element that it names.
_NOTES = {("IEA", "IEA02"): "001", ("IEA", "IEA01"): "021", ("ISA", ""): "023"}
_GROUP_CODES = {("GE", "GE01"): "5", ("GE", "GE02"): "4", ("GS", ""): "3"}


@dataclass(frozen=True, slots=True)
class Acknowledgment:
    """The answer to one file. `ta1` is for the first interchange (all of them in `interchanges`).

    `ta1_text` and `text_999` are whole files; `text_999` is empty when the interchange was rejected.
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
        """Every set was taken in (A or E)."""
        return self.ta1.accepted and all(item.accepted for group in self.groups for item in group.sets)


@dataclass(slots=True)
class _Group:
    envelope: Envelope
    sets: list[SetAcknowledgment] = field(default_factory=list)


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
        findings += found
        here = opened.envelope
        if not groups or groups[-1].envelope != here:
            groups.append(_Group(here))
        groups[-1].sets.append(_set(opened, root, found))
    findings += reader.findings
    findings.sort(key=lambda finding: finding.position)
    interchanges = tuple(_interchange(item, envelope, reader.findings) for item in reader.envelopes)
    rejected = any(not item.accepted for item in interchanges)
    answers = tuple(
        _group(group, reader.findings, f"{set_control_number + place:04d}")
        for place, group in enumerate(groups)
    )
    return Acknowledgment(
        interchanges=interchanges,
        groups=() if rejected else answers,
        findings=tuple(findings),
        ta1_text=write_ta1(envelope, interchanges),
        text_999=b"" if rejected or not answers else write_999(envelope, answers),
    )


def _interchange(item: Envelope, envelope: Envelope, findings: list[Finding]) -> InterchangeAcknowledgment:
    note = next(
        (
            _NOTES[finding.segment, finding.element]
            for finding in findings
            if finding.severity == "error" and (finding.segment, finding.element) in _NOTES
        ),
        "000",
    )
    return InterchangeAcknowledgment(
        control_number=item.control_number,
        sent_at=item.created_at,
        code="A" if note == "000" else "R",
        note=note,
        envelope=envelope,
    )


def _group(group: _Group, findings: list[Finding], control_number: str) -> Acknowledgment999:
    wrong = {
        _GROUP_CODES[finding.segment, finding.element]
        for finding in findings
        if (finding.segment, finding.element) in _GROUP_CODES
    }
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
        syntax_codes=tuple(sorted(wrong)),
    )


def _set(opened: OpenSet, root: Node | None, findings: list[Finding]) -> SetAcknowledgment:
    body = [finding for finding in findings if finding.set_position and finding.segment not in ("ST", "SE")]
    errors = tuple(_errors(body, root, opened.delimiters.component))
    codes = {
        finding.code for finding in findings if finding.segment in ("ST", "SE") and finding.code in _SET_CODES
    }
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
    """One IK3 per segment and loop; elements of one segment share it."""
    claims = sorted((node.position, node.segments[0].get(1)) for node in _claims(root)) if root else []
    coded = [finding for finding in findings if finding.code]
    coded.sort(key=lambda finding: (finding.set_position, finding.element != "", finding.loop))
    for (set_position, segment, loop, whole), some in groupby(
        coded, key=lambda f: (f.set_position, f.segment, f.loop, f.code if not f.element else "")
    ):
        members = list(some)
        at = bisect_right(claims, (members[0].position, "\uffff")) - 1
        unit = ("CLM01", claims[at][1]) if at >= 0 else ("", "")
        yield SegmentError(
            segment=segment,
            set_position=set_position,
            loop=loop,
            code=whole or "8",
            business_unit=unit,
            elements=tuple(_element(finding, component) for finding in members if finding.element),
        )


def _element(finding: Finding, component: str) -> ElementError:
    found = _ELEMENT.search(finding.element)
    return ElementError(
        element=int(found.group(1)) if found else 0,
        component=int(found.group(2) or 0) if found else 0,
        code=finding.code,
        value=finding.value.replace(component, " ")[:99],
    )


def _claims(node: Node) -> Iterator[Node]:
    if node.loop == "2300" and node.segments and node.segments[0].id == "CLM":
        yield node
    for child in node.children:
        yield from _claims(child)
