"""The schedule's rules in a real browser: axe on every screen, a time found and opened by keyboard alone (A6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from clinic import clock, db, scheduling
from clinic.scheduling import missed, templates
from tests import factories
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    base: str
    token: str
    paths: dict[str, str]


@pytest.fixture(scope="module")
def clinic(lasting, config) -> Iterator[Running]:
    with db.transaction() as session:
        factories.make_practice(session)
        provider = factories.make_provider(session)
        factories.make_room(session)
        kind = factories.make_visit_type(
            session, name="Follow-up", no_show_fee=Decimal("50.00"), fee_grace=0, color="info"
        )
        patient = factories.make_patient(session)
        missed.set_terms(session, patient, clock.today() - timedelta(days=60), "")
        past = clock.now() - timedelta(days=1)
        gone = factories.make_appointment(session, patient, provider, starts_at=past, visit_type_id=kind.id)
        scheduling.no_show(session, gone, gone.version)
        next_week = clock.today() + timedelta(days=7)
        factories.make_appointment(session, patient, provider, starts_at=past + timedelta(days=8))
        templates.add_exception(session, provider, next_week, None, None, "Conference")
        templates.import_holidays(session, clock.today().year)
        _, token = signed_in(session, "manager")
        paths = {
            "visit-types": "/admin/visit-types",
            "visit-type": f"/admin/visit-types/{kind.public_id}",
            "hours": "/admin/hours",
            "provider-hours": f"/admin/hours/{provider.public_id}",
            "closures": "/admin/closures",
            "rooms": "/admin/rooms",
            "missed": "/schedule/missed-visits",
            "missed-terms": f"/schedule/missed-visits/patients/{patient.public_id}",
            "openings": f"/schedule/{next_week}/openings?visit_type={kind.public_id}",
        }
    with serving(config) as base:
        yield Running(base, token, paths)


@pytest.fixture
def page(clinic, open_window) -> Page:
    return open_window(clinic.token)


def test_no_screen_of_the_rules_hinders_anybody_light_or_dark(clinic, page):
    wrong = []
    for name, path in clinic.paths.items():
        page.goto(clinic.base + path)
        wrong += faults(page, name)
    assert wrong == []


def test_a_time_is_found_and_its_booking_opened_by_keyboard_alone_a6(clinic, page):
    page.goto(f"{clinic.base}/schedule")
    page.keyboard.press("f")
    expect(page.locator("#visit_type")).to_be_focused()
    page.keyboard.press("Control+Enter")
    expect(page.locator(".desk-openings a").first).to_be_visible()
    page.locator(".desk-openings a").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#who")).to_be_focused()
