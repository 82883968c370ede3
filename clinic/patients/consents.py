"""What a patient agreed to: each signature with its day, who signed, until when, and whether it was taken back."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, formats
from clinic.models import Consent, MissedVisitTerms, Patient
from clinic.patients import changes
from clinic.patients.errors import FieldRefused
from clinic.patients.fields import name_fault

KINDS = {
    "privacy_notice": "Privacy notice received",
    "treatment": "Consent to treat",
    "assignment": "Benefits assigned to the clinic",
    "financial": "Financial policy",
    "missed_visit_fee": "Fee for missed visits",
}
METHODS = {"paper": "On paper", "desk": "At the desk", "refused": "Refused to sign"}
# What the record itself shows of the newest signature.
_ON_RECORD = {"privacy_notice": "privacy_notice_on", "treatment": "consent_on"}


def sign(
    session: Session,
    patient: Patient,
    kind: str,
    *,
    signed_on: date | None = None,
    method: str = "desk",
    signer: str = "",
    expires_on: date | None = None,
) -> Consent:
    """Keep a signature; `signer` "" is the patient. The same paper of the same day (a second click) is kept once.

    A paper that was refused is kept as refused, and counts as not signed. Raises FieldRefused.
    """
    signed_on = signed_on or clock.today()
    for refused in consent_faults(patient, kind, signed_on, method, signer, expires_on):
        raise refused
    changes.reread(session, patient)
    same = session.scalar(
        select(Consent).where(
            Consent.patient_id == patient.id,
            Consent.kind == kind,
            Consent.signed_on == signed_on,
            Consent.method == method,
            Consent.revoked_on.is_(None),
        )
    )
    if same is not None:
        return same
    consent = Consent(
        patient_id=patient.id,
        kind=kind,
        method=method,
        signer=" ".join(signer.split()) or f"{patient.first_name} {patient.last_name}",
        signed_on=signed_on,
        expires_on=expires_on,
        recorded_at=clock.now(),
        recorded_by=audit.actor().user_id,
    )
    session.add(consent)
    session.flush()
    _to_record(session, patient, kind)
    _record(session, "consent.sign", patient, {kind: [None, f"{METHODS[method]}, {formats.mdy(signed_on)}"]})
    return consent


def consent_faults(
    patient: Patient, kind: str, signed_on: date | None, method: str, signer: str, expires_on: date | None
) -> list[FieldRefused]:
    """Everything that `sign` would refuse; a day that is missing is left to the form to say."""
    wrong = []
    if kind not in KINDS:
        wrong.append(FieldRefused("kind", "Choose which paper it is."))
    if method not in METHODS:
        wrong.append(FieldRefused("method", "Say how it was signed."))
    named = name_fault("signer", " ".join(signer.split())) if signer.strip() else None
    if named is not None:
        wrong.append(named)
    if signed_on is not None and signed_on > clock.today():
        wrong.append(FieldRefused("signed_on", "A paper cannot have been signed in the future."))
    if signed_on is not None and signed_on < patient.born_on:
        wrong.append(FieldRefused("signed_on", "The patient was not born yet on that day."))
    if expires_on is not None and signed_on is not None and expires_on < signed_on:
        wrong.append(FieldRefused("expires_on", "It cannot end before it was signed."))
    return wrong


def revoke(session: Session, patient: Patient, consent: Consent, reason: str) -> None:
    """The patient takes a signature back, from today on; taken back twice it is once."""
    changes.reread(session, patient)
    if consent.revoked_on is not None:
        return
    if not reason.strip():
        raise FieldRefused("reason", "Say why it is taken back.")
    consent.revoked_on, consent.revoked_reason = clock.today(), reason.strip()
    session.flush()
    _to_record(session, patient, consent.kind)
    _record(session, "consent.revoke", patient, {consent.kind: [consent.signed_on.isoformat(), "taken back"]})


def consents_of(session: Session, patient_id: int) -> Sequence[Consent]:
    """Every signature, the newest first."""
    return session.scalars(
        select(Consent)
        .where(Consent.patient_id == patient_id)
        .order_by(Consent.signed_on.desc(), Consent.id.desc())
    ).all()


def in_force(rows: Sequence[Consent], day: date) -> dict[str, Consent]:
    """Of a patient's signatures the newest of each kind that holds on a day."""
    found: dict[str, Consent] = {}
    for row in rows:
        ended = (row.revoked_on is not None and row.revoked_on <= day) or (
            row.expires_on is not None and row.expires_on < day
        )
        if row.method != "refused" and row.signed_on <= day and not ended:
            found.setdefault(row.kind, row)
    return found


def state_of(row: Consent, day: date) -> tuple[str, str]:
    """A signature in one word, with its tone."""
    if row.revoked_on is not None:
        return "Taken back", "danger"
    if row.method == "refused":
        return "Refused", "warn"
    if row.expires_on is not None and row.expires_on < day:
        return "Expired", "warn"
    if row.expires_on is not None and row.expires_on <= day + timedelta(days=30):
        return "Ends soon", "warn"
    return "Signed", "ok"


def _to_record(session: Session, patient: Patient, kind: str) -> None:
    """What check-in and the missed-visit fee read is the newest signature that holds."""
    holds = in_force(consents_of(session, patient.id), clock.today()).get(kind)
    day = holds.signed_on if holds else None
    if kind in _ON_RECORD:
        setattr(patient, _ON_RECORD[kind], day)
    if kind == "missed_visit_fee":
        terms = session.get(MissedVisitTerms, patient.id)
        if terms is None:
            session.add(MissedVisitTerms(patient_id=patient.id, agreed_on=day, waiver_reason=""))
        else:
            terms.agreed_on = day
    session.flush()


def _record(session: Session, action: str, patient: Patient, done: dict[str, Any]) -> None:
    audit.record_row(session, action, patient, patient.id, "demographics", done)
