"""A payment that the payer takes back (CLP02 22), and one that we take back ourselves (R19, R20, R27)."""

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, aliased, selectinload

from clinic import audit, charges, claims, ledger
from clinic.claims.states import move
from clinic.formats import usd
from clinic.models import Account, Claim, ClaimPayment, Denial, EntryKind, JournalEntry, Remittance
from clinic.remittances.errors import RemittanceError, WrongState
from clinic.remittances.plans import Plan, Surroundings, moved

ZERO = Decimal("0.00")
SETTLED = ("posted", "denied")


def plan(session: Session, payment: ClaimPayment, claim: Claim | None, around: Surroundings) -> Plan:
    """What a reversal does: the exact opposite of the payment it takes back, account by account (R19).

    The original is the newest posted payment of the claim with opposite amounts. Without one a person must look.
    """
    original = _original(session, payment, claim, around)
    if original is None or claim is None:
        words = "A reversal, but no posted payment of ours has the opposite amounts."
        return Plan(payment, exception=words)
    entry = _entry_of(session, original)
    lines = _opposite(entry) if entry is not None else []
    made = Plan(payment, claim, claim.payer_id, lines=lines, outcome="pending", reverses=original)
    if made.paid != payment.amount_paid:
        made.exception = (
            f"The payment it takes back was posted as {usd(-made.paid)}, not {usd(-payment.amount_paid)}."
        )
        return made
    around.taken_back.add(original.id)
    for line in lines:
        before = around.open_amounts.get(line.charge_id, ZERO)
        around.open_amounts[line.charge_id] = before - moved(line)
        for reason, amount in line.patient:
            if reason == charges.COPAY_AT_VISIT:
                # The copay expected at sign-off stands again until the correction answers it.
                around.copays[line.charge_id] = around.copays.get(line.charge_id, ZERO) + amount
    return made


def mark(session: Session, payment: ClaimPayment, original: ClaimPayment, claim: Claim) -> None:
    """Link the reversal and close what came from the original: its denials are settled as reversed."""
    payment.reverses_id = original.id
    original.state = "reversed"
    _close_denials(session, original, claim, "Taken back by the payer")


def unpost(session: Session, remittance: Remittance, reason: str, key: str) -> None:
    """Take a whole remittance back by linked entries, once (R27); what patients paid meanwhile becomes a credit.

    Raises WrongState unless it is posted, RemittanceError without a reason.
    """
    session.refresh(remittance, with_for_update={"of": Remittance})
    if remittance.state == "reversed":
        return  # the second click
    if remittance.state != "posted":
        raise WrongState("Only a posted remittance can be taken back.")
    if not reason.strip():
        raise RemittanceError("Say why it is taken back.")
    payments = list(remittance.claim_payments)
    paid_back = next((each for each in payments if each.state == "refunded"), None)
    if paid_back is not None:
        number = paid_back.control_number or "the rest"
        raise WrongState(
            f"{usd(paid_back.amount_paid)} of {number} was paid back: reverse that refund first."
        )
    gone = next((each for each in payments if each.state == "reversed"), None)
    if gone is not None:
        number = gone.control_number
        raise WrongState(f"The payer took back claim {number} since: take that remittance back first.")
    by_id = _claims_of(session, payments)
    if _has_entries(session, remittance.id):
        ledger.reverse_remittance(session, remittance.id, reason, key)
    for payment in payments:
        if payment.reverses_id is not None and payment.state == "posted":
            # What it had taken back stands again.
            session.get_one(ClaimPayment, payment.reverses_id).state = "posted"
        elif payment.state in SETTLED and payment.claim_id is not None:
            _reopen(session, payment, by_id[payment.claim_id], reason)
        payment.state = "reversed"
    remittance.state, remittance.reason = "reversed", reason.strip()
    session.flush()
    touched = [line.charge_id for claim in by_id.values() for line in claim.lines]
    if touched:
        charges.release_copay_credits(session, touched, key=f"{key}:copay")
    audit.record(
        session,
        "remittance.unpost",
        patients=sorted({claim.patient_id for claim in by_id.values()}),
        subject=f"remittance:{remittance.id}",
        category="money",
        changes={"state": ["posted", "reversed"], "reason": reason},
    )


