"""Changes of a series: this visit, this and the following, or all still to come; moved, cancelled, taken back (A7)."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select, update
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats
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
    openings,
    recurrence,
    series,
    series_cover,
    series_plan,
    steps,
)
from clinic.scheduling.errors import AppointmentChanged, IllegalMove, SchedulingConflict, SchedulingError
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
    found: AppointmentSeries, visits: Sequence[Appointment], target: Target, weekdays: Sequence[int]
) -> list[Wanted]:
    """Where each visit would go, `weekdays` being those of the rule until now; raises RuleRefused."""
    days = [_day(each) for each in visits]
    before: Sequence[int] = sorted({day.weekday() for day in days})
    if len(before) != len(set(target.weekdays)):
        before = weekdays  # a part of the visits need not have every weekday of the rule
    after = recurrence.moved(days, before, target.weekdays, found.every, clock.today())
    return [
        Wanted(n, day, target.wall_time, target.provider, visit)
        for n, (day, visit) in enumerate(zip(after, visits, strict=True), 1)
    ]


def _day(visit: Appointment) -> date:
    return visit.series_on or clock.local(visit.starts_at).date()


def look(
    session: Session,
    found: AppointmentSeries,
    visits: Sequence[Appointment],
    target: Target,
    choices: Mapping[str, str] | None = None,
) -> Look:
    """Where each visit would go, date by date, before anything is changed."""
    plan = _plan(session, found, visits, target, choices or {})
    own = [each.id for each in visits]
    return Look(
        plan, series_cover.notices(session, found.patient, found.visit_type, series.days_of(plan), own)
    )


def _plan(
    session: Session,
    found: AppointmentSeries,
    visits: Sequence[Appointment],
    target: Target,
    choices: Mapping[str, str],
    *,
    offer: bool = True,
) -> Plan:
    rule, _ = series.rule_of(found, series.changes_of(session, found))
    dates = wanted(found, visits, target, rule.weekdays)
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
    plan = _plan(session, found, visits, target, choices, offer=False)
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
    # Where the rule had the visits, so that what is taken back stands in its old week again.
    rule: dict[str, object] = {"was_on": {str(visit.id): _day(visit).isoformat() for visit in places}}
    if scope != "this":
        rule |= {
            "wall_time": target.wall_time.isoformat(),
            "weekdays": sorted(set(target.weekdays)),
            "provider_id": target.provider.id,
        }
    first = min(map(_day, visits))
    change = series.note_change(session, found, "move", scope, first, len(places), rule=rule)
    days = {each.wanted.visit.id: each.wanted.on for each in plan.placed if each.wanted.visit is not None}
    _put(session, found, places, change, "move", days)
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
    """Cancel the visits of a scope with a reason, each by the rules of a single one (A2, A3)."""
    if not reason.strip():
        raise SchedulingError("Say why the visits are cancelled.")
    visits = lock(session, found, scope, chosen)
    _refuse_changed(visits, seen)
    change = series.note_change(
        session, found, "cancel", scope, min(map(_day, visits)), len(visits), note=reason.strip()
    )
    last = session.scalar(select(func.max(AppointmentMove.id))) or 0
    for visit in visits:
        booking.cancel(session, visit, visit.version, reason=reason, by=by)
    _tag(session, visits, change, last)
    return change


def undo(session: Session, found: AppointmentSeries, change: SeriesChange) -> SeriesChange:
    """Take back a whole change, all or nothing; a second click changes nothing (A1).

    A booking is taken back by cancelling it on the clinic's side (A2). Raises IllegalMove when a visit was changed
    since, SchedulingConflict when an old place was given away.
    """
    session.refresh(found, with_for_update={"of": AppointmentSeries, "key_share": True})
    session.refresh(change, with_for_update={"of": SeriesChange, "key_share": True})
    if change.undone_at is not None:
        return change
    visits = _still_as_left(session, change)
    if change.kind in ("book", "extend"):
        for visit, _ in visits:
            booking.cancel(session, visit, visit.version, reason="Booked by mistake", by="clinic")
    elif change.kind == "cancel":
        for visit, _ in visits:
            try:
                steps.undo(session, visit, visit.version, "Undo of the series")
            except SchedulingConflict as taken:
                day = formats.mdy(clock.local(visit.starts_at).date())
                raise SchedulingConflict(f"{day}: {taken}", taken.resource) from taken
    else:
        _put_back(session, found, visits, change)
    change.undone_at = clock.now()
    session.flush()
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


def _still_as_left(session: Session, change: SeriesChange) -> list[tuple[Appointment, AppointmentMove]]:
    """The change's visits with its line of each, locked; refused when a later line stands over one of them."""
    moves = session.scalars(
        select(AppointmentMove)
        .where(AppointmentMove.series_change_id == change.id)
        .order_by(AppointmentMove.id)
    ).all()
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.id.in_([each.appointment_id for each in moves]))
        .order_by(Appointment.id)
        .options(joinedload(Appointment.visit_type))
        .with_for_update(of=Appointment)
        .execution_options(populate_existing=True)
    ).all()
    by_id = {row.id: row for row in rows}
    later = session.scalars(
        select(AppointmentMove)
        .where(AppointmentMove.appointment_id.in_(by_id), AppointmentMove.id >= moves[0].id)
        .order_by(AppointmentMove.id)
    ).all()
    taken_back = {each.undoes_id for each in later if each.undoes_id}
    standing: dict[int, int] = {}
    for each in later:
        if each.undoes_id is None and each.id not in taken_back:
            standing[each.appointment_id] = each.id
    changed = [by_id[each.appointment_id] for each in moves if standing.get(each.appointment_id) != each.id]
    begun = [row for row in rows if row.starts_at <= clock.now() and change.kind != "move"]
    if changed or begun:
        days = sorted({clock.local(row.starts_at).date() for row in (*changed, *begun)})
        named = recurrence.joined([formats.mdy(day) for day in days[:3]])
        more = f" and {len(days) - 3} more" if len(days) > 3 else ""
        raise IllegalMove(
            f"The visits of {named}{more} were changed or began since: change those that are left instead."
        )
    return [(by_id[each.appointment_id], each) for each in moves]


