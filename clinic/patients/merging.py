"""Two records of one person become one, with a preview before and an exact way back (K14, Z9).

What says whose something is now (visits, charges, coverages, open balances) is moved to the record that stays. What is
history and never changed (journal, receipts, audit trail) keeps the number it was written with and is read through
`merged_into_id`: docs/adr/0004 says why.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats
from clinic.models import Claim, Coverage, Patient, PatientMerge
from clinic.patients import changes, distinct, repointing
from clinic.patients.coverages import OF_A_CASE, POSITIONS
from clinic.patients.errors import PatientError
from clinic.patients.fields import SHARED
from clinic.patients.likeness import unlike
from clinic.patients.registration import keys_of
from clinic.patients.sealing import sealed

# A column of the person, or `ssn`, or `guarantor`: what may be taken from the record that goes.
CHOICES = {
    "first_name": "First name",
    "middle_name": "Middle name",
    "last_name": "Last name",
    "suffix": "Suffix",
    "born_on": "Birth date",
    "sex": "Sex",
    "ssn": "SSN",
    "phone": "Phone",
    "email": "E-mail",
    "address": "Address",
    "address2": "Apartment, suite",
    "city": "City",
    "state": "State",
    "zip": "ZIP code",
    "language": "Language",
    "emergency_contact": "Emergency contact",
    "guarantor": "Bills go to",
}
NAMES = ("first_name", "middle_name", "last_name", "suffix")
_DATES = ("privacy_notice_on", "consent_on", "confirmed_at", "sms_consent_at", "email_consent_at")


class MergeRefused(PatientError):
    """The two records cannot become one now, or not be parted again; the sentence says why."""


class ReasonMissing(MergeRefused):
    """The two people are unlike, and nobody said why they are one."""


@dataclass(frozen=True)
class Choice:
    """A field in which the records differ: both values as they are read, and whether the other's is proposed."""

    name: str
    label: str
    kept: str
    other: str
    take: bool


@dataclass(frozen=True)
class CoverageMove:
    """What becomes of a coverage of the record that goes; `position` None leaves it there beside its `twin`."""

    coverage: Coverage
    twin: Coverage | None
    position: int | None
    words: str


@dataclass(frozen=True)
class Preview:
    """Everything that a merge would do: what to choose, what moves where, and why it is refused now.

    `unlike` says what speaks against one person, also that somebody said so (`apart`); where it says anything, a merge
    takes a reason.
    """

    choices: Sequence[Choice]
    coverages: Sequence[CoverageMove]
    counts: Sequence[tuple[str, int]]
    refusals: Sequence[str]
    warnings: Sequence[str]
    unlike: Sequence[str] = ()
    apart: bool = False


def preview(session: Session, survivor: Patient, other: Patient) -> Preview:
    """What merging `other` into `survivor` would do; nothing is changed."""
    choices = [
        Choice(name, label, mine, theirs, take=not mine)
        for name, label in CHOICES.items()
        if _differ(name, mine := shown(survivor, name), theirs := shown(other, name)) and theirs
    ]
    coverages = _coverages(session, survivor, other)
    warnings = []
    if survivor.born_on != other.born_on:
        warnings.append("The birth dates differ: be sure that this is one person.")
    if survivor.sex != other.sex and "U" not in (survivor.sex, other.sex):
        warnings.append("One record says female, the other male.")
    if survivor.ssn_index and other.ssn_index and survivor.ssn_index != other.ssn_index:
        warnings.append("The SSNs differ: these are most likely two people.")
    said = _said(session, survivor, other)
    return Preview(
        choices,
        coverages,
        repointing.counts(session, other.id),
        _refusals(session, survivor, other, coverages),
        warnings,
        (*unlike(survivor, other), *said),
        bool(said),
    )


def merge(
    session: Session,
    survivor: Patient,
    other: Patient,
    *,
    take: Collection[str],
    versions: tuple[int, int],
    reason: str = "",
) -> PatientMerge:
    """Make two records one: `take` names the CHOICES that come from `other`, `versions` are those that were shown.

    People who are unlike need a `reason`. The same merge again (a second click) is the first one. Raises MergeRefused,
    ReasonMissing, or ChangedMeanwhile when one of the records was changed since the preview.
    """
    for row in sorted((survivor, other), key=lambda each: each.id):
        changes.reread(session, row)
    if other.merged_into_id is not None and other.merged_into_id == survivor.id:
        return _standing(session, survivor, other)
    for row, version in ((survivor, versions[0]), (other, versions[1])):
        changes.lock(session, row, version, row.id, f"The record of {row.name}")
    seen = preview(session, survivor, other)
    if seen.refusals:
        raise MergeRefused(seen.refusals[0])
    reason = " ".join(reason.split())
    if seen.unlike and not reason:
        raise ReasonMissing("Say how you know that this is one person.")
    done = _take(survivor, other, [name for name in CHOICES if name in take])
    followed = _guarantor_follows(survivor, done)
    session.flush()
    moved = followed + repointing.move(session, survivor, other, seen.coverages)
    other.merged_into_id = survivor.id
    row = PatientMerge(
        survivor_id=survivor.id,
        merged_id=other.id,
        fields=done,
        moved=moved,
        report=[[words, count] for words, count in seen.counts],
        reason=reason,
        merged_at=clock.now(),
        merged_by=audit.actor().user_id,
    )
    session.add(row)
    session.flush()
    session.expire_all()
    _record(session, "patient.merge", row, survivor, other)
    return row


