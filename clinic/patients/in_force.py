"""Which plan answers for a visit: one rule, for rows in hand and for a statement over many visits (C9, S09).

The insurer of the visit's own case goes before every plan; then the first plan by position that covers the day; else
the newest primary one, so that somebody sees that it ended. None means that the patient pays, also where he has a plan and
wants it not used for the visit (F1).
"""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, or_

from clinic.models import Coverage
from clinic.patients.coverages import OF_A_CASE

PRIMARY = 1


def by_place(coverages: Iterable[Coverage]) -> list[Coverage]:
    """Coverages in the order in which the rule looks at them."""
    newest = sorted(coverages, key=lambda each: (each.effective_on, each.id), reverse=True)
    return sorted(newest, key=lambda each: each.position)


def plan_on(
    coverages: Sequence[Coverage], day: date, case_id: int | None = None, *, self_pay: bool = False
) -> Coverage | None:
    """The one of a patient's coverages that answers for a visit of a day, which may belong to a case.

    `self_pay` is the visit's: the plan is not used for it.
    """
    if self_pay:
        return None
    ordered = by_place(coverages)
    if case_id is not None:
        of_case = next((each for each in ordered if each.case_id == case_id), None)
        if of_case is not None:
            return of_case
    plans = [each for each in ordered if each.position != OF_A_CASE]
    newest = next((each for each in plans if each.position == PRIMARY), None)
    return next((each for each in plans if each.covers(day)), newest)


def covers(coverage: Any, day: Any) -> ColumnElement[bool]:
    """`Coverage.covers` in a statement; `coverage` is the table or an alias of it, `day` a date expression."""
    return and_(
        coverage.effective_on <= day, or_(coverage.terminated_on.is_(None), coverage.terminated_on >= day)
    )


def may_answer(coverage: Any, day: Any, case_id: Any, self_pay: Any = False) -> ColumnElement[bool]:
    """The coverages of a patient that `plan_on` could choose for a visit, in a statement; the first by `best` is it."""
    could = or_(
        coverage.case_id == case_id,
        and_(coverage.position != OF_A_CASE, or_(coverage.position == PRIMARY, covers(coverage, day))),
    )
    return could if self_pay is False else and_(~self_pay, could)


def best(coverage: Any, day: Any) -> tuple[Any, ...]:
    """The order that puts the choice of `plan_on` first."""
    return (
        (coverage.position == OF_A_CASE).desc(),
        and_(coverage.position != OF_A_CASE, covers(coverage, day)).desc(),
        coverage.position,
        coverage.effective_on.desc(),
        coverage.id.desc(),
    )
