"""Whether the plan pays for a whole series: authorization visits left, and coverages that end before its last (A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, eligibility, formats
from clinic.authorizations import judging
from clinic.authorizations.judging import Need, Shares
from clinic.models import Appointment, Authorization, Coverage, Patient, VisitType
from clinic.models.scheduling import NO_VISIT
from clinic.patients import in_force
from clinic.scheduling import places, recurrence


@dataclass(frozen=True)
class Notice:
    """A sentence about the whole series; `tone` is ok, warn or danger."""

    tone: str
    sentence: str


def notices(
    session: Session,
    patient: Patient,
    visit_type: VisitType,
    days: Sequence[tuple[int, date]],
    own: Sequence[int] = (),
    *,
    by_plan: bool = True,
    case_id: int | None = None,
    provider_id: int | None = None,
) -> list[Notice]:
    """What to know before so many visits are booked; `days` are number and day of each, `own` the series' own rows.

    Nine statements, however many visits. A visit counts against the authorization that ends first of those that are
    for such visits. Visits of a case are its insurer's; without `by_plan` the patient pays, and nothing is said of
    anybody else's plan.
    """
    if not days:
        return []
    found = [
        Notice("warn", caution.sentence)
        for caution in places.against_kind(session, visit_type, patient.id, clock.day_bounds(days[0][1])[0])
    ]
    if not by_plan:
        return found
    coverages = session.scalars(
        select(Coverage).where(Coverage.patient_id == patient.id).options(joinedload(Coverage.payer))
    ).all()
    plans = {day: in_force.plan_on(coverages, day, case_id) for _, day in days}
    by_day = {day: plan if plan and plan.covers(day) else None for day, plan in plans.items()}
    last = next((plan for plan in reversed(plans.values()) if plan is not None), None)
    if last is None:
        return found
    found += _uncovered(last, [number for number, day in days if by_day[day] is None])
    answers = eligibility.answers_on(session, {(plan.id, day) for day, plan in by_day.items() if plan})
    needs = {
        day: judging.need_of(visit_type, day, provider_id, plan, answers.get((plan.id, day)))
        for day, plan in by_day.items()
        if plan is not None
    }
    return found + _approved(session, patient, coverages, days, by_day, needs, own)


def _approved(
    session: Session,
    patient: Patient,
    coverages: Sequence[Coverage],
    days: Sequence[tuple[int, date]],
    by_day: dict[date, Coverage | None],
    needs: dict[date, Need],
    own: Sequence[int],
) -> list[Notice]:
    """What is on file for visits of this kind, and for which of them it does not last; nothing where none is wanted."""
    rows = judging.on_file(session, {plan.id for plan in by_day.values() if plan})
    fitting = [
        row
        for of_plan in rows.values()
        for row in of_plan
        if any(
            plan.id == row.coverage_id and judging.fits(row, needs[day])
            for day, plan in by_day.items()
            if plan
        )
    ]
    if not fitting:
        return _without(days, needs)
    shares = {plan_id: Shares(of_plan) for plan_id, of_plan in rows.items()}
    _take_others(session, patient, coverages, shares, own)
    others = {number: many for each in shares.values() for number, many in each.booked.items()}
    without = [
        number
        for number, day in days
        if (plan := by_day[day]) is None
        or ((used := shares.get(plan.id)) is None or used.take(needs[day]) is None)
    ]
    named = recurrence.joined([_named(row, others[row.id]) for row in fitting])
    if not without:
        return [Notice("ok", f"{_many(days)}, {named}: all are covered.")]
    verb = "is" if len(without) == 1 else "are"
    return [Notice("warn", f"{_many(days)}, {named}: {recurrence.numbers(without)} {verb} not covered.")]


def _without(days: Sequence[tuple[int, date]], needs: dict[date, Need]) -> list[Notice]:
    """Nothing on file is for such visits: a fault where the plan wants it, a question where nobody knows."""
    wanting = [number for number, day in days if day in needs and needs[day].why]
    if wanting:
        why = next(need.why for need in needs.values() if need.why)
        which = "" if len(wanting) == len(days) else f" for {recurrence.numbers(wanting)}"
        return [
            Notice(
                "danger", f"{_many(days)}, and the plan wants an authorization{which}: none is on file. {why}"
            )
        ]
    listed = {code for need in needs.values() if need.unsure for code in need.listed}
    if listed:
        codes = ", ".join(sorted(listed)[:6])
        return [Notice("warn", f"The plan wants an authorization for {codes}: see whether these visits do.")]
    return []


def _take_others(
    session: Session,
    patient: Patient,
    coverages: Sequence[Coverage],
    shares: dict[int, Shares],
    own: Sequence[int],
) -> None:
    """Count the visits that are booked already, each on what its own plan has for its kind."""
    for visit in session.scalars(
        select(Appointment)
        .where(
            Appointment.patient_id == patient.id,
            Appointment.starts_at >= clock.now(),
            Appointment.status.not_in(NO_VISIT),
            Appointment.id.not_in(list(own)),
        )
        .options(joinedload(Appointment.visit_type))
        .order_by(Appointment.starts_at, Appointment.id)
    ):
        day = clock.local(visit.starts_at).date()
        plan = in_force.plan_on(coverages, day, visit.case_id, self_pay=visit.self_pay)
        if plan is not None and plan.id in shares:
            shares[plan.id].take(judging.need_of_visit(visit, plan, None))


def _named(row: Authorization, others: int) -> str:
    """How many of what is left the other visits will use: the booking card says what is left by the payer's count."""
    units = " units" if row.counts == "units" else ""
    taken = f" ({min(others, row.left)} of them for other visits)" if others and not units else ""
    return f"{row.kind} {row.number} has {row.left}{units} left{taken} and ends {formats.mdy(row.ends_on)}"


def _uncovered(last: Coverage, without: Sequence[int]) -> list[Notice]:
    if not without:
        return []
    which = recurrence.numbers(without)
    name = last.payer.name
    if last.terminated_on is not None:
        ends = formats.mdy(last.terminated_on)
        return [
            Notice("danger", f"The coverage with {name} ends on {ends}: {which} {_come(without)} after it.")
        ]
    begins = formats.mdy(last.effective_on)
    return [
        Notice("danger", f"The coverage with {name} begins on {begins}: {which} {_come(without)} before it.")
    ]


def _come(which: Sequence[int]) -> str:
    return "comes" if len(which) == 1 else "come"


def _many(days: Sequence[tuple[int, date]]) -> str:
    return recurrence.visits(len(days))
