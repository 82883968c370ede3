"""What a file is at a glance: who sent it to whom, how many claims, how much money, whether it balances, and by which numbers
it is found again. One pass in bounded memory but for the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from clinic.x12 import values
from clinic.x12.drafting import uncollected
from clinic.x12.envelope import Envelope, Segment, Source
from clinic.x12.errors import Finding
from clinic.x12.sets import SetReader
from clinic.x12.values import ZERO

_LONGEST = 80
_MOST_DIFFERENCES = 50
# Segment and code of the findings that say that something is never closed, or not read to its end.
_BROKEN_OFF = {("ISA", "022"), ("ISA", "023"), ("GS", "3"), ("ST", "2")}


class Difference(NamedTuple):
    """A sum that does not hold: `amount` is what was written less what follows from the rest."""

    position: int
    segment: str
    label: str
    amount: Decimal


class Key(NamedTuple):
    """A number to find the file by. `kind`: isa, gs, st, answers (what a TA1, 997 or 999 answers), claim, payer_claim,
    trace, payer. `value` in capitals; control numbers without leading zeros."""

    kind: str
    value: str


@dataclass
class Summary:
    """`amount` is what was billed (837) or paid (835), None for kinds without money; `billed` and `adjusted` (PLB) stand in
    an 835 beside it, None where nothing names them. `whole` is whether all that was opened is closed. `envelopes` are the
    interchanges in order; `kinds` without repetition."""

    kinds: tuple[str, ...] = ()
    envelopes: tuple[Envelope, ...] = ()
    version: str = ""
    segments: int = 0
    groups: int = 0
    sets: int = 0
    claims: int = 0
    lines: int = 0
    amount: Decimal | None = None
    billed: Decimal | None = None
    adjusted: Decimal | None = None
    method: str = ""
    traces: list[str] = field(default_factory=list)
    payers: list[str] = field(default_factory=list)
    answers: list[tuple[str, str]] = field(default_factory=list)
    differences: list[Difference] = field(default_factory=list)
    differing: int = 0
    keys: dict[Key, None] = field(default_factory=dict)
    whole: bool = True

    @property
    def kind(self) -> str:
        """The first kind, "" where the interchange is empty."""
        return self.kinds[0] if self.kinds else ""

    @property
    def envelope(self) -> Envelope | None:
        return self.envelopes[0] if self.envelopes else None

    @property
    def created_at(self) -> datetime | None:
        """The sender's wall clock, None where it could not be read."""
        made = self.envelope.created_at if self.envelope else None
        return made if made is not None and made.year > 1970 else None

    @property
    def balances(self) -> bool | None:
        """None for what has nothing to balance, or of which the end is missing."""
        return not self.differing if self.whole and self.amount is not None else None


@uncollected
def summarize(source: Source) -> Summary:
    """Reads the whole file once. Raises X12Error where it is no X12."""
    found = Summary()
    kinds: dict[str, None] = {}
    reader = SetReader(source)
    for opened in reader:
        kinds.setdefault(opened.kind)
        found.version = found.version or opened.version
        _key(found, "st", opened.control_number.lstrip("0"))
        _key(found, "gs", str(opened.envelope.group_control_number))
        take = _TAKERS.get(opened.kind, _Plain)(found, opened.kind)
        for segment in opened.body:
            take(segment)
        take.close()
        found.whole = found.whole and not _is_broken_off(opened.findings)
    found.whole = found.whole and not _is_broken_off(reader.findings)
    for _, note in reader.acknowledgments:
        kinds.setdefault("TA1")
        _key(found, "answers", note.get(1).lstrip("0"))
        found.answers.append(("TA1", note.get(4)))
    for envelope in reader.envelopes:
        _key(found, "isa", str(envelope.control_number))
    found.kinds, found.envelopes = tuple(kinds), tuple(reader.envelopes)
    found.segments, found.groups, found.sets = reader.last_position, reader.counts["GS"], reader.counts["ST"]
    return found


def _is_broken_off(findings: list[Finding]) -> bool:
    return any(
        finding.severity == "error" and (finding.segment, finding.code) in _BROKEN_OFF for finding in findings
    )


def _key(found: Summary, kind: str, value: str) -> None:
    value = " ".join(value.upper().split())[:_LONGEST]
    if value and value != "0":
        found.keys[Key(kind, value)] = None


def _payer(found: Summary, name: str, number: str) -> None:
    _key(found, "payer", name)
    _key(found, "payer", number)
    if name and name not in found.payers and len(found.payers) < 20:
        found.payers.append(name)


class _Plain:
    """Sets without money: numbers alone."""

    def __init__(self, found: Summary, kind: str) -> None:
        self.found = found
        self.kind = kind

    def __call__(self, segment: Segment) -> None:
        name, found = segment.id, self.found
        if name == "TRN":
            claims = self.kind in ("276", "277", "277CA")
            _key(found, "claim" if claims else "trace", segment.get(2))
            found.claims += self.kind in ("276", "277") or (self.kind == "277CA" and self.is_claim)
            if not claims:
                found.traces.append(segment.get(2))
        elif name == "HL":
            self.is_claim = segment.get(3) in ("PT", "22", "23")
        elif name == "REF" and segment.get(1) in ("1K", "EJ"):
            _key(found, "payer_claim" if segment.get(1) == "1K" else "claim", segment.get(2))
        elif name == "NM1" and segment.get(1) in ("PR", "X3"):
            # X3 is who reviews a 278: the payer, or whom it asks to.
            _payer(found, segment.get(3), segment.get(9))
        elif name in ("AK1", "AK2"):
            _key(found, "answers", segment.get(2).lstrip("0"))
        elif name in ("IK5", "AK5", "AK9"):
            found.answers.append((name, segment.get(1)))

    is_claim = False

    def close(self) -> None:
        """The set is over."""


