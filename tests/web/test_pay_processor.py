"""From the amount to the receipt: hosted page, events, banks, and what is not believed."""

import re
import time
from dataclasses import replace

from sqlalchemy import func, select

from clinic import ledger
from clinic.app import create_app
from clinic.models import CardPayment, Message, ProcessorEvent, Receipt
from tests import factories
from tests.browser import Browser
from tests.payments.house import BANK, CARD, DECLINE, household, stand_in
from tests.web.pay_scene import (
    OTHER_BIRTH_DATE,
    D,
    form_of,
    go_on,
    house,
    opened,
    pay_app,
    payment_of,
    processor,
    visitor,
)

__all__ = ["house", "pay_app", "processor", "visitor"]


def deliver(visitor, processor, address, kind="completed", status=200):
    body, signature = processor.event(address, kind)
    visitor.post("/pay/events", body, status=status, headers={"Stripe-Signature": signature})


def due(session, house):
    session.expire_all()
    return ledger.guarantor_balance(session, house.patient.guarantor_id).due


def receipts(session):
    return session.scalar(select(func.count()).select_from(Receipt))


def test_the_processor_is_told_an_amount_and_no_word_about_the_visit(visitor, processor, house):
    address = go_on(visitor, how="part", amount="20")
    told = processor.session(address)
    assert told["amount_total"] == 2000
    assert processor.state.names[told["id"]] == "Account balance"
    everything = str(told)
    for word in ("Daniel", "Whitfield", "99214", house.statement.number, house.patient.mrn):
        assert word not in everything


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
