"""Work the demo clinic's last three months day by day, then fill its calendar for today and the weeks ahead."""

import importlib
import random
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, selectinload

from clinic import audit, charges, claims, clearinghouse, clock, db, ledger, sandbox, statements
from clinic.config import Config
from clinic.demo import catalog, estimated
from clinic.embedded import say
from clinic.models import (
    Appointment,
    AppointmentMove,
    Claim,
    Drawer,
    OpenItem,
    Patient,
    RehearsalClock,
    RenderingProvider,
    ReservedTime,
    Room,
    VisitType,
)
from clinic.scheduling import missed

LUNCH = (time(12), time(13))
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
    -29: ("out_of_balance", "CASBL", ""),
    -24: ("deny", "MEDIB", "150"),
    -17: ("reject_277CA", "MERID", ""),
    -10: ("reject_277CA", "EVGRN", ""),
    -4: ("reject_999", "ORCMD", ""),
}
STATEMENT_DAYS = (-40, -6)
# What the worker does once the clinic is up: a statement takes a third of a second, and while a demo is seeded nobody
# listens for mail and text messages.
LEFT_TO_THE_WORKER = ("jobs.statements.render", "jobs.messages.send")
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
        self.drain(but=LEFT_TO_THE_WORKER)
        if self.turn():
            self.poll()
            self.drain(but=LEFT_TO_THE_WORKER)


def work(settings: Config, users: dict[str, int], dice: random.Random, *, past_days: int) -> Past:
    """Live the days from `past_days` ago to yesterday, and set the clock back to today."""
    clearinghouse.connect(settings)
    run = Past(settings, users, dice)
    month = ""
    # What falls on a weekend happens on the Monday after it.
    trouble = sorted(day for day in TROUBLE if day >= -past_days)
    runs = [day for day in STATEMENT_DAYS if day >= -past_days]
    for offset, day in run.days(past_days):
        if f"{day:%B}" != month:
            month = f"{day:%B}"
            say(f"Working the demo clinic's {month} …")
        with db.transaction() as session:
            signed = _visits(session, run, day)
        while trouble and trouble[0] <= offset:
            action, edi_id, reason = TROUBLE[trouble.pop(0)]
            with db.transaction() as session:
                sandbox.instruct(session, action, edi_id=edi_id, reason_code=reason)
        if day.weekday() in SENDING_WEEKDAYS and signed:
            with audit.acting_as(run.acting("biller")), db.transaction() as session:
                claims.submit(session, _ready(session))
        run.exchange()
        with audit.acting_as(run.acting("front_desk")), db.transaction() as session:
            _patients_pay(session, run)
        if runs and runs[0] <= offset:
            _statements(run, runs.pop(0))
        if offset < CLOSED_UNTIL:
            _close(run, day)
    clock.set_days_ahead(0)
    with db.transaction() as session:
        session.execute(update(RehearsalClock).values(days_ahead=0))
    return run


def _ready(session: Session) -> list[Claim]:
    return list(session.scalars(select(Claim).where(Claim.state == "ready").order_by(Claim.id)))


def _visits(session: Session, run: Past, day: date) -> int:
    """Book, see and sign one day's visits; how many were signed."""
    dice = run.dice
    providers, types, _ = the_house(session)
    count = dice.randint(*VISITS_A_DAY)
    people = some_patients(session, dice, count)
    free = {provider.id: list(slots(day)) for provider in providers}
    signed = 0
    drawer = ledger.open_drawer(session, run.users["front_desk"], Decimal("100.00"))
    for place, patient in enumerate(people):
        provider = providers[place % len(providers)]
        kind = visit_kind(dice, provider, types)
        starts_at = take_slot(free[provider.id], kind.minutes, dice)
        if starts_at is None:
            continue
        with audit.acting_as(run.acting("front_desk")):
            appointment = make_appointment(session, run, patient, provider, kind, starts_at, None)
            fate = dice.random()
            if fate < 0.06:
                move_on(session, appointment, "no_show", run.users["front_desk"])
                session.flush()
                missed.consider(session, appointment)
                continue
            if fate < 0.12:
                appointment.cancel_reason = "Called in: has to work"
                move_on(session, appointment, "cancelled_patient", run.users["front_desk"])
                continue
            arrive(session, run, appointment)
            collect_copay(session, run, appointment, patient, kind, drawer)
            estimated.at_arrival(session, appointment, kind, place)
        # A few slips of the last days are still to be written: the clinician's list.
        if clock.days_ahead() >= -3 and dice.random() < 0.3:
            leave(session, run, appointment)
            continue
        with audit.acting_as(run.acting("clinician")):
            sign_slip(session, appointment, kind, dice)
            signed += 1
    session.flush()
    return signed


