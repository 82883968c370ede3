"""The payment page: found by code and birth date, paid on the processor's page, posted once (T5, step 10)."""

import re
import time
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import clock, db, ledger
from clinic.app import create_app
from clinic.models import AuditEvent, CardPayment, Message, PayLink, ProcessorEvent, Receipt
from tests import factories
from tests.browser import Browser
from tests.payments.house import BANK, CARD, DECLINE, household, stand_in

D = Decimal
REFUSED = "The code and the birth date do not match a bill."
OTHER_BIRTH_DATE = {"month": "4", "day": "23", "year": "1971"}


@pytest.fixture(scope="module")
def processor():
    with stand_in() as found:
        yield found


@pytest.fixture(scope="module")
def pay_app(config, processor):
    made = create_app(processor.configure(config), testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def house(session):
    factories.make_practice(session)
    return household(session)


@pytest.fixture
def visitor(pay_app, house):
    """A browser that has opened the household's bill."""
    return opened(pay_app, house)


def opened(app, house):
    browser = Browser(app)
    browser.post("/pay", house.identity, status=303)
    return browser


def form_of(page, **changes):
    fields = {box["name"]: box["value"] for box in page.select("form input[type=hidden]") if box.get("value")}
    return fields | {"how": "all"} | changes


def go_on(visitor, status=303, **changes):
    """Press "Continue to pay"; the address of the hosted page, or the page that refuses."""
    page = visitor.post("/pay/checkout", form_of(visitor.get("/pay/bill"), **changes), status=status)
    return visitor.location if status == 303 else page


def deliver(visitor, processor, address, kind="completed", status=200):
    body, signature = processor.event(address, kind)
    visitor.post("/pay/events", body, status=status, headers={"Stripe-Signature": signature})


def due(session, house):
    session.expire_all()
    return ledger.guarantor_balance(session, house.patient.guarantor_id).due


def receipts(session):
    return session.scalar(select(func.count()).select_from(Receipt))


def payment_of(session):
    return session.scalars(select(CardPayment).order_by(CardPayment.id.desc())).first()


# --- Finding the bill ------------------------------------------------------


def test_a_code_and_a_birth_date_open_the_bill_of_the_household(visitor, session, house):
    page = visitor.get("/pay/bill")
    assert page.h1.text == "You owe $52.00"
    assert [head.text.split(": ")[1] for head in page.select(".p-visit h3")] == ["Daniel", "Leo"]
    assert "Whitfield" not in page.text
    assert "E11.65" not in page.text


def test_the_reasons_on_the_page_add_up_to_the_amount(visitor):
    page = visitor.get("/pay/bill")
    amounts = [D(re.search(r"\$([\d.]+) is", each.text)[1]) for each in page.select(".p-reason p")]
    assert sum(amounts) == D("52.00")
    for table in page.select(".p-visit > table"):
        cells = [D(cell.text.replace("\u2212", "-").replace("$", "")) for cell in table.select("td")]
        assert sum(cells[:-1]) == cells[-1]


def test_any_birth_date_of_the_household_opens_it(pay_app, house):
    browser = Browser(pay_app)
    browser.post("/pay", {"code": house.code.lower(), "month": "05", "day": "2", "year": "2016"}, status=303)
    assert browser.location.endswith("/pay/bill")


@pytest.mark.parametrize(
    "changes",
    [
        {"code": "K7MP-4TQ2"},
        {"code": ""},
        OTHER_BIRTH_DATE,
        {"month": "2", "day": "30"},
        {"month": "", "day": "", "year": ""},
        {"year": "x"},
        {"year": "99999"},
    ],
)
def test_every_wrong_answer_gets_the_same_page(pay_app, house, changes):
    browser = Browser(pay_app)
    page = browser.post("/pay", house.identity | changes, status=422)
    assert REFUSED in page.select_one("[role=alert]").text
    browser.get("/pay/bill", status=303)


def test_five_wrong_birth_dates_lock_the_code_and_the_answer_stays_the_same(pay_app, session, house):
    browser = Browser(pay_app)
    for _ in range(5):
        first = browser.post("/pay", house.identity | OTHER_BIRTH_DATE, status=422)
    locked = browser.post("/pay", house.identity, status=422)
    words = locked.select_one("[role=alert]").text
    assert words == first.select_one("[role=alert]").text
    link = session.scalars(select(PayLink)).one()
    link.locked_until = clock.wall_now()
    session.flush()
    browser.post("/pay", house.identity, status=303)


def test_guessing_codes_locks_the_address_but_not_the_staffs_sign_in(pay_app, session, house):
    browser = Browser(pay_app)
    for number in range(20):
        browser.post("/pay", house.identity | {"code": f"ZZZZ-ZZ{number:02}"}, status=422)
    browser.post("/pay", house.identity, status=422)
    page = browser.post("/sign-in", {"sign_in_name": "nobody", "password": "wrong words"}, status=422)
    assert "locked" not in page.text.lower()


def test_the_link_of_the_qr_code_fills_in_the_code_and_still_asks_for_the_birth_date(pay_app, house):
    browser = Browser(pay_app)
    browser.get(f"/pay/{house.token}", status=303)
    assert browser.location.endswith("/pay")
    page = browser.get("/pay")
    assert page.select_one("#code")["value"] == house.code
    browser.get("/pay/bill", status=303)


def test_an_unknown_or_revoked_link_gets_the_same_page_without_a_code(pay_app, biller, session, house):
    browser = Browser(pay_app)
    browser.get("/pay/AAAAAAAAAAAAAAAAAAAAAA", status=303)
    assert not browser.get("/pay").select_one("#code")["value"]
    biller.post(f"/statements/{house.statement.public_id}/link-revocation", status=303)
    browser.get(f"/pay/{house.token}", status=303)
    assert not browser.get("/pay").select_one("#code")["value"]
    browser.post("/pay", house.identity, status=422)


def test_the_bill_closes_after_a_quarter_of_an_hour_however_busy_one_is(pay_app, visitor, monkeypatch):
    later = clock.wall_now() + timedelta(minutes=14)
    monkeypatch.setattr(clock, "wall_now", lambda: later)
    visitor.get("/pay/bill")
    later += timedelta(minutes=2)
    visitor.get("/pay/bill", status=303)
    assert "ended" in visitor.location


def test_who_looked_at_a_bill_is_on_record(visitor, session, house):
    visitor.get("/pay/bill")
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "statement.view")).first()
    assert house.patient.id in event.patient_ids
    assert event.subject == f"statement:{house.statement.number}"


