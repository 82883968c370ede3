"""Accident cases: an insurer of its own for the visits of one injury, beside the patient's plans (C9, CLM11, REF Y4)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats
from clinic.models import Appointment, Coverage, Patient, PatientCase, Payer
from clinic.patients import changes
from clinic.patients.coverages import OF_A_CASE, add_coverage, change_coverage
from clinic.patients.errors import FieldRefused
from clinic.patients.fields import STATES

KINDS = {"work": "Work injury", "auto": "Automobile accident", "other": "Another accident"}
# CLM11: the related cause that the claim names.
CAUSES = {"work": "EM", "auto": "AA", "other": "OA"}
# SBR09: the insurers that pay for such an injury, the likeliest first; every other one is a health plan.
INSURERS = {"work": ("WC",), "auto": ("AM", "LM"), "other": ("LM", "AM")}
FIELDS = (
    "kind",
    "injured_on",
    "state",
    "claim_number",
    "adjuster",
    "adjuster_phone",
    "employer",
    "note",
    "closed_on",
)


def open_case(
    session: Session, patient: Patient, payer: Payer | None, *, public_id: str | None = None, **fields: Any
) -> PatientCase:
    """Open a case with the fields of FIELDS; its payer becomes a coverage that answers for its visits alone.

    The same `public_id` again (a second click) is the first case. Raises FieldRefused.
    """
    earlier = changes.made_before(session, PatientCase, patient, public_id)
    if earlier is not None:
        return earlier
    values = _clean(fields)
    if payer is None:
        raise FieldRefused("payer", "Choose who pays for this injury.")
    _not_open_already(session, patient, payer, values)
    case = PatientCase(patient_id=patient.id, created_at=clock.now(), **values)
    if public_id is not None:
        case.public_id = public_id
    session.add(case)
    session.flush()
    add_coverage(session, patient, payer=payer, case_id=case.id, **_insured(values))
    _record(session, "case.open", case, {name: [None, value] for name, value in values.items() if value})
    return case


def doubt(kind: str, payer: Payer) -> str:
    """The question to ask where a health plan would pay for an injury at work or of an automobile; "" where none is."""
    if kind not in ("work", "auto") or pays_for_injuries(payer):
        return ""
    who = "the employer's workers' compensation insurer" if kind == "work" else "an automobile insurer"
    return f"{payer.name} is a health plan; {who} usually pays for such an injury. Are you sure?"


def pays_for_injuries(payer: Payer, kind: str = "") -> bool:
    """Whether a payer is an insurer of injuries, or of those of one `kind`."""
    codes = INSURERS[kind] if kind in INSURERS else {code for some in INSURERS.values() for code in some}
    return payer.filing_indicator in codes


def _not_open_already(session: Session, patient: Patient, payer: Payer, values: dict[str, Any]) -> None:
    """Raise FieldRefused where the insurer's claim number is that of a case of the patient which is still open."""
    twin = session.scalar(
        select(PatientCase)
        .join(Coverage, Coverage.case_id == PatientCase.id)
        .where(
            PatientCase.patient_id == patient.id,
            PatientCase.claim_number == values["claim_number"],
            PatientCase.closed_on.is_(None),
            Coverage.payer_id == payer.id,
        )
        .limit(1)
    )
    if twin is not None:
        day = formats.mdy(twin.injured_on)
        raise FieldRefused("claim_number", f"A case with this number, of {day}, is open already.")


def change_case(
    session: Session, case: PatientCase, version: int, payer: Payer, **fields: Any
) -> PatientCase:
    """Change a case and the coverage that answers for it; raises FieldRefused or ChangedMeanwhile."""
    changes.lock(session, case, version, case.patient_id, "This case")
    values = _clean(fields)
    done = changes.apply(case, values)
    coverage = coverage_of(session, case.id)
    if coverage is not None:
        change_coverage(session, coverage, coverage.version, payer_id=payer.id, **_insured(values))
    if done:
        session.flush()
        _record(session, "case.change", case, done)
    return case


