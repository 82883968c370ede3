"""Messages in a real browser: the public page in two languages with and without a script, axe on every screen (A11)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from clinic import clock, db, messages, reminders, tasks
from clinic.models import Appointment
from tests.reminders.house import agreed, ready, visit
from tests.web.running import DESK, IN_A_BROWSER, PHONE, SIDEWAYS, faults, look_at, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    base: str
    cookies: dict[str, str]
    tokens: list[str]
    patient: str
    visit: str


@pytest.fixture
def clinic(committed, config, tmp_path) -> Iterator[Running]:
    with serving(replace(config, data_folder=tmp_path)) as base:
        yield _seed(base)


def _seed(base: str) -> Running:
    with db.transaction() as session:
        ready(session)
        cookies = {}
        for role in ("front_desk", "manager"):
            cookies[role] = signed_in(session, role)[1]
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


@pytest.mark.parametrize("script", [True, False])
def test_a_patient_answers_by_link_in_both_languages(clinic, open_window, script):
    page = open_window("", 390, 844, java_script_enabled=script)
    for language, token in zip(("en", "es"), clinic.tokens, strict=False):
        page.goto(f"{clinic.base}/visit/{token}?lang={language}")
        expect(page).to_have_url(f"{clinic.base}/visit")
        if script:
            look_at(page, f"visit-{language}", DESK, PHONE)
        page.locator("button[value=confirm]").click()
        expect(page.locator(".p-status-ok")).to_contain_text("onfirm")
        page.locator("summary").first.click()
        if script:
            look_at(page, f"visit-confirmed-{language}", DESK, PHONE)
        page.locator("button[value=cancel]").click()
        expect(page.locator("h1")).to_contain_text("cancel")
        if script:
            look_at(page, f"visit-cancelled-{language}", DESK, PHONE)
    page.goto(f"{clinic.base}/visit/{clinic.tokens[2]}?lang=es")
    page.locator("button[value=move]").click()
    expect(page.locator("h1")).to_have_text("Le llamaremos")
    for language in ("en", "es"):
        page.goto(f"{clinic.base}/visit/{'x' * 22}?lang={language}")
        if script:
            look_at(page, f"visit-unknown-{language}", DESK, PHONE)


def test_every_screen_of_messages_is_free_of_axe_violations(clinic, open_window):
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
    windows = {role: open_window(token, 1280) for role, token in clinic.cookies.items()}
    for (role, name), address in addresses.items():
        page = windows[role]
        page.goto(f"{clinic.base}{address}")
        assert faults(page, name) == []
        assert not page.evaluate(SIDEWAYS), f"{name} scrolls sideways"
