"""What an 835 says as rows: one remittance, its claims, lines and adjustments, its identity and its proofs (R1 to R7)."""

import hashlib
from collections.abc import Iterable
from dataclasses import fields, is_dataclass
from decimal import Decimal
from typing import Any

from clinic import clock, x12
from clinic.db import new_public_id
from clinic.formats import usd
from clinic.models import (
    ClaimPayment,
    Payer,
    ProviderAdjustment,
    Remittance,
    RemittanceAdjustment,
    ServicePayment,
    StoredFile,
)

SEGMENTS = {"line": "SVC", "claim": "CLP", "lines": "CLP", "check": "BPR", "patient": "CLP"}
# MOA remarks of a Medicare claim that was forwarded to the next payer (C8).
FORWARDED_REMARKS = frozenset({"MA18", "N89", "MA07"})
FORWARDED_STATUSES = frozenset({"19", "20", "21"})


def identity_of(originator: str, trace: str, amount: Decimal, paid_on: object, payee: str) -> str:
    """The key of R2: who pays, check or EFT number, amount, date, payee."""
    return "|".join([originator.strip(), trace.strip(), f"{amount:.2f}", str(paid_on or ""), payee.strip()])


def content_hash(read: x12.Remittance) -> str:
    """SHA-256 of what the set says, whatever envelope, delimiters or set number it came in (R2)."""
    said = _plain(read)
    del said["control_number"]
    return hashlib.sha256(repr(said).encode()).hexdigest()


def make(
    read: x12.Remittance, *, payer: Payer | None, file: StoredFile | None, set_index: int, source: str
) -> Remittance:
    """A remittance row without its claims; `state` is still empty."""
    payee = read.payee.npi or read.payee.tax_id or read.payee.other_id
    return Remittance(
        public_id=new_public_id(),
        file_id=file.id if file else None,
        set_index=set_index,
        source=source,
        payer_id=payer.id if payer else None,
        payer_name=payer.name if payer else read.payer.name or "Unknown payer",
        originator=read.originator,
        trace=read.trace,
        payee_id=payee,
        amount=read.amount,
        method=read.method,
        paid_on=read.paid_on,
        identity=identity_of(read.originator, read.trace, read.amount, read.paid_on, payee),
        content_hash=content_hash(read),
        interchange=f"{read.envelope.control_number:09d}" if read.envelope else "",
        state="",
        findings=[finding.as_dict() for finding in read.findings],
        received_at=clock.now(),
    )


def claim_payments(read: x12.Remittance, proof: x12.BalanceProof) -> list[ClaimPayment]:
    """The claims of a set as rows, none posted; what does not balance says so."""
    return [
        _claim_payment(claim, position, checked)
        for position, (claim, checked) in enumerate(zip(read.claims, proof.claims, strict=True), start=1)
    ]


def provider_adjustments(read: x12.Remittance) -> list[ProviderAdjustment]:
    """The PLB pairs of a set as rows."""
    return [
        ProviderAdjustment(
            reason_code=each.reason,
            reference=each.reference,
            amount=each.amount,
            segment_position=each.position,
        )
        for each in read.provider_adjustments
    ]


def proofs_of(read: x12.Remittance, proof: x12.BalanceProof) -> dict[str, Any]:
    """The three proofs as plain values: for line, claim and check whether it holds, what was expected and found, by
    how much it differs and where; `failures` lists every sum that does not hold (R4 to R7, Z5)."""
    failures = [(_owner(proof, failure), failure) for failure in proof.failures]
    lines = [line for claim in proof.claims for line in claim.lines if line.level == "line"]
    wrong_lines = [failure for _, failure in failures if failure.level in ("line", "lines")]
    wrong_claims = [failure for _, failure in failures if failure.level == "claim"]
    return {
        "line": _proof(wrong_lines, len(lines), sum(line.ok for line in lines)),
        "claim": _proof(wrong_claims, len(proof.claims), sum(claim.claim.ok for claim in proof.claims)),
        "check": _balance(proof.check)
        | {
            "claims": str(sum((claim.amount_paid for claim in read.claims), Decimal("0.00"))),
            "provider": str(sum((each.amount for each in read.provider_adjustments), Decimal("0.00"))),
        },
        "failures": [_balance(failure) | {"claim": owner} for owner, failure in failures],
        "warnings": [_balance(warning) for warning in proof.warnings],
    }


