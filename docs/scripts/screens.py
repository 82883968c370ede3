"""Make docs/screens/*.png from a running demo: every screen in the light, the drawn ones in the dark too.

./run                                                # in one terminal
.venv/bin/python docs/scripts/screens.py http://127.0.0.1:8000
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

OUT = Path(__file__).parent.parent / "screens"
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PASSWORD = "riverside demo"
# Role → (file name, address, selector of a link to follow first, also in the dark).
SCREENS: dict[str, list[tuple[str, str, str, bool]]] = {
    "front_desk": [
        ("desk", "/schedule", ".appt.st-confirmed, .appt.st-scheduled", True),
        ("desk-list", "/schedule?view=list", "", False),
        ("checkin-list", "/check-in", "", False),
        ("checkin", "/check-in", "tr:has-text('Active'):has-text('$') a", True),
        ("patients", "/patients", "", False),
        ("patient-new", "/patients/new", "", False),
        ("drawer", "/drawer", "", False),
        ("mail", "/mail", "", False),
    ],
    "clinician": [
        ("slips", "/charge-slips", "", False),
        ("chargeslip", "/charge-slips", "table.list tbody button, table.list tbody a", True),
    ],
    "biller": [
        ("claims", "/claims/", "", True),
        ("claims-blocked", "/claims/?group=blocked", "", False),
        ("denials", "/claims/denials", "", True),
        ("remittances", "/remittances", "", False),
        ("remittance", "/remittances?tab=posted", "table.list tbody a.target", True),
        ("payments", "/payments", "", False),
        ("statements", "/statements", "", False),
        ("payers", "/admin/payers", "", False),
    ],
    "manager": [
        ("dashboard", "/reports", "", True),
        ("aging", "/reports/aging", "", False),
        ("kpi", "/reports/kpi/denial_rate", "", False),
        ("day-sheet", "/reports/day-sheet", "", False),
        ("day-close", "/day-close", "", False),
        ("rehearsal", "/rehearsal", "", False),
        ("fees", "/admin/fees", "", False),
    ],
    "admin": [
        ("admin", "/admin/", "", False),
        ("users", "/admin/users", "", False),
        ("audit", "/admin/audit", "", False),
        ("verify", "/admin/verify", "", False),
        ("practice", "/admin/practice", "", False),
    ],
}


def sign_in(browser: Browser, base: str, role: str) -> Page:
    page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
    page.goto(f"{base}/sign-in")
    page.fill("#sign_in_name", role)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.fill("#code", page.inner_text("#demo-code"))
    page.click("main button[type=submit]")
    page.wait_for_selector(".bar")
    return page


def theme(page: Page, wanted: str) -> None:
    if page.get_attribute("html", "data-bs-theme") != wanted:
        page.click("details.menu > summary")
        page.click(f"details.menu button[name=theme][value={wanted}]")
        page.wait_for_selector(f"html[data-bs-theme={wanted}]")


def shoot(page: Page, base: str, name: str, address: str, follow: str, tone: str) -> None:
    page.goto(f"{base}{address}")
    if follow and page.locator(follow).count():
        page.locator(follow).first.click()
        page.wait_for_load_state("networkidle")
        page.wait_for_timeout(700)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(300)
    page.screenshot(path=OUT / f"{name}-{tone}.png")
    print(f"{name}-{tone}")


def staff(browser: Browser, base: str) -> None:
    for role, screens in SCREENS.items():
        page = sign_in(browser, base, role)
        for tone in ("light", "dark"):
            theme(page, tone)
            for name, address, follow, also_dark in screens:
                if tone == "light" or also_dark:
                    shoot(page, base, name, address, follow, tone)
        theme(page, "light")
        page.context.close()


def public(browser: Browser, base: str) -> None:
    for width in (390, 1280):
        page = browser.new_context(viewport={"width": width, "height": 844}).new_page()
        for name, address in (("pay-find", "/pay"), ("pay-find-es", "/pay?lang=es"), ("sign-in", "/sign-in")):
            page.goto(f"{base}{address}")
            page.screenshot(path=OUT / f"{name}-{width}.png")
            print(f"{name}-{width}")
        page.context.close()


def papers(browser: Browser, base: str) -> None:
    """First pages of what is printed, as PNG."""
    for role, name, address in (
        ("front_desk", "paper-schedule", "/schedule"),
        ("manager", "paper-dashboard", "/reports/month.pdf"),
        ("manager", "paper-aging", "/reports/aging.pdf"),
    ):
        page = sign_in(browser, base, role)
        if name == "paper-schedule":
            page.goto(f"{base}/schedule")
            address = page.locator("a[href$='sheet.pdf']").first.get_attribute("href") or address
        answer = page.request.get(f"{base}{address}")
        if "pdf" in answer.headers.get("content-type", ""):
            with tempfile.NamedTemporaryFile(suffix=".pdf") as file:
                file.write(answer.body())
                file.flush()
                subprocess.run(["pdftoppm", "-r", "60", "-png", "-l", "2", file.name, OUT / name], check=True)
            print(name)
        page.context.close()


def main(base: str) -> None:
    OUT.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        staff(browser, base)
        public(browser, base)
        papers(browser, base)
        browser.close()


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"))