def undo(session: Session, row: PatientMerge) -> None:
    """Part two records again, exactly; raises MergeRefused when something was built on the merge since."""
    changes.reread(session, row)
    if row.undone_at is not None:
        return
    survivor, other = row.survivor, row.merged
    for each in sorted((survivor, other), key=lambda patient: patient.id):
        changes.reread(session, each)
    if survivor.merged_into_id is not None:
        raise MergeRefused(f"{survivor.name} was merged into another record since: undo that first.")
    for name, (_, after) in row.fields.items():
        if _stored(survivor, name) != after:
            label = CHOICES.get(name, "A date of consent")
            raise MergeRefused(f"{label} was changed since the merge; put it back before you undo.")
    _nothing_since(session, row)
    repointing.move_back(session, row.moved)
    for name, (before, _) in row.fields.items():
        _restore(survivor, name, before)
    changes.apply(
        survivor,
        keys_of(
            {"first_name": survivor.first_name, "last_name": survivor.last_name, "phone": survivor.phone}
        ),
    )
    other.merged_into_id = None
    row.undone_at, row.undone_by = clock.now(), audit.actor().user_id
    session.flush()
    session.expire_all()
    _record(session, "patient.unmerge", row, survivor, other)


def numbers(session: Session, patient_id: int) -> list[int]:
    """The ids under which a patient's history stands: his own and those of records merged into it."""
    merged = select(Patient.id).where(Patient.merged_into_id == patient_id).order_by(Patient.id)
    return [patient_id, *session.scalars(merged)]


def merges_of(session: Session, patient_id: int) -> list[PatientMerge]:
    """The merges into a record that stand, the newest first, with the records that went."""
    query = (
        select(PatientMerge)
        .where(PatientMerge.survivor_id == patient_id, PatientMerge.undone_at.is_(None))
        .options(joinedload(PatientMerge.merged))
        .order_by(PatientMerge.id.desc())
    )
    return list(session.scalars(query))


def _said(session: Session, survivor: Patient, other: Patient) -> tuple[str, ...]:
    """That somebody said these are two people, with who and when."""
    found = distinct.between(session, survivor, other)
    return (f"said to be two people by {found[1]} on {formats.mdy(found[0].said_at)}",) if found else ()


def _differ(name: str, mine: str, theirs: str) -> bool:
    """Whether two values must be chosen between; names in other letters of the same word need not."""
    return mine.casefold() != theirs.casefold() if name in NAMES else mine != theirs


def shown(patient: Patient, name: str) -> str:
    """A field as it is read on the preview; of an SSN the last four digits."""
    if name == "ssn":
        return f"ends in {(patient.ssn or '')[-4:]}" if patient.ssn_sealed else ""
    if name == "guarantor":
        return "the patient" if patient.guarantor_relationship == "self" else patient.guarantor.name
    value = getattr(patient, name)
    if name == "born_on":
        return formats.mdy(value)
    if name == "phone":
        return formats.phone(value)
    if name == "zip" and len(value) > 5:
        return f"{value[:5]}-{value[5:]}"
    return str(value)


def _refusals(
    session: Session, survivor: Patient, other: Patient, coverages: Sequence[CoverageMove]
) -> list[str]:
    if survivor.id == other.id:
        return ["This is one record already."]
    refusals = [
        f"{each.name}, MRN {each.mrn}, was merged into another record already."
        for each in (survivor, other)
        if each.merged_into_id is not None
    ]
    going = session.scalars(
        select(Claim.control_number).where(
            Claim.patient_id.in_((survivor.id, other.id)), Claim.state == "queued"
        )
    ).all()
    if going:
        refusals.append(f"Claim {going[0]} is being sent right now. Try again in a few minutes.")
    refusals += [each.words for each in coverages if each.position is None and each.twin is None]
    return refusals


