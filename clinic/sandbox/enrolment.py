"""The payers, plans, fees and members that the practice payer knows; every function may be repeated."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.sandbox.errors import SandboxError
from clinic.sandbox.tables import SandboxFee, SandboxMember, SandboxPayer, SandboxPlan

MODES = ("answers", "down", "silent")


@dataclass(frozen=True, slots=True, kw_only=True)
class PayerSeed:
    """A payer with its plans (the keywords of `add_plan`, with "plan_name") and what it allows for one unit."""

    edi_id: str
    name: str
    plans: tuple[Mapping[str, Any], ...] = ()
    fees: Mapping[str, Decimal] = field(default_factory=dict)


def seed(session: Session, payers: Iterable[PayerSeed]) -> None:
    """Make the practice payers known, with plans and fees."""
    for payer in payers:
        add_payer(session, payer.edi_id, payer.name)
        for plan in payer.plans:
            add_plan(session, payer.edi_id, **plan)
        for code, allowed in payer.fees.items():
            add_fee(session, payer.edi_id, code, allowed)


def add_payer(session: Session, edi_id: str, name: str) -> SandboxPayer:
    """A payer by the number our claims carry (2010BB NM109)."""
    row = session.get(SandboxPayer, edi_id)
    if row is None:
        row = SandboxPayer(edi_id=edi_id, name=name)
        session.add(row)
    row.name = name
    session.flush()
    return row


def add_plan(
    session: Session,
    edi_id: str,
    plan_name: str,
    *,
    payer_name: str = "",
    copay: Decimal = Decimal(0),
    copay_only: bool = True,
    deductible: Decimal = Decimal(0),
    family_deductible: Decimal = Decimal(0),
    out_of_pocket: Decimal = Decimal(0),
    coinsurance_percent: int = 20,
    allowed_percent: int = 70,
    filing_days: int = 365,
    days_to_pay: int = 10,
    needs_authorization: Iterable[str] = (),
) -> SandboxPlan:
    """A plan and its terms; percentages are whole, coinsurance is the patient's part.

    With `copay_only` an office visit costs the copay alone; without, copay, deductible and coinsurance add up (E8).
    `out_of_pocket` 0 is no limit.
    """
    if session.get(SandboxPayer, edi_id) is None:
        add_payer(session, edi_id, payer_name or plan_name)
    row = session.scalar(
        select(SandboxPlan).where(SandboxPlan.edi_id == edi_id, SandboxPlan.plan_name == plan_name)
    )
    if row is None:
        row = SandboxPlan(edi_id=edi_id, plan_name=plan_name)
        session.add(row)
    row.copay, row.copay_only = copay, copay_only
    row.deductible, row.family_deductible, row.out_of_pocket = deductible, family_deductible, out_of_pocket
    row.coinsurance_percent, row.allowed_percent = coinsurance_percent, allowed_percent
    row.filing_days, row.days_to_pay = filing_days, days_to_pay
    row.needs_authorization = sorted(needs_authorization)
    session.flush()
    return row


def add_fee(session: Session, edi_id: str, code: str, allowed: Decimal) -> None:
    """What a payer allows for one unit of a code."""
    row = session.scalar(select(SandboxFee).where(SandboxFee.edi_id == edi_id, SandboxFee.code == code))
    if row is None:
        row = SandboxFee(edi_id=edi_id, code=code, allowed=allowed)
        session.add(row)
    row.allowed = allowed
    session.flush()


def enrol_member(
    session: Session,
    edi_id: str,
    plan_name: str,
    member_id: str,
    first: str,
    last: str,
    born_on: date,
    effective_on: date,
    ended_on: date | None = None,
) -> SandboxMember:
    """A member of a plan; dependants carry the subscriber's `member_id` and their own first name."""
    plan = session.scalar(
        select(SandboxPlan).where(SandboxPlan.edi_id == edi_id, SandboxPlan.plan_name == plan_name)
    )
    if plan is None:
        raise SandboxError(f"The practice payer {edi_id} has no plan {plan_name!r}.")
    row = session.scalar(
        select(SandboxMember).where(
            SandboxMember.edi_id == edi_id,
            SandboxMember.member_id == member_id.upper(),
            SandboxMember.first_name == first,
        )
    )
    if row is None:
        row = SandboxMember(
            edi_id=edi_id, member_id=member_id.upper(), first_name=first, year=clock.today().year
        )
        row.deductible_met = row.out_of_pocket_met = Decimal(0)
        session.add(row)
    row.plan, row.last_name, row.born_on = plan, last, born_on
    row.effective_on, row.ended_on = effective_on, ended_on
    session.flush()
    return row


def set_mode(session: Session, edi_id: str, mode: str) -> SandboxPayer:
    """How a payer behaves from now on: "answers", "down" (says so in AAA 42), or "silent" (nothing comes)."""
    payer = session.get(SandboxPayer, edi_id)
    if payer is None or mode not in MODES:
        raise SandboxError("There is no such practice payer, or no such way to behave.")
    payer.mode = mode
    session.flush()
    return payer


def find_member(
    session: Session, edi_id: str, member_id: str, first_name: str, born_on: date | None
) -> tuple[SandboxMember | None, str]:
    """The member, or None and the AAA code that says what did not fit (E5).

    72 the number is unknown, 71 the birth date differs, 73 the name differs. The number and the birth date find a
    member; the first name decides between twins and is asked for when no birth date came.
    """
    family = session.scalars(
        select(SandboxMember)
        .where(SandboxMember.edi_id == edi_id, SandboxMember.member_id == member_id.strip().upper())
        .order_by(SandboxMember.id)
    ).all()
    if not family:
        return None, "72"
    named = [row for row in family if _fold(row.first_name) == _fold(first_name)]
    if born_on is None:
        return (named[0], "") if named else (None, "73")
    of_age = [row for row in family if row.born_on == born_on]
    if not of_age:
        return None, "71" if named else "75"
    return next((row for row in of_age if row in named), of_age[0]), ""


def _fold(name: str) -> str:
    return "".join(letter for letter in name.upper() if letter.isalnum())
