"""Photograph every screen of a running demo into docs/screens, to lay beside the drawn ones.

    ./run demo --port 8300 --folder /tmp/screens       in one terminal
    .venv/bin/python docs/scripts/screens.py http://127.0.0.1:8300

Staff screens 1440 x 900, light, and dark where they are drawn dark; patients' pages 390 and 1280 wide; papers page by
page (pdftoppm of poppler-utils). It opens one slip and pays one bill, so give it a fresh demo. People are invented.
"""

import io
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from pypdf import PdfReader

FOLDER = Path(__file__).parents[1] / "screens"
PASSWORD = "riverside demo"
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
DESK = {"width": 1440, "height": 900}
WIDTHS = (390, 1280)
# What is drawn light and dark.
DRAWN_DARK = {
    "sign-in", "desk", "checkin", "chargeslip", "claims", "denials", "remittance", "dashboard",
    "claims-held-empty", "no-such-page",
}  # fmt: skip
STAFF: dict[str, tuple[tuple[str, str], ...]] = {
    "front_desk": (
        ("desk-week", "/schedule?view=week"),
        ("desk-list", "/schedule?view=list"),
        ("checkin-list", "/check-in"),
        ("flow", "/flow"),
        ("flow-day-end", "/flow/day-end"),
        ("patient-new", "/patients/new"),
        ("drawer", "/drawer"),
        ("wait-list", "/waiting"),
        ("recalls", "/waiting/recalls"),
        ("to-book-again", "/waiting/unscheduled"),
        ("wait-list-add", "/waiting/new"),
        ("online-requests", "/online-requests"),
        ("no-such-page", "/nowhere"),
        ("wrong-role", "/admin/"),
    ),
    "clinician": (("slips", "/charge-slips?provider=all"), ("flow-clinician", "/flow")),
    "biller": (
        ("claims", "/claims/"),
        ("claims-blocked", "/claims/?tab=blocked"),
        ("claims-held-empty", "/claims/?tab=held"),
        ("claims-send", "/claims/submission"),
        ("claims-files", "/claims/answers"),
        ("denials", "/claims/denials"),
        ("remittances", "/remittances/?tab=posted"),
        ("payments", "/payments/"),
        ("paper-eob", "/payments/paper"),
        ("statements", "/statements"),
        ("statements-left-out", "/statements?view=left"),
        ("mail", "/mail"),
        ("edi", "/edi/"),
        ("edi-open", "/edi/open"),
    ),
    "manager": (
        ("flow-alerts", "/flow/alerts"),
        ("dashboard", "/reports"),
        ("aging", "/reports/aging?basis=service"),
        ("kpi", "/reports/kpi/denial_rate"),
        ("day-sheet", "/reports/day-sheet"),
        ("day-close", "/day-close"),
        ("rehearsal", "/rehearsal"),
        ("wait-list-rules", "/waiting/rules"),
        ("online-rules", "/online-booking"),
    ),
    "admin": (
        ("admin", "/admin/"),
        ("users", "/admin/users"),
        ("payers", "/admin/payers"),
        ("fees", "/admin/fees"),
        ("audit", "/admin/audit"),
        ("practice", "/admin/practice"),
    ),
}


class Camera:
    """A browser before a running demo."""

    def __init__(self, browser: Browser, base: str) -> None:
        self.browser = browser
        self.base = base

    def window(self, width: int = DESK["width"]) -> Page:
        height = DESK["height"] if width > 600 else 844
        return self.browser.new_context(viewport={"width": width, "height": height}).new_page()

    def sign_in(self, role: str) -> Page:
        page = self.window()
        page.goto(f"{self.base}/sign-in")
        self.shoot(page, "sign-in")
        page.get_by_label("Sign-in name").fill(role)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        page.locator("form input.code").fill(page.locator("#demo-code").inner_text())
        page.get_by_role("button", name="Go on").click()
        page.locator("header.bar").wait_for()
        return page

    def shoot(self, page: Page, name: str, *, full: bool = False) -> None:
        """Light, and dark where it is drawn so."""
        page.wait_for_load_state("networkidle")
        by_width = re.search(r"-\d+$", name)
        keep(page.screenshot(full_page=full), name if by_width else f"{name}-light")
        if name in DRAWN_DARK:
            page.evaluate("document.documentElement.dataset.bsTheme = 'dark'")
            page.wait_for_timeout(300)
            keep(page.screenshot(), f"{name}-dark")
            page.evaluate("document.documentElement.dataset.bsTheme = 'light'")

    def print(self, page: Page, name: str, path: str) -> bytes:
        """A paper, page by page (at most three)."""
        content = page.request.get(self.base + path).body()
        if not content.startswith(b"%PDF-") or shutil.which("pdftoppm") is None:
            print(f"no picture of {path}")
            return content
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder, "paper.pdf")
            file.write_bytes(content)
            subprocess.run(
                ["pdftoppm", "-r", "80", "-l", "3", "-png", str(file), f"{folder}/page"], check=True
            )
            for number, picture in enumerate(sorted(Path(folder).glob("page*.png")), 1):
                keep(picture.read_bytes(), f"paper-{name}-{number}")
        return content


