"""A series made longer: further dates by the rule in force, judged as at its booking, booked all or none (A4, A7)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import Appointment, AppointmentSeries, RenderingProvider, SeriesChange
from clinic.scheduling import guards, recurrence, series, series_cover, series_plan, series_rule
from clinic.scheduling.errors import AppointmentChanged, SchedulingError
from clinic.scheduling.recurrence import Rule, RuleRefused
from clinic.scheduling.series import Look
from clinic.scheduling.series_plan import Plan, Wanted


@dataclass(frozen=True)
class More:
    """How much longer: so many visits, or until a day. `key` is the form's: its second click books nothing.

    `seen` is the mark of the dates that were shown: others are not booked before somebody has seen them.
    """

    times: int | None = None
    until_on: date | None = None
    key: str = ""
    seen: str = ""


def look(
    session: Session, found: AppointmentSeries, more: More, choices: Mapping[str, str] | None = None
) -> Look:
    """The further dates, and what to know about every visit that is still to come; raises RuleRefused, SchedulingError."""
    visits = series.visits_of(session, found)
    rule, provider = _in_force(session, found)
    plan = _plan(session, found, _wanted(rule, provider, visits, more), choices or {})
    now = clock.now()
    coming = [
        (number, _day(each))
        for number, each in enumerate(_standing(visits), 1)
        if each.status in guards.WAITING and each.starts_at > now
    ]
    days = sorted([*coming, *series.days_of(plan)], key=lambda pair: (pair[1], pair[0]))
    own = [each.id for each in visits]
    said = series_cover.notices(
        session,
        found.patient,
        found.visit_type,
        days,
        own,
        by_plan=not found.self_pay,
        case_id=found.case_id,
        provider_id=provider.id,
    )
    return Look(plan, said)


def mark(plan: Plan) -> str:
    """A short mark of the dates as they are shown: where the rule would put them, and with whom."""
    return _mark([each.wanted for each in plan.dates])


def _mark(wanted: Sequence[Wanted]) -> str:
    first = min(wanted, key=lambda each: each.number)
    return f"{first.on}T{first.wall:%H:%M}~{first.provider.public_id}~{len(wanted)}"


def booked_by(session: Session, found: AppointmentSeries, key: str) -> SeriesChange | None:
    """The change that the form with this key has made already."""
    return next((each for each in series.changes_of(session, found) if each.rule.get("key") == key), None)


def extend(
    session: Session,
    found: AppointmentSeries,
    more: More,
    choices: Mapping[str, str] | None = None,
    closed_reason: str = "",
) -> SeriesChange:
    """Book the further dates as chosen, all or none, as one change that is taken back as one.

    Raises SeriesTaken when a date is open or was taken (A4), AppointmentChanged when other dates follow than were
    `seen`, RuleRefused when the rule gives none, SchedulingError where a closed time has no reason or the provider
    sees nobody any more.
    """
    choices = choices or {}
    session.refresh(found, with_for_update={"of": AppointmentSeries, "key_share": True})
    twin = booked_by(session, found, more.key)
    if twin is not None:
        return twin
    rule, provider = _in_force(session, found)
    series.hold_all(session, [provider.id], choices, found.visit_type)
    visits = series.visits_of(session, found)
    wanted = _wanted(rule, provider, visits, more)
    if more.seen and more.seen != _mark(wanted):
        raise AppointmentChanged(
            "Somebody changed this series since you saw the dates. Look at the list again."
        )
    plan = _plan(session, found, wanted, choices, offer=False)
    series.refuse_open(plan)
    series.refuse_closed(plan, closed_reason)
    if not plan.placed:
        raise RuleRefused("Every date is left out: there is nothing to book.", "times")
    end = _end(rule, more, wanted, len(plan.placed))
    change = series.note_change(
        session, found, "extend", "all", wanted[0].on, len(plan.placed), rule=end | {"key": more.key}
    )
    rooms = {each.room_id for each in _standing(visits)}
    series.place_all(session, found, plan, change, closed_reason, rooms.pop() if len(rooms) == 1 else None)
    return change


def last_of(visits: Sequence[Appointment]) -> Appointment | None:
    """The last visit that stands."""
    return max(_standing(visits), key=lambda each: each.starts_at, default=None)


def _in_force(session: Session, found: AppointmentSeries) -> tuple[Rule, RenderingProvider]:
    rule, provider_id = series_rule.rule_of(found, series.changes_of(session, found))
    provider = session.get_one(RenderingProvider, provider_id)
    if not provider.active:
        raise SchedulingError(
            f"{provider.name} sees nobody any more: move the visits to somebody else first."
        )
    return rule, provider


def _wanted(
    rule: Rule, provider: RenderingProvider, visits: Sequence[Appointment], more: More
) -> list[Wanted]:
    """The dates after the last visit that stands, and never one that is past."""
    standing = _standing(visits)
    yesterday = clock.today() - timedelta(days=1)
    after = max([each.series_on or _day(each) for each in standing], default=yesterday)
    days = recurrence.further(rule, max(after, yesterday), more.times, more.until_on)
    return [
        Wanted(number, day, rule.wall_time, provider) for number, day in enumerate(days, len(standing) + 1)
    ]


def _standing(visits: Sequence[Appointment]) -> list[Appointment]:
    return [each for each in visits if each.status not in series.GONE]


def _day(visit: Appointment) -> date:
    return clock.local(visit.starts_at).date()


def _end(rule: Rule, more: More, wanted: Sequence[Wanted], booked: int) -> dict[str, Any]:
    """The rule's new end, in the words that it had: so many visits, or until a day."""
    if more.until_on is not None:
        return {"until_on": more.until_on.isoformat()}
    if rule.times is not None:
        return {"times": rule.times + booked}
    return {"until_on": wanted[-1].on.isoformat()}


def _plan(
    session: Session,
    found: AppointmentSeries,
    wanted: Sequence[Wanted],
    choices: Mapping[str, str],
    *,
    offer: bool = True,
) -> Plan:
    return series_plan.plan(
        session, found.patient_id, found.visit_type, found.minutes, wanted, choices, offer=offer
    )