def _coverages(session: Session, survivor: Patient, other: Patient) -> list[CoverageMove]:
    query = (
        select(Coverage)
        .options(joinedload(Coverage.payer))
        .order_by(Coverage.position, Coverage.effective_on)
    )
    mine = list(session.scalars(query.where(Coverage.patient_id == survivor.id)))
    taken = [(each, each.position) for each in mine]
    moves = []
    for each in session.scalars(query.where(Coverage.patient_id == other.id)):
        if each.position == OF_A_CASE:
            moves.append(CoverageMove(each, None, OF_A_CASE, "Stays with its case."))
            continue
        beside = [(held, position) for held, position in taken if _share_a_day(held, each)]
        twin = next((held for held, _ in beside if held in mine and _same(held, each)), None)
        if twin is not None:
            moves.append(
                CoverageMove(each, twin, None, "On file already: what hangs on it moves to the one you have.")
            )
            continue
        used = {position for _, position in beside}
        free = next((place for place in (each.position, 1, 2, 3) if place not in used), None)
        if free is None:
            words = f"{each.payer.name} has no place left: three coverages are in force. End one first."
        elif free == each.position:
            words = f"Becomes {POSITIONS[free]}, as it was."
        else:
            words = f"Becomes {POSITIONS[free]}: {POSITIONS[each.position]} is taken."
        moves.append(CoverageMove(each, None, free, words))
        if free is not None:
            taken.append((each, free))
    return moves


def _same(one: Coverage, other: Coverage) -> bool:
    return (one.payer_id, one.member_id) == (other.payer_id, other.member_id)


def _share_a_day(one: Coverage, other: Coverage) -> bool:
    return (one.terminated_on is None or one.terminated_on >= other.effective_on) and (
        other.terminated_on is None or other.terminated_on >= one.effective_on
    )


def _take(survivor: Patient, other: Patient, names: Sequence[str]) -> dict[str, list[Any]]:
    """Set what was chosen, and the dates that the survivor lacks; returns {field: [before, after]} as it is stored."""
    lacking = [
        name for name in _DATES if getattr(survivor, name, None) is None and getattr(other, name, None)
    ]
    done = {}
    for name in (*names, *lacking):
        before = _stored(survivor, name)
        if name == "ssn":
            changes.apply(survivor, sealed(survivor.public_id, other.ssn or ""))
        elif name == "guarantor":
            survivor.guarantor = other.guarantor
            survivor.guarantor_id = other.guarantor_id
            survivor.guarantor_relationship = other.guarantor_relationship
        else:
            setattr(survivor, name, getattr(other, name))
        after = _stored(survivor, name)
        if before != after:
            done[name] = [before, after]
    changes.apply(
        survivor, keys_of({name: getattr(survivor, name) for name in ("first_name", "last_name", "phone")})
    )
    return done


def _guarantor_follows(survivor: Patient, done: dict[str, list[Any]]) -> list[repointing.Moved]:
    """A patient who pays for himself has one name and one address (as in `registration.change`)."""
    if survivor.guarantor_relationship != "self" or "guarantor" in done:
        return []
    payer = survivor.guarantor
    values = {name: getattr(survivor, name) for name in SHARED if name in done}
    return [
        ["guarantor", name, payer.id, *(repointing.plain(each) for each in values)]
        for name, values in changes.apply(payer, values).items()
    ]


def _stored(patient: Patient, name: str) -> Any:
    """A field as the record of the merge holds it; an SSN stays sealed."""
    if name == "ssn":
        return patient.ssn_sealed.hex() if patient.ssn_sealed else None
    if name == "guarantor":
        return [patient.guarantor_id, patient.guarantor_relationship]
    value = getattr(patient, name)
    return value.isoformat() if hasattr(value, "isoformat") else value


def _restore(patient: Patient, name: str, before: Any) -> None:
    if name == "ssn":
        patient.ssn_sealed = bytes.fromhex(before) if before else None
        patient.ssn_index = sealed(patient.public_id, patient.ssn or "").get("ssn_index")
    elif name == "guarantor":
        patient.guarantor_id, patient.guarantor_relationship = before
    else:
        kind = Patient.__table__.c[name].type.python_type
        setattr(
            patient, name, kind.fromisoformat(before) if before and hasattr(kind, "fromisoformat") else before
        )


def _nothing_since(session: Session, row: PatientMerge) -> None:
    number = repointing.built_on(session, row.moved, row.merged_at)
    if number:
        raise MergeRefused(f"{number} since the merge, so the records cannot be parted exactly any more.")


def _standing(session: Session, survivor: Patient, other: Patient) -> PatientMerge:
    return session.scalars(
        select(PatientMerge).where(
            PatientMerge.survivor_id == survivor.id,
            PatientMerge.merged_id == other.id,
            PatientMerge.undone_at.is_(None),
        )
    ).one()


def _record(session: Session, action: str, row: PatientMerge, survivor: Patient, other: Patient) -> None:
    backwards = -1 if action == "patient.unmerge" else 1
    fields = {
        name: (["another", "taken"] if name == "ssn" else values)[::backwards]
        for name, values in row.fields.items()
    }
    if row.reason and action == "patient.merge":
        fields["reason"] = ["", row.reason]
    audit.record(
        session,
        action,
        patients=[survivor.id, other.id],
        subject=f"merge:{row.public_id}",
        category="demographics",
        changes=fields | {"mrn": [other.mrn, survivor.mrn][::backwards], "rows": len(row.moved)},
    )
