"""Changes of a series: this visit, this and the following, or all still to come; moved, cancelled, taken back (A7)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session

from clinic import audit, clock
from clinic.models import (
    Appointment,
    AppointmentMove,
    AppointmentSeries,
    RenderingProvider,
    SeriesChange,
)
from clinic.scheduling import (
    booking,
    freed,
    guards,
    recurrence,
    series,
    series_cover,
    series_plan,
    series_rule,
)
from clinic.scheduling.errors import AppointmentChanged, SchedulingError
from clinic.scheduling.series import Look, SeriesTaken
from clinic.scheduling.series_plan import Place, Plan, Wanted

SCOPES = {"this": "Only this visit", "following": "This and the following", "all": "All still to come"}
_TABLE: Any = Appointment.__table__
# Out of everybody's way while visits of one series change places with one another.
_FAR = timedelta(days=400 * 366)


@dataclass(frozen=True)
class Target:
    """Where the chosen visits shall stand: wall time, weekdays (0 Monday) and provider."""

    wall_time: time
    weekdays: tuple[int, ...]
    provider: RenderingProvider


def coming(visits: Sequence[Appointment], scope: str, chosen: Appointment | None = None) -> list[Appointment]:
    """The visits that a change reaches: never one that is past, has begun or has ended.

    `scope` "this" and "following" need the chosen visit; raises SchedulingError when nothing is left to change.
    """
    if scope not in SCOPES or (scope != "all" and chosen is None):
        raise SchedulingError("Say which visits: this one, this and the following, or all still to come.")
    now = clock.now()
    open_ = [each for each in visits if each.status in guards.WAITING and each.starts_at > now]
    if chosen is not None and scope == "this":
        open_ = [each for each in open_ if each.id == chosen.id]
    elif chosen is not None and scope == "following":
        open_ = [each for each in open_ if each.starts_at >= chosen.starts_at]
    if not open_:
        raise SchedulingError("None of these visits is still to come: there is nothing to change.")
    return sorted(open_, key=lambda each: (each.starts_at, each.id))


def mark(visits: Sequence[Appointment]) -> str:
    """A short mark of the visits as they were shown: another one says that somebody changed them meanwhile."""
    text = ",".join(f"{each.id}:{each.version}" for each in sorted(visits, key=lambda each: each.id))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def wanted(
    found: AppointmentSeries,
    visits: Sequence[Appointment],
    target: Target,
    weekdays: Sequence[int],
    scope: str,
    numbers: Mapping[int, int],
) -> list[Wanted]:
    """Where each visit would go, `weekdays` being those of the rule until now; raises RuleRefused.

    One visit by itself goes from the day on which it stands, several from where their rule has them. `numbers` are
    their places in the whole series.
    """
    days = [clock.local(each.starts_at).date() if scope == "this" else _day(each) for each in visits]
    before: Sequence[int] = sorted({day.weekday() for day in days})
    if len(before) != len(set(target.weekdays)):
        before = weekdays  # a part of the visits need not have every weekday of the rule
    after = recurrence.moved(days, before, target.weekdays, found.every, clock.today())
    return [
        Wanted(numbers[visit.id], day, target.wall_time, target.provider, visit)
        for day, visit in zip(after, visits, strict=True)
    ]


def _day(visit: Appointment) -> date:
    return visit.series_on or clock.local(visit.starts_at).date()


def look(
    session: Session,
    found: AppointmentSeries,
    scope: str,
    visits: Sequence[Appointment],
    target: Target,
    choices: Mapping[str, str] | None = None,
) -> Look:
    """Where each visit of a scope would go, date by date, before anything is changed."""
    plan = _plan(session, found, scope, visits, target, choices or {})
    own = [each.id for each in visits]
    return Look(
        plan,
        series_cover.notices(
            session,
            found.patient,
            found.visit_type,
            series.days_of(plan),
            own,
            by_plan=not found.self_pay,
            case_id=found.case_id,
            provider_id=target.provider.id,
        ),
    )


def _plan(
    session: Session,
    found: AppointmentSeries,
    scope: str,
    visits: Sequence[Appointment],
    target: Target,
    choices: Mapping[str, str],
    *,
    offer: bool = True,
) -> Plan:
    rule, _ = series_rule.rule_of(found, series.changes_of(session, found))
    dates = wanted(found, visits, target, rule.weekdays, scope, series.numbers_of(session, found))
    return series_plan.plan(
        session, found.patient_id, found.visit_type, found.minutes, dates, choices, offer=offer
    )


def lock(
    session: Session, found: AppointmentSeries, scope: str, chosen: Appointment | None
) -> list[Appointment]:
    """Lock the series and the visits of a scope, and read them anew.

    The series keeps its key, and says so: a desk that changes one of its visits only asks whether the series is
    still there, and would else wait for us while we wait for that visit.
    """
    session.refresh(found, with_for_update={"of": AppointmentSeries, "key_share": True})
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.series_id == found.id)
        .order_by(Appointment.id)
        .with_for_update(of=Appointment)
        .execution_options(populate_existing=True)
    ).all()
    return coming(rows, scope, chosen)


def made_by(session: Session, found: AppointmentSeries, kind: str, seen: str) -> SeriesChange | None:
    """The change of this kind that a form with this mark has made already: its second click makes no other."""
    changes = series.changes_of(session, found) if seen else ()
    return next((each for each in changes if each.kind == kind and each.rule.get("seen") == seen), None)


def _refuse_changed(visits: Sequence[Appointment], seen: str) -> None:
    if mark(visits) != seen:
        raise AppointmentChanged(
            "Somebody changed visits of this series since you opened it. Look at the list again."
        )


def move(
    session: Session,
    found: AppointmentSeries,
    scope: str,
    chosen: Appointment | None,
    target: Target,
    seen: str,
    choices: Mapping[str, str] | None = None,
    closed_reason: str = "",
) -> SeriesChange | None:
    """Move the visits of a scope all at once, as chosen, or none; None when they all stand there already.

    Raises SeriesTaken when a date is open or was taken (A4), AppointmentChanged when the visits are not as `seen`.
    A date that is left out leaves its visit where it is.
    """
    choices = choices or {}
    visits = lock(session, found, scope, chosen)
    series.hold_all(session, [target.provider.id], choices, found.visit_type)
    plan = _plan(session, found, scope, visits, target, choices, offer=False)
    series.refuse_open(plan)
    series.refuse_closed(plan, closed_reason)
    closed = {each.wanted.visit for each in plan.closed}
    places = {
        visit: series.held(
            found.visit_type,
            place,
            place.starts_at + (visit.ends_at - visit.starts_at),
            plan.days,
            visit.room_id,
        )
        | {"closed_reason": closed_reason.strip() if visit in closed else ""}
        for visit, place in _placed(plan)
        if (visit.starts_at, visit.provider_id) != (place.starts_at, place.provider.id)
    }
    if not places:
        return None  # a second click too
    _refuse_changed(visits, seen)
    rule: dict[str, object] = {"seen": seen}
    days: dict[int, date] = {}  # one visit by itself stays the exception of its own week
    if scope != "this":
        days = {visit.id: each.wanted.on for each in plan.placed if (visit := each.wanted.visit) is not None}
        rule |= {
            "wall_time": target.wall_time.isoformat(),
            "weekdays": sorted(set(target.weekdays)),
            "provider_id": target.provider.id,
            "reached": sorted(days),
            # Where the rule had them, so that what is taken back stands in its old week again.
            "was_on": {str(visit.id): _day(visit).isoformat() for visit in places},
        }
    first = min(map(_day, visits))
    change = series.note_change(session, found, "move", scope, first, len(places), rule=rule)
    put(session, found, places, change, "move", days)
    return change


def _placed(plan: Plan) -> list[tuple[Appointment, Place]]:
    return [
        (each.wanted.visit, each.place)
        for each in plan.placed
        if each.wanted.visit is not None and each.place is not None
    ]


def cancel(
    session: Session,
    found: AppointmentSeries,
    scope: str,
    chosen: Appointment | None,
    seen: str,
    *,
    reason: str,
    by: str,
) -> SeriesChange:
    """Cancel the visits of a scope with a reason, each by the rules of a single one (A2, A3).

    The second click, with the same `seen`, is the first one's change.
    """
    if not reason.strip():
        raise SchedulingError("Say why the visits are cancelled.")
    session.refresh(found, with_for_update={"of": AppointmentSeries, "key_share": True})
    twin = made_by(session, found, "cancel", seen)
    if twin is not None:
        return twin
    visits = lock(session, found, scope, chosen)
    _refuse_changed(visits, seen)
    change = series.note_change(
        session,
        found,
        "cancel",
        scope,
        min(map(_day, visits)),
        len(visits),
        rule={"seen": seen},
        note=reason.strip(),
    )
    last = session.scalar(select(func.max(AppointmentMove.id))) or 0
    for visit in visits:
        booking.cancel(session, visit, visit.version, reason=reason, by=by)
    _tag(session, visits, change, last)
    return change


def _tag(session: Session, visits: Sequence[Appointment], change: SeriesChange, last: int) -> None:
    """Name the change in the lines of history that it wrote, so that it is taken back as one."""
    session.flush()
    session.execute(
        update(AppointmentMove)
        .where(AppointmentMove.appointment_id.in_([each.id for each in visits]), AppointmentMove.id > last)
        .values(series_change_id=change.id)
        .execution_options(synchronize_session=False)
    )


def put(
    session: Session,
    found: AppointmentSeries,
    places: Mapping[Appointment, dict[str, Any]],
    change: SeriesChange | None,
    action: str,
    days: Mapping[int, date],
    undoes: Mapping[int, AppointmentMove] | None = None,
) -> None:
    """Give visits their places in two statements, so that they may change places with one another."""
    now, actor = clock.now(), audit.actor()
    values, lines, told = [], [], {}
    for visit, place in places.items():
        moved_back = visit.status in ("confirmed", "reminded") and visit.starts_at != place["starts_at"]
        undone = undoes.get(visit.id) if undoes else None
        # What was agreed to is the old place: it is agreed to again where a move is taken back (A1).
        status = undone.from_status if undone else "booked" if moved_back else visit.status
        # Where it was overbooked it had a reason; what stood there before had its own.
        reasons = {"overbooked": False, "overbook_reason": "", "closed_reason": ""}
        values.append(
            {f"to_{name}": value for name, value in (reasons | place).items()}
            | {
                "the_id": visit.id,
                "the_version": visit.version,
                "to_version": visit.version + 1,
                "to_status": status,
                "to_confirmed_at": None if moved_back else visit.confirmed_at,
                "to_series_on": days.get(visit.id) or visit.series_on,
                "to_changed_at": now,
                "to_changed_by": actor.user_id,
            }
        )
        lines.append(
            AppointmentMove(
                appointment_id=visit.id,
                at=now,
                user_id=actor.user_id,
                from_status=visit.status,
                to_status=status,
                note="Undo" if undone else SCOPES[change.scope] if change else "",
                from_starts_at=visit.starts_at,
                from_ends_at=visit.ends_at,
                from_provider_id=visit.provider_id,
                from_room_id=visit.room_id,
                from_device_id=visit.device_id,
                from_overbook_reason=visit.overbook_reason,
                from_closed_reason=visit.closed_reason,
                undoes_id=undone.id if undone else None,
                series_change_id=None if undone or change is None else change.id,
            )
        )
        told[visit.public_id] = [
            series.where(visit.starts_at, visit.provider_id),
            series.where(place["starts_at"], place["provider_id"]),
        ]
    series.write(session, lambda: _rewrite(session, values))
    session.add_all(lines)
    session.flush()
    for visit, line in zip(places, lines, strict=True):
        freed.tell(session, visit, line)
        session.expire(visit)
    series.record(session, found, action, told)


def _rewrite(session: Session, values: Sequence[dict[str, Any]]) -> None:
    connection = session.connection()
    columns = ("starts_at", "ends_at", "busy_from", "busy_until")
    numbers = [each["the_id"] for each in values]
    connection.execute(
        update(_TABLE)
        .where(_TABLE.c.id.in_(numbers))
        .values({name: _TABLE.c[name] + _FAR for name in columns})
    )
    names = [name[3:] for name in values[0] if name.startswith("to_")]
    done = connection.execute(
        update(_TABLE)
        .where(_TABLE.c.id == bindparam("the_id"), _TABLE.c.version == bindparam("the_version"))
        .values({name: bindparam(f"to_{name}") for name in names}),
        list(values),
    )
    if done.rowcount != len(values):
        raise SeriesTaken("Somebody changed one of these visits a moment ago. Look at the list again.")
