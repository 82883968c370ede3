"""A browser before a running demo: it signs in, finds a screen of the list, and keeps its picture."""

import html
import io
import itertools
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, Page
from playwright.sync_api import Error as PlaywrightError
from screens_list import DARK, MOST_USED, RECORDS, Screen, pattern

FOLDER = Path(os.environ.get("SCREENS") or Path(__file__).parents[1] / "screens")
PASSWORD = "riverside demo"
LINKS = 8
DESK = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
# What is still on its way when a page has arrived: a request of htmx, a font, a picture.
AT_REST = """() => document.fonts.status === "loaded" && !document.querySelector(".htmx-request")
  && [...document.images].every(image => image.complete || image.getBoundingClientRect().top > innerHeight)"""


class Camera:
    """A browser before a running demo."""

    def __init__(self, browser: Browser, base: str, keeper: ThreadPoolExecutor) -> None:
        self.browser = browser
        self.base = base
        self.keeper = keeper
        self.records: dict[str, str] = {}
        self.missing: list[str] = []

    def window(self, width: int = DESK["width"]) -> Page:
        height = DESK["height"] if width > 600 else 844
        return self.browser.new_context(viewport={"width": width, "height": height}).new_page()

    def sign_in(self, role: str) -> Page:
        page = self.window()
        page.goto(f"{self.base}/sign-in")
        if role == "front_desk":
            self.shoot(page, "sign-in")
        self.enter(page, role)
        return page

    def enter(self, page: Page, role: str) -> None:
        """Through both doors."""
        page.get_by_label("Sign-in name").fill(role)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator("#demo-code").wait_for()
        if role == "front_desk":
            self.shoot(page, "sign-in-code")
        page.locator("form input.code").fill(page.locator("#demo-code").inner_text())
        page.get_by_role("button", name="Go on").click()
        page.locator("header.bar").wait_for()

    def shoot(self, page: Page, name: str, *, full: bool = False) -> None:
        """Light; dark and on a phone where that is asked for. A name with its width is taken as the window stands."""
        try:
            page.wait_for_function(AT_REST, timeout=15_000)
        except PlaywrightError:
            self.missing.append(f"{name} was not at rest: {page.url}")
        by_width = re.search(r"-\d+$", name)
        self.keep(page.screenshot(full_page=full), name if by_width else f"{name}-light")
        if name in DARK:
            page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
            page.wait_for_timeout(250)
            self.keep(page.screenshot(), f"{name}-dark")
            page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
        if name in MOST_USED:
            page.set_viewport_size(PHONE)
            self.keep(page.screenshot(), f"{name}-390")
            page.set_viewport_size(DESK)

    def keep(self, picture: bytes, name: str) -> None:
        """As a PNG of 256 colours: the screens use few, and the repository stays small."""
        self.keeper.submit(_store, picture, name)
        print(name, flush=True)

    def show(self, page: Page, screen: Screen) -> None:
        """One screen of the list; a link that the demo lacks is told at the end."""
        address = self.address(page, screen)
        if not address:
            self.missing.append(f"{screen.name}: nothing at {screen.at} leads to {screen.route}")
            return
        answer = page.goto(self.base + address)
        if answer is not None and answer.status >= 500:
            self.missing.append(f"{screen.name}: {address} failed")
        self.shoot(page, screen.name)

    def address(self, page: Page, screen: Screen) -> str:
        """The address of a screen: its own, or the first link of its shape on the page where it is found."""
        steps = [step.strip() for step in (screen.at or screen.route).split(" > ")]
        if "<" not in screen.route:
            return steps[-1]
        return self._follow(page, "", [*steps, screen.route])

    def _follow(self, page: Page, here: str, steps: list[str]) -> str:
        """Where the steps lead from a page; the first few links of each shape are tried."""
        if not steps:
            return here
        step, *rest = steps
        if "<" not in step:
            return self._follow(page, self._patient(page, step), rest)
        tries = [here] if pattern(step).fullmatch(here) else self._links(page, here, step)
        return next((found for link in tries if (found := self._follow(page, link, rest))), "")

    def _links(self, page: Page, here: str, route: str) -> list[str]:
        """The first links of a route on a page, or on the records of all patients."""
        shape = re.compile(rf'="({pattern(route).pattern})"')
        found = (html.unescape(each[1]) for text in self._texts(page, here) for each in shape.finditer(text))
        return list(dict.fromkeys(itertools.islice(found, LINKS)))

    def _texts(self, page: Page, here: str) -> Iterator[str]:
        if here == RECORDS:
            self.child(page)
            yield from self.records.values()
        else:
            yield self.records.get(here) or page.request.get(self.base + here).text()

    def child(self, page: Page) -> str:
        """The record of the child who has two plans."""
        if not self.records:
            self._read_records(page)
        return next(path for path, text in self.records.items() if "Mateo" in text)

    def _patient(self, page: Page, here: str) -> str:
        """The page with the address of a patient's record in its place: of the child, or of somebody who owes."""
        if "{" not in here:
            return here
        child = self.child(page)
        owing = next((path for path, text in self.records.items() if re.search(r"\$[1-9]", text)), child)
        return here.replace("{child}", child).replace("{record}", owing)

    def _read_records(self, page: Page) -> None:
        """The records of everybody whom a few searches find, once."""
        form = page.request.get(f"{self.base}/patients").text()
        token = re.search(r'name="csrf_token" value="([^"]+)"', form)
        for letters in ("Mateo", "Tran", "de", "an", "er", "al"):
            found = page.request.post(
                f"{self.base}/patients/search",
                form={"q": letters, "csrf_token": token[1] if token else ""},
                headers={"Referer": self.base},
            ).text()
            for path in dict.fromkeys(re.findall(r'href="(/patients/[\w-]{20,})"', found)):
                if path not in self.records:
                    self.records[path] = page.request.get(self.base + path).text()

    def print(self, page: Page, name: str, path: str) -> bytes:
        """A paper, page by page (at most three)."""
        content = page.request.get(self.base + path).body() if path else b""
        if not content.startswith(b"%PDF-") or shutil.which("pdftoppm") is None:
            self.missing.append(f"paper {name}: {path or 'no link leads to it'}")
            return content
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "paper.pdf")
            file.write_bytes(content)
            subprocess.run(
                ["pdftoppm", "-r", "80", "-l", "3", "-png", str(file), f"{folder}/page"], check=True
            )
            for number, picture in enumerate(sorted(Path(folder).glob("page*.png")), 1):
                self.keep(picture.read_bytes(), f"paper-{name}-{number}")
        return content


def _store(picture: bytes, name: str) -> None:
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(FOLDER / f"{name}.png", optimize=True)
