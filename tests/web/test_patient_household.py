"""A household on one page, and a sibling registered from what is known (T1)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import clock
from clinic.models import Patient
from tests import factories
from tests.payments.house import visit
from tests.web.patients_scene import count, patient, payer

__all__ = ["patient", "payer"]


@pytest.fixture
def child(session, patient, payer):
    factories.make_practice(session)
    factories.make_coverage(session, patient, payer)
    made = factories.make_patient(
        session, first_name="Mia", guarantor=patient.guarantor, guarantor_relationship="parent"
    )
    factories.make_coverage(
        session, made, payer, relationship_code="19", subscriber_first_name="Daniel",
        subscriber_last_name="Whitfield", subscriber_born_on=patient.born_on,
    )  # fmt: skip
    return made


def sibling(page, **changes):
    """The form as it came, with what only this person has."""
    typed = {}
    for field in page.select("form [name]"):
        if field.name == "select":
            chosen = field.select_one("option[selected]") or field.select_one("option")
            typed[field["name"]] = chosen["value"] if chosen else ""
        elif field.get("type") not in ("radio", "checkbox"):
            typed[field["name"]] = field.get("value", "")
    return typed | {"first_name": "Leo", "born_on": "02/03/2019", "sex": "M"} | changes


def test_everybody_of_one_guarantor_is_listed_with_next_visit_and_balance(
    front_desk, clinician, session, patient, child, environment
):
    visit(session, child, (("PR-1", "40.00"),))
    factories.make_appointment(session, child, starts_at=clock.now() + timedelta(days=3))
    page = front_desk.get(f"/patients/{child.public_id}/household")
    rows = [row.text for row in page.select(".household tbody tr")]
    assert len(rows) == 2
    assert "$40.00" in rows[1]
    assert "none booked" in rows[0]
    assert "none booked" not in rows[1]
    assert "$40.00" in page.select_one("tfoot").text
    assert "$40.00" not in clinician.get(f"/patients/{child.public_id}/household").text


@pytest.mark.parametrize("htmx", [False, True])
def test_a_sibling_joins_with_address_guarantor_and_plan(front_desk, session, patient, child, payer, htmx):
    page = front_desk.get(f"/patients/new?like={child.public_id}")
    assert page.select_one("#address")["value"] == child.address
    assert page.select_one("#primary-subscriber_first_name")["value"] == "Daniel"
    front_desk.post("/patients/new", sibling(page), htmx=htmx, status=204 if htmx else 303)
    leo = session.scalars(select(Patient).where(Patient.first_name == "Leo")).one()
    assert leo.guarantor_id == patient.guarantor_id
    assert (leo.guarantor_relationship, leo.address) == ("parent", child.address)
    assert [(each.payer_id, each.relationship_code) for each in leo.coverages] == [(payer.id, "19")]


def test_of_a_parent_the_child_becomes_a_dependent_of_the_parents_own_plan(
    front_desk, session, patient, child
):
    page = front_desk.get(f"/patients/new?like={patient.public_id}")
    front_desk.post("/patients/new", sibling(page), status=303)
    leo = session.scalars(select(Patient).where(Patient.first_name == "Leo")).one()
    held = leo.coverages[0]
    assert (held.subscriber_first_name, held.subscriber_born_on) == ("Daniel", patient.born_on)


def test_what_is_wrong_keeps_the_household_and_the_second_click_registers_one(
    front_desk, clinician, session, child
):
    page = front_desk.get(f"/patients/new?like={child.public_id}")
    before = count(session, Patient)
    again = front_desk.post("/patients/new", sibling(page, zip="1"), status=422)
    assert again.select_one("#zip-error")
    assert again.select_one("#household")["value"] == child.public_id
    clinician.post("/patients/new", sibling(page), status=403)
    assert count(session, Patient) == before
    for _ in range(2):
        front_desk.post("/patients/new", sibling(page), status=303)
    assert count(session, Patient) == before + 1


def test_a_patient_who_pays_for_himself_gets_bills_of_his_own(front_desk, session, child):
    page = front_desk.get(f"/patients/new?like={child.public_id}")
    typed = sibling(page, guarantor_relationship="self", born_on="02/03/1990", accept_duplicates="y")
    front_desk.post("/patients/new", typed, status=303)
    leo = session.scalars(select(Patient).where(Patient.first_name == "Leo")).one()
    assert leo.guarantor_id != child.guarantor_id
