"""From segments to transaction sets: ISA, GS and ST are read, counted and checked here, and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time

from clinic.x12.envelope import Delimiters, Envelope, Segment, Source, Tokens
from clinic.x12.errors import Finding, Room, Severity, X12Error, finding
from clinic.x12.headers import FUNCTIONAL_IDS, header_faults
from clinic.x12.values import wall_clock

_CONTROL = frozenset({"ISA", "IEA", "GS", "GE", "ST", "SE", "TA1"})
_SEND_AGAIN = "Ask the sender for the whole file, and load it again."
_COUNT_AGAIN = "Compare with the sender's own record: something was lost, added or miscounted on the way."
# A stranger's prose under an X12 header is said so often, not once for each of its words.
_MOST_OUTSIDE = 100
_MOST_FAULTS = 10_000
_NO_BODY: Iterator[Segment] = iter(())
_EPOCH = datetime.combine(date(1970, 1, 1), time())

# What a set is called, by ST01 and the start of its guide; the guide's number stands in ST03 or, before that, GS08.
_BY_GUIDE = (
    ("X222", "837P"),
    ("X098", "837P"),
    ("X291", "837P"),
    ("X298", "837P"),
    ("X223", "837I"),
    ("X096", "837I"),
    ("X292", "837I"),
    ("X299", "837I"),
    ("X224", "837D"),
    ("X097", "837D"),
    ("X300", "837D"),
    ("X214", "277CA"),
)


@dataclass(slots=True)
class OpenSet:
    """A transaction set while it is read. `body` streams from ST to SE; `findings` and `last_position` are whole
    only after it has been used up."""

    kind: str
    control_number: str
    version: str
    envelope: Envelope
    delimiters: Delimiters
    position: int
    body: Iterator[Segment]
    findings: list[Finding] = field(default_factory=list)
    last_position: int = 0
    closed: bool = False
    room: Room = field(default_factory=Room)


class SetReader:
    """Iterates over the transaction sets of a source. `findings` are those of the envelope, `interchange_notes` the TA1
    segments, `counts` how many ISA, GS and ST were seen."""

    def __init__(self, source: Source) -> None:
        self._tokens = Tokens(source)
        self._segments = iter(self._tokens)
        self._pending: Segment | None = None
        self.findings: list[Finding] = []
        self.acknowledgments: list[tuple[Envelope, Segment]] = []
        self.counts = {"ISA": 0, "GS": 0, "ST": 0}
        self.envelopes: list[Envelope] = []
        self.last_position = 0
        self._isa: Segment | None = None
        self._gs: Segment | None = None
        # The envelope of what is open: a group may hold thousands of sets.
        self._here = self._envelope()
        self._faults = 0
        self._room = Room()
        self._groups = 0
        self._sets = 0
        self._seen_controls: set[str] = set()
        self._seen_groups: set[str] = set()
        self._seen_interchanges: set[tuple[str, str]] = set()
        self._outside = 0
        self._acknowledged = 0
        # Where each of `envelopes` begins.
        self.positions: list[int] = []
        self.group_positions: list[int] = []

    def __iter__(self) -> Iterator[OpenSet]:
        try:
            yield from self._sets_in_order()
        except X12Error as error:
            # What was read before stays; only a file without one readable interchange is refused as a whole.
            if not self.counts["ISA"]:
                raise
            self.findings.append(
                Finding("error", error.position, error.loop, error.element, error.value,
                        f"{error.message} The file is not read from here on.", code="022", segment="ISA",
                        advice="Ask the sender for the rest of the file.")
            )  # fmt: skip
            self._isa = self._gs = None

    def _sets_in_order(self) -> Iterator[OpenSet]:
        for segment in self._next_control():
            name = segment.id
            if name == "ISA":
                self._open_interchange(segment)
            elif name == "GS":
                self._open_group(segment)
            elif name == "ST":
                opened = self._open_set(segment)
                yield opened
                for _ in opened.body:
                    pass
            elif name == "TA1":
                self.acknowledgments.append((self._here, segment))
            elif name == "GE":
                self._close_group(segment)
            elif name == "IEA":
                self._close_interchange(segment)
            else:
                self._outside_any_set(segment)
        self._end(", the file may be cut short")

    def _outside_any_set(self, segment: Segment) -> None:
        self._outside += 1
        if self._outside > _MOST_OUTSIDE:
            return
        more = " So may others that follow." if self._outside == _MOST_OUTSIDE else ""
        self._find(
            segment,
            "",
            f"{segment.id[:10]!r} stands outside any transaction set and is ignored.{more}",
            "warning",
            advice="Ask the sender whether it belongs into a transaction set.",
        )

    def _end(self, ending: str = "") -> None:
        """What is still open is said to be so."""
        if self._gs is not None:
            self._find(
                self._gs,
                "",
                f"The group is never closed: GE is missing{ending}.",
                code="3",
                advice=_SEND_AGAIN,
            )
        if self._isa is not None:
            self._find(self._isa, "", f"The interchange is never closed: IEA is missing{ending}.", code="023",
                       advice=_SEND_AGAIN)  # fmt: skip
        self._gs = self._isa = None

    def _next_control(self) -> Iterator[Segment]:
        while True:
            if self._pending is not None:
                segment, self._pending = self._pending, None
            else:
                try:
                    segment = next(self._segments)
                except StopIteration:
                    return
            self.last_position = segment.position
            yield segment

    def _find(
        self,
        segment: Segment,
        element: str,
        message: str,
        severity: Severity = "error",
        value: str = "",
        code: str = "",
        advice: str = "",
    ) -> None:
        self.findings.append(
            Finding(severity, segment.position, "", element, value, message, code=code, segment=segment.id,
                    advice=advice or _COUNT_AGAIN)
        )  # fmt: skip

    def _open_interchange(self, segment: Segment) -> None:
        self._end()
        self.counts["ISA"] += 1
        self._isa, self._gs, self._groups = segment, None, 0
        self._here = self._envelope()
        self._seen_groups = set()
        self._acknowledged = len(self.acknowledgments)
        self.envelopes.append(self._here)
        self.positions.append(segment.position)
        for element, code, message in header_faults(segment):
            self._find(segment, element, message, "warning", segment.get(int(element[3:] or 0)), code,
                       "Nothing is lost by it; tell the sender, whose other partners may refuse the file.")  # fmt: skip
        same = (segment.get(6), segment.get(13))
        if same in self._seen_interchanges:
            self._find(segment, "ISA13", f"Interchange {segment.get(13)!r} of this sender stands twice in the file.",
                       "warning", segment.get(13), "025", "Look whether the same content was sent twice.")  # fmt: skip
        self._seen_interchanges.add(same)

    def _open_group(self, segment: Segment) -> None:
        if self._gs is not None:
            self._find(
                self._gs, "", "The group is never closed: GE is missing.", code="3", advice=_SEND_AGAIN
            )
        self.counts["GS"] += 1
        self._groups += 1
        self.group_positions.append(segment.position)
        self._gs, self._sets = segment, 0
        self._here = self._envelope()
        self._seen_controls = set()
        number = segment.get(6).strip()
        if _number(number) is None:
            self._find(segment, "GS06", f"The group's control number {number!r} is not a number.", "warning", number, "6",
                       "Number the groups.")  # fmt: skip
        elif number in self._seen_groups:
            self._find(segment, "GS06", f"Group {number!r} stands twice in the interchange.", "warning", number, "19",
                       "Look whether the same content was sent twice.")  # fmt: skip
        self._seen_groups.add(number)

    def _open_set(self, segment: Segment) -> OpenSet:
        self.counts["ST"] += 1
        self._sets += 1
        transaction, number, guide = (*segment.elements[1:4], "", "", "")[:3]
        version = guide or (self._gs.get(8) if self._gs else "")
        opened = OpenSet(
            set_kind(transaction, version),
            number,
            version,
            self._here,
            self._tokens.delimiters,
            segment.position,
            _NO_BODY,
            room=self._room,
        )
        if self._gs is None and self._is_listed(opened):
            _fault(opened, segment, "", "The transaction set stands in no group (no GS).")
        if number in self._seen_controls and self._is_listed(opened):
            _fault(opened, segment, "ST02", f"Control number {number!r} is used twice in the group.", "23")
        self._seen_controls.add(number)
        if not number.strip() and self._is_listed(opened):
            _fault(opened, segment, "ST02", "The transaction set has no control number (ST02).", "7")
        self._compare_with_group(opened, transaction, guide, segment)
        opened.body = self._body(opened, segment)
        return opened

    def _compare_with_group(self, opened: OpenSet, transaction: str, guide: str, segment: Segment) -> None:
        """ST against its GS: what kind of sets the group says it holds, and under which guide."""
        if self._gs is None:
            return
        wanted, said = FUNCTIONAL_IDS.get(transaction), self._gs.get(1)
        if wanted is not None and said.strip() not in wanted and self._is_listed(opened, "warning"):
            _fault(opened, segment, "ST01", f"A {transaction} stands in a group of {said[:10]!r}; GS01 should "
                             f"be {' or '.join(wanted)}.", "", transaction, "warning")  # fmt: skip
        group = self._gs.get(8)
        if guide and group and guide[:10] != group[:10] and self._is_listed(opened, "warning"):
            _fault(opened, segment, "ST03", f"ST03 names the guide {guide[:35]!r}, GS08 {group[:35]!r}.", "",
                             guide, "warning")  # fmt: skip

    def _body(self, opened: OpenSet, first: Segment) -> Iterator[Segment]:
        yield first
        segment = first
        for segment in self._segments:
            if segment.id in _CONTROL:
                if segment.id == "SE":
                    opened.closed = True
                    _check_trailer(opened, segment)
                    yield segment
                else:
                    self._pending = segment
                break
            yield segment
        last = segment.position - (self._pending is not None)
        opened.last_position = self.last_position = last
        if not opened.closed and self._is_listed(opened):
            _fault(opened, first, "", "The transaction set is never closed: SE is missing, the file may be "
                             "cut short.", "2")  # fmt: skip
        opened.closed = True

    def _is_listed(self, opened: OpenSet, severity: Severity = "error") -> bool:
        """Counts one more fault of a set's envelope; whether it is put in words. One error says that the set is not
        readable; a file of nothing but such sets need not say it more often."""
        self._faults += 1
        return self._faults <= _MOST_FAULTS or (severity == "error" and not opened.findings)

    def _close_group(self, segment: Segment) -> None:
        if self._gs is None:
            self._find(segment, "", "GE closes a group that was never opened.", advice=_SEND_AGAIN)
            return
        if not self._sets:
            self._find(self._gs, "", "The group holds no transaction set.", advice=_SEND_AGAIN)
        if _number(segment.get(1)) != self._sets:
            self._find(segment, "GE01", f"GE01 counts {segment.get(1) or 'no'} transaction sets, the group has "
                       f"{self._sets}.", value=segment.get(1), code="5")  # fmt: skip
        if not _same_number(segment.get(2), self._gs.get(6)):
            self._find(segment, "GE02", f"GE02 {segment.get(2)!r} is not the group's control number "
                       f"{self._gs.get(6)!r}.", value=segment.get(2), code="4")  # fmt: skip
        self._gs = None
        self._here = self._envelope()

    def _close_interchange(self, segment: Segment) -> None:
        if self._isa is None:
            self._find(segment, "", "IEA closes an interchange that was never opened.", advice=_SEND_AGAIN)
            return
        if self._gs is not None:
            self._find(
                self._gs, "", "The group is never closed: GE is missing.", code="3", advice=_SEND_AGAIN
            )
            self._gs = None
        counted = _number(segment.get(1))
        bare = len(self.acknowledgments) > self._acknowledged
        # A file of TA1 segments alone counts them in IEA01 or says 0: both are seen.
        if counted != self._groups and not (self._groups == 0 and bare):
            self._find(segment, "IEA01", f"IEA01 counts {segment.get(1) or 'no'} groups, the interchange has "
                       f"{self._groups}.", value=segment.get(1), code="021")  # fmt: skip
        if not _same_number(segment.get(2), self._isa.get(13)):
            self._find(segment, "IEA02", f"IEA02 {segment.get(2)!r} is not the interchange's control number "
                       f"{self._isa.get(13)!r}.", value=segment.get(2), code="001")  # fmt: skip
        if not self._groups and not bare:
            self._find(
                self._isa, "", "The interchange holds no group and no TA1.", code="024", advice=_SEND_AGAIN
            )
        self._isa = None

    def _envelope(self) -> Envelope:
        isa, gs = self._isa, self._gs
        empty = ("",) * 17
        i = (isa.elements + empty) if isa else empty
        g = (gs.elements + empty) if gs else empty
        return Envelope(
            sender_id=i[6].strip(),
            receiver_id=i[8].strip(),
            control_number=_number(i[13]) or 0,
            created_at=wall_clock("20" + i[9], i[10]) or _EPOCH,
            usage=i[15],
            sender_qualifier=i[5],
            receiver_qualifier=i[7],
            acknowledgment_requested=i[14] == "1",
            group_sender=g[2],
            group_receiver=g[3],
            group_control_number=_number(g[6]) or 0,
            group_created_at=wall_clock(g[4], g[5]),
            functional_id=g[1],
            version=g[8],
            delimiters=self._tokens.delimiters,
        )


def set_kind(transaction: str, version: str) -> str:
    """ "837P" for an 837 under X222; the plain ST01 where the guide says no more."""
    if transaction in ("837", "277"):
        for guide, kind in _BY_GUIDE:
            if guide in version and kind.startswith(transaction):
                return kind
    return transaction


def _check_trailer(opened: OpenSet, segment: Segment) -> None:
    have = segment.position - opened.position + 1
    if _number(segment.get(1)) != have:
        _fault(opened, segment, "SE01", f"SE01 counts {segment.get(1) or 'no'} segments, the set has {have}.", "4",
               segment.get(1))  # fmt: skip
    if segment.get(2) != opened.control_number:
        _fault(opened, segment, "SE02", f"SE02 {segment.get(2)!r} is not the set's control number "
               f"{opened.control_number!r}.", "3", segment.get(2))  # fmt: skip


def _fault(
    opened: OpenSet,
    segment: Segment,
    element: str,
    message: str,
    code: str = "",
    value: str = "",
    severity: Severity = "error",
) -> None:
    """One more finding of a set's envelope."""
    place, advice = segment.position, _COUNT_AGAIN if element else _SEND_AGAIN
    opened.findings.append(
        finding(severity, place, "", element, value, message, code, segment.id, opened.control_number,
                place - opened.position + 1, advice)
    )  # fmt: skip


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def _same_number(one: str, other: str) -> bool:
    """Control numbers are equal as text, or as numbers where one lost its leading zeros."""
    return one.strip() == other.strip() or (_number(one) is not None and _number(one) == _number(other))
