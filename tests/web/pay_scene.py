"""A household with a bill, a visitor before the public page, and the processor behind it."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic.app import create_app
from clinic.models import CardPayment
from tests import factories
from tests.browser import Browser
from tests.payments.house import household, stand_in

D = Decimal


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


def payment_of(session):
    return session.scalars(select(CardPayment).order_by(CardPayment.id.desc())).first()
