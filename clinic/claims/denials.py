"""Denied lines and their clock: opened by a remittance, settled by a decision (R24, C2)."""

from collections.abc import Iterable
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, clock, ledger
from clinic.claims.errors import ClaimError
from clinic.claims.shares import shares_of
from clinic.claims.states import move
from clinic.models import Claim, Denial
from clinic.x12 import codes

ZERO = Decimal("0.00")
SETTLED = ("corrected", "written_off", "to_patient", "reversed")
CATEGORIES: dict[str, str] = {
    code: name
    for name, listed in (
        ("Coverage", "26 27 31 109 177 200"),
        ("Other payer first", "22 129 136 24"),
        ("Authorization", "15 197 198 288 39"),
        ("Information missing", "16 252 226 227 206 207 208"),
        ("Coding", "4 5 6 7 11 97 146 181 182 236"),
        ("Medical necessity", "50 151 119 150 167"),
        ("Filed too late", "29"),
        ("Duplicate", "18"),
        ("Provider", "B7 183 185 242"),
        ("Not covered", "96 204 49 55"),
        ("Liability", "19 20 21"),
    )
    for code in listed.split()
}
NEXT_ACTIONS = {
    "Coverage": "Check eligibility",
    "Other payer first": "Ask for other cover",
    "Authorization": "Correct",
    "Information missing": "Correct",
    "Coding": "Check codes",
    "Medical necessity": "Appeal",
    "Filed too late": "Send proof",
    "Duplicate": "Compare",
    "Provider": "Check enrollment",
    "Not covered": "Bill patient?",
    "Liability": "Ask patient",
    "Other": "Read the remittance",
}


def category_of(reason_code: str) -> str:
    """The family of a CARC, for work lists and reports; "Other" when it is on no list."""
    return CATEGORIES.get(reason_code.upper(), "Other")


def words_of(denial: Denial) -> str:
    """The reason in plain words, with its first remark code."""
    remark = denial.remark_codes.split()[0] if denial.remark_codes else ""
    return codes.describe_carc(denial.reason_code) + (f", {remark}" if remark else "")


def open_denial(
    session: Session,
    claim: Claim,
    *,
    group_code: str,
    reason_code: str,
    amount: Decimal,
    charge_id: int | None = None,
    claim_payment_id: int | None = None,
    remark_codes: Iterable[str] = (),
    category: str = "",
) -> Denial:
    """One denied line (or the whole claim) to be worked, with the day until which a corrected claim is taken (R24).

    The same line of the same remittance again returns the first row. The owner and next step of the claim are
    kept; where it has none, the category suggests the step.
    """
    existing = session.scalar(
        select(Denial).where(
            Denial.claim_id == claim.id,
            Denial.charge_id.is_not_distinct_from(charge_id),
            Denial.claim_payment_id.is_not_distinct_from(claim_payment_id),
            Denial.group_code == group_code,
            Denial.reason_code == reason_code,
        )
    )
    if existing is not None:
        return existing
    denial = Denial(
        claim_id=claim.id,
        charge_id=charge_id,
        claim_payment_id=claim_payment_id,
        group_code=group_code,
        reason_code=reason_code,
        remark_codes=" ".join(remark_codes),
        category=category or category_of(reason_code),
        amount=amount,
        due_on=claim.service_on + timedelta(days=claim.payer.corrected_days),
        owner_id=claim.owner_id,
        created_at=clock.now(),
    )
    session.add(denial)
    if not claim.next_action:
        claim.next_action = NEXT_ACTIONS.get(denial.category, NEXT_ACTIONS["Other"])
        claim.next_action_on = clock.today()
    session.flush()
    return denial


def settle_denial(session: Session, denial: Denial, state: str, note: str = "") -> None:
    """Close one denial as corrected, written_off, to_patient or reversed; a settled one stays as it is."""
    if state not in SETTLED:
        raise ValueError(f"a denial is not settled as {state}")
    if denial.state != "open":
        return
    denial.state = state
    denial.note = note
    denial.settled_at = clock.now()
    session.flush()


def open_denials(session: Session, claim: Claim) -> list[Denial]:
    """The claim's open denials, the largest first."""
    query = select(Denial).where(Denial.claim_id == claim.id, Denial.state == "open")
    return list(session.scalars(query.order_by(Denial.amount.desc(), Denial.id)))


def settle_all(session: Session, claim: Claim, state: str, note: str = "") -> int:
    """Close every open denial of a claim; returns how many."""
    rows = open_denials(session, claim)
    for denial in rows:
        settle_denial(session, denial, state, note)
    return len(rows)


