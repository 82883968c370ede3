"""The wait list in a real browser: axe on every screen, light and dark, empty and full; an offer taken on the phone (A9)."""

import re
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from werkzeug.serving import make_server

from clinic import clock, db, keys, waiting
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Patient, WaitEntry, WaitOffer
from clinic.waiting import recalls
from clinic.web.sessions import COOKIE
from tests import factories
from tests.reminders.house import agreed
from tests.web.test_authorizations_browser import accessible
from tests.web.test_messages_browser import look_at

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
LISTS = ("", "/recalls", "/unscheduled", "/rules", "/new")
WORDS = {"en": ("A place is free for you", "Your appointment is booked"), "es": ("Hay una hora libre para usted", "Su cita está reservada")}  # fmt: skip


@dataclass
class Running:
    base: str
    cookie: str
    entries: list[str]
    patient: str


@pytest.fixture
def running(committed, config, tmp_path) -> Iterator[Running]:
    with db.transaction() as session:
        factories.make_practice(session)
        user = factories.make_user(session, "manager")
        cookie = sessions.create(session, {"_user_id": str(user.id), "_fresh": True}, user.id, "127.0.0.1")
        factories.make_provider(session, first_name="Helen", last_name="Adams")
        patient = agreed(session, last_name="Vega", first_name="Ana").public_id
        factories.make_visit_type(session, name="Follow-up")
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost", data_folder=tmp_path), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(f"http://localhost:{server.server_port}", cookie, [], patient)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def fill(running: Running) -> list[str]:
    """Three who wait, of whom two have an offer; a recall, a lost visit; answers the offers' tokens."""
    tokens = []
    with db.transaction() as session:
        kind = factories.make_visit_type(session, name="Physical")
        first = clock.today() + timedelta(days=2)
        way = waiting.Way(running.base, texts=False)
        for n, language in enumerate(("en", "es", "en")):
            person = agreed(session, last_name=f"Ruiz{n}", language=language)
            entry = waiting.add(session, person, waiting.Wish(kind, first, priority=n + 1), key=f"{n}")
            running.entries.append(entry.public_id)
            if n < 2:
                offer = waiting.offer_by_hand(session, entry, waiting.openings_for(session, entry)[0], way)
                token = f"token-of-offer-{n}-0123456789"
                offer.token_index = keys.blind_index(token, "wait_offer")
                tokens.append(token)
        recalls.add(
            session, session.get_one(Patient, entry.patient_id), kind, clock.today(), "Lipids", key="r"
        )
        recalls.set_rule(session, kind, 12, kind)
        factories.make_appointment(
            session, starts_at=clock.at(clock.today() - timedelta(days=2), time(9)), status="no_show"
        )
    db.session.remove()
    return tokens


def test_no_screen_has_an_axe_violation_empty_or_full_and_a_place_is_offered_and_withdrawn(running, chromium):
    context = chromium.new_context(viewport={"width": 1440, "height": 900})
    context.add_cookies(
        [{"name": COOKIE, "value": running.cookie, "url": "https://localhost", "secure": True}]
    )
    page = context.new_page()
    for path in LISTS:
        page.goto(f"{running.base}/waiting{path}")
        accessible(page)
    fill(running)
    for path in (*LISTS[:4], f"/new?patient={running.patient}", f"/recalls/new?patient={running.patient}"):
        page.goto(f"{running.base}/waiting{path}")
        accessible(page)
    page.goto(f"{running.base}/waiting/entries/{running.entries[2]}")
    accessible(page)
    page.locator("form[action$=offers] button").first.click()
    expect(page.locator("section[aria-labelledby=made-head] .chip")).to_have_text(
        re.compile("Offered|Waits for the morning")
    )
    accessible(page)
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("section[aria-labelledby=made-head] .chip")).to_have_text("Withdrawn")
    page.get_by_role("button", name="Take off").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    accessible(page)


@pytest.mark.parametrize("script", [True, False])
def test_a_patient_takes_a_place_by_its_link_in_both_languages_a9(running, chromium, script):
    tokens = fill(running)
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=script)
    page = context.new_page()
    for language, token in zip(("en", "es"), tokens, strict=True):
        page.goto(f"{running.base}/offer/{token}?lang={language}")
        assert page.url == f"{running.base}/offer"
        expect(page.locator("h1")).to_have_text(WORDS[language][0])
        if script:
            look_at(page, f"offer-{language}")
        page.locator("button[value=accept]").click()
        expect(page.locator("h1")).to_have_text(WORDS[language][1])
        if script:
            look_at(page, f"offer-{language}-taken")
    with db.transaction() as session:
        assert session.query(WaitOffer.state).distinct().all() == [("accepted",)]
        assert session.query(WaitEntry).filter_by(state="booked").count() == 2
    db.session.remove()