# --- The amount ------------------------------------------------------------


@pytest.mark.parametrize(
    "amount", ["-5", "1e5", "52.01", "0", "0.49", "", "ten", "1.005", "NaN", "999999999999"]
)
def test_an_amount_that_may_not_be_paid_is_refused_and_nothing_changes(visitor, session, amount):
    page = go_on(visitor, 422, how="part", amount=amount)
    assert "Enter an amount from $0.50 to $52.00" in page.select_one("[role=alert]").text
    assert page.select_one("#amount")["value"] == amount
    assert payment_of(session) is None


@pytest.mark.parametrize("shown", ["40.00", "520.00", "-52.00", "x"])
def test_the_amount_that_the_page_carries_is_not_believed(visitor, session, shown):
    go_on(visitor, 422, shown=shown)
    assert payment_of(session) is None


def test_a_bill_that_changed_while_it_was_read_is_shown_again(visitor, session, house):
    fields = form_of(visitor.get("/pay/bill"))
    with db.transaction() as current:
        ledger.receive_and_apply(
            current,
            guarantor_id=house.patient.guarantor_id,
            amount=D("40.00"),
            method="check",
            reference="1",
            key="check",
        )
    page = visitor.post("/pay/checkout", fields, status=422)
    assert "has changed to $12.00" in page.select_one("[role=alert]").text
    assert payment_of(session) is None