def _put(
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
        status = "booked" if moved_back else visit.status
        undone = undoes.get(visit.id) if undoes else None
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


def _put_back(
    session: Session,
    found: AppointmentSeries,
    visits: Sequence[tuple[Appointment, AppointmentMove]],
    change: SeriesChange,
) -> None:
    """Give moved visits their old places; raises SchedulingConflict when one was given away."""
    before = {visit.id: line for visit, line in visits}
    numbers = {line.from_provider_id for line in before.values()}
    people = {
        each.id: each
        for each in session.scalars(select(RenderingProvider).where(RenderingProvider.id.in_(numbers)))
    }
    series.hold_all(session, list(people), {}, found.visit_type)
    old = {visit: (_known(line.from_starts_at), _known(line.from_ends_at)) for visit, line in visits}
    days = [clock.local(starts_at).date() for starts_at, _ in old.values()]
    read = openings.read_days(session, list(people.values()), found.visit_type, min(days), max(days))
    read.drop(set(before))
    places: dict[Appointment, dict[str, Any]] = {}
    for visit, (starts_at, ends_at) in old.items():
        line = before[visit.id]
        place = Place(starts_at, people[line.from_provider_id or 0])
        places[visit] = series.held(found.visit_type, place, ends_at, read) | {
            "room_id": line.from_room_id,
            "device_id": line.from_device_id,
            "overbooked": bool(line.from_overbook_reason),
            "overbook_reason": line.from_overbook_reason,
            "closed_reason": line.from_closed_reason,
        }
    was_on = {int(number): date.fromisoformat(day) for number, day in change.rule.get("was_on", {}).items()}
    try:
        _put(session, found, places, None, "undo", was_on, before)
    except SeriesTaken as taken:
        raise SchedulingConflict(
            "One of the old times was given to somebody else meanwhile, so nothing was taken back.", "series"
        ) from taken


def _known(instant: datetime | None) -> datetime:
    if instant is None:
        raise IllegalMove("The old place of a visit is not known: move it by hand.")
    return instant
