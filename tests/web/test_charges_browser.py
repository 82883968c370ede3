"""The charge slip in a real browser: typing, choosing by keyboard, mending by one click, signing by Ctrl+Enter."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect, sync_playwright
from sqlalchemy import select
from werkzeug.serving import make_server

from clinic import charges, db
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Claim, CodePair, Procedure
from clinic.web.sessions import COOKIE
from tests import factories
from tests.charges.visits import arrived, collect_copay

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@dataclass
class Running:
    """A clinic that answers on `base`, and the cookie of its clinician."""

    base: str
    token: str
    slip: str


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    with db.transaction() as session:
        visit = arrived(session)
        session.add(CodePair(column1="99213", column2="20610", indicator="1", effective_on=date(2020, 1, 1)))
        joint = session.scalars(select(Procedure).where(Procedure.code == "20610")).one()
        joint.description, joint.global_days = "Drain or inject, major joint", "000"
        collect_copay(session, visit)
        encounter = charges.open_slip(session, visit.appointment)
        user = factories.make_user(session, "clinician", name="Samuel Okoye, DO")
        data = {"_user_id": str(user.id), "_fresh": True}
        token = sessions.create(session, data, user.id, "127.0.0.1")
        slip = encounter.public_id
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost"), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(f"http://localhost:{server.server_port}", token, slip)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def page(clinic) -> Iterator[Page]:
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1440, "height": 900})
        context.add_cookies(
            [{"name": COOKIE, "value": clinic.token, "url": "https://localhost", "secure": True}]
        )
        made = context.new_page()
        problems: list[str] = []
        made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
        made.on("pageerror", lambda error: problems.append(str(error)))
        yield made
        browser.close()
        # Chromium itself notes a 422 on its console; it is the answer that is asked for.
        assert [each for each in problems if "422" not in each] == []


def shot(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look: SHOTS=folder."""
    if folder := os.environ.get("SHOTS"):
        page.screenshot(path=f"{folder}/{name}.png")


def accessible(page: Page) -> None:
    """No violation that axe knows, on a light and on a dark screen."""
    for theme in ("dark", "light"):
        page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
        # A colour on its way from one theme to the other would be measured half-way.
        page.wait_for_timeout(250)
        found = Axe().run(page).response["violations"]
        assert [(each["id"], theme, each["nodes"][0]["html"]) for each in found] == []


def test_a_slip_is_filled_mended_and_signed_without_the_mouse(clinic, page):
    page.goto(f"{clinic.base}/charge-slips")
    shot(page, "chargeslips")
    accessible(page)
    page.goto(f"{clinic.base}/charge-slips/{clinic.slip}")
    page.keyboard.press("Alt+d")
    page.keyboard.type("zzzz")
    expect(page.locator("#choices-dx_A")).to_contain_text("No diagnosis matches “zzzz”")
    expect(page.locator("#live")).to_contain_text("No diagnosis matches")
    accessible(page)
    page.keyboard.press("Escape")
    expect(page.locator("#choices-dx_A")).to_be_hidden()
    page.keyboard.press("Control+a")
    page.keyboard.type("hyperglycemia type 2", delay=20)
    expect(page.locator("#choices-dx_A [role=option]").first).to_contain_text("E11.65")
    shot(page, "chargeslip-choices")
    accessible(page)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#diagnosis-A")).to_have_value("E11.65")
    expect(page.locator(".dx li").first).to_contain_text("Type 2 diabetes mellitus with hyperglycemia")
    expect(page.locator("#diagnosis-A")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#diagnosis-B")).to_be_focused()
    page.keyboard.type("M25.56")
    page.keyboard.press("Alt+l")
    page.keyboard.type("99213")
    page.keyboard.press("Tab")
    expect(page.locator("#lines-1-charge")).to_have_value("135.00")
    expect(page.locator("#lines-1-units")).to_have_value("1")
    page.locator("#lines-2-code").focus()
    page.keyboard.type("20610")
    page.keyboard.press("Tab")
    page.keyboard.type("RT")
    page.keyboard.press("Tab")
    expect(page.locator("#lines-3-code")).to_have_value("")
    expect(page.locator("#slip-counts")).to_contain_text("stop the claim")
    shot(page, "chargeslip")
    accessible(page)
    page.get_by_role("button", name="Add 25").click()
    expect(page.locator("#lines-1-modifiers")).to_have_value("25")
    page.get_by_role("button", name="M25.561").click()
    expect(page.locator("#diagnosis-B")).to_have_value("M25.561")
    expect(page.locator("#slip-counts")).to_contain_text("Nothing to mend")
    shot(page, "chargeslip-clean")
    page.locator("#lines-2-units").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"{clinic.base}/charge-slips")
    expect(page.locator("#flash")).to_contain_text("Signed: $347.00")
    shot(page, "chargeslips-empty")
    accessible(page)
    assert db.session.scalars(select(Claim)).one().state == "ready"
    page.goto(f"{clinic.base}/charge-slips/{clinic.slip}")
    shot(page, "chargeslip-signed")
    accessible(page)


def test_what_was_refused_takes_the_focus_and_leads_to_its_field(clinic, page):
    page.goto(f"{clinic.base}/charge-slips/{clinic.slip}")
    page.locator("#diagnosis-A").fill("E11.65")
    page.locator("#lines-1-code").fill("99213")
    page.locator("#lines-1-units").fill("0")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#slip-refused")).to_be_focused()
    shot(page, "chargeslip-refused")
    accessible(page)
    page.locator("#slip-refused a").click()
    expect(page.locator("#lines-1-units")).to_be_focused()
