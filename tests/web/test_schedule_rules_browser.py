"""The schedule's rules in a real browser: axe on every screen, a time found and opened by keyboard alone (A6)."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from clinic import clock, db, scheduling
from clinic.access import sessions
from clinic.app import create_app
from clinic.scheduling import missed, templates
from clinic.web.sessions import COOKIE
from tests import factories

CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("SHOTS", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@dataclass
class Running:
    base: str
    token: str
    paths: dict[str, str]


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
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
        user = factories.make_user(session, "manager")
        token = sessions.create(session, {"_user_id": str(user.id), "_fresh": True}, user.id, "127.0.0.1")
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
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost"), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(f"http://localhost:{server.server_port}", token, paths)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(clinic) -> Iterator[Page]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(
            [{"name": COOKIE, "value": clinic.token, "url": "https://localhost", "secure": True}]
        )
        yield context.new_page()
        browser.close()


def test_no_screen_of_the_rules_hinders_anybody_light_or_dark(clinic, page):
    wrong = []
    for name, path in clinic.paths.items():
        page.goto(clinic.base + path)
        for theme in ("light", "dark"):
            page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
            page.wait_for_timeout(250)
            if SHOTS:
                page.screenshot(path=f"{SHOTS}/{name}-{theme}.png")
            found = Axe().run(page).response["violations"]
            wrong += [f"{name} {theme} {each['id']}: {each['nodes'][0]['html'][:140]}" for each in found]
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
