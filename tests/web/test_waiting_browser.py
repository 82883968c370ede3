"""The wait list in a real browser: axe on every screen, light and dark, empty and full; an offer taken on the phone (A9)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import time, timedelta

import pytest
from playwright.sync_api import expect

from clinic import clock, db, keys, waiting
from clinic.models import Patient, WaitEntry, WaitOffer
from clinic.waiting import recalls
from tests import factories
from tests.reminders.house import agreed
from tests.web.running import DESK, IN_A_BROWSER, PHONE, SIDEWAYS, faults, look_at, serving, signed_in

pytestmark = IN_A_BROWSER
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
        _, cookie = signed_in(session, "manager")
        factories.make_provider(session, first_name="Helen", last_name="Adams")
        patient = agreed(session, last_name="Vega", first_name="Ana").public_id
        factories.make_visit_type(session, name="Follow-up")
    with serving(replace(config, data_folder=tmp_path)) as base:
        yield Running(base, cookie, [], patient)


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


def test_no_screen_has_an_axe_violation_empty_or_full_and_a_place_is_offered_and_withdrawn(
    running, open_window
):
    page = open_window(running.cookie)
    for path in LISTS:
        page.goto(f"{running.base}/waiting{path}")
        assert faults(page) == [], page.url
    fill(running)
    for path in (*LISTS[:4], f"/new?patient={running.patient}", f"/recalls/new?patient={running.patient}"):
        page.goto(f"{running.base}/waiting{path}")
        assert faults(page) == [], page.url
    page.set_viewport_size(PHONE)
    for path in LISTS[:3]:
        page.goto(f"{running.base}/waiting{path}")
        expect(page.locator(".waits tbody tr").first).to_be_visible()
        assert not page.evaluate(SIDEWAYS), path
        assert page.locator(".pane").evaluate("pane => pane.scrollWidth <= pane.clientWidth"), path
    page.set_viewport_size(DESK)
    page.goto(f"{running.base}/waiting/entries/{running.entries[2]}")
    assert faults(page) == [], page.url
    page.locator("form[action$=offers] button").first.click()
    expect(page.locator("section[aria-labelledby=made-head] .chip")).to_have_text(
        re.compile("Offered|Waits for the morning")
    )
    assert faults(page) == [], page.url
    page.get_by_role("button", name="Withdraw").click()
    expect(page.locator("section[aria-labelledby=made-head] .chip")).to_have_text("Withdrawn")
    page.get_by_role("button", name="Take off").click()
    expect(page.get_by_role("alert")).to_contain_text("Say why")
    assert faults(page) == [], page.url


@pytest.mark.parametrize("script", [True, False])
def test_a_patient_takes_a_place_by_its_link_in_both_languages_a9(running, open_window, script):
    tokens = fill(running)
    page = open_window("", 390, 844, java_script_enabled=script)
    for language, token in zip(("en", "es"), tokens, strict=True):
        page.goto(f"{running.base}/offer/{token}?lang={language}")
        expect(page).to_have_url(f"{running.base}/offer")
        expect(page.locator("h1")).to_have_text(WORDS[language][0])
        if script:
            look_at(page, f"offer-{language}", DESK, PHONE)
        page.locator("button[value=accept]").click()
        expect(page.locator("h1")).to_have_text(WORDS[language][1])
        if script:
            look_at(page, f"offer-{language}-taken", DESK, PHONE)
    with db.transaction() as session:
        assert session.query(WaitOffer.state).distinct().all() == [("accepted",)]
        assert session.query(WaitEntry).filter_by(state="booked").count() == 2
    db.session.remove()
