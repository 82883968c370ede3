"""A Tuesday at the front desk with a wait list: one patient who waits, one to whom a place is offered."""

from datetime import date, time

import pytest

from clinic import clock, db, waiting
from clinic.waiting import recalls
from tests import factories
from tests.reminders.house import agreed
from tests.web.desk_scene import TUESDAY, _tuesday_morning, provider, visit_type

__all__ = ["_tuesday_morning", "provider", "visit_type"]
WAY = waiting.Way("https://localhost", texts=False)
WEDNESDAY = date(2026, 3, 11)


@pytest.fixture
def waits(session, provider, visit_type):
    """VEGA, Ana waits for a follow-up from Wednesday on."""
    factories.make_practice(session)
    patient = agreed(session, last_name="Vega", first_name="Ana", email="ana.vega@example.com")
    with db.transaction() as current:
        return waiting.add(current, patient, waiting.Wish(visit_type, WEDNESDAY), key="vega")


@pytest.fixture
def offered(waits):
    """Wednesday at 8:00 is offered to VEGA."""
    with db.transaction() as current:
        return waiting.offer_by_hand(current, waits, waiting.openings_for(current, waits)[0], WAY)


@pytest.fixture
def recall(session, visit_type):
    patient = agreed(session, last_name="Ortiz", first_name="Luz")
    with db.transaction() as current:
        return recalls.add(current, patient, visit_type, TUESDAY, "A1c again", key="ortiz")


@pytest.fixture
def lost(session, provider, visit_type):
    """KIM, Jo did not come on Monday."""
    return factories.make_appointment(
        session,
        factories.make_patient(session, last_name="Kim", first_name="Jo"),
        provider,
        starts_at=clock.at(date(2026, 3, 9), time(9)),
        status="no_show",
        visit_type_id=visit_type.id,
    )
