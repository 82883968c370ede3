"""How an eligibility check stands, in one word and tone for every screen, and what is left of the year (E2, asks 26, 27)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from clinic import formats
from clinic.eligibility.reading import same_plan_year
from clinic.eligibility.waiting import is_late, moment, silence
from clinic.models import Coverage, EligibilityCheck

YEARLY = (("C", "Deductible"), ("G", "Out-of-pocket"))


@dataclass(frozen=True)
class Standing:
    """How the eligibility stands, in a word, a tone and a sentence. `polls` while an answer may still come."""

    word: str
    tone: str
    sentence: str = ""
    next_step: str = ""
    polls: bool = False


def standing(check: EligibilityCheck | None, coverage: Coverage | None) -> Standing:
    """The chip and the note of a check: every state has its word, a silent payer is amber and never red."""
    if coverage is None:
        return Standing("Self-pay", "")
    if check is None:
        return Standing("Not asked", "")
    if check.state in ("waiting", "sent"):
        if is_late(check):
            return Standing("No answer", "warn", silence(check), "Check-in goes on.")
        return Standing("Asking", "info", f"Asked at {moment(check.asked_at)}.", polls=True)
    if check.state == "failed":
        return Standing("No answer", "warn", check.reason, check.next_step)
    if check.state == "refused":
        return Standing("Not found", "warn", check.reason, check.next_step)
    if check.active is None:
        return Standing("Unclear", "warn", check.reason, check.next_step)
    if not check.active:
        return Standing(
            "Inactive", "danger", "The payer says that this coverage is not active.", check.next_step
        )
    return Standing("Active", "ok")


@dataclass(frozen=True)
class Left:
    """What is left of a yearly amount in the network, `$312.40 of $1,000.00`; empty where the payer names none."""

    name: str
    own: str
    family: str


def left_of_year(answer: EligibilityCheck | None, day: date) -> list[Left]:
    """What is left of deductible and out-of-pocket maximum, alone and as a family, for a visit on a day (ask 27).

    Nothing of an answer about another plan year: what is left then is not what is left now.
    """
    if answer is None or answer.active is False or not same_plan_year(answer, day):
        return []
    amounts = {
        (row["code"], row["level"]): _of(row)
        for row in answer.benefits.get("amounts", ())
        if row["side"] == "in"
    }
    found = [
        Left(name, amounts.get((code, "IND"), ""), amounts.get((code, "FAM"), "")) for code, name in YEARLY
    ]
    return [each for each in found if each.own or each.family]


def _of(row: Mapping[str, Any]) -> str:
    left, total = _words(row["remaining"]), _words(row["total"])
    if left and total:
        return f"{left} of {total}"
    return left or (f"total {total}" if total else "")


def _words(value: Mapping[str, str] | None) -> str:
    if not value:
        return ""
    low, high = Decimal(value["low"]), Decimal(value["high"])
    return formats.usd(low) if low == high else f"{formats.usd(low)} to {formats.usd(high)}"
