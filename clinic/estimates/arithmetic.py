"""What a visit will cost the patient, worked out to the cent under one set of terms and under three (E8). Pure.

A service is priced as the plan would: the copay once for the visit, then the deductible, then the coinsurance, then
the out-of-pocket limit; a second plan is asked about what the first one left. The three sets of terms are what the
payer's answer allows at the least, what is likely, and the most; their results are put in order, never assumed to be.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal

ZERO = Decimal("0.00")
CENT = Decimal("0.01")
NO_LIMIT = Decimal("9999999.99")


@dataclass(frozen=True)
class Range:
    """Three amounts: at the least, likely, at the most."""

    low: Decimal
    expected: Decimal
    high: Decimal

    @classmethod
    def of(cls, amount: Decimal) -> "Range":
        return cls(amount, amount, amount)


@dataclass(frozen=True)
class Item:
    """One expected service. `charge` and `allowed` are for all its units; `exempt` says why the plan pays it in full.

    `is_visit` marks what the copay is for: the evaluation, else the first service of the visit.
    """

    code: str
    charge: Decimal
    allowed: Range
    is_visit: bool = False
    exempt: str = ""


@dataclass(frozen=True)
class Terms:
    """One plan's terms for one visit, in one of the three cases.

    Rates are the patient's part (0.2 is 20 %): `rate` of the visit's own services, `other_rate` of all others. With
    `copay_only` the visit's own services cost the copay and nothing else. `limit` None is no out-of-pocket limit.
    """

    copay: Decimal = ZERO
    copay_only: bool = True
    deductible: Decimal = ZERO
    rate: Decimal = ZERO
    other_rate: Decimal = ZERO
    limit: Decimal | None = None


@dataclass(frozen=True)
class Plan:
    """A plan's terms at the least, likely, and at the most."""

    low: Terms
    expected: Terms
    high: Terms


@dataclass
class Part:
    """What one service costs the patient and of what it is made; `spared` lies beyond the out-of-pocket limit."""

    copay: Decimal = ZERO
    deductible: Decimal = ZERO
    coinsurance: Decimal = ZERO
    spared: Decimal = ZERO
    # What a second plan pays of it.
    second: Decimal = ZERO

    @property
    def share(self) -> Decimal:
        return self.copay + self.deductible + self.coinsurance - self.spared - self.second


@dataclass(frozen=True)
class Result:
    """The patient's part of a visit, and of each service in the likely case; the parts' shares are its sum."""

    total: Range
    parts: Sequence[Part] = field(default_factory=tuple)


def work_out(items: Sequence[Item], first: Plan, second: Plan | None = None) -> Result:
    """0 ≤ low ≤ expected ≤ high ≤ the sum of the charges, whatever the terms are (E8)."""
    likely = shares(items, "expected", first, second)
    totals = [
        sum((part.share for part in shares(items, case, first, second)), ZERO) for case in ("low", "high")
    ]
    expected = sum((part.share for part in likely), ZERO)
    return Result(Range(min(*totals, expected), expected, max(*totals, expected)), likely)


def shares(items: Sequence[Item], case: str, first: Plan, second: Plan | None = None) -> list[Part]:
    """Each service's part in one case: low, expected or high."""
    allowed = [min(getattr(item.allowed, case), item.charge) for item in items]
    parts = _priced(items, allowed, getattr(first, case))
    if second is not None:
        left = [part.share for part in parts]
        again = _priced(items, left, getattr(second, case))
        for part, rest, other in zip(parts, left, again, strict=True):
            part.second = rest - other.share
    return parts


def _priced(items: Sequence[Item], allowed: Sequence[Decimal], terms: Terms) -> list[Part]:
    copay_left, deductible_left = terms.copay, terms.deductible
    limit = NO_LIMIT if terms.limit is None else terms.limit
    running = counted = Decimal(0)
    parts = []
    for item, price in zip(items, allowed, strict=True):
        part = Part()
        parts.append(part)
        if item.exempt or price <= 0:
            continue
        if item.is_visit and terms.copay:
            part.copay = min(copay_left, price)
            copay_left -= part.copay
        if not (item.is_visit and terms.copay and terms.copay_only):
            rate = terms.rate if item.is_visit else terms.other_rate
            part.deductible = min(price - part.copay, deductible_left)
            deductible_left -= part.deductible
            running += min(rate * (price - part.deductible), price - part.copay - part.deductible)
            # Halves of a cent are carried from line to line, so that the lines sum to the rounded whole.
            rounded = cents(running)
            part.coinsurance, counted = rounded - counted, rounded
        part.spared = max(part.share - limit, ZERO)
        limit -= part.share
    return parts


def cents(amount: Decimal) -> Decimal:
    """To the cent, halves up, as remittances round."""
    return amount.quantize(CENT, ROUND_HALF_UP)