def cases_of(session: Session, patient_id: int) -> Sequence[PatientCase]:
    """A patient's cases, open ones first, then the newest injury."""
    return session.scalars(
        select(PatientCase)
        .where(PatientCase.patient_id == patient_id)
        .order_by(PatientCase.closed_on.is_not(None), PatientCase.injured_on.desc(), PatientCase.id.desc())
    ).all()


def coverage_of(session: Session, case_id: int) -> Coverage | None:
    """Who pays for a case, the payer loaded."""
    return session.scalar(
        select(Coverage)
        .where(Coverage.case_id == case_id)
        .options(joinedload(Coverage.payer), joinedload(Coverage.patient))
        .order_by(Coverage.id.desc())
        .limit(1)
    )


def set_case(session: Session, visit: Appointment, case: PatientCase | None) -> None:
    """Say that a visit belongs to a case, or to none; the claim is made by what stands here at sign-off."""
    before = visit.case_id
    after = case.id if case else None
    if before == after:
        return
    visit.case_id = after
    # The case's insurer answers for it now.
    visit.self_pay = visit.self_pay and case is None
    session.flush()
    audit.record(
        session,
        "appointment.case",
        patients=[visit.patient_id],
        subject=f"appointment:{visit.public_id}",
        category="coverage",
        changes={"case": ["another" if before else None, case.public_id if case else None]},
    )


def case_faults(fields: dict[str, Any]) -> list[FieldRefused]:
    """Everything that `open_case` would refuse in its `fields`, but for another case of the same number."""
    return _checked(fields)[1]


def _clean(fields: dict[str, Any]) -> dict[str, Any]:
    clean, wrong = _checked(fields)
    if wrong:
        raise wrong[0]
    return clean


def _checked(fields: dict[str, Any]) -> tuple[dict[str, Any], list[FieldRefused]]:
    values = {
        name: " ".join(fields[name].split()) if isinstance(fields.get(name), str) else fields.get(name)
        for name in FIELDS
    }
    values["state"] = (values["state"] or "").upper()
    kind, injured_on, closed_on = values["kind"], values["injured_on"], values["closed_on"]
    wrong = {}
    if kind not in KINDS:
        wrong["kind"] = "Say what kind of injury it is."
    if injured_on is None:
        wrong["injured_on"] = "Enter the day of the injury."
    elif injured_on > clock.today():
        wrong["injured_on"] = "An injury cannot lie in the future."
    elif closed_on is not None and closed_on < injured_on:
        wrong["closed_on"] = "A case cannot close before the injury."
    if not values["claim_number"]:
        wrong["claim_number"] = "Enter the insurer's claim number."
    if values["state"] and values["state"] not in STATES:
        wrong["state"] = "Enter the state as two letters, like OR."
    elif kind == "auto" and not values["state"]:
        wrong["state"] = "A claim for an automobile accident names the state."
    if kind == "work" and not values["employer"]:
        wrong["employer"] = "Enter the employer at the time of the injury."
    clean = {name: "" if value is None and name not in _DATES else value for name, value in values.items()}
    return clean, [FieldRefused(field, sentence) for field, sentence in wrong.items()]


_DATES = ("injured_on", "closed_on")


def _insured(values: dict[str, Any]) -> dict[str, Any]:
    """The coverage of a case: its member is the insurer's claim number, as payers of injuries know it."""
    number = "".join(letter for letter in values["claim_number"] if letter.isalnum())
    return {
        "position": OF_A_CASE,
        "member_id": number,
        "plan_name": KINDS[values["kind"]],
        "effective_on": values["injured_on"],
        "terminated_on": values["closed_on"],
        "relationship_code": "18",
    }


def _record(session: Session, action: str, case: PatientCase, done: dict[str, list[Any]]) -> None:
    audit.record(
        session,
        action,
        patients=[case.patient_id],
        subject=f"case:{case.public_id}",
        category="coverage",
        changes=done,
    )
