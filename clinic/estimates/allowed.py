"""What a payer will allow for a service: its contract, else what it paid before, else Medicare's share, else the charge (E8)."""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import Session

from clinic import formats
from clinic.estimates.arithmetic import ZERO, Range, cents
from clinic.estimates.asked import Asked
from clinic.estimates.errors import EstimateRefused
from clinic.models import (
    ClaimPayment,
    ExemptService,
    Fee,
    FeeSchedule,
    Payer,
    Remittance,
    ServicePayment,
)

LAST_PAID = 12
"""How many of a payer's newest payments of a code are looked at."""
ENOUGH = 5
"""With fewer payments that Medicare's table also prices, a payer has no known share of Medicare."""
FIRST_AS_PRIMARY = ("1", "19")


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
class _Paid:
    amounts: list[Decimal]
    newest: date | None


@dataclass(frozen=True)
class _Fee:
    amount: Decimal
    since: date


def price(
    session: Session, asked: Sequence[Asked], on: date, payer_id: int | None, diagnoses: Sequence[str] = ()
) -> list[Priced]:
    """Each service priced; without a payer the clinic's own fee. Raises EstimateRefused for a code without a fee."""
    codes = {each.code for each in asked}
    own, contract, medicare = _fees(session, codes, on, payer_id)
    paid = _paid(session, codes, payer_id) if payer_id else {}
    exempt = _exempt(session, on)
    share: Decimal | None = None
    looked = False
    found = []
    for each in asked:
        fee = _of(own, each)
        if fee is None:
            raise EstimateRefused(f"{each.code} has no fee on {formats.mdy(on)}: check the code.")
        charge = cents(fee.amount * each.units)
        if _needs_share(each, payer_id, contract, paid, medicare) and not looked:
            share, looked = _share_of_medicare(session, on, payer_id), True
        source, per_unit, words = _allowed(each, payer_id, fee, contract, paid, medicare, share)
        allowed = Range(
            *(
                min(cents(amount * each.units), charge)
                for amount in (per_unit.low, per_unit.expected, per_unit.high)
            )
        )
        found.append(Priced(each, charge, allowed, source, words, _why_exempt(exempt, each, diagnoses)))
    return found


def _allowed(
    each: Asked,
    payer_id: int | None,
    fee: _Fee,
    contract: dict[tuple[str, str], _Fee],
    paid: dict[str, _Paid],
    medicare: dict[tuple[str, str], _Fee],
    share: Decimal | None,
) -> tuple[str, Range, str]:
    """Source, the range for one unit, and the words for it."""
    if payer_id is None:
        return "fee", Range.of(fee.amount), f"the clinic's fee of {formats.mdy(fee.since)}"
    agreed = _of(contract, each)
    if agreed is not None:
        return "contract", Range.of(agreed.amount), f"contract of {formats.mdy(agreed.since)}"
    before = paid.get(each.code)
    if before is not None:
        amounts, count = before.amounts, len(before.amounts)
        words = "the one payment" if count == 1 else f"the middle of {count} payments"
        words += f", newest {formats.mdy(before.newest)}" if before.newest else ""
        return "paid", Range(min(amounts), cents(Decimal(statistics.median(amounts))), max(amounts)), words
    public = _of(medicare, each)
    if public is not None and share is not None:
        words = f"{share * 100:.0f}% of Medicare, as this payer paid for other services"
        return "medicare", Range.of(cents(public.amount * share)), words
    return "charge", Range(ZERO, fee.amount, fee.amount), "the charge: no allowed amount is known"


def _of(table: dict[tuple[str, str], _Fee], each: Asked) -> _Fee | None:
    """A row for one of the modifiers goes before the plain one."""
    return next((table[each.code, one] for one in (*each.modifiers, "") if (each.code, one) in table), None)


def _needs_share(
    each: Asked,
    payer_id: int | None,
    contract: dict[tuple[str, str], _Fee],
    paid: dict[str, _Paid],
    medicare: dict[tuple[str, str], _Fee],
) -> bool:
    known = _of(contract, each) is not None or each.code in paid
    return payer_id is not None and not known and _of(medicare, each) is not None


def _in_force(on: date) -> Any:
    return and_(
        FeeSchedule.effective_on <= on, or_(FeeSchedule.ended_on.is_(None), FeeSchedule.ended_on >= on)
    )


