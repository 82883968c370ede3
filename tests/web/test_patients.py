"""Finding, registering, changing and insuring patients, and the ledger of one."""

from datetime import date
from decimal import Decimal

import pytest
from sqlalchemy import func, select

from clinic import clock, formats, ledger, patients
from clinic.db import new_public_id
from clinic.models import Authorization, Coverage, Patient
from tests import factories


@pytest.fixture
def patient(session):
    return factories.make_patient(session)


@pytest.fixture
def payer(session):
    return factories.make_payer(session, name="Meridian Health PPO")


def count(session, model) -> int:
    return session.scalar(select(func.count(model.id)))


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


# ---- Search ----


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


# ---- Registration ----


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
    assert count(session, Patient) == 0


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


# ---- The record ----


def test_the_record_begins_with_who_and_shows_coverage_visits_and_money(front_desk, session, patient, payer):
    factories.make_coverage(session, patient, payer)
    factories.make_appointment(session, patient)
    page = front_desk.get(f"/patients/{patient.public_id}")
    assert page.select_one(".who h1").text == "WHITFIELD, Daniel"
    assert patient.mrn in page.select_one(".who").text
    assert "In force" in page.text
    assert "never asked" in page.text
    assert page.select_one(".facts-total dd").text == "$0.00"


def test_only_who_may_read_the_trail_sees_who_looked(front_desk, manager, patient):
    front_desk.get(f"/patients/{patient.public_id}")
    assert "Who saw and changed" not in front_desk.get(f"/patients/{patient.public_id}").text
    assert front_desk.user.name in manager.get(f"/patients/{patient.public_id}").text


def test_a_clinician_sees_no_money(clinician, patient):
    page = clinician.get(f"/patients/{patient.public_id}")
    assert "To ask for" not in page.text
    assert not page.select(f'a[href="/patients/{patient.public_id}/edit"]')


def test_an_unknown_patient_is_not_found(front_desk):
    front_desk.get("/patients/nobody", status=404)


def demographics(patient, **changes):
    names = ("first_name", "last_name", "sex", "address", "city", "state", "zip", "email", "language")
    return {name: getattr(patient, name) for name in names} | {
        "born_on": "04/22/1971",
        "phone": "(555) 010-0147",
        "version": patient.version,
        **changes,
    }


def test_a_change_of_address_is_saved(front_desk, patient):
    url = f"/patients/{patient.public_id}/edit"
    assert front_desk.get(url).select_one("#city")["value"] == "Portland"
    front_desk.post(url, demographics(patient, city="Salem"), status=303)
    assert patient.city == "Salem"
    assert "is saved" in front_desk.get(front_desk.location).select_one("#flash").text


def test_a_wrong_change_is_refused_and_a_stale_one_says_who_was_faster(front_desk, session, patient):
    url = f"/patients/{patient.public_id}/edit"
    page = front_desk.post(url, demographics(patient, zip="1"), status=422)
    assert page.select_one("#zip-error")
    stale = demographics(patient, city="Bend")
    front_desk.post(url, demographics(patient, city="Salem"), status=303)
    page = front_desk.post(url, stale, status=409)
    assert f"was changed by {front_desk.user.name} at" in page.text
    session.refresh(patient)
    assert patient.city == "Salem"


def test_a_clinician_changes_no_record(clinician, patient):
    clinician.post(f"/patients/{patient.public_id}/edit", demographics(patient, city="Salem"), status=403)
    assert patient.city == "Portland"


def test_the_guarantor_of_a_child_is_changed_on_a_page_of_its_own(front_desk, session):
    child = factories.make_patient(session, guarantor_relationship="parent")
    url = f"/patients/{child.public_id}/guarantor"
    guarantor = child.guarantor
    data = demographics(guarantor := child, version=child.guarantor.version, city="Salem")
    front_desk.post(url, data | {"zip": "x"}, status=422)
    front_desk.post(url, data, status=303)
    assert (guarantor.guarantor.city, child.city) == ("Salem", "Portland")


