"""A series in a real browser: booked by keyboard, moved and taken back without JavaScript, axe on each screen (A7)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta

import pytest
from playwright.sync_api import Page, expect

from clinic import clock, db
from clinic.models import Appointment, Authorization, ClinicClosure
from tests import factories
from tests.web.running import IN_A_BROWSER, PHONE, faults, look_at, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    base: str
    token: str
    patient: str
    first: date


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    first = clock.today() + timedelta(days=8)
    with db.transaction() as session:
        factories.make_practice(session)
        provider = factories.make_provider(session)
        factories.make_visit_type(session, name="Therapy", minutes=45)
        patient = factories.make_patient(session)
        cover = factories.make_coverage(session, patient)
        session.add(
            Authorization(
                coverage_id=cover.id, number="A123", starts_on=clock.today(), visits_allowed=3,
                ends_on=first + timedelta(days=90),
            )
        )  # fmt: skip
        session.add(ClinicClosure(on=first + timedelta(days=7), name="Staff day"))
        factories.make_appointment(session, provider=provider, starts_at=clock.at(first, time(9)))
        _, token = signed_in(session)
        public_id = patient.public_id
    with serving(config) as base:
        yield Running(base, token, public_id, first)


def start(page: Page, clinic: Running) -> None:
    page.goto(f"{clinic.base}/schedule/{clinic.first}/new?patient={clinic.patient}&at={clinic.first}T09:00~")


def statuses() -> list[str]:
    with db.transaction() as session:
        rows = session.query(Appointment).filter(Appointment.series_id.is_not(None))
        return [each.status for each in rows.order_by(Appointment.starts_at)]


def test_a_series_is_booked_by_keyboard_and_no_screen_of_it_hinders_anybody_a7(clinic, open_window):
    page = open_window(clinic.token, 1440, 1000)
    start(page, clinic)
    page.locator("details.series-repeat summary").focus()
    page.keyboard.press("Enter")
    page.locator("#times").fill("4")
    wrong = faults(page, "series-form")
    page.locator("#times").press("Enter")
    page.locator(".series-dates").wait_for()
    expect(page.locator(".note-warn")).to_contain_text("visit 4 is not covered")
    wrong += faults(page, "series-list")
    page.locator("fieldset.series-choice input").first.focus()
    page.keyboard.press("Space")
    page.locator("fieldset.series-choice").nth(1).locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/schedule/series/*")
    expect(page.get_by_text("4 visits of", exact=False).first).to_be_visible()
    wrong += faults(page, "series-page")
    look_at(page, "series-phone", PHONE)
    away = page.locator("tbody tr").last.get_by_role("link", name="Cancel").bounding_box()
    assert away
    assert away["x"] + away["width"] <= PHONE["width"], "what is to be done is beside the screen"
    page.set_viewport_size({"width": 1440, "height": 1000})
    url = page.url
    page.goto(f"{url}/move")
    wrong += faults(page, "series-move")
    page.locator("#time").fill("3p")
    page.get_by_role("button", name="See the dates").click()
    expect(page.locator("fieldset.series-choice input").first).to_be_focused()
    wrong += faults(page, "series-move-list")
    page.goto(f"{url}/cancellation")
    wrong += faults(page, "series-cancel")
    page.goto(url)
    page.locator("tbody a.target").first.click()
    expect(page.locator("#panel").get_by_text("Visit 1 of 4")).to_be_visible()
    wrong += faults(page, "series-card")
    assert wrong == []
    assert statuses() == ["booked"] * 4


def test_without_javascript_a_series_is_booked_moved_and_taken_back_a1_a7(clinic, open_window):
    page = open_window(clinic.token, java_script_enabled=False)
    start(page, clinic)
    page.locator("details.series-repeat summary").click()
    page.locator("#times").fill("4")
    page.get_by_role("button", name="See the dates").click()
    expect(page.get_by_role("button", name="Check the choices")).to_be_visible()
    for one in page.locator("fieldset.series-choice").all():
        one.locator("input").last.check()
    page.get_by_role("button", name="Check the choices").click()
    page.get_by_role("button", name="Book 2 visits").click()
    expect(page.get_by_text("2 visits, 2 still to come")).to_be_visible()
    page.get_by_role("link", name="Move all still to come").click()
    page.get_by_label("Time").fill("4p")
    page.get_by_role("button", name="See the dates").click()
    page.get_by_role("button", name="Move 2 visits").click()
    expect(page.locator("tbody").get_by_text("4:00 PM").first).to_be_visible()
    page.get_by_role("button", name="Undo this change").click()
    expect(page.locator("tbody").get_by_text("9:00 AM").first).to_be_visible()
    page.get_by_role("button", name="Undo the booking").click()
    expect(page.get_by_text("0 visits, 0 still to come")).to_be_visible()
    assert statuses() == ["cancelled_clinic"] * 2
