"""The record: demographics, coverages, authorizations and the ledger that explains every line."""

from datetime import date
from decimal import Decimal

from sqlalchemy import select

from clinic import charges, clock, ledger, patients
from clinic.models import Authorization, Coverage, Patient
from tests import factories
from tests.web.patients_scene import count, patient, payer

__all__ = ["patient", "payer"]


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
    for number, sentence in (
        ("A<1>", "Take out < : a number is letters, digits and hyphens."),
        ("A" * 51, "Keep the number to 50 characters: no claim takes more."),
        ("--", "Enter the number as the payer gave it"),
    ):
        page = front_desk.post(url, AUTHORIZATION | {"number": number}, status=422)
        assert sentence in page.select_one("#number-error").text
        assert page.select_one("#number")["value"] == number
    page = front_desk.post(url, AUTHORIZATION | {"visits_allowed": "x"}, status=422)
    assert page.select_one("#visits_allowed-error")
    wrong = {"number": "A#1", "codes": "97", "starts_on": "", "visits_allowed": "0"}
    page = front_desk.post(url, AUTHORIZATION | wrong, status=422)
    assert all(page.select_one(f"#{name}-error") for name in wrong), "everything is said at once"
    clinician.post(url, AUTHORIZATION, status=403)
    assert count(session, Authorization) == 0


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


def test_a_reason_stands_once_in_the_words_of_the_ledger(biller, session, patient, payer):
    encounter = factories.make_encounter(session, patient)
    ledger.post_charges(session, encounter, payer_id=payer.id, guarantor_id=patient.guarantor_id, key="slip")
    ledger.transfer_to_patient(
        session, encounter.charges[0].id, Decimal("25.00"), charges.COPAY_AT_VISIT, "copay"
    )
    page = biller.get(f"/patients/{patient.public_id}/ledger")
    words = page.select_one("table.ledger tbody td.clip")
    assert words.get_text(" ", strip=True) == "Moved to the patient: copay at visit"
    assert words["title"] == "Moved to the patient: copay at visit"


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


def test_another_card_takes_a_coverages_place_and_the_one_before_stays_on_file(
    front_desk, clinician, session, patient, payer
):
    old = factories.make_coverage(session, patient)
    url = f"/patients/{patient.public_id}/coverages/{old.public_id}/replacement"
    page = front_desk.get(url)
    assert page.select_one("#member_id").get("value", "") == ""
    typed = cover(payer, effective_on="06/01/2026", version=old.version)
    clinician.post(url, typed, status=403)
    refused = front_desk.post(url, typed | {"effective_on": "01/01/2026"}, status=422)
    assert "begin after that day" in refused.select_one("#effective_on-error").text
    assert old.terminated_on is None
    for _ in range(2):
        front_desk.post(url, typed, status=303)
    assert old.terminated_on == date(2026, 5, 31)
    new = session.scalars(select(Coverage).where(Coverage.replaces_id == old.id)).one()
    assert (new.member_id, new.effective_on, new.position) == ("MHP8841", date(2026, 6, 1), 1)


def test_the_subscriber_is_kept_with_sex_and_an_address_of_his_own_or_none(
    front_desk, session, patient, payer
):
    holder = {
        "relationship_code": "19", "subscriber_first_name": "Ruth", "subscriber_last_name": "Whitfield",
        "subscriber_born_on": "09/30/1950", "subscriber_sex": "F", "subscriber_address": "9 Oak St",
        "subscriber_city": "Salem", "subscriber_state": "or", "subscriber_zip": "97301",
    }  # fmt: skip
    url = f"/patients/{patient.public_id}/coverages/new"
    page = front_desk.post(url, cover(payer, **holder | {"subscriber_zip": ""}), status=422)
    assert page.select_one("#subscriber_zip-error")
    front_desk.post(url, cover(payer, **holder), status=303)
    row = session.scalars(select(Coverage)).one()
    assert (row.subscriber_sex, row.subscriber_state, row.subscriber_zip) == ("F", "OR", "97301")
    edit = f"/patients/{patient.public_id}/coverages/{row.public_id}"
    front_desk.post(edit, cover(payer, version=row.version), status=303)
    assert (row.subscriber_first_name, row.subscriber_address) == ("", "")
