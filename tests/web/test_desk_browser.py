"""The schedule in a real browser without JavaScript: an appointment is moved by links and forms alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import expect

from clinic import clock, db
from clinic.models import Appointment
from tests import factories
from tests.web.running import IN_A_BROWSER, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    """A clinic that answers on `base`, the cookie of its front desk, and one visit of tomorrow at ten."""

    base: str
    token: str
    visit: str
    day: date


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    with db.transaction() as session:
        factories.make_practice(session)
        day = clock.today() + timedelta(days=1)
        visit = factories.make_appointment(session, starts_at=clock.at(day, time(10)))
        _, token = signed_in(session)
        public_id = visit.public_id
    with serving(config) as base:
        yield Running(base, token, public_id, day)


@pytest.mark.parametrize("scripts", [False, True], ids=["without JavaScript", "with JavaScript"])
def test_a_visit_is_moved_by_the_form_and_no_hint_is_dead(clinic, open_window, scripts):
    page = open_window(clinic.token, java_script_enabled=scripts)
    page.goto(f"{clinic.base}/schedule/{clinic.day}")
    page.locator(f"#a-{clinic.visit}").click()
    page.get_by_role("link", name="Move", exact=True).click()
    expect(page.get_by_label("Time")).to_be_visible()
    for hint in (page.get_by_text("Pick it up on the schedule"), page.get_by_text(", or click a free place")):
        expect(hint).to_be_visible(visible=scripts)
    page.get_by_label("Time").fill("230p")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_text("moved to").first).to_be_attached()
    with db.transaction() as session:
        moved = session.query(Appointment).filter_by(public_id=clinic.visit).one()
        assert clock.local(moved.starts_at).time() == time(14, 30)
