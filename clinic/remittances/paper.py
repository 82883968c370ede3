"""A remittance on paper: typed in, proved and posted by the same way as an 835 (R30)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import x12
from clinic.formats import usd
from clinic.models import Claim, ClaimLine, Payer, Practice, Remittance
from clinic.remittances import intake, rows
from clinic.remittances.errors import DoesNotBalance, RemittanceError

ZERO = Decimal("0.00")


@dataclass(frozen=True)
class PaperLine:
    """What the payer did with one line of a claim; amounts in dollars, `other` as (group, reason, amount)."""

    line: ClaimLine
    paid: Decimal = ZERO
    contractual: Decimal = ZERO
    deductible: Decimal = ZERO
    coinsurance: Decimal = ZERO
    copay: Decimal = ZERO
    other: Sequence[tuple[str, str, Decimal]] = ()

    @property
    def adjustments(self) -> tuple[x12.Adjustment, ...]:
        named = (
            ("CO", "45", self.contractual),
            ("PR", "1", self.deductible),
            ("PR", "2", self.coinsurance),
            ("PR", "3", self.copay),
            *self.other,
        )
        return tuple(x12.Adjustment(group, reason, amount) for group, reason, amount in named if amount)

    @property
    def left(self) -> Decimal:
        """What is missing to the charge: zero when the line balances (R4)."""
        taken = sum((adjustment.amount for adjustment in self.adjustments), self.paid)
        return self.line.charge.amount - taken


@dataclass(frozen=True)
class PaperClaim:
    """One claim of a paper remittance with every line that it answers."""

    claim: Claim
    lines: Sequence[PaperLine]
    payer_claim_number: str = ""
    status: str = "1"


@dataclass(frozen=True)
class PaperRemittance:
    """The head of a paper remittance; `method` is CHK, ACH or NON."""

    payer: Payer
    trace: str
    paid_on: date
    amount: Decimal
    claims: Sequence[PaperClaim] = field(default_factory=tuple)
    method: str = "CHK"


def take_in_paper(session: Session, paper: PaperRemittance) -> Remittance:
    """Post a paper remittance; what its claims leave of the check is parked as unapplied insurance cash (R10, R30).

    The same one again returns the first. Raises DoesNotBalance where a line does not hold or the claims pay more than
    the check, RemittanceError for a check number that is posted already.
    """
    _must_balance(paper)
    read = _as_read(session, paper)
    intake.lock_identity(session, f"{paper.payer.id}|{paper.trace}|{paper.amount}")
    same_check = select(Remittance).where(
        Remittance.payer_id == paper.payer.id,
        Remittance.trace == paper.trace,
        Remittance.amount == paper.amount,
        Remittance.state.in_(("posted", *intake.UNSETTLED)),
    )
    earlier = session.scalars(same_check.order_by(Remittance.id)).first()
    if earlier is not None:
        if earlier.content_hash == rows.content_hash(read):
            return earlier
        raise RemittanceError(
            f"A remittance of {paper.payer.name} with number {paper.trace} and {usd(paper.amount)} is here already."
        )
    made = intake.keep(session, read, source="paper")
    for payment in made.claim_payments:
        if not payment.control_number and payment.state == "unmatched":
            payment.state, payment.reason = "parked", "The rest of the check."
    session.flush()
    return made


def _must_balance(paper: PaperRemittance) -> None:
    if not paper.trace.strip():
        raise RemittanceError("Enter the check or EFT number.")
    for each in paper.claims:
        for line in each.lines:
            if line.left:
                raise DoesNotBalance(
                    f"Claim {each.claim.control_number}, {line.line.charge.code}: "
                    f"{usd(line.left)} of {usd(line.line.charge.amount)} is neither paid nor adjusted."
                )
    rest = _rest(paper)
    if rest < 0:
        raise DoesNotBalance(f"The lines pay {usd(-rest)} more than the check of {usd(paper.amount)}.")


def _rest(paper: PaperRemittance) -> Decimal:
    return paper.amount - sum((line.paid for each in paper.claims for line in each.lines), ZERO)


def _as_read(session: Session, paper: PaperRemittance) -> x12.Remittance:
    """The same dataclasses that a file is read into."""
    practice = session.scalars(select(Practice).order_by(Practice.id).limit(1)).one()
    payments = [_payment(each) for each in paper.claims]
    rest = _rest(paper)
    if rest:
        payments.append(x12.ClaimPayment(control_number="", status="1", amount_billed=rest, amount_paid=rest))
    return x12.Remittance(
        control_number="",
        amount=paper.amount,
        method=paper.method,
        paid_on=paper.paid_on,
        trace=paper.trace.strip(),
        originator=f"paper {paper.payer.edi_id}",
        payer=x12.Payer(name=paper.payer.name, id=paper.payer.edi_id),
        payee=x12.Provider(last_name=practice.legal_name, npi=practice.npi),
        claims=tuple(payments),
    )


def _payment(each: PaperClaim) -> x12.ClaimPayment:
    patient = each.claim.patient
    lines = tuple(
        x12.ServicePayment(
            procedure=line.line.charge.code,
            modifiers=tuple(line.line.charge.modifiers),
            amount_billed=line.line.charge.amount,
            amount_paid=line.paid,
            units_paid=Decimal(line.line.charge.units),
            service_from=each.claim.service_on,
            adjustments=line.adjustments,
            line_control_number=line.line.control_number,
        )
        for line in each.lines
    )
    shares = (line.deductible + line.coinsurance + line.copay for line in each.lines)
    return x12.ClaimPayment(
        control_number=each.claim.control_number,
        status=each.status,
        amount_billed=sum((line.amount_billed for line in lines), ZERO),
        amount_paid=sum((line.amount_paid for line in lines), ZERO),
        patient_responsibility=sum(shares, ZERO),
        payer_control_number=each.payer_claim_number,
        patient=x12.Person(last_name=patient.last_name, first_name=patient.first_name),
        lines=lines,
    )
