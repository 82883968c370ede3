"""Many desks that want overlapping series at once: whole series or none, and no place twice (A4, A7)."""

import random
import threading
from collections import Counter
from datetime import date, time

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, scheduling
from clinic.models import Appointment, AppointmentSeries, Device, Patient, RenderingProvider, VisitType
from clinic.scheduling import AppointmentChanged, SchedulingConflict, series, series_changes
from clinic.scheduling.recurrence import Rule
from clinic.scheduling.series import Draft
from tests import factories
from tests.scheduling.test_many_desks import _monday, engine, everything_holds, together

__all__ = ["_monday", "engine"]

TUESDAY = date(2026, 3, 17)


def whole_or_nothing(engine, length: int) -> int:
    """How many series there are; each has all of its visits."""
    with Session(engine) as after:
        sizes = after.scalars(
            select(func.count()).where(Appointment.series_id.is_not(None)).group_by(Appointment.series_id)
        ).all()
        assert set(sizes) <= {length}
        assert after.scalar(select(func.count(AppointmentSeries.id))) == len(sizes)
    everything_holds(engine)
    return len(sizes)


def test_of_fifty_clients_with_overlapping_series_each_gets_all_or_nothing_a4(engine):
    """Rooms and a device are shared by two providers; dates begin in different weeks, so that series overlap in part."""
    with Session(engine, expire_on_commit=False) as setup:
        providers = [factories.make_provider(setup).id for _ in range(2)]
        for _ in range(2):
            factories.make_room(setup, kind="gym")
        setup.add(Device(name="Treadmill 1", kind="treadmill"))
        kinds = [
            factories.make_visit_type(setup, minutes=45).id,
            factories.make_visit_type(setup, minutes=45, room_kind="gym", device_kind="treadmill").id,
        ]
        patients = [factories.make_patient(setup).id for _ in range(50)]
        setup.commit()
    all_here = threading.Barrier(50)
    said: Counter[str] = Counter()

    def client(number: int) -> None:
        dice = random.Random(number)
        first = clock.local(clock.at(TUESDAY, time(9))).date().replace(day=17 + 7 * dice.randrange(2))
        rule = Rule(first, time(9, dice.choice((0, 30))), (1, 3), times=8)
        with Session(engine) as own, audit.acting_as(audit.Actor(None, f"client {number}")):
            draft = Draft(
                own.get_one(Patient, patients[number]),
                own.get_one(VisitType, dice.choice(kinds)),
                own.get_one(RenderingProvider, dice.choice(providers)),
                45,
                rule,
                "",
                f"client-{number}",
            )
            all_here.wait(60)
            try:
                series.book(own, draft)
                own.commit()
                said["booked"] += 1
            except SchedulingConflict:
                own.rollback()
                said["refused"] += 1

    together(50, client)
    assert sum(said.values()) == 50
    assert 1 <= said["booked"] <= 4
    assert whole_or_nothing(engine, 8) == said["booked"]


def test_series_and_single_visits_that_move_at_once_never_deadlock_nor_stand_twice_a4(engine):
    with Session(engine, expire_on_commit=False) as setup:
        people = [factories.make_provider(setup) for _ in range(2)]
        providers = [each.id for each in people]
        kind = factories.make_visit_type(setup, minutes=45)
        found = []
        for n, provider in enumerate(people):
            rule = Rule(TUESDAY, time(9), (1,), times=6)
            draft = Draft(factories.make_patient(setup), kind, provider, 45, rule, "", f"s{n}")
            found.append(series.book(setup, draft).id)
        setup.commit()
    said: Counter[str] = Counter()

    def client(number: int) -> None:
        dice = random.Random(number)
        for _ in range(6):
            with Session(engine) as own, audit.acting_as(audit.Actor(None, f"client {number}")):
                try:
                    said[_move(own, dice, found, providers)] += 1
                    own.commit()
                except (SchedulingConflict, AppointmentChanged) as refused:
                    own.rollback()
                    said[type(refused).__name__] += 1

    together(8, client)
    assert said["series"] > 0
    assert said["single"] > 0
    whole_or_nothing(engine, 6)


def _move(own: Session, dice: random.Random, found: list[int], providers: list[int]) -> str:
    chosen = own.get_one(AppointmentSeries, dice.choice(found))
    rows = series.visits_of(own, chosen)
    wall = time(dice.randrange(8, 17))
    doctor = own.get_one(RenderingProvider, dice.choice(providers))
    if dice.random() < 0.5:
        visits = series_changes.coming(rows, "all")
        target = series_changes.Target(wall, (dice.randrange(5),), doctor)
        series_changes.move(own, chosen, "all", None, target, series_changes.mark(visits))
        return "series"
    one = dice.choice(rows)
    start = clock.at(clock.local(one.starts_at).date(), wall)
    scheduling.move(own, one, one.version, starts_at=start, provider=doctor, accepted=("elsewhere",))
    return "single"