def keep(picture: bytes, name: str) -> None:
    """As a PNG of 256 colours: the screens use few, and the repository stays small."""
    image = Image.open(io.BytesIO(picture)).convert("RGB").quantize(256, dither=Image.Dither.NONE)
    image.save(FOLDER / f"{name}.png", optimize=True)
    print(name)


def front_desk(camera: Camera, page: Page) -> None:
    """The schedule with a visit open, its panels, a patient found and open, a check-in to its receipt."""
    page.goto(f"{camera.base}/schedule")
    page.locator(".appt.st-confirmed, .appt.st-scheduled").first.click()
    page.locator("#panel-head").wait_for()
    camera.shoot(page, "desk")
    visit = page.locator("#panel-head").get_by_role("link", name="Check in").get_attribute("href") or ""
    record = page.locator("#panel-head .panel-name a").get_attribute("href") or ""
    page.locator("#panel-head").get_by_role("link", name="Move").click()
    page.locator("#panel [data-pick]").wait_for()
    camera.shoot(page, "desk-move")
    page.get_by_role("link", name="New appointment").click()
    page.locator("#panel #who").wait_for()
    camera.shoot(page, "desk-new")
    page.goto(f"{camera.base}/schedule?view=month")
    camera.shoot(page, "desk-month")
    page.get_by_role("link", name="Views").click()
    page.locator("#panel .desk-views").wait_for()
    camera.shoot(page, "desk-views")
    series(camera, page)
    page.goto(f"{camera.base}/patients")
    page.locator("#find").fill("de")
    page.get_by_role("button", name="Search", exact=True).click()
    page.locator("table.found").wait_for()
    camera.shoot(page, "patients")
    page.goto(camera.base + record)
    camera.shoot(page, "patient")
    page.goto(f"{camera.base}{record}/ledger")
    camera.shoot(page, "patient-ledger")
    for name in (
        "pictures",
        "order-of-benefits",
        "household",
        "contacts",
        "preferences",
        "consents",
        "history",
    ):
        page.goto(f"{camera.base}{record}/{name}")
        camera.shoot(page, f"patient-{name}")
    page.goto(camera.base + visit)
    page.locator("#eligibility .chip-ok, #eligibility .chip-danger, #eligibility .chip-warn").first.wait_for(
        timeout=60_000
    )
    page.wait_for_timeout(3000)
    camera.shoot(page, "checkin")
    page.goto(f"{camera.base}/check-in?view=done")
    done = page.locator("table.checkins a.target").first
    if done.count():
        done.click()
        receipt = page.get_by_role("link", name="Print receipt").first
        if receipt.count():
            camera.print(page, "receipt", receipt.get_attribute("href") or "")
    page.goto(f"{camera.base}/schedule")
    camera.print(
        page, "schedule", page.get_by_role("link", name="Print schedule").get_attribute("href") or ""
    )


def series(camera: Camera, page: Page) -> None:
    """The demo's weekly series, from the visit on its first Wednesday; then the list of a new place for it."""
    today = datetime.now(ZoneInfo("America/Los_Angeles")).date()  # the demo clinic stands in Portland
    first = today + timedelta(days=9 - today.weekday())
    page.goto(f"{camera.base}/schedule/{first.isoformat()}")
    page.locator("#schedule .appt", has_text="Knee, after surgery").first.click()
    page.get_by_role("link", name="All visits of the series").click()
    page.locator(".series-page").wait_for()
    camera.shoot(page, "series")
    page.get_by_role("link", name="Move all still to come").click()
    page.get_by_label("Thu").check()
    page.get_by_label("Wed").uncheck()
    page.get_by_role("button", name="See the dates").click()
    page.locator(".series-dates").wait_for()
    camera.shoot(page, "series-move")


def clinician(camera: Camera, page: Page) -> None:
    """A slip with a finding under its line."""
    page.goto(f"{camera.base}/charge-slips?provider=all")
    page.locator("table.waiting .target").last.click()
    page.locator("#diagnosis-A").fill("M17.11")
    for number, code in enumerate(("99213", "20610"), 1):
        page.locator(f"#lines-{number}-code").fill(code)
        page.locator(f"#lines-{number}-code").press("Tab")
        page.wait_for_timeout(900)
    camera.shoot(page, "chargeslip")


def biller(camera: Camera, page: Page) -> None:
    """One claim with its story, one remittance with its proofs, one household's payment."""
    page.goto(f"{camera.base}/claims/denials")
    page.locator("#panel .sec-head a").first.click()
    camera.shoot(page, "claim")
    page.goto(f"{camera.base}/remittances/?tab=posted")
    page.locator("#list a.target").first.click()
    camera.shoot(page, "remittance")
    page.locator("table.post a.target").first.click()
    camera.shoot(page, "remittance-claim")
    page.goto(f"{camera.base}/statements?view=batches")
    page.locator("#list a.target").first.click()
    camera.shoot(page, "statements-run")
    page.goto(f"{camera.base}/edi/?kind=835")
    page.locator("#list a.target").first.click()
    camera.shoot(page, "edi-file")


