"""Every screen of the schedule in a real browser: axe, the pinboard and undo by keyboard, paper, a phone, 200 % zoom."""

import io
from datetime import time, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import expect
from pypdf import PdfReader

from clinic import clock, db
from clinic.models import Appointment
from clinic.scheduling import pins, templates
from tests import factories
from tests.web.running import IN_A_BROWSER, arrived, faults, serving, signed_in

pytestmark = IN_A_BROWSER
NAMES = ("Alvarez-Montgomery", "Brown", "Chen", "Diaz", "Evans", "Fox", "Gray", "Hill")


@pytest.fixture
def clinic(committed, config, open_window):
    """A full working day in the coming weeks, an empty one after it, one visit on the pinboard."""
    with db.transaction() as session:
        factories.make_practice(session)
        day = clock.today() + timedelta(days=7 - clock.today().weekday() + 1)
        kinds = [
            factories.make_visit_type(session, name=name, color=color)
            for name, color in (("Follow-up", "info"), ("New patient", "ok"), ("Procedure", "warn"))
        ]
        user, token = signed_in(session)
        for number, last in enumerate(("Adams", "Okoye", "Lindqvist")):
            provider = factories.make_provider(session, last_name=last)
            for hour, name in enumerate(NAMES):
                patient = factories.make_patient(session, last_name=name, first_name="Bo")
                visit = factories.make_appointment(
                    session,
                    patient,
                    provider,
                    starts_at=clock.at(day, time(8 + hour, 0 if number else 15)),
                    minutes=(15, 30, 45)[hour % 3],
                    visit_type_id=kinds[hour % 3].id,
                    reason="Blood pressure",
                )
        pins.pin(session, user.id, visit)
        templates.add_closure(session, day + timedelta(days=2), "Inventory")
        found = visit.public_id
    with serving(config) as base:
        yield base, day, found, lambda *size, **more: open_window(token, *size, **more)


def test_no_screen_hinders_anybody_light_or_dark_empty_or_full(clinic):
    base, day, visit, open_window = clinic
    page = open_window()
    empty = day + timedelta(days=1)
    wrong = []
    for name, path in {
        "day": f"{day}?appointment={visit}",
        "empty": f"{empty}",
        "week": f"{day}?view=week",
        "month": f"{day}?view=month",
        "list": f"{day}?view=list",
        "views": f"{day}/views",
        "put-down": f"appointments/{visit}?do=place&shown={empty}",
        "change": f"appointments/{visit}?do=change",
    }.items():
        page.goto(f"{base}/schedule/{path}")
        wrong += faults(page, name)
    assert wrong == []


def test_a_visit_is_carried_to_the_next_day_by_keyboard_alone_and_taken_back_with_one_key(clinic):
    base, day, visit, open_window = clinic
    page = open_window()
    page.goto(f"{base}/schedule/{day}")
    page.keyboard.press("]")
    page.wait_for_url(f"**/{day + timedelta(days=1)}")
    page.locator(f"#p-{visit}").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#schedule .slot:focus")).to_have_count(1)
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(f"#schedule #a-{visit}")).to_be_visible()
    expect(page.locator("#pins")).to_be_hidden()
    with db.transaction() as session:
        moved = session.query(Appointment).filter_by(public_id=visit).one()
        assert clock.local(moved.starts_at).date() == day + timedelta(days=1)
    expect(page.locator("#last")).to_contain_text("moved to")
    # Closing the panel leaves what can be taken back.
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()
    expect(page.locator(f"#schedule #a-{visit}")).to_be_focused()
    page.keyboard.press("z")
    expect(page.locator("#last")).to_contain_text("is as before")
    expect(page.locator(f"#schedule #a-{visit}")).to_have_count(0)
    db.session.remove()
    with db.transaction() as session:
        back = session.query(Appointment).filter_by(public_id=visit).one()
        assert clock.local(back.starts_at).date() == day


def test_a_card_is_dragged_to_the_pinboard_and_from_it_to_a_free_place(clinic):
    base, day, _, open_window = clinic
    page = open_window(1440, 1100)
    page.goto(f"{base}/schedule/{day}")
    other = page.locator("#schedule .appt").first
    name = other.get_attribute("data-label")
    other.drag_to(page.locator("#pins"))
    expect(page.locator("#pins .pin")).to_have_count(2)
    page.goto(f"{base}/schedule/{day + timedelta(days=1)}")
    page.locator("#pins .pin", has_text=name).last.drag_to(page.locator("#schedule .slot").nth(3))
    expect(page.locator("#pins .pin")).to_have_count(1)
    expect(page.locator("#schedule .appt")).to_have_count(1)


