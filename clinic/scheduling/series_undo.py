"""A change of many visits of a series is taken back, all or nothing (A1, A7)."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, formats
from clinic.models import Appointment, AppointmentMove, AppointmentSeries, RenderingProvider, SeriesChange
from clinic.scheduling import booking, openings, recurrence, series, series_changes, steps
from clinic.scheduling.errors import IllegalMove, SchedulingConflict
from clinic.scheduling.series import SeriesTaken
from clinic.scheduling.series_plan import Place


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
        named = _named([row.starts_at for row in (*changed, *begun)])
        raise IllegalMove(
            f"The visits of {named} were changed or began since: change those that are left instead."
        )
    passed = [at for each in moves if (at := each.from_starts_at) is not None and at <= clock.now()]
    if passed:
        raise IllegalMove(f"The old time on {_named(passed)} has passed: move those that are left instead.")
    return [(by_id[each.appointment_id], each) for each in moves]


def _named(starts: Sequence[datetime]) -> str:
    """Up to three days, and how many more."""
    days = sorted({clock.local(at).date() for at in starts})
    more = [f"{len(days) - 3} more"] if len(days) > 3 else []
    return recurrence.joined([*map(formats.mdy, days[:3]), *more])


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
        series_changes.put(session, found, places, None, "undo", was_on, before)
    except SeriesTaken as taken:
        raise SchedulingConflict(
            "One of the old times was given to somebody else meanwhile, so nothing was taken back.", "series"
        ) from taken


def _known(instant: datetime | None) -> datetime:
    if instant is None:
        raise IllegalMove("The old place of a visit is not known: move it by hand.")
    return instant
