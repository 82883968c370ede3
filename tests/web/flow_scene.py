"""Tuesday, 10:40 AM: one provider, two rooms, a patient who is checked in and waits."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, db
from clinic.models import Appointment, AppointmentMove
from tests import factories

NOW = datetime(2026, 3, 10, 17, 40, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _tuesday_morning():
    """The clock runs, for sessions are kept by it."""
    with time_machine.travel(NOW):
        yield


@pytest.fixture
def house(session, _tuesday_morning):
    factories.make_practice(session)
    return {
        "provider": factories.make_provider(session, first_name="Helen", last_name="Adams", position=1),
        "two": factories.make_room(session, name="Room 2", position=2),
        "three": factories.make_room(session, name="Room 3", position=3),
    }


def ago(minutes):
    return NOW - timedelta(minutes=minutes)


def visit(session, house, status="checked_in", at=time(10, 30), *, name="Chen", **changes):
    stamps = {
        "checked_in": {"arrived_at": ago(18), "checked_in_at": ago(12)},
        "arrived": {"arrived_at": ago(18)},
        "roomed": {"arrived_at": ago(18), "roomed_at": ago(9)},
        "with_provider": {"arrived_at": ago(18), "roomed_at": ago(9), "seen_at": ago(4)},
        "checked_out": {"arrived_at": ago(80), "out_at": ago(4)},
    }.get(status, {})
    patient = changes.pop("patient", None) or factories.make_patient(
        session, last_name=name, first_name="Bo", consent_on=date(2026, 1, 5), confirmed_at=NOW
    )
    starts_at = clock.at(clock.today(), at)
    here = factories.make_appointment(
        session,
        patient,
        house["provider"],
        starts_at=starts_at,
        minutes=15,
        status=status,
        **(stamps | changes),
    )
    for before, after in {
        "checked_in": [("", "booked"), ("booked", "arrived"), ("arrived", "checked_in")],
        "roomed": [("", "booked"), ("checked_in", "roomed")],
        "with_provider": [("", "booked"), ("roomed", "with_provider")],
    }.get(status, [("", "booked")]):
        session.add(AppointmentMove(appointment_id=here.id, at=ago(20), from_status=before, to_status=after))
    session.flush()
    return here


@pytest.fixture
def chen(session, house):
    """CHEN, Bo is checked in and waits since 10:22."""
    return visit(session, house)


def url(here, tail=""):
    return f"/flow/visits/{here.public_id}{tail}"


def now(here):
    """The visit as the database holds it."""
    return db.session.get_one(Appointment, here.id, populate_existing=True)


def count(model=AppointmentMove):
    return db.session.scalar(select(func.count()).select_from(model))
