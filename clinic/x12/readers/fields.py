"""Element text of one set as Python values; what cannot be read becomes a finding, never an exception."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import lru_cache

from clinic.x12 import values
from clinic.x12.envelope import Segment
from clinic.x12.errors import Finding
from clinic.x12.guide import Guide
from clinic.x12.reader import Node, Walker
from clinic.x12.results.parties import Address, Contact, Payer, Person, Provider
from clinic.x12.rules import forgiven
from clinic.x12.sets import OpenSet

ZERO = values.ZERO


class Fields:
    """The walker of one set, and conversions that report to it."""

    def __init__(self, opened: OpenSet, guide: Guide, cut: str = "", *, lenient: bool = False) -> None:
        self.opened = opened
        self.component = opened.delimiters.component
        self.repetition = opened.delimiters.repetition
        self.walker = Walker(
            guide, opened.delimiters, opened.position, opened.control_number, cut, lenient, opened.room
        )

    def read_all(self) -> Node:
        """The whole set as one tree."""
        for _ in self.walker.walk(self.opened.body):
            pass
        return self.walker.root

    def findings(self) -> tuple[Finding, ...]:
        """Of the set and of its body, in the order of the file."""
        found = forgiven([*self.opened.findings, *self.walker.findings], self.opened)
        return tuple(sorted(found, key=lambda finding: finding.position))

    def amount(self, segment: Segment, place: int, loop: str) -> Decimal:
        """A required amount; 0.00 and an error where it is missing or no amount."""
        if segment.get(place):
            return self.amount_or_none(segment, place, loop) or ZERO
        if self.walker.is_full("error"):
            self.walker.count("error")
        else:
            name = f"{segment.id}{place:02d}"
            self.walker.find(
                segment, loop, name, "error", "1", f"{name} is missing; an amount must stand here."
            )
        return ZERO

    def amount_or_none(self, segment: Segment, place: int, loop: str) -> Decimal | None:
        """An amount in dollars, None where empty; an error where it is no amount or has parts of a cent."""
        elements = segment.elements
        text = elements[place] if place < len(elements) else ""
        if not text:
            return None
        value = values.cents(text)
        if value is not None:
            return value
        value = values.amount(text)
        name = f"{segment.id}{place:02d}"
        if value is None:
            self.walker.find(segment, loop, name, "error", "6", f"{text[:30]!r} is not an amount.", text)
        else:
            self.walker.find(
                segment, loop, name, "error", "6", f"{text[:30]!r} has more than two decimals.", text
            )
        return value

    def number(self, segment: Segment, place: int, loop: str) -> Decimal | None:
        """A quantity, None where empty."""
        text = segment.get(place)
        if not text:
            return None
        value = values.number(text)
        if value is None:
            self.walker.find(segment, loop, f"{segment.id}{place:02d}", "error", "6",
                             f"{text[:30]!r} is not a number.", text)  # fmt: skip
        return value

    def count(self, segment: Segment | None, place: int) -> int:
        """A whole number, 0 where it is none."""
        text = segment.get(place).strip() if segment else ""
        return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0

    def day(self, segment: Segment | None, place: int, loop: str) -> date | None:
        """A CCYYMMDD date, None where empty."""
        text = segment.get(place) if segment else ""
        if segment is None or not text:
            return None
        value = values.day(text)
        if value is None:
            self._bad_day(segment, place, loop, text)
        return value

    def days(self, segment: Segment | None, loop: str) -> tuple[date | None, date | None]:
        """DTP02 and DTP03: one day, or first and last; the last is None where it is the first."""
        if segment is None or not segment.get(3):
            return None, None
        kind, text = segment.get(2), segment.get(3)
        start, end = values.days(kind, text)
        if start is None or (kind == "RD8" and end is None):
            self._bad_day(segment, 3, loop, text)
        return start, None if end == start else end

    def _bad_day(self, segment: Segment, place: int, loop: str, text: str) -> None:
        self.walker.find(segment, loop, f"{segment.id}{place:02d}", "error", "8",
                         f"{text[:30]!r} is not a date (CCYYMMDD).", text)  # fmt: skip

    def parts(self, segment: Segment, place: int) -> list[str]:
        """The components of an element; always at least one."""
        return segment.get(place).split(self.component)

    def repeats(self, segment: Segment, place: int) -> tuple[str, ...]:
        """The repetitions of an element, empty ones left out."""
        text = segment.get(place)
        if not text:
            return ()
        return tuple(part for part in text.split(self.repetition) if part) if self.repetition else (text,)


def address_of(node: Node) -> Address | None:
    """N3 and N4 of a loop."""
    street, city = node.first("N3"), node.first("N4")
    if street is None and city is None:
        return None
    return Address(
        line1=street.get(1) if street else "",
        line2=street.get(2) if street else "",
        city=city.get(1) if city else "",
        state=city.get(2) if city else "",
        zip_code=city.get(3) if city else "",
        country=city.get(4) if city else "",
        subdivision=city.get(7) if city else "",
    )


_CONTACT_FIELDS = {"TE": "phone", "EX": "extension", "FX": "fax", "EM": "email", "UR": "url"}


def contact_of(segments: list[Segment]) -> Contact | None:
    """One contact out of all PER segments given; the first value of each kind wins."""
    if not segments:
        return None
    found = {"name": ""}
    for segment in segments:
        found["name"] = found["name"] or segment.get(2)
        for place in (3, 5, 7):
            field = _CONTACT_FIELDS.get(segment.get(place))
            if field and segment.get(place + 1):
                found.setdefault(field, segment.get(place + 1))
    return Contact(**found)


def provider_of(node: Node, name: Segment | None = None) -> Provider | None:
    """A provider out of a loop with NM1, N3, N4, REF*EI/SY/TJ, PRV and PER."""
    name = name or node.first("NM1")
    if name is None:
        return None
    tax = node.first("REF", "EI", "SY", "TJ")
    taxonomy = node.first("PRV")
    is_npi = name.get(8) == "XX"
    return Provider(
        last_name=name.get(3),
        first_name=name.get(4),
        middle_name=name.get(5),
        suffix=name.get(7),
        is_person=name.get(2) == "1",
        npi=name.get(9) if is_npi else "",
        other_id_kind="" if is_npi else name.get(8),
        other_id="" if is_npi else name.get(9),
        tax_id=tax.get(2) if tax else "",
        tax_id_kind=tax.get(1) if tax else "EI",
        taxonomy=taxonomy.get(3) if taxonomy else "",
        address=address_of(node),
        contact=contact_of(node.all("PER")),
    )


def named_provider(name: Segment | None) -> Provider | None:
    """A provider of whom only NM1 is said."""
    return _provider_called(name.elements) if name else None


@lru_cache(maxsize=1024)
def _provider_called(elements: tuple[str, ...]) -> Provider | None:
    """A clinic's few providers stand on every claim of its remittances; each is made once."""
    return provider_of(Node("", 0), Segment("NM1", elements, 0))


def person_of(fields: Fields, name: Segment | None, node: Node | None = None) -> Person | None:
    """A person out of NM1 and, where given, the N3, N4 and DMG around it."""
    if name is None:
        return None
    birth = node.first("DMG") if node else None
    return Person(
        last_name=name.get(3),
        first_name=name.get(4),
        middle_name=name.get(5),
        suffix=name.get(7),
        member_id=name.get(9),
        member_id_kind=name.get(8) or "MI",
        birth_date=fields.day(birth, 2, node.loop if node else ""),
        sex=birth.get(3) if birth else "",
        address=address_of(node) if node else None,
        is_person=name.get(2) != "2",
    )


def payer_of(name: Segment | None, node: Node | None = None) -> Payer | None:
    """A payer out of NM1, with address and contact where they stand beside it."""
    if name is None:
        return None
    return Payer(
        name=name.get(3),
        id=name.get(9),
        id_kind=name.get(8) or "PI",
        address=address_of(node) if node else None,
        contact=contact_of(node.all("PER")) if node else None,
    )


def pairs(segments: list[Segment]) -> tuple[tuple[str, str], ...]:
    """(qualifier, value) of REF segments."""
    return tuple((segment.get(1), segment.get(2)) for segment in segments)