def fault(balance: x12.Balance) -> str:
    """A sum that does not hold as one sentence: the segment, both amounts, the cents between them (R6)."""
    return (
        f"Segment {_place(balance)} ({SEGMENTS[balance.level]}): {balance.label} should be "
        f"{usd(balance.expected)}, the payer wrote {usd(balance.found)}, off by {usd(balance.difference)}."
    )


def _claim_payment(claim: x12.ClaimPayment, position: int, checked: x12.ClaimProof) -> ClaimPayment:
    patient = claim.patient
    wrong = [each for each in checked.lines if not each.ok]
    if not checked.claim.ok:
        wrong.insert(0, checked.claim)
    services = [_service(line, place) for place, line in enumerate(claim.lines, start=1)]
    days = [line.service_from for line in claim.lines if line.service_from is not None]
    row = ClaimPayment(
        public_id=new_public_id(),
        position=position,
        segment_position=claim.position,
        control_number=claim.control_number,
        status_code=claim.status,
        amount_billed=claim.amount_billed,
        amount_paid=claim.amount_paid,
        patient_responsibility=claim.patient_responsibility or Decimal("0.00"),
        payer_claim_number=claim.payer_control_number,
        patient_last_name=patient.last_name if patient else "",
        patient_first_name=patient.first_name if patient else "",
        member_id=_member_id(claim),
        service_on=claim.statement_from or min(days, default=None),
        crossover=_crossover(claim),
        remark_codes=list(claim.remarks),
        state="not_posted",
        reason="" if checked.ok else fault(wrong[0]),
        raw=claim.raw,
        services=services,
    )
    row.adjustments = [_adjustment(each) for each in claim.adjustments]
    for service in services:
        row.adjustments += service.adjustments
    return row


def _service(line: x12.ServicePayment, position: int) -> ServicePayment:
    return ServicePayment(
        position=position,
        code=line.procedure,
        modifiers=list(line.modifiers),
        billed_code=line.billed_procedure,
        billed_modifiers=list(line.billed_modifiers),
        segment_position=line.position,
        control_number=line.line_control_number,
        units=line.units_paid,
        amount_billed=line.amount_billed,
        amount_paid=line.amount_paid,
        service_on=line.service_from,
        remark_codes=list(line.remarks),
        adjustments=[_adjustment(each) for each in line.adjustments],
    )


def _adjustment(said: x12.Adjustment) -> RemittanceAdjustment:
    return RemittanceAdjustment(
        group_code=said.group, reason_code=said.reason, amount=said.amount, quantity=said.quantity
    )


def _member_id(claim: x12.ClaimPayment) -> str:
    people = (claim.patient, claim.subscriber)
    return next((person.member_id for person in people if person and person.member_id), "")


def _crossover(claim: x12.ClaimPayment) -> str:
    """Whom the payer forwarded the claim to, empty when it did not (C8)."""
    if claim.crossover_payer is not None:
        return claim.crossover_payer.name or "the next payer"
    if claim.status in FORWARDED_STATUSES or FORWARDED_REMARKS.intersection(claim.remarks):
        return "the next payer"
    return ""


def _proof(wrong: list[x12.Balance], count: int, held: int) -> dict[str, Any]:
    if wrong:
        return _balance(wrong[0]) | {"count": count, "held": held}
    return {"ok": True, "expected": "0.00", "found": "0.00", "difference": "0.00", "position": 0} | {
        "count": count,
        "held": held,
    }


def _balance(balance: x12.Balance) -> dict[str, Any]:
    return {
        "ok": balance.ok,
        "level": balance.level,
        "label": balance.label,
        "segment": SEGMENTS[balance.level],
        "position": _place(balance),
        "expected": str(balance.expected),
        "found": str(balance.found),
        "difference": str(balance.difference),
    }


def _place(balance: x12.Balance) -> int:
    # The proof names the ST of the set; the payment itself stands in the BPR right behind it.
    return balance.position + 1 if balance.level == "check" and balance.position else balance.position


def _owner(proof: x12.BalanceProof, failure: x12.Balance) -> int:
    """The place of the claim that a failure belongs to, 0 for the check."""
    for position, claim in enumerate(proof.claims, start=1):
        if failure is claim.claim or any(failure is line for line in claim.lines):
            return position
    return 0


def _plain(value: Any) -> Any:
    """A dataclass as plain values without what never counts for equality (positions, raw text, envelope)."""
    if is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.compare}
    if isinstance(value, tuple):
        return tuple(_plain(each) for each in value)
    return value


def total(amounts: Iterable[Decimal]) -> Decimal:
    """The sum, $0.00 of nothing."""
    return sum(amounts, Decimal("0.00"))
