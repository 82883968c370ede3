"""Estimates in a real browser: the card fetches itself into panel and check-in, axe on every screen, light and dark."""

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

from clinic import clearinghouse, clock, db, estimates
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Appointment
from clinic.web.sessions import COOKIE
from tests import factories
from tests.estimates.house import answered, contract, value, visit
from tests.estimates.test_learning import claim_of_an_estimate, pay

CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("SHOTS", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]


@dataclass
class Running:
    base: str
    tokens: dict[str, str]
    plain: str
    qmb: str
    self_pay: str
    empty: str


@pytest.fixture
def clinic(committed, config, tmp_path) -> Iterator[Running]:
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    tokens = {}
    with db.transaction() as session:
        for role in ("front_desk", "manager"):
            user = factories.make_user(session, role)
            data = {"_user_id": str(user.id), "_fresh": True}
            tokens[role] = sessions.create(session, data, user.id, "127.0.0.1")
        ids = _seed(session)
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost"), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(f"http://localhost:{server.server_port}", tokens, *ids)
    server.shutdown()
    thread.join()
    server.server_close()


def _seed(session) -> tuple[str, str, str, str]:
    plain = visit(session, payer={"name": "Meridian Health PPO"})
    answered(session, plain.coverage, copay=value("25.00", "40.00"))
    contract(session, plain.payer, c99213="92.00", c83036="20.00")
    estimates.save(session, plain.appointment, estimates.parse("99213, 83036, 80053, 99396"), key="plain")
    qmb = visit(
        session, payer={"name": "Medicare Part B", "kind": "medicare"}, patient={"first_name": "Walter"}
    )
    answered(session, qmb.coverage, qmb=True)
    estimates.save(session, qmb.appointment, estimates.parse("99213"), key="qmb")
    alone = visit(
        session, covered=False, days=40, appointment={"booked_at": clock.now() - timedelta(days=20)}
    )
    estimates.save(
        session, alone.appointment, estimates.parse("99213, 83036"), diagnoses=["E11.9"],
        elsewhere="Laboratory, billed by the laboratory", key="alone",
    )  # fmt: skip
    estimates.prepay(
        session, session.get_one(Appointment, plain.appointment.id),
        estimates.editions(session, plain.appointment.id)[0],
        amount=Decimal("20.00"), method="cash", reference="", key="paid",
    )  # fmt: skip
    empty = visit(session)
    for number, share in enumerate(("25.00", "60.00", "31.00")):
        claim, _ = claim_of_an_estimate(session)
        pay(session, claim, share, trace=f"EFT{number}")
    return tuple(one.appointment.public_id for one in (plain, qmb, alone, empty))


@pytest.fixture
def pages(clinic) -> Iterator[dict[str, Page]]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        found = {}
        for role, token in clinic.tokens.items():
            context = browser.new_context(viewport={"width": 1440, "height": 900})
            context.add_cookies(
                [{"name": COOKIE, "value": token, "url": "https://localhost", "secure": True}]
            )
            found[role] = context.new_page()
        yield found
        browser.close()


def shoot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png")


def axe_faults(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


def test_every_screen_of_estimates_is_free_of_axe_violations(clinic, pages):
    addresses = {
        ("front_desk", "estimate"): f"/estimates/visits/{clinic.plain}",
        ("front_desk", "estimate-qmb"): f"/estimates/visits/{clinic.qmb}",
        ("front_desk", "estimate-good-faith"): f"/estimates/visits/{clinic.self_pay}",
        ("front_desk", "estimate-empty"): f"/estimates/visits/{clinic.empty}",
        ("front_desk", "good-faith"): "/estimates/good-faith",
        ("manager", "estimates-accuracy"): "/estimates/accuracy",
    }
    for (role, name), address in addresses.items():
        page = pages[role]
        page.goto(clinic.base + address)
        shoot(page, name)
        assert axe_faults(page) == [], name
        page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
        shoot(page, f"{name}-dark")
        assert axe_faults(page) == [], f"{name}, dark"


def test_the_card_fetches_itself_into_the_panel_and_into_check_in(clinic, pages):
    page = pages["front_desk"]
    page.goto(f"{clinic.base}/schedule/appointments/{clinic.qmb}")
    expect(page.locator("#estimate-card")).to_contain_text("Collect nothing")
    shoot(page, "desk-qmb")
    assert axe_faults(page) == []
    page.goto(f"{clinic.base}/check-in/{clinic.plain}")
    expect(page.locator("#estimate-card")).to_contain_text("$")
    shoot(page, "checkin-estimate")
    assert axe_faults(page) == []


def test_work_out_saves_nothing_and_save_keeps_it(clinic, pages):
    page = pages["front_desk"]
    page.goto(f"{clinic.base}/estimates/visits/{clinic.empty}")
    page.locator("#services").fill("99213")
    page.get_by_role("button", name="Work out").click()
    expect(page.locator("#work")).to_contain_text("Not saved")
    page.locator("#services").press("Control+Enter")
    expect(page.locator("#flash")).to_contain_text("The estimate is saved")
    expect(page.locator("#work")).to_contain_text("E-0")
