"""Messages in a real browser: the public page in two languages with and without a script, axe on every screen (A11)."""

import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from clinic import clock, db, messages, reminders, tasks
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Appointment
from clinic.web.sessions import COOKIE
from tests import factories
from tests.reminders.house import agreed, ready, visit

CHROMIUM = shutil.which("chromium")
SHOTS = os.environ.get("SHOTS", "")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@dataclass
class Running:
    base: str
    cookies: dict[str, str]
    tokens: list[str]
    patient: str
    visit: str


@pytest.fixture
def clinic(committed, config, tmp_path) -> Iterator[Running]:
    app = None
    server = make_server("127.0.0.1", 0, lambda *call: app(*call), threaded=True)
    base = f"http://localhost:{server.server_port}"
    app = create_app(replace(config, base_url=base, data_folder=tmp_path), testing=False)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield _seed(base)
    server.shutdown()
    thread.join()
    server.server_close()


def _seed(base: str) -> Running:
    with db.transaction() as session:
        ready(session)
        cookies = {}
        for role in ("front_desk", "manager"):
            user = factories.make_user(session, role)
            data = {"_user_id": str(user.id), "_fresh": True}
            cookies[role] = sessions.create(session, data, user.id, "127.0.0.1")
        start = clock.now() + timedelta(days=3)
        visits: list[Appointment] = [visit(session, start, agreed(session)) for _ in range(4)]
        tokens = [reminders.make_link(session, each, "en") for each in visits]
        tasks.add(session, "reply", "Call.", key="t", patient_id=visits[0].patient_id)
        message = messages.write(
            session, "note", to="a@example.com", text="Words.", key="k", appointment=visits[0]
        )
        messages.give_up(session, message.id)
        reminders.make_feed(session, visits[0].provider, "my phone")
        patient, shown = visits[0].patient.public_id, visits[0].public_id
    db.session.remove()
    return Running(base, cookies, tokens, patient, shown)


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def look_at(page: Page, name: str, sizes: tuple[dict[str, int], ...] = (PHONE, DESK)) -> None:
    for size in sizes:
        page.set_viewport_size(size)
        if SHOTS:
            page.screenshot(path=f"{SHOTS}/{name}-{size['width']}.png", full_page=True)
        found = Axe().run(page).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == [], name
        sideways = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not page.evaluate(sideways), f"{name} scrolls sideways"


@pytest.mark.parametrize("script", [True, False])
def test_a_patient_answers_by_link_in_both_languages(clinic, chromium, script):
    context = chromium.new_context(viewport=PHONE, java_script_enabled=script)
    page = context.new_page()
    for language, token in zip(("en", "es"), clinic.tokens, strict=False):
        page.goto(f"{clinic.base}/visit/{token}?lang={language}")
        assert page.url == f"{clinic.base}/visit"
        if script:
            look_at(page, f"visit-{language}")
        page.locator("button[value=confirm]").click()
        expect(page.locator("h1")).to_contain_text("confirm")
        page.locator("summary").first.click()
        if script:
            look_at(page, f"visit-confirmed-{language}")
        page.locator("button[value=cancel]").click()
        expect(page.locator("h1")).to_contain_text("cancel")
        if script:
            look_at(page, f"visit-cancelled-{language}")
    page.goto(f"{clinic.base}/visit/{clinic.tokens[2]}?lang=es")
    page.locator("button[value=move]").click()
    expect(page.locator("h1")).to_have_text("Le llamaremos")
    for language in ("en", "es"):
        page.goto(f"{clinic.base}/visit/{'x' * 22}?lang={language}")
        if script:
            look_at(page, f"visit-unknown-{language}")
    context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_of_messages_is_free_of_axe_violations(clinic, chromium, theme):
    addresses = {
        ("front_desk", "tasks"): "/tasks",
        ("front_desk", "tasks-empty"): "/tasks?state=done",
        ("front_desk", "messages"): "/messages",
        ("front_desk", "messages-empty"): "/messages?state=delivered",
        ("front_desk", "messages-patient"): f"/messages/patients/{clinic.patient}",
        ("front_desk", "messages-visit"): f"/messages/visits/{clinic.visit}",
        ("front_desk", "mail-texts"): "/mail/texts",
        ("manager", "reminders"): "/reminders",
        ("manager", "reminders-email-es"): "/reminders?text=email-es",
        ("manager", "calendar-feeds"): "/calendar-feeds",
    }
    for role, token in clinic.cookies.items():
        context = chromium.new_context(viewport=DESK)
        context.add_cookies(
            [{"name": COOKIE, "value": token, "url": clinic.base.replace("http:", "https:"), "secure": True}]
        )
        page = context.new_page()
        for (whose, name), address in addresses.items():
            if whose == role:
                page.goto(f"{clinic.base}{address}")
                page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
                look_at(page, f"{name}-{theme}", (DESK,))
        context.close()
