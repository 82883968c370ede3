"""Claims come into being: at sign-off, as a replacement, as a void (C4, C5, C6, C10)."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import clock, patients
from clinic.charges import coverage_billed
from clinic.claims import denials
from clinic.claims.errors import CannotReplace
from clinic.claims.states import ADJUDICATED, lock, move, must_be
from clinic.models import (
    Charge,
    Claim,
    ClaimLine,
    ControlNumber,
    Coverage,
    Encounter,
    Payer,
    Practice,
)

REPLACEABLE = ADJUDICATED | {"accepted_by_payer", "pending"}


def next_number(session: Session, partner: str, kind: str) -> int:
    """The next control number with a partner; the row's lock makes two writers wait for each other."""
    query = (
        insert(ControlNumber)
        .values(partner=partner, kind=kind, last=1)
        .on_conflict_do_update(index_elements=["partner", "kind"], set_={"last": ControlNumber.last + 1})
        .returning(ControlNumber.last)
    )
    return int(session.scalars(query).one())


def create_for(session: Session, encounter: Encounter) -> Claim | None:
    """The primary claim of a signed visit, as a draft with its lines; None for a patient without coverage.

    A second call returns the first claim. The filing limit is the payer's, from the date of service (C10).
    """
    existing = session.scalar(
        select(Claim)
        .where(Claim.encounter_id == encounter.id, Claim.sequence == "P", Claim.replaces_id.is_(None))
        .limit(1)
    )
    if existing is not None:
        return existing
    coverage = coverage_billed(session, encounter)
    # What a missed visit costs is the patient's alone (A3).
    if coverage is None or not encounter.charges or encounter.kind == "fee":
        return None
    claim = _write(
        session,
        encounter_id=encounter.id,
        patient_id=encounter.patient_id,
        coverage=coverage,
        payer=coverage.payer,
        service_on=encounter.service_on,
        charges=encounter.charges,
        authorization_id=encounter.authorization_id,
        due_on=encounter.service_on + timedelta(days=coverage.payer.filing_days),
    )
    move(session, claim, "draft", "created", f"Made from the charge slip of {encounter.service_on:%m/%d/%Y}.")
    return claim


def replace(session: Session, claim: Claim) -> Claim:
    """A replacement (frequency 7) with all lines, naming the payer's number of the claim it replaces (C4).

    The old claim is then *corrected* and its open denials with it. Called twice, it returns the first
    replacement. Raises CannotReplace when the payer takes none or has no number, WrongState otherwise.
    """
    return _follow(session, claim, "7", "corrected", "replaced")


def void(session: Session, claim: Claim, reason: str = "") -> Claim:
    """A void (frequency 8) that repeats the claim as it was sent (C4); faults as in `replace`.

    The books do not move: the payer takes its payment back with a remittance of its own. `reason` stands on the
    timeline.
    """
    first = claim.state != "voided"
    made = _follow(session, claim, "8", "voided", "voided", reason)
    if first and claim.sequence == "P":
        # The visit is taken back from the payer, and its authorization may serve another one.
        count_authorization(session, claim.encounter, None)
    return made


def count_authorization(session: Session, encounter: Encounter, authorization_id: int | None) -> None:
    """Count the visit of a signed slip on this authorization, and on no other (K02)."""
    session.refresh(encounter, with_for_update={"of": Encounter})
    if encounter.state != "signed" or encounter.authorization_id == authorization_id:
        return
    if encounter.authorization_id is not None:
        patients.count_visit(session, encounter.authorization_id, -1, encounter.charges)
    if authorization_id is not None:
        patients.count_visit(session, authorization_id, 1, encounter.charges)
    encounter.authorization_id = authorization_id
    session.flush()


