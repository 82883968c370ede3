"""People at their browsers: each role in a window of its own, and what axe says of every screen they see."""

import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.running import AT_REST, PATIENCE, arrived

PASSWORD = "riverside demo"
# Chromium itself notes refusals on its console; they are the answers asked for.
EXPECTED_ON_THE_CONSOLE = ("403", "404", "409", "410", "422")
# A theme swaps colours and nothing else, so the second look is for what colours can break.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast", "link-in-text-block"]},
    "resultTypes": ["violations"],
}
WCAG = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}


@dataclass
class Gate:
    """The accessibility gate: violations by screen and theme, counted for the closing note. Screens come light."""

    counts: dict[str, dict[str, int]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def check(self, page: Page, name: str, themes: tuple[str, ...] = ("light", "dark")) -> None:
        """Ask axe about this screen in each theme; a screen seen before is not asked again."""
        if name in self.counts:
            return
        begun = time.monotonic()
        arrived(page)
        self.counts[name] = {}
        for theme in themes:
            if theme != themes[0]:
                page.evaluate("theme => { document.documentElement.dataset.bsTheme = theme }", theme)
                page.evaluate(AT_REST)
            options = WCAG if theme == themes[0] else COLOURS
            violations = Axe().run(page, options=options).response["violations"]
            self.counts[name][theme] = sum(len(each["nodes"]) for each in violations)
            self.faults += [
                f"{name}, {theme}: {each['id']}: {node['html'][:160]}"
                for each in violations
                for node in each["nodes"]
            ]
        if len(themes) > 1:
            page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
        self.seconds += time.monotonic() - begun


class People:
    """The staff, each with a window, plus one for a patient; errors on a console are kept."""

    def __init__(self, browser: Browser, base: str, gate: Gate) -> None:
        self._browser = browser
        self.base = base
        self.gate = gate
        self.problems: list[str] = []
        self._pages: dict[str, Page] = {}
        self._contexts: list[BrowserContext] = []

    def __call__(self, role: str) -> Page:
        """The page of a role, signed in with password and code on the first call."""
        if role not in self._pages:
            page = self.window(role)
            self.sign_in(page, role)
            self._pages[role] = page
        return self._pages[role]

    def window(self, name: str, **options: Any) -> Page:
        """A fresh browser session: nobody's cookies."""
        context = self._browser.new_context(viewport={"width": 1440, "height": 900}, **options)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        page = context.new_page()
        page.on("console", lambda message: self._heard(name, message))
        page.on("pageerror", lambda error: self.problems.append(f"{name}: {error}"))
        return page

    def leave(self) -> None:
        """Close every window: the browser is shared with other tests."""
        for context in self._contexts:
            context.close()

    def sign_in(self, page: Page, role: str) -> None:
        page.goto(f"{self.base}/sign-in")
        self.gate.check(page, "sign-in")
        page.get_by_label("Sign-in name").fill(role)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        code = page.locator("#demo-code").inner_text()
        self.gate.check(page, "sign-in-code")
        page.locator("form input.code").fill(code)
        page.get_by_role("button", name="Go on").click()
        expect(page.locator("header.bar")).to_be_visible()

    def see(self, page: Page, name: str, path: str = "") -> None:
        """Go to a screen (or stay) and let axe judge it: light and dark for staff, light for patients, who have no other."""
        if path:
            page.goto(self.base + path)
        self.gate.check(page, name, ("light",) if name.startswith("pay-") else ("light", "dark"))

    def _heard(self, name: str, message: Any) -> None:
        if message.type == "error" and not any(code in message.text for code in EXPECTED_ON_THE_CONSOLE):
            self.problems.append(f"{name}: {message.text} at {message.location.get('url')}")


def until(found: Callable[[], Any], what: str, seconds: float = 30.0, pause: float = 0.5) -> Any:
    """Wait for what the worker, the clock or the practice payer bring about by themselves."""
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(pause)
    return value


def amount(text: str) -> int:
    """The cents of the first dollar amount in a text; a minus is U+2212 or a dash."""
    found = re.search(r"([−-]?)\$([\d,]+)\.(\d\d)", text)
    assert found, text
    cents = int(found[2].replace(",", "")) * 100 + int(found[3])
    return -cents if found[1] else cents
