"""app.js and calendar.js in a real browser, under the strict CSP; the pages come from the real frame."""

import json
from collections.abc import Iterator
from urllib.parse import parse_qs

import pytest
from markupsafe import Markup
from playwright.sync_api import Browser, Page, Route

from clinic import printing
from tests.web.gallery import Asset, environment, frame
from tests.web.running import IN_A_BROWSER

HOST = "http://clinic.test"
CSP = "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'"
pytestmark = IN_A_BROWSER

FORM = """
<form id="f" method="post" action="/form" hx-post="/form" hx-target="#f" hx-swap="outerHTML">{problem}
<input id="member" name="member" aria-label="Member ID"><button type="submit">Save</button>
<button type="button" id="ours" hx-post="/ours" hx-target="#f">Ours</button>
<button type="button" id="proxy" hx-post="/proxy" hx-target="#f">Proxy</button></form>"""
LIST = """
<table class="list" data-list><tbody>
<tr><td><input type="checkbox" aria-label="one"></td><td><a data-open href="#one">One</a></td></tr>
<tr><td><input type="checkbox" aria-label="two"></td><td><a data-open href="#two">Two</a></td></tr>
</tbody></table><a href="#new" data-key="n">New</a>
<table data-row-enter><tr><td><input id="r1" aria-label="1"></td></tr><tr><td><input id="r2" aria-label="2"></td></tr></table>"""
MOVE_FORM = """
<form id="move-form" method="post" action="" hx-post="" hx-target="#schedule" hx-swap="outerMorph">
<input type="hidden" name="start"><input type="hidden" name="provider"><input type="hidden" name="version"></form>"""


class Clinic:
    """Answers the browser as the application would, and remembers what was sent."""

    def __init__(self) -> None:
        self.sent: list[tuple[str, dict[str, str], str]] = []
        self.start, self.provider = "2026-03-10T09:00", "1"

    def schedule(self) -> str:
        columns = ""
        for provider in "12":
            column = (
                f'<div class="cal-body rows-12" data-start="2026-03-10T08:00" data-provider="{provider}">'
            )
            for row in range(0, 12, 2):
                start = f"2026-03-10T{8 + row // 4:02}:{row % 4 * 15:02}"
                if (start, provider) != (self.start, self.provider):
                    column += (
                        f'<button type="button" id="s{provider}-{row}" class="slot at-{row + 1} for-2" '
                        f'data-start="{start}" data-provider="{provider}"><span>{start[11:]}</span></button>'
                    )
            if provider == self.provider:
                row = (int(self.start[11:13]) - 8) * 4 + int(self.start[14:16]) // 15
                column += (
                    f'<button type="button" id="a1" draggable="true" class="appt st-confirmed at-{row + 1} for-2" '
                    f'data-start="{self.start}" data-provider="{provider}" data-version="7" '
                    'data-label="CHEN, Bo" data-move-url="/appointments/a1/place">CHEN, Bo</button>'
                )
            columns += f'<section class="cal-col"><div class="cal-head"></div>{column}</div></section>'
        return f'<div class="cal" id="schedule"><div class="cal-times"></div>{columns}</div>'

    def page(self, body: str, closed: str = "#closed") -> str:
        source = (
            '{% extends "base.html" %}{% block title %}T{% endblock %}{% block head %}'
            "<script src=\"{{ asset('calendar.js') }}\" defer></script>{% endblock %}"
            '{% block main %}<div class="pane">{{ body }}</div>{% endblock %}{% block panel %}'
            '<aside class="panel" id="panel"><button type="button" id="pick" data-pick="a1">Move</button>'
            '<a href="{{ closed }}" data-close>Close</a></aside>{% endblock %}'
        )
        context = frame(asset=lambda name: Asset(f"/static/{printing.vendored().get(name, (name,))[0]}"))
        return environment().from_string(source).render(body=Markup(body), closed=closed, **context)  # noqa: S704 - ours

    def answer(self, route: Route) -> None:
        path = route.request.url.removeprefix(HOST)
        if path.startswith("/static/"):
            route.fulfill(path=printing.ROOT / path.removeprefix("/"))
            return
        headers, status = {"Content-Security-Policy": CSP}, 200
        if route.request.method == "POST":
            fields = {k: v[0] for k, v in parse_qs(route.request.post_data or "").items()}
            self.sent.append((path, fields, route.request.headers.get("x-csrftoken", "")))
        if path == "/form" and route.request.method == "POST":
            problem = '<div role="alert" tabindex="-1" data-errors>Not saved</div>'
            body, status = FORM.format(problem=problem), 422
        elif path == "/ours":
            headers["HX-Retarget"], body, status = "#flash", '<div class="note">Reference 8F3A</div>', 500
        elif path == "/proxy":
            body, status = "<h1>Bad gateway, internal names</h1>", 502
        elif path.startswith("/appointments/"):
            self.start, self.provider = fields["start"], fields["provider"]
            headers["HX-Trigger"] = json.dumps({"announce": {"text": f"CHEN, Bo moved to {self.start[11:]}"}})
            body = self.schedule()
        elif path == "/schedule":
            opens = '<button type="button" id="opens" hx-get="/nothing" hx-target="#panel">HALL, Ida</button>'
            body = self.page(opens + self.schedule() + MOVE_FORM, closed="/schedule?closed")
        elif path == "/schedule?closed":
            body = self.page('<button type="button" id="opens">HALL, Ida</button>')
        elif path == "/nothing":
            headers["HX-Reswap"], body = "none", ""
        else:
            body = self.page(FORM.format(problem="") + LIST)
        route.fulfill(status=status, headers=headers, content_type="text/html; charset=utf-8", body=body)


