"""Whether the plan pays for a whole series: authorization visits left, and coverages that end before its last (A7)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, formats
from clinic.models import Appointment, Authorization, Coverage, Patient, VisitType
from clinic.models.scheduling import NO_VISIT
from clinic.patients import in_force
from clinic.scheduling import places, recurrence
from clinic.scheduling.booking_card import Authorized, booking_card


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
) -> list[Notice]:
    """What to know before so many visits are booked; `days` are number and day of each, `own` the series' own rows.

    Nine statements, however many visits. A visit counts against the authorization that ends first.
    """
    if not days:
        return []
    found = [
        Notice("warn", caution.sentence)
        for caution in places.against_kind(session, visit_type, patient.id, clock.day_bounds(days[0][1])[0])
    ]
    coverages = session.scalars(
        select(Coverage)
        .where(Coverage.patient_id == patient.id, Coverage.case_id.is_(None))
        .options(joinedload(Coverage.payer))
    ).all()
    plans = {day: in_force.plan_on(coverages, day) for _, day in days}
    by_day = {day: plan if plan and plan.covers(day) else None for day, plan in plans.items()}
    last = next((plan for plan in reversed(plans.values()) if plan is not None), None)
    if last is None:
        return found
    found += _uncovered(last, [number for number, day in days if by_day[day] is None])
    on_file = _on_file(session, patient, coverages, days, own)
    if on_file:
        found.append(_counted(on_file, days, by_day))
    elif booking_card(session, patient, visit_type, days[0][1]).wanted == "Y":
        found.append(
            Notice("danger", f"{_many(days)}, and the plan wants an authorization: none is on file.")
        )
    return found


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


def _on_file(
    session: Session,
    patient: Patient,
    coverages: Sequence[Coverage],
    days: Sequence[tuple[int, date]],
    own: Sequence[int],
) -> list[Authorized]:
    """The authorizations that serve some day of the series, with the other visits that will use them."""
    rows = session.scalars(
        select(Authorization)
        .where(
            Authorization.coverage_id.in_([each.id for each in coverages]),
            Authorization.ends_on >= days[0][1],
            Authorization.starts_on <= days[-1][1],
        )
        .order_by(Authorization.ends_on, Authorization.id)
    ).all()
    if not rows:
        return []
    ahead = [
        clock.local(at).date()
        for at in session.scalars(
            select(Appointment.starts_at).where(
                Appointment.patient_id == patient.id,
                Appointment.starts_at >= clock.now(),
                Appointment.status.not_in(NO_VISIT),
                Appointment.id.not_in(list(own)),
            )
        )
    ]
    return [Authorized(row, sum(row.starts_on <= day <= row.ends_on for day in ahead)) for row in rows]


def _counted(
    on_file: Sequence[Authorized],
    days: Sequence[tuple[int, date]],
    by_day: dict[date, Coverage | None],
) -> Notice:
    free = {each.row.id: each.free for each in on_file}
    without: list[int] = []
    for number, day in days:
        cover = by_day[day]
        serves = (
            each.row.id
            for each in on_file
            if cover is not None
            and each.row.coverage_id == cover.id
            and each.row.starts_on <= day <= each.row.ends_on
            and free[each.row.id] > 0
        )
        used = next(serves, None)
        if used is None:
            without.append(number)
        else:
            free[used] -= 1
    named = recurrence.joined(
        [
            f"{each.row.kind} {each.row.number} has {each.free}{' units' if each.row.counts == 'units' else ''} left "
            f"and ends {formats.mdy(each.row.ends_on)}"
            for each in on_file
        ]
    )
    if not without:
        return Notice("ok", f"{_many(days)}, {named}: all are covered.")
    verb = "is" if len(without) == 1 else "are"
    return Notice("warn", f"{_many(days)}, {named}: {recurrence.numbers(without)} {verb} not covered.")


def _many(days: Sequence[tuple[int, date]]) -> str:
    return recurrence.visits(len(days))
