"""The charge slip in a real browser: typing, choosing by keyboard, mending by one click, signing by Ctrl+Enter."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import select

from clinic import charges, db
from clinic.models import Claim, CodePair, Procedure
from tests.charges.visits import arrived, collect_copay
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    """A clinic that answers on `base`, and the cookie of its clinician."""

    base: str
    token: str
    slip: str


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    with db.transaction() as session:
        visit = arrived(session)
        session.add(CodePair(column1="99213", column2="20610", indicator="1", effective_on=date(2020, 1, 1)))
        joint = session.scalars(select(Procedure).where(Procedure.code == "20610")).one()
        joint.description, joint.global_days = "Drain or inject, major joint", "000"
        collect_copay(session, visit)
        encounter = charges.open_slip(session, visit.appointment)
        _, token = signed_in(session, "clinician", name="Samuel Okoye, DO")
        slip = encounter.public_id
    with serving(config) as base:
        yield Running(base, token, slip)


@pytest.fixture
def page(clinic, open_window) -> Iterator[Page]:
    made = open_window(clinic.token)
    problems: list[str] = []
    made.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    made.on("pageerror", lambda error: problems.append(str(error)))
    yield made
    # Chromium itself notes a 422 on its console; it is the answer that is asked for.
    assert [each for each in problems if "422" not in each] == []


def test_a_slip_is_filled_mended_and_signed_without_the_mouse(clinic, page):
    page.goto(f"{clinic.base}/charge-slips")
    assert faults(page, "chargeslips") == []
    page.goto(f"{clinic.base}/charge-slips/{clinic.slip}")
    page.keyboard.press("Alt+d")
    page.keyboard.type("zzzz")
    expect(page.locator("#choices-dx_A")).to_contain_text("No diagnosis matches “zzzz”")
    expect(page.locator("#live")).to_contain_text("No diagnosis matches")
    assert faults(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#choices-dx_A")).to_be_hidden()
    page.keyboard.press("Control+a")
    page.keyboard.type("hyperglycemia type 2", delay=20)
    expect(page.locator("#choices-dx_A [role=option]").first).to_contain_text("E11.65")
    assert faults(page, "chargeslip-choices") == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator("#diagnosis-A")).to_have_value("E11.65")
    expect(page.locator(".dx li").first).to_contain_text("Type 2 diabetes mellitus with hyperglycemia")
    expect(page.locator("#diagnosis-A")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#diagnosis-B")).to_be_focused()
    page.keyboard.type("M25.56")
    page.keyboard.press("Alt+l")
    page.keyboard.type("99213")
    page.keyboard.press("Tab")
    expect(page.locator("#lines-1-charge")).to_have_value("135.00")
    expect(page.locator("#lines-1-units")).to_have_value("1")
    page.locator("#lines-2-code").focus()
    page.keyboard.type("20610")
    page.keyboard.press("Tab")
    page.keyboard.type("RT")
    page.keyboard.press("Tab")
    expect(page.locator("#lines-3-code")).to_have_value("")
    expect(page.locator("#slip-counts")).to_contain_text("stop the claim")
    assert faults(page, "chargeslip") == []
    page.get_by_role("button", name="Add 25").click()
    expect(page.locator("#lines-1-modifiers")).to_have_value("25")
    page.get_by_role("button", name="M25.561").click()
    expect(page.locator("#diagnosis-B")).to_have_value("M25.561")
    expect(page.locator("#slip-counts")).to_contain_text("Nothing to mend")
    page.locator("#lines-2-units").focus()
    page.keyboard.press("Control+Enter")
    page.wait_for_url(f"{clinic.base}/charge-slips")
    expect(page.locator("#flash")).to_contain_text("Signed: $347.00")
    assert faults(page, "chargeslips-empty") == []
    assert db.session.scalars(select(Claim)).one().state == "ready"
    page.goto(f"{clinic.base}/charge-slips/{clinic.slip}")
    assert faults(page, "chargeslip-signed") == []


def test_what_was_refused_takes_the_focus_and_leads_to_its_field(clinic, page):
    page.goto(f"{clinic.base}/charge-slips/{clinic.slip}")
    page.locator("#diagnosis-A").fill("E11.65")
    page.locator("#lines-1-code").fill("99213")
    page.locator("#lines-1-units").fill("0")
    page.get_by_role("button", name="Save draft").click()
    expect(page.locator("#slip-refused")).to_be_focused()
    assert faults(page, "chargeslip-refused") == []
    page.locator("#slip-refused a").click()
    expect(page.locator("#lines-1-units")).to_be_focused()