def admin(camera: Camera, page: Page) -> None:
    page.goto(f"{camera.base}/admin/verify")
    page.get_by_role("button", name="Verify everything now").click()
    page.locator("#verification table").wait_for(timeout=120_000)
    camera.shoot(page, "verify")
    page.goto(f"{camera.base}/admin/payers")
    page.locator("main table a").first.click()
    camera.shoot(page, "payer")


def manager(camera: Camera, page: Page) -> None:
    """The papers of the office."""
    page.goto(f"{camera.base}/reports")
    camera.print(page, "dashboard", page.get_by_role("link", name="PDF").get_attribute("href") or "")
    page.goto(f"{camera.base}/reports/day-sheet")
    camera.print(page, "day-sheet", page.get_by_role("link", name="PDF").first.get_attribute("href") or "")
    page.goto(f"{camera.base}/day-close")
    slip = page.get_by_role("link", name="Deposit slip of").first
    if slip.count():
        camera.print(page, "deposit-slip", slip.get_attribute("href") or "")


SPECIAL: dict[str, Callable[[Camera, Page], None]] = {
    "front_desk": front_desk,
    "clinician": clinician,
    "biller": biller,
    "manager": manager,
    "admin": admin,
}


def a_statement(camera: Camera, page: Page) -> tuple[str, str]:
    """The code and the birth date of somebody who still owes, from the newest run."""
    page.goto(f"{camera.base}/statements?view=batches")
    page.locator("#list a.target").first.click()
    row = page.locator("table.made tbody tr").filter(has_text="Ready").first
    born = row.locator("td").nth(2).inner_text()
    content = camera.print(page, "statement", row.locator("a.target").get_attribute("href") or "")
    text = "\n".join(each.extract_text() for each in PdfReader(io.BytesIO(content)).pages)
    found = re.search(r"\b[A-Z0-9]{4}-[A-Z0-9]{4}\b", text)
    assert found is not None, text
    return found[0], born


def patient(camera: Camera, code: str, born: str) -> None:
    """What a patient sees, by phone and by desk; the last width pays."""
    for width in WIDTHS:
        page = camera.window(width)
        for name, path in (("pay-find", "/pay?lang=en"), ("pay-find-es", "/pay?lang=es")):
            page.goto(camera.base + path)
            camera.shoot(page, f"{name}-{width}")
        book(page, camera, width)
        look(page, camera, code, "1 1 1999")
        camera.shoot(page, f"pay-find-refused-{width}")
        look(page, camera, code, born.replace("/", " "))
        camera.shoot(page, f"pay-bill-{width}", full=True)
        page.goto(f"{camera.base}/pay/bill?lang=es")
        camera.shoot(page, f"pay-bill-es-{width}", full=True)
        page.goto(f"{camera.base}/pay/bill?lang=en")
        page.locator("#how-part").check()
        page.locator("#amount").fill("100000")
        page.get_by_role("button", name="Continue to pay").click()
        camera.shoot(page, f"pay-bill-refused-{width}")
        page.locator("#amount").fill("5.00")
        page.get_by_role("button", name="Continue to pay").click()
        page.get_by_role("button", name="Pay with the demo card").wait_for()
        camera.shoot(page, f"processor-{width}")
        page.get_by_role("button", name="Pay with the demo card").click()
        page.wait_for_url("**/pay/done/**")
        page.wait_for_timeout(4000)
        page.reload()
        camera.shoot(page, f"pay-done-{width}")


def book(page: Page, camera: Camera, width: int) -> None:
    """A visit booked online up to the form, which is then left, so that its time is free again."""
    for name, path in (("book-es", "/book?lang=es"), ("book", "/book?lang=en")):
        page.goto(camera.base + path)
        camera.shoot(page, f"{name}-{width}", full=True)
    page.locator("#been-no").check()
    page.get_by_label("First visit with us").check()
    page.get_by_role("button", name="See open times").click()
    camera.shoot(page, f"book-times-{width}", full=True)
    page.locator("button[name=at]").first.click()
    camera.shoot(page, f"book-details-{width}", full=True)
    page.get_by_role("button", name="Leave without booking").click()


def look(page: Page, camera: Camera, code: str, born: str) -> None:
    month, day, year = (part.lstrip("0") for part in born.split())
    page.goto(f"{camera.base}/pay?lang=en")
    for field, value in (("#code", code), ("#m", month), ("#d", day), ("#y", year)):
        page.locator(field).fill(value)
    page.get_by_role("button", name="Find my bill").click()


def main(driver: Playwright, base: str) -> None:
    FOLDER.mkdir(exist_ok=True)
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
    camera = Camera(browser, base)
    for role, screens in STAFF.items():
        page = camera.sign_in(role)
        SPECIAL[role](camera, page)
        if role == "biller":
            patient(camera, *a_statement(camera, page))
        for name, path in screens:
            page.goto(base + path)
            camera.shoot(page, name)
        page.context.close()
    browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 2 or CHROMIUM is None:
        sys.exit("usage: screens.py http://127.0.0.1:8300 (and Chromium on the PATH)")
    with sync_playwright() as player:
        main(player, sys.argv[1].rstrip("/"))
