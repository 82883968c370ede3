"""Which claim of ours a payment speaks of (R8): set-wise, and never a guess.

Our own number first, exactly, in every version that was sent; then the payer's number; else candidates, scored and
shown, for a person to choose.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from clinic import formats
from clinic.claims.drafting import LOADED
from clinic.models import Claim, Coverage, Patient, SubmittedClaim

CANDIDATES = 5
LEAST_SCORE = 40


@dataclass(frozen=True)
class Question:
    """What a CLP says of a claim."""

    control_number: str
    payer_claim_number: str = ""
    amount_billed: Decimal | None = None
    member_id: str = ""
    last_name: str = ""
    first_name: str = ""
    service_on: date | None = None


@dataclass(frozen=True)
class Candidate:
    """A claim that may be meant: `score` of 100, `why` in words."""

    claim: Claim
    score: int
    why: str


@dataclass(frozen=True)
class Match:
    """The claim, or None with the reason and candidates. `by` is control_number or payer_claim_number.

    `warning` is to be shown beside a certain match, such as another name on the same number.
    """

    claim: Claim | None
    by: str = ""
    warning: str = ""
    reason: str = ""
    candidates: tuple[Candidate, ...] = ()


def match(session: Session, question: Question) -> Match:
    """The claim that one payment speaks of."""
    return match_many(session, [question])[0]


def match_many(session: Session, questions: Iterable[Question]) -> list[Match]:
    """Answers in the order of the questions; two queries for all that carry a known number."""
    asked = list(questions)
    by_ours = _by_control_number(session, [each.control_number.strip() for each in asked])
    rest = [each for each in asked if each.control_number.strip() not in by_ours]
    by_theirs = _by_payer_number(session, [each.payer_claim_number.strip() for each in rest])
    return [_answer(session, each, by_ours, by_theirs) for each in asked]


def candidates_for(session: Session, question: Question, limit: int = CANDIDATES) -> tuple[Candidate, ...]:
    """Claims that share the member ID, or the name, with the payment, the best first; none below a floor."""
    member = _folded(question.member_id)
    name = formats.fold(question.last_name)
    ways = []
    if member:
        ways.append(func.upper(func.regexp_replace(Coverage.member_id, r"[\s-]", "", "g")) == member)
    if name:
        ways.append(Patient.name_key == name)
    if not ways:
        return ()
    query = (
        select(Claim)
        .join(Patient, Patient.id == Claim.patient_id)
        .join(Coverage, Coverage.id == Claim.coverage_id)
        .where(or_(*ways))
        .options(*LOADED)
        .order_by(Claim.service_on.desc(), Claim.id.desc())
        .limit(50)
    )
    scored = [_score(claim, question) for claim in session.scalars(query)]
    good = [each for each in scored if each.score >= LEAST_SCORE]
    return tuple(sorted(good, key=lambda each: -each.score)[:limit])


def _answer(
    session: Session,
    question: Question,
    by_ours: dict[str, Claim],
    by_theirs: dict[str, list[Claim]],
) -> Match:
    claim = by_ours.get(question.control_number.strip())
    if claim is not None:
        same = _same(claim, question)
        if not any(same.values()) and len(same) == 3:
            # A former system of the clinic counted too, and its numbers collide with ours (R8).
            return Match(
                None,
                reason=f"The number is ours ({claim.control_number}), but name, member ID and charge all differ.",
                candidates=(Candidate(claim, 0, "same number only"), *candidates_for(session, question)),
            )
        warning = ""
        if same.get("name") is False:
            warning = f"The payer names {question.last_name}, our claim is of {claim.patient.name}."
        return Match(claim, "control_number", warning)
    theirs = by_theirs.get(question.payer_claim_number.strip(), [])
    if len(theirs) == 1:
        return Match(theirs[0], "payer_claim_number")
    found = candidates_for(session, question)
    number = question.control_number or "no number"
    more = "" if found else ", and no claim of ours has this member or name"
    return Match(None, reason=f"No claim of ours has the number {number}{more}.", candidates=found)


def _by_control_number(session: Session, numbers: Sequence[str]) -> dict[str, Claim]:
    """By CLM01 as it was sent in any submission, or as it stands on the claim (a paper claim was never sent)."""
    wanted = [number for number in dict.fromkeys(numbers) if number]
    if not wanted:
        return {}
    pairs = session.execute(
        select(SubmittedClaim.control_number, SubmittedClaim.claim_id).where(
            SubmittedClaim.control_number.in_(wanted)
        )
    )
    sent = {row.control_number: row.claim_id for row in pairs}
    query = (
        select(Claim)
        .where(or_(Claim.id.in_(sent.values()), Claim.control_number.in_(wanted)))
        .options(*LOADED)
    )
    claims = {claim.id: claim for claim in session.scalars(query)}
    found = {claim.control_number: claim for claim in claims.values() if claim.control_number in wanted}
    return found | {number: claims[claim_id] for number, claim_id in sent.items()}


def _by_payer_number(session: Session, numbers: Sequence[str]) -> dict[str, list[Claim]]:
    wanted = [number for number in dict.fromkeys(numbers) if number]
    found: dict[str, list[Claim]] = defaultdict(list)
    if wanted:
        query = select(Claim).where(Claim.payer_claim_number.in_(wanted)).options(*LOADED)
        for claim in session.scalars(query):
            found[claim.payer_claim_number].append(claim)
    return found


def _same(claim: Claim, question: Question) -> dict[str, bool]:
    """Name, member ID and charge, each only where the payment says it."""
    same = {}
    if question.last_name:
        names = {claim.patient.name_key, formats.fold(claim.coverage.subscriber_last_name)}
        same["name"] = formats.fold(question.last_name) in names
    if question.member_id:
        same["member"] = _folded(question.member_id) == _folded(claim.coverage.member_id)
    if question.amount_billed is not None:
        same["charge"] = abs(question.amount_billed) == claim.amount_billed
    return same


def _score(claim: Claim, question: Question) -> Candidate:
    same = _same(claim, question)
    parts: list[str] = []
    score = 0
    if same.get("member"):
        score, parts = score + 35, [*parts, "member ID"]
    if same.get("name"):
        score, parts = score + 20, [*parts, "last name"]
        if formats.fold(question.first_name)[:3] == claim.patient.first_key[:3]:
            score, parts = score + 10, [*parts, "first name"]
    if question.service_on is not None and question.service_on == claim.service_on:
        score, parts = score + 20, [*parts, "date of service"]
    if same.get("charge"):
        score, parts = score + 15, [*parts, "charge"]
    return Candidate(claim, score, "same " + ", ".join(parts))


def _folded(member_id: str) -> str:
    return "".join(c for c in member_id.upper() if c.isalnum())
