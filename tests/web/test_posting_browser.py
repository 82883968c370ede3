"""Posting and payments in a real browser: axe on every screen in both themes, matching and typing without a page load."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from clinic import clock, db, ledger, remittances, x12
from tests import factories
from tests.ledger.house import post_visit
from tests.remittances import house
from tests.remittances.house import answer, claim_at_payer, era, paid_line
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    """A clinic that answers on `base`, its biller's cookie, and the addresses of its screens."""

    base: str
    biller: str
    pages: dict[str, str]
    other: str


@pytest.fixture
def clinic(committed, config) -> Iterator[Running]:
    with db.transaction() as session:
        _, token = signed_in(session, "biller", name="Priya Nair")
        pages, other = _seed(session)
    with serving(config) as base:
        yield Running(base, token, pages, other)


def _seed(session) -> tuple[dict[str, str], str]:
    payer = factories.make_payer(session, name="Meridian Health")
    claims = [
        claim_at_payer(
            session, *lines, payer=payer, last_name=last, first_name=first, born_on=date(born, 4, 22)
        )
        for last, first, born, lines in (
            ("Whitfield", "Daniel", 1971, (("97110", "148.00"), ("97140", "74.00"))),
            ("Lee", "Ann", 1990, (("99213", "135.00"), ("87880", "38.00"))),
            ("Rossi", "Elena", 1984, (("99396", "260.00"), ("58301", "244.50"))),
            ("Obrien", "Maeve", 1992, (("76805", "410.00"), ("81002", "18.00"))),
            ("Holt", "Martin", 1959, (("99213", "160.00"),)),
        )
    ]
    whitfield, lee, rossi, obrien, holt = claims
    copay = ("PR", "3", "35.00")
    payments = [
        answer(
            whitfield,
            paid_line(whitfield, 0, "57.40", ("CO", "45", "55.60"), copay, units_paid=Decimal(2)),
            paid_line(whitfield, 1, "46.12", ("CO", "45", "27.88")),
        ),
        answer(
            lee,
            paid_line(lee, 0, "73.60", ("CO", "45", "36.40"), ("PR", "3", "25.00")),
            paid_line(lee, 1, "16.20", ("CO", "45", "21.80")),
        ),
        answer(
            rossi,
            paid_line(rossi, 0, "214.75", ("CO", "45", "45.25")),
            paid_line(rossi, 1, "0.00", ("CO", "97", "244.50"), remarks=("M15",)),
        ),
        answer(
            obrien,
            paid_line(
                obrien, 0, "150.64", ("CO", "45", "121.70"), ("PR", "1", "100.00"), ("PR", "2", "37.66")
            ),
            paid_line(obrien, 1, "4.80", ("CO", "45", "13.20")),
        ),
        answer(
            holt,
            paid_line(holt, 0, "126.40", ("CO", "45", "33.60"), line_control_number=""),
            control_number="88417-2",
            payer_control_number="",
        ),
    ]
    interest = x12.ProviderAdjustment(
        provider_id="1", fiscal_year_end=clock.today().replace(month=12, day=31), reason="WO", reference="ICN7",
        amount=Decimal("12.40"),
    )  # fmt: skip
    posted = house.pay(session, whitfield, *payments, provider_adjustments=(interest,))
    wrong = answer(holt, paid_line(holt, 0, "126.40", ("CO", "45", "33.59")))
    differs = house.take_in(session, era(session, payer, wrong, trace="EFT8840027714"))[0]
    bad = house.stored(session, b"ISA*00*", "cut off.835")
    remittances.take_in(session, bad)
    patient = factories.make_patient(session, last_name="Chen", first_name="Bo")
    post_visit(session, patient, None, "40.00", "61.50", key="older")
    receipt = ledger.receive_and_apply(
        session,
        guarantor_id=patient.guarantor_id,
        amount=Decimal("60.00"),
        method="check",
        reference="2041",
        key="c",
    )
    ledger.receive(
        session,
        guarantor_id=patient.guarantor_id,
        amount=Decimal("30.00"),
        method="cash",
        purpose="prepayment",
        key="d",
    )
    here = f"/remittances/{posted.public_id}"
    pages = {
        "remittances": "/remittances/",
        "remittances-unreadable": "/remittances/?tab=unreadable",
        "remittances-empty": "/remittances/?tab=reversed",
        "remittance": here,
        "remittance-claim": f"{here}?claim={posted.claim_payments[2].public_id}",
        "remittance-take-back": f"{here}?panel=reversal",
        "remittance-differs": f"/remittances/{differs.public_id}",
        "remittance-upload": "/remittances/file",
        "remittance-file": f"/remittances/file/{bad.public_id}",
        "payments": "/payments/",
        "payment": f"/payments/households/{patient.guarantor.public_id}",
        "receipt": f"/payments/receipts/{receipt.public_id}",
        "paper": f"/payments/paper?claim={whitfield.control_number}",
    }
    return pages, holt.control_number


@pytest.fixture
def page(clinic, open_window) -> Page:
    return open_window(clinic.biller)


def test_every_screen_of_posting_is_free_of_axe_violations(clinic, page):
    for name, address in clinic.pages.items():
        page.goto(clinic.base + address)
        assert faults(page, name) == []


def test_an_unmatched_claim_is_matched_on_the_spot(clinic, page):
    page.goto(clinic.base + clinic.pages["remittance"])
    expect(page.locator(".unapplied b")).to_have_text("$126.40")
    page.get_by_role("button", name=f"Match to {clinic.other}").click()
    expect(page.locator("#flash")).to_contain_text("$126.40 is posted")
    expect(page.locator(".unapplied b")).to_have_text("$0.00")
    expect(page).to_have_url(clinic.base + clinic.pages["remittance"])


def test_the_totals_of_a_paper_eob_follow_the_typing(clinic, page):
    page.goto(clinic.base + clinic.pages["paper"])
    page.get_by_label("Amount of the check").fill("100.00")
    page.get_by_label("97110 allowed").fill("92.40")
    page.get_by_label("97110 paid").fill("92.40")
    expect(page.locator("#totals")).to_contain_text("1 of 2 lines balance")
    expect(page.locator("#totals")).to_contain_text("$7.60")
    page.get_by_label("97110 paid").press("Enter")
    expect(page.get_by_label("97140 paid")).to_be_focused()
