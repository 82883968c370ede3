"""What a member has met of this year's deductible and out-of-pocket limit, alone and as a family."""

from dataclasses import dataclass
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.sandbox.tables import SandboxMember

NOTHING = Decimal(0)


@dataclass(frozen=True, slots=True)
class Left:
    """What may still be asked of the member; `out_of_pocket_left` None is no limit."""

    deductible_left: Decimal
    family_deductible_left: Decimal
    out_of_pocket_left: Decimal | None


def of(session: Session, member: SandboxMember) -> Left:
    """The member's accumulators for the clinic's present year."""
    begin_year(member)
    plan, year = member.plan, clock.today().year
    left = max(plan.deductible - member.deductible_met, NOTHING)
    family_left = left
    if plan.family_deductible:
        family = session.scalar(
            select(func.sum(SandboxMember.deductible_met)).where(
                SandboxMember.edi_id == member.edi_id,
                SandboxMember.member_id == member.member_id,
                SandboxMember.year == year,
            )
        )
        family_left = max(plan.family_deductible - (family or NOTHING), NOTHING)
        left = min(left, family_left)
    limit = max(plan.out_of_pocket - member.out_of_pocket_met, NOTHING) if plan.out_of_pocket else None
    return Left(left, family_left, limit)


def add(member: SandboxMember, deductible: Decimal, patient_share: Decimal) -> None:
    """Count a decision, or with negative amounts take one back."""
    begin_year(member)
    member.deductible_met = max(member.deductible_met + deductible, NOTHING)
    member.out_of_pocket_met = max(member.out_of_pocket_met + patient_share, NOTHING)


def begin_year(member: SandboxMember) -> None:
    """A new year starts at zero."""
    year = clock.today().year
    if member.year != year:
        member.year, member.deductible_met, member.out_of_pocket_met = year, NOTHING, NOTHING
