"""Who pays the bills of a patient who is registered already: the patient, a household, a new person (T1)."""

import pytest
from sqlalchemy import select

from clinic import ledger
from clinic.models import AuditEvent, Guarantor, OpenItem
from tests import factories
from tests.payments.house import visit
from tests.web.patients_scene import count, patient
from tests.web.test_patients_stale import typed_of

__all__ = ["patient"]
NEW = {
    "kind": "new", "relationship": "parent", "guarantor-first_name": "Ana", "guarantor-last_name": "Ruiz",
    "guarantor-born_on": "02/03/1990", "guarantor-address": "9 Oak Lane", "guarantor-city": "Salem",
    "guarantor-state": "OR", "guarantor-zip": "97301", "guarantor-phone": "(555) 010-0150",
}  # fmt: skip


@pytest.fixture
def aunt(session):
    return factories.make_patient(session, first_name="Ines", last_name="Zuniga")


@pytest.fixture
def url(patient):
    return f"/patients/{patient.public_id}/payer"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_household_is_found_and_pays_from_now_on_while_what_is_open_stays(
    front_desk, session, patient, aunt, url, environment, htmx
):
    factories.make_practice(session)
    visit(session, patient, (("PR-1", "40.00"),))
    before = patient.guarantor
    record = front_desk.get(f"/patients/{patient.public_id}")
    assert record.find("a", href=url)
    page = front_desk.get(url)
    assert f"What is open stays with {before.name}: $40.00" in page.select_one(".note-warn").text
    found = front_desk.post(f"{url}/search", {"q": "zuniga"}, status=200)
    page = front_desk.get(found.select_one(".likes a")["href"])
    typed = typed_of(page) | {"kind": "household", "relationship": "other"}
    front_desk.post(url, typed, htmx=htmx, status=204 if htmx else 303)
    session.expire_all()
    assert (patient.guarantor_id, patient.guarantor_relationship) == (aunt.guarantor_id, "other")
    assert set(session.scalars(select(OpenItem.guarantor_id))) == {before.id}
    assert ledger.guarantor_balance(session, before.id).patient
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "patient.payer")).one()
    assert event.changes["bills_to"] == [before.name, aunt.guarantor.name]
    history = front_desk.get(f"/patients/{patient.public_id}/history")
    assert "Who pays changed" in history.text


def test_a_new_person_pays_and_the_second_click_makes_one(front_desk, session, patient, url):
    typed = NEW | {"version": patient.version, "key": "k" * 22}
    before = count(session, Guarantor)
    for _ in range(2):
        front_desk.post(url, typed, status=303)
    session.expire_all()
    assert count(session, Guarantor) == before + 1
    assert (patient.guarantor.name, patient.guarantor_relationship) == ("Ana Ruiz", "parent")
    assert len(session.scalars(select(AuditEvent).where(AuditEvent.action == "patient.payer")).all()) == 1


def test_the_patient_pays_again(front_desk, session, patient, aunt, url):
    aunt_pays = {"kind": "household", "other": aunt.public_id, "relationship": "other"}
    front_desk.post(url, aunt_pays | {"version": patient.version}, status=303)
    session.expire_all()
    front_desk.post(url, {"kind": "self", "version": patient.version}, status=303)
    session.expire_all()
    assert (patient.guarantor.name, patient.guarantor_relationship) == ("Daniel Whitfield", "self")
    assert patient.guarantor_id != aunt.guarantor_id


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"guarantor-zip": "1"}, "guarantor-zip"),
        ({"guarantor-last_name": ""}, "guarantor-last_name"),
        ({"relationship": ""}, "relationship"),
        ({"relationship": "", "guarantor-first_name": "Ana", "guarantor-zip": "1"}, "guarantor-zip"),
        ({"kind": ""}, "kind"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_changes_nothing(
    front_desk, session, patient, url, changed, field
):
    before = patient.guarantor_id
    page = front_desk.post(url, NEW | {"version": patient.version} | changed, status=422)
    assert page.select_one(f"#{field}-error")
    assert page.select_one("#guarantor-first_name")["value"] == "Ana"
    session.expire_all()
    assert patient.guarantor_id == before


def test_a_clinician_changes_no_payer_and_a_stale_page_is_a_decision(
    front_desk, clinician, session, patient, url
):
    clinician.post(url, NEW | {"version": patient.version}, status=403)
    clinician.post(f"{url}/search", {"q": "zuniga"}, status=403)
    page = front_desk.post(url, NEW | {"version": patient.version + 7}, status=409)
    assert page.select_one("#guarantor-first_name")["value"] == "Ana"
    session.expire_all()
    assert patient.guarantor_relationship == "self"
