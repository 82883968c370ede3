"""Photograph every screen of a running demo into docs/screens, to lay beside the drawn ones.

    ./run demo --port 8300 --folder /tmp/screens       in one terminal
    .venv/bin/python docs/scripts/screens.py http://127.0.0.1:8300

Which screens, and as whom, stands in screens_list.py. Staff screens 1440 x 900, light; the most used also dark and
390 wide; patients' pages 390 and 1280 wide; papers page by page (pdftoppm of poppler-utils). It opens one slip, offers
one place and pays one bill, so give it a fresh demo. People are invented.
"""

import html
import io
import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from playwright.sync_api import Error as PlaywrightError
from playwright.sync_api import Page, Playwright, sync_playwright
from pypdf import PdfReader
from screens_camera import FOLDER, Camera
from screens_list import PAPERS, STAFF

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
WIDTHS = (390, 1280)


def front_desk(camera: Camera, page: Page) -> None:
    """The schedule with a visit open, its panels, a patient found and open, a check-in."""
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
    page.goto(camera.base + visit)
    page.locator("#eligibility .chip-ok, #eligibility .chip-danger, #eligibility .chip-warn").first.wait_for(
        timeout=60_000
    )
    page.wait_for_timeout(3000)
    camera.shoot(page, "checkin")
    injury(camera, page)
    good_faith(camera, page)


def good_faith(camera: Camera, page: Page) -> None:
    """A good-faith estimate made and given to whom it is owed last; the copy of its paper."""
    page.goto(f"{camera.base}/estimates/good-faith")
    page.locator("main table a").last.click()
    page.locator("#without_plan").check()
    page.get_by_role("button", name="Save estimate").click()
    page.locator("#good-faith form label").first.click()
    page.get_by_role("button", name="was given").click()
    copy = page.locator("a[href*='/estimates/good-faith/']").first.get_attribute("href")
    camera.shoot(page, "good-faith-estimate")
    camera.print(page, "good-faith-estimate", str(copy))


def injury(camera: Camera, page: Page) -> None:
    """A case for the child's record, which has none."""
    page.goto(camera.base + camera.child(page) + "/cases/new")
    today = datetime.now(ZoneInfo("America/Los_Angeles")).date()
    page.locator("#injured_on").fill(f"{today - timedelta(days=3):%m/%d/%Y}")
    page.locator("#state").fill("OR")
    page.locator("#payer").select_option(label="State Accident Fund")
    page.locator("#claim_number").fill("WC-2026-0117")
    page.locator("#employer").fill("Harbor Bakery")
    page.get_by_role("button", name="Open the case").click()
    page.wait_for_url(lambda url: "/cases/new" not in url)
    camera.records.clear()


def series(camera: Camera, page: Page) -> None:
    """The demo's weekly series, from the visit on its first Wednesday; then the list of a new place for it."""
    today = datetime.now(ZoneInfo("America/Los_Angeles")).date()  # the demo clinic stands in Portland
    first = today + timedelta(days=9 - today.weekday())
    page.goto(f"{camera.base}/schedule/{first.isoformat()}")
    page.locator("#schedule .appt", has_text="Knee, after surgery").first.click()
    page.get_by_role("link", name="All visits of the series").click()
    page.locator(".series-page").wait_for()
    camera.shoot(page, "series")
    address = page.url.split("?")[0]
    page.get_by_role("link", name="Move all still to come").click()
    page.get_by_label("Thu").check()
    page.get_by_label("Wed").uncheck()
    page.get_by_role("button", name="See the dates").click()
    page.locator(".series-dates").wait_for()
    camera.shoot(page, "series-move")
    for name, link in (("series-cancel", "Cancel all still to come"), ("series-more", "More visits")):
        page.goto(address)
        page.get_by_role("link", name=link).click()
        page.locator("main h2").first.wait_for()
        camera.shoot(page, name)
    camera.print(page, "series", f"{address.removeprefix(camera.base)}/sheet.pdf")


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
    denied = page.locator("#panel .sec-head a").first
    if not denied.count():
        # A small demo may have none: then any claim tells its story.
        page.goto(f"{camera.base}/claims/?tab=all")
        denied = page.locator("#list a.target").first
    denied.click()
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