class _Claims(_Plain):
    """837: claims and their lines; what is billed is the sum of the lines."""

    _LINES = {"SV1": 2, "SV2": 3, "SV3": 2}

    def __init__(self, found: Summary, kind: str) -> None:
        super().__init__(found, kind)
        self.claim: Segment | None = None
        self.left = ZERO

    def __call__(self, segment: Segment) -> None:
        name, found = segment.id, self.found
        if name == "CLM":
            self.close()
            self.claim, self.left = segment, _amount(segment.get(2))
            found.claims += 1
            found.amount = (found.amount or ZERO) + self.left
            _key(found, "claim", segment.get(1))
        elif name in self._LINES:
            found.lines += 1
            self.left -= _amount(segment.get(self._LINES[name]))
        elif name == "NM1" and segment.get(1) == "PR":
            _payer(found, segment.get(3), segment.get(9))
        elif name == "REF" and segment.get(1) == "F8":
            _key(found, "payer_claim", segment.get(2))

    def close(self) -> None:
        if self.claim is not None and self.left:
            _differs(self.found, self.claim, f"claim {self.claim.get(1)} and its lines", self.left)
        self.claim, self.left = None, ZERO


class _Payments(_Plain):
    """835: what was paid is what was billed less the adjustments, for each line, claim and check (R4 to R6)."""

    def __init__(self, found: Summary, kind: str) -> None:
        super().__init__(found, kind)
        self.check: Segment | None = None
        self.claim: Segment | None = None
        self.line: Segment | None = None
        self.check_left = self.claim_left = self.line_left = ZERO

    def __call__(self, segment: Segment) -> None:
        take = self._TAKE.get(segment.id)
        if take is not None:
            take(self, segment)

    def _cas(self, segment: Segment) -> None:
        taken = sum((_amount(text) for text in segment.elements[3::3]), ZERO)
        self.claim_left += taken
        if self.line is not None:
            self.line_left += taken

    def _svc(self, segment: Segment) -> None:
        self._close_line()
        self.found.lines += 1
        self.line, self.line_left = segment, _amount(segment.get(3)) - _amount(segment.get(2))

    def _clp(self, segment: Segment) -> None:
        self._close_claim()
        found, billed, paid = self.found, _amount(segment.get(3)), _amount(segment.get(4))
        self.claim, self.claim_left = segment, paid - billed
        self.check_left -= paid
        found.claims += 1
        found.billed = (found.billed or ZERO) + billed
        _key(found, "claim", segment.get(1))
        _key(found, "payer_claim", segment.get(7))

    def _bpr(self, segment: Segment) -> None:
        self.check = segment
        paid = _amount(segment.get(2))
        self.check_left += paid
        found = self.found
        found.amount = (found.amount or ZERO) + paid
        found.billed, found.adjusted = found.billed or ZERO, found.adjusted or ZERO
        found.method = found.method or segment.get(4)

    def _plb(self, segment: Segment) -> None:
        self._close_claim()
        kept = sum((_amount(text) for text in segment.elements[4::2]), ZERO)
        self.check_left += kept
        self.found.adjusted = (self.found.adjusted or ZERO) + kept

    def _trn(self, segment: Segment) -> None:
        self.found.traces.append(segment.get(2))
        _key(self.found, "trace", segment.get(2))

    def _n1(self, segment: Segment) -> None:
        if segment.get(1) == "PR":
            _payer(self.found, segment.get(2), segment.get(4))

    def _lx(self, segment: Segment) -> None:
        self._close_claim()

    _TAKE: dict[str, Callable[[_Payments, Segment], None]] = {
        "CAS": _cas,
        "SVC": _svc,
        "CLP": _clp,
        "BPR": _bpr,
        "PLB": _plb,
        "TRN": _trn,
        "N1": _n1,
        "LX": _lx,
    }

    def _close_line(self) -> None:
        if self.line is not None and self.line_left:
            _differs(self.found, self.line, f"line {self.line.get(1)}", self.line_left)
        self.line, self.line_left = None, ZERO

    def _close_claim(self) -> None:
        self._close_line()
        if self.claim is not None and self.claim_left:
            _differs(self.found, self.claim, f"claim {self.claim.get(1)}", self.claim_left)
        self.claim, self.claim_left = None, ZERO

    def close(self) -> None:
        self._close_claim()
        if self.check is not None and self.check_left:
            _differs(self.found, self.check, "the check and its claims", self.check_left)


def _differs(found: Summary, segment: Segment, label: str, amount: Decimal) -> None:
    found.differing += 1
    if len(found.differences) < _MOST_DIFFERENCES:
        found.differences.append(Difference(segment.position, segment.id, label, amount))


def _amount(text: str) -> Decimal:
    return values.cents(text) or values.number(text) or ZERO


_TAKERS: dict[str, type[_Plain]] = {
    "835": _Payments,
    "837P": _Claims,
    "837I": _Claims,
    "837D": _Claims,
}
