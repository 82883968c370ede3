"""A file in plain words, segment by segment, loops indented, with each finding at its place. Streams; nothing is raised but
for what is no X12 at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from clinic.x12.envelope import Segment, Source, Tokens
from clinic.x12.errors import Finding
from clinic.x12.guides import ANSWERS
from clinic.x12.implementations import guide_for
from clinic.x12.phrases import Context, fill
from clinic.x12.reader import State, Walker, start_state
from clinic.x12.sets import set_kind
from clinic.x12.words import LEVELS, loop_name, phrase_of

_FLAT = 3
_ENVELOPE = {"ISA": 0, "IEA": 0, "TA1": 1, "GS": 1, "GE": 1, "ST": 2, "SE": 2}


class Explained(NamedTuple):
    """One segment in words. `depth` is 0 for ISA, 1 for GS, 2 for ST, more in the loops. `loop` is "" outside of loops;
    `opens` is the loop's name in words where this segment begins it. `words` is "" where nothing is known."""

    segment: Segment
    depth: int
    kind: str
    loop: str
    opens: str
    words: str
    findings: tuple[Finding, ...]

    @property
    def said(self) -> str:
        """The words, or else the elements as they are."""
        return self.words or ", ".join(text for text in self.segment.elements[1:] if text)


def explain(
    source: Source, findings: Iterable[Finding] = (), first: int = 1, last: int | None = None
) -> Iterator[Explained]:
    """Segments `first` to `last` (positions in the file, both included) with their words and the findings given.

    A kind without a guide is explained flat. Raises X12Error where it is no X12.
    """
    at: dict[int, list[Finding]] = {}
    for finding in findings:
        at.setdefault(max(finding.position, 1), []).append(finding)
    tokens = Tokens(source)
    place = _Place()
    for segment in tokens:
        if last is not None and segment.position > last:
            return
        depth, loop, opens = place.take(segment, tokens)
        if segment.position < first:
            continue
        context = Context(segment, tokens.delimiters, place.kind)
        yield Explained(
            segment=segment,
            depth=depth,
            kind=place.kind,
            loop=loop,
            opens=loop_name(place.kind, loop) if opens else "",
            words=say(context, loop),
            findings=tuple(at.get(segment.position, ())),
        )


def say(context: Context, loop: str) -> str:
    """One segment in words, "" where nothing is known of it."""
    segment = context.segment
    if segment.id == "HL":
        levels = LEVELS.get(context.kind[:3], {})
        level = levels.get(segment.get(3), segment.get(3))
        under = f", under level {segment.get(2)}" if segment.get(2) else ""
        return f"Level {segment.get(1)}: {level}{under}"
    phrase = phrase_of(context.kind, loop, segment.id, segment.get(1)[:3])
    return fill(phrase, context) if phrase is not None else ""


def first_with(source: Source, text: str, after: int = 0) -> int | None:
    """The position of the first segment behind `after` that holds `text` in any case, else of the first of all."""
    wanted = text.casefold()
    earlier: int | None = None
    for segment in Tokens(source):
        if wanted not in segment.raw.casefold():
            continue
        if segment.position > after:
            return segment.position
        if earlier is None:
            earlier = segment.position
    return earlier


class _Place:
    """Where the reader is: the kind of the transaction and the loops that are open."""

    def __init__(self) -> None:
        self.kind = ""
        self._version = ""
        self._walker: Walker | None = None
        self._stack: list[State] = []

    def take(self, segment: Segment, tokens: Tokens) -> tuple[int, str, bool]:
        """Depth, loop, and whether the segment opens that loop."""
        if segment.id in _ENVELOPE:
            if segment.id == "GS":
                self._version = segment.get(8)
            elif segment.id == "ST":
                self._open(segment, tokens)
            elif segment.id == "SE":
                self._walker = None
            elif segment.id != "TA1":
                self.kind, self._walker = "", None
            return _ENVELOPE[segment.id], "", False
        if segment.id == "BHT" and self.kind in ANSWERS:
            # Only now it is said whether the set asks or answers; nothing was opened before.
            self._walk(segment, tokens, segment.get(2))
        if self._walker is None:
            return (_FLAT if self.kind else 1), "", False
        opens = self._walker.follow(segment, self._stack)
        deep = len(self._stack) - 1
        return _FLAT + max(deep - 1, 0), (self._stack[-1].loop.id if deep else ""), opens

    def _open(self, segment: Segment, tokens: Tokens) -> None:
        self.kind = set_kind(segment.get(1), segment.get(3) or self._version)
        self._walk(segment, tokens)

    def _walk(self, segment: Segment, tokens: Tokens, purpose: str = "") -> None:
        guide = guide_for(self.kind, purpose)
        self._walker = None
        if guide is not None:
            self._walker = Walker(guide, tokens.delimiters, segment.position, segment.get(2))
            self._stack = [start_state(guide)]


def worst(findings: Sequence[Finding]) -> str:
    """The severity that counts: error before warning before note, "" for none."""
    for severity in ("error", "warning", "note"):
        if any(finding.severity == severity for finding in findings):
            return severity
    return ""
