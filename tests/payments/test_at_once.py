"""Many at once, over real commits: one payment row, one hosted page, one receipt (trust T1)."""

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from clinic import db, ledger
from clinic.app import create_app
from clinic.models import CardPayment, ProcessorEvent, Receipt
from clinic.web.sessions import COOKIE
from tests import factories
from tests.browser import Browser
from tests.payments.house import CARD, D, House, StandIn, household, stand_in

AT_ONCE = 12


@pytest.fixture
def processor() -> Iterator[StandIn]:
    with stand_in() as found:
        yield found


@pytest.fixture
def app(config, committed, processor) -> Flask:
    made = create_app(processor.configure(config), testing=True)
    made.config["WTF_CSRF_ENABLED"] = False
    return made


@pytest.fixture
def house(committed) -> House:
    with db.transaction() as session:
        factories.make_practice(session)
    return household(db.session())


def together(work: Callable[[], Any]) -> list[Any]:
    """Run `work` in many threads that start at one moment; what each returned, or its error."""
    gate = threading.Barrier(AT_ONCE)
    answers: list[Any] = []

    def run() -> None:
        gate.wait()
        try:
            answers.append(work())
        except Exception as error:
            answers.append(error)
        finally:
            db.session.remove()

    threads = [threading.Thread(target=run) for _ in range(AT_ONCE)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_many_clicks_and_many_deliveries_make_one_payment(app, house, processor):
    guarantor = house.patient.guarantor_id
    visitor = Browser(app)
    visitor.post("/pay", house.identity, status=303)
    token = visitor._client.get_cookie(COOKIE).value
    fields = {
        box["name"]: box["value"] for box in visitor.get("/pay/bill").select("form input[type=hidden][value]")
    }
    db.session.remove()

    def click() -> str:
        browser = Browser(app)
        browser._client.set_cookie(COOKIE, token, secure=True, path="/")
        browser.post("/pay/checkout", fields | {"how": "all"}, status=303)
        return browser.location

    answers = together(click)
    address = answers[0]
    assert answers == [address] * AT_ONCE
    assert len(processor.state.sessions) == 1
    processor.pay(address, CARD)
    body, signature = processor.event(address)

    def deliver() -> int:
        browser = Browser(app)
        browser.post("/pay/events", body, status=200, headers={"Stripe-Signature": signature})
        return browser.response.status_code

    assert together(deliver) == [200] * AT_ONCE
    session = db.session()
    for model in (CardPayment, ProcessorEvent, Receipt):
        assert session.scalar(select(func.count()).select_from(model)) == 1
    assert ledger.guarantor_balance(session, guarantor).due == D("0.00")
