"""A receptionist's day by keyboard alone: find, register, book, check in, collect, move, no-show, close the drawer."""

import re
import sys
from collections import Counter
from datetime import UTC, datetime, time
from decimal import Decimal

import pytest
import time_machine
from playwright.sync_api import expect
from sqlalchemy import select

from clinic import clock, db
from clinic.models import Appointment, Drawer, Patient, Receipt
from tests import factories
from tests.web.keyboard import Keyboard
from tests.web.running import IN_A_BROWSER, arrived, serving, signed_in

pytestmark = IN_A_BROWSER


# Keys that each task may take, what is typed into fields and the way from field to field together.
MOST = {
    "find a patient": 8,
    "book a series of four": 35,
    "register a patient": 150,
    "book a visit": 10,
    "move it by the schedule": 8,
    "check in and collect": 50,
    "note a no-show": 35,
    "close the drawer": 60,
}


@pytest.fixture(autouse=True)
def _a_tuesday_morning():
    """Twenty to eleven at the clinic; the clock runs on."""
    with time_machine.travel(datetime(2026, 3, 10, 17, 40, tzinfo=UTC), tick=True):
        yield


@pytest.fixture
def token(committed):
    """A clinic with one provider, a plan, somebody to find, and somebody who did not come this morning."""
    with db.transaction() as session:
        factories.make_practice(session)
        provider = factories.make_provider(session, first_name="Helen", last_name="Adams")
        kind = factories.make_visit_type(session, name="Follow-up", minutes=30)
        payer = factories.make_payer(session, name="Meridian Health PPO")
        patient = factories.make_patient(session, last_name="Okafor", first_name="Grace")
        factories.make_coverage(session, patient, payer)
        missed = factories.make_patient(session, last_name="Lindqvist", first_name="Per")
        factories.make_appointment(
            session,
            patient=missed,
            provider=provider,
            visit_type=kind,
            starts_at=clock.at(clock.today(), time(9)),
        )
        return signed_in(session)[1]


