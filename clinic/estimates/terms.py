"""From a payer's answer to the terms of a visit at the least, likely and at the most, and the reasons in words. Pure.

What the payer left ambiguous (E3) or did not say widens the range and never the likely amount: of several values the
least is asked for, as for a copay, because money taken in excess must be paid back.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from clinic import formats
from clinic.estimates.arithmetic import NO_LIMIT, ZERO, Plan, Terms

ONE = Decimal(1)
OWN_RULES = frozenset({"30", ""})


@dataclass(frozen=True)
class Reason:
    """One line of an estimate's explanation; `warns` marks what makes it uncertain."""

    text: str
    amount: Decimal | None = None
    warns: bool = False


@dataclass(frozen=True)
class Known:
    """What is known of one coverage for one visit, without the database.

    `benefits` is the selection of E3, None where the payer has not answered. `card_copay` was typed from the card.
    `new_year` marks an answer about an earlier plan year: what is left then is the whole again. `spent` is what our
    own visits since the answer, or without one of their own yet, use up of the deductible.
    """

    payer: str
    medicaid: bool = False
    benefits: Mapping[str, Any] | None = None
    card_copay: Decimal | None = None
    takes_copay: bool = True
    new_year: bool = False
    spent: Decimal = ZERO


def plan_of(known: Known) -> tuple[Plan, list[Reason]]:
    """The terms of a plan in the three cases, and why (E3, E8)."""
    if known.medicaid:
        return _medicaid(known)
    if known.benefits is None:
        return _unanswered(known)
    reasons: list[Reason] = []
    low, expected, high = Terms(), Terms(), Terms()
    copay = _copay(known, reasons)
    only = _copay_only(known.benefits, bool(copay[2]), reasons)
    rate, other = _rates(known.benefits, bool(copay[2]), reasons)
    deductible = _deductible(known, reasons)
    limit = _limit(known, reasons)
    cases = [
        replace(
            terms,
            copay=copay[at],
            copay_only=only[at],
            rate=rate[at],
            other_rate=other[at],
            deductible=deductible[at],
            limit=limit[at],
        )
        for at, terms in enumerate((low, expected, high))
    ]
    return Plan(*cases), reasons


def not_covered(payer: str) -> list[Reason]:
    """The reason where the payer says that the coverage is not active."""
    return [
        Reason(f"{payer} says that this coverage is not active: the patient pays the charge.", warns=True)
    ]


def _medicaid(known: Known) -> tuple[Plan, list[Reason]]:
    """Only the copay that its 271 shows (E8)."""
    copay = _value(known.benefits, "copay") if known.benefits and known.takes_copay else None
    low, high = copay or (ZERO, ZERO)
    words = f"{known.payer} is Medicaid: nothing but the copay that it names."
    reasons = [Reason(words, low)]
    if known.benefits is None:
        reasons.append(Reason("It has not answered yet, so nothing is asked for.", warns=True))
    return Plan(Terms(copay=low), Terms(copay=low), Terms(copay=high)), reasons


def _unanswered(known: Known) -> tuple[Plan, list[Reason]]:
    """Without an answer: the card's copay, and anything up to the allowed amount."""
    copay = (known.card_copay or ZERO) if known.takes_copay else ZERO
    reasons = [
        Reason(
            f"{known.payer} has not answered about this visit: ask the payer, then make the estimate again.",
            warns=True,
        )
    ]
    if copay:
        reasons.append(Reason("Copay as typed from the card, once for the visit", copay))
    likely = Terms(copay=copay, copay_only=True)
    most = Terms(copay=copay, copay_only=False, deductible=NO_LIMIT)
    return Plan(likely, likely, most), reasons


def _copay(known: Known, reasons: list[Reason]) -> tuple[Decimal, Decimal, Decimal]:
    if not known.takes_copay:
        return ZERO, ZERO, ZERO
    found = _value(known.benefits, "copay")
    if found is None:
        if known.card_copay is None:
            return ZERO, ZERO, ZERO
        if _value(known.benefits, "coinsurance") is not None:
            words = f"The card says a copay of {formats.usd(known.card_copay)}; the payer names none for this visit"
            reasons.append(Reason(words, warns=True))
            return ZERO, ZERO, ZERO
        reasons.append(
            Reason("Copay as typed from the card; the payer names none", known.card_copay, warns=True)
        )
        return known.card_copay, known.card_copay, known.card_copay
    low, high = found
    likely = known.card_copay if known.card_copay is not None and low <= known.card_copay <= high else low
    reasons.append(Reason("Copay, once for the visit", likely))
    if low != high:
        reasons.append(_ambiguous("copay", formats.usd(low), formats.usd(high)))
    return low, likely, high


