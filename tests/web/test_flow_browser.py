"""The flow board in a real browser: by keyboard alone, beside a second desk, with an open form, under axe."""

import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from clinic import clock, db
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Appointment, User
from clinic.web.sessions import COOKIE
from tests import factories

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
STATIONS = {"expected": "booked", "waiting": "checked_in", "roomed": "roomed", "seen": "with_provider"}
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"


@dataclass
class Running:
    """A clinic that answers on `base`, a cookie a role, and the visits of today by the station they stand at."""

    base: str
    cookies: dict[str, str]
    visits: dict[str, str]
    rooms: list[str]


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    with db.transaction() as session:
        factories.make_practice(session)
        rooms = [factories.make_room(session, name=f"Room {n}", position=n) for n in (1, 2, 3)]
        provider, cookies = factories.make_provider(session), {}
        for role in ("front_desk", "clinician", "manager"):
            user = factories.make_user(session, role)
            data = {"_user_id": str(user.id), "_fresh": True}
            cookies[role] = sessions.create(session, data, user.id, "127.0.0.1")
        now, visits = clock.now(), {}
        # All begin close to now, whatever the hour: each with a provider of its own.
        noon = min(now, clock.day_bounds(clock.today())[1] - timedelta(minutes=40))
        for place, (station, status) in enumerate(STATIONS.items()):
            stamps = {"arrived_at": now - timedelta(minutes=20), "roomed_at": now - timedelta(minutes=9)}
            visit = factories.make_appointment(
                session,
                factories.make_patient(session, last_name=f"Chen{place}", first_name="Bo"),
                provider if station == "roomed" else factories.make_provider(session),
                starts_at=noon,
                status=status,
                roomed_in_id=rooms[place - 2].id if place > 1 else None,
                **(stamps if status != "booked" else {}),
            )
            visits[station] = visit.public_id
        names = [room.public_id for room in rooms]
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost"), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Running(f"http://localhost:{server.server_port}", cookies, visits, names)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


def sign_in(chromium: Browser, clinic: Running, role: str, *, script: bool = True) -> Page:
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=script)
    cookie = {"name": COOKIE, "value": clinic.cookies[role], "url": "https://localhost", "secure": True}
    context.add_cookies([cookie])
    page = context.new_page()
    page.goto(f"{clinic.base}/flow")
    return page


def card(page: Page, clinic: Running, station: str):
    return page.locator(f"#v-{clinic.visits[station]}")


def test_a_patient_walks_through_the_house_by_keyboard_alone(clinic, chromium):
    page = sign_in(chromium, clinic, "manager")
    here = card(page, clinic, "expected")
    page.keyboard.press("j")
    expect(here).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("#s-waiting").locator(f"#v-{clinic.visits['expected']}")).to_be_visible()
    expect(here).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    waiting = card(page, clinic, "waiting")
    waiting.focus()
    page.keyboard.press("r")
    expect(page.locator("#panel input[type=radio]:checked")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#s-roomed").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    expect(page.locator("#live")).to_contain_text("is in Room")
    expect(waiting).to_be_focused()
    page.keyboard.press("p")
    expect(page.locator("#s-seen").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    page.keyboard.press("u")
    expect(page.locator("#panel input[name=reason]")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#s-roomed").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    expect(waiting).to_be_focused()
    page.keyboard.press("o")
    expect(page.locator("#s-out").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("To a room, the marked patient")


def test_single_keys_are_off_for_who_turned_them_off(clinic, chromium):
    with db.transaction() as session:
        session.query(User).update({"single_keys": False})
    page = sign_in(chromium, clinic, "manager")
    card(page, clinic, "expected").focus()
    page.keyboard.press("a")
    page.wait_for_timeout(600)
    expect(page.locator("#s-expected").locator(f"#v-{clinic.visits['expected']}")).to_be_visible()


def test_another_desks_move_appears_by_itself_and_disturbs_no_open_form(clinic, chromium):
    desk = sign_in(chromium, clinic, "manager")
    other = sign_in(chromium, clinic, "front_desk")
    card(desk, clinic, "waiting").focus()
    desk.keyboard.press("l")
    field = desk.locator("#panel input[name=reason]")
    field.fill("Had to fetch the ch")
    card(other, clinic, "expected").get_by_role("button", name="Arrived").click()
    expect(desk.locator("#s-waiting").locator(f"#v-{clinic.visits['expected']}")).to_be_visible(timeout=9000)
    expect(field).to_be_focused()
    expect(field).to_have_value("Had to fetch the ch")
    desk.keyboard.type("ild")
    expect(field).to_have_value("Had to fetch the child")
    # A menu that somebody opened is no part of the board, and stays open as well.
    other.locator(".flow-filter summary").first.click()
    card(desk, clinic, "seen").get_by_role("button", name="Check out").click()
    expect(other.locator("#s-out").locator(f"#v-{clinic.visits['seen']}")).to_be_visible(timeout=9000)
    expect(other.locator(".flow-filter").first).to_have_attribute("open", "")


def test_two_desks_bring_one_patient_to_a_room_and_both_are_told_where_he_is(clinic, chromium):
    desks = [sign_in(chromium, clinic, role) for role in ("manager", "front_desk")]
    for desk in desks:
        card(desk, clinic, "waiting").focus()
        desk.keyboard.press("r")
        desk.locator("#panel input[type=radio]:checked").wait_for()
    for desk in desks:
        desk.get_by_role("button", name="Bring to this room").click()
        expect(desk.locator("#s-roomed").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    expect(desks[1].locator(".flow-told")).to_contain_text("is already in Room 3 since")
    expect(desks[1].locator("#flash .note")).to_have_count(0)
    db.session.remove()
    visit = db.session.query(Appointment).filter_by(public_id=clinic.visits["waiting"]).one()
    assert visit.status == "roomed"


def test_without_javascript_a_patient_is_brought_to_a_room_and_back(clinic, chromium):
    page = sign_in(chromium, clinic, "front_desk", script=False)
    expect(page.locator(".flow-keys")).to_be_hidden()
    card(page, clinic, "waiting").get_by_role("link", name="To a room").click()
    page.get_by_role("button", name="Bring to this room").click()
    expect(page.locator("#s-roomed").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    page.get_by_role("link", name="Undo the last step").click()
    page.get_by_role("button", name="Take the step back").click()
    expect(page.locator("#s-waiting").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_free_of_axe_violations_full_and_empty(clinic, chromium, theme):
    with db.transaction() as session:
        session.query(User).update({"theme": theme})
    page = sign_in(chromium, clinic, "manager")
    look_at(page, "board")
    for do in ("", "?do=room", "?do=leave", "?do=undo"):
        page.goto(f"{clinic.base}/flow/visits/{clinic.visits['waiting']}{do}")
        look_at(page, do or "panel")
    for path in ("/flow/day-end", "/flow/alerts"):
        page.goto(clinic.base + path)
        look_at(page, path)
    with db.transaction() as session:
        session.query(Appointment).update({"status": "cancelled_clinic"})
    for path in ("/flow", "/flow/day-end"):
        page.goto(clinic.base + path)
        look_at(page, f"empty {path}")


def look_at(page: Page, name: str) -> None:
    """At the desk, at 200 % zoom, on the phone: nothing for axe to say, nothing that scrolls sideways."""
    for width in (1440, 720, 390):
        page.set_viewport_size({"width": width, "height": 900})
        found = Axe().run(page).response["violations"]
        assert [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found] == [], (name, width)
        assert not page.evaluate(SIDEWAYS), f"{name} scrolls sideways at {width}"