# ---- Coverage ----


def cover(payer, **changes):
    return {
        "payer": payer.public_id,
        "position": "1",
        "member_id": "mhp 8841",
        "relationship_code": "18",
        "effective_on": "01/01/2026",
        **changes,
    }


def test_a_coverage_is_added_changed_and_ended(front_desk, session, patient, payer):
    base = f"/patients/{patient.public_id}/coverages"
    front_desk.post(f"{base}/new", cover(payer), status=303)
    coverage = session.scalar(select(Coverage))
    url = f"{base}/{coverage.public_id}"
    page = front_desk.get(url)
    assert page.select_one("#member_id")["value"] == "MHP8841"
    assert page.select_one("#effective_on")["value"] == "01/01/2026"
    front_desk.post(url, cover(payer, member_id="MHP9", version=coverage.version), status=303)
    assert coverage.member_id == "MHP9"
    front_desk.post(f"{url}/end", {"on": "063026", "version": coverage.version}, status=303)
    assert coverage.terminated_on == date(2026, 6, 30)


def test_a_second_primary_coverage_is_offered_as_the_second_and_refused_as_the_first_c7(
    front_desk, session, patient, payer
):
    factories.make_coverage(session, patient)
    url = f"/patients/{patient.public_id}/coverages/new"
    assert front_desk.get(url).select_one("#position option[selected]")["value"] == "2"
    page = front_desk.post(url, cover(payer), status=422)
    assert "is primary from 01/01/2026 without an end" in page.select_one("#effective_on-error").text
    assert count(session, Coverage) == 1


def test_an_end_before_the_beginning_is_refused(front_desk, session, patient, payer):
    coverage = factories.make_coverage(session, patient, payer)
    url = f"/patients/{patient.public_id}/coverages/{coverage.public_id}/end"
    page = front_desk.post(url, {"on": "12/31/2025", "version": coverage.version}, status=422)
    assert page.select_one("#on-error").text == "The last day cannot lie before the first."
    session.refresh(coverage)
    assert coverage.terminated_on is None


def test_the_second_click_adds_one_coverage(front_desk, session, patient, payer):
    for _ in range(2):
        front_desk.post(f"/patients/{patient.public_id}/coverages/new", cover(payer), status=303)
    assert count(session, Coverage) == 1


def test_a_coverage_of_another_patient_is_not_found_t5(front_desk, session, patient):
    other = factories.make_coverage(session, factories.make_patient(session))
    front_desk.get(f"/patients/{patient.public_id}/coverages/{other.public_id}", status=404)


def test_a_clinician_adds_no_coverage(clinician, session, patient, payer):
    clinician.post(f"/patients/{patient.public_id}/coverages/new", cover(payer), status=403)
    assert count(session, Coverage) == 0


def test_changes_work_on_rows_that_this_request_loaded_itself(front_desk, session, patient, payer):
    coverage = factories.make_coverage(session, patient, payer)
    authorization = patients.add_authorization(
        session,
        coverage,
        number="A-1",
        codes=[],
        starts_on=date(2026, 1, 1),
        ends_on=date(2026, 4, 1),
        visits_allowed=4,
    )
    base = f"/patients/{patient.public_id}"
    posts = [
        (f"{base}/edit", demographics(patient, city="Salem")),
        (f"{base}/coverages/{coverage.public_id}", cover(payer, member_id="MHP9", version=coverage.version)),
        (
            f"{base}/authorizations/{authorization.public_id}",
            AUTHORIZATION | {"version": authorization.version},
        ),
        (f"{base}/coverages/{coverage.public_id}/end", {"on": "063026", "version": coverage.version + 1}),
    ]
    for url, data in posts:
        session.expunge_all()
        front_desk.post(url, data, status=303)
    assert session.scalar(select(Coverage.terminated_on)) == date(2026, 6, 30)
    assert session.scalar(select(Patient.city)) == "Salem"


