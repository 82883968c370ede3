"""Work the demo clinic's last three months day by day, then fill its calendar for today and the weeks ahead."""

import importlib
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from clinic import audit, charges, claims, clearinghouse, clock, db, eligibility, ledger, sandbox, statements
from clinic.config import Config
from clinic.demo import catalog
from clinic.embedded.supervisor import say
from clinic.models import (
    Appointment,
    AppointmentMove,
    Claim,
    Coverage,
    OpenItem,
    Patient,
    RehearsalClock,
    RenderingProvider,
    Room,
    ScheduleBlock,
    VisitType,
    Work,
)

LUNCH = (time(12), time(13))
AFTERNOON = time(14, 30)
VISITS_A_DAY = (5, 8)
# Claims go out once a week; every so often a payer is told to do something that a biller must work.
SENDING_WEEKDAYS = (2,)
TROUBLE: dict[int, tuple[str, str, str]] = {
    -80: ("deny", "MERID", "50"),
    -66: ("deny", "CASBL", "16"),
    -59: ("partial", "MERID", ""),
    -52: ("deny", "SUMMA", "97"),
    -45: ("deny", "EVGRN", "197"),
    -38: ("deny", "MERID", "29"),
    -31: ("reverse", "CASBL", ""),
    -24: ("deny", "MEDIB", "150"),
    -17: ("reject_277CA", "MERID", ""),
    -10: ("reject_277CA", "EVGRN", ""),
    -4: ("reject_999", "ORCMD", ""),
}
STATEMENT_DAYS = (-40, -6)
RENDER_AFTER = timedelta(minutes=2)
# Closing stays open for the last days, so that the manager has something to close.
CLOSED_UNTIL = -1


class Past:
    """One run of the seed: who works, with which dice, at which pace."""

    def __init__(self, settings: Config, users: dict[str, int], dice: random.Random) -> None:
        self.settings = settings
        self.users = users
        self.dice = dice
        self.drain = importlib.import_module("jobs.work").drain
        self.turn = importlib.import_module("jobs.sandbox").turn
        self.poll = importlib.import_module("jobs.ticks").fetch

    def acting(self, role: str) -> audit.Actor:
        names = {role: name for role, name, _ in catalog.STAFF}
        return audit.Actor(self.users[role], names[role])

    def days(self, past_days: int) -> Iterator[tuple[int, date]]:
        """Each weekday of the past, with the clock set to it for this process and for the jobs."""
        for offset in range(-past_days, 0):
            clock.set_days_ahead(offset)
            with db.transaction() as session:
                session.execute(update(RehearsalClock).values(days_ahead=offset))
            if clock.today().weekday() < 5:
                yield offset, clock.today()

    def exchange(self) -> None:
        """Let everything go through the files once: out, answered, in, posted."""
        self.drain()
        if self.turn():
            self.poll()
            self.drain()


def work(
    settings: Config, users: dict[str, int], dice: random.Random, *, past_days: int, ahead_days: int
) -> None:
    """Live the days from `past_days` ago to yesterday, then book today and `ahead_days` ahead."""
    clearinghouse.connect(settings)
    run = Past(settings, users, dice)
    month = ""
    for offset, day in run.days(past_days):
        if f"{day:%B}" != month:
            month = f"{day:%B}"
            say(f"Working the demo clinic's {month} …")
        with db.transaction() as session:
            signed = _visits(session, run, day)
        if offset in TROUBLE:
            action, edi_id, reason = TROUBLE[offset]
            with db.transaction() as session:
                sandbox.instruct(session, action, edi_id=edi_id, reason_code=reason)
        if day.weekday() in SENDING_WEEKDAYS and signed:
            with audit.acting_as(run.acting("biller")), db.transaction() as session:
                claims.submit(session, _ready(session))
        run.exchange()
        with audit.acting_as(run.acting("front_desk")), db.transaction() as session:
            _patients_pay(session, run)
        if offset in STATEMENT_DAYS:
            _statements(run, offset)
        if offset < CLOSED_UNTIL:
            _close(run, day)
    clock.set_days_ahead(0)
    with db.transaction() as session:
        session.execute(update(RehearsalClock).values(days_ahead=0))
    with audit.acting_as(run.acting("front_desk")):
        _present(run, ahead_days)
    run.exchange()


