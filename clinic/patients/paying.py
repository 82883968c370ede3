"""Who pays the bills of a patient from now on: the patient, somebody's household, or a new person (T1)."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit
from clinic.models import Guarantor, OpenItem, Patient
from clinic.patients import changes
from clinic.patients.errors import FieldRefused
from clinic.patients.fields import REQUIRED, SHARED, clean_person, person_faults

# What the guarantor is to the patient, where that is not the patient himself.
KIN = {"spouse": "Spouse", "parent": "Parent", "child": "Child", "other": "Other"}


def change_payer(
    session: Session,
    patient: Patient,
    version: int,
    *,
    to: Guarantor | Mapping[str, Any] | None,
    relationship: str = "self",
    public_id: str | None = None,
) -> Guarantor:
    """Let somebody else pay what is charged from now on; what is open stays with who was asked for it (T1).

    `to` None is the patient himself, a Guarantor that household, a mapping of fields.SHARED a new person, who gets
    `public_id`: the second click changes nothing more. Raises FieldRefused (of a new person: field `guarantor-…`),
    or ChangedMeanwhile when the patient is no longer of `version`.
    """
    if to is not None and relationship not in KIN:
        raise _unrelated()
    values = dict(to) if isinstance(to, Mapping) else None
    wrong = payer_faults(values, relationship) if values is not None else []
    if wrong:
        raise wrong[0]
    changes.reread(session, patient)
    session.refresh(patient, ["guarantor"])
    before, was = patient.guarantor, patient.guarantor_relationship
    if to is None and was == "self":
        return before
    known = _known(session, to, values, public_id)
    if to is not None and known is before and relationship == was:
        return before
    changes.lock(session, patient, version, patient.id, f"The record of {patient.name}")
    asked = patient.preference
    if to is not None and asked is not None and asked.confidential_since is not None and asked.address:
        raise FieldRefused(
            "kind", "This patient asked for bills at a confidential address. Change the preferences first."
        )
    payer = _himself(session, patient) if to is None else known
    if payer is None:
        payer = Guarantor(**clean_person(values or {}, allowed=SHARED))
        if public_id is not None:
            payer.public_id = public_id
    patient.guarantor, patient.guarantor_relationship = payer, "self" if to is None else relationship
    session.flush()
    audit.record(
        session,
        "patient.payer",
        patients=[patient.id],
        subject=f"patient:{patient.public_id}",
        category="demographics",
        changes={
            "bills_to": [before.name, payer.name],
            "guarantor_relationship": [was, patient.guarantor_relationship],
        },
    )
    return payer


def payer_faults(values: Mapping[str, Any], relationship: str) -> list[FieldRefused]:
    """Everything that would be refused of a new person, each of a field `guarantor-…`, and of what he is to the patient."""
    found = person_faults(dict.fromkeys(REQUIRED) | dict(values), allowed=SHARED)
    kin = [] if relationship in KIN else [_unrelated()]
    return kin + [FieldRefused(f"guarantor-{each.field}", str(each)) for each in found]


def _unrelated() -> FieldRefused:
    return FieldRefused("relationship", "Say what this person is to the patient.")


def _known(
    session: Session, to: Guarantor | Mapping[str, Any] | None, values: Any, public_id: str | None
) -> Guarantor | None:
    """The household that is meant, or the new person whom the first of two clicks made."""
    if isinstance(to, Guarantor):
        return to
    if values is None or public_id is None:
        return None
    return session.scalar(select(Guarantor).where(Guarantor.public_id == public_id))


def _himself(session: Session, patient: Patient) -> Guarantor:
    """The patient as the one who pays: as before where bills of his went to him already, else anew."""
    earlier = session.scalar(
        select(Guarantor)
        .join(OpenItem, OpenItem.guarantor_id == Guarantor.id)
        .where(
            OpenItem.patient_id == patient.id,
            Guarantor.first_name == patient.first_name,
            Guarantor.last_name == patient.last_name,
            Guarantor.born_on == patient.born_on,
        )
        .order_by(Guarantor.id)
        .limit(1)
    )
    values = {name: getattr(patient, name) for name in SHARED}
    if earlier is None:
        return Guarantor(**values)
    changes.apply(earlier, values)
    return earlier