def _fees(
    session: Session, codes: Iterable[str], on: date, payer_id: int | None
) -> tuple[dict[tuple[str, str], _Fee], dict[tuple[str, str], _Fee], dict[tuple[str, str], _Fee]]:
    """The clinic's fees, the payer's contract and Medicare's table for these codes, the newest schedule first."""
    query = (
        select(FeeSchedule.payer_id, FeeSchedule.effective_on, Fee.code, Fee.modifier, Fee.amount)
        .join(FeeSchedule, FeeSchedule.id == Fee.schedule_id)
        .outerjoin(Payer, Payer.id == FeeSchedule.payer_id)
        .where(
            Fee.code.in_(set(codes)),
            _in_force(on),
            or_(FeeSchedule.payer_id.is_(None), FeeSchedule.payer_id == payer_id, Payer.kind == "medicare"),
        )
        .order_by(FeeSchedule.effective_on.desc(), FeeSchedule.id.desc())
    )
    tables: tuple[dict[tuple[str, str], _Fee], ...] = ({}, {}, {})
    for owner, since, code, modifier, amount in session.execute(query):
        at = 0 if owner is None else 1 if owner == payer_id else 2
        tables[at].setdefault((code, modifier), _Fee(amount, since))
    return tables[0], tables[1], tables[2]


def _paid_lines(payer_id: int | None) -> Any:
    """The lines that a payer paid as the first one and did not take back."""
    return (
        select(
            ServicePayment.id,
            ServicePayment.code,
            ServicePayment.amount_allowed,
            ServicePayment.units,
            Remittance.paid_on,
        )
        .join(ClaimPayment, ClaimPayment.id == ServicePayment.claim_payment_id)
        .join(Remittance, Remittance.id == ClaimPayment.remittance_id)
        .where(
            Remittance.payer_id == payer_id,
            Remittance.state == "posted",
            ClaimPayment.state == "posted",
            ClaimPayment.status_code.in_(FIRST_AS_PRIMARY),
            ServicePayment.denied.is_(False),
            ServicePayment.amount_allowed > 0,
        )
    )


def _paid(session: Session, codes: Iterable[str], payer_id: int) -> dict[str, _Paid]:
    place = func.row_number().over(
        partition_by=ServicePayment.code,
        order_by=(Remittance.paid_on.desc().nulls_last(), ServicePayment.id.desc()),
    )
    lines = (
        _paid_lines(payer_id)
        .where(ServicePayment.code.in_(set(codes)))
        .add_columns(place.label("place"))
        .subquery()
    )
    found: dict[str, _Paid] = {}
    for row in session.execute(select(lines).where(lines.c.place <= LAST_PAID).order_by(lines.c.place)):
        known = found.setdefault(row.code, _Paid([], row.paid_on))
        known.amounts.append(cents(row.amount_allowed / (row.units or 1)))
    return found


def _share_of_medicare(session: Session, on: date, payer_id: int | None) -> Decimal | None:
    """What this payer allows of Medicare's fee, the middle of its newest payments that Medicare's table prices."""
    lines = _paid_lines(payer_id).order_by(ServicePayment.id.desc()).limit(200).subquery()
    query = (
        select(lines.c.amount_allowed, lines.c.units, Fee.amount)
        .join(Fee, and_(Fee.code == lines.c.code, Fee.modifier == ""))
        .join(FeeSchedule, FeeSchedule.id == Fee.schedule_id)
        .join(Payer, Payer.id == FeeSchedule.payer_id)
        .where(Payer.kind == "medicare", _in_force(on), Fee.amount > 0)
    )
    shares = [allowed / (units or 1) / amount for allowed, units, amount in session.execute(query)]
    return Decimal(statistics.median(shares)) if len(shares) >= ENOUGH else None


def _exempt(session: Session, on: date) -> list[ExemptService]:
    query = select(ExemptService).where(
        ExemptService.effective_on <= on,
        or_(ExemptService.ended_on.is_(None), ExemptService.ended_on >= on),
    )
    return list(session.scalars(query))


def _why_exempt(rules: Iterable[ExemptService], each: Asked, diagnoses: Sequence[str]) -> str:
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