# ---- Authorization ----


AUTHORIZATION = {
    "number": "AUTH-77120934",
    "codes": "97110, 97140",
    "starts_on": "01/01/2026",
    "ends_on": "04/14/2026",
    "visits_allowed": "12",
}


def test_an_authorization_is_added_and_changed_k02(front_desk, session, patient):
    coverage = factories.make_coverage(session, patient)
    url = f"/patients/{patient.public_id}/coverages/{coverage.public_id}/authorizations/new"
    for _ in range(2):
        front_desk.post(url, AUTHORIZATION, status=303)
    row = session.scalars(select(Authorization)).one()
    edit = f"/patients/{patient.public_id}/authorizations/{row.public_id}"
    assert front_desk.get(edit).select_one("#codes")["value"] == "97110, 97140"
    front_desk.post(edit, AUTHORIZATION | {"visits_allowed": "20", "version": row.version}, status=303)
    assert row.visits_allowed == 20
    assert "20 of 20" in front_desk.get(front_desk.location).text or row.ends_on < clock.today()


def test_a_wrong_authorization_is_refused_at_its_field(front_desk, clinician, session, patient):
    coverage = factories.make_coverage(session, patient)
    url = f"/patients/{patient.public_id}/coverages/{coverage.public_id}/authorizations/new"
    page = front_desk.post(url, AUTHORIZATION | {"codes": "9711"}, status=422)
    assert page.select_one("#codes-error").text == "9711 is not a procedure code of five characters."
    page = front_desk.post(url, AUTHORIZATION | {"visits_allowed": "x"}, status=422)
    assert page.select_one("#visits_allowed-error")
    clinician.post(url, AUTHORIZATION, status=403)
    assert count(session, Authorization) == 0


# ---- Ledger ----


def test_the_ledger_explains_every_line_and_splits_each_open_charge(biller, session, patient, payer):
    encounter = factories.make_encounter(session, patient)
    ledger.post_charges(session, encounter, payer_id=payer.id, guarantor_id=patient.guarantor_id, key="slip")
    first = encounter.charges[0]
    line = ledger.LinePosting(
        first.id,
        paid=Decimal("80.00"),
        contractual=[("CO-45", Decimal("35.00"))],
        patient=[("PR-3", Decimal("20.00"))],
    )
    ledger.post_insurance_payment(session, ledger.InsurancePayment(patient.id, payer.id, [line]), "era")
    page = biller.get(f"/patients/{patient.public_id}/ledger")
    first_row = page.select_one("table.ledger tbody tr")
    assert "Insurance" in first_row.text
    assert "CO-45" in first_row.text
    assert len(page.select("table.ledger tbody tr")) == 3
    panel = page.select_one("#panel").text
    assert "opay" in panel
    assert "$20.00" in panel
    assert patients.search(session, patient.mrn)


def test_the_ledger_is_paged_by_keyset_and_an_entry_of_another_patient_is_not_found(
    biller, session, patient, payer
):
    for number in range(26):
        encounter = factories.make_encounter(session, patient)
        ledger.post_charges(
            session, encounter, payer_id=payer.id, guarantor_id=patient.guarantor_id, key=f"slip{number}"
        )
    page = biller.get(f"/patients/{patient.public_id}/ledger")
    assert len(page.select("table.ledger tbody tr")) == 50
    older = page.select_one("a[rel=next]")["href"]
    assert len(biller.get(older).select("table.ledger tbody tr")) == 2
    other = factories.make_patient(session)
    biller.get(older.replace(patient.public_id, other.public_id), status=404)


def test_an_empty_ledger_says_when_that_changes_and_clinicians_read_none(biller, clinician, patient):
    page = biller.get(f"/patients/{patient.public_id}/ledger")
    assert page.select_one(".empty h2").text == "Nothing in the ledger yet"
    clinician.get(f"/patients/{patient.public_id}/ledger", status=403)
