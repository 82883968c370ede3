"""EDI in a real browser: axe on every screen in both themes, finding, going on, dropping a file."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Page, expect

from clinic import db, files, x12
from tests.web.running import IN_A_BROWSER, arrived, faults, serving, signed_in
from tests.x12 import samples

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    """A clinic that answers on `base`, a biller's cookie, and the addresses of the screens."""

    base: str
    biller: str
    pages: dict[str, str]


def broken_claims() -> bytes:
    """Two claims, each with a day that no calendar has."""
    batch = samples.batch(samples.claim(), samples.claim(control_number="1043-1"))
    return x12.write_837p(samples.ENVELOPE, [batch]).replace(b"DTP*472*D8*20260302", b"DTP*472*D8*20260231")


def long_remittance() -> bytes:
    claims = [samples.payment(control_number=f"{1000 + number}-1") for number in range(60)]
    return x12.write_835(samples.ENVELOPE, [samples.remittance(*claims)])


@pytest.fixture(scope="module")
def clinic(lasting, config) -> Iterator[Running]:
    with db.transaction() as session:
        _, token = signed_in(session, "biller", name="Priya Nair")
        stored = {
            "claims": files.store(session, broken_claims(), kind="837P", direction="in", name="vendor.x12"),
            "long": files.store(session, long_remittance(), kind="835", direction="in", name="long.835"),
            "letter": files.store(session, b"Dear Sir", kind="unknown", direction="in", name="letter.txt"),
        }
        stored["letter"].state, stored["letter"].reason = "unreadable", "This is not X12."
        pages = {name: f"/edi/{file.public_id}" for name, file in stored.items()}
    pages |= {
        "list": "/edi/",
        "searched": "/edi/?q=1043",
        "nothing": "/edi/?q=nowhere",
        "refused": "/edi/?from=soon",
        "open": "/edi/open",
    }
    with serving(config) as base:
        yield Running(base, token, pages)


@pytest.fixture
def page(clinic, open_window) -> Page:
    return open_window(clinic.biller)


def test_every_edi_screen_is_free_of_axe_violations(clinic, page):
    for name, address in clinic.pages.items():
        page.goto(clinic.base + address)
        assert faults(page, f"edi-{name}") == []
    page.goto(clinic.base + clinic.pages["open"])
    page.set_input_files("#file", {"name": "v.x12", "mimeType": "text/plain", "buffer": broken_claims()})
    page.get_by_role("button", name="Open it").click()
    expect(page.get_by_text("Only looked at")).to_be_visible()
    assert faults(page, "edi-opened") == []


def test_n_walks_from_finding_to_finding(clinic, page):
    page.goto(clinic.base + clinic.pages["claims"])
    bad = page.locator(".segment.has-finding")
    page.keyboard.press("n")
    expect(bad.nth(0)).to_be_focused()
    page.keyboard.press("n")
    expect(bad.nth(1)).to_be_focused()


def test_the_next_segments_come_below_and_a_number_is_found_in_the_rest(clinic, page):
    """The address never holds what was looked for."""
    page.goto(clinic.base + clinic.pages["long"])
    expect(page.locator(".segment")).to_have_count(200)
    page.get_by_role("link", name="Show the next 200 segments").click()
    expect(page.locator("#s201")).to_be_attached()
    expect(page.locator(".segment")).to_have_count(400)
    page.keyboard.press("f")
    page.keyboard.type("1058-1")
    page.keyboard.press("Enter")
    expect(page.locator(".segment.is-found")).to_contain_text("CLP*1058-1")
    assert "1058" not in page.url


def test_a_file_dropped_on_the_list_is_opened_and_only_looked_at(clinic, page):
    page.goto(clinic.base + clinic.pages["list"])
    carried = page.evaluate_handle(
        """(text) => { const carried = new DataTransfer();
        carried.items.add(new File([text], "dropped.x12")); return carried; }""",
        broken_claims().decode(),
    )
    page.dispatch_event("#list", "drop", {"dataTransfer": carried})
    expect(page.get_by_text("dropped.x12: nothing of it was posted, sent or kept.")).to_be_visible()


def test_no_edi_screen_is_wider_than_its_window(clinic, page):
    for name, address in clinic.pages.items():
        page.goto(clinic.base + address)
        arrived(page)
        for width in (1440, 1280, 1100, 720):
            page.set_viewport_size({"width": width, "height": 800})
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, f"{name}: {wide} px in a window of {width}"
