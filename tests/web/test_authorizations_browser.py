"""Authorizations, eligibility and the gate in a real browser: axe on every screen, light and dark, empty and full;
the booking card fetches itself and follows the form (Z13)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta

import pytest
from playwright.sync_api import Page, expect

from clinic import authorizations, clearinghouse, clock, db
from clinic.models import Appointment, Authorization, Coverage, EligibilityCheck, VisitType
from tests import factories
from tests.eligibility.desk import Desk, make_desk
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER
VIEWS = ("missing", "expiring", "requests")


@dataclass
class Running:
    base: str
    here: Desk
    patient: str
    coverage: str
    token: str


@pytest.fixture
def running(committed, config, tmp_path) -> Iterator[Running]:
    with db.transaction() as session:
        _, token = signed_in(session)
    here = make_desk(
        db.session(),
        config,
        tmp_path,
        plan={"needs_authorization": ["97110"]},
        appointment={"starts_at": clock.at(clock.today() + timedelta(days=1), time(10))},
    )
    patient, coverage = here.patient.public_id, here.coverage.public_id
    with serving(config) as base:
        clearinghouse.connect(replace(config, exchange_folder=tmp_path / "exchange"))
        yield Running(base, here, patient, coverage, token)


@pytest.fixture
def page(running, open_window) -> Page:
    return open_window(running.token)


def fill(running) -> str:
    """One of everything; answers the request's id."""
    here = running.here
    with db.transaction() as session:
        session.add(
            Authorization(
                coverage_id=here.coverage.id, number="AUTH9001", starts_on=clock.today() - timedelta(days=9),
                ends_on=clock.today(), visits_allowed=12, visits_used=10,
            )
        )  # fmt: skip
        session.add(
            EligibilityCheck(
                coverage_id=here.coverage.id, service_on=clock.today(), service_types=["30"], trace="T1",
                state="answered", active=True, asked_at=clock.now(), answered_at=clock.now(),
                benefits={"authorization": {"in": "Y", "out": ""}},
            )
        )  # fmt: skip
        row = authorizations.ask(
            session,
            session.get_one(Coverage, here.coverage.id),
            key="one",
            codes=["97110"],
            diagnoses=["M54.50"],
            visits=30,
            starts_on=clock.today(),
            ends_on=clock.today() + timedelta(days=60),
        )
        made = row.public_id
    here.payer_turn()
    db.session.remove()
    return made


def test_no_screen_has_an_axe_violation_empty_or_full(running, page):
    for view in VIEWS:
        page.goto(f"{running.base}/authorizations?view={view}")
        assert faults(page) == [], page.url
    page.goto(f"{running.base}/eligibility/coverages/{running.coverage}")
    assert faults(page) == [], page.url
    made = fill(running)
    rows = [f"/authorizations?view={view}" for view in VIEWS]
    for path in (
        *rows,
        f"/authorizations/requests/{made}",
        f"/authorizations/coverages/{running.coverage}/request",
        f"/eligibility/coverages/{running.coverage}",
    ):
        page.goto(running.base + path)
        assert faults(page) == [], page.url
    page.goto(running.base + rows[2])
    expect(page.locator("tbody .chip")).to_have_text("Pended")


def test_the_booking_card_fetches_itself_and_follows_the_visit_type_z13(running, page):
    fill(running)
    with db.transaction() as session:
        kind = session.get_one(
            VisitType, session.get_one(Appointment, running.here.appointment.id).visit_type_id
        )
        kind.takes_copay = False
        second = factories.make_visit_type(session, name="Zed visit", takes_copay=True).public_id
    day = (clock.today() + timedelta(days=1)).isoformat()
    page.goto(f"{running.base}/schedule/{day}/new?patient={running.patient}")
    card = page.locator("#booking-card")
    expect(card).to_contain_text("Required, none on file")
    expect(card).to_contain_text("$0.00")
    page.select_option("select[name=visit_type]", second)
    expect(card).to_contain_text("$25.00")
    assert faults(page) == [], page.url
