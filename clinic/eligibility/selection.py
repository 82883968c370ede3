"""Which of a payer's many EB segments count for one visit (E3), as the table that the front desk reads. Pure.

One benefit is chosen by these rules, hardest first: never the other side of the network; the visit's own service
type before 98 (office visits only) before 30; the stated side before W (both) before blank; a visit's amount before
other periods; *remaining* (29) before total less year to date (24). What stays different is shown as a range and
marked as ambiguous, with the payer's own words beside it.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.x12 import Benefit, EligibilityAnswer, codes

PLAN = "30"
OFFICE = "98"
OFFICE_VISITS = frozenset({"98", "A0", "BY", "BZ"})
ACTIVE = frozenset({"1", "2", "3", "4", "5"})
INACTIVE = frozenset({"6", "7", "8"})
TOTALS = ("23", "25", "22", "")
REMAINING, YEAR_TO_DATE, VISIT = "29", "24", "27"
VISITS = "VS"
# The clinic's own side accepts what names no side; the other column shows only what was said about it.
SIDES = {"in": ("Y", "W", ""), "out": ("N", "W")}
LEVELS = {"IND": ("IND", ""), "FAM": ("FAM",)}
TABLE = (
    ("Deductible, individual", "C", "IND"),
    ("Deductible, family", "C", "FAM"),
    ("Out-of-pocket maximum", "G", "IND"),
    ("Out-of-pocket maximum, family", "G", "FAM"),
)
# The dates that may say when a plan year, an eligibility or a policy begins and ends.
PLAN_DATES = ("291", "356", "346", "307", "348")
PLAN_ENDS = ("357", "347", "349")


def select(answer: EligibilityAnswer, service_type: str, service_on: date) -> dict[str, Any]:
    """The benefits of one visit; amounts and shares as decimal strings, absent ones None (E2, E3, E4, E6).

    Keys: `status` (EB01), `service_type`, `copay` and `coinsurance` {"in", "out"}, `copays` (inside the network, by
    service type, for visits of other kinds: `copay_inside`), `visits`, `authorization`,
    `coinsurance_plan` (of services that are not the visit's own), `qmb` (R14), `amounts` (rows of total, met,
    remaining), `starts_on`, `ends_on`, `unclear`, `notes`, `other_payers`,
    `omitted`. A value is {"low", "high", "service_type", "messages"}; low and high differ where it is ambiguous.
    """
    current = [benefit for benefit in answer.benefits if _current(benefit, service_on)]
    status = _status(current, service_type)
    chosen: dict[str, Any] = {
        "service_type": service_type,
        "status": status.code if status else "",
        "copay": _both_sides(lambda side: _visit_value(current, "B", side, service_type)),
        "copays": _copays(current),
        "coinsurance": _both_sides(lambda side: _visit_value(current, "A", side, service_type)),
        "coinsurance_plan": _both_sides(lambda side: _visit_value(current, "A", side, PLAN)),
        "qmb": any(_is_qmb(item) for item in current),
        "visits": _both_sides(lambda side: _visits(current, side, service_type)),
        "authorization": _both_sides(lambda side: _authorization(current, side, service_type)),
        "authorization_codes": sorted(
            {item.procedure for item in current if item.procedure and item.authorization_required == "Y"}
        ),
        "amounts": _amounts(current, service_type),
        "other_payers": _other_payers(current),
        "notes": _notes(current, status, service_type),
    }
    start, end = _plan_dates(answer, status)
    chosen["starts_on"] = start.isoformat() if start else ""
    chosen["ends_on"] = end.isoformat() if end else ""
    chosen["unclear"] = _unclear(chosen)
    chosen["omitted"] = _omitted(chosen)
    return chosen


def plan_of(answer: EligibilityAnswer, service_type: str) -> tuple[bool | None, str]:
    """Whether the coverage is active (None: not said) and the plan's name as the payer writes it."""
    status = _status(answer.benefits, service_type)
    active = None if status is None else status.code in ACTIVE
    named = [status] if status else []
    named += [item for item in answer.benefits if item.code in ACTIVE | INACTIVE]
    return active, next((item.plan_name for item in named if item.plan_name), "")


