"""Who may be the same person: scored while somebody types, with the reasons in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.orm import Session

from clinic import formats
from clinic.models import Patient
from clinic.patients import distinct, names
from clinic.patients.sealing import ssn_index

# At this score somebody must say that it is another person before a record is made.
ENOUGH = 35
CERTAIN = 80
A_TWIN = 55
_READ = 120
_SHOWN = 6
_SHORT_FIRST_NAMES = {
    "robert": "bob rob bobby", "william": "bill will billy", "elizabeth": "liz beth betty eliza", "margaret": "peg meg maggie",
    "richard": "dick rick rich", "james": "jim jimmy", "john": "jack johnny", "katherine": "kate kathy katie", "michael": "mike",
    "thomas": "tom", "jennifer": "jen jenny", "joseph": "joe", "daniel": "dan danny", "jose": "pepe", "francisco": "paco pancho",
    "patricia": "pat patty trish", "christopher": "chris", "anthony": "tony", "edward": "ed ted", "susan": "sue", "guadalupe": "lupe",
}  # fmt: skip
_FULL = {short: full for full, shorts in _SHORT_FIRST_NAMES.items() for short in shorts.split()}


@dataclass(frozen=True)
class LookAlike:
    """A record that may be the person who is being typed: `score` 0 to 100, `reasons` in words."""

    patient: Patient
    score: int
    reasons: tuple[str, ...]

    @property
    def word(self) -> str:
        return "Very likely" if self.score >= CERTAIN else "Likely" if self.score >= 60 else "Possible"


def look_alikes(session: Session, person: Mapping[str, Any], *, but: int | None = None) -> list[LookAlike]:
    """Records like what is known so far, the likeliest first, in one query.

    `but` leaves one record out, and those that somebody said are other people than that one.

    `person`: first_name, last_name, born_on, phone, ssn, each of them missing or empty while it is not typed yet. Accents,
    case, a swapped first and last name, a swapped day and month and a short form of a first name do not hide anybody.
    """
    ways = _ways(person)
    if not ways:
        return []
    query = select(Patient).where(or_(*ways), Patient.merged_into_id.is_(None)).limit(_READ)
    if but is not None:
        query = query.where(Patient.id != but, Patient.id.not_in(distinct.from_patient(but)))
    found = [_scored(patient, person) for patient in session.scalars(query)]
    enough = [each for each in found if each.score >= ENOUGH]
    return sorted(enough, key=lambda each: (-each.score, each.patient.id))[:_SHOWN]


def unlike(one: Patient, other: Patient) -> tuple[str, ...]:
    """What speaks against two records being one person, in words; by the same rules that find the look-alikes."""
    found = []
    if _birth(one.born_on, other.born_on)[0] <= 0:
        found.append("other birth date")
    if not _name(one, other.first_name, other.last_name)[0]:
        found.append("other last name")
    if one.ssn_index and other.ssn_index and one.ssn_index != other.ssn_index:
        found.append("another SSN")
    return tuple(found)


def phone_digits(phone: str) -> str:
    """The ten digits of an American number in any form, for search; "" for none."""
    digits = "".join(character for character in phone if character.isdigit())
    return digits[-10:] if len(digits) in (10, 11) else digits


def _ways(person: Mapping[str, Any]) -> list[ColumnElement[bool]]:
    first, last = person.get("first_name") or "", person.get("last_name") or ""
    ways: list[ColumnElement[bool]] = []
    if person.get("born_on"):
        ways.append(Patient.born_on.in_(_days_like(person["born_on"])))
    digits = phone_digits(person.get("phone") or "")
    if len(digits) >= 7:
        ways.append(Patient.phone_digits == digits)
    if person.get("ssn"):
        ways.append(Patient.ssn_index == ssn_index(person["ssn"]))
    if formats.fold(first) and formats.fold(last):
        ways.append(Patient.sound_key == names.sound_key(first, last))
        ways.append(and_(Patient.name_key == formats.fold(last), Patient.first_key == formats.fold(first)))
        ways.append(and_(Patient.name_key == formats.fold(first), Patient.first_key == formats.fold(last)))
        if names.tail(last):
            ways.append(and_(Patient.name_key == names.tail(last), Patient.first_key == formats.fold(first)))
    return ways


def _days_like(day: date) -> list[date]:
    """A birth date and the same with day and month swapped."""
    return [day, date(day.year, day.day, day.month)] if day.day <= 12 else [day]


def _scored(patient: Patient, person: Mapping[str, Any]) -> LookAlike:
    parts = [
        _name(patient, person.get("first_name") or "", person.get("last_name") or ""),
        _birth(patient.born_on, person.get("born_on")),
    ]
    digits = phone_digits(person.get("phone") or "")
    if len(digits) >= 7 and digits == patient.phone_digits:
        parts.append((45, "same phone"))
    if person.get("ssn") and patient.ssn_index is not None:
        same = patient.ssn_index == ssn_index(person["ssn"])
        parts.append((70, "same SSN") if same else (-40, "another SSN"))
    score = sum(points for points, _ in parts)
    if parts[-1][1] != "same SSN" and _another_first_name(patient, person.get("first_name") or ""):
        # Twins have the birth date, the phone and often the surname of each other.
        score = min(score, A_TWIN)
    return LookAlike(patient, max(0, min(score, 100)), tuple(words for _, words in parts if words))


def _name(patient: Patient, first: str, last: str) -> tuple[int, str]:
    first_key, last_key = formats.fold(first), formats.fold(last)
    if not last_key:
        return 0, ""
    if (patient.name_key, patient.first_key) == (first_key, last_key):
        return 35, "first and last name swapped"
    points, words = _surname(patient, last_key, last)
    if not points:
        return 0, ""
    if not first_key:
        return points, words
    if patient.first_key == first_key:
        return points + 20, "same name" if words == "same last name" else f"{words}, same first name"
    if _full(first_key) == _full(patient.first_key):
        return points + 15, f"{words}, short form of the first name"
    if (
        names.sound(first) == names.sound(patient.first_name)
        or names.nearness(first, patient.first_name) >= 0.6
    ):
        return points + 10, f"{words}, first name like it"
    # A twin has the surname and the birth date too.
    return points // 5, words


def _another_first_name(patient: Patient, first: str) -> bool:
    """Whether a first name is typed that is no form of this record's, nor its surname in the wrong field."""
    key = formats.fold(first)
    return (
        bool(key)
        and key != patient.name_key
        and _full(key) != _full(patient.first_key)
        and names.sound(first) != names.sound(patient.first_name)
        and names.nearness(first, patient.first_name) < 0.6
    )


def _surname(patient: Patient, key: str, last: str) -> tuple[int, str]:
    if patient.name_key == key:
        return 20, "same last name"
    tails = {names.tail(last), names.tail(patient.last_name)} - {""}
    if (
        patient.name_key in tails
        or key in tails
        or (patient.tail_key and patient.tail_key == names.tail(last))
    ):
        return 15, "one of the last names"
    if names.sound(last) == names.sound(patient.last_name):
        return 15, "last name sounds alike"
    if names.nearness(last, patient.last_name) >= 0.6:
        return 12, "last name like it"
    return 0, ""


def _birth(known: date, typed: date | None) -> tuple[int, str]:
    if typed is None:
        return 0, ""
    if known == typed:
        return 30, "same birth date"
    if known.year == typed.year and (known.month, known.day) == (typed.day, typed.month):
        return 20, "day and month of birth swapped"
    different = sum(a != b for a, b in zip(f"{known:%Y%m%d}", f"{typed:%Y%m%d}", strict=True))
    return (12, "birth date differs in one digit") if different == 1 else (-10, "")


def _full(first_key: str) -> str:
    return _FULL.get(first_key, first_key)
