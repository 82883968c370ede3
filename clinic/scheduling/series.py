"""Series of visits: booked all or not at all by the database's own rules, and found again from each visit (A4, A7)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, queue
from clinic.models import (
    Appointment,
    AppointmentMove,
    AppointmentSeries,
    Device,
    Patient,
    PatientCase,
    RenderingProvider,
    Room,
    SeriesChange,
    VisitType,
)
from clinic.scheduling import capacity, places, recurrence, series_cover, series_plan
from clinic.scheduling.errors import SchedulingConflict, SchedulingError
from clinic.scheduling.openings import Days
from clinic.scheduling.recurrence import Rule, RuleRefused
from clinic.scheduling.series_cover import Notice
from clinic.scheduling.series_plan import Place, Plan, Wanted

_EXCLUSION = "23P01"
# A visit that is no visit of the series any more; a no-show was one.
GONE = ("cancelled_patient", "cancelled_clinic", "late_cancel", "rescheduled")


class SeriesTaken(SchedulingConflict):
    """Some date is not free (any more): nothing was done, and the list has to be looked at again (ask 41)."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, "series")


class ReasonMissing(SchedulingError):
    """Some date was chosen although it is closed: it needs a reason."""


@dataclass(frozen=True)
class Draft:
    """A series as somebody wants it. `key` is the form's; `minutes` is each visit's length."""

    patient: Patient
    visit_type: VisitType
    provider: RenderingProvider
    minutes: int
    rule: Rule
    reason: str = ""
    key: str = ""
    case: PatientCase | None = None
    room: Room | None = None
    self_pay: bool = False  # the patient wants his plan not used (F1)

    def wanted(self) -> list[Wanted]:
        """Each date of the rule; raises RuleRefused."""
        days = recurrence.dates(self.rule)
        return [Wanted(n, day, self.rule.wall_time, self.provider) for n, day in enumerate(days, 1)]


@dataclass(frozen=True)
class Look:
    """What would be booked, date by date, and what to know about the whole."""

    plan: Plan
    notices: Sequence[Notice]


def look(session: Session, draft: Draft, choices: Mapping[str, str] | None = None) -> Look:
    """The list before anything is booked, with what the authorizations cover; raises RuleRefused. Changes nothing."""
    plan = series_plan.plan(
        session, draft.patient.id, draft.visit_type, draft.minutes, draft.wanted(), choices
    )
    found = series_cover.notices(
        session,
        draft.patient,
        draft.visit_type,
        days_of(plan),
        by_plan=not draft.self_pay,
        case_id=draft.case.id if draft.case else None,
        provider_id=draft.provider.id,
    )
    wrong = places.against_provider(session, draft.visit_type, draft.provider)
    own = [Notice("warn", each.sentence) for each in wrong]
    return Look(plan, [*own, *found, *_without_room(draft, plan)])


def _without_room(draft: Draft, plan: Plan) -> list[Notice]:
    """For which visits the room that was chosen is taken: they get another of its kind, or none yet."""
    room, kind = draft.room, draft.visit_type
    if room is None:
        return []
    without = []
    for each in plan.placed:
        ends_at = places.end_of(each.place.starts_at, draft.minutes)
        if held(kind, each.place, ends_at, plan.days, room.id)["room_id"] != room.id:
            without.append(each.wanted.number)
    if not without:
        return []
    instead = f"another {kind.room_kind} room is taken" if kind.room_kind else "choose the room later"
    return [Notice("warn", f"{room.name} is not free for {recurrence.numbers(without)}: {instead}.")]


def days_of(plan: Plan) -> list[tuple[int, date]]:
    """Number and day of each date that is not skipped, in order of days."""
    days = [
        (each.wanted.number, clock.local(each.place.starts_at).date() if each.place else each.wanted.on)
        for each in plan.dates
        if each.state != "skipped"
    ]
    return sorted(days, key=lambda pair: (pair[1], pair[0]))


def book(
    session: Session, draft: Draft, choices: Mapping[str, str] | None = None, closed_reason: str = ""
) -> AppointmentSeries:
    """Book every date as chosen, or nothing; the statements do not grow with the number of visits.

    `closed_reason` says why some stand at a closed time; the caller has checked the permission. Raises SeriesTaken when a date is open or was taken meanwhile (A4), RuleRefused for a rule that gives no visit.
    The same `key` again (a second click) is the first one's series.
    """
    choices = choices or {}
    hold_all(session, [draft.provider.id], choices, draft.visit_type)
    twin = booked_by(session, draft.key)
    if twin is not None:
        return twin
    plan = series_plan.plan(
        session, draft.patient.id, draft.visit_type, draft.minutes, draft.wanted(), choices, offer=False
    )
    refuse_open(plan)
    refuse_closed(plan, closed_reason)
    if not plan.placed:
        raise RuleRefused("Every date is left out: there is nothing to book.", "times")
    series = _series(draft, [each.wanted.on for each in plan.skipped])
    session.add(series)
    session.flush()
    change = note_change(session, series, "book", "all", draft.rule.first_on, len(plan.placed))
    room_id = draft.room.id if draft.room else None
    visits = place_all(session, series, plan, change, closed_reason, room_id)
    # One question now; the night asks for each later visit when its day is near, for an answer is fresh for days (E7).
    queue.add(session, "jobs.eligibility.at_booking", visits[0].id)
    return series


