"""What the payer decides about a claim when its day has come: denials first, then the plan's arithmetic."""

from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.sandbox import accumulators, instructions
from clinic.sandbox.adjudication import AskedLine, Decision, LineDecision, Terms, adjudicate, pay_half
from clinic.sandbox.intake import seed_of
from clinic.sandbox.received import freeze_decision, services
from clinic.sandbox.tables import SandboxClaim, SandboxFee, SandboxInstruction
from clinic.x12 import Adjustment

FILING_LIMIT, DUPLICATE, NO_AUTHORIZATION, BUNDLED, CONCURRENT = "29", "18", "197", "97", "59"
# CARCs that the guide lets stand only beside a remark.
REMARKS = {"16": ("N382",), "96": ("N30",), "129": ("N4",), "252": ("N706",)}
INTEREST_EVERY = 23
CENT = Decimal("0.01")
FULL_DENIAL_EVERY = 4


def decide(session: Session, claim: SandboxClaim) -> SandboxInstruction | None:
    """Write `claim.decision` and count it in the member's accumulators; answers the instruction that was followed.

    CLP02 is 1 for most full denials and 4 for some, as payers do (C3).
    """
    member = claim.member
    if member is None:
        raise LookupError("a claim without a member is never accepted")
    told = claim.instruction or instructions.for_paying(session, claim.control_number)
    left = accumulators.of(session, member)
    terms = Terms(
        copay=member.plan.copay,
        copay_only=member.plan.copay_only,
        deductible_left=left.deductible_left,
        out_of_pocket_left=left.out_of_pocket_left,
        coinsurance_percent=member.plan.coinsurance_percent,
        allowed_percent=member.plan.allowed_percent,
        fees=_fees(session, claim.edi_id),
    )
    decision = adjudicate(_asked(session, claim, told), terms)
    lines = decision.lines
    if told is not None and told.action == "partial" and len(lines) == 1:
        lines = (pay_half(lines[0], *instructions.reason(told, CONCURRENT)),)
    if told is not None and told.action == "out_of_balance":
        lines = (_one_cent_off(lines[0]), *lines[1:])
    seed = seed_of(claim.control_number)
    claim.decision = {
        "lines": freeze_decision(lines),
        "deductible": str(decision.deductible),
        "patient_share": str(decision.patient_share),
        "denied": decision.denied,
        "status": "4" if decision.denied and seed % FULL_DENIAL_EVERY == 0 else "1",
        "interest": str(_interest(decision, seed)),
    }
    count(claim)
    return told


def count(claim: SandboxClaim, times: int = 1) -> None:
    """Count a decision in the member's accumulators; -1 gives back what a reversed one had counted."""
    if claim.member is not None and claim.decision:
        accumulators.add(
            claim.member,
            times * Decimal(claim.decision["deductible"]),
            times * Decimal(claim.decision["patient_share"]),
        )


def _asked(session: Session, claim: SandboxClaim, told: SandboxInstruction | None) -> list[AskedLine]:
    whole = _whole_denial(session, claim, told)
    needed = set(claim.member.plan.needs_authorization) if claim.member else set()
    asked = []
    count = len(claim.content["lines"])
    for number, line in enumerate(claim.content["lines"], 1):
        denial = whole
        if denial is None and line["procedure"] in needed and not line["authorization"]:
            denial = ("CO", NO_AUTHORIZATION)
        if denial is None and told is not None and told.action == "partial" and 1 < number == count:
            denial = instructions.reason(told, BUNDLED)
        asked.append(
            AskedLine(
                procedure=line["procedure"],
                amount_billed=Decimal(line["billed"]),
                units=Decimal(line["units"]),
                denial=denial,
                remarks=REMARKS.get(denial[1], ()) if denial else (),
            )
        )
    return asked


def _whole_denial(
    session: Session, claim: SandboxClaim, told: SandboxInstruction | None
) -> tuple[str, str] | None:
    """Group and CARC where the whole claim is denied."""
    if told is not None and told.action == "deny":
        return instructions.reason(told, NO_AUTHORIZATION)
    plan = claim.member.plan if claim.member else None
    if plan is not None and (claim.received_on - claim.service_on).days > plan.filing_days:
        return ("CO", FILING_LIMIT)
    if _paid_before(session, claim):
        return ("CO", DUPLICATE)
    return None


def _paid_before(session: Session, claim: SandboxClaim) -> bool:
    """Whether another open claim of the member was paid for a service of this one."""
    others = session.scalars(
        select(SandboxClaim).where(
            SandboxClaim.edi_id == claim.edi_id,
            SandboxClaim.member_id == claim.member_id,
            SandboxClaim.service_on == claim.service_on,
            SandboxClaim.state == "paid",
            SandboxClaim.id != claim.id,
        )
    )
    wanted = services(claim.content)
    return any(
        wanted & services(other.content)
        for other in others
        if not other.decision.get("denied")
        and other.content["payee"]["npi"] == claim.content["payee"]["npi"]
        and other.content["rendering"] == claim.content["rendering"]
    )


def _fees(session: Session, edi_id: str) -> dict[str, Decimal]:
    rows = session.scalars(select(SandboxFee).where(SandboxFee.edi_id == edi_id))
    return {row.code: row.allowed for row in rows}


def _one_cent_off(line: LineDecision) -> LineDecision:
    """A line that does not balance, for practice with R6."""
    first, *others = line.adjustments or (Adjustment("CO", "45", Decimal(0)),)
    return LineDecision(
        line.allowed,
        line.paid,
        (first._replace(amount=first.amount + CENT), *others),
        line.remarks,
    )


def _interest(decision: Decision, seed: int) -> Decimal:
    """Now and then a claim was paid late and earns one per cent (PLB L6)."""
    if decision.paid <= 0 or seed % INTEREST_EVERY:
        return Decimal(0)
    return (decision.paid / 100).quantize(CENT)
