"""From bytes to segments: delimiters come from each ISA, memory stays bounded, odd line ends are forgiven."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import BinaryIO, NamedTuple

from clinic.x12.drafting import draft_class
from clinic.x12.errors import X12Error
from clinic.x12.strangers import what_it_is

Source = bytes | str | BinaryIO

_CHUNK = 1 << 16
_HEADER_LIMIT = 2_000
# Nothing in a claim or remittance comes near: without a bound, one lost terminator would hold a whole file in memory.
_SEGMENT_LIMIT = 8_000_000
_BLANK = " \t\r\n\x00\x0b\x0c\x1a\ufeff"
# What may follow "ISA": str.isspace() would also refuse 0x1C to 0x1F and the tab, which some senders separate with.
_NO_SEPARATOR = " \r\n\x00\ufeff"


class Delimiters(NamedTuple):
    """`repetition` is empty in files older than 00402, which know no repeated elements."""

    element: str
    component: str
    segment: str
    repetition: str


USUAL = Delimiters("*", ":", "~", "^")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment. `elements[0]` is the id, so `elements[2]` is element 02. `position` counts in the file from 1, `raw`
    is its text without the terminator."""

    id: str
    elements: tuple[str, ...]
    position: int
    raw: str = ""

    def get(self, number: int) -> str:
        """Element `number` (01 is 1), empty where the segment is shorter."""
        return self.elements[number] if number < len(self.elements) else ""


_Draft = draft_class(Segment)


