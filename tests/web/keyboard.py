"""Hands that never leave the keyboard: every key is counted, and so is every question to the server."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from playwright.sync_api import Locator, Page, Request, expect

# A field further away than this is not reached by anybody who is in a hurry.
FURTHEST = 40
ASKS = ("document", "fetch", "xhr")
# What a page asks by itself while nobody does anything.
BY_ITSELF = ("/live", "/grid", "/stamp")


@dataclass
class Task:
    """What a task took: keys pressed, and pages and fragments asked for."""

    keys: int = 0
    trips: list[str] = field(default_factory=list)


class Keyboard:
    """Types and presses on a page; `tasks` holds what each took. The mouse is never used."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.tasks: dict[str, Task] = {}
        self._task = Task()
        page.on("request", self._asked)

    @contextmanager
    def task(self, name: str) -> Iterator[None]:
        """Count what happens inside as one task of the day."""
        self._task = self.tasks[name] = Task()
        yield
        self._task = Task()

    def press(self, key: str, times: int = 1) -> None:
        for _ in range(times):
            self._task.keys += 1
            self.page.keyboard.press(key)

    def type(self, text: str) -> None:
        """Into whatever has the focus."""
        self._task.keys += len(text)
        self.page.keyboard.type(text)

    def go_to(self, wanted: Locator, key: str = "Tab") -> None:
        """Press Tab (or another key) until the wanted thing has the focus."""
        expect(wanted).to_be_visible()
        for _ in range(FURTHEST):
            if wanted.evaluate("each => each === document.activeElement"):
                return
            self.press(key)
        where = self.page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
        raise AssertionError(f"{FURTHEST} times {key} did not reach {wanted}; the focus is on {where}")

    def fill(self, wanted: Locator, text: str) -> None:
        """Go to a field and type; what stands in it is selected first, as Tab does."""
        self.go_to(wanted)
        if wanted.input_value():
            self.press("Control+a")
        self.type(text)

    def choose(self, wanted: Locator, text: str) -> None:
        """Go to a select and type the beginning of an option."""
        self.go_to(wanted)
        self.type(text)

    def _asked(self, request: Request) -> None:
        path = request.url.split("?")[0]
        if request.resource_type in ASKS and not path.endswith(BY_ITSELF):
            self._task.trips.append(f"{request.method} {path.split('/', 3)[-1]}")
