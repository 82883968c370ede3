"""Bills that are far above the good-faith estimate the patient was given: looked at before the statement goes (F1)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, joinedload

from clinic.estimates import good_faith
from clinic.estimates.errors import EstimateRefused
from clinic.models import (
    Account,
    Appointment,
    Charge,
    Claim,
    Encounter,
    Estimate,
    GoodFaithStep,
    OpenItem,
    Posting,
)

MUCH = Decimal("400.00")
"""From so much above the estimate a patient may dispute the bill."""
DISPUTE = timedelta(days=120)
"""So long after the first bill."""
BILLED = (Account.REVENUE, Account.CONTRACTUAL, Account.WRITE_OFF, Account.DENIAL_WRITE_OFF)
"""What was charged, and what was taken off again: their sum, turned round, is what is billed."""


@dataclass(frozen=True)
class Overrun:
    """A visit that is billed at least MUCH above its estimate; `passed` says who let the bill go, and why."""

    appointment: Appointment
    guarantor_id: int
    service_on: date
    estimate: Estimate
    billed: Decimal
    passed: GoodFaithStep | None = None

    @property
    def above(self) -> Decimal:
        return self.billed - self.estimate.charge


def of_guarantors(session: Session, guarantor_ids: Iterable[int]) -> list[Overrun]:
    """Those of visits for which these guarantors owe something, oldest first; two statements."""
    return _overruns(session, OpenItem.guarantor_id.in_(list(guarantor_ids)))


def of_visit(session: Session, appointment_id: int) -> Overrun | None:
    """The overrun of one visit for which something is owed."""
    return next(iter(_overruns(session, Encounter.appointment_id == appointment_id)), None)


def worklist(session: Session) -> list[Overrun]:
    """Those that nobody has let go yet: their statements wait."""
    return [each for each in _overruns(session) if each.passed is None]


def let_go(session: Session, appointment: Appointment, why: str, key: str) -> GoodFaithStep:
    """The bill goes to the patient although it is far above the estimate, for a reason (F1).

    Raises EstimateRefused without a reason, and where the bill is not above its estimate.
    """
    if not why.strip():
        raise EstimateRefused("Say why the bill goes as it is.", "why")
    session.refresh(appointment, with_for_update={"of": Appointment})
    found = of_visit(session, appointment.id)
    if found is None:
        raise EstimateRefused("The bill is not $400.00 above its estimate any more.", "why")
    if found.passed is not None:
        return found.passed
    step = GoodFaithStep(kind="billed", key=key, how=why.strip(), estimate_id=found.estimate.id)
    return good_faith.step(session, appointment, step)


def _overruns(session: Session, *conditions: ColumnElement[bool]) -> list[Overrun]:
    told = (
        select(GoodFaithStep.appointment_id, GoodFaithStep.estimate_id)
        .where(GoodFaithStep.kind == "given")
        .ext(distinct_on(GoodFaithStep.appointment_id))
        .order_by(GoodFaithStep.appointment_id, GoodFaithStep.id.desc())
        .subquery()
    )
    owed = (
        select(Encounter.id, func.min(OpenItem.guarantor_id).label("guarantor_id"))
        .join(Charge, Charge.encounter_id == Encounter.id)
        .join(OpenItem, OpenItem.charge_id == Charge.id)
        .where(OpenItem.bucket == "patient", OpenItem.amount > 0, *conditions)
        .group_by(Encounter.id)
        .subquery()
    )
    billed = -func.sum(Posting.amount)
    rows = session.execute(
        select(Appointment, Estimate, Encounter.service_on, owed.c.guarantor_id, billed)
        .join(told, told.c.appointment_id == Appointment.id)
        .join(Estimate, Estimate.id == told.c.estimate_id)
        .join(Encounter, Encounter.appointment_id == Appointment.id)
        .join(owed, owed.c.id == Encounter.id)
        .join(Charge, Charge.encounter_id == Encounter.id)
        .join(Posting, Posting.charge_id == Charge.id)
        .where(
            Posting.account.in_(BILLED),
            # What a plan was asked for is not the bill of somebody who uses none.
            ~select(Claim.id).where(Claim.encounter_id == Encounter.id).exists(),
        )
        .group_by(Appointment.id, Estimate.id, Encounter.id, owed.c.guarantor_id)
        .having(billed >= Estimate.charge + MUCH)
        .order_by(Encounter.service_on, Encounter.id)
        .options(joinedload(Appointment.patient, innerjoin=True))
    ).all()
    passed = _passed(session, [row[0].id for row in rows])
    return [
        Overrun(visit, guarantor_id, service_on, estimate, amount, passed.get(visit.id))
        for visit, estimate, service_on, guarantor_id, amount in rows
    ]


def _passed(session: Session, appointment_ids: Sequence[int]) -> dict[int, GoodFaithStep]:
    if not appointment_ids:
        return {}
    query = (
        select(GoodFaithStep)
        .where(GoodFaithStep.appointment_id.in_(appointment_ids), GoodFaithStep.kind == "billed")
        .order_by(GoodFaithStep.id)
    )
    return {each.appointment_id: each for each in session.scalars(query)}
