"""The ground on which series are tested: a Monday in November, one provider, one kind of visit, one patient."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from clinic import clock
from clinic.models import Appointment
from tests import factories

TUESDAY = date(2026, 12, 1)
WEEK = timedelta(days=7)


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(datetime(2026, 11, 23, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def provider(session, _november):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def kind(session):
    return factories.make_visit_type(session, name="Therapy", minutes=45)


@pytest.fixture
def patient(session):
    return factories.make_patient(session, last_name="Chen", first_name="Bo")


def taken(session, provider, day, hour=9, **more) -> Appointment:
    """OKAFOR, Ada has the provider's time."""
    other = factories.make_patient(session, last_name="Okafor", first_name="Ada")
    at = clock.at(day, time(hour))
    return factories.make_appointment(session, other, provider, starts_at=at, **more)
