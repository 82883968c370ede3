"""Registering a patient with who pays the bills, and changing what was registered."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import audit, clock, formats
from clinic.db import new_public_id
from clinic.models import ControlNumber, Guarantor, Patient
from clinic.patients import changes, names
from clinic.patients.errors import FieldRefused, PossibleDuplicate
from clinic.patients.fields import PERSON, REQUIRED, SHARED, clean_person, person_faults
from clinic.patients.likeness import look_alikes, phone_digits
from clinic.patients.places import remember
from clinic.patients.sealing import sealed

FIRST_MRN = 10_001
_MORE_THAN_KIN = 60
RELATIONSHIPS = ("self", "spouse", "parent", "child", "other")


def register(
    session: Session,
    *,
    guarantor: Guarantor | Mapping[str, Any] | None = None,
    guarantor_relationship: str = "self",
    accept_duplicates: bool = False,
    public_id: str | None = None,
    **person: Any,
) -> Patient:
    """Add a patient with the next MRN; the same `public_id` again (a second click) is the first patient.

    `person` holds the columns of fields.PERSON (name, birth date, sex, phone, address, …). `guarantor` None makes
    the patient his own; a mapping of fields.SHARED makes a new person, a Guarantor row joins that household.
    Raises FieldRefused for a wrong value (of the guarantor: field `guarantor-…`) and, unless `accept_duplicates`,
    PossibleDuplicate.
    """
    if public_id is not None:
        earlier = session.scalar(select(Patient).where(Patient.public_id == public_id))
        if earlier is not None:
            return earlier
    values = clean_person(_complete(person))
    ssn = values.pop("ssn", "")
    if not values.get("sex"):
        raise FieldRefused("sex", "Choose F, M or U.")
    if guarantor is None:
        guarantor_relationship = "self"
        payer = Guarantor(**{name: values[name] for name in SHARED if name in values})
    elif isinstance(guarantor, Guarantor):
        payer = guarantor
    else:
        if guarantor_relationship == "self":
            raise FieldRefused("guarantor_relationship", "Say what the guarantor is to the patient.")
        try:
            payer = Guarantor(**_clean_guarantor(_complete(guarantor)))
        except FieldRefused as refused:
            raise FieldRefused(f"guarantor-{refused.field}", str(refused)) from refused
    if not accept_duplicates:
        found = look_alikes(session, values | {"ssn": ssn})
        if isinstance(guarantor, Guarantor):
            # Who joins a household shares its name and phone; only what says more than that stops.
            found = [
                each
                for each in found
                if each.score >= _MORE_THAN_KIN or each.patient.guarantor_id != guarantor.id
            ]
        if found:
            raise PossibleDuplicate(found)
    public_id = public_id or new_public_id()
    patient = Patient(
        public_id=public_id,
        **values,
        **sealed(public_id, ssn),
        **keys_of(values),
        mrn=_next_mrn(session),
        guarantor=payer,
        guarantor_relationship=_relationship(guarantor_relationship),
        created_at=clock.now(),
    )
    session.add(patient)
    session.flush()
    remember(session, patient.zip, patient.city, patient.state)
    audit.record(
        session,
        "patient.register",
        patients=[patient.id],
        subject=f"patient:{patient.public_id}",
        category="demographics",
        changes={name: [None, value] for name, value in values.items() if value}
        | ({"ssn": [None, "kept"]} if ssn else {}),
    )
    return patient


def faults(
    person: Mapping[str, Any], guarantor: Mapping[str, Any] | None, relationship: str = "self"
) -> list[FieldRefused]:
    """Everything that `register` would refuse in what was typed, before anybody asks who it may be.

    Shapes as in `register`; the guarantor's fields are named `guarantor-…`.
    """
    wrong = person_faults(_complete(person))
    if not person.get("sex"):
        wrong.append(FieldRefused("sex", "Choose F, M or U."))
    if guarantor is None:
        return wrong
    if relationship == "self":
        wrong.append(FieldRefused("guarantor_relationship", "Say what the guarantor is to the patient."))
    theirs = person_faults(_complete(guarantor), allowed=SHARED)
    return wrong + [FieldRefused(f"guarantor-{each.field}", str(each)) for each in theirs]


def change(session: Session, patient: Patient, version: int, **fields: Any) -> Patient:
    """Change what is known of a patient; a guarantor who is the patient follows.

    An empty `ssn` leaves the one that is kept. Raises FieldRefused, or ChangedMeanwhile when the row is no longer of
    `version`.
    """
    values = clean_person(fields)
    ssn = values.pop("ssn", "")
    changes.lock(session, patient, version, patient.id, f"The record of {patient.name}")
    done = changes.apply(
        patient, values | keys_of({"first_name": patient.first_name, "last_name": patient.last_name} | values)
    )
    for internal in KEYS:
        done.pop(internal, None)
    if ssn and ssn != patient.ssn:
        # The number itself stands in no record of what was done.
        done["ssn"] = ["another" if patient.ssn_sealed else None, "kept"]
        changes.apply(patient, sealed(patient.public_id, ssn))
    if {"zip", "city", "state"} & set(done):
        remember(session, patient.zip, patient.city, patient.state)
    if patient.guarantor_relationship == "self":
        changes.apply(patient.guarantor, {name: values[name] for name in SHARED if name in values})
    if done:
        session.flush()
        audit.record(
            session,
            "patient.change",
            patients=[patient.id],
            subject=f"patient:{patient.public_id}",
            category="demographics",
            changes=done,
        )
    return patient


def change_guarantor(session: Session, patient: Patient, version: int, **fields: Any) -> Guarantor:
    """Change who is billed for a patient who is not his own guarantor; `version` is the guarantor's.

    The household's other patients keep the same guarantor, so the change is theirs too.
    """
    values = _clean_guarantor(fields)
    guarantor = patient.guarantor
    changes.lock(session, guarantor, version, patient.id, f"The guarantor {guarantor.name}")
    done = changes.apply(guarantor, values)
    if done:
        session.flush()
        household = session.scalars(select(Patient.id).where(Patient.guarantor_id == guarantor.id))
        audit.record(
            session,
            "guarantor.change",
            patients=list(household),
            subject=f"guarantor:{guarantor.public_id}",
            category="demographics",
            changes=done,
        )
    return guarantor


def confirm(session: Session, patient: Patient) -> None:
    """Note that the person at the desk said the demographics are right, now (A12)."""
    before = patient.confirmed_at
    patient.confirmed_at = clock.now()
    audit.record(
        session,
        "patient.confirm",
        patients=[patient.id],
        subject=f"patient:{patient.public_id}",
        category="demographics",
        changes={"confirmed_at": [before, patient.confirmed_at]},
    )


def duplicates(
    session: Session, first_name: str, last_name: str, born_on: date, phone: str = ""
) -> Sequence[Patient]:
    """Who may be the same person, the likeliest first: the records of `look_alikes`."""
    person = {"first_name": first_name, "last_name": last_name, "born_on": born_on, "phone": phone}
    return [each.patient for each in look_alikes(session, person)]


def _complete(values: Mapping[str, Any]) -> dict[str, Any]:
    """Every required field is looked at, also one that was not given."""
    return dict.fromkeys(REQUIRED) | dict(values)


def _clean_guarantor(values: Mapping[str, Any]) -> dict[str, Any]:
    return clean_person(values, allowed=SHARED)


KEYS = ("name_key", "first_key", "tail_key", "sound_key", "phone_digits")


def keys_of(values: Mapping[str, Any]) -> dict[str, str]:
    """The columns that are made from others; `values` holds first and last name, and the phone where it changes."""
    first, last = values["first_name"], values["last_name"]
    made = {
        "name_key": formats.fold(last),
        "first_key": formats.fold(first),
        "tail_key": names.tail(last),
        "sound_key": names.sound_key(first, last),
    }
    if "phone" in values:
        made["phone_digits"] = phone_digits(values["phone"])
    return made


def _relationship(word: str) -> str:
    if word not in RELATIONSHIPS:
        raise FieldRefused("guarantor_relationship", "Say what the guarantor is to the patient.")
    return word


def _next_mrn(session: Session) -> str:
    """The next medical record number; a rolled back registration leaves no gap."""
    statement = (
        insert(ControlNumber)
        .values(partner="clinic", kind="mrn", last=FIRST_MRN)
        .on_conflict_do_update(index_elements=["partner", "kind"], set_={"last": ControlNumber.last + 1})
        .returning(ControlNumber.last)
    )
    return str(session.scalar(statement))


__all__ = [
    "PERSON",
    "RELATIONSHIPS",
    "change",
    "change_guarantor",
    "confirm",
    "duplicates",
    "faults",
    "register",
]
