"""Who pays first, on screen: questions, proposal, confirmation (C9)."""

from datetime import date

import pytest
from sqlalchemy import select

from clinic import clock, formats, patients
from clinic.models import BenefitOrder
from tests import factories
from tests.web.patients_scene import count

SAID = {"injury": "no", "because": "age", "works": "self", "employees": "20to99", "key": "k" * 22}


@pytest.fixture
def patient(session):
    return factories.make_patient(session, born_on=date(1950, 4, 22))


@pytest.fixture
def two(session, patient):
    payer = factories.make_payer(session, name="Medicare", kind="medicare", filing_indicator="MB")
    return (
        factories.make_coverage(session, patient, payer, position=1),
        factories.make_coverage(session, patient, position=2),
    )


def url_of(patient):
    return f"/patients/{patient.public_id}/order-of-benefits"


def kinds(session, patient):
    return [each.payer.kind for each in patients.coverages_on(session, patient.id, clock.today())]


@pytest.mark.parametrize("htmx", [False, True])
def test_answers_lead_to_an_order_that_is_used_once_it_is_confirmed(front_desk, session, patient, two, htmx):
    assert front_desk.get(url_of(patient)).select_one("#because")
    front_desk.post(url_of(patient), SAID, htmx=htmx, status=204 if htmx else 303)
    order = session.scalars(select(BenefitOrder)).one()
    url = f"{url_of(patient)}/{order.public_id}"
    page = front_desk.get(url)
    assert [row.find("td").text for row in page.select(".ordered tbody tr")][1] == "Medicare"
    assert "Working aged" in page.select_one(".ordered").text
    assert [each.text for each in page.select(".wide-page .facts dd")] == [
        "No",
        "Age, 65 or over",
        "The patient's",
        "20 to 99",
    ]
    assert kinds(session, patient) == ["medicare", "commercial"]
    front_desk.post(url, {"on": "t"}, htmx=htmx, status=204 if htmx else 303)
    assert kinds(session, patient) == ["commercial", "medicare"]
    assert f"In use from {formats.mdy(clock.today())}" in front_desk.get(url).text


def test_an_unanswered_question_and_a_wrong_day_change_nothing_and_keep_what_was_said(
    front_desk, session, patient, two
):
    page = front_desk.post(url_of(patient), SAID | {"employees": ""}, status=422)
    assert "how many people work" in page.select_one("#employees-error").text
    assert page.select_one("#works input[checked]")["value"] == "self"
    assert count(session, BenefitOrder) == 0
    front_desk.post(url_of(patient), SAID, status=303)
    page = front_desk.post(front_desk.location, {"on": "soon"}, status=422)
    assert page.select_one("#on")["value"] == "soon"
    assert kinds(session, patient) == ["medicare", "commercial"]


def test_a_clinician_neither_asks_nor_orders(clinician, front_desk, session, patient, two):
    clinician.post(url_of(patient), SAID, status=403)
    front_desk.post(url_of(patient), SAID, status=303)
    clinician.post(front_desk.location, {"on": "t"}, status=403)
    assert kinds(session, patient) == ["medicare", "commercial"]


def test_the_second_click_asks_once_and_orders_once(front_desk, session, patient, two):
    for _ in range(2):
        front_desk.post(url_of(patient), SAID, status=303)
    assert count(session, BenefitOrder) == 1
    url = front_desk.location
    for _ in range(2):
        front_desk.post(url, {"on": "t"}, status=303)
    assert len(patients.coverages_on(session, patient.id, clock.today())) == 2


def test_a_coverage_changed_since_leads_to_the_order_that_holds_now(front_desk, session, patient, two):
    front_desk.post(url_of(patient), SAID, status=303)
    url = front_desk.location
    patients.change_coverage(session, two[1], two[1].version, group_number="77")
    page = front_desk.post(url, {"on": "t"}, status=409)
    assert "Above is the order that your answers lead to now." in page.select_one("[data-errors]").text
    assert session.scalars(select(BenefitOrder.applied_at)).all() == [None, None]


def test_the_last_answers_are_there_again_and_the_order_of_another_patient_is_not_found_t5(
    front_desk, session, patient, two
):
    front_desk.post(url_of(patient), SAID, status=303)
    order = session.scalars(select(BenefitOrder)).one()
    page = front_desk.get(url_of(patient))
    assert page.select_one("#works input[checked]")["value"] == "self"
    other = factories.make_patient(session)
    front_desk.get(f"{url_of(other)}/{order.public_id}", status=404)
    assert "No plan is in force" in front_desk.get(url_of(other)).text


def test_a_child_on_two_plans_is_asked_about_the_parents(front_desk, session, patient):
    for position, born in ((1, "0930"), (2, "0302")):
        factories.make_coverage(
            session, patient, position=position, relationship_code="19", subscriber_first_name="Ruth",
            subscriber_last_name=born, subscriber_born_on=formats.parse_date(f"{born}1980"),
        )  # fmt: skip
    page = front_desk.post(url_of(patient), {"injury": "auto", "parents": ""}, status=422)
    assert page.select_one("#parents-error")
    front_desk.post(url_of(patient), {"injury": "auto", "parents": "together"}, status=303)
    page = front_desk.get(front_desk.location)
    assert "birthday on 03/02" in page.select_one(".ordered tbody").text
    assert "automobile insurance pays before every plan" in page.select_one(".note").text


def test_medicare_because_of_age_is_refused_for_who_is_under_65(front_desk, session, patient, two):
    patient.born_on = date(1990, 4, 22)
    session.commit()
    before = count(session, BenefitOrder)
    page = front_desk.post(url_of(patient), SAID, status=422)
    assert "under 65" in page.select_one("#because-error").text
    assert count(session, BenefitOrder) == before
