"""The flow board in a real browser: by keyboard alone, beside a second desk, with an open form, under axe."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from clinic import clock, db
from clinic.models import Appointment, User
from tests import factories
from tests.web.running import IN_A_BROWSER, OpenWindow, look_at, serving, signed_in

pytestmark = IN_A_BROWSER
# At the desk, at 200 % zoom, on the phone.
WIDTHS = tuple({"width": width, "height": 900} for width in (1440, 720, 390))
STATIONS = {"expected": "booked", "waiting": "checked_in", "roomed": "roomed", "seen": "with_provider"}


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
            cookies[role] = signed_in(session, role)[1]
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
    with serving(config) as base:
        yield Running(base, cookies, visits, names)


def sign_in(open_window: OpenWindow, clinic: Running, role: str, *, script: bool = True) -> Page:
    page = open_window(clinic.cookies[role], java_script_enabled=script)
    page.goto(f"{clinic.base}/flow")
    return page


def card(page: Page, clinic: Running, station: str):
    return page.locator(f"#v-{clinic.visits[station]}")


def test_a_patient_walks_through_the_house_by_keyboard_alone(clinic, open_window):
    page = sign_in(open_window, clinic, "manager")
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


def test_single_keys_are_off_for_who_turned_them_off(clinic, open_window):
    with db.transaction() as session:
        session.query(User).update({"single_keys": False})
    page = sign_in(open_window, clinic, "manager")
    card(page, clinic, "expected").focus()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.method))
    page.keyboard.press("a")
    page.reload()
    assert "POST" not in asked
    expect(page.locator("#s-expected").locator(f"#v-{clinic.visits['expected']}")).to_be_visible()


def test_another_desks_move_appears_by_itself_and_disturbs_no_open_form(clinic, open_window):
    desk = sign_in(open_window, clinic, "manager")
    other = sign_in(open_window, clinic, "front_desk")
    card(desk, clinic, "waiting").focus()
    desk.keyboard.press("l")
    field = desk.locator("#panel input[name=reason]")
    field.fill("Had to fetch the ch")
    card(other, clinic, "expected").get_by_role("button", name="Arrived").click()
    expect(desk.locator("#s-waiting").locator(f"#v-{clinic.visits['expected']}")).to_be_visible()
    expect(field).to_be_focused()
    expect(field).to_have_value("Had to fetch the ch")
    desk.keyboard.type("ild")
    expect(field).to_have_value("Had to fetch the child")
    # A menu that somebody opened is no part of the board, and stays open as well.
    other.locator(".flow-filter summary").first.click()
    card(desk, clinic, "seen").get_by_role("button", name="Check out").click()
    expect(other.locator("#s-out").locator(f"#v-{clinic.visits['seen']}")).to_be_visible()
    expect(other.locator(".flow-filter").first).to_have_attribute("open", "")


def test_two_desks_bring_one_patient_to_a_room_and_both_are_told_where_he_is(clinic, open_window):
    desks = [sign_in(open_window, clinic, role) for role in ("manager", "front_desk")]
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


def test_without_javascript_a_patient_is_brought_to_a_room_and_back(clinic, open_window):
    page = sign_in(open_window, clinic, "front_desk", script=False)
    expect(page.locator(".flow-keys")).to_be_hidden()
    card(page, clinic, "waiting").get_by_role("link", name="To a room").click()
    page.get_by_role("button", name="Bring to this room").click()
    expect(page.locator("#s-roomed").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()
    page.get_by_role("link", name="Undo the last step").click()
    page.get_by_role("button", name="Take the step back").click()
    expect(page.locator("#s-waiting").locator(f"#v-{clinic.visits['waiting']}")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_screen_is_free_of_axe_violations_full_and_empty(clinic, open_window, theme):
    with db.transaction() as session:
        session.query(User).update({"theme": theme})
    page = sign_in(open_window, clinic, "manager")
    look_at(page, "board", *WIDTHS)
    for do in ("", "?do=room", "?do=leave", "?do=undo"):
        page.goto(f"{clinic.base}/flow/visits/{clinic.visits['waiting']}{do}")
        look_at(page, do or "panel", *WIDTHS)
    for path in ("/flow/day-end", "/flow/alerts"):
        page.goto(clinic.base + path)
        look_at(page, path, *WIDTHS)
    with db.transaction() as session:
        session.query(Appointment).update({"status": "cancelled_clinic"})
    for path in ("/flow", "/flow/day-end"):
        page.goto(clinic.base + path)
        look_at(page, f"empty {path}", *WIDTHS)
