"""One remittance into the ledger, as sets: reversals first, then payments, what nobody could match, provider level
(R8 to R23). The one way for an 835, a paper remittance, and one that a person released.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import audit, charges, claims, clock, estimates, ledger
from clinic.models import (
    Account,
    Claim,
    ClaimPayment,
    Coverage,
    Payer,
    Remittance,
    StoredFile,
    UnappliedItem,
)
from clinic.remittances import plans, reversals, rules
from clinic.remittances.plans import Plan, Surroundings

ZERO = Decimal("0.00")
PLB_ACCOUNTS = {
    "WO": Account.RECOUPMENT_RECEIVABLE,
    "FB": Account.RECOUPMENT_RECEIVABLE,
    "L6": Account.INTEREST_INCOME,
    "J1": Account.PAYER_ADJUSTMENT,
    "IR": Account.PAYER_ADJUSTMENT,
    "LE": Account.PAYER_ADJUSTMENT,
    "51": Account.PAYER_ADJUSTMENT,
    "50": Account.PAYER_ADJUSTMENT,
    "CT": Account.PAYER_ADJUSTMENT,
    "E3": Account.PAYER_ADJUSTMENT,
    "PL": Account.PAYER_ADJUSTMENT,
}
"""Where a PLB code goes (R21, R22); every other code, 72 and CS among them, waits in suspense for a person."""
CROSSOVER_DAYS = 30


def post(session: Session, remittance: Remittance, only: Iterable[ClaimPayment] | None = None) -> None:
    """Post a remittance whose row is locked, and set it `posted`; its cash is BPR02 exactly.

    `only` names the claim payments that may be posted of one that does not balance: what is missing to BPR02 then
    stands in suspense (R6). Everything else is posted, or held as unapplied insurance cash for a person (R10).
    """
    prefix = prefix_of(remittance)
    chosen = list(remittance.claim_payments if only is None else only)
    made = plan(session, remittance, chosen)
    _post_plans(session, remittance, made, prefix)
    held = _hold(session, remittance, [each for each in made if not each.ready], prefix)
    provider = _post_provider_level(session, remittance, prefix)
    reached = sum((each.paid for each in made if each.ready), ZERO) + held - provider
    if reached != remittance.amount:
        ledger.post_provider_adjustment(
            session,
            remittance_id=remittance.id,
            account=Account.SUSPENSE,
            reason="DIFFERENCE",
            amount=reached - remittance.amount,
            reference=remittance.trace,
            payer_id=remittance.payer_id,
            paid_on=remittance.paid_on,
            key=f"{prefix}:difference",
        )
    remittance.state = "posted"
    remittance.posted_at, remittance.posted_by = clock.now(), audit.actor().user_id
    session.flush()
    audit.record(
        session,
        "remittance.post",
        patients=sorted({each.claim.patient_id for each in made if each.claim}),
        subject=f"remittance:{remittance.id}",
        category="money",
        changes={"amount": str(remittance.amount), "claims": len(made), "held": str(held)},
    )


def prefix_of(remittance: Remittance) -> str:
    """The idempotency keys of one posting of a remittance: its row is locked, and its version moves on with it."""
    return f"remittance:{remittance.id}:{remittance.version}"


def plan(session: Session, remittance: Remittance, chosen: Sequence[ClaimPayment]) -> list[Plan]:
    """A plan for each claim payment, reversals first (R20); sets `claim_id`, `matched_by` and `reason` of the rows."""
    ordered = sorted(chosen, key=lambda each: (each.status_code != "22", each.position))
    matches = claims.match_many(session, [question_of(each) for each in ordered])
    found = [match.claim for match in matches if match.claim is not None]
    around = surroundings(session, remittance, found)
    made = []
    for payment, match in zip(ordered, matches, strict=True):
        payment.claim_id = match.claim.id if match.claim else None
        payment.matched_by, payment.reason = match.by, match.warning
        information = plans.is_information(payment)
        if payment.status_code == "22":
            made.append(reversals.plan(session, payment, match.claim, around))
        elif match.claim is None or information:
            made.append(Plan(payment, exception=information or match.reason))
        else:
            made.append(plans.make(payment, match.claim, around))
    return made


def question_of(payment: ClaimPayment) -> claims.Question:
    """What a claim payment says of its claim, for matching (R8)."""
    return claims.Question(
        control_number=payment.control_number,
        payer_claim_number=payment.payer_claim_number,
        amount_billed=payment.amount_billed,
        member_id=payment.member_id,
        last_name=payment.patient_last_name,
        first_name=payment.patient_first_name,
        service_on=payment.service_on,
    )


def surroundings(session: Session, remittance: Remittance, found: Sequence[Claim]) -> Surroundings:
    """What the plans of these claims need, in four queries."""
    patients = {claim.patient_id: claim for claim in found}
    charge_ids = sorted({line.charge_id for claim in found for line in claim.lines})
    next_positions: dict[int, list[int]] = defaultdict(list)
    query = select(Coverage).where(Coverage.patient_id.in_(patients), Coverage.position > 1)
    for coverage in session.scalars(query) if patients else ():
        # The visits of one remittance lie close together: a cover that ended before any of them does not count.
        if any(
            coverage.covers(claim.service_on) for claim in found if claim.patient_id == coverage.patient_id
        ):
            next_positions[coverage.patient_id].append(coverage.position)
    balances = ledger.charge_balances(session, charge_ids) if charge_ids else {}
    return Surroundings(
        rules=rules.load(session),
        payer=session.get(Payer, remittance.payer_id) if remittance.payer_id else None,
        next_positions=next_positions,
        copays=charges.copays_transferred(session, charge_ids) if charge_ids else {},
        open_amounts={charge_id: balance.insurance for charge_id, balance in balances.items()},
    )


def _post_plans(session: Session, remittance: Remittance, made: Sequence[Plan], prefix: str) -> None:
    ready = [each for each in made if each.ready]
    ledger.post_insurance_payments(
        session, {f"{prefix}:{each.payment.id}": payment_of(remittance, each) for each in ready if each.lines}
    )
    settle(session, remittance, ready, prefix)


def payment_of(remittance: Remittance, made: Plan) -> ledger.InsurancePayment:
    """A plan as the ledger takes it, with its cause: file and segment, and the payment it takes back (R19)."""
    cause = {"file_id": remittance.file_id, "segment": made.payment.segment_position}
    if made.reverses is not None:
        cause["reverses_claim_payment"] = made.reverses.id
    memo = "Insurance payment taken back" if made.reverses is not None else "Insurance payment"
    return ledger.InsurancePayment(
        patient_id=made.on.patient_id,
        payer_id=made.payer_id or made.on.payer_id,
        lines=made.lines,
        remittance_id=remittance.id,
        claim_payment_id=made.payment.id,
        paid_on=remittance.paid_on,
        memo=memo,
        cause=cause,
    )


def settle(session: Session, remittance: Remittance, ready: Sequence[Plan], prefix: str) -> None:
    """What follows from posted plans: the claim's decision, its denials, the copay, the patient's money, what came of the
    visit's estimate (R20 to R24, E9)."""
    file = session.get(StoredFile, remittance.file_id) if remittance.file_id else None
    corrected = {each.on.id for each in ready if each.outcome != "pending"}
    for each in ready:
        claim, payment = each.on, each.payment
        payment.state = "denied" if each.outcome == "denied" else "posted"
        if each.reverses is not None:
            reversals.mark(session, each.payment, each.reverses, claim)
        if not (each.outcome == "pending" and claim.id in corrected):
            claims.record_adjudication(session, claim, payment, each.outcome, file=file)
        if each.outcome == "pending" and claim.id not in corrected:
            claims.set_next_action(session, claim, "Await the payer's correction", clock.today())
        if payment.crossover and each.outcome != "pending":
            _await_crossover(session, claim, payment)
        for denied in each.denied:
            claims.open_denial(
                session,
                claim,
                group_code=denied.group,
                reason_code=denied.reason,
                amount=denied.amount,
                charge_id=denied.charge_id,
                claim_payment_id=payment.id,
                remark_codes=denied.remarks,
                category=denied.category,
            )
    touched = [line.charge_id for each in ready for line in each.lines]
    if touched:
        charges.release_copay_credits(session, touched, key=f"{prefix}:copay")
    _apply_unapplied(session, [each.on for each in ready], prefix)
    estimates.learn(session, [each.on.encounter_id for each in ready], remittance.id)


