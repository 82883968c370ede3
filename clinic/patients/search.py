"""Finding a patient from whatever the caller says: name, birth date, telephone, MRN or claim."""

import contextlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    func,
    or_,
    select,
    text,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased, load_only

from clinic import formats
from clinic.models import Appointment, Claim, Patient
from clinic.models.scheduling import ENDED
from clinic.patients.names import LEADS

MIN_LETTERS = 2
MOST_WORDS = 5
# By bytes, so that names stand in one order on any PostgreSQL and the index that finds them also sorts them.
_ORDER = (text("patient.name_key USING ~<~"), Patient.first_key, Patient.id)
_TAIL_ORDER = (text("patient.tail_key USING ~<~"), Patient.first_key, Patient.id)
_LAST_SIGN = "\U0010ffff"
_MOST = bindparam("most", type_=Integer)
_SHOWN = (
    Patient.public_id,
    Patient.mrn,
    Patient.first_name,
    Patient.middle_name,
    Patient.last_name,
    Patient.suffix,
    Patient.name_key,
    Patient.first_key,
    Patient.born_on,
    Patient.sex,
    Patient.phone,
)


@dataclass(frozen=True)
class Name:
    """One reading of a typed name: a surname by its beginning, the `last` of several or any, and a first name or any."""

    last: str
    first: str = ""
    tail: bool = False


@dataclass(frozen=True)
class Found:
    """One line of a search: the patient and when the last visit that took place began."""

    patient: Patient
    last_visit_at: datetime | None


def search(session: Session, typed: str, limit: int = 50) -> list[Found]:
    """Patients by partial last name, `last, first`, birth date in any typed form, telephone, MRN or claim number.

    Accents, apostrophes, blanks and case do not matter (`de la Cruz`, `OBrien`). One query, ordered by name. Where it
    leaves room, a second one looks for a surname behind its particles (`cruz` for de la Cruz Álvarez), or, when no
    name begins like that, inside names and in first names.
    """
    typed = " ".join(typed.split())
    if any(character.isdigit() for character in typed):
        return _run(session, _by_ways([(way, _ORDER) for way in _by_number(typed)]), {"most": limit})
    names = _names(typed)
    if not names:
        return []
    values: dict[str, Any] = {"most": limit}
    for number, name in enumerate(names):
        values |= _bounds(f"last{number}", name.last) | _bounds(f"first{number}", name.first)
    query = _by_names(tuple((bool(name.last), bool(name.first), name.tail) for name in names))
    found = _run(session, query, values)
    key = formats.fold(typed)
    if 0 < len(found) < limit and names[0].last:
        seen = {each.patient.id for each in found}
        behind = _run(session, _behind_particles(), _behind(names[0]) | {"most": limit})
        found += [each for each in behind if each.patient.id not in seen]
        found = sorted(found, key=_place)[:limit]
    if not found and len(key) > MIN_LETTERS:
        anywhere = or_(Patient.name_key.contains(key), Patient.first_key.startswith(key))
        found = _run(session, _listed(anywhere), {"most": limit})
    return found


def _run(session: Session, query: Select[Any], values: dict[str, Any]) -> list[Found]:
    return [Found(patient, seen) for patient, seen in session.execute(query, values)]


def _listed(condition: ColumnElement[bool]) -> Select[Any]:
    """The first `most` patients by name, each with the last visit."""
    last_visit = (
        select(func.max(Appointment.starts_at))
        .where(
            Appointment.patient_id == Patient.id,
            Appointment.status.not_in(ENDED),
            Appointment.out_at.is_not(None),
        )
        .correlate(Patient)
        .scalar_subquery()
    )
    return (
        select(Patient, last_visit)
        .options(load_only(*_SHOWN))
        .where(condition, Patient.merged_into_id.is_(None))
        .order_by(*_ORDER)
        .limit(_MOST)
    )


def _by_ways(ways: Iterable[tuple[ColumnElement[bool], Any]]) -> Select[Any]:
    """Patients by any of several conditions, each with the order in which its index has the rows.

    Asked apart, each reads the few rows that it needs off its own index and ends; joined by `or` they would read
    every patient of the clinic.
    """
    parts = [
        select(Patient.id)
        .where(condition, Patient.merged_into_id.is_(None))
        .order_by(*order)
        .limit(_MOST)
        .subquery()
        for condition, order in ways
    ]
    return _listed(Patient.id.in_(union_all(*(part.select() for part in parts))))


