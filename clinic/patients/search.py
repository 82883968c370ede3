"""Finding a patient from whatever the caller says: name, birth date, telephone, MRN or claim."""

import contextlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select, text
from sqlalchemy.orm import Session, aliased, load_only

from clinic import formats
from clinic.models import Appointment, Claim, Patient
from clinic.models.scheduling import ENDED

MIN_LETTERS = 2
# By bytes, so that names stand in one order on any PostgreSQL and the index that finds them also sorts them.
_ORDER = (text("patient.name_key USING ~<~"), Patient.first_key, Patient.id)
_SHOWN = (
    Patient.public_id,
    Patient.mrn,
    Patient.first_name,
    Patient.middle_name,
    Patient.last_name,
    Patient.suffix,
    Patient.born_on,
    Patient.sex,
    Patient.phone,
)


@dataclass(frozen=True)
class Found:
    """One line of a search: the patient and when the last visit that took place began."""

    patient: Patient
    last_visit_at: datetime | None


def search(session: Session, typed: str, limit: int = 50) -> list[Found]:
    """Patients by partial last name, `last, first`, birth date in any typed form, telephone, MRN or claim number.

    Accents, apostrophes, blanks and case do not matter (`de la Cruz`, `OBrien`). One query, ordered by name; only
    when no name begins like that, a second one looks for it inside names and in first names.
    """
    typed = " ".join(typed.split())
    condition = _condition(typed)
    if condition is None:
        return []
    found = _run(session, condition, limit)
    key = formats.fold(typed)
    if not found and len(key) > MIN_LETTERS and not any(c.isdigit() for c in typed):
        anywhere = or_(Patient.name_key.contains(key), Patient.first_key.startswith(key))
        found = _run(session, anywhere, limit)
    return found


def _run(session: Session, condition: ColumnElement[bool], limit: int) -> list[Found]:
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
    query: Select[Any] = (
        select(Patient, last_visit)
        .options(load_only(*_SHOWN))
        .where(condition, Patient.merged_into_id.is_(None))
        .order_by(*_ORDER)
        .limit(limit)
    )
    return [Found(patient, seen) for patient, seen in session.execute(query)]


def _condition(typed: str) -> ColumnElement[bool] | None:
    """The rows a text may mean; None when it is too short to mean anybody."""
    if any(character.isdigit() for character in typed):
        return or_(*_by_number(typed))
    last, comma, first = typed.partition(",")
    last_key, first_key = formats.fold(last), formats.fold(first)
    if comma and (last_key or first_key):
        return and_(_surname(last_key), Patient.first_key.startswith(first_key))
    if len(last_key) < MIN_LETTERS:
        return None
    words = [key for key in (formats.fold(word) for word in typed.split()) if key]
    ways = [_surname(last_key)]
    # "Maria Garcia" and "Garcia Maria" are said as often as the comma is typed.
    for cut in range(1, len(words)):
        left, right = "".join(words[:cut]), "".join(words[cut:])
        ways.append(and_(Patient.first_key.startswith(left), _surname(right)))
        ways.append(and_(_surname(left), Patient.first_key.startswith(right)))
    return or_(*ways)


def _by_mrn(mrn: str) -> list[ColumnElement[bool]]:
    """A record by its number, or by that of one that was merged into it."""
    merged = aliased(Patient)
    return [Patient.mrn == mrn, Patient.id.in_(select(merged.merged_into_id).where(merged.mrn == mrn))]


def _surname(key: str) -> ColumnElement[bool]:
    """A surname that begins like this, or the last of several (`cruz` of de la Cruz)."""
    if not key:
        return Patient.name_key.startswith(key)
    return or_(Patient.name_key.startswith(key), Patient.tail_key.startswith(key))


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
