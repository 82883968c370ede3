"""Phrases with places: how words.py says what a segment means, and how such a phrase is filled in.

`Claim {1}, billed {2:usd}[, patient owes {5:usd}]`: `{1}` is element 01, `{3.2}` its second component, the word after the
colon says how it is written (`FORMS`). What stands in brackets is left out when none of its places is filled.
`{1-}` is every element from 01 on, each written by the form, joined with commas.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from clinic.x12 import codes, values
from clinic.x12.codes import decisions, qualifiers, terms
from clinic.x12.envelope import Delimiters, Segment

_PLACE = re.compile(r"\{(\d+)(-)?(?:\.(\d))?(?::(\w+))?\}")
_ONE = re.compile(
    r"(?<![\d.,])1 (claim|day|group|hour|minute|month|mile|segment|transaction set|unit|visit)s\b"
)
_MONTH_DAY_YEAR = "%m/%d/%Y"


class Field(NamedTuple):
    """One place of a phrase."""

    place: int
    onward: bool
    component: int
    form: str


class _Group(NamedTuple):
    """Text and places; an optional one is left out when all its places are empty."""

    parts: tuple[str | Field, ...]
    optional: bool


class Context(NamedTuple):
    """A segment being put in words."""

    segment: Segment
    delimiters: Delimiters
    kind: str

    def component(self, text: str, number: int) -> str:
        parts = text.split(self.delimiters.component)
        return parts[number - 1] if number <= len(parts) else ""

    def parts(self, text: str) -> list[str]:
        return text.split(self.delimiters.component)

    def repeated(self, text: str) -> list[str]:
        return text.split(self.delimiters.repetition) if self.delimiters.repetition else [text]


Form = Callable[[str, Context, int], str]


def fill(phrase: str, context: Context) -> str:
    """The phrase with the segment's elements in its places."""
    found = []
    for group in _groups(phrase):
        text, filled = "", False
        for part in group.parts:
            if isinstance(part, str):
                text += part
            else:
                value = _value(part, context)
                filled = filled or bool(value)
                text += value
        if filled or not group.optional:
            found.append(text)
    text = " ".join("".join(found).split()).replace(" ,", ",").replace(" :", ":").strip(" ,:;")
    return _ONE.sub(r"1 \1", text[:1].upper() + text[1:])


@cache
def _groups(phrase: str) -> tuple[_Group, ...]:
    made = []
    for number, text in enumerate(re.split(r"\[([^\]]*)\]", phrase)):
        parts: list[str | Field] = []
        at = 0
        for found in _PLACE.finditer(text):
            parts.append(text[at : found.start()])
            place, onward, component, form = found.groups()
            parts.append(Field(int(place), bool(onward), int(component or 0), form or ""))
            at = found.end()
        parts.append(text[at:])
        made.append(_Group(tuple(parts), bool(number % 2)))
    return tuple(made)


def _value(field: Field, context: Context) -> str:
    if field.onward:
        texts = context.segment.elements[field.place :]
        said = [_one(text, field, context, field.place + n) for n, text in enumerate(texts) if text]
        return ", ".join(dict.fromkeys(text for text in said if text))
    return _one(context.segment.get(field.place), field, context, field.place)


def _one(text: str, field: Field, context: Context, place: int) -> str:
    if field.component:
        text = context.component(text, field.component)
    if not text:
        return ""
    return FORMS[field.form](text, context, place) if field.form else text


def _table(table: Mapping[str, str]) -> Form:
    def say(text: str, context: Context, place: int) -> str:
        said = (table.get(part, part) for part in context.repeated(text))
        return ", ".join(said)

    return say


def _usd(text: str, context: Context, place: int) -> str:
    value = values.amount(text)
    return text if value is None else dollars(value)


def dollars(value: Decimal) -> str:
    """`$1,234.50`, or with a minus before the dollar sign; more places than two are shown as they are."""
    digits = f"{abs(value):,.2f}" if value == value.quantize(Decimal("0.01")) else f"{abs(value):,f}"
    return f"{'-' if value < 0 else ''}${digits}"


def _number(text: str, context: Context, place: int) -> str:
    value = values.number(text)
    return text if value is None else values.write_number(value)


def _percent(text: str, context: Context, place: int) -> str:
    value = values.number(text)
    return text if value is None else f"{values.write_number(value * 100)}%"


