"""What a payer will allow for a service: its contract, else what it paid before, else Medicare's share, else the charge (E8). Pure."""

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clinic import formats
from clinic.estimates.arithmetic import ZERO, Range, cents
from clinic.estimates.asked import Asked
from clinic.estimates.errors import EstimateRefused


@dataclass(frozen=True)
class Priced:
    """One service with its charge and what will be allowed for all its units; `source_words` say from where, of when."""

    asked: Asked
    charge: Decimal
    allowed: Range
    source: str
    source_words: str
    exempt: str = ""


@dataclass(frozen=True)
class Paid:
    """What a payer allowed for one unit of a code in its newest payments."""

    amounts: list[Decimal]
    newest: date | None


@dataclass(frozen=True)
class Listed:
    """A line of a fee schedule."""

    amount: Decimal
    since: date


@dataclass(frozen=True)
class Exempt:
    """A rule of what plans pay in full, as `ExemptService` has it."""

    kind: str
    value: str
    why: str


Table = Mapping[tuple[str, str], Listed]
NOTHING: Table = {}


@dataclass(frozen=True)
class Prices:
    """All that is known of some codes on a day; a table's key is code and modifier, `contracts` are by payer.

    `paid` is by payer and code, `shares` by payer, `exempt` are the rules of the day.
    """

    on: date
    own: Table
    medicare: Table
    contracts: Mapping[int, Table]
    paid: Mapping[tuple[int, str], Paid]
    shares: Mapping[int, Decimal]
    exempt: Sequence[Exempt]

    def have(self, each: Asked) -> bool:
        """Whether the clinic has a fee for a service."""
        return _of(self.own, each) is not None


def priced(
    prices: Prices, asked: Sequence[Asked], payer_id: int | None, diagnoses: Sequence[str] = ()
) -> list[Priced]:
    """Each service priced; without a payer the clinic's own fee. Raises EstimateRefused for a code without a fee."""
    found = []
    for each in asked:
        fee = _of(prices.own, each)
        if fee is None:
            raise EstimateRefused(f"{each.code} has no fee on {formats.mdy(prices.on)}: check the code.")
        charge = cents(fee.amount * each.units)
        source, per_unit, words = _allowed(prices, each, payer_id, fee)
        allowed = Range(
            *(
                min(cents(amount * each.units), charge)
                for amount in (per_unit.low, per_unit.expected, per_unit.high)
            )
        )
        found.append(
            Priced(each, charge, allowed, source, words, _why_exempt(prices.exempt, each, diagnoses))
        )
    return found


def _allowed(prices: Prices, each: Asked, payer_id: int | None, fee: Listed) -> tuple[str, Range, str]:
    """Source, the range for one unit, and the words for it."""
    if payer_id is None:
        return "fee", Range.of(fee.amount), f"the clinic's fee of {formats.mdy(fee.since)}"
    agreed = _of(prices.contracts.get(payer_id, NOTHING), each)
    if agreed is not None:
        return "contract", Range.of(agreed.amount), f"contract of {formats.mdy(agreed.since)}"
    before = prices.paid.get((payer_id, each.code))
    if before is not None:
        amounts, count = before.amounts, len(before.amounts)
        words = "the one payment" if count == 1 else f"the middle of {count} payments"
        words += f", newest {formats.mdy(before.newest)}" if before.newest else ""
        return "paid", Range(min(amounts), cents(Decimal(statistics.median(amounts))), max(amounts)), words
    public, share = _of(prices.medicare, each), prices.shares.get(payer_id)
    if public is not None and share is not None:
        words = f"{share * 100:.0f}% of Medicare, as this payer paid for other services"
        return "medicare", Range.of(cents(public.amount * share)), words
    return "charge", Range(ZERO, fee.amount, fee.amount), "the charge: no allowed amount is known"


def _of(table: Table, each: Asked) -> Listed | None:
    """A row for one of the modifiers goes before the plain one."""
    return next((table[each.code, one] for one in (*each.modifiers, "") if (each.code, one) in table), None)


def _why_exempt(rules: Iterable[Exempt], each: Asked, diagnoses: Sequence[str]) -> str:
    """Why a plan pays a service in full, else empty; a diagnosis counts for the evaluation alone, and as the first."""
    first = diagnoses[0] if diagnoses else ""
    for rule in rules:
        if (
            (rule.kind == "code" and rule.value == each.code)
            or (rule.kind == "modifier" and rule.value in each.modifiers)
            or (rule.kind == "diagnosis" and first.startswith(rule.value) and is_evaluation(each.code))
        ):
            return rule.why
    return ""


def is_evaluation(code: str) -> bool:
    """An evaluation and management code: the line that a payer puts a visit's copay on."""
    return "99202" <= code <= "99499"