def manager(camera: Camera, page: Page) -> None:
    """A place offered to somebody who waits, at whatever hour it is here; then what the links in the messages open."""
    page.goto(f"{camera.base}/reminders")
    page.locator("#quiet_from").fill("2:00 AM")
    page.locator("#quiet_until").fill("2:01 AM")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"{camera.base}/waiting")
    entries = page.locator("main table a.target").evaluate_all("links => links.map(link => link.href)")
    for entry in entries:
        page.goto(entry)
        button = page.get_by_role("button", name="Offer").first
        if button.count():
            button.click()
            page.get_by_role("button", name="Withdraw").first.wait_for()
            break
    for name in ("offer", "visit"):
        found = letters(camera, page, name)
        if not found:
            camera.missing.append(f"{name}: no message bears such a link")
            continue
        address = movable(camera, found) if name == "visit" else found[0]
        for width in WIDTHS:
            for words in ("", "-es"):
                window = camera.window(width)
                window.goto(address)
                window.goto(f"{camera.base}/{name}?lang={words.removeprefix('-') or 'en'}")
                camera.shoot(window, f"{name}{words}-{width}", full=True)
                if name == "visit":
                    another_time(camera, window, words, width)
                window.context.close()


def movable(camera: Camera, found: list[str]) -> str:
    """The link of a visit that its patient may move, else the newest."""
    for address in found:
        window = camera.window(WIDTHS[0])
        window.goto(address)
        may = window.locator("a[href='/visit/times']").count()
        window.context.close()
        if may:
            return address
    return found[0]


def another_time(camera: Camera, window: Page, words: str, width: int) -> None:
    """The free times behind the link of a visit, and the question before it is moved; it stays where it is."""
    window.goto(f"{camera.base}/visit/times")
    free = window.locator(".p-slots a").first
    if not free.count():
        camera.missing.append("visit-times: this visit is not moved by link, or nothing is free")
        return
    camera.shoot(window, f"visit-times{words}-{width}", full=True)
    free.click()
    window.get_by_role("button").last.wait_for()
    camera.shoot(window, f"visit-sure{words}-{width}", full=True)


def letters(camera: Camera, page: Page, name: str) -> list[str]:
    """The links to visits or offers in the texts and mails that were sent, the newest first."""
    for _ in range(60):
        texts = page.request.get(f"{camera.base}/mail/texts").text()
        mails = re.findall(r'href="(/mail\?open=\d+)"', page.request.get(f"{camera.base}/mail").text())
        whole = [texts, *(page.request.get(camera.base + html.unescape(each)).text() for each in mails)]
        found = re.findall(rf"{camera.base}/{name}/[\w-]{{20,}}", " ".join(whole))
        if found:
            return list(dict.fromkeys(found))
        page.wait_for_timeout(500)
    return []


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


def main(driver: Playwright, base: str, roles: list[str]) -> list[str]:
    """Everything, as each role in turn or as some; what could not be found is told."""
    FOLDER.mkdir(exist_ok=True)
    browser = driver.chromium.launch(executable_path=CHROMIUM, args=ARGS)
    with ThreadPoolExecutor(1) as keeper:
        camera = Camera(browser, base, keeper)
        for role in roles or STAFF:
            screens = STAFF[role]
            page = camera.sign_in(role)
            try:
                SPECIAL[role](camera, page)
                if role == "biller":
                    patient(camera, *a_statement(camera, page))
            except PlaywrightError as error:
                camera.missing.append(
                    f"{SPECIAL[role].__name__}: {error.message.splitlines()[0]} at {page.url}"
                )
            for screen in screens:
                camera.show(page, screen)
            for paper in PAPERS.get(role, ()):
                camera.print(page, paper.name, camera.address(page, paper))
            page.context.close()
    browser.close()
    return camera.missing


if __name__ == "__main__":
    if len(sys.argv) < 2 or CHROMIUM is None or not STAFF.keys() >= set(sys.argv[2:]):
        sys.exit("usage: screens.py http://127.0.0.1:8300 [role …] (and Chromium on the PATH)")
    with sync_playwright() as player:
        missing = main(player, sys.argv[1].rstrip("/"), sys.argv[2:])
    sys.exit("\n".join(["No picture of:", *missing]) if missing else 0)
