"""The schedule served to a real browser: a clinic that answers on a port, and signed-in windows on it."""

import shutil
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

from clinic import db
from clinic.access import sessions
from clinic.app import create_app
from clinic.config import Config
from clinic.models import User
from clinic.web.sessions import COOKIE
from tests import factories

CHROMIUM = shutil.which("chromium")


def signed_in(session: Session, role: str = "front_desk", **changes: Any) -> tuple[User, str]:
    """A member of staff with the token of an open session."""
    user = factories.make_user(session, role, **changes)
    data = {"_user_id": str(user.id), "_fresh": True}
    return user, sessions.create(session, data, user.id, "127.0.0.1")


@contextmanager
def serving(config: Config) -> Iterator[str]:
    """The application on a free port; its base address."""
    db.session.remove()
    app = create_app(replace(config, base_url="http://localhost"), testing=False)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def windows() -> Iterator[Callable[..., Page]]:
    """`open_window(token, width, height)`: a browser window of somebody who is signed in."""
    with sync_playwright() as driver:
        browser: Browser = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])

        def open_window(token: str, width: int = 1440, height: int = 900, **options: Any) -> Page:
            context = browser.new_context(viewport={"width": width, "height": height}, **options)
            context.add_cookies(
                [{"name": COOKIE, "value": token, "url": "https://localhost", "secure": True}]
            )
            return context.new_page()

        yield open_window
        browser.close()


def faults(page: Page) -> list[str]:
    """What axe says of a page, light and dark."""
    found = []
    for theme in ("light", "dark"):
        page.evaluate(f"document.documentElement.dataset.bsTheme = '{theme}'")
        page.wait_for_timeout(200)
        found += [
            f"{theme} {each['id']}: {each['nodes'][0]['html'][:160]}"
            for each in Axe().run(page).response["violations"]
        ]
    return found


# What is covered of each card and free place: the smaller side of the largest part that a press reaches.
REACH = """() => [...document.querySelectorAll("#schedule .appt, #schedule .slot")].map((each) => {
  each.scrollIntoView({ block: "center", inline: "center" });
  const box = each.getBoundingClientRect();
  const hit = (x, y) => { const at = document.elementFromPoint(x, y); return at === each || each.contains(at); };
  let best = 0;
  for (let top = box.top; top + 23.5 <= box.bottom; top += 4)
    for (let left = box.left; left + 23.5 <= box.right && best < 24; left += 4) {
      let free = true;
      for (const dx of [0.5, 12, 23]) for (const dy of [0.5, 12, 23]) free &&= hit(left + dx, top + dy);
      if (free) best = 24;
    }
  return [each.getAttribute("aria-label"), Math.round(box.width), Math.round(box.height), best];
}).filter((each) => each[3] < 24)"""
