"""What the registration form answers while it is typed."""

import pytest
from sqlalchemy import select

from clinic.models import AuditEvent, Patient
from tests import factories
from tests.web.test_patients import person


@pytest.fixture
def daniel(session):
    return factories.make_patient(session)


def test_people_like_the_typed_one_appear_with_score_and_reasons(front_desk, session, daniel):
    typed = {
        "first_name": "Dan",
        "last_name": "Witfield",
        "born_on": "042271",
        "phone": "555-010-01",
        "zip": "9",
    }
    part = front_desk.post("/patients/look-alikes", typed, htmx=True, status=200)
    line = part.select_one("#look-alikes li").text
    assert "WHITFIELD, Daniel" in line
    assert daniel.mrn in line
    assert "last name sounds alike, short form of the first name, same birth date" in line
    assert part.select_one("input[name=accept_duplicates]") is not None
    assert not part.select(".field-error")
    seen = session.query(AuditEvent).filter_by(action="demographics.view").one()
    assert seen.patient_ids == [daniel.id]


def test_a_half_typed_person_is_like_nobody(front_desk, daniel):
    part = front_desk.post(
        "/patients/look-alikes", {"last_name": "W", "born_on": "04"}, htmx=True, status=200
    )
    assert not part.select("#look-alikes li")


def test_somebody_said_to_be_another_person_is_registered(front_desk, daniel):
    typed = person(first_name="Daniel", last_name="Whitfield", born_on="04221971", phone="")
    page = front_desk.post("/patients/new", typed, status=422)
    assert "same name, same birth date" in page.select_one("#look-alikes").text
    front_desk.post("/patients/new", typed | {"accept_duplicates": "y"}, status=303)


def test_a_zip_code_fills_town_and_state_and_keeps_what_was_typed(front_desk):
    front_desk.post("/patients/new", person(), status=303)
    part = front_desk.post(
        "/patients/place", {"zip": "97205", "address": "9 Oak Lane", "last_name": "X"}, htmx=True, status=200
    )
    assert part.select_one("#city")["value"] == "Portland"
    assert part.select_one("#state")["value"] == "OR"
    assert part.select_one("#address")["value"] == "9 Oak Lane"
    assert "9 OAK LN, PORTLAND OR 97205" in part.select_one(".postal").text
    typed = {"zip": "97205", "address": "9 Oak Lane", "city": "Gresham", "state": "OR"}
    part = front_desk.post("/patients/place", typed, htmx=True, status=200)
    assert part.select_one("#city")["value"] == "Gresham"


def test_another_zip_code_replaces_what_the_first_one_filled_and_says_where_it_belongs(front_desk):
    front_desk.post("/patients/new", person(), status=303)
    part = front_desk.post("/patients/place", {"zip": "97205"}, htmx=True, status=200)
    filled = part.select_one("[name=filled]")["value"]
    assert filled == "Portland|OR"
    typed = {"zip": "98101", "city": "Portland", "state": "OR", "filled": filled}
    part = front_desk.post("/patients/place", typed, htmx=True, status=200)
    assert part.select_one("#state")["value"] == "WA"
    assert part.select_one("#city").get("value", "") == ""
    typed |= {"city": "Gresham", "state": "ID"}
    part = front_desk.post("/patients/place", typed, htmx=True, status=200)
    assert (part.select_one("#city")["value"], part.select_one("#state")["value"]) == ("Gresham", "ID")
    assert part.select_one("#zip-hint").text == "98101 belongs to WA, not ID."


def test_the_posts_form_is_taken_with_one_click_for_the_guarantor_too(front_desk):
    typed = {
        f"guarantor-{name}": value
        for name, value in (("zip", "97205"), ("address", "9 Oak Lane"), ("city", "Salem"))
    }
    part = front_desk.post("/patients/place?part=guarantor-&take=1", typed, htmx=True, status=200)
    assert part.select_one("#guarantor-address")["value"] == "9 OAK LN"
    assert part.select_one("#guarantor-city")["value"] == "SALEM"
    assert part.select_one(".postal") is None
    front_desk.post("/patients/place?part=primary-", {}, htmx=True, status=404)


def test_a_clinician_is_refused_both(clinician):
    clinician.post("/patients/look-alikes", {}, status=403)
    clinician.post("/patients/place", {}, status=403)


def test_the_ssn_is_kept_and_never_sent_back(front_desk, session):
    front_desk.post("/patients/new", person(ssn="987-65-4320"), status=303)
    page = front_desk.get(front_desk.location + "/edit")
    assert page.select_one("#ssn").get("value", "") == ""
    assert "Ends in 4320" in page.text
    assert "987654320" not in str(page)
    assert "987-65-4320" not in str(page)


@pytest.mark.parametrize("phone", ["+44 20 7946 0958", "+52 55 5010 0188"])
def test_a_phone_from_abroad_is_kept(front_desk, phone):
    front_desk.post("/patients/new", person(phone=phone), status=303)
    assert phone in front_desk.get(front_desk.location).text


@pytest.mark.parametrize("field", ["first_name", "last_name", "middle_name"])
def test_a_script_or_a_huge_name_comes_back_as_it_was_typed(front_desk, field):
    for name in ("<script>alert(1)</script>", "N" * 5000):
        page = front_desk.post("/patients/new", person(**{field: name}), status=422)
        assert page.select_one(f"#{field}")["value"] == name
        assert page.select_one(f"#{field}-error").text
        assert page.select_one("#address")["value"] == "12 Elm St"


def test_without_javascript_the_look_alikes_are_a_whole_page_with_the_form(front_desk, session):
    factories.make_patient(session)
    typed = {"first_name": "Daniel", "last_name": "Whitfield", "born_on": "04/22/1971"}
    page = front_desk.post("/patients/look-alikes", typed, status=200)
    assert page.select_one("#look-alikes .likes li")
    assert page.select_one("#last_name")["value"] == "Whitfield"


def test_marks_that_nobody_sees_are_left_out_of_what_is_kept(front_desk, session):
    """A line break or a mark that turns the writing, pasted along, would end up in the segments of a claim."""
    typed = person(address="12\u202e Elm\u200b\tSt", phone="+49 30 1234567")
    front_desk.post("/patients/new", typed, status=303)
    patient = session.scalars(select(Patient)).one()
    assert (patient.address, patient.phone) == ("12 Elm St", "+49301234567")
