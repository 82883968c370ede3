"""From a claim's lines and a plan's terms to what is paid: pure arithmetic, every line balanced to the cent (R4)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from clinic.x12 import Adjustment

CENT = Decimal("0.01")
NOTHING = Decimal(0)
_OFFICE_VISIT = tuple(str(code) for code in (*range(99202, 99206), *range(99211, 99216)))
_PREVENTIVE = tuple(str(code) for code in range(99381, 99398))


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """A plan's terms for one member on one day. `out_of_pocket_left` None is no limit; `fees` are per unit."""

    copay: Decimal
    copay_only: bool
    deductible_left: Decimal
    out_of_pocket_left: Decimal | None
    coinsurance_percent: int
    allowed_percent: int
    fees: Mapping[str, Decimal]


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLine:
    """One line as billed. `denial` is (group, CARC) when it is not payable at all, `remarks` its RARC codes."""

    procedure: str
    amount_billed: Decimal
    units: Decimal
    denial: tuple[str, str] | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineDecision:
    """What is paid on one line: billed = paid + the sum of the adjustments."""

    allowed: Decimal
    paid: Decimal
    adjustments: tuple[Adjustment, ...]
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What is paid on a claim, and by how much the member's accumulators grow."""

    lines: tuple[LineDecision, ...]
    deductible: Decimal
    patient_share: Decimal

    @property
    def paid(self) -> Decimal:
        return sum((line.paid for line in self.lines), NOTHING)

    @property
    def denied(self) -> bool:
        """Nothing was allowed on any line."""
        return all(line.allowed == 0 for line in self.lines)


def adjudicate(lines: Iterable[AskedLine], terms: Terms) -> Decision:
    """Price the lines in order: fee, copay once a visit, deductible, coinsurance, out-of-pocket limit (E8)."""
    decided = []
    copay_due, deductible_left = terms.copay, terms.deductible_left
    limit, deductible, share = terms.out_of_pocket_left, NOTHING, NOTHING
    for line in lines:
        if line.denial is not None:
            group, carc = line.denial
            denied = (Adjustment(group, carc, line.amount_billed),) if line.amount_billed else ()
            decided.append(LineDecision(NOTHING, NOTHING, denied, line.remarks))
            continue
        allowed = _allowed(line, terms)
        copay = taken = coinsurance = NOTHING
        if line.procedure not in _PREVENTIVE:
            subject = allowed
            if line.procedure in _OFFICE_VISIT and terms.copay:
                copay = min(copay_due, allowed)
                copay_due -= copay
                subject = NOTHING if terms.copay_only else allowed
            taken = min(subject, deductible_left, allowed - copay)
            rest = min(_cents((subject - taken) * terms.coinsurance_percent / 100), allowed - copay - taken)
            coinsurance = max(rest, NOTHING)
        if limit is not None:
            copay, taken, coinsurance = _capped((copay, taken, coinsurance), limit)
            limit -= copay + taken + coinsurance
        deductible_left -= taken
        deductible += taken
        patient = copay + taken + coinsurance
        share += patient
        decided.append(
            LineDecision(
                allowed,
                allowed - patient,
                _adjustments(line.amount_billed - allowed, taken, coinsurance, copay),
                line.remarks,
            )
        )
    return Decision(tuple(decided), deductible, share)


def _allowed(line: AskedLine, terms: Terms) -> Decimal:
    fee = terms.fees.get(line.procedure)
    if fee is None:
        return _cents(line.amount_billed * terms.allowed_percent / 100)
    return min(line.amount_billed, _cents(fee * line.units))


def _capped(parts: tuple[Decimal, ...], limit: Decimal) -> tuple[Decimal, ...]:
    """Copay, deductible and coinsurance, cut to what the member may still be asked for."""
    kept = []
    for part in parts:
        kept.append(min(part, limit))
        limit -= kept[-1]
    return tuple(kept)


def _adjustments(
    write_off: Decimal, deductible: Decimal, coinsurance: Decimal, copay: Decimal
) -> tuple[Adjustment, ...]:
    every = (
        Adjustment("CO", "45", write_off),
        Adjustment("PR", "1", deductible),
        Adjustment("PR", "2", coinsurance),
        Adjustment("PR", "3", copay),
    )
    return tuple(adjustment for adjustment in every if adjustment.amount)


def pay_half(line: LineDecision, group: str, carc: str) -> LineDecision:
    """The same line with half of its payment withheld for a reason: how a claim of one line is paid in part."""
    withheld = line.paid - _cents(line.paid / 2)
    if not withheld:
        return line
    return LineDecision(
        line.allowed,
        line.paid - withheld,
        (*line.adjustments, Adjustment(group, carc, withheld)),
        line.remarks,
    )


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
