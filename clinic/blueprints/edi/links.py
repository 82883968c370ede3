"""From a file to what it concerns: claims, remittances, eligibility questions, and the files that answer it."""

from typing import NamedTuple

from flask import url_for
from sqlalchemy import or_, select
from sqlalchemy.orm import joinedload

from clinic import db
from clinic.files import listing
from clinic.formats import mdy, usd
from clinic.models import (
    Claim,
    ClaimEvent,
    Coverage,
    EligibilityCheck,
    FileKey,
    Patient,
    Remittance,
    StoredFile,
    Submission,
    SubmittedClaim,
)
from clinic.web import may
from clinic.x12 import Explained

MOST = 20
_CLAIM_AT = {"CLM": 1, "CLP": 1}
_CLAIM_IN_TRACE = ("276", "277", "277CA")


class Link(NamedTuple):
    """What it is, its name, and its address ("" where the reader may not go there)."""

    what: str
    words: str
    url: str


def of_file(file: StoredFile) -> list[Link]:
    """What a file concerns, a few of each."""
    found = [*_remittances(file), *_submissions(file), *_questions(file), *_moved(file)]
    for other in listing.answers(db.session(), file):
        answered = file.kind in ("TA1", "999", "997")
        url = url_for("edi.show", public_id=other.public_id)
        found.append(Link("Answers" if answered else "Answered by", f"{other.kind} {other.name}", url))
    return found


def _remittances(file: StoredFile) -> list[Link]:
    query = select(Remittance).where(Remittance.file_id == file.id).order_by(Remittance.id).limit(MOST)
    return [
        Link(
            "Remittance",
            f"{row.payer_name} {row.trace or 'without a number'}, {usd(row.amount)}",
            url_for("remittances.show", public_id=row.public_id) if may("remittance.view") else "",
        )
        for row in db.session.scalars(query)
    ]


def _submissions(file: StoredFile) -> list[Link]:
    query = (
        select(Claim)
        .join(SubmittedClaim, SubmittedClaim.claim_id == Claim.id)
        .join(Submission, Submission.id == SubmittedClaim.submission_id)
        .where(Submission.file_id == file.id)
        .order_by(SubmittedClaim.id)
        .limit(MOST)
    )
    return [_claim(row) for row in db.session.scalars(query)]


def _moved(file: StoredFile) -> list[Link]:
    """Claims that an acknowledgment moved."""
    if file.direction != "in" or file.kind == "835":
        return []
    moved = select(ClaimEvent.claim_id).where(ClaimEvent.file_id == file.id)
    query = select(Claim).where(Claim.id.in_(moved)).order_by(Claim.id).limit(MOST)
    return [_claim(row) for row in db.session.scalars(query)]


def _questions(file: StoredFile) -> list[Link]:
    query = (
        select(EligibilityCheck, Patient)
        .join(Coverage, Coverage.id == EligibilityCheck.coverage_id)
        .join(Patient, Patient.id == Coverage.patient_id)
        .where(or_(EligibilityCheck.question_file_id == file.id, EligibilityCheck.answer_file_id == file.id))
        .order_by(EligibilityCheck.id)
        .limit(MOST)
    )
    return [
        Link(
            "Eligibility",
            f"{patient.name}, for {mdy(check.service_on)}",
            url_for("patients.show", public_id=patient.public_id) if may("patient.view") else "",
        )
        for check, patient in db.session.execute(query)
    ]


def _claim(claim: Claim) -> Link:
    url = url_for("claims.show", public_id=claim.public_id) if may("claim.view") else ""
    return Link("Claim", f"{claim.control_number}, {usd(claim.amount_billed)}", url)


def claim_number(line: Explained) -> str:
    """The claim that a segment names by our number, "" where it names none."""
    segment = line.segment
    if segment.id in _CLAIM_AT:
        return segment.get(_CLAIM_AT[segment.id])
    return segment.get(2) if segment.id == "TRN" and line.kind in _CLAIM_IN_TRACE else ""


def claims_in(lines: list[Explained]) -> dict[str, Claim]:
    """Our claims that these segments name, by the number they are named with."""
    numbers = {number for number in map(claim_number, lines) if number}
    return _claims_named(numbers) if numbers else {}


def _claims_named(numbers: set[str]) -> dict[str, Claim]:
    session = db.session()
    found = {
        row.control_number: row
        for row in session.scalars(
            select(Claim).where(Claim.control_number.in_(numbers)).options(joinedload(Claim.patient))
        )
    }
    left = numbers - found.keys()
    if left:
        # A claim that was sent again went by its number with the time of sending behind it.
        query = (
            select(SubmittedClaim.control_number, Claim)
            .join(Claim, Claim.id == SubmittedClaim.claim_id)
            .where(SubmittedClaim.control_number.in_(left))
        )
        for number, claim in session.execute(query):
            found[number] = claim
    return found


def patients_of(file: StoredFile, *, whole: bool = False) -> set[int]:
    """Whom a file speaks of through its question or answer; with `whole` also through every claim that it names."""
    session = db.session()
    asked = (
        select(Coverage.patient_id)
        .join(EligibilityCheck, EligibilityCheck.coverage_id == Coverage.id)
        .where(or_(EligibilityCheck.question_file_id == file.id, EligibilityCheck.answer_file_id == file.id))
    )
    found = set(session.scalars(asked))
    if whole:
        numbers = select(FileKey.value).where(FileKey.file_id == file.id, FileKey.kind == "claim")
        found |= set(session.scalars(select(Claim.patient_id).where(Claim.control_number.in_(numbers))))
        again = select(SubmittedClaim.claim_id).where(SubmittedClaim.control_number.in_(numbers))
        found |= set(session.scalars(select(Claim.patient_id).where(Claim.id.in_(again))))
    return found
