"""From a claim payment to what it does to each charge: amounts by rule, or the reason why a person must look.

Pure but for the rows it reads: nothing is posted here. Signs stay as the payer wrote them (R16).
"""

from collections.abc import Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Decimal

from clinic import charges, ledger
from clinic.formats import usd
from clinic.models import Claim, ClaimPayment, Payer, RemittanceAdjustment
from clinic.remittances.lines import match_lines
from clinic.remittances.rules import (
    AFTER_ALLOWED,
    DENIAL,
    PATIENT,
    QMB_ADJUSTMENT,
    QMB_REMARKS,
    REVIEW,
    WRITE_OFF,
    Rules,
)

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
NEXT_PAYER, NEVER_BILLED, QMB = "next_payer", "never_billed", "QMB"
SECONDARY_STATUSES = {"2": 2, "3": 3, "20": 2, "21": 3}


@dataclass(frozen=True)
class Denied:
    """A part of a charge that goes into the work queue (R13, R24)."""

    charge_id: int
    group: str
    reason: str
    amount: Decimal
    remarks: tuple[str, ...]
    category: str = ""


@dataclass
class Plan:
    """What one claim payment does. `exception` is empty when it can be posted without a person."""

    payment: ClaimPayment
    claim: Claim | None = None
    payer_id: int | None = None
    lines: list[ledger.LinePosting] = field(default_factory=list)
    denied: list[Denied] = field(default_factory=list)
    outcome: str = ""
    exception: str = ""
    reverses: ClaimPayment | None = None

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), ZERO)

    @property
    def ready(self) -> bool:
        """Whether it can be posted as it stands."""
        return self.claim is not None and not self.exception

    @property
    def on(self) -> Claim:
        """The claim of a ready plan."""
        if self.claim is None:
            raise ValueError(f"claim payment {self.payment.id} has no claim")
        return self.claim


@dataclass(frozen=True)
class Surroundings:
    """What a plan needs besides its rows, read once for a whole remittance.

    `next_positions` holds the places of each patient's later coverages, `copays` what sign-off moved to the patient, `open_amounts`
    what insurance has open on each charge: it is counted down as plans are made, so that two payments of one claim in
    one file see each other. `taken_back` are the payments that a reversal of this file has taken back already.
    """

    rules: Rules
    payer: Payer | None
    next_positions: Mapping[int, Sequence[int]]
    copays: MutableMapping[int, Decimal]
    open_amounts: MutableMapping[int, Decimal]
    taken_back: set[int] = field(default_factory=set)


@dataclass
class _Part:
    """What is said of one charge, before it becomes a posting."""

    charge_id: int
    billed: Decimal
    paid: Decimal
    said: list[tuple[RemittanceAdjustment, Decimal]] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)


def make(payment: ClaimPayment, claim: Claim, around: Surroundings, *, by_person: bool = False) -> Plan:
    """The plan of one claim payment on its claim.

    `by_person` is a biller who chose the claim: a payment above what is open is then posted and leaves a credit with
    the insurer. Sets `charge_id`, `amount_allowed` and `denied` of the services and `action` of each adjustment.
    """
    second = SECONDARY_STATUSES.get(payment.status_code)
    payer_id = around.payer.id if second and around.payer else claim.payer_id
    plan = Plan(payment, claim, payer_id)
    parts = _parts(payment, claim, plan)
    if plan.exception:
        return plan
    qmb = _is_qmb(payment)
    has_next = _has_next(claim, second or claim.coverage.position, around)
    _classify(payment, claim, around, qmb=qmb, has_next=has_next)
    for part in parts:
        _plan_part(plan, part, around, limited=second is not None and payment.amount_paid >= 0)
    if plan.paid != payment.amount_paid:
        plan.exception = f"Its lines pay {usd(plan.paid)}, the claim says {usd(payment.amount_paid)}."
    _refuse_too_much(plan, around, by_person=by_person)
    if not plan.exception:
        _count_down(plan, around)
        plan.outcome = _outcome(plan, has_next=has_next)
    return plan