@pytest.fixture
def clinic() -> Clinic:
    return Clinic()


@pytest.fixture
def tab(chromium: Browser, clinic: Clinic) -> Iterator[Page]:
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    complaints: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if "Content Security" in m.text else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.route(f"{HOST}/**", clinic.answer)
    yield page
    page.close()
    assert complaints == []


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id || document.activeElement.innerText.trim()"))


def test_keys_walk_open_and_tick_a_list_and_stay_out_of_fields(tab: Page) -> None:
    tab.goto(f"{HOST}/")
    tab.keyboard.press("/")
    assert focused(tab) == "q"
    tab.keyboard.type("j/n")
    assert tab.input_value("#q") == "j/n"
    tab.evaluate("document.activeElement.blur()")
    tab.keyboard.press("j")
    tab.keyboard.press("j")
    assert focused(tab) == "Two"
    tab.keyboard.press("x")
    assert tab.is_checked("[aria-label=two]")
    tab.keyboard.press("k")
    tab.keyboard.press("Enter")
    assert tab.url.endswith("#one")
    tab.keyboard.press("n")
    assert tab.url.endswith("#new")
    tab.keyboard.press("Escape")
    assert tab.url.endswith("#closed")


def test_a_question_mark_shows_all_keys_of_the_screen(tab: Page) -> None:
    tab.goto(f"{HOST}/")
    tab.keyboard.press("?")
    shown = tab.inner_text("#keys")
    assert "Send the form" in shown
    assert "New" in shown
    tab.keyboard.press("Escape")
    assert not tab.is_visible("#keys")
    assert not tab.url.endswith("#closed")


def test_single_keys_can_be_switched_off(tab: Page) -> None:
    tab.goto(f"{HOST}/")
    tab.evaluate("document.body.dataset.keys = 'off'")
    for key in ("n", "j", "/"):
        tab.keyboard.press(key)
    assert "#" not in tab.url
    assert tab.evaluate("document.activeElement === document.body")


def test_a_refused_form_moves_the_focus_to_its_summary(tab: Page, clinic: Clinic) -> None:
    tab.goto(f"{HOST}/")
    tab.fill("#member", "X")
    tab.keyboard.press("Control+Enter")
    tab.wait_for_selector("[data-errors]:focus")
    assert clinic.sent == [("/form", {"member": "X"}, "token")]


def test_enter_goes_down_a_column_of_fields(tab: Page) -> None:
    tab.goto(f"{HOST}/")
    tab.focus("#r1")
    tab.keyboard.press("Enter")
    assert focused(tab) == "r2"


def test_a_server_error_replaces_nothing_and_says_so(tab: Page) -> None:
    tab.goto(f"{HOST}/")
    tab.fill("#member", "half typed")
    tab.click("#ours")
    tab.wait_for_selector("#flash >> text=8F3A")
    tab.click("#proxy")
    tab.wait_for_selector("#flash >> text=Something went wrong")
    assert "internal names" not in tab.content()
    assert tab.input_value("#member") == "half typed"


def test_an_appointment_moves_by_keyboard_and_keeps_the_focus(tab: Page, clinic: Clinic) -> None:
    tab.goto(f"{HOST}/schedule")
    tab.focus("#a1")
    tab.keyboard.press("m")
    assert "picked up" in tab.inner_text("#live")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("ArrowRight")
    tab.keyboard.press("Enter")
    tab.wait_for_selector("#s2-6", state="detached")
    tab.wait_for_selector("#a1:focus")
    fields = {"start": "2026-03-10T09:30", "provider": "2", "version": "7"}
    assert clinic.sent == [("/appointments/a1/place", fields, "token")]
    assert tab.inner_text("#live") == "CHEN, Bo moved to 09:30"


def test_an_appointment_moves_by_drag_to_the_quarter_hour(tab: Page, clinic: Clinic) -> None:
    tab.goto(f"{HOST}/schedule")
    tab.drag_and_drop("#a1", "#s2-8", target_position={"x": 30, "y": 30})
    tab.wait_for_selector("#a1[data-start='2026-03-10T10:15']")
    assert clinic.sent[0][1]["provider"] == "2"


def test_an_appointment_moves_by_two_clicks(tab: Page, clinic: Clinic) -> None:
    tab.goto(f"{HOST}/schedule")
    tab.click("#pick")
    tab.click("#s1-0")
    tab.wait_for_selector("#a1[data-start='2026-03-10T08:00']")
    assert len(clinic.sent) == 1


def test_escape_lets_go_and_sends_nothing(tab: Page, clinic: Clinic) -> None:
    tab.goto(f"{HOST}/schedule")
    tab.click("#pick")
    tab.keyboard.press("Escape")
    assert "stays where it was" in tab.inner_text("#live")
    tab.click("#s1-0")
    assert clinic.sent == []


def test_escape_closes_the_panel_and_the_focus_returns_to_what_opened_it(tab: Page) -> None:
    tab.goto(f"{HOST}/schedule")
    tab.focus("#opens")
    tab.keyboard.press("Enter")
    tab.keyboard.press("Escape")
    tab.wait_for_url("**/schedule?closed")
    tab.wait_for_selector("#opens:focus")
