"""An arrived visit before its check-in, with its payer behind the files."""

from datetime import date

import pytest
from sqlalchemy import func, select

from clinic import db, ledger
from clinic.models import (
    Patient,
)
from tests import factories
from tests.eligibility.desk import make_desk


@pytest.fixture
def desk(session, config, tmp_path, app):
    return lambda **changes: make_desk(session, config, tmp_path, **changes)


def url(here, tail=""):
    return f"/check-in/{here.appointment.public_id}{tail}"


def payment(page, **changes):
    """The form of the screen as a browser would send it, with what the person changed."""
    form = page.select_one("#collect form")
    data = {
        field["name"]: field.get("value", "") for field in form.select("input[type=hidden], input[type=text]")
    }
    data |= {"by": form.select_one("input[name=by][checked]")["value"], "receipt": "print"}
    return data | changes


def owe(here, amount="18.20", day=date(2026, 1, 16)):
    """An old visit whose patient part is still open."""
    with db.transaction() as session:
        patient = session.get_one(Patient, here.patient.id)
        visit = factories.make_encounter(
            session, patient, lines=(("99213", amount),), service_on=day, state="signed"
        )
        ledger.post_charges(
            session, visit, payer_id=None, guarantor_id=patient.guarantor_id, key=f"old-{visit.id}"
        )
    return visit.id


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))