def _parts(payment: ClaimPayment, claim: Claim, plan: Plan) -> list[_Part]:
    """Each charge of the claim that the payer spoke of, its claim-level adjustments spread over them (R17)."""
    charges_by_id = {line.charge_id: line.charge for line in claim.lines}
    at_claim = [each for each in payment.adjustments if each.service is None]
    if payment.services:
        unknown = match_lines(payment.services, claim)
        if unknown:
            plan.exception = f"Line {unknown[0].code}, {usd(unknown[0].amount_billed)}, is not on claim {claim.control_number}."
            return []
        parts: dict[int, _Part] = {}
        for service in payment.services:
            charge_id = service.charge_id or 0
            part = parts.setdefault(charge_id, _Part(charge_id, ZERO, ZERO))
            part.billed += service.amount_billed
            part.paid += service.amount_paid
            part.said += [(each, each.amount) for each in service.adjustments]
            part.remarks += service.remark_codes
    else:
        sign = -1 if payment.amount_billed < 0 else 1
        parts = {
            charge.id: _Part(charge.id, sign * charge.amount, sign * charge.amount)
            for charge in charges_by_id.values()
        }
        ours = sum((part.billed for part in parts.values()), ZERO)
        if ours != payment.amount_billed:
            plan.exception = (
                f"It has no lines and says {usd(payment.amount_billed)} was billed; "
                f"claim {claim.control_number} billed {usd(ours)}."
            )
            return []
    found = list(parts.values())
    for adjustment in at_claim:
        for part, share in zip(found, _shares(adjustment.amount, found), strict=True):
            part.paid -= share
            part.said.append((adjustment, share))
    for part in found:
        part.remarks += payment.remark_codes
    return found


def _shares(amount: Decimal, parts: Sequence[_Part]) -> list[Decimal]:
    """An amount of the whole claim spread by what each line is paid, else by what it billed; stable to the cent (R17)."""
    weights = [abs(part.paid) for part in parts]
    if not any(weights):
        weights = [abs(part.billed) for part in parts]
    whole = sum(weights, ZERO)
    if not whole:
        return [amount if place == 0 else ZERO for place in range(len(parts))]
    exact = [amount * weight / whole for weight in weights]
    shares = [each.quantize(CENT, rounding=ROUND_DOWN) for each in exact]
    missing = int((amount - sum(shares, ZERO)) / CENT)
    by_rest = sorted(range(len(parts)), key=lambda place: (-abs(exact[place] - shares[place]), place))
    for place in by_rest[: abs(missing)]:
        shares[place] += CENT if missing > 0 else -CENT
    return shares


def _is_qmb(payment: ClaimPayment) -> bool:
    """Whether the payer says that the patient may not be billed for Medicare's share (R14)."""
    remarks = {
        *payment.remark_codes,
        *(code for service in payment.services for code in service.remark_codes),
    }
    reasons = {(each.group_code, each.reason_code) for each in payment.adjustments}
    return bool(QMB_REMARKS & remarks) or QMB_ADJUSTMENT in reasons


def _has_next(claim: Claim, position: int, around: Surroundings) -> bool:
    return any(each > position for each in around.next_positions.get(claim.patient_id, ()))


def _classify(
    payment: ClaimPayment, claim: Claim, around: Surroundings, *, qmb: bool, has_next: bool
) -> None:
    """Write on each adjustment what the rules make of it (R12)."""
    for each in payment.adjustments:
        meaning = around.rules.meaning(claim.payer, each.group_code, each.reason_code)
        action = meaning.action
        if action == PATIENT or (qmb and (each.group_code, each.reason_code) == QMB_ADJUSTMENT):
            if has_next or payment.crossover:
                action = NEXT_PAYER
            elif qmb:
                action = NEVER_BILLED
        each.action = action
    for service in payment.services:
        actions = {each.action for each in service.adjustments if each.amount > 0}
        refused = bool(actions & {DENIAL, REVIEW})
        service.denied = refused and service.amount_paid <= 0
        reduced = [
            each.amount
            for each in service.adjustments
            if (each.action == WRITE_OFF and each.reason_code not in AFTER_ALLOWED)
            or each.action in (DENIAL, REVIEW)
        ]
        service.amount_allowed = ZERO if service.denied else service.amount_billed - sum(reduced, ZERO)


