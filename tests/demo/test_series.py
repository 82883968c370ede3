"""The demo shows a weekly series whose authorization ends before its last visit (A7)."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from clinic import clock
from clinic.demo import series as demo
from clinic.models import AppointmentSeries, Authorization, ClinicClosure
from clinic.scheduling import recurrence, series, series_cover
from tests import factories


@pytest.fixture(autouse=True)
def _november():
    with time_machine.travel(datetime(2026, 11, 23, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def house(session):
    payer = factories.make_payer(session, needs_authorization=["97110"])
    factories.make_coverage(session, factories.make_patient(session), payer)
    factories.make_visit_type(session, name="PT visit", minutes=45, usual_codes=["97110", "97140"])
    provider = factories.make_provider(session)
    first = recurrence.monday(clock.today()) + timedelta(days=9)
    session.add(ClinicClosure(on=first + timedelta(days=21), name="Holiday"))
    factories.make_appointment(session, provider=provider, starts_at=clock.at(first, time(8, 30)))
    session.flush()


def test_twelve_wednesdays_leave_the_holiday_out_and_outlast_the_approved_visits_a7(session, house):
    demo.fill(session)
    made = session.scalars(select(AppointmentSeries)).one()
    visits = series.visits_of(session, made)
    assert len(visits) == 11
    assert len(made.skipped) == 1
    days = [(n, clock.local(each.starts_at).date()) for n, each in enumerate(visits, 1)]
    said = series_cover.notices(session, made.patient, made.visit_type, days, [each.id for each in visits])
    assert [each.tone for each in said] == ["warn"]
    assert "has 8 left" in said[0].sentence


def test_a_clinic_without_such_patients_gets_no_series(session):
    demo.fill(session)
    assert session.scalars(select(Authorization)).all() == []
