"""What may stand in a person's fields: cleaned, or refused in the field's own sentence."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from clinic import clock, formats
from clinic.patients.errors import FieldRefused

SEXES = ("F", "M", "U")
LANGUAGES = ("en", "es")
LONGEST_NAME = 60  # what NM103 of a claim holds
OLDEST = 125  # years; nobody has lived so long
_POSTAL = (
    "AL AK AZ AR CA CO CT DE DC FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND "
    "OH OK OR PA PR RI SC SD TN TX UT VT VA VI WA WV WI WY GU AS MP"
)
STATES = frozenset(_POSTAL.split())
PERSON = (
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "born_on",
    "sex",
    "phone",
    "email",
    "address",
    "address2",
    "city",
    "state",
    "zip",
    "language",
    "emergency_contact",
    "ssn",
)
# The columns a guarantor shares with a patient who pays for himself.
SHARED = (
    "first_name",
    "last_name",
    "born_on",
    "address",
    "address2",
    "city",
    "state",
    "zip",
    "phone",
    "email",
    "language",
)
_NAMES = ("first_name", "middle_name", "last_name", "suffix")
REQUIRED = {
    "first_name": "Enter the first name.",
    "last_name": "Enter the last name.",
    "born_on": "Enter the birth date.",
    "address": "Enter the street address.",
    "city": "Enter the city.",
    "state": "Enter the state.",
    "zip": "Enter the ZIP code.",
}


def clean_person(values: Mapping[str, Any], *, allowed: tuple[str, ...] = PERSON) -> dict[str, Any]:
    """Trim and check the given fields of a patient or guarantor; raises FieldRefused for the first wrong one.

    `phone` is E.164 or anything formats.parse_phone reads, `zip` is kept as 5 or 9 digits (P06).
    """
    clean, wrong = _checked(values, allowed)
    if wrong:
        raise wrong[0]
    return clean


def person_faults(values: Mapping[str, Any], *, allowed: tuple[str, ...] = PERSON) -> list[FieldRefused]:
    """Everything that `clean_person` would refuse, so that a form says it all at once."""
    return _checked(values, allowed)[1]


def name_fault(field: str, value: str) -> FieldRefused | None:
    """What is wrong with the name of somebody who is no patient, None where it may stand; it is kept as patients' are."""
    try:
        _name(field)(value)
    except FieldRefused as refused:
        return refused
    return None


def _checked(
    values: Mapping[str, Any], allowed: tuple[str, ...]
) -> tuple[dict[str, Any], list[FieldRefused]]:
    unknown = set(values) - set(allowed)
    if unknown:
        raise TypeError(f"no such fields of a person: {sorted(unknown)}")
    # A line break or a tab, pasted along, would end up in the segments of a claim.
    clean = {
        name: " ".join((value if name in _NAMES else _seen(value)).split())
        if isinstance(value, str)
        else value
        for name, value in values.items()
    }
    wrong = [
        FieldRefused(name, sentence)
        for name, sentence in REQUIRED.items()
        if name in clean and not clean[name]
    ]
    for name, check in _CHECKS.items():
        if clean.get(name):
            try:
                clean[name] = check(clean[name])
            except FieldRefused as refused:
                wrong.append(refused)
    return {name: "" if value is None else value for name, value in clean.items()}, wrong


def _seen(text: str) -> str:
    """Without marks that nobody sees, as one that turns the writing; in a name they are refused."""
    return "".join(each for each in text if each.isspace() or unicodedata.category(each) not in ("Cc", "Cf"))


def _birth(value: Any) -> Any:
    if value > clock.today():
        raise FieldRefused("born_on", "A birth date cannot lie in the future.")
    if value.year < clock.today().year - OLDEST:
        raise FieldRefused("born_on", f"Nobody lives who was born in {value.year}. Look at the year again.")
    return value


def _sex(value: str) -> str:
    if value not in SEXES:
        raise FieldRefused("sex", "Choose F, M or U.")
    return value


def _name(field: str) -> Any:
    def check(value: str) -> str:
        if len(value) > LONGEST_NAME:
            raise FieldRefused(field, f"Keep a name to {LONGEST_NAME} letters: no payer takes more.")
        if any(character.isdigit() for character in value):
            raise FieldRefused(field, "A name holds no digits.")
        if not any(character.isalpha() for character in value) or not value.isprintable():
            raise FieldRefused(field, "A name is written with letters.")
        odd = [each for each in value if not _may_stand_in_a_name(each)]
        if odd:
            raise FieldRefused(field, f"A name is written with letters; take out {odd[0]}")
        return value

    return check


def _may_stand_in_a_name(character: str) -> bool:
    return character in " '\u2019\u02bb`-.,()/" or unicodedata.category(character)[0] in "LM"


def _ssn(value: str) -> str:
    digits = re.sub(r"[\s-]", "", value)
    if not re.fullmatch(r"[0-9]{9}", digits):
        raise FieldRefused("ssn", "Enter nine digits, with or without dashes.")
    if digits[:3] in ("000", "666") or digits[3:5] == "00" or digits[5:] == "0000":
        raise FieldRefused("ssn", "This number was never given out. Look at the card again.")
    return digits


def _phone(value: str) -> str:
    try:
        return formats.parse_phone(value)
    except ValueError as error:
        raise FieldRefused("phone", str(error)) from error


def _email(value: str) -> str:
    if not re.fullmatch(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+", value):
        raise FieldRefused("email", "Enter an address like name@example.com.")
    return value


def _state(value: str) -> str:
    if value.upper() not in STATES:
        raise FieldRefused("state", "Enter the state as two letters, like OR.")
    return value.upper()


def _zip(value: str) -> str:
    digits = re.sub(r"[\s-]", "", value)
    if not re.fullmatch(r"\d{5}(\d{4})?", digits):
        raise FieldRefused("zip", "Enter 5 or 9 digits, like 97205-1234.")
    return digits


def _language(value: str) -> str:
    if value not in LANGUAGES:
        raise FieldRefused("language", "Choose English or Spanish.")
    return value


_CHECKS = {
    "first_name": _name("first_name"),
    "last_name": _name("last_name"),
    "born_on": _birth,
    "sex": _sex,
    "phone": _phone,
    "email": _email,
    "state": _state,
    "zip": _zip,
    "language": _language,
    "middle_name": _name("middle_name"),
    "suffix": _name("suffix"),
    "ssn": _ssn,
}