def _ready(session: Session) -> list[Claim]:
    return list(session.scalars(select(Claim).where(Claim.state == "ready").order_by(Claim.id)))


def _visits(session: Session, run: Past, day: date) -> int:
    """Book, see and sign one day's visits; how many were signed."""
    dice = run.dice
    _lunch(session, day)
    providers, types, _ = _house(session)
    count = dice.randint(*VISITS_A_DAY)
    people = _some_patients(session, dice, count)
    free = {provider.id: list(_slots(day)) for provider in providers}
    signed = 0
    drawer = ledger.open_drawer(session, run.users["front_desk"], Decimal("100.00"))
    for place, patient in enumerate(people):
        provider = providers[place % len(providers)]
        kind = _kind(dice, provider, types)
        starts_at = _take(free[provider.id], kind.minutes, dice)
        if starts_at is None:
            continue
        with audit.acting_as(run.acting("front_desk")):
            appointment = _appointment(session, run, patient, provider, kind, starts_at, None)
            fate = dice.random()
            if fate < 0.06:
                _step(session, appointment, "no_show", run.users["front_desk"])
                continue
            if fate < 0.12:
                appointment.cancel_reason = "Called in: has to work"
                _step(session, appointment, "cancelled_patient", run.users["front_desk"])
                continue
            _arrive(session, run, appointment)
            _collect(session, run, appointment, patient, kind, drawer)
        # A few slips of the last days are still to be written: the clinician's list.
        if clock.days_ahead() >= -3 and dice.random() < 0.3:
            _leave(session, run, appointment)
            continue
        with audit.acting_as(run.acting("clinician")):
            _sign(session, appointment, kind, dice)
            signed += 1
    session.flush()
    return signed


def _house(session: Session) -> tuple[list[RenderingProvider], dict[str, VisitType], list[Room]]:
    providers = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).all()
    types = {kind.name: kind for kind in session.scalars(select(VisitType))}
    return list(providers), types, list(session.scalars(select(Room).order_by(Room.position)))