def refresh_lines(session: Session, claim: Claim) -> None:
    """Take over what was mended on the slip: lines that came or went, the total, the authorisation.

    A line that stays keeps its number for ever (C5).
    """
    charges = claim.encounter.charges
    have = {line.charge_id: line for line in claim.lines}
    wanted = [charge.id for charge in charges]
    if list(have) != wanted:
        for line in list(claim.lines):
            if line.charge_id not in wanted:
                claim.lines.remove(line)
                session.delete(line)
            else:
                line.position += 1000  # out of the way of the unique (claim, position)
        session.flush()
        for position, charge in enumerate(charges, start=1):
            if charge.id in have:
                have[charge.id].position = position
            else:
                claim.lines.append(_line(claim, charge, position))
        session.flush()
        session.refresh(claim, ["lines"])
    claim.amount_billed = sum((charge.amount for charge in charges), Decimal("0.00"))
    if claim.authorization_id is None:
        claim.authorization_id = claim.encounter.authorization_id


def _follow(
    session: Session, claim: Claim, frequency: str, old_state: str, word: str, reason: str = ""
) -> Claim:
    lock(session, claim)
    made = session.scalar(
        select(Claim).where(Claim.replaces_id == claim.id, Claim.frequency == frequency).limit(1)
    )
    if made is not None:
        return made
    must_be(claim, REPLACEABLE, word)
    if not claim.payer.accepts_replacement:
        raise CannotReplace(
            f"{claim.payer.name} takes no replacement claims: ask for a reopening, or appeal."
        )
    if not claim.payer_claim_number:
        raise CannotReplace(
            f"The payer's own number of claim {claim.control_number} is not known yet, and a claim that is "
            f"to be {word} must name it."
        )
    made = _write(
        session,
        encounter_id=claim.encounter_id,
        patient_id=claim.patient_id,
        coverage=claim.coverage,
        payer=claim.payer,
        service_on=claim.service_on,
        charges=claim.encounter.charges,
        authorization_id=claim.authorization_id or claim.encounter.authorization_id,
        due_on=claim.service_on + timedelta(days=claim.payer.corrected_days),
        sequence=claim.sequence,
        frequency=frequency,
        replaces_id=claim.id,
        owner_id=claim.owner_id,
    )
    number = claim.payer_claim_number
    move(
        session,
        made,
        "draft",
        "created",
        f"Takes the place of {claim.control_number}, payer's number {number}.",
    )
    said = f"{word.capitalize()} by {made.control_number}." + (f" {reason.strip()}" if reason.strip() else "")
    move(session, claim, old_state, word, said)
    denials.settle_all(session, claim, "corrected", f"{word.capitalize()} by {made.control_number}.")
    # What was still to be done is done by the claim that takes its place.
    claim.next_action, claim.next_action_on = "", None
    return made


def _write(
    session: Session,
    *,
    encounter_id: int,
    patient_id: int,
    coverage: Coverage,
    payer: Payer,
    service_on: date,
    charges: Iterable[Charge],
    authorization_id: int | None,
    due_on: date,
    sequence: str = "P",
    frequency: str = "1",
    replaces_id: int | None = None,
    owner_id: int | None = None,
) -> Claim:
    charges = list(charges)
    claim = Claim(
        control_number=_control_number(session),
        encounter_id=encounter_id,
        patient_id=patient_id,
        coverage_id=coverage.id,
        payer_id=payer.id,
        sequence=sequence,
        frequency=frequency,
        replaces_id=replaces_id,
        authorization_id=authorization_id,
        service_on=service_on,
        amount_billed=sum((charge.amount for charge in charges), Decimal("0.00")),
        filing_due_on=due_on,
        owner_id=owner_id,
        created_at=clock.now(),
    )
    claim.lines = [_line(claim, charge, position) for position, charge in enumerate(charges, start=1)]
    session.add(claim)
    session.flush()
    return claim


def _line(claim: Claim, charge: Charge, position: int) -> ClaimLine:
    # The charge's own id keeps REF*6R unique for ever, even when lines come and go on the slip (C5).
    return ClaimLine(
        charge_id=charge.id, position=position, control_number=f"{claim.control_number}.{charge.id}"
    )


def _control_number(session: Session) -> str:
    """CLM01: the clinic's letter, the year, a number that never comes again, such as R26-004471 (C6)."""
    name = session.scalar(select(Practice.name).limit(1)) or "Clinic"
    number = next_number(session, "", "claim")
    return f"{name[0].upper()}{clock.today():%y}-{number:06d}"