def _await_crossover(session: Session, claim: Claim, payment: ClaimPayment) -> None:
    """The payer sent the claim on itself: no secondary claim, but an alarm if its answer does not come (C8)."""
    due = clock.today() + timedelta(days=CROSSOVER_DAYS)
    claims.set_next_action(session, claim, f"Crossed over to {payment.crossover}: expect its remittance", due)


def _apply_unapplied(session: Session, settled: Iterable[Claim], prefix: str) -> None:
    """Patients' unapplied money pays what is theirs now, before any statement (R23)."""
    households = {claim.patient_id: claim.patient.guarantor_id for claim in settled}
    if not households:
        return
    query = select(UnappliedItem.guarantor_id).where(
        UnappliedItem.guarantor_id.in_(set(households.values())), UnappliedItem.amount > 0
    )
    with_money = set(session.scalars(query))
    for patient_id, guarantor_id in households.items():
        if guarantor_id in with_money:
            ledger.apply_unapplied(session, guarantor_id, patient_id, key=f"{prefix}:apply:{patient_id}")


def _hold(session: Session, remittance: Remittance, waiting: Sequence[Plan], prefix: str) -> Decimal:
    """Put what a person must settle into the queue, its cash into unapplied insurance money (R10); returns the cash."""
    held = ZERO
    for each in waiting:
        payment = each.payment
        information = plans.is_information(payment) and not payment.amount_paid
        payment.state = "information" if information else "unmatched"
        payment.reason = each.exception
        if each.exception and each.claim is None and not information:
            payment.claim_id, payment.matched_by = None, ""
        if payment.amount_paid:
            held += payment.amount_paid
            ledger.post_unmatched_insurance(
                session,
                remittance_id=remittance.id,
                claim_payment_id=payment.id,
                payer_id=remittance.payer_id,
                amount=payment.amount_paid,
                paid_on=remittance.paid_on,
                key=f"{prefix}:{payment.id}",
            )
    return held


def _post_provider_level(session: Session, remittance: Remittance, prefix: str) -> Decimal:
    """Post each PLB pair to its account (R5, R21, R22); returns their sum."""
    whole = ZERO
    for each in remittance.provider_adjustments:
        account = PLB_ACCOUNTS.get(each.reason_code, Account.SUSPENSE)
        each.account = account.value
        if not each.amount:
            continue
        whole += each.amount
        ledger.post_provider_adjustment(
            session,
            remittance_id=remittance.id,
            account=account,
            reason=each.reason_code,
            amount=each.amount,
            reference=each.reference,
            payer_id=remittance.payer_id,
            paid_on=remittance.paid_on,
            key=f"{prefix}:plb:{each.id}",
        )
    return whole
