"""The one writer: from segments to a whole interchange. It computes SE, GE, IEA and HL, and lets no delimiter into data."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache

from clinic.x12 import values
from clinic.x12.envelope import Delimiters, Envelope
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.parties import Address, Contact, Person, Provider

Cell = str | int | Decimal | date | tuple["Cell", ...] | list[str] | None

_EXTRA = {"ß": "ss", "æ": "ae", "Æ": "AE", "ø": "o", "Ø": "O", "œ": "oe", "Œ": "OE", "ł": "l", "Ł": "L", "đ": "d",
          "Đ": "D", "þ": "th", "ð": "d", "’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "…": "..."}  # fmt: skip
_ALLOWED = frozenset(" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!\"&'()*+,-./:;?=%@[]_{}\\|<>#$~^`")


class SetWriter:
    """Collects the segments of one transaction set."""

    def __init__(self, transaction: str, control_number: str, version: str, delimiters: Delimiters) -> None:
        self._delimiters = delimiters
        self._control_number = control_number
        self._lines: list[str] = []
        self._hierarchy = 0
        self.add("ST", transaction, control_number, version)

    def add(self, name: str, *cells: Cell) -> None:
        """One segment; empty elements at its end are left out. A tuple is a composite, a list repetitions."""
        texts = [self._text(cell) for cell in cells]
        while texts and not texts[-1]:
            texts.pop()
        self._lines.append(self._delimiters.element.join([name, *texts]))

    def level(self, code: str, parent: int, has_children: bool) -> int:
        """One HL; returns its number, to be the parent of others. `parent` 0 is the top."""
        self._hierarchy += 1
        self.add("HL", self._hierarchy, parent or "", code, 1 if has_children else 0)
        return self._hierarchy

    def level_without_children_flag(self, code: str, parent: int) -> int:
        """An HL whose HL04 is not used."""
        self._hierarchy += 1
        self.add("HL", self._hierarchy, parent or "", code)
        return self._hierarchy

    def finish(self) -> list[str]:
        """All segments of the set, with its SE."""
        self.add("SE", len(self._lines) + 1, self._control_number)
        return self._lines

    def _text(self, cell: Cell) -> str:
        if not cell and (cell is None or cell == ""):
            return ""
        if isinstance(cell, str):
            return fold(cell, self._delimiters)
        if isinstance(cell, tuple):
            parts = [self._text(part) for part in cell]
            while parts and not parts[-1]:
                parts.pop()
            return self._delimiters.component.join(parts)
        if isinstance(cell, list):
            return self._delimiters.repetition.join([fold(part, self._delimiters) for part in cell])
        if isinstance(cell, date):
            return values.write_day(cell)
        return values.write_number(cell)

    def address(self, address: Address | None) -> None:
        """N3 and N4, where there is an address."""
        if address is None:
            return
        if address.line1 or address.line2:
            self.add("N3", address.line1, address.line2)
        where = (address.city, address.state, address.zip_code, address.country)
        self.add("N4", *where, "", "", address.subdivision)

    def contact(self, code: str, contact: Contact | None) -> None:
        """One PER with at most three numbers; a URL, fax or mail before an extension never splits a phone."""
        if contact is None:
            return
        kinds = [("TE", contact.phone), ("EX", contact.extension), ("EM", contact.email), ("FX", contact.fax),
                 ("UR", contact.url)]  # fmt: skip
        cells: list[Cell] = []
        for kind, value in kinds:
            if value and len(cells) < 6:
                cells += [kind, value]
        self.add("PER", code, contact.name, *cells)

    def provider(self, role: str, provider: Provider, *, name: bool = True) -> None:
        """NM1 of a provider, by NPI where it has one."""
        kind, number = ("XX", provider.npi) if provider.npi else (provider.other_id_kind, provider.other_id)
        person = provider.is_person
        self.add(
            "NM1",
            role,
            1 if person else 2,
            provider.last_name if name else "",
            provider.first_name if person else "",
            provider.middle_name if person else "",
            "",
            provider.suffix if person else "",
            kind if number else "",
            number,
        )

    def person(self, role: str, person: Person, *, with_id: bool = True) -> None:
        """NM1 of a subscriber or patient."""
        number = person.member_id if with_id else ""
        self.add(
            "NM1",
            role,
            1 if person.is_person else 2,
            person.last_name,
            person.first_name,
            person.middle_name,
            "",
            person.suffix,
            person.member_id_kind if number else "",
            number,
        )

    def birth(self, person: Person, *, sex_alone: bool = False) -> None:
        """DMG, where the birth date is known, or with `sex_alone` (eligibility) the sex."""
        if person.birth_date is not None:
            self.add("DMG", "D8", person.birth_date, person.sex)
        elif person.sex and sex_alone:
            self.add("DMG", "", "", person.sex)

    def period(self, code: str, start: date | None, end: date | None = None) -> None:
        """DTP, D8 or RD8, where there is a date."""
        if start is not None:
            self.add("DTP", code, *values.write_days(start, end))

    def reference(self, code: str, value: str) -> None:
        """REF, where there is a value."""
        if value:
            self.add("REF", code, value)

    def adjustments(self, adjustments: Iterable[Adjustment]) -> None:
        """CAS segments: neighbours of one group share a segment, six at most, so that the order is kept."""
        cells: list[Cell] = []
        group = ""
        for adjustment in adjustments:
            if cells and (adjustment.group != group or len(cells) >= 18):
                self.add("CAS", group, *cells)
                cells = []
            group = adjustment.group
            cells += [adjustment.reason, adjustment.amount, adjustment.quantity]
        if cells:
            self.add("CAS", group, *cells)


@cache
def _spaces(delimiters: Delimiters) -> dict[int, str]:
    """What becomes a space in a plain text."""
    letters = map(chr, range(128))
    return {ord(letter): " " for letter in letters if letter in delimiters or letter not in _ALLOWED}


def fold(text: str, delimiters: Delimiters) -> str:
    """Upper case, without accents, without delimiters: what the extended character set has no room for becomes a space."""
    if text.isascii():
        if not text or text.isalnum():
            return text.upper()
        return text.upper().translate(_spaces(delimiters)).strip()
    for odd, plain in _EXTRA.items():
        text = text.replace(odd, plain)
    text = unicodedata.normalize("NFKD", text).upper()
    kept = []
    for letter in text:
        if letter in delimiters or letter not in _ALLOWED:
            kept.append("" if unicodedata.combining(letter) else " ")
        else:
            kept.append(letter)
    return "".join(kept).strip()


def version_of(envelope: Envelope, version: str) -> str:
    """The guide's own version, or the older errata level that the envelope names (005010X279 of 005010X279A1)."""
    said = envelope.version
    return said if said and version.startswith(said[:10]) and len(said) >= 10 else version


