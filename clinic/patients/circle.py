"""Who stands around a patient and how he wants to be reached: contacts, preferences, the confidential address."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.models import Guarantor, OpenItem, Patient, PatientContact, PatientPreference, UnappliedItem
from clinic.patients import changes
from clinic.patients.errors import ChangedMeanwhile, FieldRefused
from clinic.patients.fields import SHARED, clean_person, name_fault, person_faults

CONTACT_KINDS = {
    "emergency": "Emergency",
    "parent": "Parent or guardian",
    "spouse": "Spouse or partner",
    "caregiver": "Caregiver",
    "interpreter": "Interpreter",
    "other": "Other",
}
CHANNELS = {"": "No wish", "sms": "Text message", "email": "E-mail", "phone": "Call", "mail": "Letter"}
_PLACE = ("address", "address2", "city", "state", "zip")
REACH = (*_PLACE, "phone", "email")


@dataclass(frozen=True)
class MailTo:
    """Where paper goes: a name and the lines of an address; `confidential` when the patient asked for it."""

    name: str
    address: str
    address2: str
    city: str
    state: str
    zip: str
    confidential: bool


def add_contact(
    session: Session, patient: Patient, *, public_id: str | None = None, **fields: Any
) -> PatientContact:
    """Add somebody to call; `fields` are kind, name, phone, email, may_know, note. Raises FieldRefused.

    The same `public_id` again (a second click) is the first contact.
    """
    earlier = changes.made_before(session, PatientContact, patient, public_id)
    if earlier is not None:
        return earlier
    wrong = contact_faults(fields)
    if wrong:
        raise wrong[0]
    name = " ".join((fields.get("name") or "").split())
    reach = clean_person({key: fields.get(key) or "" for key in ("phone", "email")})
    contact = PatientContact(
        patient_id=patient.id,
        kind=fields["kind"],
        name=name,
        **reach,
        may_know=bool(fields.get("may_know")),
        note=(fields.get("note") or "").strip(),
    )
    if public_id is not None:
        contact.public_id = public_id
    session.add(contact)
    session.flush()
    given = {"kind": contact.kind, "name": name, **reach, "may_know": contact.may_know}
    _record(session, "contact.add", patient, {key: [None, value] for key, value in given.items() if value})
    return contact


def contact_faults(fields: Mapping[str, Any]) -> list[FieldRefused]:
    """Everything that `add_contact` would refuse, so that a form says it all at once."""
    wrong = []
    if fields.get("kind") not in CONTACT_KINDS:
        wrong.append(FieldRefused("kind", "Say who this is."))
    name = " ".join((fields.get("name") or "").split())
    refused = name_fault("name", name) if name else FieldRefused("name", "Enter the name.")
    if refused is not None:
        wrong.append(refused)
    reach = {key: (fields.get(key) or "").strip() for key in ("phone", "email")}
    if not any(reach.values()):
        wrong.append(FieldRefused("phone", "Enter a phone number or an e-mail address."))
    return wrong + person_faults(reach)


def end_contact(session: Session, patient: Patient, contact: PatientContact) -> None:
    """This person is no contact any more; the row stays. Ended twice it is ended once."""
    if contact.ended_on is None:
        contact.ended_on = clock.today()
        session.flush()
        _record(session, "contact.end", patient, {"name": [contact.name, None]})


def contacts_of(session: Session, patient_id: int) -> Sequence[PatientContact]:
    """The contacts that stand, by kind and name."""
    return session.scalars(
        select(PatientContact)
        .where(PatientContact.patient_id == patient_id, PatientContact.ended_on.is_(None))
        .order_by(PatientContact.kind, PatientContact.name)
    ).all()


def prefer(session: Session, patient: Patient, version: int, **fields: Any) -> PatientPreference:
    """Set how a patient wants to be reached; `confidential` True keeps the REACH fields apart from the record's.

    A patient whose bills go to somebody else gets bills of his own, for what the household is sent it reads. Raises
    FieldRefused, or ChangedMeanwhile when the preferences are no longer of `version` (0: none were there).
    """
    changes.reread(session, patient)
    values = _clean(fields)
    wanted = bool(fields.get("confidential"))
    # The patient's own lock stands for this row's: it is changed here alone.
    row = session.get(PatientPreference, patient.id, populate_existing=True)
    if row is None:
        row = PatientPreference(
            patient_id=patient.id,
            channel="",
            interpreter="",
            confidential_since=None,
            **dict.fromkeys(REACH, ""),
        )
        session.add(row)
        session.flush()
    elif wanted == (row.confidential_since is not None) and all(
        getattr(row, name) == value for name, value in values.items()
    ):
        return row
    elif row.version != version:
        raise ChangedMeanwhile(changes.faster(session, patient.id, "What this patient prefers"))
    values["confidential_since"] = (row.confidential_since or clock.today()) if wanted else None
    done = changes.apply(row, values)
    session.flush()
    if wanted and values["address"] and patient.guarantor_relationship != "self":
        done["bills_to"] = [patient.guarantor_relationship, "self"]
        _bill_to_self(session, patient)
    session.expire(patient, ["preference"])
    if done:
        _record(session, "preference.change", patient, done)
    return row


def mail_to(session: Session, guarantor: Guarantor) -> MailTo:
    """Where the bills of a guarantor go: the confidential address of a patient who pays for himself, else his own."""
    asked = session.scalar(
        select(PatientPreference)
        .join(Patient, Patient.id == PatientPreference.patient_id)
        .where(
            Patient.guarantor_id == guarantor.id,
            Patient.guarantor_relationship == "self",
            Patient.merged_into_id.is_(None),
            PatientPreference.confidential_since.is_not(None),
            PatientPreference.address != "",
        )
        .order_by(Patient.id)
        .limit(1)
    )
    source: Any = asked or guarantor
    return MailTo(
        guarantor.name, **{name: getattr(source, name) for name in _PLACE}, confidential=asked is not None
    )


def mail_to_patient(patient: Patient) -> MailTo:
    """Where paper for the patient himself goes, bills or not."""
    asked = patient.preference
    confidential = asked is not None and asked.confidential_since is not None and asked.address != ""
    source: Any = asked if confidential else patient
    name = f"{patient.first_name} {patient.last_name}"
    return MailTo(name, **{part: getattr(source, part) for part in _PLACE}, confidential=confidential)


def reach(patient: Patient, field: str) -> str:
    """The `phone` or `email` at which a patient may be reached: the confidential one where there is one."""
    asked = patient.preference
    kept = getattr(asked, field) if asked is not None and asked.confidential_since else ""
    return str(kept or getattr(patient, field))


def receipt_email(patient: Patient) -> str:
    """Where a receipt goes by e-mail: the patient's own, else the guarantor's unless the patient asked otherwise."""
    asked = patient.preference
    if asked is not None and asked.confidential_since is not None:
        return asked.email
    return patient.email or patient.guarantor.email


def _clean(fields: dict[str, Any]) -> dict[str, Any]:
    if (fields.get("channel") or "") not in CHANNELS:
        raise FieldRefused("channel", "Choose one of those offered.")
    values: dict[str, Any] = {
        "channel": fields.get("channel") or "",
        "interpreter": " ".join((fields.get("interpreter") or "").split()),
    }
    if not fields.get("confidential"):
        return values | dict.fromkeys(REACH, "")
    given = {name: (fields.get(name) or "").strip() for name in REACH}
    if not any(given.values()):
        raise FieldRefused("address", "Enter the address, phone or e-mail that is to be used.")
    needed = (
        given if any(given[name] for name in _PLACE) else {name: given[name] for name in ("phone", "email")}
    )
    return values | dict.fromkeys(REACH, "") | clean_person(needed)


def _bill_to_self(session: Session, patient: Patient) -> None:
    """Bills of a patient's own from now on, with what is open or held for this one person."""
    before = patient.guarantor_id
    own = Guarantor(**{name: getattr(patient, name) for name in SHARED})
    session.add(own)
    session.flush()
    patient.guarantor, patient.guarantor_id, patient.guarantor_relationship = own, own.id, "self"
    for kind in (OpenItem, UnappliedItem):
        rows = session.scalars(select(kind).where(kind.patient_id == patient.id, kind.guarantor_id == before))
        for row in rows:
            row.guarantor_id = own.id
    session.flush()


def _record(session: Session, action: str, patient: Patient, done: dict[str, Any]) -> None:
    audit.record_row(session, action, patient, patient.id, "demographics", done)
