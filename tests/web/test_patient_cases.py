"""Accident cases on screen, and what their visits' claims say (C9, CLM11, REF Y4)."""

from datetime import date

import pytest
from sqlalchemy import select

from clinic import charges, claims, clock, eligibility, ledger, patients, x12
from clinic.claims.sending import claim_for
from clinic.models import Claim, Coverage, PatientCase
from clinic.patients import cases
from tests import factories
from tests.web.patients_scene import count, patient, payer

__all__ = ["patient", "payer"]
CASE = {
    "kind": "work",
    "injured_on": "03/02/2026",
    "claim_number": "WC-2026 118",
    "adjuster": "Ines Ortega",
    "adjuster_phone": "(555) 010-0144",
    "employer": "Alder Mill",
    "key": "c" * 22,
}


@pytest.fixture
def insurer(session):
    return factories.make_payer(session, name="State Fund", filing_indicator="WC")


def url_of(patient):
    return f"/patients/{patient.public_id}/cases"


def opened(session, patient, insurer, **changes):
    fields = {
        "kind": "auto",
        "injured_on": date(2026, 3, 2),
        "state": "OR",
        "claim_number": "A-77",
    } | changes
    return cases.open_case(session, patient, insurer, **fields)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_case_is_opened_with_its_insurer_and_its_visits_are_chosen(
    front_desk, session, patient, insurer, payer, htmx
):
    factories.make_coverage(session, patient, payer)
    visit = factories.make_appointment(session, patient)
    status = 204 if htmx else 303
    front_desk.post(f"{url_of(patient)}/new", CASE | {"payer": insurer.public_id}, htmx=htmx, status=status)
    case = session.scalars(select(PatientCase)).one()
    url = f"{url_of(patient)}/{case.public_id}"
    assert front_desk.get(url).select_one("input[name=visit]")["value"] == visit.public_id
    typed = {"shown": visit.public_id, "visit": visit.public_id}
    front_desk.post(f"{url}/visits", typed, htmx=htmx, status=status)
    assert visit.case_id == case.id
    assert eligibility.coverage_for(session, visit).payer_id == insurer.id
    assert [each.payer_id for each in patients.coverages_on(session, patient.id, clock.today())] == [payer.id]
    assert "WC-2026 118" in front_desk.get(f"/patients/{patient.public_id}").select_one("#cases").text
    front_desk.post(f"{url}/visits", {"shown": visit.public_id}, htmx=htmx, status=status)
    assert visit.case_id is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("injured_on", "t+5"),
        ("claim_number", ""),
        ("employer", ""),
        ("state", "Oregon"),
        ("payer", ""),
        ("closed_on", "03/01/2026"),
    ],
)
def test_a_wrong_case_is_refused_at_its_field_and_nothing_is_kept(
    front_desk, session, patient, insurer, field, value
):
    typed = CASE | {"payer": insurer.public_id, field: value}
    page = front_desk.post(f"{url_of(patient)}/new", typed, status=422)
    assert page.select_one(f"#{field}-error")
    assert page.select_one("#adjuster")["value"] == "Ines Ortega"
    assert count(session, PatientCase) == count(session, Coverage) == 0


def test_insurers_of_injuries_stand_first_and_a_health_plan_is_asked_about(
    front_desk, session, patient, insurer, payer
):
    url = f"{url_of(patient)}/new"
    listed = front_desk.get(url).select("#payer option")
    assert [each.text for each in listed] == ["Choose", insurer.name, payer.name]
    typed = CASE | {"payer": payer.public_id}
    page = front_desk.post(url, typed, status=422)
    assert "is a health plan" in page.select_one("#payer-error").text
    assert count(session, PatientCase) == 0
    wrong = {"injured_on": "", "claim_number": "", "employer": "", "state": "Oregon"}
    refused = front_desk.post(url, typed | wrong, status=422)
    assert all(refused.select_one(f"#{name}-error") for name in (*wrong, "payer")), "all at once"
    sure = {"accepted": page.select_one("#accepted")["value"]}
    auto = {"kind": "auto", "state": "OR"}
    assert front_desk.post(url, typed | sure | auto, status=422).select_one("#payer-error")
    front_desk.post(url, typed | sure, status=303)
    case = session.scalars(select(PatientCase)).one()
    change = CASE | {"payer": payer.public_id, "version": case.version, "adjuster": "Omar Reyes"}
    front_desk.post(f"{url_of(patient)}/{case.public_id}", change, status=303)