def _status(benefits: Iterable[Benefit], service_type: str) -> Benefit | None:
    """The EB that says active or inactive; active wins where a payer says both for one service type."""
    stated = [item for item in benefits if item.code in ACTIVE | INACTIVE]
    nearest = _nearest(stated, service_type, fallback=True)
    return next((item for item in nearest if item.code in ACTIVE), nearest[0] if nearest else None)


def _nearest(benefits: Sequence[Benefit], service_type: str, *, fallback: bool = False) -> list[Benefit]:
    """Those of the best service type that has any: the visit's own, 98 for an office visit, 30 or none named."""
    tiers: list[Callable[[Benefit], bool]] = [lambda item: service_type in item.service_types]
    if service_type in OFFICE_VISITS:
        tiers.append(lambda item: OFFICE in item.service_types)
    tiers.append(lambda item: PLAN in item.service_types)
    tiers.append(lambda item: not item.service_types)
    if fallback:
        tiers.append(lambda item: True)
    for fits in tiers:
        found = [item for item in benefits if fits(item)]
        if found:
            return found
    return []


def _of_side(benefits: Iterable[Benefit], side: str) -> list[Benefit]:
    return [item for item in benefits if item.in_network in SIDES[side]]


def _sharpest(benefits: Sequence[Benefit], side: str) -> list[Benefit]:
    """Those that name the side most clearly: Y (or N) before W before blank."""
    for mark in SIDES[side]:
        found = [item for item in benefits if item.in_network == mark]
        if found:
            return found
    return []


def _of_level(benefits: Sequence[Benefit], level: str) -> list[Benefit]:
    for mark in LEVELS[level]:
        found = [item for item in benefits if item.coverage_level == mark]
        if found:
            return found
    return []


def _both_sides(choose: Callable[[str], Any]) -> dict[str, Any]:
    return {side: choose(side) for side in SIDES}


def _visit_value(
    benefits: Sequence[Benefit], code: str, side: str, service_type: str
) -> dict[str, Any] | None:
    """A copay (an amount, never a percentage) or a coinsurance (the patient's share, 0.2 is 20 %) of one visit."""
    stated = [
        item for item in benefits if item.code == code and _number(item) is not None and not item.procedure
    ]
    found = _sharpest(_nearest(_of_side(stated, side), service_type), side)
    found = _of_level(found, "IND") or found
    found = [item for item in found if item.period == VISIT] or found
    return _value(found, service_type) if found else None


def _copays(benefits: Sequence[Benefit]) -> dict[str, Any]:
    """The copay of a visit of each kind that may have one of its own; all others have that of the plan (30)."""
    named = {code for item in benefits if item.code == "B" for code in item.service_types}
    return {code: _visit_value(benefits, "B", "in", code) for code in sorted({PLAN} | OFFICE_VISITS | named)}


def copay_inside(benefits: dict[str, Any], service_type: str) -> dict[str, Any] | None:
    """The copay inside the network of a visit of a service type, whichever the payer was asked about (E3).

    Benefits that were read before `copays` was kept know only that of their own question.
    """
    copays: dict[str, dict[str, Any] | None] | None = benefits.get("copays")
    if copays is None or benefits.get("service_type") == service_type:
        own: dict[str, Any] | None = benefits.get("copay", {}).get("in")
        return own
    return copays.get(service_type, copays[PLAN])


def _number(benefit: Benefit) -> Decimal | None:
    return benefit.percent if benefit.code == "A" else benefit.amount


def _value(found: Sequence[Benefit], service_type: str) -> dict[str, Any]:
    numbers = sorted({number for item in found if (number := _number(item)) is not None})
    return {
        "low": str(numbers[0]),
        "high": str(numbers[-1]),
        "service_type": _said_of(found, service_type),
        "messages": _messages(found),
    }


