"""A remittance as the posting grid shows it: three proofs, claims and lines by column, what waits for a person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from flask import abort
from sqlalchemy import select
from sqlalchemy.orm import joinedload, selectinload

from clinic import claims, db, remittances, x12
from clinic.formats import usd
from clinic.models import (
    Claim,
    ClaimPayment,
    Remittance,
    RemittanceAdjustment,
    ServicePayment,
    StoredFile,
)
from clinic.remittances import listing, rules
from clinic.web import get_or_404
from clinic.x12 import codes

ZERO = Decimal("0.00")
STATES = {
    "posted": ("Posted", "ok"),
    "needs_review": ("Number missing", "warn"),
    "out_of_balance": ("Out of balance", "danger"),
    "duplicate": ("Duplicate", ""),
    "conflict": ("Conflict", "danger"),
    "unreadable": ("Unreadable", "danger"),
    "reversed": ("Taken back", ""),
}
CLAIM_STATES = {
    "posted": ("Posted", "ok"),
    "denied": ("Denied", "danger"),
    "unmatched": ("Unmatched", "danger"),
    "parked": ("Parked", "warn"),
    "not_ours": ("Not ours", ""),
    "refunded": ("Paid back", ""),
    "reversed": ("Taken back", ""),
    "not_posted": ("Not posted", "warn"),
    "information": ("Note", "info"),
}
PR_COLUMNS = {"1": "deductible", "2": "coinsurance", "3": "copay"}


@dataclass
class Amounts:
    """One row of the grid; `reasons` are what stands behind `other`, as (code, words)."""

    billed: Decimal = ZERO
    allowed: Decimal = ZERO
    contractual: Decimal = ZERO
    deductible: Decimal = ZERO
    coinsurance: Decimal = ZERO
    copay: Decimal = ZERO
    other: Decimal = ZERO
    paid: Decimal = ZERO
    patient: Decimal = ZERO
    reasons: list[tuple[str, str]] = field(default_factory=list)

    def add(self, more: "Amounts") -> None:
        for name in (
            "billed",
            "allowed",
            "contractual",
            "deductible",
            "coinsurance",
            "copay",
            "other",
            "paid",
            "patient",
        ):
            setattr(self, name, getattr(self, name) + getattr(more, name))


@dataclass
class Line:
    """A service, or the adjustments at claim level (R17)."""

    title: str
    sub: str
    note: str
    amounts: Amounts


@dataclass
class ClaimRow:
    """One claim of the grid and what is to be done with it."""

    payment: ClaimPayment
    name: str
    sub: str
    state: tuple[str, str]
    amounts: Amounts
    lines: list[Line]
    denied: list[str] = field(default_factory=list)
    candidates: Sequence[claims.Candidate] = ()


@dataclass
class Sheet:
    """Everything the page of a remittance needs."""

    remittance: Remittance
    state: tuple[str, str]
    file: StoredFile | None
    first: Remittance | None
    rows: list[ClaimRow]
    total: Amounts
    proofs: list[tuple[str, bool, str] | tuple[str, bool, str, str]]
    failures: list[dict[str, Any]]
    unapplied: Decimal
    to_settle: int
    by_rule: int
    lines: int
    sound: int

    @property
    def patient_ids(self) -> list[int]:
        return sorted({row.payment.claim.patient_id for row in self.rows if row.payment.claim})


def load(public_id: str) -> Remittance:
    """A remittance by its public id, or 404."""
    return get_or_404(Remittance, public_id)


def load_payment(remittance: Remittance, public_id: str) -> ClaimPayment:
    """A claim of this remittance, or 404."""
    return get_or_404(ClaimPayment, public_id, remittance_id=remittance.id)


def sheet_of(remittance: Remittance) -> Sheet:
    """The grid of one remittance, in a constant number of queries but for what waits."""
    session = db.session()
    query = (
        select(ClaimPayment)
        .where(ClaimPayment.remittance_id == remittance.id)
        .options(
            joinedload(ClaimPayment.claim).joinedload(Claim.patient),
            selectinload(ClaimPayment.services).selectinload(ServicePayment.adjustments),
            selectinload(ClaimPayment.adjustments),
        )
        .order_by(ClaimPayment.position)
        .execution_options(populate_existing=True)
    )
    payments = session.scalars(query).all()
    rows = [_claim_row(payment) for payment in payments]
    for row in rows:
        if row.payment.state == "unmatched":
            row.candidates = remittances.candidates(session, row.payment)[:1]
    total = Amounts()
    for row in rows:
        total.add(row.amounts)
    wrong = {failure["claim"] for failure in remittance.proofs.get("failures", [])}
    return Sheet(
        remittance=remittance,
        state=STATES[remittance.state],
        file=session.get(StoredFile, remittance.file_id) if remittance.file_id else None,
        first=session.get(Remittance, remittance.duplicate_of_id) if remittance.duplicate_of_id else None,
        rows=rows,
        total=total,
        proofs=_proofs(remittance),
        failures=remittance.proofs.get("failures", []),
        unapplied=sum((each.amount_paid for each in payments if each.state in remittances.WAITING), ZERO),
        to_settle=sum(each.state == "unmatched" for each in payments),
        by_rule=sum(
            each.state in ("posted", "denied") and each.matched_by in ("control_number", "payer_claim_number")
            for each in payments
        ),
        lines=sum(len(row.payment.services) for row in rows),
        sound=sum(each.position not in wrong for each in payments),
    )


def raw_of(sheet: Sheet) -> str:
    """The head of the set as it came: the segments before its first claim."""
    if sheet.file is None or not sheet.rows:
        return ""
    first = min(row.payment.segment_position for row in sheet.rows)
    try:
        return "\n".join(x12.raw_segments(sheet.file.content(), 1, max(first - 1, 1)))
    except x12.X12Error:
        return ""


def find_claim(number: str) -> Claim | None:
    """One of our claims by its control number."""
    return db.session.scalar(select(Claim).where(Claim.control_number == number))


def file_or_404(public_id: str) -> StoredFile:
    """A stored file that came in as a remittance, or 404."""
    file = get_or_404(StoredFile, public_id)
    if file.direction != "in" or file.kind not in ("835", "unknown"):
        abort(404)
    return file


def _claim_row(payment: ClaimPayment) -> ClaimRow:
    amounts = Amounts(billed=payment.amount_billed, paid=payment.amount_paid)
    lines = [_line(service) for service in payment.services]
    at_claim = [each for each in payment.adjustments if each.service_payment_id is None]
    if at_claim:
        level = _amounts(at_claim)
        reasons = ", ".join(f"{each.group_code}-{each.reason_code}" for each in at_claim)
        lines.append(Line("Claim level", reasons, "", level))
    for line in lines:
        line_billed, line_paid = line.amounts.billed, line.amounts.paid
        line.amounts.billed = line.amounts.paid = ZERO
        amounts.add(line.amounts)
        line.amounts.billed, line.amounts.paid = line_billed, line_paid
    if not payment.services:
        amounts.allowed = _allowed(payment.amount_billed, payment.amount_paid, at_claim)
    state = CLAIM_STATES[payment.state]
    denied = [_denied_words(service) for service in payment.services if _refused(service.adjustments)]
    if payment.state == "posted" and denied:
        state = ("Denied line", "danger")
    if payment.reverses_id is not None and payment.state == "posted":
        state = ("Reversal", "info")
    claim = payment.claim
    day = f", {payment.service_on:%m/%d/%Y}" if payment.service_on else ""
    if claim is not None:
        name, sub = claim.patient.name, f"{claim.control_number}{day}"
    else:
        said = ", ".join(part for part in (payment.patient_last_name, payment.patient_first_name) if part)
        name = "No patient found"
        sub = f"{payment.control_number or 'no number'}{', ' + said if said else ''}{day}"
    return ClaimRow(payment, name, sub, state, amounts, lines, denied)


def _line(service: ServicePayment) -> Line:
    amounts = _amounts(service.adjustments)
    amounts.billed, amounts.paid = service.amount_billed, service.amount_paid
    amounts.allowed = _allowed(service.amount_billed, service.amount_paid, service.adjustments)
    units = f"{service.units.normalize():f} units" if service.units and service.units != 1 else ""
    billed = f"billed as {service.billed_code}" if service.billed_code else ""
    sub = ", ".join(part for part in (" ".join(service.modifiers), units, billed) if part)
    return Line(service.code, sub, "denied" if service.denied else "", amounts)


def _amounts(adjustments: Iterable[RemittanceAdjustment]) -> Amounts:
    amounts = Amounts()
    for each in adjustments:
        column = PR_COLUMNS.get(each.reason_code) if each.group_code == "PR" else None
        if column is None and _written_off(each):
            column = "contractual"
        if column is None:
            column = "other"
            amounts.reasons.append(
                (f"{each.group_code}-{each.reason_code}", codes.describe_carc(each.reason_code))
            )
        setattr(amounts, column, getattr(amounts, column) + each.amount)
        if each.group_code == "PR":
            amounts.patient += each.amount
    return amounts


def _written_off(each: RemittanceAdjustment) -> bool:
    """By the rule that was applied, or before posting by the default one."""
    action = each.action or rules.DEFAULTS.get((each.group_code, each.reason_code))
    return action == rules.WRITE_OFF


def _refused(adjustments: Iterable[RemittanceAdjustment]) -> list[RemittanceAdjustment]:
    return [each for each in adjustments if each.action in (rules.DENIAL, rules.REVIEW) and each.amount > 0]


def _allowed(billed: Decimal, paid: Decimal, adjustments: Iterable[RemittanceAdjustment]) -> Decimal:
    """What the contract allows (R18); a denied line has none."""
    listed = list(adjustments)
    refused = sum((each.amount for each in _refused(listed)), ZERO)
    if refused and paid <= 0:
        return ZERO
    reduced = [
        each.amount for each in listed if _written_off(each) and each.reason_code not in rules.AFTER_ALLOWED
    ]
    return billed - sum(reduced, ZERO) - refused


def _denied_words(service: ServicePayment) -> str:
    parts = _refused(service.adjustments)
    reasons = "; ".join(
        f"{each.group_code}-{each.reason_code} {codes.describe_carc(each.reason_code)}" for each in parts
    )
    remarks = ", ".join(codes.describe_rarc(code) for code in service.remark_codes)
    amount = usd(sum((each.amount for each in parts), ZERO))
    more = f" ({remarks})" if remarks else ""
    return (
        f"{service.code}: {reasons}{more}. No write-off by rule: it stands in denials with {amount} at risk."
    )


def _proofs(remittance: Remittance) -> list[tuple[str, bool, str] | tuple[str, bool, str, str]]:
    proofs = remittance.proofs
    if not proofs:
        return []
    line, claim, check = proofs["line"], proofs["claim"], proofs["check"]
    shown: list[tuple[str, bool, str]] = [
        ("Lines", line["ok"], _sentence(line, "billed − adjustments = paid")),
        ("Claims", claim["ok"], _sentence(claim, "lines + claim level = claim")),
        (
            "Check",
            check["ok"],
            f"claims {_usd(check['claims'])} − provider level {_usd(check['provider'])} = {_usd(check['expected'])}"
            + ("" if check["ok"] else f", the payer wrote {_usd(check['found'])}"),
        ),
    ]
    if remittance.state == "unreadable":
        # What is there may balance; what is missing cannot.
        cut = "not proven: the file is cut or cannot be read whole"
        return [
            (name, False, cut if ok else said, "Not proven" if ok else "Differs") for name, ok, said in shown
        ]
    if remittance.state in ("posted", "reversed"):
        wanted = remittance.amount if remittance.state == "posted" else ZERO
        cash = listing.cash_in_books(db.session(), remittance.id)
        shown.append(("Books", cash == wanted, f"cash in the journal {usd(cash)}, payment {usd(wanted)}"))
    return [*shown]


def _sentence(proof: dict[str, Any], formula: str) -> str:
    if proof["ok"]:
        return f"{proof['held']} of {proof['count']}: {formula}"
    return f"segment {proof['position']} ({proof['segment']}) off by {_usd(proof['difference'])}"


def _usd(amount: str) -> str:
    return usd(Decimal(amount))
