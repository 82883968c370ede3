"""Other people's changes appear without reload and disturb nothing that is typed, focused or picked up."""

from datetime import time, timedelta

import pytest
from playwright.sync_api import expect

from clinic import clock, db, scheduling
from clinic.models import Appointment
from tests import factories
from tests.web.running import IN_A_BROWSER, serving, signed_in

pytestmark = IN_A_BROWSER


@pytest.fixture
def desks(committed, config, open_window):
    """Two desks before the same tomorrow: (address of the day, window of Rosa, window of Tom, the visit at ten)."""
    with db.transaction() as session:
        factories.make_practice(session)
        provider = factories.make_provider(session)
        factories.make_visit_type(session)
        day = clock.today() + timedelta(days=1)
        chen = factories.make_patient(session, last_name="Chen", first_name="Bo")
        factories.make_patient(session, last_name="Ortiz", first_name="Ana")
        visit = factories.make_appointment(session, chen, provider, starts_at=clock.at(day, time(10)))
        (_, rosa), (_, tom) = signed_in(session, name="Rosa Delgado"), signed_in(session, name="Tom Berg")
        found = visit.public_id
    with serving(config) as base:
        yield f"{base}/schedule/{day}", open_window(rosa), open_window(tom), found


def book_ortiz(page, place):
    """The other desk books ORTIZ, Ana by clicks and keys."""
    page.locator(f".slot[data-start$='T{place}']").click()
    page.locator("#who").fill("Ortiz")
    page.get_by_role("link", name="ORTIZ, Ana").click()
    page.get_by_role("button", name="Book", exact=True).click()
    # Not in the hours, no plan: whatever is asked, the answer is yes.
    anyway = page.get_by_role("button", name="Book anyway")
    expect(anyway.or_(page.locator(".appt-who", has_text="ORTIZ"))).to_be_visible()
    if anyway.is_visible():
        anyway.click()
    expect(page.locator(".appt-who", has_text="ORTIZ")).to_be_visible()


def test_what_one_types_stays_while_the_other_books_twice(desks):
    url, rosa, tom, _ = desks
    rosa.goto(url)
    tom.goto(url)
    rosa.keyboard.press("n")
    rosa.locator("#who").fill("Che")
    rosa.get_by_role("link", name="CHEN, Bo").click()
    rosa.locator("#reason").fill("Half a sen")
    book_ortiz(tom, "11:00")
    expect(rosa.locator(".appt-who", has_text="ORTIZ")).to_have_count(1)
    expect(rosa.locator("#reason")).to_have_value("Half a sen")
    expect(rosa.locator("#reason")).to_be_focused()
    rosa.keyboard.type("tence")
    tom.reload()
    book_ortiz(tom, "13:00")
    expect(rosa.locator(".appt-who", has_text="ORTIZ")).to_have_count(2)
    expect(rosa.locator("#reason")).to_have_value("Half a sentence")


def test_the_focus_stays_at_its_place_and_an_open_card_stays_open(desks):
    url, rosa, tom, visit = desks
    rosa.goto(url)
    tom.goto(url)
    rosa.locator(f"#a-{visit}").click()
    expect(rosa.locator("#panel-head")).to_be_visible()
    rosa.locator(".slot[data-start$='T14:00']").focus()
    book_ortiz(tom, "11:00")
    expect(rosa.locator(".appt-who", has_text="ORTIZ")).to_be_visible()
    expect(rosa.locator(".slot[data-start$='T14:00']")).to_be_focused()
    expect(rosa.locator(f"#a-{visit}")).to_have_attribute("aria-pressed", "true")
    expect(rosa.locator("[data-stale]")).to_be_hidden()


def test_an_appointment_that_is_picked_up_stays_in_the_hand_and_the_page_follows_afterwards(desks):
    url, rosa, tom, visit = desks
    rosa.clock.install()
    rosa.goto(url)
    tom.goto(url)
    rosa.locator(f"#a-{visit}").focus()
    rosa.keyboard.press("m")
    book_ortiz(tom, "11:00")
    asked: list[str] = []
    rosa.on("request", lambda request: asked.append(request.url))
    rosa.clock.run_for(9000)
    assert asked == []
    expect(rosa.locator(f"#a-{visit}")).to_have_class("appt st-scheduled at-9 for-2 is-picked")
    expect(rosa.locator(".appt-who", has_text="ORTIZ")).to_have_count(0)
    rosa.keyboard.press("Escape")
    expect(rosa.locator(".appt-who", has_text="ORTIZ")).to_be_visible()


def test_who_looks_at_a_visit_that_another_desk_changes_is_told_and_keeps_the_panel(desks):
    url, rosa, _, visit = desks
    rosa.goto(f"{url}?appointment={visit}")
    with db.transaction() as session:
        found = session.query(Appointment).filter_by(public_id=visit).one()
        scheduling.confirm(session, found, found.version)
    told = rosa.locator("[data-stale]")
    expect(told).to_be_visible()
    expect(rosa.locator("#live")).to_have_text("Somebody changed this visit.")
    told.get_by_role("link").click()
    expect(rosa.locator("#panel-head .chip").first).to_have_text("Confirmed")
