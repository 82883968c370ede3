"""The schedule in a real browser without JavaScript: an appointment is moved by links and forms alone."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, expect, sync_playwright
from werkzeug.serving import make_server

from clinic import clock, db
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Appointment
from clinic.web.sessions import COOKIE
from tests import factories

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


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
        user = factories.make_user(session, "front_desk")
        data = {"_user_id": str(user.id), "_fresh": True}
        token = sessions.create(session, data, user.id, "127.0.0.1")
        public_id = visit.public_id
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost"), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(f"http://localhost:{server.server_port}", token, public_id, day)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(params=[False, True], ids=["without JavaScript", "with JavaScript"])
def page(clinic, request) -> Iterator[Page]:
    with sync_playwright() as runner:
        browser = runner.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1440, "height": 900}, java_script_enabled=request.param
        )
        context.add_cookies(
            [{"name": COOKIE, "value": clinic.token, "url": "https://localhost", "secure": True}]
        )
        yield context.new_page()
        browser.close()


def test_a_visit_is_moved_by_the_form_and_no_hint_is_dead(clinic, page, request):
    scripts = "without" not in request.node.callspec.id
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
