"""Fill the demo's calendar: a full today with every status, then two weeks that thin out."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import Row, select
from sqlalchemy.orm import Session, selectinload

from clinic import audit, clock, db, eligibility, ledger
from clinic.authorizations import usual
from clinic.demo import authorized, flowing, missing, past, series
from clinic.models import (
    Appointment,
    ClinicClosure,
    Coverage,
    Patient,
    RenderingProvider,
    Room,
    VisitType,
)
from clinic.scheduling import blocked, missed, pattern, templates

AFTERNOON = time(14, 30)
# Counted in days ahead: one that is full to the last place, one on which nobody is booked yet.
FULL, OPEN, AWAY = 1, 9, 7


def fill(run: past.Past, ahead_days: int) -> None:
    """A full today with every status, then two weeks that fill up less and less."""
    today = clock.today()
    with db.transaction() as session:
        _rules(session, today)
        missing.fill(session, run)
    for ahead in range(ahead_days + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() > 4 and ahead:
            continue
        with db.transaction() as session:
            if day == _weekday(today, OPEN):
                continue
            share = (
                1.0 if day == _weekday(today, FULL) else 0.95 if ahead < 2 else max(0.35, 0.85 - ahead * 0.04)
            )
            _book_day(session, run, day, share)
    with db.transaction() as session:
        _walk_today(session, run)
        usual.learn(session)
        authorized.fill(session)
        series.fill(session)


def _weekday(today: date, ahead: int) -> date:
    """So many days ahead, or the Monday after when that falls on a weekend."""
    day = today + timedelta(days=ahead)
    return day + timedelta(days=7 - day.weekday()) if day.weekday() > 4 else day


def _rules(session: Session, today: date) -> None:
    """Coming holidays, time kept for new patients, a provider who is away, and an afternoon closed for all."""
    for year in (today.year, today.year + 1):
        for closure in templates.import_holidays(session, year):
            if closure.on <= today:
                session.delete(closure)
    providers = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).all()
    new = session.scalars(select(VisitType).where(VisitType.name == "New patient")).all()
    for provider, weekdays in zip(providers, ((1, 3), (0, 2)), strict=False):
        templates.add_reserved(
            session, provider, weekdays, time(13), time(14), "New patients", new, 2, today + timedelta(days=1)
        )
    if today.weekday() > 4:
        # The clinic is closed on weekends; whoever starts the demo on one still finds a day at work.
        for provider in providers:
            templates.add_exception(session, provider, today, time(8), time(17), "Weekend clinic")
    away = _weekday(today, AWAY)
    if session.scalar(select(ClinicClosure.id).where(ClinicClosure.on == away)) is None:
        templates.add_exception(session, providers[2], away, None, None, "Conference")
    open_day = _weekday(today, OPEN)
    if session.scalar(select(ClinicClosure.id).where(ClinicClosure.on == open_day)) is None:
        blocked.block(session, providers, open_day, time(15), None, "Staff training", everybody=True)


def _slots(session: Session, provider: RenderingProvider, day: date) -> list[datetime]:
    """The quarters of a day in which the patterns let a visit of any type begin."""
    shut = [
        each
        for each in pattern.special(session, day, day, provider.id)
        if each.kind != "block" and each.keeps_out(None)
    ]
    return [
        start for start in past.slots(day) if not any(each.starts_at <= start < each.ends_at for each in shut)
    ]


def _book_day(session: Session, run: past.Past, day: date, fill: float) -> None:
    providers, types, rooms = past.the_house(session)
    people = past.some_patients(session, run.dice, 60 if fill < 1 else 110)
    room_free = {room.id: list(past.slots(day)) for room in rooms}
    for provider in providers:
        free = _slots(session, provider, day)
        quarters = len(free)
        while people and len(free) > quarters * (1 - fill):
            kind = past.visit_kind(run.dice, provider, types)
            start = past.take_slot(free, kind.minutes, None)
            if start is None and fill == 1:
                # What is left between longer visits takes short ones, until the day is full.
                kind = types["PT visit" if provider.credential == "PT" else "Sick visit"]
                start = past.take_slot(free, kind.minutes, None)
            if start is None:
                break
            if run.dice.random() > fill:
                continue
            room = _room(rooms, room_free, start, kind.minutes) if kind.name == "Procedure" else None
            appointment = past.make_appointment(session, run, people.pop(), provider, kind, start, room)
            if run.dice.random() < 0.6:
                appointment.confirmed_at = clock.now()
                past.move_on(session, appointment, "confirmed", run.users["front_desk"])
    session.flush()


def _room(rooms: list[Room], free: dict[int, list[datetime]], start: datetime, minutes: int) -> Room | None:
    quarter = timedelta(minutes=15)
    need = [start + quarter * step for step in range(minutes // 15)]
    for room in rooms:
        if all(moment in free[room.id] for moment in need):
            for moment in need:
                free[room.id].remove(moment)
            return room
    return None


def _walk_today(session: Session, run: past.Past) -> None:
    """Today's visits before now are done, those around now are in the house, one did not come."""
    now = clock.now()
    # Whoever starts the demo in the evening still finds people to check in.
    line = min(now, clock.at(clock.today(), AFTERNOON))
    start, end = clock.day_bounds(clock.today())
    query = (
        select(Appointment)
        .where(Appointment.starts_at >= start, Appointment.starts_at < end)
        .options(selectinload(Appointment.patient).selectinload(Patient.coverages))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    types = {kind.id: kind for kind in session.scalars(select(VisitType))}
    drawer = ledger.open_drawer(session, run.users["front_desk"], Decimal("100.00"))
    user, rooms = run.users["front_desk"], flowing.rooms(session)
    for place, appointment in enumerate(session.scalars(query).all()):
        gone = line - appointment.ends_at
        if gone > timedelta(0):
            if place % 11 == 5:
                past.move_on(session, appointment, "no_show", user)
                missed.consider(session, appointment)
                continue
            past.arrive(session, run, appointment)
            kind = types[appointment.visit_type_id]
            past.collect_copay(session, run, appointment, appointment.patient, kind, drawer)
            flowing.through(session, run, appointment, rooms[place % len(rooms)])
            if place % 7 == 3:
                past.leave(session, run, appointment)
                continue
            with audit.acting_as(run.acting("clinician")):
                past.sign_slip(session, appointment, kind, run.dice)
            flowing.gone(session, appointment, now)
    session.flush()
    flowing.settle(session, run, line)
    for coverage, appointment in _to_ask_about(session, line):
        eligibility.ask(session, coverage, clock.today(), appointment=appointment)


def _to_ask_about(session: Session, since: datetime) -> Sequence[Row[tuple[Coverage, Appointment]]]:
    """The primary coverages of the next dozen visits, with the visit that the payer is asked about."""
    query = (
        select(Coverage, Appointment)
        .join(Appointment, Appointment.patient_id == Coverage.patient_id)
        .where(
            Appointment.starts_at > since,
            Appointment.starts_at < since + timedelta(hours=10),
            Coverage.position == 1,
        )
        .order_by(Appointment.starts_at, Coverage.id)
        .limit(12)
    )
    return session.execute(query).all()
