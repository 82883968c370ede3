"""What no rule could place: matched by a person, parked, or called not ours (R10)."""

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, claims, ledger
from clinic.claims.drafting import LOADED
from clinic.models import Claim, ClaimPayment, EntryKind, JournalEntry, Remittance
from clinic.remittances import plans, posting
from clinic.remittances.errors import DoesNotFit, RemittanceError, WrongState

# A claim in one of these states expects no money; who knows better names it by its number.
SETTLED = ("paid", "zero_pay_pr", "corrected", "voided", "closed")
WAITING = ("unmatched", "parked", "not_ours")


def match_later(session: Session, payment: ClaimPayment, claim: Claim, key: str) -> None:
    """Post an unmatched claim payment on the claim that a person chose; its cash leaves unapplied insurance (R10).

    Raises DoesNotFit when its lines are not on that claim, WrongState when it does not wait.
    """
    _lock(session, payment)
    if payment.state in ("posted", "denied") and payment.claim_id == claim.id:
        return  # the second click
    _must_wait(payment)
    claim = session.scalars(select(Claim).where(Claim.id == claim.id).options(*LOADED)).one()
    remittance = payment.remittance
    around = posting.surroundings(session, remittance, [claim])
    made = plans.make(payment, claim, around, by_person=True)
    if made.exception:
        raise DoesNotFit(made.exception)
    if payment.status_code == "22":
        made.outcome = "pending"
    if made.lines and payment.amount_paid:
        ledger.move_unmatched(session, posting.payment_of(remittance, made), key)
    elif made.lines:
        ledger.post_insurance_payment(session, posting.payment_of(remittance, made), key)
    payment.claim_id, payment.matched_by, payment.reason = claim.id, "person", ""
    posting.settle(session, remittance, [made], key)
    session.flush()
    _record(session, payment, "match", {"claim": claim.control_number}, [claim.patient_id])


def park(session: Session, payment: ClaimPayment, reason: str = "") -> None:
    """Leave the money as unapplied insurance cash, out of the daily queue (R10)."""
    _lock(session, payment)
    if payment.state == "parked":
        return
    _must_wait(payment)
    if payment.state == "not_ours":
        # Only a page from before that was said still offers it.
        raise WrongState(
            "Meanwhile somebody said that this money is not ours. Match it to its claim if it is."
        )
    payment.state = "parked"
    payment.reason = reason.strip() or payment.reason
    session.flush()
    _record(session, payment, "park", {"reason": reason}, [])


def mark_not_ours(session: Session, payment: ClaimPayment, reason: str) -> None:
    """Say that the payment is of another business or a former system; its cash waits to be paid back (R10)."""
    _lock(session, payment)
    if payment.state == "not_ours":
        return
    _must_wait(payment)
    if not reason.strip():
        raise RemittanceError("Say whose it is.")
    payment.state, payment.reason = "not_ours", f"Not ours: {reason.strip()}"
    session.flush()
    _record(session, payment, "not_ours", {"reason": reason}, [])


def refund(session: Session, payment: ClaimPayment, method: str, reason: str, key: str) -> None:
    """Pay money that is not ours back to the payer, once; its entry is reversed like any refund (R10, B6).

    Raises WrongState unless it was called not ours, LedgerError without a reason.
    """
    _lock(session, payment)
    if payment.state == "refunded":
        return
    _must_wait(payment)
    if payment.state != "not_ours":
        raise WrongState("Say first that this money is not ours, and whose it is.")
    ledger.refund_unmatched(
        session,
        claim_payment_id=payment.id,
        payer_id=payment.remittance.payer_id,
        amount=payment.amount_paid,
        method=method,
        reason=reason,
        key=key,
    )
    payment.state = "refunded"
    session.flush()
    _record(session, payment, "refund", {"reason": reason, "method": method}, [])


def reverse_refund(session: Session, entry: JournalEntry, reason: str, key: str) -> JournalEntry:
    """Take a refund to a payer back, once: the money is held again and is still not ours (R27)."""
    payment = session.get_one(ClaimPayment, entry.claim_payment_id)
    _lock(session, payment)
    reversal = ledger.reverse_entry(session, entry, reason, key)
    if payment.state == "refunded":
        payment.state = "not_ours"
        session.flush()
        _record(session, payment, "reverse_refund", {"reason": reason}, [])
    return reversal


def refund_of(session: Session, payment: ClaimPayment) -> JournalEntry | None:
    """The entry that paid it back and stands."""
    query = select(JournalEntry).where(
        JournalEntry.claim_payment_id == payment.id, JournalEntry.kind == EntryKind.REFUND
    )
    return session.scalars(query.order_by(JournalEntry.id.desc())).first()


def candidates(session: Session, payment: ClaimPayment) -> tuple[claims.Candidate, ...]:
    """Claims that it may be meant for, the best first (R8); one that was paid waits for no further payment."""
    found = claims.candidates_for(session, posting.question_of(payment))
    if payment.status_code == "22":
        return found
    return tuple(each for each in found if each.claim.state not in SETTLED)


def _lock(session: Session, payment: ClaimPayment) -> None:
    session.refresh(payment.remittance, with_for_update={"of": Remittance})
    session.refresh(payment, ["state", "claim_id"])


def _must_wait(payment: ClaimPayment) -> None:
    if payment.remittance.state != "posted":
        raise WrongState("The remittance itself is not posted.")
    if payment.state not in WAITING:
        raise WrongState("This claim payment does not wait for anybody.")


def _record(
    session: Session, payment: ClaimPayment, verb: str, changes: dict[str, object], patients: list[int]
) -> None:
    audit.record(
        session,
        f"claim_payment.{verb}",
        patients=patients,
        subject=f"claim_payment:{payment.public_id}",
        category="money",
        changes=changes | {"amount": str(payment.amount_paid)},
    )
