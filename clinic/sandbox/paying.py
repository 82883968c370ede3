"""What is due, paid: one 835 for each payer and payee of a run, balanced at every level (R4, R5, R19 to R21)."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import x12
from clinic.sandbox import instructions
from clinic.sandbox.adjudication import LineDecision
from clinic.sandbox.decisions import CENT, count, decide
from clinic.sandbox.mailbox import answer, next_number, reply_envelope
from clinic.sandbox.received import freeze_decision, payee, payment
from clinic.sandbox.tables import SandboxClaim, SandboxInstruction, SandboxPayer, SandboxRecoupment

NOTHING = Decimal(0)
# A correction allows a tenth less than the payment it replaces.
CORRECTION_PERCENT = 90


@dataclass(slots=True)
class _Run:
    """What goes into one remittance: reversals stand before what corrects them (R20)."""

    edi_id: str
    claims: list[x12.ClaimPayment] = field(default_factory=list)
    rows: list[SandboxClaim] = field(default_factory=list)
    interest: list[tuple[str, Decimal]] = field(default_factory=list)
    taken_back: str = ""

    @property
    def total(self) -> Decimal:
        return sum((claim.amount_paid for claim in self.claims), NOTHING)


def pay(session: Session, today: date) -> int:
    """Decide and pay every accepted claim whose day has come, and follow what a trainer said about paid ones.

    Answers how many 835 were written. A payer that is silent pays nothing; its claims wait.
    """
    runs: dict[tuple[str, str, str], _Run] = {}
    for row, told in _told_to_reverse(session):
        _take_back(_run_of(runs, row), row)
        if told.reason_code == "CORRECT":
            _correct(_run_of(runs, row), row)
    for row in _due(session, today):
        _settle(session, _run_of(runs, row), row)
    for run in runs.values():
        _write(session, run, today)
    session.flush()
    return len(runs)


def _due(session: Session, today: date) -> list[SandboxClaim]:
    return list(
        session.scalars(
            select(SandboxClaim)
            .join(SandboxPayer, SandboxPayer.edi_id == SandboxClaim.edi_id)
            .where(
                SandboxClaim.state == "accepted",
                SandboxClaim.pay_on <= today,
                SandboxPayer.mode != "silent",
            )
            .order_by(SandboxClaim.edi_id, SandboxClaim.pay_on, SandboxClaim.id)
        )
    )


def _told_to_reverse(session: Session) -> list[tuple[SandboxClaim, SandboxInstruction]]:
    """Paid claims that a trainer wants taken back: the named one, or the payer's latest payment."""
    found = []
    rows = session.scalars(
        select(SandboxInstruction)
        .where(SandboxInstruction.used_at.is_(None), SandboxInstruction.action == "reverse")
        .order_by(SandboxInstruction.id)
    ).all()
    for told in rows:
        query = select(SandboxClaim).where(
            SandboxClaim.state == "paid", SandboxClaim.decision["denied"].as_boolean().is_(False)
        )
        if told.control_number:
            query = query.where(SandboxClaim.control_number == told.control_number)
        else:
            query = query.where(SandboxClaim.edi_id == told.edi_id)
        claim = session.scalar(query.order_by(SandboxClaim.id.desc()).limit(1))
        if claim is not None:
            instructions.use(told, claim.control_number)
            claim.state = "reversed"
            found.append((claim, told))
    session.flush()
    return found


def _run_of(runs: dict[tuple[str, str, str], _Run], row: SandboxClaim) -> _Run:
    partner, npi = row.content["partner"]["id"], row.content["payee"]["npi"]
    return runs.setdefault((row.edi_id, npi, partner), _Run(row.edi_id))


def _settle(session: Session, run: _Run, row: SandboxClaim) -> None:
    """Decide one due claim; a replacement or void takes back what was paid on the claim it names (C4)."""
    if row.replaces:
        original = session.scalar(
            select(SandboxClaim).where(
                SandboxClaim.payer_claim_number == row.replaces, SandboxClaim.state == "paid"
            )
        )
        if original is not None:
            original.state = "voided" if row.frequency == "8" else "replaced"
            _take_back(run, original)
        if row.frequency == "8":
            row.state = "voided"
            run.rows.append(row)
            return
    decide(session, row)
    row.state = "paid"
    paid = payment(row)
    run.rows.append(row)
    run.claims.append(paid)
    interest = Decimal(row.decision["interest"])
    if interest:
        run.interest.append((row.payer_claim_number, interest))


def _take_back(run: _Run, row: SandboxClaim) -> None:
    """The paid claim once more with every amount negated and no patient responsibility (R19)."""
    count(row, -1)
    paid = payment(row)
    run.rows.append(row)
    run.taken_back = row.payer_claim_number
    run.claims.append(
        replace(
            paid,
            status="22",
            amount_billed=-paid.amount_billed,
            amount_paid=-paid.amount_paid,
            patient_responsibility=None,
            adjustments=_negated(paid.adjustments),
            amounts=(),
            remarks=(),
            lines=tuple(
                replace(
                    line,
                    amount_billed=-line.amount_billed,
                    amount_paid=-line.amount_paid,
                    adjustments=_negated(line.adjustments),
                    amounts=(),
                )
                for line in paid.lines
            ),
        )
    )


def _negated(adjustments: Iterable[x12.Adjustment]) -> tuple[x12.Adjustment, ...]:
    return tuple(adjustment._replace(amount=-adjustment.amount) for adjustment in adjustments)


