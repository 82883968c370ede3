"""Estimates in a real browser: the card fetches itself into panel and check-in, axe on every screen, light and dark."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from clinic import clearinghouse, clock, db, estimates
from clinic.models import Appointment
from tests import factories
from tests.estimates.house import answered, contract, value, visit
from tests.estimates.test_learning import claim_of_an_estimate, pay
from tests.web.running import IN_A_BROWSER, faults, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    base: str
    tokens: dict[str, str]
    plain: str
    qmb: str
    self_pay: str
    empty: str


@pytest.fixture
def clinic(committed, config, tmp_path) -> Iterator[Running]:
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    tokens = {}
    with db.transaction() as session:
        for role in ("front_desk", "manager"):
            tokens[role] = signed_in(session, role)[1]
        ids = _seed(session)
    with serving(config) as base:
        yield Running(base, tokens, *ids)


def _seed(session) -> tuple[str, str, str, str]:
    plain = visit(session, payer={"name": "Meridian Health PPO"})
    answered(session, plain.coverage, copay=value("25.00", "40.00"))
    contract(session, plain.payer, c99213="92.00", c83036="20.00")
    estimates.save(session, plain.appointment, estimates.parse("99213, 83036, 80053, 99396"), key="plain")
    qmb = visit(
        session, payer={"name": "Medicare Part B", "kind": "medicare"}, patient={"first_name": "Walter"}
    )
    answered(session, qmb.coverage, qmb=True)
    estimates.save(session, qmb.appointment, estimates.parse("99213"), key="qmb")
    alone = visit(
        session, covered=False, days=40, appointment={"booked_at": clock.now() - timedelta(days=20)}
    )
    estimates.save(
        session, alone.appointment, estimates.parse("99213, 83036"), diagnoses=["E11.9"],
        elsewhere="Laboratory, billed by the laboratory", key="alone",
    )  # fmt: skip
    estimates.prepay(
        session, session.get_one(Appointment, plain.appointment.id),
        estimates.editions(session, plain.appointment.id)[0],
        amount=Decimal("20.00"), method="cash", reference="", key="paid",
    )  # fmt: skip
    empty = visit(session)
    for number, share in enumerate(("25.00", "60.00", "31.00")):
        claim, _ = claim_of_an_estimate(session)
        pay(session, claim, share, trace=f"EFT{number}")
    return tuple(one.appointment.public_id for one in (plain, qmb, alone, empty))


@pytest.fixture
def pages(clinic, open_window) -> dict[str, Page]:
    return {role: open_window(token) for role, token in clinic.tokens.items()}


def test_every_screen_of_estimates_is_free_of_axe_violations(clinic, pages):
    addresses = {
        ("front_desk", "estimate"): f"/estimates/visits/{clinic.plain}",
        ("front_desk", "estimate-qmb"): f"/estimates/visits/{clinic.qmb}",
        ("front_desk", "estimate-good-faith"): f"/estimates/visits/{clinic.self_pay}",
        ("front_desk", "estimate-empty"): f"/estimates/visits/{clinic.empty}",
        ("front_desk", "good-faith"): "/estimates/good-faith",
        ("manager", "estimates-accuracy"): "/estimates/accuracy",
    }
    for (role, name), address in addresses.items():
        page = pages[role]
        page.goto(clinic.base + address)
        assert faults(page, name) == []


def test_the_card_fetches_itself_into_the_panel_and_into_check_in(clinic, pages):
    page = pages["front_desk"]
    page.goto(f"{clinic.base}/schedule/appointments/{clinic.qmb}")
    expect(page.locator("#estimate-card")).to_contain_text("Collect nothing")
    assert faults(page, "desk-qmb") == []
    page.goto(f"{clinic.base}/check-in/{clinic.plain}")
    expect(page.locator("#estimate-card")).to_contain_text("$")
    assert faults(page, "checkin-estimate") == []


def test_work_out_saves_nothing_and_save_keeps_it(clinic, pages):
    page = pages["front_desk"]
    page.goto(f"{clinic.base}/estimates/visits/{clinic.empty}")
    page.locator("#services").fill("99213")
    page.get_by_role("button", name="Work out").click()
    expect(page.locator("#work")).to_contain_text("Not saved")
    page.locator("#services").press("Control+Enter")
    expect(page.locator("#flash")).to_contain_text("The estimate is saved")
    expect(page.locator("#work")).to_contain_text("E-0")
