"""A visit as an estimate looks at it: which plans answer for it on its day, and what they said (C9, E7, R14)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility
from clinic.models import Appointment, Coverage, EligibilityCheck, VisitType
from clinic.patients import in_force
from clinic.patients.coverages import OF_A_CASE


@dataclass(frozen=True)
class Planned:
    """A visit that is booked, or that is about to be; `answers` are by coverage, those for its own day.

    `first` is None where the patient pays; `second` never stands behind the insurer of a case.
    """

    kind: VisitType
    day: date
    first: Coverage | None = None
    second: Coverage | None = None
    answers: Mapping[int, EligibilityCheck] = field(default_factory=dict)
    qmb: bool = False

    @property
    def answer(self) -> EligibilityCheck | None:
        return self.answers.get(self.first.id) if self.first else None

    @property
    def plans(self) -> list[tuple[Coverage, EligibilityCheck | None]]:
        """The coverages with their answers, in order."""
        return [(each, self.answers.get(each.id)) for each in (self.first, self.second) if each is not None]

    @property
    def answers_for_injuries(self) -> bool:
        """Whether an insurer of injuries answers, which leaves nothing to collect of the patient."""
        return self.first is not None and eligibility.insures_injuries(self.first)


def in_order(
    coverages: Sequence[Coverage], day: date, case_id: int | None, *, self_pay: bool = False
) -> tuple[Coverage | None, Coverage | None]:
    """Who pays first for a visit, and who pays of what that leaves; one that ended pays nothing."""
    first = in_force.plan_on(coverages, day, case_id, self_pay=self_pay)
    if first is None or not (first.covers(day) or first.position == OF_A_CASE):
        return None, None
    if first.position == OF_A_CASE:
        return first, None
    behind = [each for each in in_force.by_place(coverages) if each.position > first.position]
    return first, next((each for each in behind if each.covers(day)), None)


def of_visit(session: Session, appointment: Appointment) -> Planned:
    """A booked visit, in three statements; `Planned.first` is None where a plan is not to be used for it."""
    day = clock.local(appointment.starts_at).date()
    coverages = session.scalars(
        select(Coverage)
        .where(
            Coverage.patient_id == appointment.patient_id,
            or_(Coverage.case_id.is_(None), Coverage.case_id == appointment.case_id),
        )
        .options(joinedload(Coverage.payer))
    ).all()
    first, second = in_order(coverages, day, appointment.case_id, self_pay=appointment.self_pay)
    if first is None:
        return Planned(appointment.visit_type, day)
    said = eligibility.answers_on(session, {(each.id, day) for each in (first, second) if each is not None})
    return Planned(
        kind=appointment.visit_type,
        day=day,
        first=first,
        second=second,
        answers={coverage_id: check for (coverage_id, _), check in said.items()},
        qmb=bool(eligibility.qmb_visits(session, [appointment])),
    )
