"""A Tuesday at the front desk: one provider, one visit type, one patient with a visit."""

from datetime import UTC, date, datetime, time

import pytest
import time_machine

from clinic import clock, scheduling
from tests import factories

TUESDAY = date(2026, 3, 10)


DAY = "/schedule/2026-03-10"


@pytest.fixture(autouse=True)
def _tuesday_morning():
    """10:40 AM in Portland; the clock runs, for sessions are kept by it."""
    with time_machine.travel(datetime(2026, 3, 10, 17, 40, tzinfo=UTC)):
        yield


@pytest.fixture
def provider(session, _tuesday_morning):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def visit_type(session):
    return factories.make_visit_type(session, name="Follow-up")


@pytest.fixture
def chen(session):
    return factories.make_patient(session, last_name="Chen", first_name="Bo")


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


@pytest.fixture
def visit(session, provider, visit_type, chen):
    """CHEN, Bo at 11:00 with Helen Adams."""
    return scheduling.book(session, chen, provider, visit_type, at(11), reason="A1c")