def _said_of(found: Sequence[Benefit], service_type: str) -> str:
    """Which service type the payer's words were about."""
    types = found[0].service_types
    return next((code for code in (service_type, OFFICE, PLAN) if code in types), PLAN)


def _messages(found: Iterable[Benefit]) -> list[str]:
    return list(dict.fromkeys(text for item in found for text in item.messages))


def _is_qmb(benefit: Benefit) -> bool:
    """A Qualified Medicare Beneficiary: by the kind of insurance (EB04), or by the name of an active plan (R14)."""
    if benefit.code in INACTIVE:
        return False
    named = benefit.code in ACTIVE and "QMB" in re.split(r"[^A-Z]+", benefit.plan_name.upper())
    return named or benefit.insurance_type == "QM"


def _visits(benefits: Sequence[Benefit], side: str, service_type: str) -> dict[str, str] | None:
    """How many visits are left of how many; None where the payer names no limit."""
    stated = [item for item in benefits if item.quantity_kind == VISITS and item.quantity is not None]
    found = _sharpest(_nearest(_of_side(stated, side), service_type), side)
    if not found:
        return None
    left = [item.quantity for item in found if item.period == REMAINING]
    total = [item.quantity for item in found if item.period not in (REMAINING, YEAR_TO_DATE)]
    return {"left": f"{left[0]:f}" if left else "", "of": f"{total[0]:f}" if total else ""}


def _authorization(benefits: Sequence[Benefit], side: str, service_type: str) -> str:
    """Y, N, U, or empty where the payer does not say (EB11)."""
    stated = [item for item in benefits if item.authorization_required and not item.procedure]
    marks = {item.authorization_required for item in _nearest(_of_side(stated, side), service_type)}
    return next((mark for mark in ("Y", "U", "N") if mark in marks), "")


def _amounts(benefits: Sequence[Benefit], service_type: str) -> list[dict[str, Any]]:
    """The rows of the second table that the payer said anything about, inside the network first."""
    rows = []
    for side in SIDES:
        for name, code, level in TABLE:
            stated = [item for item in benefits if item.code == code and item.amount is not None]
            found = _of_level(_sharpest(_nearest(_of_side(stated, side), service_type), side), level)
            # A family amount may stand under another service type or network mark than the individual one.
            if not found:
                found = _nearest(_of_side(_of_level(stated, level), side), service_type)
            if found:
                rows.append(
                    {"name": name, "code": code, "level": level, "side": side} | _year(found, service_type)
                )
    return rows


def _year(found: Sequence[Benefit], service_type: str) -> dict[str, Any]:
    """Total, met and remaining of a year: 29 as said, else the total less what 24 says was met."""
    totals = next((some for period in TOTALS if (some := _of_period(found, period))), [])
    rest, spent = _of_period(found, REMAINING), _of_period(found, YEAR_TO_DATE)
    total = totals[0] if len(totals) == 1 else None
    if not rest and total is not None and len(spent) == 1:
        rest = [max(total - spent[0], Decimal("0.00"))]
    met = None
    if total is not None and len(rest) == 1:
        met = max(total - rest[0], Decimal("0.00"))
    elif len(spent) == 1:
        met = spent[0]
    return {
        "total": _range(totals),
        "met": str(met) if met is not None else None,
        "remaining": _range(rest),
        "service_type": _said_of(found, service_type),
        "messages": _messages(found),
    }


def _of_period(found: Sequence[Benefit], period: str) -> list[Decimal]:
    return sorted({item.amount for item in found if item.period == period and item.amount is not None})


def _range(numbers: Sequence[Decimal]) -> dict[str, str] | None:
    return {"low": str(numbers[0]), "high": str(numbers[-1])} if numbers else None