def _plan_part(plan: Plan, part: _Part, around: Surroundings, *, limited: bool) -> None:
    by_action: dict[str, list[tuple[str, Decimal]]] = {}
    refused: dict[tuple[str, str], Decimal] = {}
    for adjustment, amount in part.said:
        if not amount:
            continue
        by_action.setdefault(adjustment.action, []).append(
            (f"{adjustment.group_code}-{adjustment.reason_code}", amount)
        )
        if adjustment.action in (DENIAL, REVIEW):
            key = (adjustment.group_code, adjustment.reason_code)
            refused[key] = refused.get(key, ZERO) + amount
    plan.denied += [
        Denied(part.charge_id, group, reason, amount, tuple(dict.fromkeys(part.remarks)))
        for (group, reason), amount in refused.items()
        if amount > 0
    ]
    in_queue = any(amount > 0 for amount in refused.values())
    contractual = by_action.get(WRITE_OFF, [])
    # A line in a denial queue goes neither to the patient nor to the next payer until it is worked (R23).
    patient = [] if in_queue else by_action.get(PATIENT, [])
    never = [(f"{QMB} {reason}", amount) for reason, amount in by_action.get(NEVER_BILLED, [])]
    if limited:
        contractual = _within(contractual, part, patient, around)
    speaks = bool(part.paid or contractual or patient or never or by_action.get(NEXT_PAYER))
    copay = around.copays.get(part.charge_id, ZERO)
    if speaks and copay:
        # The payer's answer takes the place of the copay expected at sign-off (docs/adr/0002).
        patient = [*patient, (charges.COPAY_AT_VISIT, -copay)]
    if speaks:
        plan.lines.append(
            ledger.LinePosting(
                part.charge_id, paid=part.paid, contractual=contractual, patient=patient, write_off=never
            )
        )


def _within(
    contractual: Sequence[tuple[str, Decimal]],
    part: _Part,
    patient: Sequence[tuple[str, Decimal]],
    around: Surroundings,
) -> list[tuple[str, Decimal]]:
    """A later payer repeats the first one's write-off: only what is still open is written off (R15)."""
    copay = around.copays.get(part.charge_id, ZERO)
    left = around.open_amounts.get(part.charge_id, ZERO) + copay - part.paid
    left -= sum((amount for _, amount in patient), ZERO)
    kept = []
    for reason, amount in contractual:
        taken = min(amount, max(left, ZERO))
        left -= taken
        if taken:
            kept.append((reason, taken))
    return kept


def moved(line: ledger.LinePosting) -> Decimal:
    """By how much a line lowers what insurance has open."""
    adjusted = [amount for part in (line.contractual, line.patient, line.write_off) for _, amount in part]
    return sum(adjusted, line.paid)


def _refuse_too_much(plan: Plan, around: Surroundings, *, by_person: bool) -> None:
    if plan.exception or by_person:
        return
    for line in plan.lines:
        left = around.open_amounts.get(line.charge_id)
        if left is None:
            plan.exception = "A charge of this claim is not in the ledger."
        elif moved(line) > max(left, ZERO):
            code = (
                next((each.charge.code for each in plan.claim.lines if each.charge_id == line.charge_id), "")
                if plan.claim
                else ""
            )
            plan.exception = f"{code}: {usd(moved(line))} would be settled, but insurance has {usd(left)} open. Paid before?"
        if plan.exception:
            return


def _count_down(plan: Plan, around: Surroundings) -> None:
    for line in plan.lines:
        around.open_amounts[line.charge_id] = around.open_amounts.get(line.charge_id, ZERO) - moved(line)
        if any(reason == charges.COPAY_AT_VISIT for reason, _ in line.patient):
            around.copays[line.charge_id] = ZERO


def _outcome(plan: Plan, *, has_next: bool) -> str:
    """The claim's new state (C3, R31): from the adjustments, never from CLP02."""
    payment = plan.payment
    actions = {each.action for each in payment.adjustments if each.amount > 0}
    if plan.denied:
        speaks = payment.amount_paid > 0 or any(line.patient for line in plan.lines)
        return "partial" if speaks else "denied"
    if NEXT_PAYER in actions and has_next and not payment.crossover:
        return "secondary_to_send"
    if payment.amount_paid == 0 and actions & {PATIENT, NEVER_BILLED, NEXT_PAYER}:
        return "zero_pay_pr"
    return "paid"


def is_information(payment: ClaimPayment) -> str:
    """Why a claim payment is never posted, or "": a predetermination (25), or a claim that is not ours (23) (C3)."""
    if payment.status_code == "25":
        return "A predetermination: nothing is posted."
    if payment.status_code == "23":
        return "Not this payer's claim; it was forwarded. Bill or await the next payer."
    return ""
