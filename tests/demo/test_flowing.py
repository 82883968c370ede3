"""The demo's day on the flow board: somebody at every station, nobody twice in one room or with one provider."""

import random
from datetime import UTC, datetime, time, timedelta
from types import SimpleNamespace

import pytest
import time_machine

from clinic import clock
from clinic.demo import flowing
from clinic.models import Appointment
from clinic.scheduling import flow
from tests import factories

NOW = datetime(2026, 3, 10, 17, 40, tzinfo=UTC)  # 10:40 AM in Portland


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def run(session):
    factories.make_practice(session)
    users = {role: factories.make_user(session, role).id for role in ("front_desk", "clinician")}
    return SimpleNamespace(users=users, dice=random.Random(7))


def book(session, providers, wall, **changes):
    starts_at = clock.at(clock.today(), wall)
    return [
        factories.make_appointment(session, provider=one, starts_at=starts_at, minutes=15, **changes)
        for one in providers
    ]


def test_every_station_has_somebody_and_every_provider_one_patient(session, run):
    providers = [factories.make_provider(session) for _ in range(3)]
    for wall in (time(10, 15), time(10, 30), time(10, 45), time(11), time(11, 30), time(12)):
        book(session, providers, wall)
    flowing.settle(session, run, NOW)
    board = flow.board(session)
    counts = {station.key: len(station.stays) for station in board.stations}
    assert min(counts[key] for key in ("expected", "waiting", "roomed", "seen")) > 0
    sitting = session.query(Appointment).filter(Appointment.status.in_(("roomed", "with_provider"))).all()
    assert len({visit.roomed_in_id for visit in sitting}) == len(sitting) > 2
    seen = [visit.provider_id for visit in sitting if visit.status == "with_provider"]
    assert len(set(seen)) == len(seen)
    alerts = {station.key for station in board.stations for stay in station.stays if stay.alert}
    assert {"expected", "waiting"} <= alerts


def test_before_the_clinic_opens_the_first_of_the_day_stand_in(session, run):
    book(session, [factories.make_provider(session)], time(16))
    flowing.settle(session, run, NOW)
    assert flow.board(session).today.rooms_used == 1


def test_who_was_seen_left_when_the_visit_ended_and_not_when_it_was_seeded(session, run):
    (place, *_) = flowing.rooms(session)
    (visit,) = book(session, [factories.make_provider(session)], time(9), status="checked_in")
    visit.arrived_at = visit.checked_in_at = visit.starts_at
    flowing.through(session, run, visit, place)
    session.refresh(visit)
    visit.status, visit.out_at = "checked_out", NOW
    session.flush()
    flowing.gone(session, visit, NOW)
    assert visit.arrived_at < visit.roomed_at < visit.seen_at < visit.out_at < NOW
    assert visit.out_at - visit.starts_at <= timedelta(minutes=45)