def _day(text: str, context: Context, place: int) -> str:
    """CCYYMMDD, YYMMDD, or a range of days."""
    first, dash, last = text.partition("-")
    if dash and last:
        start, end = _day(first, context, place), _day(last, context, place)
        return start if start == end else f"{start} to {end}"
    if len(text) == 12 and text.isdigit():
        return f"{_day(text[:8], context, place)} {_clock(text[8:], context, place)}"
    found = values.day("20" + text if len(text) == 6 else text)
    return found.strftime(_MONTH_DAY_YEAR) if found else text


def _when(text: str, context: Context, place: int) -> str:
    """A date whose kind stands in the element before it."""
    kind = context.segment.get(place - 1)
    return _clock(text, context, place) if kind == "TM" else _day(text, context, place)


def _clock(text: str, context: Context, place: int) -> str:
    return f"{text[:2]}:{text[2:4]}" if len(text) >= 4 and text.isascii() and text.isdigit() else text


def _name(text: str, context: Context, place: int) -> str:
    """NM103 to NM107 (or the same five from `place` on): DOE, JANE Q. JR."""
    get = context.segment.get
    last, first, middle, suffix = text, get(place + 1), get(place + 2), get(place + 4)
    given = " ".join(part for part in (first, middle, suffix) if part)
    return f"{last}, {given}" if given else last


def _identifier(text: str, context: Context, place: int) -> str:
    """A number with the qualifier before it: `NPI 1234567893`."""
    kind = context.segment.get(place - 1)
    words = qualifiers.IDENTIFIERS.get(kind, kind)
    return f"{words} {text}".strip()


def _contact(text: str, context: Context, place: int) -> str:
    kind = context.segment.get(place - 1)
    words = {"TE": "phone", "EX": "ext.", "FX": "fax", "EM": "e-mail", "UR": "web", "ED": "EDI number"}
    digits = text if kind not in ("TE", "FX") or len(text) != 10 or not text.isdigit() else ""
    number = digits or f"({text[:3]}) {text[3:6]}-{text[6:]}"
    return f"{words.get(kind, kind)} {number}".strip()


def _procedure(text: str, context: Context, place: int) -> str:
    """HC:99213:25:::::words → `99213-25`; a drug or revenue code says what it is."""
    parts = context.parts(text)
    if len(parts) == 1:
        return text
    kind, code, modifiers = parts[0], parts[1], [part for part in parts[2:6] if part]
    words = {
        "NU": "revenue code",
        "N4": "NDC",
        "AD": "dental",
        "ER": "local",
        "IV": "home infusion",
        "RB": "rate",
    }
    said = "-".join([code, *modifiers])
    note = f" ({parts[6]})" if len(parts) > 6 and parts[6] else ""
    return f"{words.get(kind, '')} {said}{note}".strip()


def _diagnosis(text: str, context: Context, place: int) -> str:
    """ABK:J069 → `main diagnosis J06.9`; dates and amounts of occurrence and value codes follow."""
    said = []
    for one in context.repeated(text):
        parts = [*context.parts(one), "", "", "", "", "", ""]
        kind, code = parts[0], parts[1]
        words = terms.DIAGNOSES.get(kind, kind)
        icd = kind in ("ABF", "ABJ", "ABK", "ABN", "APR") and len(code) > 3 and "." not in code
        shown = f"{code[:3]}.{code[3:]}" if icd else code
        more = _day(parts[3], context, place) if parts[2] in ("D8", "RD8", "DT") else ""
        money = _usd(parts[4], context, place) if parts[4] else ""
        said.append(" ".join(part for part in (words, shown, more, money) if part))
    return ", ".join(said)


def _pointers(text: str, context: Context, place: int) -> str:
    """1:3 → `A, C`, the letters of the diagnoses."""
    letters = "ABCDEFGHIJKL"
    return ", ".join(
        letters[int(part) - 1] if part.isascii() and part.isdigit() and 0 < int(part) < 13 else part
        for part in context.parts(text)
        if part
    )


def _adjustments(text: str, context: Context, place: int) -> str:
    """The triples of a CAS from its second element on."""
    if (place - 2) % 3:
        return ""
    amount = context.segment.get(place + 1)
    words = codes.CARC.get(text)
    group = context.segment.get(1)
    named = f"{group}-{text}" + (f" {words}" if words else "")
    units = context.segment.get(place + 2)
    return f"{_usd(amount, context, place)} for {named}" + (f" ({units} units)" if units else "")