def booked_by(session: Session, key: str) -> AppointmentSeries | None:
    """The series that the form with this key has booked already."""
    return session.scalar(select(AppointmentSeries).where(AppointmentSeries.key == key))


def place_all(
    session: Session,
    series: AppointmentSeries,
    plan: Plan,
    change: SeriesChange,
    closed_reason: str = "",
    room_id: int | None = None,
) -> list[Appointment]:
    """Write a visit for every date that has a place, with its line of history under `change`, and one audit event.

    `room_id` is a room chosen by hand: each visit takes it where it is free.
    """
    visits = [
        _visit(
            series,
            each.wanted.on,
            each.place,
            plan.days,
            closed_reason if each in plan.closed else "",
            room_id,
        )
        for each in plan.dates
        if each.place is not None
    ]
    write(session, lambda: session.add_all(visits))
    now = clock.now()
    session.add_all(
        AppointmentMove(
            appointment_id=visit.id,
            at=now,
            user_id=audit.actor().user_id,
            from_status="",
            to_status="booked",
            note=visit.closed_reason,
            series_change_id=change.id,
        )
        for visit in visits
    )
    record(session, series, change.kind, {visit.public_id: [None, _where(visit)] for visit in visits})
    return visits


def refuse_open(plan: Plan) -> None:
    """Raise SeriesTaken where a date waits for a choice."""
    if plan.open:
        count = len(plan.open)
        raise SeriesTaken(
            "One date is not free. Choose another time for it, or leave it out."
            if count == 1
            else f"{count} dates are not free. Choose another time for each, or leave it out."
        )


def refuse_closed(plan: Plan, reason: str) -> None:
    """Raise ReasonMissing where visits would stand at a closed time and nobody says why (A4)."""
    if plan.closed and not reason.strip():
        raise ReasonMissing("Say why visits are booked at a closed time.")


def hold_all(
    session: Session, provider_ids: Collection[int], choices: Mapping[str, str], visit_type: VisitType
) -> None:
    """Take the locks of everything that the visits may hold, in the order in which a single visit takes them (A4).

    Each kind in one statement and by number, so that two series, or a series and a desk, queue and never deadlock.
    """
    named = [token.partition("~")[2] for token in choices.values() if "~" in token]
    people = select(RenderingProvider.id).where(
        or_(RenderingProvider.id.in_(provider_ids), RenderingProvider.public_id.in_(named))
    )
    _lock_each(session, capacity.PROVIDER_LOCK, people)
    if visit_type.room_kind:
        capacity.lock_kind(session, capacity.ROOM_KIND_LOCK, visit_type.room_kind)
        _lock_each(session, capacity.ROOM_LOCK, select(Room.id).where(Room.kind == visit_type.room_kind))
    if visit_type.device_kind:
        capacity.lock_kind(session, capacity.DEVICE_KIND_LOCK, visit_type.device_kind)
        _lock_each(
            session, capacity.DEVICE_LOCK, select(Device.id).where(Device.kind == visit_type.device_kind)
        )


def _lock_each(session: Session, name: int, numbers) -> None:
    # The order is kept by the subquery: the locks are asked for row by row as it gives them out.
    ordered = numbers.order_by("id").subquery()
    session.execute(select(func.pg_advisory_xact_lock(name, ordered.c.id))).all()


def write(session: Session, put) -> None:
    """Run `put` and flush, all or nothing; raises SeriesTaken when a constraint of the database says no (A4)."""
    for last in (False, True):
        try:
            with session.begin_nested():
                put()
                session.flush()
            return
        except IntegrityError as error:
            if getattr(error.orig, "sqlstate", "") != _EXCLUSION:
                raise
            if last or not places.sweep(session):
                raise SeriesTaken(
                    "Somebody took one of these times a moment ago. Look at the list again."
                ) from error


def held(
    visit_type: VisitType, place: Place, ends_at: datetime, days: Days, room_id: int | None = None
) -> dict[str, object]:
    """The columns of a place: provider, his part, his lane, a free room and a free device (A5).

    `room_id` is a room chosen by hand, also where the type needs none: it is kept where it is free.
    """
    start = place.starts_at
    busy = capacity.busy(visit_type, start, ends_at)
    begins, ends = busy["busy_from"] or start, busy["busy_until"] or ends_at
    visits = days.visits.get(clock.local(start).date(), ())
    lanes = {
        row.lane
        for row in visits
        if row.provider_id == place.provider.id
        and not row.overbooked
        and row.busy_from < ends
        and row.busy_until > begins
    }
    wish = [room_id] if room_id else []
    if visit_type.room_kind:
        wish = sorted(days.rooms or (), key=lambda each: each != room_id)
    around = [row for row in visits if row.starts_at < ends_at and row.ends_at > start]
    return {
        "provider_id": place.provider.id,
        "starts_at": start,
        "ends_at": ends_at,
        **busy,
        "lane": next((lane for lane in range(place.provider.overlap_limit) if lane not in lanes), 0),
        "room_id": _free(wish, {row.room_id for row in around}),
        "device_id": _free(days.devices, {row.device_id for row in around}),
    }


