"""Good-faith estimates on screen: asked for, given, closed, and held against the bill (F1)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import clock, db, estimates, ledger
from clinic.models import Appointment, GoodFaithStep, StoredFile
from tests import factories
from tests.estimates.house import visit
from tests.web.estimates_scene import count, here, save, sent, settled, text, url

__all__ = ["here"]


@pytest.fixture
def self_pay(session, app):
    made = visit(session, covered=False, days=40, appointment={"booked_at": clock.now() - timedelta(days=20)})
    return settled(session, made)


def ask_data(browser, made):
    return sent(browser.get(url(made)), "#good-faith form")


def test_a_request_starts_the_clock_with_htmx_and_without(session, app, front_desk):
    here = settled(session, visit(session, days=30))
    front_desk.post(url(here, "/request"), ask_data(front_desk, here), status=204, htmx=True)
    assert "the patient asked" in front_desk.get(url(here)).select_one("#good-faith").text
    assert [
        row.select_one("a").text for row in front_desk.get("/estimates/good-faith").select("tbody tr")
    ] == [here.patient.name]


def set_status(made, status):
    with db.transaction() as session:
        session.get_one(Appointment, made.appointment.id).status = status


def test_a_request_without_javascript_once_for_two_clicks_and_none_for_a_cancelled_visit(
    here, front_desk, clinician
):
    data = ask_data(front_desk, here)
    clinician.post(url(here, "/request"), data, status=403)
    set_status(here, "cancelled_patient")
    assert "cancelled or moved" in front_desk.post(url(here, "/request"), data, status=422).text
    assert count(GoodFaithStep) == 0
    set_status(here, "booked")
    for _ in range(2):
        front_desk.post(url(here, "/request"), data, status=303)
    assert count(GoodFaithStep) == 1


def test_the_overdue_list_leads_to_the_paper_that_the_law_describes_f1(self_pay, front_desk):
    page = front_desk.get("/estimates/good-faith")
    assert "1 overdue" in page.select_one(".tools").text
    assert page.select_one("tbody tr .chip").text == "Overdue"
    estimate = save(front_desk, self_pay, diagnoses="E11.9", elsewhere="Laboratory, billed by the laboratory")
    front_desk.get(f"/estimates/{estimate.public_id}.pdf")
    paper = text(front_desk.response)
    for needed in (
        "Good faith estimate: $170.00", "Daniel Whitfield", "April 22, 1971", "99213", "83036", "E11.9",
        self_pay.appointment.provider.npi, "93-1234567", "Laboratory, billed by the laboratory", "$400 or more",
        "120 days", "not a contract", "6 years", estimate.number,
    ):  # fmt: skip
        assert needed in paper, needed


def given(browser, made, **changes):
    return sent(browser.get(url(made)), "#good-faith form", how="mail") | changes


def test_giving_works_with_htmx_and_the_paper_is_kept_f1(self_pay, front_desk):
    save(front_desk, self_pay)
    front_desk.post(url(self_pay, "/given"), given(front_desk, self_pay), status=204, htmx=True)
    step = db.session.scalars(select(GoodFaithStep)).one()
    assert (step.kind, step.how) == ("given", "mail")
    assert "by mail" in front_desk.get(url(self_pay)).select_one("#good-faith").text
    front_desk.get(f"/estimates/good-faith/{step.public_id}.pdf")
    assert front_desk.response.data == db.session.get_one(StoredFile, step.file_id).content()
    assert "No good-faith estimate is due" in front_desk.get("/estimates/good-faith").text


def test_giving_works_without_javascript_and_once_for_two_clicks(self_pay, front_desk):
    save(front_desk, self_pay)
    data = given(front_desk, self_pay)
    for _ in range(2):
        front_desk.post(url(self_pay, "/given"), data, status=303)
    assert count(GoodFaithStep) == 1


def test_an_older_edition_is_not_given_and_nothing_is_kept(self_pay, front_desk, clinician):
    save(front_desk, self_pay)
    data = given(front_desk, self_pay)
    save(front_desk, self_pay, "99213")
    assert "changed meanwhile" in front_desk.post(url(self_pay, "/given"), data, status=422).text
    clinician.post(url(self_pay, "/given"), data, status=403)
    assert count(GoodFaithStep) == 0


@pytest.fixture
def late(session, app):
    """A self-pay visit of five days ago whose estimate was owed and never given."""
    made = visit(session, covered=False, days=-5, appointment={"booked_at": clock.now() - timedelta(days=60)})
    return settled(session, made)


def closing(browser, made, **changes):
    return sent(browser.get(url(made)), "#good-faith form", why="not_given") | changes


@pytest.mark.parametrize("htmx", [True, False])
def test_an_estimate_owed_for_a_visit_that_has_passed_is_closed_with_a_reason_f1(late, front_desk, htmx):
    assert "1 overdue" in front_desk.get("/estimates/good-faith").select_one(".tools").text
    page = front_desk.get(url(late))
    assert "has passed" in page.select_one("#prepay").text
    assert not page.select_one("#prepay form")
    data = closing(front_desk, late)
    for _ in range(2):
        front_desk.post(url(late, "/closing"), data, status=204 if htmx else 303, htmx=htmx)
    assert count(GoodFaithStep) == 1
    assert "The visit took place without one" in front_desk.get(url(late)).select_one("#good-faith").text
    assert "No good-faith estimate is due" in front_desk.get("/estimates/good-faith").text


@pytest.mark.parametrize("htmx", [True, False])
def test_closing_without_a_reason_or_in_the_wrong_role_changes_nothing(late, front_desk, clinician, htmx):
    data = closing(front_desk, late)
    page = front_desk.post(url(late, "/closing"), data | {"why": ""}, status=422, htmx=htmx)
    assert "Say why" in page.select_one("#good-faith").text
    clinician.post(url(late, "/closing"), data, status=403)
    assert count(GoodFaithStep) == 0


@pytest.fixture
def far_above(session, app):
    """A visit of today that is billed $425.00 above the estimate that the patient was given."""
    made = visit(session, covered=False, appointment={"booked_at": clock.now() - timedelta(days=20)})
    estimate = estimates.save(session, made.appointment, estimates.parse("99213"), key="e1")
    estimates.give(session, made.appointment, estimate, "mail", b"%PDF-1.7", "g1")
    slip = factories.make_encounter(
        session,
        made.patient,
        appointment_id=made.appointment.id,
        lines=(("99213", "560.00"),),
        state="signed",
    )
    guarantor_id = made.patient.guarantor_id
    ledger.post_charges(session, slip, payer_id=None, guarantor_id=guarantor_id, key="slip")
    return settled(session, made)


def test_a_bill_far_above_its_estimate_is_listed_and_let_go_with_a_reason_once_f1(
    far_above, biller, front_desk
):
    listed = biller.get("/estimates/good-faith").select_one(".good-faith-above")
    assert "$425.00" in listed.text
    assert "Statement waits" in listed.text
    page = biller.get(url(far_above))
    assert "may dispute the bill for 120 days" in page.select_one("#good-faith").text
    data = sent(page, "#good-faith form[action$='/billed']")
    front_desk.post(url(far_above, "/billed"), data | {"why": "Told"}, status=403)
    refused = biller.post(url(far_above, "/billed"), data | {"why": ""}, status=422, htmx=True)
    assert "Say why the bill goes as it is" in refused.text
    assert "Let the bill go" in biller.post(url(far_above, "/billed"), data | {"why": " "}, status=422).text
    for _ in range(2):
        biller.post(url(far_above, "/billed"), data | {"why": "Told by phone"}, status=303)
    assert [step.how for step in db.session.scalars(select(GoodFaithStep)) if step.kind == "billed"] == [
        "Told by phone"
    ]
    assert "let go: Told by phone" in biller.get(url(far_above)).select_one("#good-faith").text
    assert biller.get("/estimates/good-faith").select_one(".good-faith-above") is None
