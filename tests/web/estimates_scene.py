"""An estimate's page as a browser sees it: its address, its forms, its paper."""

import io

import pypdf
import pytest
from sqlalchemy import func, select

from clinic import db
from clinic.models import Estimate
from tests.estimates.house import answered, contract, visit


@pytest.fixture
def here(session, app):
    made = visit(session)
    answered(session, made.coverage)
    contract(session, made.payer, c99213="92.00", c83036="20.00")
    return settled(session, made)


def settled(session, made):
    with db.transaction():
        session.flush()
    return made


def url(made, tail=""):
    return f"/estimates/visits/{made.appointment.public_id}{tail}"


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def sent(page, selector, **changes):
    """The form as a browser would send it."""
    form = page.select_one(selector)
    fields = form.select("input[type=hidden], input[type=text], input:not([type])")
    data = {field["name"]: field.get("value", "") for field in fields if field.get("name")}
    data |= {field["name"]: field["value"] for field in form.select("input[type=radio][checked]")}
    return data | changes


def save(browser, made, services="99213, 83036", **changes):
    data = sent(browser.get(url(made)), "#work form", services=services)
    browser.post(url(made), data | changes, status=303)
    return db.session.scalars(select(Estimate).order_by(Estimate.id.desc())).first()


def text(response):
    return " ".join(
        "\n".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(response.data)).pages).split()
    )
