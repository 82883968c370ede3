"""Many desks at once: one slot for fifty, and eight that book, move and cancel at random (A4, A5, trust T3)."""

import random
import threading
import time as wall
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import create_engine, func, select, text
from sqlalchemy.orm import Session

from clinic import audit, clock, scheduling, verify
from clinic.models import Appointment, Device, Patient, RenderingProvider, VisitType
from clinic.scheduling import AppointmentChanged, IllegalMove, SchedulingConflict
from tests import factories

TUESDAY = date(2026, 3, 10)
ACCEPTED = ("past", "hours", "block", "elsewhere", "coverage", "reserved", "kind", "closed")
# Two rows that hold one thing at one time, asked of the rows themselves, not of the constraints.
TWICE = """
SELECT count(*) FROM appointment a JOIN appointment b ON a.id < b.id
 WHERE a.status NOT IN ('cancelled_patient', 'cancelled_clinic', 'late_cancel', 'no_show', 'rescheduled',
                        'left_without_being_seen')
   AND b.status NOT IN ('cancelled_patient', 'cancelled_clinic', 'late_cancel', 'no_show', 'rescheduled',
                        'left_without_being_seen')
   AND ((a.provider_id = b.provider_id AND a.lane = b.lane
         AND COALESCE(a.busy_from, a.starts_at) < COALESCE(b.busy_until, b.ends_at)
         AND COALESCE(a.busy_until, a.ends_at) > COALESCE(b.busy_from, b.starts_at))
     OR (a.room_id = b.room_id AND a.starts_at < b.ends_at AND a.ends_at > b.starts_at)
     OR (a.device_id = b.device_id AND a.starts_at < b.ends_at AND a.ends_at > b.starts_at))
"""


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(datetime(2026, 3, 9, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def engine(committed):
    made = create_engine(committed.app_url, pool_size=50, max_overflow=0)
    yield made
    made.dispose()


def together(count: int, work) -> None:
    """Run `work(number)` in as many threads and hand on what one of them could not foresee."""
    faults: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as fault:
            faults.append(fault)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    if faults:
        raise faults[0]


def everything_holds(engine) -> None:
    with Session(engine) as after:
        assert after.scalar(text(TWICE)) == 0
        assert [result.name for result in verify.checks(after) if not result.ok] == []


def test_of_fifty_clients_for_one_slot_one_books_and_the_others_read_who_has_it_a4(engine):
    with Session(engine, expire_on_commit=False) as setup:
        provider = factories.make_provider(setup)
        kind = factories.make_visit_type(setup)
        patients = [factories.make_patient(setup, last_name=f"Client{n}") for n in range(50)]
        setup.commit()
    start = clock.at(TUESDAY, time(11))
    all_here = threading.Barrier(50)
    said: Counter[str] = Counter()

    def client(number: int) -> None:
        with Session(engine) as own, audit.acting_as(audit.Actor(None, f"client {number}")):
            patient = own.get_one(Patient, patients[number].id)
            doctor = own.get_one(RenderingProvider, provider.id)
            visit_type = own.get_one(VisitType, kind.id)
            all_here.wait(60)
            try:
                scheduling.book(own, patient, doctor, visit_type, start)
                own.commit()
                said["booked"] += 1
            except SchedulingConflict as conflict:
                own.rollback()
                said["refused" if "from 11:00 AM to 11:30 AM" in str(conflict) else str(conflict)] += 1

    together(50, client)
    assert said == {"booked": 1, "refused": 49}
    everything_holds(engine)


def at_random(engine, seconds: float) -> Counter[str]:
    """Eight clients book, move and cancel on one day of two providers, two rooms and one device."""
    with Session(engine, expire_on_commit=False) as setup:
        providers = [factories.make_provider(setup, overlap_limit=1 + n).id for n in range(2)]
        for _ in range(2):
            factories.make_room(setup, kind="procedure")
        setup.add(Device(name="Ultrasound 1", kind="ultrasound"))
        kinds = [
            factories.make_visit_type(setup).id,
            factories.make_visit_type(setup, minutes=45, provider_from=15, provider_until=30).id,
            factories.make_visit_type(setup, room_kind="procedure", buffer_minutes=10).id,
            factories.make_visit_type(setup, room_kind="procedure", device_kind="ultrasound").id,
        ]
        patients = [factories.make_patient(setup).id for _ in range(40)]
        setup.commit()
    until = wall.monotonic() + seconds
    said: Counter[str] = Counter()

    def client(number: int) -> None:
        dice = random.Random(number)
        while wall.monotonic() < until:
            start = clock.at(TUESDAY, time(8 + dice.randrange(9), dice.choice((0, 15, 30, 45))))
            with Session(engine) as own, audit.acting_as(audit.Actor(None, f"client {number}")):
                try:
                    did = _one(own, dice, start, patients, providers, kinds)
                    own.commit()
                except (SchedulingConflict, AppointmentChanged, IllegalMove) as refused:
                    own.rollback()
                    did = type(refused).__name__
            said[did] += 1

    together(8, client)
    return said


def _one(own: Session, dice, start, patients, providers, kinds) -> str:
    doctor = own.get_one(RenderingProvider, dice.choice(providers))
    what = dice.random()
    if what < 0.5:
        patient = own.get_one(Patient, dice.choice(patients))
        kind = own.get_one(VisitType, dice.choice(kinds))
        scheduling.book(own, patient, doctor, kind, start, accepted=ACCEPTED, closed_reason="Full")
        return "booked"
    some = own.scalars(
        select(Appointment).where(Appointment.status == "booked").order_by(func.random()).limit(1)
    ).first()
    if some is None:
        return "nothing there"
    if what < 0.8:
        scheduling.move(
            own, some, some.version, starts_at=start, provider=doctor, accepted=ACCEPTED, closed_reason="Full"
        )
        return "moved"
    scheduling.cancel(own, some, some.version, reason="at random", by="clinic")
    return "cancelled"


def _holds_after(engine, seconds: float) -> None:
    said = at_random(engine, seconds)
    assert said["booked"] > 0
    assert said["moved"] > 0
    assert said["SchedulingConflict"] > 0
    everything_holds(engine)


def test_eight_clients_at_random_never_book_one_thing_twice_a4(engine):
    _holds_after(engine, 4)


@pytest.mark.long
def test_eight_clients_at_random_for_a_minute_never_book_one_thing_twice_a4(engine):
    _holds_after(engine, 60)


def test_a_day_that_is_booked_by_what_is_offered_fills_up_without_a_refusal_a5(engine):
    with Session(engine) as own:
        provider = factories.make_provider(own)
        factories.make_room(own, kind="procedure")
        kind = factories.make_visit_type(own, room_kind="procedure", buffer_minutes=15, minutes=45)
        booked = 0
        while found := scheduling.find_openings(own, kind, first=TUESDAY, days=1, limit=1):
            scheduling.book(own, factories.make_patient(own), provider, kind, found[0].starts_at)
            booked += 1
        last = own.scalar(select(func.max(Appointment.ends_at)))
        assert booked == 10
        assert last == clock.at(TUESDAY, time(17, 45)) + timedelta()
