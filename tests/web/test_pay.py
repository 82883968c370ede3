"""The payment page: found by code and birth date, paid on the processor's page, posted once (T5, step 10)."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import clock, db, ledger
from clinic.app import create_app
from clinic.models import AuditEvent, PayLink
from tests.browser import Browser
from tests.web.pay_scene import (
    OTHER_BIRTH_DATE,
    D,
    form_of,
    go_on,
    house,
    pay_app,
    payment_of,
    processor,
    visitor,
)

__all__ = ["house", "pay_app", "processor", "visitor"]


REFUSED = "The code and the birth date do not match a bill."


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
        OTHER_BIRTH_DATE,
    ],
)
def test_every_wrong_answer_gets_the_same_page(pay_app, house, changes):
    browser = Browser(pay_app)
    page = browser.post("/pay", house.identity | changes, status=422)
    assert REFUSED in page.select_one("[role=alert]").text
    browser.get("/pay/bill", status=303)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"code": ""}, "Enter the code from your bill."),
        ({"code": "", "month": "", "day": "", "year": ""}, "Enter the code from your bill."),
        ({"month": "2", "day": "30"}, "Enter a birth date that exists"),
        ({"month": "", "day": "", "year": ""}, "Enter a birth date that exists"),
        ({"year": "x"}, "Enter a birth date that exists"),
        ({"year": "99999"}, "Enter a birth date that exists"),
    ],
)
def test_what_cannot_be_read_says_so_and_counts_as_no_try(pay_app, house, changes, said):
    browser = Browser(pay_app)
    for _ in range(6):
        page = browser.post("/pay", house.identity | changes, status=422)
        assert said in page.select_one("[role=alert]").text
        assert REFUSED not in page.text
    browser.post("/pay", house.identity, status=303)


def test_a_page_open_so_long_that_the_session_ended_keeps_what_was_typed(config, house):
    browser = Browser(create_app(config, testing=True))
    page = browser.post("/pay", house.identity, status=400)
    assert "open for a long time" in page.select_one("[role=alert]").text
    assert page.select_one("#code")["value"] == house.code
    again = {box["name"]: box["value"] for box in page.select("form input")}
    browser.post("/pay", again, status=303)
    assert browser.location.endswith("/pay/bill")


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


@pytest.mark.parametrize(
    "amount", ["-5", "1e5", "52.01", "0", "0.49", "", "ten", "1.005", "0,75", "NaN", "999999999999"]
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
