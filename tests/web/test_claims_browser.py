"""The billers' list in a real browser: rows by keyboard, the panel beside them, axe on every screen."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from clinic import claims, clearinghouse, clock, db
from clinic.models import User
from tests import factories
from tests.claims.answers import ack_277ca, ack_999, send_all
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER
PEOPLE = (
    ("Stewart", "Gail", "50", 41), ("Dunn", "Walter", "197", 5), ("Obrien", "Maeve", "16", 63),
    ("Rossi", "Elena", "97", 28), ("Ferrari", "Gio", "22", 12), ("Tran", "Linh", "29", 3),
)  # fmt: skip


@dataclass
class Running:
    """A clinic that answers on `base`, the cookie of its biller, and one denied claim."""

    base: str
    token: str
    denied: str


@pytest.fixture
def clinic(committed, config, tmp_path) -> Iterator[Running]:
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    with db.transaction() as session:
        user, token = signed_in(session, "biller", name="Priya Nair")
        denied = _seed(session, user)
    with serving(config) as base:
        yield Running(base, token, denied)


def _seed(session, user: User) -> str:
    factories.make_practice(session)
    factories.make_fees(session)
    provider = factories.make_provider(session, first_name="Jin", last_name="Park", credential="PT")
    payer = factories.make_payer(session, name="Summit Medicare Advantage")
    last = ""
    for number, (surname, first, reason, days) in enumerate(PEOPLE):
        patient = factories.make_patient(
            session, last_name=surname, first_name=first, born_on=date(1955 + number * 4, 9, 30)
        )
        factories.make_coverage(session, patient, payer)
        claim = factories.make_claim(session, patient, provider=provider)
        _, (submission,) = send_all(session, [claim])
        claims.take_in_acknowledgment(session, ack_999(session, submission, {"0001": "A"}))
        words = {claim.control_number: ("A2", "20", "WQ", f"2606500881{number}")}
        claims.take_in_acknowledgment(session, ack_277ca(session, submission, words, number=950 + number))
        claim.state, claim.adjudicated_at, claim.owner_id = "denied", clock.now(), user.id
        for line in claim.lines:
            denial = claims.open_denial(
                session, claim, charge_id=line.charge_id, group_code="CO", reason_code=reason,
                amount=line.charge.amount, remark_codes=("M62",) if reason == "197" else (),
            )  # fmt: skip
            denial.due_on = clock.today() + timedelta(days=days)
        claims.note(session, claim, "Called Summit, ref. 88-20417. In process.")
        last = claim.public_id if reason == "197" else last
    for member in ("MHP1", ""):
        for _ in range(3):
            patient = factories.make_patient(session)
            factories.make_coverage(session, patient, payer, member_id=member)
            factories.make_claim(session, patient, lines=(("99214", "185.00"),), provider=provider)
    assert Decimal("0") < sum(denial.amount for denial in claims.open_denials(session, claim))
    return last


@pytest.fixture
def page(clinic, open_window) -> Page:
    return open_window(clinic.token)


def test_every_screen_of_claims_is_free_of_axe_violations(clinic, page):
    addresses = {
        "claims": "/claims/",
        "claims-blocked": "/claims/?tab=blocked",
        "claims-held-empty": "/claims/?tab=held",
        "denials": "/claims/denials",
        "claims-files": "/claims/answers",
        "claims-send": "/claims/submission",
        "claim": f"/claims/{clinic.denied}",
    }
    for name, address in addresses.items():
        page.goto(clinic.base + address)
        assert faults(page, name) == []


def test_rows_are_walked_and_opened_by_keyboard_and_the_panel_follows(clinic, page):
    page.goto(clinic.base + "/claims/denials?sort=due")
    expect(page.locator("#panel .panel-name")).to_contain_text("TRAN")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("#panel .panel-name")).to_contain_text("DUNN")
    expect(page.locator("tr[aria-selected=true]")).to_contain_text("DUNN")
    expect(page).to_have_url(re.compile("open="))
    page.keyboard.press("n")
    page.locator("#note-text").fill("Left a message.")
    page.locator("#note-text").press("Control+Enter")
    expect(page.locator("#panel ol.time")).to_contain_text("Left a message.")


def test_a_claim_is_held_from_the_panel_and_the_list_follows(clinic, page):
    page.goto(clinic.base + "/claims/")
    name = page.locator("#panel .sec-head .code").first.inner_text()
    page.locator("summary", has_text="Hold").click()
    page.locator("#hold-until").fill("t-3")
    page.get_by_role("button", name="Hold it").click()
    expect(page.locator("#hold-until-error")).to_contain_text("today or a later day")
    page.locator("#hold-until").fill("t+3")
    page.get_by_role("button", name="Hold it").click()
    expect(page.locator("#flash")).to_contain_text("is held until")
    expect(page.locator("#list")).not_to_contain_text(name.removeprefix("Claim "))
