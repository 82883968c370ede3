"""Online booking in a real browser: a small phone, both languages, with and without a script, axe on every screen."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from clinic import clock, db, online
from clinic.models import OnlineRequest
from tests import factories
from tests.scheduling import online_house as house
from tests.web.running import IN_A_BROWSER, SIDEWAYS, arrived, faults, serving, signed_in, violations

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    base: str
    desk: str
    manager: str
    request: str


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    with db.transaction() as session:
        provider, kind = house.ready(session)
        factories.make_provider(session, first_name="Samuel", last_name="Okoye")
        online.save_words(
            session,
            kind,
            name_en="Follow-up visit",
            name_es="Consulta de seguimiento",
            question_en="Do you need other help at the visit?",
            question_es="¿Necesita otra ayuda en la cita?",
        )
        patient = factories.make_patient(
            session,
            first_name="Nora",
            last_name="Ostrom",
            born_on=date(1984, 3, 15),
            phone="+15550100163",
            phone_digits="5550100163",
        )
        free = online.free_times(session, kind, provider=provider.public_id)
        request = house.hand_in(session, provider, kind, free[-1].starts_at)
        assert online.look_alikes(session, request)[0].patient.id == patient.id
        _, desk = signed_in(session)
        _, manager = signed_in(session, "manager")
        shown = request.public_id
    with serving(config) as base:
        yield Running(base, desk, manager, shown)
    clock.set_days_ahead(0)


def look(page: Page, name: str, *, staff: bool = True) -> None:
    """Staff choose light or dark; the public pages stay light whatever the phone asks for (patients' look, 9)."""
    if staff:
        assert faults(page, name) == []
    else:
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page, f"{name}-{scheme}") == []
    assert not page.evaluate(SIDEWAYS), f"{name} scrolls sideways"


def newest() -> OnlineRequest:
    with db.transaction() as session:
        return session.scalars(select(OnlineRequest).order_by(OnlineRequest.id.desc())).first()


def code() -> str:
    with db.transaction() as session:
        request = session.scalars(select(OnlineRequest).order_by(OnlineRequest.id.desc())).first()
        return house.code_of(session, request)


WORDS = {
    "en": ("Your time is set aside", "Your visit is cancelled"),
    "es": ("Le guardamos su hora", "Su cita está cancelada"),
}


@pytest.mark.parametrize(("language", "script"), [("en", True), ("es", True), ("en", False)])
def test_a_person_books_and_cancels_on_a_small_phone(clinic, open_window, language, script):
    page = open_window("", 360, 740, java_script_enabled=script)

    def see(name: str) -> None:
        if script:
            look(page, f"book-{name}-{language}", staff=False)

    page.goto(f"{clinic.base}/book?lang={language}")
    see("start")
    page.locator("button[type=submit]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    see("start-missing")
    page.locator("#been-no").check()
    page.locator("#type-1").check()
    page.locator("button[type=submit]").click()
    expect(page.locator("button[name=at]").first).to_be_visible()
    see("times")
    page.locator("button[name=at]").first.click()
    expect(page.locator("#first_name")).to_be_visible()
    see("details")
    page.locator("#first_name").fill("<b>Zoë</b>")
    page.locator("form[action='/book/details'] button[type=submit]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    see("details-wrong")
    typed = {"first_name": "Zoë", "last_name": "de la Cruz", "m": "3", "d": "15", "y": "1984"} | {
        name: house.TYPED[name] for name in ("phone", "email", "address", "city", "state", "zip")
    }
    for name, text in typed.items():
        page.locator(f"#{name}").fill(text)
    page.locator("#sex-F").check()
    page.locator("form[action='/book/details'] button[type=submit]").click()
    expect(page.locator("#code")).to_be_visible()
    see("code")
    page.locator("#code").fill("1")
    page.locator("form[action='/book/code'] button[type=submit]").click()
    expect(page.locator("[role=alert]")).to_be_visible()
    see("code-wrong")
    page.locator("#code").fill(code())
    page.locator("form[action='/book/code'] button[type=submit]").click()
    expect(page.locator("h1")).to_have_text(WORDS[language][0])
    see("done")
    page.goto(f"{clinic.base}/book/code")
    expect(page).to_have_url(f"{clinic.base}/book/done")
    page.locator("summary").click()
    page.locator("button[value=cancel]").click()
    expect(page.locator("h1")).to_have_text(WORDS[language][1])
    see("cancelled")
    page.goto(f"{clinic.base}/book/{'x' * 22}")
    see("unknown")
    assert newest().state == "withdrawn"


def test_the_desk_decides_by_keyboard_and_every_screen_passes_axe(clinic, open_window):
    page = open_window(clinic.manager)
    page.goto(f"{clinic.base}/online-booking")
    look(page, "online-rules")
    page = open_window(clinic.desk)
    page.goto(f"{clinic.base}/tasks")
    look(page, "online-task")
    page.goto(f"{clinic.base}/online-requests")
    look(page, "online-requests")
    page.locator("a.target").first.press("Enter")
    page.wait_for_url(f"**/online-requests/{clinic.request}")
    expect(page.get_by_role("button", name="Decline")).to_be_visible()
    look(page, "online-request")
    page.get_by_role("button", name="Decline").press("Enter")
    expect(page.locator("[role=alert]")).to_contain_text("Say why")
    look(page, "online-request-refused")
    page.get_by_role("button", name="Same person").press("Enter")
    page.wait_for_url("**/online-requests")
    expect(page.locator("#main, main").first).to_contain_text("No request waits")
    expect(page.locator("#flash .note")).to_be_visible()
    expect(page.locator("#flash .note")).to_contain_text("Booked OSTROM, Nora")
    look(page, "online-requests-empty")
    assert newest().state == "booked"


def test_the_queue_and_a_request_are_read_on_a_phone_without_sideways_scroll(clinic, open_window):
    page = open_window(clinic.desk, 390, 844)
    for path, name in (
        ("/online-requests", "phone-requests"),
        (f"/online-requests/{clinic.request}", "phone-request"),
    ):
        page.goto(f"{clinic.base}{path}")
        look(page, name)
        pane = page.locator(".pane").first
        assert not page.evaluate(SIDEWAYS)
        assert pane.evaluate("pane => pane.scrollWidth <= pane.clientWidth")
        expect(page.locator("td[data-head*='MRN'], td[data-head='Record like it']").first).to_be_in_viewport()


def test_at_twice_the_size_nothing_is_cut_off(clinic, open_window):
    page = open_window("", 640, 480)
    page.goto(f"{clinic.base}/book")
    arrived(page)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert not page.evaluate(SIDEWAYS)