def test_a_clinician_opens_changes_and_fills_no_case(clinician, session, patient, insurer):
    case = opened(session, patient, insurer)
    for url in ("new", case.public_id, f"{case.public_id}/visits"):
        clinician.post(f"{url_of(patient)}/{url}", CASE | {"payer": insurer.public_id}, status=403)
    assert count(session, PatientCase) == 1


def test_the_second_click_opens_one_case_with_one_coverage(front_desk, session, patient, insurer):
    for _ in range(2):
        front_desk.post(f"{url_of(patient)}/new", CASE | {"payer": insurer.public_id}, status=303)
    assert count(session, PatientCase) == count(session, Coverage) == 1


def test_a_change_is_saved_and_a_stale_one_is_a_conflict(front_desk, session, patient, insurer):
    case = opened(session, patient, insurer, kind="work", employer="Alder Mill")
    typed = CASE | {"payer": insurer.public_id, "version": case.version, "closed_on": "06/30/2026"}
    url = f"{url_of(patient)}/{case.public_id}"
    front_desk.post(url, typed, status=303)
    assert session.scalars(select(Coverage)).one().terminated_on == date(2026, 6, 30)
    front_desk.post(url, typed, status=409)
    front_desk.get(f"{url_of(factories.make_patient(session))}/{case.public_id}", status=404)


@pytest.mark.parametrize(
    ("kind", "cause", "state"), [("work", "EM", ""), ("auto", "AA", "OR"), ("other", "OA", "")]
)
def test_the_claim_of_a_case_visit_goes_to_the_insurer_with_cause_day_and_number_clm11_y4(
    session, patient, payer, insurer, kind, cause, state
):
    practice = factories.make_practice(session)
    factories.make_coverage(session, patient, payer)
    case = opened(session, patient, insurer, kind=kind, employer="Alder Mill")
    visit = factories.make_appointment(session, patient)
    cases.set_case(session, visit, case)
    encounter = factories.make_encounter(session, patient, appointment_id=visit.id)
    billed = charges.coverage_billed(session, encounter)
    ledger.post_charges(
        session, encounter, payer_id=billed.payer_id, guarantor_id=patient.guarantor_id, key="slip"
    )
    claim = claims.create_for(session, encounter)
    assert claim.payer_id == insurer.id
    written: x12.Claim = claim_for(session, claim, practice, "R26-1")
    assert written.accident_causes == (cause,)
    assert (written.accident_state, written.accident_on) == (state, date(2026, 3, 2))
    assert written.property_casualty_number == "A-77"
    assert session.scalars(select(Claim)).one().coverage.position == 0


def test_a_visit_outside_the_case_goes_to_the_plan_and_names_no_accident(session, patient, payer, insurer):
    practice = factories.make_practice(session)
    factories.make_coverage(session, patient, payer)
    opened(session, patient, insurer)
    claim = claims.create_for(session, factories.make_encounter(session, patient))
    assert claim.payer_id == payer.id
    written = claim_for(session, claim, practice, "R26-1")
    assert written.accident_causes == ()
    assert written.property_casualty_number == ""


def test_a_case_that_is_open_already_is_refused_and_a_closed_one_is_no_hindrance(
    front_desk, session, patient, insurer
):
    first = opened(session, patient, insurer)
    session.commit()
    typed = {
        "kind": "auto", "injured_on": "03/02/2026", "state": "OR", "claim_number": "A-77",
        "payer": insurer.public_id, "key": "e" * 22,
    }  # fmt: skip
    page = front_desk.post(f"{url_of(patient)}/new", typed, status=422)
    assert (
        "A case with this number, of 03/02/2026, is open already."
        in page.select_one("#claim_number-error").text
    )
    first.closed_on = date(2026, 3, 9)
    session.commit()
    front_desk.post(f"{url_of(patient)}/new", typed, status=303)
    page = front_desk.get(front_desk.location)
    assert page.select_one("#payer option[selected]")["value"] == insurer.public_id