def test_the_processor_is_told_an_amount_and_no_word_about_the_visit(visitor, processor, house):
    address = go_on(visitor, how="part", amount="20")
    told = processor.session(address)
    assert told["amount_total"] == 2000
    assert processor.state.names[told["id"]] == "Account balance"
    everything = str(told)
    for word in ("Daniel", "Whitfield", "99214", house.statement.number, house.patient.mrn):
        assert word not in everything


# --- Paying ----------------------------------------------------------------


def test_a_card_pays_the_bill_and_the_page_says_so(visitor, processor, session, house):
    address = go_on(visitor)
    back = processor.pay(address).headers["Location"]
    deliver(visitor, processor, address)
    page = visitor.get(back.removeprefix("http://127.0.0.1:8000"))
    assert page.h1.text == "You paid $52.00"
    assert "You owe nothing more" in page.text
    assert re.fullmatch(r"\d{4} \d{4}", page.select_one(".p-big").text)
    assert due(session, house) == 0
    assert payment_of(session).receipt_id
    assert visitor.get("/pay/bill").h1.text == "You owe nothing"


def test_twenty_deliveries_of_one_event_make_one_receipt_and_one_mail(visitor, processor, session, house):
    address = go_on(visitor, how="part", amount="20.00")
    processor.pay(address)
    body, signature = processor.event(address)
    for _ in range(20):
        visitor.post("/pay/events", body, status=200, headers={"Stripe-Signature": signature})
    assert due(session, house) == D("32.00")
    assert receipts(session) == 1
    assert session.scalar(select(func.count()).select_from(ProcessorEvent)) == 1
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_another_event_about_the_same_payment_pays_nothing_more(visitor, processor, session, house):
    address = go_on(visitor)
    processor.pay(address)
    deliver(visitor, processor, address)
    deliver(visitor, processor, address, "async_payment_succeeded")
    deliver(visitor, processor, address, "expired")
    assert receipts(session) == 1
    assert payment_of(session).state == "paid"


def test_the_return_page_settles_before_the_event_comes_and_the_event_then_changes_nothing(
    visitor, processor, session, house
):
    address = go_on(visitor)
    back = processor.pay(address).headers["Location"]
    assert visitor.get(back).h1.text == "You paid $52.00"
    deliver(visitor, processor, address)
    assert (receipts(session), due(session, house)) == (1, 0)


def test_the_return_page_alone_pays_nothing(visitor, processor, session, house):
    go_on(visitor)
    page = visitor.get(f"/pay/done/{payment_of(session).public_id}")
    assert "do not know of a payment" in page.h1.text
    assert (receipts(session), due(session, house)) == (0, D("52.00"))


def test_the_second_click_opens_the_same_hosted_page(visitor, processor, session):
    fields = form_of(visitor.get("/pay/bill"))
    visitor.post("/pay/checkout", fields, status=303)
    first = visitor.location
    visitor.post("/pay/checkout", fields, status=303)
    assert visitor.location == first
    assert session.scalar(select(func.count()).select_from(CardPayment)) == 1
    assert processor.session(first)["status"] == "open"


def test_going_back_and_choosing_another_amount_pays_that_amount(visitor, processor, session):
    fields = form_of(visitor.get("/pay/bill"))
    visitor.post("/pay/checkout", fields, status=303)
    first = visitor.location
    visitor.post("/pay/checkout", fields | {"how": "part", "amount": "10.00"}, status=303)
    assert processor.session(visitor.location)["amount_total"] == 1000
    assert processor.session(first)["status"] == "expired"


def test_the_form_of_a_bill_that_was_paid_leads_to_its_receipt(visitor, processor):
    fields = form_of(visitor.get("/pay/bill"))
    visitor.post("/pay/checkout", fields, status=303)
    processor.pay(visitor.location)
    deliver(visitor, processor, visitor.location)
    visitor.post("/pay/checkout", fields, status=303)
    assert "/pay/done/" in visitor.location


def test_of_two_windows_only_the_newer_hosted_page_can_be_paid(pay_app, processor, session, house):
    one, two = opened(pay_app, house), opened(pay_app, house)
    first, second = go_on(one), go_on(two)
    assert processor.pay(first).status_code == 410
    processor.pay(second)
    deliver(two, processor, second)
    assert (receipts(session), due(session, house)) == (1, 0)