def write_off(
    session: Session,
    claim: Claim,
    kind: str,
    reason: str,
    key: str,
    *,
    patient_share_too: bool = False,
) -> Decimal:
    """Write off what the insurer left open on the denied lines, and settle them; returns the amount written off.

    The share that the payer named as the patient's (PR) goes to the patient, and the next payer's stays with
    insurance (R23); with `patient_share_too` the patient's is given up as well. `kind` is one of
    ledger.WRITE_OFF_ACCOUNTS, such as denial or timely_filing. The caller checks the permission ledger.write_off.
    Raises ClaimError when nothing is open.
    """
    rows, opened = _opened(session, claim)
    shares = shares_of(session, rows, opened)
    moved = ZERO
    for charge_id, amount in opened.items():
        share = shares[charge_id]
        kept = share.next_payer if patient_share_too else share.total
        if amount > kept:
            ledger.write_off(
                session, charge_id, ledger.INSURANCE, amount - kept, kind, reason, key=f"{key}:{charge_id}"
            )
            moved += amount - kept
        for number, (word, part) in enumerate([] if patient_share_too else share.patient, start=1):
            ledger.transfer_to_patient(session, charge_id, part, word, key=f"{key}:{charge_id}:share{number}")
    if not patient_share_too and any(share.patient for share in shares.values()):
        ledger.apply_unapplied(session, claim.patient.guarantor_id, claim.patient_id, key=f"{key}:apply")
    waits = any(share.next_payer for share in shares.values())
    _settle(
        session, claim, rows, "written_off", f"Written off: {reason}", moved, reason,
        to_state="secondary_to_send" if waits else "closed",
    )  # fmt: skip
    return moved


def patient_share(session: Session, claim: Claim) -> Decimal:
    """What of the claim's open denied lines is the patient's by the payer's word; a write-off leaves it (R23)."""
    rows = open_denials(session, claim)
    if not rows:
        return ZERO
    shares = shares_of(session, rows, _opened(session, claim)[1]).values()
    return sum((amount for share in shares for _, amount in share.patient), ZERO)


def bill_patient(session: Session, claim: Claim, reason: str, key: str) -> Decimal:
    """Move the denied lines to the patient, and settle them; returns the amount.

    Only where every open denial is the patient's by the payer's own word (PR): a CO denial is the clinic's (R11).
    """
    wrong = [denial for denial in open_denials(session, claim) if denial.group_code != "PR"]
    if wrong:
        first = wrong[0]
        raise ClaimError(
            f"{first.group_code}-{first.reason_code} may not be billed to the patient: the payer put it on the clinic."
        )
    rows, opened = _opened(session, claim)
    for charge_id, amount in opened.items():
        ledger.transfer_to_patient(session, charge_id, amount, reason, key=f"{key}:{charge_id}")
    ledger.apply_unapplied(session, claim.patient.guarantor_id, claim.patient_id, key=f"{key}:apply")
    moved = sum(opened.values(), ZERO)
    _settle(session, claim, rows, "to_patient", f"Billed to the patient: {reason}", moved, reason)
    return moved


def _opened(session: Session, claim: Claim) -> tuple[list[Denial], dict[int, Decimal]]:
    """The open denials, and what insurance has open on each of their charges. Raises ClaimError without any."""
    rows = open_denials(session, claim)
    if not rows:
        raise ClaimError(f"Claim {claim.control_number} has no open denial.")
    charges = list(dict.fromkeys(denial.charge_id for denial in rows if denial.charge_id is not None))
    if any(denial.charge_id is None for denial in rows):
        charges = [line.charge_id for line in claim.lines]
    balances = ledger.charge_balances(session, charges)
    return rows, {number: balances[number].insurance for number in charges if balances[number].insurance > 0}


def _settle(
    session: Session,
    claim: Claim,
    rows: Iterable[Denial],
    state: str,
    text: str,
    moved: Decimal,
    reason: str,
    *,
    to_state: str = "closed",
) -> None:
    for denial in rows:
        settle_denial(session, denial, state, reason)
    move(session, claim, to_state, state, f"{text} {ledger.usd(moved)}", details={"amount": str(moved)})
    audit.record(
        session,
        f"denial.{state}",
        patients=[claim.patient_id],
        subject=f"claim:{claim.control_number}",
        category="money",
        changes={"amount": str(moved), "reason": reason},
    )
