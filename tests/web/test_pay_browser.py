"""A patient pays in a real browser: phone and desk, English and Spanish, without a script, axe on every page."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest
from playwright.sync_api import Page, expect

from clinic import db, ledger
from clinic.demo import processor as processors
from jobs import work
from tests import factories
from tests.payments.house import SECRET, House, household, stand_in, visit
from tests.web import running
from tests.web.running import DESK, IN_A_BROWSER, PHONE, faults, serving, signed_in

pytestmark = IN_A_BROWSER


@dataclass
class Running:
    """A clinic that answers on `base`, one household's bill, and a biller's cookie."""

    base: str
    house: House
    token: str
    processor: processors.Processor


@pytest.fixture
def clinic(committed, config, tmp_path, monkeypatch) -> Iterator[Running]:
    for name, value in {
        "DATABASE_URL": committed.app_url,
        "REDIS_URL": "unix:///nowhere",
        "CLINIC_SECRET_KEY": config.secret_key,
        "CLINIC_KEY_FILE": str(config.key_file),
        "CLINIC_REHEARSAL": "1",
    }.items():
        monkeypatch.setenv(name, value)
    # The bank answers when the test says so.
    monkeypatch.setattr(processors, "BANK_SECONDS", 3600)
    house, token = _seed()
    with stand_in() as processor:
        settings = replace(processor.configure(config), data_folder=tmp_path)
        assert settings.stripe_webhook_secret == SECRET
        with serving(settings) as base:
            processor.state.webhook_url = f"{base}/pay/events"
            yield Running(base, house, token, processor.state)


def _seed() -> tuple[House, str]:
    with db.transaction() as session:
        factories.make_practice(session)
        factories.make_fees(session, c99214="185.00", c73030="210.00", c99213="142.00", c85025="32.00")
        _, token = signed_in(session, "biller", name="Priya Nair")
    for number, name in enumerate(("Alder", "Birch", "Cedar", "Dogwood", "Elm")):
        patient = factories.make_patient(db.session(), last_name=name)
        visit(db.session(), patient, (("PR-1", "40.00"),))
        if number == 3:
            patient.guarantor.statement_hold = "Disputed, call of 11/12"
        with db.transaction():
            pass
    house = household(db.session())
    visit(
        db.session(),
        house.patient,
        (("PR-1", "96.40"), ("PR-3", "25.00")),
        paid="10.00",
        contractual="53.60",
        lines=(("99214", "185.00"), ("73030", "0.00")),
    )
    work.drain()
    db.session.remove()
    return house, token


def on_a_phone(open_window, **options) -> Page:
    return open_window("", 390, 844, **options)


def look_at(page: Page, name: str) -> None:
    """On the desk and on the phone, which is where it is left."""
    running.look_at(page, name, DESK, PHONE)


def find_bill(page: Page, clinic: Running, language: str = "en") -> None:
    page.goto(f"{clinic.base}/pay?lang={language}")
    page.locator("#code").fill(clinic.house.code)
    for box, name in (("#m", "month"), ("#d", "day"), ("#y", "year")):
        page.locator(box).fill(clinic.house.identity[name])
    page.locator("form button").click()


def test_a_patient_pays_part_by_card_and_the_rest_by_bank(clinic, open_window):
    page = on_a_phone(open_window)
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text))
    page.goto(f"{clinic.base}/pay")
    look_at(page, "pay-find")
    page.locator("form button").click()
    expect(page.locator("[role=alert]")).to_contain_text("Enter the code from your bill")
    look_at(page, "pay-find-error")
    find_bill(page, clinic)
    expect(page.locator("h1")).to_contain_text("You owe $")
    look_at(page, "pay-bill")
    page.locator("summary").first.click()
    page.locator("#how-part").check()
    page.locator("#amount").fill("9999")
    page.locator("form button").click()
    expect(page.locator("#amount-err")).to_contain_text("Enter an amount from $0.50")
    look_at(page, "pay-bill-error")
    page.locator("#amount").fill("20.00")
    page.locator("form button").click()
    expect(page.locator("h1")).to_have_text("$20.00")
    page.locator("button[value=decline]").click()
    expect(page.locator("[role=alert]")).to_contain_text("declined")
    page.locator("#email").fill("maria@example.com")
    page.locator("button[value=card]").click()
    expect(page.locator("h1")).to_have_text("You paid $20.00")
    look_at(page, "pay-done")
    page.get_by_role("link", name="Back to my bill").click()
    expect(page.locator("h1")).to_contain_text("You owe $")
    rest = page.locator("h1 .p-amount").inner_text()
    page.locator("form button").click()
    expect(page.locator("h1")).to_have_text(rest)
    page.locator("#email").fill("maria@example.com")
    page.locator("button[value=us_bank_account]").click()
    expect(page.locator(".p-status")).to_have_text("Waiting for your bank")
    look_at(page, "pay-done-bank")
    done = page.url
    page.goto(f"{clinic.base}/pay/bill")
    look_at(page, "pay-bill-waiting")
    bank, last = clinic.processor, [*clinic.processor.sessions][-1]
    bank.tell(*bank.settle(last, good=True))
    bank.deliveries[-1].join(30)
    page.goto(done)
    expect(page.locator("h1")).to_contain_text("You paid")
    page.goto(f"{clinic.base}/pay/bill")
    expect(page.locator("h1")).to_have_text("You owe nothing")
    look_at(page, "pay-bill-paid")
    # A refused form answers 422, which the browser notes; nothing else may stand there.
    assert [text for text in errors if "422" not in text] == []
    assert ledger.guarantor_balance(db.session(), clinic.house.patient.guarantor_id).due == 0
    db.session.remove()


def test_every_page_in_spanish(clinic, open_window):
    page = on_a_phone(open_window)
    page.goto(f"{clinic.base}/pay?lang=es")
    look_at(page, "pay-find-es")
    find_bill(page, clinic, "es")
    expect(page.locator("h1")).to_contain_text("Usted debe")
    look_at(page, "pay-bill-es")
    page.locator("form button").click()
    expect(page.locator("button[value=card]")).to_contain_text("tarjeta")
    page.get_by_role("link", name="Volver a la clínica").click()
    expect(page.get_by_role("link", name="Volver a mi factura")).to_be_visible()
    look_at(page, "pay-cancelled-es")
    page.get_by_role("link", name="Volver a mi factura").click()
    expect(page.locator("h1")).to_contain_text("Usted debe")
    page.locator("form button").click()
    page.locator("button[value=us_bank_account]").click()
    expect(page.locator(".p-status")).to_have_text("Esperando a su banco")
    look_at(page, "pay-done-bank-es")


def test_the_page_works_without_a_script(clinic, open_window):
    page = on_a_phone(open_window, java_script_enabled=False)
    page.goto(f"{clinic.base}/pay/{clinic.house.token}")
    expect(page.locator("#code")).to_have_value(clinic.house.code)
    find_bill(page, clinic)
    expect(page.locator("h1")).to_contain_text("You owe $")
    page.locator("form button").click()
    page.locator("button[value=card]").click()
    expect(page.locator("h1")).to_contain_text("You paid")


def test_the_billers_screens_of_statements_are_free_of_axe_violations(clinic, open_window):
    page = open_window(clinic.token)

    def seen(name: str) -> None:
        assert faults(page, name) == []

    page.goto(f"{clinic.base}/statements?view=left")
    seen("statements-left")
    page.locator("a.target", has_text="DOGWOOD").click()
    expect(page.locator("#panel .panel-name")).to_contain_text("DOGWOOD")
    page.get_by_role("button", name="Lift the hold").click()
    expect(page.locator("#flash")).to_contain_text("again")
    page.goto(f"{clinic.base}/statements")
    seen("statements")
    page.locator("#reason").fill("")
    page.get_by_role("button", name="Hold statements").click()
    expect(page.locator("#reason-error")).to_contain_text("Say why")
    page.get_by_role("button", name="Make 1 statement").click()
    expect(page.locator("#progress")).to_contain_text("0 of 1 made")
    seen("statements-running")
    work.drain()
    db.session.remove()
    expect(page.locator("#progress")).to_contain_text("1 made")
    expect(page.locator("#list")).to_contain_text("Ready")
    seen("statements-done")
    page.get_by_role("button", name="Revoke").click()
    expect(page.locator("#flash")).to_contain_text("opens nothing any more")
    page.goto(f"{clinic.base}/statements?view=batches")
    seen("statements-runs")
    page.goto(f"{clinic.base}/mail")
    seen("mail-empty")