def _current(benefit: Benefit, service_on: date) -> bool:
    """Whether a benefit's own plan-year dates, where it carries any, hold the day of the visit."""
    years = [period for period in benefit.periods if period.kind in PLAN_DATES and period.end is not None]
    return not years or any(
        (year.start is None or year.start <= service_on) and year.end is not None and service_on <= year.end
        for year in years
    )


def _plan_dates(answer: EligibilityAnswer, status: Benefit | None) -> tuple[date | None, date | None]:
    periods = [*(status.periods if status else ()), *answer.periods]
    by_kind = {period.kind: period for period in reversed(periods)}
    begins = next((by_kind[kind] for kind in PLAN_DATES if kind in by_kind), None)
    ends = next((by_kind[kind] for kind in PLAN_ENDS if kind in by_kind), None)
    start = begins.start if begins else None
    end = begins.end if begins and begins.end else ends.start if ends else None
    return start, end


def _other_payers(benefits: Iterable[Benefit]) -> list[str]:
    """Who else the payer says covers the patient (E6): the Medicare Advantage plan behind a Medicare card."""
    found: dict[str, None] = {}
    for item in benefits:
        if item.code == "R":
            names = [f"{entity.name} {entity.id}".strip() for entity in item.entities if entity.name]
            found.update(dict.fromkeys(names or [item.plan_name or "another payer, not named"]))
    return list(found)


def _notes(benefits: Sequence[Benefit], status: Benefit | None, service_type: str) -> list[str]:
    """What the desk should know besides the numbers, in plain words."""
    notes = []
    if status is not None and status.code not in ("1", "6"):
        notes.append(f"The payer's word is: {codes.describe_benefit(status.code).lower()}.")
    words = codes.describe_service_type(service_type).lower()
    own = [item for item in benefits if service_type in item.service_types]
    if any(item.code == "I" and item.in_network in SIDES["in"] for item in own):
        notes.append(f"The plan does not cover {words}.")
    if any(item.code == "N" for item in _nearest(benefits, service_type)):
        notes.append("The plan covers this only with certain providers: read the payer's answer.")
    if any(item.code == "V" for item in benefits):
        notes.append("The payer could not process a part of the question.")
    return notes


def _unclear(chosen: dict[str, Any]) -> list[dict[str, Any]]:
    """Each value that stayed ambiguous, with the payer's own words (E3)."""
    found = []
    for name, key in (("Copay", "copay"), ("Coinsurance", "coinsurance")):
        for side, value in chosen[key].items():
            if value and value["low"] != value["high"]:
                found.append({"name": name, "side": side, **_said(value)})
    for row in chosen["amounts"]:
        ranges = [row[key] for key in ("total", "remaining") if row[key]]
        if any(each["low"] != each["high"] for each in ranges):
            worst = next(each for each in ranges if each["low"] != each["high"])
            found.append(
                {"name": row["name"], "side": row["side"], **_said(worst | {"messages": row["messages"]})}
            )
    found += [
        {"name": "Authorization", "side": side, "low": "", "high": "", "messages": []}
        for side, mark in chosen["authorization"].items()
        if mark == "U"
    ]
    return found


def _said(value: dict[str, Any]) -> dict[str, Any]:
    return {key: value[key] for key in ("low", "high", "messages")}


def _omitted(chosen: dict[str, Any]) -> list[str]:
    """What CAQH CORE asks of every payer and this one left out (E4)."""
    if chosen["status"] not in ACTIVE:
        return []
    left_out = [
        f"{key} {side}" for key in ("copay", "coinsurance") for side in SIDES if not chosen[key][side]
    ]
    rows = {(row["code"], row["side"]): row for row in chosen["amounts"] if row["level"] == "IND"}
    for side in SIDES:
        row = rows.get(("C", side))
        if row is None or row["total"] is None:
            left_out.append(f"deductible {side}")
        if row is None or row["remaining"] is None:
            left_out.append(f"deductible remaining {side}")
    return left_out
