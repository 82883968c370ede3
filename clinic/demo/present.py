"""Fill the demo's calendar: a full today with every status, then two weeks that thin out."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from clinic import audit, clock, db, eligibility, ledger
from clinic.demo import past
from clinic.models import Appointment, Coverage, Patient, Room, VisitType

AFTERNOON = time(14, 30)


def fill(run: past.Past, ahead_days: int) -> None:
    """A full today with every status, then two weeks that fill up less and less."""
    today = clock.today()
    for ahead in range(ahead_days + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() > 4 and ahead:
            continue
        with db.transaction() as session:
            past.lunch(session, day)
            _book_day(session, run, day, 0.95 if ahead < 2 else max(0.35, 0.85 - ahead * 0.04))
    with db.transaction() as session:
        _walk_today(session, run)


def _book_day(session: Session, run: past.Past, day: date, fill: float) -> None:
    providers, types, rooms = past.the_house(session)
    people = past.some_patients(session, run.dice, 60)
    room_free = {room.id: list(past.slots(day)) for room in rooms}
    for provider in providers:
        free = list(past.slots(day))
        quarters = len(free)
        while people and len(free) > quarters * (1 - fill):
            kind = past.visit_kind(run.dice, provider, types)
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
    user = run.users["front_desk"]
    for place, appointment in enumerate(session.scalars(query).all()):
        gone = line - appointment.ends_at
        if gone > timedelta(0):
            if place % 11 == 5:
                past.move_on(session, appointment, "no_show", user)
                continue
            past.arrive(session, run, appointment)
            kind = types[appointment.visit_type_id]
            past.collect_copay(session, run, appointment, appointment.patient, kind, drawer)
            if place % 7 == 3:
                past.leave(session, run, appointment)
                continue
            with audit.acting_as(run.acting("clinician")):
                past.sign_slip(session, appointment, kind, run.dice)
        elif line - appointment.starts_at > timedelta(minutes=-25):
            _arrive_now(session, run, appointment, now, place)
    session.flush()
    for coverage in session.scalars(
        select(Coverage).where(Coverage.id.in_(_todays_coverages(session, line)))
    ):
        eligibility.ask(session, coverage, clock.today())


def _arrive_now(
    session: Session, run: past.Past, appointment: Appointment, now: datetime, place: int
) -> None:
    user = run.users["front_desk"]
    appointment.arrived_at = now - timedelta(minutes=3 + place % 18)
    past.move_on(session, appointment, "arrived", user, appointment.arrived_at)
    if place % 2:
        appointment.checked_in_at = appointment.arrived_at + timedelta(minutes=2)
        past.move_on(session, appointment, "checked_in", user, appointment.checked_in_at)
        appointment.roomed_at = appointment.checked_in_at + timedelta(minutes=1)
        past.move_on(session, appointment, "roomed", user, appointment.roomed_at)


def _todays_coverages(session: Session, since: datetime) -> list[int]:
    """The primary coverages of the next dozen visits, to be asked about before they come."""
    query = (
        select(Coverage.id)
        .join(Appointment, Appointment.patient_id == Coverage.patient_id)
        .where(
            Appointment.starts_at > since,
            Appointment.starts_at < since + timedelta(hours=10),
            Coverage.position == 1,
        )
        .order_by(Appointment.starts_at)
        .limit(12)
    )
    return list(session.scalars(query))
