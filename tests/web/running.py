"""The clinic served to a real browser: a port that answers, windows on it, and what axe says of a page that has arrived."""

import os
import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect
from sqlalchemy.orm import Session
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import make_server

from clinic import db
from clinic.access import sessions
from clinic.app import create_app
from clinic.config import Config
from clinic.models import User
from clinic.web.sessions import COOKIE
from tests import factories

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
CHROMIUM_ARGS = (
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip
# What every module of browser tests is marked with.
IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
]
# A folder that keeps a picture of every page that is looked at, when somebody wants to look.
SHOTS = os.environ.get("SHOTS", "")
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}
SIDEWAYS = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
# A colour on its way from one theme to the other would be measured half-way; what turns for ever may turn.
AT_REST = """() => document.getAnimations()
  .filter((each) => each.effect.getComputedTiming().endTime !== Infinity)
  .forEach((each) => each.finish())"""
# Milliseconds that a page may take: the machine may do other things too, and no test is about speed.
PATIENCE = 30_000
expect.set_options(timeout=PATIENCE)
OpenWindow = Callable[..., Page]


def signed_in(session: Session, role: str = "front_desk", **changes: Any) -> tuple[User, str]:
    """A member of staff with the token of an open session."""
    user = factories.make_user(session, role, **changes)
    data = {"_user_id": str(user.id), "_fresh": True}
    return user, sessions.create(session, data, user.id, "127.0.0.1")


class Answering:
    """An application that says when it has answered everybody: a page may ask until its window is closed."""

    def __init__(self) -> None:
        self.app: Any = None
        self._busy = 0
        self._changed = threading.Condition()

    def __call__(self, *call: Any) -> Any:
        with self._changed:
            self._busy += 1
        try:
            return self.app(*call)
        finally:
            with self._changed:
                self._busy -= 1
                self._changed.notify_all()

    def stop(self) -> None:
        """Answer nothing new, and wait for who is being answered: their connections are of a database that goes."""
        self.app = ServiceUnavailable()
        with self._changed:
            assert self._changed.wait_for(lambda: not self._busy, PATIENCE / 1000)


@contextmanager
def serving(config: Config) -> Iterator[str]:
    """The application on a free port; its base address, which it knows as its own."""
    db.session.remove()
    answering = Answering()
    server = make_server("127.0.0.1", 0, answering, threaded=True)
    base = f"http://localhost:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        answering.app = create_app(replace(config, base_url=base), testing=False)
        yield base
    finally:
        answering.stop()
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def windows(browser: Browser) -> Iterator[OpenWindow]:
    """`open_window(token, width, height)`: a window of somebody who is signed in, or of a stranger; each alone."""
    contexts = []

    def open_window(token: str = "", width: int = 1440, height: int = 900, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        if token:
            context.add_cookies(
                [{"name": COOKIE, "value": token, "url": "https://localhost", "secure": True}]
            )
        return context.new_page()

    yield open_window
    for context in contexts:
        context.close()


def arrived(page: Page) -> None:
    """Wait until the page is there: loaded, its heading to be seen, no fragment on its way, nothing moving.

    Which page is meant the test has to say first, by what it expects to see there.
    """
    page.wait_for_load_state()
    expect(page.locator("h1").filter(visible=True).first).to_be_visible()
    expect(page.locator(".htmx-request")).to_have_count(0)
    page.evaluate(AT_REST)


def violations(page: Page, name: str = "") -> list[str]:
    """What axe says of the page as it stands; keeps a picture of it when it has a name and SHOTS a folder."""
    arrived(page)
    if SHOTS and name:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    axe = Axe()
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(axe.axe_script)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")["violations"]
    return [f"{name} {each['id']}: {each['nodes'][0]['html'][:160]}" for each in found]


def faults(page: Page, name: str = "") -> list[str]:
    """What axe says of a page, light and dark; the page is left light."""
    found = []
    for theme in ("dark", "light"):
        page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
        found += [f"{theme} {each}" for each in violations(page, f"{name}-{theme}" if name else "")]
    return found


def look_at(page: Page, name: str, *sizes: dict[str, int]) -> None:
    """At each size (or the present one) axe has nothing to say, as the page is, and nothing scrolls sideways."""
    for size in sizes or (page.viewport_size or DESK,):
        page.set_viewport_size(size)
        assert violations(page, f"{name}-{size['width']}") == []
        assert not page.evaluate(SIDEWAYS), f"{name} scrolls sideways at {size['width']}"