def _correct(run: _Run, row: SandboxClaim) -> None:
    """The corrected claim beside its reversal: what was withheld more is a contractual reduction (R20)."""
    lines = []
    for kept in row.decision["lines"]:
        paid = Decimal(kept["paid"])
        less = paid - (paid * CORRECTION_PERCENT / 100).quantize(CENT)
        adjustments = [
            x12.Adjustment(group, reason, Decimal(amount)) for group, reason, amount in kept["adjustments"]
        ]
        if less:
            adjustments = _more_written_off(adjustments, less)
        lines.append(
            LineDecision(
                Decimal(kept["allowed"]) - less, paid - less, tuple(adjustments), tuple(kept["remarks"])
            )
        )
    row.decision = {**row.decision, "lines": freeze_decision(tuple(lines)), "interest": "0"}
    row.state = "paid"
    count(row)
    run.claims.append(payment(row))


def _more_written_off(adjustments: list[x12.Adjustment], less: Decimal) -> list[x12.Adjustment]:
    if adjustments and adjustments[0][:2] == ("CO", "45"):
        return [adjustments[0]._replace(amount=adjustments[0].amount + less), *adjustments[1:]]
    return [x12.Adjustment("CO", "45", less), *adjustments]


def _write(session: Session, run: _Run, today: date) -> None:
    """One 835, or none where a void had nothing to take back."""
    if not run.claims:
        return
    payer = session.get_one(SandboxPayer, run.edi_id)
    content = run.rows[0].content
    to = payee(content)
    year_end = date(today.year, 12, 31)
    provider_id = to.npi or to.tax_id
    adjustments = [
        x12.ProviderAdjustment(
            provider_id=provider_id,
            fiscal_year_end=year_end,
            reason=reason,
            reference=reference,
            amount=amount,
        )
        for reason, reference, amount in _provider_amounts(session, run, provider_id)
    ]
    amount = run.total - sum((item.amount for item in adjustments), NOTHING)
    number = next_number(session, run.edi_id, "check")
    # Two payers of three send the money by EFT, the others a check; it is always the same ones.
    electronic = int(_digits(run.edi_id, 8)) % 3 != 0
    method = "NON" if not amount else "ACH" if electronic else "CHK"
    trace = f"{_digits(run.edi_id, 3)}{number:07d}"
    envelope = reply_envelope(session, content["partner"])
    remittance = x12.Remittance(
        control_number="0001",
        amount=amount,
        method=method,
        handling="H" if method == "NON" else "I",
        paid_on=today,
        trace=trace,
        originator=f"1{_digits(run.edi_id, 9)}",
        payer=_payer(payer),
        payee=to,
        claims=tuple(run.claims),
        payment_format="CCP" if method == "ACH" else "",
        sender_routing="999999992" if method == "ACH" else "",
        sender_account="1" if method == "ACH" else "",
        receiver_routing="999999992" if method == "ACH" else "",
        receiver_account="1" if method == "ACH" else "",
        produced_on=today,
        provider_adjustments=tuple(adjustments),
    )
    answer(session, envelope, "835", x12.write_835(envelope, [remittance]))
    for row in run.rows:
        row.remittance_trace = trace


def _provider_amounts(session: Session, run: _Run, provider_id: str) -> list[tuple[str, str, Decimal]]:
    """The PLB of a run as (reason, reference, amount); a positive amount lowers the payment (R5)."""
    found = [("L6", number, -interest) for number, interest in run.interest]
    amount = run.total + sum((interest for _, interest in run.interest), NOTHING)
    found += [
        ("WO", reference, taken) for reference, taken in _recoupments(session, run, provider_id, amount)
    ]
    return found


def _recoupments(session: Session, run: _Run, provider_id: str, amount: Decimal) -> list[tuple[str, Decimal]]:
    """PLB WO: negative where more was taken back than this payment holds, positive where it is made up later (R21)."""
    if amount < 0:
        session.add(
            SandboxRecoupment(
                edi_id=run.edi_id, payee_id=provider_id, reference=run.taken_back, amount_open=-amount
            )
        )
        return [(run.taken_back, amount)]
    found = []
    rows = session.scalars(
        select(SandboxRecoupment)
        .where(
            SandboxRecoupment.edi_id == run.edi_id,
            SandboxRecoupment.payee_id == provider_id,
            SandboxRecoupment.amount_open > 0,
        )
        .order_by(SandboxRecoupment.id)
    )
    for row in rows:
        taken = min(row.amount_open, amount)
        if taken:
            row.amount_open -= taken
            amount -= taken
            found.append((row.reference, taken))
    return found


def _payer(payer: SandboxPayer) -> x12.Payer:
    return x12.Payer(
        name=payer.name,
        id=payer.edi_id,
        address=x12.Address(line1="1 PRACTICE WAY", city="PORTLAND", state="OR", zip_code="972010001"),
        contact=x12.Contact(name="PROVIDER SERVICES", phone="5035550142"),
    )


def _digits(edi_id: str, count: int) -> str:
    """Digits that belong to a payer for ever, for its trace and originator numbers; a made-up 9xx number."""
    number = int.from_bytes(hashlib.sha256(edi_id.encode()).digest()[:6], "big")
    return "9" + f"{number:015d}"[-(count - 1) :] if count > 1 else "9"
