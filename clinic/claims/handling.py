"""What people do with a claim between the steps: hold, note, assign, decide what is next (C1, C11)."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, ledger
from clinic.claims.creation import count_authorization
from clinic.claims.errors import ClaimError
from clinic.claims.scrubbing import scrub_all
from clinic.claims.states import ADJUDICATED, AT_PAYER, STATES, lock, move, must_be
from clinic.models import Authorization, Claim, ClaimEvent, ClaimPayment, StoredFile, User

HOLDABLE = frozenset({"draft", "scrub_failed", "ready", "rejected_999", "rejected_277CA"})
HOLD_REASONS = (
    "Waiting for authorization",
    "Waiting for documentation",
    "Provider credentialing",
    "Coverage to be confirmed",
    "Deductible at the start of the year",
    "Other",
)
OUTCOMES = ADJUDICATED | {"pending", "closed"}


def hold(session: Session, claim: Claim, reason: str, until: date, owner_id: int | None = None) -> None:
    """Keep an unsent claim back, with a reason, a day and somebody who looks after it (C11)."""
    lock(session, claim)
    if claim.state == "held" and (claim.hold_reason, claim.held_until) == (reason.strip(), until):
        return  # the second click
    must_be(claim, HOLDABLE, "held")
    if not reason.strip():
        raise ClaimError("Say why the claim is held.")
    if until < clock.today():
        raise ClaimError("Hold it until today or a later day.")
    claim.hold_reason, claim.held_until = reason.strip(), until
    claim.owner_id = owner_id or claim.owner_id
    move(session, claim, "held", "held", f"Held until {until:%m/%d/%Y}: {claim.hold_reason}.")


def release(session: Session, claim: Claim) -> None:
    """End a hold: the claim is scrubbed, and is ready or blocked."""
    lock(session, claim)
    if claim.state in ("ready", "scrub_failed"):
        return  # the second click
    must_be(claim, {"held"}, "released")
    claim.hold_reason, claim.held_until = "", None
    move(session, claim, "draft", "released", "Released.")
    scrub_all(session, [claim])


def note(session: Session, claim: Claim, text: str, key: str = "") -> None:
    """Write a note on the timeline; the same `key` again writes nothing."""
    if not text.strip():
        raise ClaimError("Write something first.")
    lock(session, claim)
    if key:
        written = select(ClaimEvent.id).where(
            ClaimEvent.claim_id == claim.id, ClaimEvent.details["key"].astext == key
        )
        if session.scalar(written.limit(1)) is not None:
            return
    move(session, claim, claim.state, "note", text.strip(), details={"key": key} if key else {})


def assign(session: Session, claim: Claim, owner: User | None) -> None:
    """Give the claim to somebody, or to nobody."""
    if claim.owner_id == (owner.id if owner else None):
        return
    claim.owner_id = owner.id if owner else None
    move(session, claim, claim.state, "assigned", f"Given to {owner.name}." if owner else "Given to nobody.")


def set_next_action(session: Session, claim: Claim, action: str, on: date | None) -> None:
    """What is to be done next, and when."""
    if (claim.next_action, claim.next_action_on) == (action.strip(), on):
        return
    claim.next_action, claim.next_action_on = action.strip(), on
    when = f" on {on:%m/%d/%Y}" if on else ""
    text = f"Next: {claim.next_action}{when}." if claim.next_action else "No next step."
    move(session, claim, claim.state, "next_action", text)


def set_authorization(session: Session, claim: Claim, authorization: Authorization | None) -> None:
    """Choose the authorization that goes out with an unsent claim (K02), and scrub it again."""
    lock(session, claim)
    must_be(claim, HOLDABLE | {"held"}, "given an authorization")
    claim.authorization_id = authorization.id if authorization else None
    if claim.sequence == "P":
        count_authorization(session, claim.encounter, claim.authorization_id)
    number = authorization.number if authorization else "none"
    move(session, claim, claim.state, "authorization", f"Authorization {number} chosen.")
    scrub_all(session, [claim])


def record_adjudication(
    session: Session,
    claim: Claim,
    payment: ClaimPayment,
    outcome: str,
    *,
    file: StoredFile | None = None,
) -> None:
    """Put the payer's decision on the claim and its timeline (C1, R19, R20, R31).

    `outcome` is paid, partial, denied, zero_pay_pr or secondary_to_send; pending when a reversal came without its
    correction, which is what a void asked for and closes it. A claim that was replaced or voided keeps its state: only the newest of a chain is open (C4).
    """
    if outcome not in OUTCOMES:
        raise ValueError(f"{outcome} is no outcome of a payer's decision")
    if payment.payer_claim_number:
        claim.payer_claim_number = payment.payer_claim_number
    claim.adjudicated_at = clock.now()
    replaced = claim.state in ("corrected", "voided")
    taken_back = outcome == "pending"
    state = "closed" if taken_back and claim.frequency == "8" else outcome
    move(
        session,
        claim,
        claim.state if replaced else state,
        "reversed" if outcome == "pending" else "adjudicated",
        _decision_words(payment, outcome),
        file=file,
        raw=payment.raw,
        details={"claim_payment": payment.public_id, "outcome": outcome, "paid": str(payment.amount_paid)},
        audited=False,
    )
    if taken_back and claim.state == "voided":
        _close_void(session, claim, file)


def _close_void(session: Session, claim: Claim, file: StoredFile | None) -> None:
    """The payer did what the void asked for: nothing more is to come of it (C4)."""
    query = select(Claim).where(
        Claim.replaces_id == claim.id, Claim.frequency == "8", Claim.state.in_(AT_PAYER)
    )
    for sent in session.scalars(query):
        text = f"The payer took back what it had paid for {claim.control_number}, as asked."
        move(session, sent, "closed", "adjudicated", text, file=file)


def _decision_words(payment: ClaimPayment, outcome: str) -> str:
    source = "835" if payment.remittance.source == "era" else "Paper remittance"
    paid, billed = ledger.usd(payment.amount_paid), ledger.usd(payment.amount_billed)
    text = (
        f"{source} from {payment.remittance.payer_name}: {STATES[outcome].label.lower()}, {paid} of {billed}"
    )
    if outcome == "pending":
        text = f"{source} from {payment.remittance.payer_name}: taken back, {paid}; a correction is awaited"
    reasons = dict.fromkeys(
        f"{row.group_code}-{row.reason_code}" for row in payment.adjustments if row.amount != Decimal(0)
    )
    return f"{text}, {', '.join(reasons)}." if reasons else f"{text}."