def unpost_claim(session: Session, payment: ClaimPayment, reason: str, key: str) -> None:
    """Take one claim of a posted remittance back, once; its cash waits as unapplied insurance money (R10, R27).

    Raises WrongState unless the claim is posted, RemittanceError without a reason.
    """
    remittance = payment.remittance
    session.refresh(remittance, with_for_update={"of": Remittance})
    session.refresh(payment)
    if payment.state == "unmatched":
        return  # the second click
    if payment.state not in SETTLED or payment.reverses_id is not None or remittance.state != "posted":
        raise WrongState("Only a posted payment of a posted remittance can be taken back.")
    if not reason.strip():
        raise RemittanceError("Say why it is taken back.")
    claim = _claims_of(session, [payment])[payment.claim_id or 0]
    entry = _entry_of(session, payment)
    if entry is not None:
        ledger.reverse_entry(session, entry, reason, key)
        if payment.amount_paid and any(each.account is Account.CASH for each in entry.postings):
            ledger.post_unmatched_insurance(
                session,
                remittance_id=remittance.id,
                claim_payment_id=payment.id,
                payer_id=remittance.payer_id,
                amount=payment.amount_paid,
                paid_on=remittance.paid_on,
                key=f"{key}:held",
            )
    _reopen(session, payment, claim, reason)
    payment.state, payment.reason = "unmatched", f"Taken back: {reason.strip()}"
    payment.claim_id, payment.matched_by = None, ""
    session.flush()
    charges.release_copay_credits(session, [line.charge_id for line in claim.lines], key=f"{key}:copay")
    audit.record(
        session,
        "remittance.unpost_claim",
        patients=[claim.patient_id],
        subject=f"claim_payment:{payment.public_id}",
        category="money",
        changes={"reason": reason, "amount": str(payment.amount_paid)},
    )


def _original(
    session: Session, payment: ClaimPayment, claim: Claim | None, around: Surroundings
) -> ClaimPayment | None:
    if claim is None:
        return None
    same_number = [ClaimPayment.control_number == payment.control_number]
    if payment.payer_claim_number:
        same_number.append(ClaimPayment.payer_claim_number == payment.payer_claim_number)
    query = (
        select(ClaimPayment)
        .where(
            ClaimPayment.claim_id == claim.id,
            ClaimPayment.state.in_(SETTLED),
            ClaimPayment.reverses_id.is_(None),
            ClaimPayment.amount_paid == -payment.amount_paid,
            ClaimPayment.amount_billed == -payment.amount_billed,
            ClaimPayment.id.not_in({payment.id, *around.taken_back}),
            or_(*same_number),
        )
        .order_by(ClaimPayment.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _entry_of(session: Session, payment: ClaimPayment) -> JournalEntry | None:
    """The entry that posted a claim payment on its charges and that stands; None for a full denial."""
    reversal = aliased(JournalEntry)
    query = (
        select(JournalEntry)
        .where(
            JournalEntry.claim_payment_id == payment.id,
            JournalEntry.kind == EntryKind.INSURANCE_PAYMENT,
            JournalEntry.patient_id.is_not(None),
            ~select(reversal.id).where(reversal.reverses_id == JournalEntry.id).exists(),
        )
        .options(selectinload(JournalEntry.postings))
        .order_by(JournalEntry.id.desc())
        .limit(1)
    )
    return session.scalar(query)


def _opposite(entry: JournalEntry) -> list[ledger.LinePosting]:
    """The entry's postings negated, charge by charge."""
    said: dict[int, dict[Account, list[tuple[str, Decimal]]]] = defaultdict(lambda: defaultdict(list))
    for posting in entry.postings:
        if posting.charge_id is not None:
            said[posting.charge_id][posting.account].append((posting.reason, -posting.amount))
    return [
        ledger.LinePosting(
            charge_id,
            paid=sum(
                (
                    amount
                    for money in (Account.CASH, Account.UNAPPLIED_INSURANCE)
                    for _, amount in by_account[money]
                ),
                ZERO,
            ),
            contractual=by_account[Account.CONTRACTUAL],
            patient=by_account[Account.PATIENT_RECEIVABLE],
            write_off=by_account[Account.WRITE_OFF],
        )
        for charge_id, by_account in said.items()
    ]


def _has_entries(session: Session, remittance_id: int) -> bool:
    reversal = aliased(JournalEntry)
    query = select(JournalEntry.id).where(
        JournalEntry.remittance_id == remittance_id,
        JournalEntry.kind != EntryKind.REVERSAL,
        ~select(reversal.id).where(reversal.reverses_id == JournalEntry.id).exists(),
    )
    return session.scalar(query.limit(1)) is not None


def _claims_of(session: Session, payments: Sequence[ClaimPayment]) -> dict[int, Claim]:
    ids = {payment.claim_id for payment in payments if payment.claim_id is not None}
    if not ids:
        return {}
    query = (
        select(Claim).where(Claim.id.in_(ids)).options(selectinload(Claim.patient), selectinload(Claim.lines))
    )
    return {claim.id: claim for claim in session.scalars(query)}


def _reopen(session: Session, payment: ClaimPayment, claim: Claim, reason: str) -> None:
    """The claim waits at the payer again, and the denials of this payment are closed."""
    _close_denials(session, payment, claim, f"Taken back: {reason.strip()}")
    state = claim.state if claim.state in ("corrected", "voided") else "pending"
    text = f"The posting of {usd(payment.amount_paid)} was taken back: {reason.strip()}"
    move(session, claim, state, "unposted", text, details={"claim_payment": payment.public_id})


def _close_denials(session: Session, payment: ClaimPayment, claim: Claim, note: str) -> None:
    query = select(Denial).where(Denial.claim_id == claim.id, Denial.claim_payment_id == payment.id)
    for denial in session.scalars(query):
        claims.settle_denial(session, denial, "reversed", note)
