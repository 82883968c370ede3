"""Finding, registering, changing and insuring patients, and the ledger of one."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import formats
from clinic.db import new_public_id
from clinic.models import Coverage, Patient
from tests import factories
from tests.web.patients_scene import count, patient, payer

__all__ = ["patient", "payer"]


def person(**changes):
    return {
        "key": new_public_id(),
        "first_name": "Elena",
        "last_name": "de la Cruz",
        "born_on": "031580",
        "sex": "F",
        "phone": "555 010 0188",
        "email": "elena@example.com",
        "address": "12 Elm St",
        "city": "Portland",
        "state": "or",
        "zip": "97205-1234",
        "language": "es",
        "guarantor_relationship": "self",
        "primary-payer": "",
        "primary-relationship_code": "18",
        "secondary-payer": "",
        "secondary-relationship_code": "18",
        **changes,
    }


def test_before_a_search_the_page_says_how_to_find_somebody(front_desk):
    page = front_desk.get("/patients")
    assert page.select_one(".empty h2").text == "Find a patient"
    assert "Register" not in page.text


def test_a_search_as_one_types_answers_with_lines_of_two_identifiers(front_desk, patient):
    found = front_desk.post("/patients/search", {"q": "whit"}, status=200, htmx=True)
    row = found.select_one("#results tbody tr")
    assert "WHITFIELD, Daniel" in row.text
    assert "04/22/1971" in row.text
    assert patient.mrn in row.text
    assert row.a["href"] == f"/patients/{patient.public_id}"


def test_a_search_without_javascript_is_a_page(front_desk, patient):
    page = front_desk.post("/patients/search", {"q": "whit"}, status=200)
    assert page.select_one("#results tbody tr a").text == "WHITFIELD, Daniel"
    assert page.select_one("#find")["value"] == "whit"


def test_a_search_that_finds_nobody_offers_registration(front_desk, clinician):
    page = front_desk.post("/patients/search", {"q": "nobody"}, status=200)
    assert page.select_one(".empty a")["href"] == "/patients/new"
    assert not clinician.post("/patients/search", {"q": "nobody"}, status=200).select_one(".empty a")


def test_an_administrator_finds_no_patients(admin, outsider):
    admin.post("/patients/search", {"q": "whit"}, status=403)
    outsider.post("/patients/search", {"q": "whit"}, status=303)


def test_registration_keeps_person_guarantor_and_both_coverages(front_desk, session, payer):
    second = factories.make_payer(session, name="Cascade Supplement")
    data = person(
        **{
            "guarantor_relationship": "parent",
            "guarantor-first_name": "Rosa",
            "guarantor-last_name": "de la Cruz",
            "guarantor-born_on": "01/02/55",
            "guarantor-address": "12 Elm St",
            "guarantor-city": "Portland",
            "guarantor-state": "OR",
            "guarantor-zip": "97205",
            "primary-payer": payer.public_id,
            "primary-member_id": "mhp 8841-20973",
            "primary-effective_on": "01012026",
            "primary-copay": "25",
            "secondary-payer": second.public_id,
            "secondary-member_id": "CS77",
            "secondary-effective_on": "01012026",
        }
    )
    front_desk.post("/patients/new", data, status=303)
    patient = session.scalar(select(Patient))
    assert front_desk.location == f"/patients/{patient.public_id}"
    assert (patient.born_on, patient.language, patient.guarantor.first_name) == (
        date(1980, 3, 15),
        "es",
        "Rosa",
    )
    covers = session.scalars(select(Coverage).order_by(Coverage.position)).all()
    assert [(c.payer.name, c.member_id, c.copay) for c in covers] == [
        ("Meridian Health PPO", "MHP884120973", Decimal("25.00")),
        ("Cascade Supplement", "CS77", None),
    ]
    page = front_desk.get(front_desk.location)
    assert page.select_one(".who h1").text == "DE LA CRUZ, Elena"
    assert "Primary: Meridian Health PPO" in page.text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"born_on": "02/30/1980"}, "born_on", "02/30/1980 is not a day of the calendar."),
        ({"last_name": ""}, "last_name", "Enter the last name."),
        ({"zip": "972"}, "zip", "Enter 5 or 9 digits, like 97205-1234."),
        ({"phone": "12"}, "phone", formats.NO_PHONE),
        ({"guarantor_relationship": "parent"}, "guarantor-first_name", "Enter the first name."),
    ],
)
def test_a_wrong_field_comes_back_with_its_sentence_and_registers_nobody(
    front_desk, session, changes, field, sentence
):
    page = front_desk.post("/patients/new", person(**changes), status=422)
    assert page.select_one(f"#{field}-error").text == sentence
    assert page.select_one("[data-errors]")
    assert count(session, Patient) == 0


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"primary-member_id": "MHP*88"}, "member_id", "letters and digits only"),
        ({"primary-copay": "1e5"}, "copay", "Enter an amount in dollars and cents"),
        ({"primary-copay": "-5"}, "copay", "Enter an amount in dollars and cents"),
        (
            {"primary-terminated_on": "12/31/2025"},
            "terminated_on",
            "The last day cannot lie before the first.",
        ),
    ],
)
def test_a_wrong_coverage_registers_neither_coverage_nor_patient(
    front_desk, session, payer, changes, field, sentence
):
    data = person() | {
        "primary-payer": payer.public_id,
        "primary-member_id": "MHP1",
        "primary-effective_on": "01/01/2026",
        **changes,
    }
    page = front_desk.post("/patients/new", data, status=422)
    assert sentence in page.select_one(f"#primary-{field}-error").text
    assert (count(session, Patient), count(session, Coverage)) == (0, 0)


def test_the_parts_of_a_coverage_are_counted_each_where_the_form_says_what_is_wrong(front_desk, payer):
    wrong = {
        "primary-effective_on": "01/01/2026",
        "primary-terminated_on": "12/31/2025",
        "primary-copay": "-5",
    }
    data = person() | {"primary-payer": payer.public_id, "primary-member_id": "MHP1", **wrong}
    summary = front_desk.post("/patients/new", data, status=422).select_one("[data-errors]")
    assert (summary.b.text, len(summary.select("li"))) == ("Not saved. 2 fields need a look:", 2)


@pytest.mark.parametrize("part", ["primary", "secondary"])
def test_a_coverage_typed_without_its_payer_is_asked_for_and_not_thrown_away(front_desk, session, part):
    page = front_desk.post("/patients/new", person(**{f"{part}-member_id": "W123"}), status=422)
    assert "Choose the payer" in page.text
    assert page.select_one(f"[name={part}-member_id]")["value"] == "W123"
    assert count(session, Patient) == 0


def test_spaces_and_line_breaks_pasted_with_a_name_are_taken_out(front_desk, session):
    front_desk.post("/patients/new", person(first_name=" Elena\tMaria\n"), status=303)
    assert session.scalar(select(Patient)).first_name == "Elena Maria"


@pytest.mark.parametrize("name", ["\u202eanelE", "\U0001f600", "--"])
def test_a_name_without_letters_or_with_unseen_ones_is_refused(front_desk, session, name):
    page = front_desk.post("/patients/new", person(first_name=name), status=422)
    assert "A name is written with letters." in page.text
    assert count(session, Patient) == 0


def test_a_character_that_no_keyboard_types_is_a_bad_request_and_no_failure(front_desk, session):
    front_desk.post("/patients/new", person(first_name="El\0ena"), status=400)
    front_desk.get("/patients?after=%00", status=400)
    front_desk.get("/schedule/appointments/%00", status=400)
    assert count(session, Patient) == 0


def test_a_search_with_a_character_that_no_keyboard_types_finds_as_without_it(front_desk, session):
    factories.make_patient(session, last_name="Okafor")
    for htmx in (True, False):
        assert "OKAFOR" in front_desk.post("/patients/search", {"q": "Oka\0for"}, status=200, htmx=htmx).text


def test_a_possible_duplicate_is_shown_and_registered_only_on_purpose(front_desk, session):
    front_desk.post("/patients/new", person(), status=303)
    page = front_desk.post("/patients/new", person(), status=422)
    assert page.select_one("[data-errors]").text.startswith("This may be somebody you have.")
    assert "DE LA CRUZ, Elena" in page.select_one("#look-alikes").text
    assert count(session, Patient) == 1
    front_desk.post("/patients/new", person(accept_duplicates="y"), status=303)
    assert count(session, Patient) == 2


def test_every_wrong_field_is_named_at_once_and_before_a_possible_duplicate(front_desk, session, payer):
    factories.make_patient(session, first_name="Elena", last_name="de la Cruz", born_on=date(1980, 3, 15))
    card = {"payer": payer.public_id, "member_id": "W1!", "effective_on": "010126"}
    data = person(zip="972", email="elena", **{f"primary-{name}": value for name, value in card.items()})
    data |= {"primary-terminated_on": "123125", "secondary-payer": payer.public_id}
    page = front_desk.post("/patients/new", data, status=422)
    assert "somebody you have" not in page.text
    wrong = {field["id"] for field in page.select("[aria-invalid=true]")}
    assert wrong == {
        "zip",
        "email",
        "primary-member_id",
        "primary-terminated_on",
        "secondary-member_id",
        "secondary-effective_on",
    }
    page = front_desk.post("/patients/new", person(), status=422)
    assert "somebody you have" in page.text
    assert count(session, Patient) == 1


def test_the_second_click_on_register_registers_once(front_desk, session):
    data = person(accept_duplicates="y")
    for _ in range(2):
        front_desk.post("/patients/new", data, status=303)
    assert count(session, Patient) == 1


def test_a_clinician_registers_nobody(clinician, session):
    clinician.post("/patients/new", person(), status=403)
    assert count(session, Patient) == 0


def test_registration_from_the_schedule_leads_back_to_the_booking(front_desk, session):
    page = front_desk.get("/patients/new?day=2026-03-10&at=2026-03-10T14:30~abc")
    assert page.select_one("button[data-default]").text == "Register and book"
    data = person(day="2026-03-10", at="2026-03-10T14:30~abc")
    front_desk.post("/patients/new", data, status=303)
    patient = session.scalar(select(Patient))
    assert front_desk.location.startswith("/schedule/2026-03-10/new?")
    assert patient.public_id in front_desk.location