def _made(whole: list[str], element: str, position: int) -> Iterator[Segment]:
    """One at a time: thousands alive at once would have Python's collector go through all that the process holds."""
    for raw in whole:
        elements = raw.split(element)
        draft = _Draft()
        draft.id = elements[0]
        draft.elements = tuple(elements)
        draft.position = position
        draft.raw = raw
        draft.__class__ = Segment
        position += 1
        yield draft


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What stands in ISA and GS. `created_at` is the sender's wall clock; `usage` is "T" (test) or "P" (production).

    Group fields that are left empty are filled from the interchange when a file is written.
    """

    sender_id: str
    receiver_id: str
    control_number: int
    created_at: datetime
    usage: str = "P"
    sender_qualifier: str = "ZZ"
    receiver_qualifier: str = "ZZ"
    acknowledgment_requested: bool = False
    group_sender: str = ""
    group_receiver: str = ""
    group_control_number: int = 0
    group_created_at: datetime | None = None
    functional_id: str = ""
    version: str = ""
    delimiters: Delimiters = USUAL


def iter_segments(source: Source) -> Iterator[Segment]:
    """Every segment of `source` in order, ISA to IEA, streamed. Raises X12Error where it is no X12."""
    return iter(Tokens(source))


class Tokens:
    """The segments of a source. `delimiters` are those of the interchange being read."""

    def __init__(self, source: Source) -> None:
        self.delimiters = USUAL
        self._feed = _texts(source)
        self._position = 0

    def __iter__(self) -> Iterator[Segment]:
        return chain.from_iterable(self.runs())

    def runs(self) -> Iterator[Iterator[Segment]]:
        """The segments as they are cut from the source, many at once; no run reaches into the next interchange."""
        buffer = ""
        while True:
            buffer = self._header(buffer)
            terminator = self.delimiters.segment
            fresh = True
            while True:
                if not fresh and _starts_interchange(buffer):
                    break
                found = _next_interchange(buffer, terminator)
                cut = found or buffer.rfind(terminator) + 1
                block, buffer = buffer[:cut], buffer[cut:]
                if block:
                    fresh = False
                    yield self._split(block)
                if found:
                    break
                if len(buffer) > _SEGMENT_LIMIT:
                    raise X12Error(self._position + 1, "", "", buffer[:20],
                                   "No segment ends within eight million characters: the terminator is lost.")  # fmt: skip
                text = next(self._feed, "")
                if not text:
                    yield self._split(buffer.strip(_BLANK))
                    return
                buffer += text

    def _split(self, block: str) -> Iterator[Segment]:
        element, _, terminator, _ = self.delimiters
        if terminator == "\n":
            block = block.replace("\r", "")
        elif terminator != "\r" and ("\n" in block or "\r" in block):
            block = block.replace("\r", "").replace("\n", "")
        if "\x00" in block:
            block = block.replace("\x00", "")
        blank = " \t".replace(element, "")
        indented = block[:1] in blank or any(terminator + one in block for one in blank)
        whole = block.split(terminator)
        if indented:
            whole = [raw.strip(blank) for raw in whole]
        if not whole[-1]:
            whole.pop()
        if "" in whole:
            whole = [raw for raw in whole if raw]
        start, self._position = self._position + 1, self._position + len(whole)
        return _made(whole, element, start)

    def _header(self, buffer: str) -> str:
        """Read until a whole ISA stands in the buffer, and take the delimiters from it."""
        while True:
            buffer = buffer.lstrip(_BLANK)
            if len(buffer) >= _HEADER_LIMIT or not (text := next(self._feed, "")):
                break
            buffer += text
        if not buffer:
            raise X12Error(0, "", "", "", "The file is empty.")
        if not _starts_interchange(buffer):
            shown = buffer[:20].strip()
            raise X12Error(0, "", "", shown if shown.isprintable() else "", what_it_is(buffer))
        self.delimiters = _delimiters(buffer[:_HEADER_LIMIT], self._position + 1)
        return buffer


def _starts_interchange(buffer: str) -> bool:
    start = buffer[:4] if buffer[:1] not in _BLANK else buffer.lstrip(_BLANK)[:4]
    return start[:3] == "ISA" and len(start) == 4 and _separates(start[3])


def _separates(letter: str) -> bool:
    return not letter.isalnum() and letter not in _NO_SEPARATOR


def _next_interchange(buffer: str, terminator: str) -> int:
    """Where the next ISA begins after a terminator and blanks; 0 where none does.

    Each blank is looked at once, so that a file of padding costs no more than one of segments.
    """
    at = buffer.find("ISA", 1)
    while at > 0:
        if at + 3 < len(buffer) and _separates(buffer[at + 3]):
            before = at - 1
            while before > 0 and buffer[before] != terminator and buffer[before] in _BLANK:
                before -= 1
            if buffer[before] == terminator:
                return at
        at = buffer.find("ISA", at + 3)
    return 0


# "…~GS" inside an ISA element: the header ended early and the group's own has begun.
_NEXT_HEADER = re.compile(r"[^A-Za-z0-9 ]\s*(GS|TA1|IEA)$")
# The terminator right after ISA15: the group begins behind it, or the next line ends with it too.
_LOST_COMPONENT = re.compile(r"([^A-Za-z0-9\s])(?:(?:GS|TA1|IEA)[^A-Za-z0-9]|\r?\n[^\r\n]*\1\r?\n)")


def _delimiters(header: str, position: int) -> Delimiters:
    """Split on the fourth character: an ISA of wrong length still reads."""
    element = header[3]
    parts = header.split(element, 16)
    broken = next(
        (n for n, part in enumerate(parts[1:16], 1) if len(part) > 80 or _NEXT_HEADER.search(part)), 0
    )
    if len(parts) < 17 or broken:
        have = broken or len(parts) - 1
        raise X12Error(
            position,
            "",
            f"ISA{have:02d}",
            parts[min(have, len(parts) - 1)][:20],
            f"The interchange header is cut short: it has {have} of 16 elements.",
        )
    tail = parts[16]
    if tail[:1] in ("\r", "\n") or _LOST_COMPONENT.match(tail):
        # ISA16 was lost; the sender's habit is the colon.
        tail = ":" + tail
    component, terminator = tail[:1], tail[1:2]
    if terminator in (" ", "\t"):
        terminator = tail[1:].lstrip(" \t")[:1]
    if terminator == "\r" and tail[2:3] == "\n":
        terminator = "\n"
    if not component or not terminator or terminator.isalnum() or terminator == element:
        raise X12Error(
            position, "", "ISA16", tail[:2], "The interchange header has no segment terminator after ISA16."
        )
    repeat = parts[11]
    if len(repeat) != 1 or not _separates(repeat) or parts[12] < "00402":
        repeat = ""
    return Delimiters(element, component, terminator, repeat)


def _single_bytes(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are no UTF-8 are read one by one as Latin-1: a payer's odd letter must not refuse its file."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("x12-single-bytes", _single_bytes)


# Two bytes a letter: with a mark, or seen by the NUL beside the I of ISA.
_WIDE = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"I\x00": "utf-16-le", b"\x00I": "utf-16-be"}


def _texts(source: Source) -> Iterator[str]:
    if isinstance(source, str):
        for start in range(0, len(source), _CHUNK):
            yield source[start : start + _CHUNK]
        return
    decoder: codecs.IncrementalDecoder | None = None
    for data in _pieces(source):
        if decoder is None:
            first = data[:2]
            coding = _WIDE.get(first, "utf-8")
            decoder = codecs.getincrementaldecoder(coding)(
                "x12-single-bytes" if coding == "utf-8" else "replace"
            )
        if text := decoder.decode(data):
            yield text
    if decoder is not None and (text := decoder.decode(b"", True)):
        yield text


def _pieces(source: bytes | BinaryIO) -> Iterator[bytes]:
    if isinstance(source, bytes | bytearray | memoryview):
        for start in range(0, len(source), _CHUNK):
            yield bytes(source[start : start + _CHUNK])
        return
    while data := source.read(_CHUNK):
        yield data


def raw_text(segments: Iterable[Segment], delimiters: Delimiters) -> str:
    """Segments as they stood in the file, one a line, for a timeline or a printout."""
    end = delimiters.segment.strip() + "\n"
    return end.join([segment.raw for segment in segments]) + end.rstrip()