def test_a_window_that_was_paid_meanwhile_stops_the_other_one(pay_app, processor, session, house):
    one, two = opened(pay_app, house), opened(pay_app, house)
    processor.pay(go_on(one))
    page = go_on(two, 422)
    assert page.h1.text == "You owe nothing"
    assert (receipts(session), due(session, house)) == (1, 0)


def test_a_bank_payment_waits_and_is_not_asked_for_again_until_the_bank_has_paid(
    visitor, processor, session, house
):
    address = go_on(visitor)
    back = processor.pay(address, BANK).headers["Location"]
    deliver(visitor, processor, address)
    page = visitor.get(back)
    assert page.select_one(".p-status").text == "Waiting for your bank"
    assert "m•••@example.com" in page.text
    assert due(session, house) == D("52.00")
    bill = visitor.get("/pay/bill")
    assert bill.h1.text == "Your payment is on its way"
    assert not bill.select("form")
    processor.state.settle(address.rpartition("/")[2], good=True)
    deliver(visitor, processor, address, "async_payment_succeeded")
    assert due(session, house) == 0
    assert visitor.get(back).h1.text == "You paid $52.00"


def test_a_bank_that_refuses_leaves_the_bill_and_says_so_by_mail(visitor, processor, session, house):
    address = go_on(visitor)
    back = processor.pay(address, BANK).headers["Location"]
    deliver(visitor, processor, address, "async_payment_failed")
    deliver(visitor, processor, address)  # events come in any order
    deliver(visitor, processor, address, "async_payment_failed")
    assert visitor.get(back).h1.text == "Your bank did not send the payment"
    assert due(session, house) == D("52.00")
    assert [message.kind for message in session.scalars(select(Message))] == ["card_failed"]
    assert visitor.get("/pay/bill").h1.text == "You owe $52.00"


def test_a_declined_card_stays_on_the_hosted_page_and_changes_nothing(visitor, processor, session, house):
    address = go_on(visitor)
    assert "declined" in processor.pay(address, DECLINE).headers["Location"]
    assert processor.session(address)["status"] == "open"
    assert due(session, house) == D("52.00")
    page = visitor.get("/pay/cancelled")
    assert page.h1.text == "Nothing was paid"


def test_a_hosted_page_that_expired_leaves_the_bill(visitor, processor, session, house):
    address = go_on(visitor)
    processor.session(address)["status"] = "expired"
    deliver(visitor, processor, address, "expired")
    assert payment_of(session).state == "expired"
    assert due(session, house) == D("52.00")
    assert go_on(visitor) != address


def test_a_silent_processor_is_told_in_words_and_nothing_is_charged(config, session, house):
    silent = create_app(replace(config, stripe_api_base="http://127.0.0.1:9"), testing=True)
    silent.config["WTF_CSRF_ENABLED"] = False
    page = go_on(opened(silent, house), 422)
    assert "Nothing was charged" in page.select_one("[role=alert]").text
    assert due(session, house) == D("52.00")


def test_a_payment_of_another_amount_than_was_asked_is_refused(visitor, processor, session, house):
    address = go_on(visitor)
    processor.pay(address)
    processor.session(address)["amount_total"] = 1
    deliver(visitor, processor, address, status=400)
    assert (receipts(session), due(session, house)) == (0, D("52.00"))
    assert session.scalar(select(func.count()).select_from(ProcessorEvent)) == 0


# --- The events ------------------------------------------------------------


def test_a_forged_signature_is_refused(visitor, processor, session):
    address = go_on(visitor)
    processor.pay(address)
    body, signature = processor.event(address)
    for forged in ("", "t=1,v1=00", signature[:-1] + ("0" if signature[-1] != "0" else "1")):
        visitor.post("/pay/events", body, status=400, headers={"Stripe-Signature": forged})
    visitor.post(
        "/pay/events", body.replace(b"paid", b"PAID"), status=400, headers={"Stripe-Signature": signature}
    )
    assert receipts(session) == 0