def the_house(session: Session) -> tuple[list[RenderingProvider], dict[str, VisitType], list[Room]]:
    providers = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).all()
    types = {kind.name: kind for kind in session.scalars(select(VisitType))}
    return list(providers), types, list(session.scalars(select(Room).order_by(Room.position)))


def some_patients(session: Session, dice: random.Random, count: int) -> list[Patient]:
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


def visit_kind(dice: random.Random, provider: RenderingProvider, types: dict[str, VisitType]) -> VisitType:
    if provider.credential == "PT":
        return types[dice.choices(("PT visit", "PT evaluation"), (4, 1))[0]]
    names = ("Follow-up", "Sick visit", "New patient", "Annual physical", "Procedure", "Lab draw")
    return types[dice.choices(names, (8, 5, 2, 2, 2, 2))[0]]


def slots(day: date) -> Iterator[datetime]:
    for quarter in range(32, 68):
        wall = time(quarter // 4, quarter % 4 * 15)
        if not LUNCH[0] <= wall < LUNCH[1]:
            yield clock.at(day, wall)


def take_slot(free: list[datetime], minutes: int, dice: random.Random | None) -> datetime | None:
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


def make_appointment(
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


def move_on(
    session: Session, appointment: Appointment, status: str, user: int, at: datetime | None = None
) -> None:
    _note(session, appointment, appointment.status, status, user, at or clock.now())
    appointment.status = status
    appointment.changed_by, appointment.changed_at = user, at or clock.now()


def arrive(session: Session, run: Past, appointment: Appointment) -> None:
    user = run.users["front_desk"]
    late = timedelta(minutes=run.dice.randint(-12, 4))
    appointment.confirmed_at = appointment.starts_at - timedelta(days=1)
    move_on(session, appointment, "confirmed", user, appointment.confirmed_at)
    appointment.arrived_at = appointment.starts_at + late
    move_on(session, appointment, "arrived", user, appointment.arrived_at)
    appointment.checked_in_at = appointment.arrived_at + timedelta(minutes=3)
    move_on(session, appointment, "checked_in", user, appointment.checked_in_at)
    session.flush()


def collect_copay(
    session: Session, run: Past, appointment: Appointment, patient: Patient, kind: VisitType, drawer: Drawer
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


def sign_slip(session: Session, appointment: Appointment, kind: VisitType, dice: random.Random) -> None:
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


def leave(session: Session, run: Past, appointment: Appointment) -> None:
    """The visit is over and its slip is still to be written."""
    appointment.out_at = appointment.ends_at
    move_on(session, appointment, "checked_out", run.users["front_desk"], appointment.out_at)


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


def _close(run: Past, day: date) -> None:
    """Count every drawer right and close the day."""
    with audit.acting_as(run.acting("front_desk")), db.transaction() as session:
        drawer = ledger.open_drawer(session, run.users["front_desk"], Decimal("100.00"))
        if drawer.state == "open":
            ledger.close_drawer(session, drawer, ledger.expected(session, drawer))
    with audit.acting_as(run.acting("manager")), db.transaction() as session:
        ledger.close_day(session, day)


def lunch(session: Session, provider_id: int) -> None:
    """Noon of every day in the weekly pattern, so that no later day offers it."""
    starts, ends = LUNCH
    for weekday in range(7):
        session.add(
            ReservedTime(
                provider_id=provider_id,
                weekday=weekday,
                starts=starts,
                ends=ends,
                label="Lunch",
                visit_type_ids=[],
                effective_on=catalog.BEGIN,
            )
        )