def write_interchange(
    envelope: Envelope, functional_id: str, version: str, sets: Iterable[list[str]]
) -> bytes:
    """One interchange with one group of `sets`; GS06 is the group's own number, or ISA13 where none is given."""
    delimiters = envelope.delimiters
    join = delimiters.element.join
    at = envelope.group_created_at or envelope.created_at
    number = str(envelope.group_control_number or envelope.control_number)
    bodies = list(sets)
    group = [
        join(
            [
                "GS",
                functional_id,
                fold(envelope.group_sender or envelope.sender_id, delimiters),
                fold(envelope.group_receiver or envelope.receiver_id, delimiters),
                f"{at:%Y%m%d}",
                f"{at:%H%M}",
                number,
                "X",
                version,
            ]
        ),
        *(line for body in bodies for line in body),
        join(["GE", str(len(bodies)), number]),
    ]
    return finish_interchange(envelope, group, 1)


def finish_interchange(envelope: Envelope, lines: list[str], groups: int) -> bytes:
    """ISA and IEA around `lines`, one segment a line for people who look at the file."""
    delimiters = envelope.delimiters
    if not 0 <= envelope.control_number <= 999_999_999:
        raise ValueError(f"an interchange control number has nine digits, not {envelope.control_number}")
    control = f"{envelope.control_number:09d}"
    join = delimiters.element.join
    header = join(
        [
            "ISA",
            "00",
            " " * 10,
            "00",
            " " * 10,
            envelope.sender_qualifier.ljust(2),
            _fifteen(envelope.sender_id, delimiters),
            envelope.receiver_qualifier.ljust(2),
            _fifteen(envelope.receiver_id, delimiters),
            f"{envelope.created_at:%y%m%d}",
            f"{envelope.created_at:%H%M}",
            delimiters.repetition,
            "00501",
            control,
            "1" if envelope.acknowledgment_requested else "0",
            envelope.usage,
            delimiters.component,
        ]
    )
    trailer = join(["IEA", str(groups), control])
    end = delimiters.segment if delimiters.segment == "\n" else delimiters.segment + "\n"
    return "".join(line + end for line in (header, *lines, trailer)).encode("ascii")


def _fifteen(text: str, delimiters: Delimiters) -> str:
    folded = fold(text, delimiters)
    if len(folded) > 15:
        raise ValueError(f"an interchange id has at most 15 characters: {folded!r}")
    return folded.ljust(15)


def clock(value: datetime | None) -> tuple[str, str]:
    """Date and time of a BHT."""
    return (f"{value:%Y%m%d}", f"{value:%H%M%S}" if value.second else f"{value:%H%M}") if value else ("", "")