def _some_patients(session: Session, dice: random.Random, count: int) -> list[Patient]:
    """A fifth of the patients make most of the visits, as in life."""
    numbers = list(session.scalars(select(Patient.id).order_by(Patient.id)))
    often = numbers[: len(numbers) // 5]
    chosen: list[int] = []
    while len(chosen) < min(count, len(numbers)):
        number = dice.choice(often if dice.random() < 0.5 else numbers)
        if number not in chosen:
            chosen.append(number)
    query = select(Patient).where(Patient.id.in_(chosen)).options(selectinload(Patient.coverages))
    found = {patient.id: patient for patient in session.scalars(query)}
    return [found[number] for number in chosen]


def _kind(dice: random.Random, provider: RenderingProvider, types: dict[str, VisitType]) -> VisitType:
    if provider.credential == "PT":
        return types[dice.choices(("PT visit", "PT evaluation"), (4, 1))[0]]
    names = ("Follow-up", "Sick visit", "New patient", "Annual physical", "Procedure", "Lab draw")
    return types[dice.choices(names, (8, 5, 2, 2, 2, 2))[0]]


def _slots(day: date) -> Iterator[datetime]:
    for quarter in range(32, 68):
        wall = time(quarter // 4, quarter % 4 * 15)
        if not LUNCH[0] <= wall < LUNCH[1]:
            yield clock.at(day, wall)


def _take(free: list[datetime], minutes: int, dice: random.Random | None) -> datetime | None:
    """A free start with enough quarters behind it; the quarters are taken out. Without dice, the first."""
    quarter = timedelta(minutes=15)
    need = minutes // 15
    starts = [start for start in free if all(start + quarter * step in free for step in range(need))]
    if not starts:
        return None
    start = dice.choice(starts) if dice else starts[0]
    for step in range(need):
        free.remove(start + quarter * step)
    return start


def _appointment(
    session: Session,
    run: Past,
    patient: Patient,
    provider: RenderingProvider,
    kind: VisitType,
    starts_at: datetime,
    room: Room | None,
) -> Appointment:
    user = run.users["front_desk"]
    appointment = Appointment(
        patient_id=patient.id,
        provider_id=provider.id,
        visit_type_id=kind.id,
        room_id=room.id if room else None,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=kind.minutes),
        reason=run.dice.choice(catalog.REASONS[kind.name]),
        booked_by=user,
        booked_at=clock.now() - timedelta(days=run.dice.randint(1, 20)),
    )
    session.add(appointment)
    session.flush()
    _note(session, appointment, "", "booked", user, appointment.booked_at)
    return appointment


def _note(
    session: Session, appointment: Appointment, before: str, after: str, user: int, at: datetime
) -> None:
    session.add(
        AppointmentMove(
            appointment_id=appointment.id, at=at, user_id=user, from_status=before, to_status=after
        )
    )


def _step(
    session: Session, appointment: Appointment, status: str, user: int, at: datetime | None = None
) -> None:
    _note(session, appointment, appointment.status, status, user, at or clock.now())
    appointment.status = status
    appointment.changed_by, appointment.changed_at = user, at or clock.now()


def _arrive(session: Session, run: Past, appointment: Appointment) -> None:
    user = run.users["front_desk"]
    late = timedelta(minutes=run.dice.randint(-12, 4))
    appointment.confirmed_at = appointment.starts_at - timedelta(days=1)
    _step(session, appointment, "confirmed", user, appointment.confirmed_at)
    appointment.arrived_at = appointment.starts_at + late
    _step(session, appointment, "arrived", user, appointment.arrived_at)
    appointment.checked_in_at = appointment.arrived_at + timedelta(minutes=3)
    _step(session, appointment, "checked_in", user, appointment.checked_in_at)
    session.flush()


def _collect(
    session: Session, run: Past, appointment: Appointment, patient: Patient, kind: VisitType, drawer
) -> None:
    primary = patient.coverages[0] if patient.coverages else None
    copay = primary.copay if primary and kind.takes_copay else None
    if not copay or run.dice.random() < 0.2:
        return
    method = run.dice.choices(("card_terminal", "cash", "check"), (6, 2, 2))[0]
    reference = {"card_terminal": f"T{appointment.id:06d}", "check": f"{1000 + appointment.id}", "cash": ""}
    ledger.receive(
        session,
        guarantor_id=patient.guarantor_id,
        patient_id=patient.id,
        appointment_id=appointment.id,
        amount=copay,
        method=method,
        reference=reference[method],
        purpose="copay",
        drawer=drawer,
        key=f"demo-copay-{appointment.public_id}",
    )


def _sign(session: Session, appointment: Appointment, kind: VisitType, dice: random.Random) -> None:
    diagnoses, codes = dice.choice(catalog.SLIPS[kind.name])
    lines = [
        charges.Line(code, pointers="A", units=2 if code == "97110" else 1) for code in dict.fromkeys(codes)
    ]
    encounter = charges.open_slip(session, appointment)
    charges.save_draft(session, encounter, encounter.version, list(diagnoses), lines)
    charges.sign_off(session, encounter, encounter.version)
    claim = claims.create_for(session, encounter)
    if claim is not None:
        claims.scrub(session, claim)


def _leave(session: Session, run: Past, appointment: Appointment) -> None:
    """The visit is over and its slip is still to be written."""
    appointment.out_at = appointment.ends_at
    _step(session, appointment, "checked_out", run.users["front_desk"], appointment.out_at)


def _patients_pay(session: Session, run: Past) -> None:
    """Now and then a patient pays what is left, by mailed check."""
    owing = session.execute(
        select(OpenItem.guarantor_id, func.sum(OpenItem.amount))
        .where(
            OpenItem.bucket == "patient",
            OpenItem.amount > 0,
            OpenItem.responsible_on < clock.today() - timedelta(days=14),
        )
        .group_by(OpenItem.guarantor_id)
        .order_by(OpenItem.guarantor_id)
    ).all()
    for guarantor_id, amount in owing:
        if run.dice.random() < 0.035:
            ledger.receive_and_apply(
                session,
                guarantor_id=guarantor_id,
                amount=amount,
                method="check",
                reference=str(run.dice.randrange(1000, 9999)),
                purpose="statement",
                key=f"demo-check-{guarantor_id}-{clock.today()}",
            )


def _statements(run: Past, offset: int) -> None:
    with audit.acting_as(run.acting("biller")), db.transaction() as session:
        if statements.preview(session).ready:
            statements.start(session, f"demo-statements-{offset}")
            # Rendering takes a third of a second each: the worker does it once the clinic is up.
            session.execute(
                update(Work)
                .where(Work.job == "jobs.statements.render", Work.state == "waiting")
                .values(due_at=clock.wall_now() + RENDER_AFTER)
            )


def _close(run: Past, day: date) -> None:
    """Count every drawer right and close the day."""
    with audit.acting_as(run.acting("front_desk")), db.transaction() as session:
        drawer = ledger.open_drawer(session, run.users["front_desk"], Decimal("100.00"))
        if drawer.state == "open":
            ledger.close_drawer(session, drawer, ledger.expected(session, drawer))
    with audit.acting_as(run.acting("manager")), db.transaction() as session:
        ledger.close_day(session, day)


def _present(run: Past, ahead_days: int) -> None:
    """A full today with every status, then two weeks that fill up less and less."""
    today = clock.today()
    for ahead in range(ahead_days + 1):
        day = today + timedelta(days=ahead)
        if day.weekday() > 4 and ahead:
            continue
        with db.transaction() as session:
            _lunch(session, day)
            _book_day(session, run, day, 0.95 if ahead < 2 else max(0.35, 0.85 - ahead * 0.04))
    with db.transaction() as session:
        _walk_today(session, run)


def _book_day(session: Session, run: Past, day: date, fill: float) -> None:
    providers, types, rooms = _house(session)
    people = _some_patients(session, run.dice, 60)
    room_free = {room.id: list(_slots(day)) for room in rooms}
    for provider in providers:
        free = list(_slots(day))
        quarters = len(free)
        while people and len(free) > quarters * (1 - fill):
            kind = _kind(run.dice, provider, types)
            start = _take(free, kind.minutes, None)
            if start is None:
                break
            if run.dice.random() > fill:
                continue
            room = _room(rooms, room_free, start, kind.minutes) if kind.name == "Procedure" else None
            appointment = _appointment(session, run, people.pop(), provider, kind, start, room)
            if run.dice.random() < 0.6:
                appointment.confirmed_at = clock.now()
                _step(session, appointment, "confirmed", run.users["front_desk"])
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


def _walk_today(session: Session, run: Past) -> None:
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
                _step(session, appointment, "no_show", user)
                continue
            _arrive(session, run, appointment)
            kind = types[appointment.visit_type_id]
            _collect(session, run, appointment, appointment.patient, kind, drawer)
            if place % 7 == 3:
                _leave(session, run, appointment)
                continue
            with audit.acting_as(run.acting("clinician")):
                _sign(session, appointment, kind, run.dice)
        elif line - appointment.starts_at > timedelta(minutes=-25):
            _arrive_now(session, run, appointment, now, place)
    session.flush()
    for coverage in session.scalars(
        select(Coverage).where(Coverage.id.in_(_todays_coverages(session, line)))
    ):
        eligibility.ask(session, coverage, clock.today())


def _arrive_now(session: Session, run: Past, appointment: Appointment, now: datetime, place: int) -> None:
    user = run.users["front_desk"]
    appointment.arrived_at = now - timedelta(minutes=3 + place % 18)
    _step(session, appointment, "arrived", user, appointment.arrived_at)
    if place % 2:
        appointment.checked_in_at = appointment.arrived_at + timedelta(minutes=2)
        _step(session, appointment, "checked_in", user, appointment.checked_in_at)
        appointment.roomed_at = appointment.checked_in_at + timedelta(minutes=1)
        _step(session, appointment, "roomed", user, appointment.roomed_at)


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


def _lunch(session: Session, day: date) -> None:
    starts_at, ends_at = (clock.at(day, wall) for wall in LUNCH)
    for provider in session.scalars(select(RenderingProvider.id)):
        session.add(ScheduleBlock(provider_id=provider, starts_at=starts_at, ends_at=ends_at, label="Lunch"))
