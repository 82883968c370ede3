"""Files by their envelopes, for who sorts the mail: what kinds of sets stand in a file, and their raw text."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass

from clinic.x12.drafting import draft_class, uncollected
from clinic.x12.envelope import Envelope, Segment, Source, Tokens
from clinic.x12.errors import Finding
from clinic.x12.readers.acknowledgment import interchange_acknowledgments
from clinic.x12.results.acknowledgment import InterchangeAcknowledgment
from clinic.x12.sets import SetReader


@dataclass(frozen=True, slots=True)
class TransactionSet:
    """One ST to SE. `kind` is "835", "837P", "277CA" … (`sets.set_kind`); positions count in the file from 1."""

    kind: str
    control_number: str
    version: str
    envelope: Envelope
    segments: tuple[Segment, ...]
    position: int
    last_position: int
    findings: tuple[Finding, ...]


_SetDraft = draft_class(TransactionSet)


@dataclass(frozen=True, slots=True)
class Interchange:
    """One ISA to IEA. `acknowledgments` are its TA1 segments."""

    envelope: Envelope
    sets: tuple[TransactionSet, ...]
    acknowledgments: tuple[InterchangeAcknowledgment, ...]
    findings: tuple[Finding, ...]

    @property
    def kinds(self) -> tuple[str, ...]:
        """What stands in it, without repetition, in the order of the file; "TA1" for bare acknowledgments."""
        found = dict.fromkeys(item.kind for item in self.sets)
        if self.acknowledgments:
            found.setdefault("TA1")
        return tuple(found)


@uncollected
def read_interchanges(source: Source) -> tuple[Interchange, ...]:
    """All interchanges of a file with their sets. Findings of the envelope stand on each. Raises X12Error."""
    reader = SetReader(source)
    sets: defaultdict[int, list[TransactionSet]] = defaultdict(list)
    for opened in reader:
        body = tuple(opened.body)
        draft = _SetDraft()
        draft.kind = opened.kind
        draft.control_number = opened.control_number
        draft.version = opened.version
        draft.envelope = opened.envelope
        draft.segments = body
        draft.position = opened.position
        draft.last_position = opened.last_position
        draft.findings = tuple(opened.findings)
        draft.__class__ = TransactionSet
        sets[reader.counts["ISA"]].append(draft)
    notes: dict[int, list[InterchangeAcknowledgment]] = {}
    for note in interchange_acknowledgments(reader):
        notes.setdefault(bisect_right(reader.positions, note.position), []).append(note)
    findings = tuple(reader.findings)
    return tuple(
        Interchange(
            envelope=envelope,
            sets=tuple(sets.get(place, ())),
            acknowledgments=tuple(notes.get(place, ())),
            findings=findings,
        )
        for place, envelope in enumerate(reader.envelopes, 1)
    )


def raw_segments(source: Source, first: int, last: int) -> list[str]:
    """The text of segments `first` to `last` (positions in the file, both included), for a timeline."""
    tokens = Tokens(source)
    found = []
    for segment in tokens:
        if segment.position > last:
            break
        if segment.position >= first:
            found.append(segment.raw)
    return found