def test_a_day_at_the_desk_without_a_mouse(token, config, open_window):
    with serving(config) as base:
        page = open_window(token)
        hands = Keyboard(page)
        page.goto(f"{base}/schedule")

        with hands.task("find a patient"):
            hands.press("/")
            hands.type("oka")
            hands.press("Enter")
            expect(page.locator("table.found tbody tr")).to_have_count(1)
            hands.press("ArrowDown")
            hands.press("Enter")
            expect(page.locator("h1")).to_contain_text("OKAFOR, Grace")

        with hands.task("book a series of four"):
            hands.press("b")
            hands.fill(page.locator("#panel #day"), "t+7")
            hands.fill(page.locator("#panel #time"), "2p")
            hands.go_to(page.locator(".series-repeat summary"))
            hands.press("Enter")
            hands.fill(page.locator("#panel #times"), "4")
            hands.go_to(page.get_by_role("button", name="See the dates"))
            hands.press("Enter")
            expect(page.locator(".series-counts")).to_contain_text("4 of 4 have a place")
            hands.press("Control+Enter")
            expect(page.locator("#flash")).to_contain_text("4 visits")

        with hands.task("register a patient"):
            hands.press("/")
            hands.type("vega, marisol")
            hands.press("Enter")
            expect(page.locator("main")).to_contain_text("Nobody")
            hands.go_to(
                page.locator("main").get_by_role("link", name=re.compile("Register|New patient")).first
            )
            hands.press("Enter")
            hands.fill(page.locator("#first_name"), "Marisol")
            hands.fill(page.locator("#last_name"), "Vega")
            hands.fill(page.locator("#born_on"), "03151980")
            hands.go_to(page.locator("input[name=sex]").first)
            hands.press("Space")
            hands.fill(page.locator("#phone"), "5550134477")
            hands.fill(page.locator("#address"), "18 Larkspur Ln")
            hands.fill(page.locator("#zip"), "97205")
            hands.fill(page.locator("#city"), "Portland")
            hands.choose(page.locator("#primary-payer"), "Mer")
            hands.fill(page.locator("#primary-member_id"), "MHP100200300")
            hands.fill(page.locator("#primary-effective_on"), "010126")
            hands.fill(page.locator("#primary-copay"), "25")
            hands.press("Control+Enter")
            expect(page.locator("h1")).to_contain_text("VEGA, Marisol")

        with hands.task("book a visit"):
            hands.press("b")
            expect(page.locator("#panel #day")).to_be_visible()
            hands.fill(page.locator("#panel #day"), "t")
            hands.fill(page.locator("#panel #time"), "11")
            hands.press("Control+Enter")
            expect(page.locator("#panel-head .panel-name")).to_contain_text("VEGA")

        # What the card of the visit fetches has stops of its own: nobody walks back before it is there.
        arrived(page)
        with hands.task("move it by the schedule"):
            card = page.locator(".appt", has_text="VEGA")
            hands.go_to(card, "Shift+Tab")
            hands.press("m")
            hands.press("ArrowDown", 2)
            before = card.get_attribute("data-start")
            hands.press("Enter")
            expect(card).not_to_have_attribute("data-start", before or "")

        with hands.task("check in and collect"):
            hands.go_to(page.locator(".appt", has_text="VEGA"))
            hands.press("Enter")
            expect(page.locator("#panel-head .panel-name")).to_contain_text("VEGA")
            hands.press("c")
            expect(page.locator("h1")).to_contain_text("VEGA")
            hands.press("Alt+1")
            expect(page.locator("#confirm")).to_contain_text("last confirmed")
            hands.go_to(page.locator("#collect input[name=by]").first)
            hands.fill(page.locator("#reference"), "1044")
            hands.press("Control+Enter")
            expect(page.locator("#collect")).to_contain_text("Checked in")

        with hands.task("note a no-show"):
            hands.press("g")
            hands.press("s")
            hands.press("Enter")
            expect(page.locator("h1")).to_contain_text("Tuesday")
            # "Skip to content" is the first stop of every page.
            hands.press("Tab")
            hands.press("Enter")
            hands.go_to(page.locator(".appt", has_text="LINDQVIST"))
            hands.press("Enter")
            hands.go_to(page.get_by_role("button", name="No-show"))
            hands.press("Enter")
            expect(page.locator("#panel-head")).to_contain_text("No-show")

        with hands.task("close the drawer"):
            hands.press("g")
            hands.press("d")
            expect(page.get_by_role("link", name="Day close")).to_be_focused()
            hands.press("Enter")
            hands.fill(page.locator("#cash"), "0.00")
            hands.fill(page.locator("#check"), "0.00")
            hands.fill(page.locator("#card_terminal"), "25.00")
            hands.press("Control+Enter")
            expect(page.locator("#flash")).to_contain_text("is closed. Counted and expected agree.")

        with db.transaction() as session:
            visits = session.execute(select(Patient.last_name, Appointment.status).join(Appointment)).all()
            assert Counter(map(tuple, visits)) == {
                ("Okafor", "booked"): 4,
                ("Lindqvist", "no_show"): 1,
                ("Vega", "checked_in"): 1,
            }
            assert session.scalars(select(Receipt.amount)).all() == [Decimal("25.00")]
            assert session.scalars(select(Drawer.closed_at)).one() is not None
        for name, task in hands.tasks.items():
            # Read with `-s`: the figures of the closing note.
            sys.stdout.write(f"{name}: {task.keys} keys, {len(task.trips)} questions to the server\n")
        assert {name: task.keys for name, task in hands.tasks.items() if task.keys > MOST[name]} == {}


def test_a_booking_on_another_day_ends_on_its_visit_and_undone_is_no_longer_said_to_be_booked(
    token, config, open_window
):
    patient = db.session.scalars(select(Patient).where(Patient.last_name == "Okafor")).one()
    with serving(config) as base:
        page = open_window(token)
        hands = Keyboard(page)
        page.goto(f"{base}/patients/{patient.public_id}")
        hands.press("b")
        hands.fill(page.locator("#panel #day"), "t+7")
        hands.fill(page.locator("#panel #time"), "4p")
        hands.press("Control+Enter")
        expect(page.locator("#flash")).to_contain_text("booked for 03/17/2026, 4:00 PM")
        expect(page.locator(".appt", has_text="OKAFOR")).to_be_focused()
        expect(page.locator(".appt", has_text="OKAFOR")).to_be_in_viewport()
        arrived(page)
        hands.press("z")
        expect(page.locator("#panel")).to_contain_text("Booking taken back")
        expect(page.locator("#flash")).to_be_empty()