def test_an_event_eight_days_old_is_refused(visitor, processor, session):
    address = go_on(visitor)
    processor.pay(address)
    body, _ = processor.event(address)
    old = processor.state.sign(body, at=int(time.time()) - 8 * 86_400)
    visitor.post("/pay/events", body, status=400, headers={"Stripe-Signature": old})
    assert receipts(session) == 0


def test_without_a_webhook_secret_no_event_is_believed(config, session, house):
    bare = create_app(replace(config, stripe_webhook_secret=""), testing=True)
    body = b'{"id": "evt_1", "type": "x", "data": {"object": {}}}'
    with stand_in() as other:
        other.state.webhook_secret = ""
        signature = other.state.sign(body)
    Browser(bare).post("/pay/events", body, status=400, headers={"Stripe-Signature": signature})


def test_an_event_about_somebody_elses_business_is_taken_in_and_moves_nothing(visitor, processor, session):
    body = processor.state.event("checkout.session.completed", {"id": "cs_other", "metadata": {}})
    visitor.post("/pay/events", body, status=200, headers={"Stripe-Signature": processor.state.sign(body)})
    assert receipts(session) == 0


# --- Spanish, headers, strangers -------------------------------------------


def test_every_page_speaks_spanish_and_remembers_it(pay_app, processor, session, house):
    browser = Browser(pay_app)
    page = browser.get("/pay?lang=es")
    assert (page.html["lang"], page.h1.text) == ("es", "Pague su factura")
    assert page.title.text.startswith("Pague su factura")
    refused = browser.post("/pay", house.identity | OTHER_BIRTH_DATE, status=422)
    assert "no corresponden" in refused.select_one("[role=alert]").text
    browser.post("/pay", house.identity, status=303)
    bill = browser.get("/pay/bill")
    assert bill.h1.text == "Usted debe $52.00"
    assert "es su deducible" in bill.text
    assert "Escriba una cantidad de $0.50 a $52.00" in go_on(browser, 422, how="part", amount="-1").text
    address = go_on(browser)
    assert processor.session(address)["locale"] == "es"
    assert processor.state.names[processor.session(address)["id"]] == "Saldo de la cuenta"
    back = processor.pay(address).headers["Location"]
    done = browser.get(back)
    assert done.h1.text == "Usted pagó $52.00"
    assert "Gracias, Daniel. Ya no debe nada" in done.text
    english = browser.get(done.select_one(".p-lang a")["href"])
    assert english.h1.text == "You paid $52.00"


def test_a_household_that_speaks_spanish_gets_its_bill_in_spanish(pay_app, session):
    factories.make_practice(session)
    house = household(session, language="es")
    assert opened(pay_app, house).get("/pay/bill").html["lang"] == "es"


def test_a_browser_that_asks_for_spanish_gets_it(pay_app, house):
    page = Browser(pay_app).get("/pay", headers={"Accept-Language": "es-MX,es;q=0.9,en;q=0.5"})
    assert page.html["lang"] == "es"


def test_the_forms_may_go_to_us_and_to_the_processor_only(visitor, processor):
    visitor.get("/pay/bill")
    policy = visitor.response.headers["Content-Security-Policy"]
    assert f"form-action 'self' https://checkout.stripe.com {processor.base}" in policy
    assert "script-src 'self'" in policy


def test_a_stranger_with_the_receipts_address_learns_no_name_and_no_balance(
    pay_app, visitor, processor, session
):
    address = go_on(visitor, how="part", amount="20.00")
    processor.pay(address, CARD)
    deliver(visitor, processor, address)
    page = Browser(pay_app).get(f"/pay/done/{payment_of(session).public_id}")
    assert page.h1.text == "You paid $20.00"
    assert "Daniel" not in page.text
    assert "$32.00" not in page.text


def test_an_unknown_payment_is_not_found(pay_app, house):
    Browser(pay_app).get("/pay/done/AAAAAAAAAAAAAAAAAAAAAA", status=404)