@cache
def _by_names(shape: tuple[tuple[bool, bool, bool], ...]) -> Select[Any]:
    """The query for readings that differ only in their letters: put together once, with names for the letters.

    Each reading says whether it has a surname, a first name, and whether the surname is the last of several.
    """
    ways: list[tuple[ColumnElement[bool], Any]] = []
    for number, (last, first, tail) in enumerate(shape):
        conditions = []
        if last:
            conditions.append(_begins(Patient.tail_key if tail else Patient.name_key, f"last{number}"))
        if first:
            conditions.append(_begins(Patient.first_key, f"first{number}"))
        ways.append((and_(*conditions), _TAIL_ORDER if tail else _ORDER))
    return _by_ways(ways)


@cache
def _behind_particles() -> Select[Any]:
    """The query for one surname behind any of the particles that two surnames of one person begin with."""
    return _by_ways(
        [
            (and_(_begins(Patient.name_key, f"behind{number}"), _begins(Patient.first_key, "first")), _ORDER)
            for number in range(len(LEADS))
        ]
    )


def _behind(name: Name) -> dict[str, str]:
    values = _bounds("first", name.first) if name.first else {"first_from": "", "first_to": _LAST_SIGN}
    for number, particle in enumerate(LEADS):
        values |= _bounds(f"behind{number}", particle + name.last)
    return values


def _place(found: Found) -> tuple[str, str, int]:
    return found.patient.name_key, found.patient.first_key, found.patient.id


def _begins(column: InstrumentedAttribute[str], name: str) -> ColumnElement[bool]:
    """By two bounds in bytes and not by LIKE: so the index serves a prepared plan too, which knows no letters."""
    return and_(
        column.op("~>=~", is_comparison=True)(bindparam(f"{name}_from", type_=String)),
        column.op("~<~", is_comparison=True)(bindparam(f"{name}_to", type_=String)),
    )


def _bounds(name: str, key: str) -> dict[str, str]:
    return {f"{name}_from": key, f"{name}_to": key[:-1] + chr(ord(key[-1]) + 1)} if key else {}


def _names(typed: str) -> list[Name]:
    """What a text may mean; empty when it is too short to mean anybody."""
    last, comma, first = typed.partition(",")
    last_key, first_key = formats.fold(last), formats.fold(first)
    if comma and (last_key or first_key):
        return _surname(last_key, first_key)
    if len(last_key) < MIN_LETTERS:
        return []
    words = [key for key in (formats.fold(word) for word in typed.split()) if key][:MOST_WORDS]
    names = _surname(last_key)
    # "Maria Garcia" and "Garcia Maria" are said as often as the comma is typed.
    for cut in range(1, len(words)):
        left, right = "".join(words[:cut]), "".join(words[cut:])
        names += [*_surname(right, left), *_surname(left, right)]
    return names


def _surname(last: str, first: str = "") -> list[Name]:
    """A surname that begins like this, or the last of several (`cruz` of de la Cruz)."""
    return [Name(last, first), Name(last, first, tail=True)] if last else [Name("", first)]


def _by_mrn(mrn: str) -> list[ColumnElement[bool]]:
    """A record by its number, or by that of one that was merged into it."""
    merged = aliased(Patient)
    return [Patient.mrn == mrn, Patient.id.in_(select(merged.merged_into_id).where(merged.mrn == mrn))]


def _by_number(typed: str) -> list[ColumnElement[bool]]:
    ways: list[ColumnElement[bool]] = []
    digits = re.sub(r"\D", "", typed)
    plain = re.fullmatch(r"[\d\s()+./-]+", typed) is not None
    if plain:
        ways += _by_mrn(digits)
        if len(digits) in (10, 11):
            ways.append(Patient.phone_digits == digits[-10:])
        elif len(digits) == 7:
            ways.append(Patient.phone_digits.endswith(digits))
        # What is not a date is one of the other numbers.
        with contextlib.suppress(ValueError):
            ways.append(Patient.born_on == formats.parse_date(typed, birth=True))
    else:
        ways += _by_mrn(typed.upper())
    # A claim that was sent again carries "-2" behind its number; it is the same claim (C6).
    number = typed.upper().replace(" ", "")
    numbers = {number, re.sub(r"-\d$", "", number)}
    ways.append(
        Patient.id.in_(
            select(Claim.patient_id).where(
                or_(Claim.control_number.in_(numbers), Claim.payer_claim_number == number)
            )
        )
    )
    return ways