def _free(things: Sequence[int] | None, taken: set[int | None]) -> int | None:
    return next((each for each in things or () if each not in taken), None)


def _visit(
    series: AppointmentSeries, on: date, place: Place, days: Days, closed_reason: str, room_id: int | None
) -> Appointment:
    kind = series.visit_type
    return Appointment(
        patient_id=series.patient_id,
        visit_type_id=kind.id,
        series_id=series.id,
        series_on=on,
        case_id=series.case_id,
        self_pay=series.self_pay,
        reason=series.reason or kind.name,
        closed_reason=closed_reason.strip(),
        status="booked",
        booked_by=audit.actor().user_id,
        booked_at=clock.now(),
        **held(kind, place, places.end_of(place.starts_at, series.minutes), days, room_id),
    )


def _series(draft: Draft, skipped: list[date]) -> AppointmentSeries:
    rule = draft.rule
    return AppointmentSeries(
        key=draft.key,
        patient_id=draft.patient.id,
        provider_id=draft.provider.id,
        visit_type_id=draft.visit_type.id,
        case_id=draft.case.id if draft.case else None,
        self_pay=draft.self_pay,
        minutes=draft.minutes,
        zone=clock.zone().key,
        wall_time=rule.wall_time,
        weekdays=sorted(set(rule.weekdays)),
        every=rule.every,
        first_on=rule.first_on,
        times=rule.times,
        until_on=rule.until_on,
        skipped=skipped,
        reason=draft.reason.strip(),
        booked_at=clock.now(),
    )


def note_change(
    session: Session,
    series: AppointmentSeries,
    kind: str,
    scope: str,
    from_on: date,
    visits: int,
    *,
    rule: dict[str, object] | None = None,
    note: str = "",
) -> SeriesChange:
    """Write one change of many visits, so that it is told, and taken back, as one."""
    change = SeriesChange(
        series_id=series.id,
        kind=kind,
        scope=scope,
        from_on=from_on,
        rule=rule or {},
        visits=visits,
        note=note,
        at=clock.now(),
        user_id=audit.actor().user_id,
    )
    session.add(change)
    session.flush()
    return change


def record(
    session: Session, series: AppointmentSeries, action: str, visits: Mapping[str, list[object]]
) -> None:
    """One event for the whole change, with every visit's before and after by our own ids."""
    audit.record(
        session,
        f"series.{action}",
        patients=[series.patient_id],
        subject=f"series:{series.public_id}",
        category="schedule",
        changes={f"appointment:{public_id}": pair for public_id, pair in visits.items()},
    )


def _where(visit: Appointment) -> str:
    return where(visit.starts_at, visit.provider_id)


def where(starts_at: datetime, provider_id: int) -> str:
    """A place for the audit trail."""
    return f"{clock.local(starts_at):%m/%d/%Y %H:%M} provider {provider_id}"


# ---- Found again ----


@dataclass(frozen=True)
class InSeries:
    """Where a visit stands in its series; `number` 0 for one that was cancelled."""

    series: AppointmentSeries
    number: int
    total: int


def of_visit(session: Session, appointment: Appointment) -> InSeries | None:
    """The place of a visit in its series, or None; one statement, and none for a visit by itself."""
    if appointment.series_id is None:
        return None
    found = session.get_one(AppointmentSeries, appointment.series_id)
    numbers = numbers_of(session, found)
    return InSeries(found, numbers.get(appointment.id, 0), len(numbers))


def numbers_of(session: Session, series: AppointmentSeries) -> dict[int, int]:
    """The place of each visit that stands, by the visit's number in the database."""
    rows = session.scalars(
        select(Appointment.id)
        .where(Appointment.series_id == series.id, Appointment.status.not_in(GONE))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    return {row: number for number, row in enumerate(rows, 1)}


def numbered(visits: Iterable[Appointment]) -> dict[int, int]:
    """The same of visits that were read already, by time."""
    standing = (each.id for each in visits if each.status not in GONE)
    return {each: number for number, each in enumerate(standing, 1)}


def visits_of(session: Session, series: AppointmentSeries) -> Sequence[Appointment]:
    """All its visits by time, also those that were cancelled."""
    return session.scalars(
        select(Appointment)
        .where(Appointment.series_id == series.id)
        .options(joinedload(Appointment.provider), joinedload(Appointment.room))
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()


def changes_of(session: Session, series: AppointmentSeries) -> Sequence[SeriesChange]:
    """What was done to many of its visits at once, the newest first."""
    return session.scalars(
        select(SeriesChange)
        .where(SeriesChange.series_id == series.id)
        .options(joinedload(SeriesChange.user))
        .order_by(SeriesChange.id.desc())
    ).all()