def test_a_card_is_put_down_by_its_first_row_wherever_it_was_taken_and_escape_or_a_drop_beside_leaves_it(
    clinic,
):
    base, day, _, open_window = clinic
    page = open_window(1440, 900)
    page.goto(f"{base}/schedule/{day}")
    arrived(page)
    card = page.locator(".cal-col").nth(1).locator(".appt.for-3").first
    name, before = card.get_attribute("id"), card.get_attribute("data-start")
    card = page.locator(f"#{name}")

    def drag(x, y, before_the_drop=lambda: None):
        box = card.bounding_box()
        page.mouse.move(box["x"] + 40, box["y"] + 60)
        page.mouse.down()
        page.mouse.move(box["x"] + 44, box["y"] + 56, steps=3)
        page.mouse.move(x, y, steps=6)
        before_the_drop()
        page.mouse.up()

    def over_nothing():
        expect(page.locator(".is-picked")).to_have_count(1)

    drag(700, 20, over_nothing)
    slot = page.locator(f".slot[data-start='{day}T11:15']").last.bounding_box()
    drag(slot["x"] + 40, slot["y"] + 60, lambda: page.keyboard.press("Escape"))
    expect(page.locator(".is-picked, .is-carrying")).to_have_count(0)
    expect(card).to_have_attribute("data-start", before)
    # Taken by its third row, and put down with it two rows under the place where it is to begin.
    drag(slot["x"] + 40, slot["y"] + 60)
    expect(card).to_have_attribute("data-start", f"{day}T11:15")
    # A place that is taken is refused in the panel, and that is where the focus goes.
    other = page.locator(".cal-col").nth(2).locator(".appt").first.bounding_box()
    drag(other["x"] + 40, other["y"] + 56)
    expect(page.locator("#panel [data-errors]")).to_contain_text("That time is taken.")
    expect(page.locator("#panel [data-errors]")).to_be_focused()


@pytest.mark.parametrize("view", ["day", "week", "month"])
def test_the_schedule_prints_on_one_letter_page(clinic, view):
    base, day, _, open_window = clinic
    page = open_window()
    page.goto(f"{base}/schedule/{day}?view={view}")
    arrived(page)
    paper = PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, print_background=True)))
    assert len(paper.pages) == 1
    assert [round(float(side)) for side in paper.pages[0].mediabox[2:]] == [792, 612]
    text = paper.pages[0].extract_text()
    assert "8 AM" in text if view != "month" else "booked" in text
    assert "New appointment" not in text


def test_the_list_is_read_on_a_phone_without_sideways_scroll(clinic):
    base, day, _, open_window = clinic
    page = open_window(360, 740)
    page.goto(f"{base}/schedule/{day}?view=list")
    arrived(page)
    wide = """[...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > 360)
      .map((e) => `${e.tagName}.${e.className}`)"""
    assert page.evaluate("document.documentElement.scrollWidth") <= 360, page.evaluate(wide)
    assert page.evaluate("document.querySelector('.pane').scrollWidth") <= 360
    assert faults(page, "phone-list") == []


@pytest.mark.parametrize("view", ["list", "month", "day"])
def test_at_200_percent_nothing_is_lost_and_only_the_grid_scrolls_sideways(clinic, view):
    base, day, visit, open_window = clinic
    page = open_window(720, 450)
    page.goto(f"{base}/schedule/{day}?view={view}&appointment={visit}")
    arrived(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 720
    for name in ("Find a time", "New appointment", "Previous", "Next", "Month", "Views"):
        expect(page.locator(".tools").get_by_role("link", name=name, exact=True)).to_be_visible()
    expect(page.locator("#panel h2").first).to_be_visible()


def test_paper_is_light_and_says_the_whole_date_though_the_screen_is_dark(clinic):
    base, day, _, open_window = clinic
    page = open_window(color_scheme="dark")
    page.goto(f"{base}/schedule/{day}")
    arrived(page)
    colour = "getComputedStyle(document.querySelector('.tools h1')).color"
    on_screen = page.evaluate(colour)
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate(colour) != on_screen
    shown = page.locator("h1").inner_text()
    assert shown == f"{day:%A, %B} {day.day}, {day.year}"


def test_the_button_of_a_check_in_follows_how_it_is_paid_and_its_list_is_read_on_a_phone(clinic):
    base, _, _, open_window = clinic
    with db.transaction() as session:
        kind = factories.make_visit_type(session, name="Sick visit", self_pay_fee=Decimal("80.00"))
        visit = factories.make_appointment(
            session, starts_at=clock.at(clock.today(), time(12)), visit_type_id=kind.id
        ).public_id
    page = open_window(360, 740)
    for path in ("check-in", "flow/day-end"):
        page.goto(f"{base}/{path}")
        arrived(page)
        assert page.evaluate("document.querySelector('table').getBoundingClientRect().right") <= 360
    assert faults(page, "phone-day-end") == []
    page.goto(f"{base}/check-in/{visit}")
    collect, skip = (
        page.locator("#collect-button"),
        page.get_by_role("button", name="Check in without payment"),
    )
    expect(collect).to_have_text("Collect $80.00 and check in")
    page.locator("#collect label", has_text="Not today").click()
    expect(collect).to_have_text("Check in")
    expect(skip).to_have_count(0)
    page.locator("#collect label", has_text="Cash").click()
    page.locator("#collect [name=amount]").fill("12")
    page.keyboard.press("Tab")
    expect(collect).to_have_text("Collect $12.00 and check in")
    expect(skip).to_be_visible()