def _provider_adjustments(text: str, context: Context, place: int) -> str:
    """The pairs of a PLB from its third element on: a positive amount lowers the payment (R5)."""
    if (place - 3) % 2:
        return ""
    code, reference = context.component(text, 1), context.component(text, 2)
    amount = values.amount(context.segment.get(place + 1))
    words = codes.PLB_REASONS.get(code)
    named = f"{code} {words}" if words else code
    told = f", reference {reference}" if reference else ""
    if amount is None:
        return f"{named}{told}"
    verb = "kept back" if amount >= 0 else "added"
    return f"{dollars(abs(amount))} {verb} for {named}{told}"


def _status(text: str, context: Context, place: int) -> str:
    """STC01: category, code and whom it speaks of."""
    parts = [*context.parts(text), "", "", ""]
    category = codes.STATUS_CATEGORIES.get(parts[0], "")
    code = codes.STATUS_CODES.get(parts[1], "")
    entity = qualifiers.ROLES.get(parts[2], parts[2])
    named = " ".join(part for part in (parts[0], category) if part)
    said = f"{named}; {parts[1]} {code}".rstrip() if parts[1] else named
    return f"{said} ({entity})" if entity else said


def _remark(text: str, context: Context, place: int) -> str:
    words = codes.RARC.get(text)
    return f"{text} {words}" if words else text


def _remark_or_amount(text: str, context: Context, place: int) -> str:
    """MIA and MOA mix remark codes with amounts; only the codes are said."""
    return _remark(text, context, place) if text[:1].isalpha() else ""


def _zip(text: str, context: Context, place: int) -> str:
    return f"{text[:5]}-{text[5:]}" if len(text) == 9 and text.isdigit() else text


def _yes(text: str, context: Context, place: int) -> str:
    return {"Y": "yes", "N": "no", "W": "not applicable", "U": "not known", "1": "yes", "0": "no"}.get(
        text, text
    )


def _set_kind(text: str, context: Context, place: int) -> str:
    return terms.KINDS.get(context.kind) or terms.KINDS.get(text, text)


FORMS: dict[str, Form] = {
    "usd": _usd,
    "number": _number,
    "percent": _percent,
    "day": _day,
    "when": _when,
    "clock": _clock,
    "name": _name,
    "id": _identifier,
    "contact": _contact,
    "procedure": _procedure,
    "diagnosis": _diagnosis,
    "pointers": _pointers,
    "cas": _adjustments,
    "plbs": _provider_adjustments,
    "status": _status,
    "remark": _remark,
    "remarks": _remark_or_amount,
    "zip": _zip,
    "yes": _yes,
    "set": _set_kind,
    "role": _table(qualifiers.ROLES),
    "date_kind": _table(qualifiers.DATES),
    "number_kind": _table(qualifiers.REFERENCES),
    "amount_kind": _table(qualifiers.AMOUNTS),
    "quantity_kind": _table(qualifiers.QUANTITIES),
    "unit": _table(qualifiers.UNITS),
    "relation": _table(terms.RELATIONSHIPS),
    "sequence": _table(terms.SEQUENCES),
    "filing": _table(terms.FILING),
    "frequency": _table(terms.FREQUENCIES),
    "method": _table(terms.METHODS),
    "handling": _table(terms.HANDLING),
    "certification": _table(codes.DECISIONS),
    "per": _table(decisions.PER),
    "span": _table(decisions.SPANS),
    "review": _table(codes.REVIEW_CATEGORIES),
    "request": _table(codes.CERTIFICATION_TYPES),
    "answer": _table(terms.ANSWERS),
    "segment_fault": _table(terms.SEGMENT_FAULTS),
    "element_fault": _table(terms.ELEMENT_FAULTS),
    "ta1": _table(terms.INTERCHANGE_NOTES),
    "batch": _table(terms.BATCHES),
    "group": _table(codes.GROUPS),
    "claim_status": _table(codes.CLAIM_STATUSES),
    "benefit": _table(codes.BENEFITS),
    "level": _table(codes.COVERAGE_LEVELS),
    "service": _table(codes.SERVICE_TYPES),
    "insurance": _table(codes.INSURANCE_TYPES),
    "period": _table(codes.PERIODS),
    "place": _table(codes.PLACES),
    "rejection": lambda text, context, place: codes.describe_rejection(text),
    "next_step": lambda text, context, place: codes.next_step(text),
    "follow_up": _table(codes.FOLLOW_UPS),
    "sex": _table({"F": "female", "M": "male", "U": "sex not known"}),
    "usage": _table({"P": "production", "T": "test"}),
}
