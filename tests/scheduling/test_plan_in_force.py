"""Every screen of a visit reads the plan in force on its day and the payer's answer for that day (S09, C9, E7, R14)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine

from clinic import clock, eligibility
from clinic.authorizations import usual
from clinic.models import EligibilityCheck
from clinic.patients import in_force
from clinic.scheduling import flow, flow_rows, places, routing, rows, series_cover
from clinic.scheduling.booking_card import booking_card
from clinic.scheduling.card import card
from tests import factories

NOW = datetime(2026, 3, 10, 17, 40, tzinfo=UTC)  # 10:40 AM in Portland
TODAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def patient(session):
    """His first plan begins in April; the second one is in force."""
    factories.make_practice(session)
    patient = factories.make_patient(session)
    factories.make_coverage(
        session, patient, factories.make_payer(session, name="April Plan"), effective_on=date(2026, 4, 1)
    )
    return patient


@pytest.fixture
def second(session, patient):
    payer = factories.make_payer(session, name="Second Plan")
    return factories.make_coverage(session, patient, payer, position=2, effective_on=date(2020, 1, 1))


@pytest.fixture
def visit(session, patient, second):
    return factories.make_appointment(
        session, patient, factories.make_provider(session), starts_at=clock.at(TODAY, time(11))
    )


def asked(session, coverage, service_on, days_ago, **changes):
    at = NOW - timedelta(days=days_ago)
    values = {"state": "answered", "active": True, "asked_at": at, "answered_at": at, "benefits": {}}
    check = EligibilityCheck(
        coverage_id=coverage.id, service_on=service_on, trace=f"T{coverage.id}-{service_on}-{days_ago}",
        **(values | changes),
    )  # fmt: skip
    session.add(check)
    session.flush()
    return check


def day_row(session):
    begins, ends = clock.day_bounds(TODAY)
    return rows.visits(session, begins, ends, None)[0]


def test_the_plan_in_force_goes_before_a_primary_one_that_begins_later(session, patient, second, visit):
    kind = visit.visit_type
    assert day_row(session).payer == "Second Plan"
    assert flow_rows.today(session)[0].Coverage.id == second.id
    assert eligibility.coverage_for(session, visit).id == second.id
    assert booking_card(session, patient, kind, TODAY).coverage.id == second.id
    assert booking_card(session, patient, kind, date(2026, 5, 1)).coverage.payer.name == "April Plan"
    assert routing.slips(session, [visit])[0].coverage.id == second.id
    assert not [each for each in places._coverage(session, patient.id, TODAY) if each.name == "coverage"]
    said = series_cover.notices(session, patient, kind, [(1, TODAY), (2, date(2026, 4, 20))])
    assert not [each for each in said if each.tone == "danger"]


def test_where_nothing_is_in_force_the_newest_primary_plan_is_named(session, patient, second, visit):
    second.terminated_on = date(2026, 2, 1)
    session.flush()
    assert rows.flag_of(day_row(session), TODAY).text == "Coverage begins 04/01"
    assert places._coverage(session, patient.id, TODAY)[0].sentence.startswith("The coverage with April Plan")
    said = series_cover.notices(session, patient, visit.visit_type, [(1, TODAY), (2, date(2026, 4, 20))])
    assert any("begins on 04/01/2026" in each.sentence for each in said)


def test_a_statement_chooses_as_the_rule_in_hand_does(session, patient, second, visit):
    factories.make_coverage(session, patient, position=3, effective_on=date(2021, 1, 1))
    owned = patient.coverages
    for day in (date(2019, 1, 1), TODAY, date(2026, 6, 1)):
        visit.starts_at, visit.ends_at = clock.at(day, time(11)), clock.at(day, time(11, 30))
        session.flush()
        begins, ends = clock.day_bounds(day)
        plan = in_force.plan_on(owned, day)
        assert rows.visits(session, begins, ends, None)[0].payer == plan.payer.name


def test_every_screen_takes_the_answer_for_the_day_and_not_the_newest(session, second, visit):
    mine = asked(session, second, TODAY, 2)
    asked(session, second, date(2026, 3, 30), 0, active=False, benefits={"qmb": True})
    row, board = day_row(session), flow_rows.today(session)[0]
    assert rows.flag_of(row, TODAY).text == "Eligible"
    assert (board.check.id, board.answer.id, board.protected) == (mine.id, mine.id, False)
    assert card(session, visit).check.id == mine.id
    assert routing.slips(session, [visit])[0].answer.id == mine.id
    assert eligibility.qmb_visits(session, [visit]) == set()
    assert booking_card(session, visit.patient, visit.visit_type, TODAY).answer.id == mine.id
    mine.benefits = {"qmb": True}
    session.flush()
    session.expire_all()
    assert flow_rows.today(session)[0].protected
    assert eligibility.qmb_visits(session, [visit]) == {visit.id}


def test_a_code_on_the_payers_list_is_missed_at_the_board_and_on_the_slip(session, second, visit):
    before = factories.make_appointment(
        session, visit.patient, visit.provider, starts_at=NOW - timedelta(days=7), status="closed",
        visit_type_id=visit.visit_type_id,
    )  # fmt: skip
    factories.make_encounter(
        session, visit.patient, visit.provider, lines=(("97110", "90.00"),), state="signed",
        service_on=TODAY - timedelta(days=7), appointment_id=before.id,
    )  # fmt: skip
    second.payer.needs_authorization = ["97110"]
    session.flush()
    usual.learn(session)
    session.refresh(visit.visit_type)
    stay = flow.board(session).find(visit.public_id)
    assert ("Authorization", True) in [(each.text, each.stops) for each in stay.missing]
    alerts = routing.slips(session, [visit])[0].alerts
    assert any("wants an authorization" in each for each in alerts)