def _copay_only(
    benefits: Mapping[str, Any], has_copay: bool, reasons: list[Reason]
) -> tuple[bool, bool, bool]:
    """Whether the visit's own services cost the copay alone: as the payer's coinsurance for them says (E8)."""
    if not has_copay:
        return True, True, True
    stated = _side(benefits, "coinsurance")
    if stated is not None and stated["service_type"] not in OWN_RULES:
        if Decimal(stated["high"]) == 0:
            return True, True, True
        reasons.append(Reason("The plan asks for a copay and for coinsurance on the visit", warns=True))
        return True, False, False
    reasons.append(Reason("The payer does not say whether the copay is all that the visit costs", warns=True))
    return True, True, False


def _rates(
    benefits: Mapping[str, Any], has_copay: bool, reasons: list[Reason]
) -> tuple[tuple[Decimal, ...], tuple[Decimal, ...]]:
    """The patient's part of the visit's own services, and of everything else."""
    own = _value(benefits, "coinsurance")
    plan = _value(benefits, "coinsurance_plan") or own
    for name, value in dict.fromkeys(
        (("this visit", own), ("the rest", plan)) if own != plan else (("", own),)
    ):
        words = f"Coinsurance{' for ' + name if name else ''}"
        if value is None:
            reasons.append(Reason(f"{words}: the payer does not say", warns=True))
        elif value[0] != value[1]:
            reasons.append(_ambiguous(words.lower(), percent(value[0]), percent(value[1])))
        elif value[0] or not has_copay:
            reasons.append(Reason(f"{words}: {percent(value[0])} of what is left after the deductible"))
    unknown = (ZERO, ZERO, ONE)
    return tuple((value[0], value[0], value[1]) if value else unknown for value in (own, plan))  # type: ignore[return-value]


def _deductible(known: Known, reasons: list[Reason]) -> tuple[Decimal, Decimal, Decimal]:
    """The least of what is left alone and as a family; a family amount alone is an aggregate deductible (E8)."""
    found = _left(known, "C", "deductible", reasons)
    if found is None:
        reasons.append(Reason("The payer does not say what is left of the deductible", warns=True))
        return ZERO, ZERO, NO_LIMIT
    low, high = found
    after = max(low - known.spent, ZERO)
    if low or high:
        reasons.append(Reason("Deductible left before this visit", after))
    if known.spent and low:
        reasons.append(
            Reason(
                f"of {formats.usd(low)}, less what other visits here use up that the payer has not counted yet",
                -min(known.spent, low),
            )
        )
    return after, after, high


def _limit(known: Known, reasons: list[Reason]) -> tuple[Decimal | None, ...]:
    found = _left(known, "G", "out-of-pocket maximum", reasons)
    if found is None:
        return None, None, None
    low, high = found
    reasons.append(Reason("The most that the plan may still ask for this year", low))
    return low, low, high


def _left(known: Known, code: str, words: str, reasons: list[Reason]) -> tuple[Decimal, Decimal] | None:
    """What is left, the smaller of the individual and the family amount, as a range (E3)."""
    lows, highs = [], []
    for row in (known.benefits or {}).get("amounts", ()):
        if row["code"] != code or row["side"] != "in":
            continue
        left, total = _range(row["remaining"]), _range(row["total"])
        if known.new_year and total is not None:
            left = total
        elif left is None and total is not None:
            left = (ZERO, total[1])
            reasons.append(Reason(f"The payer names the {words} and not what is left of it", warns=True))
        if left is not None:
            lows.append(left[0])
            highs.append(left[1])
            if left[0] != left[1] and row["remaining"]:
                reasons.append(_ambiguous(row["name"].lower(), *map(formats.usd, left)))
    return (min(lows), min(highs)) if lows else None


def _ambiguous(what: str, low: str, high: str) -> Reason:
    return Reason(f"The payer names several values for {what}, {low} to {high}: read its answer", warns=True)


def _side(benefits: Mapping[str, Any] | None, name: str) -> Mapping[str, Any] | None:
    value = (benefits or {}).get(name)
    found: Mapping[str, Any] | None = value.get("in") if value else None
    return found


def _value(benefits: Mapping[str, Any] | None, name: str) -> tuple[Decimal, Decimal] | None:
    return _range(_side(benefits, name))


def _range(value: Mapping[str, Any] | None) -> tuple[Decimal, Decimal] | None:
    return (Decimal(value["low"]), Decimal(value["high"])) if value else None


def percent(rate: Decimal) -> str:
    """`20%`, `12.5%`."""
    return f"{rate * 100:.4f}".rstrip("0").rstrip(".") + "%"


def weakest(sources: Sequence[str]) -> str:
    """The source that an estimate as a whole rests on."""
    order = ("contract", "paid", "fee", "medicare", "charge")
    return max(sources, key=order.index, default="charge")
