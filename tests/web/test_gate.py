"""The gate at check-in: a checklist that stops two things, and lets nobody stand before a wall (A12)."""

from datetime import time, timedelta

import pytest
from sqlalchemy import func, select

from clinic import access, audit, clock, db, formats
from clinic.authorizations import usual
from clinic.models import Appointment, Authorization, CheckInPass, EligibilityCheck, Patient, Receipt
from tests import factories
from tests.eligibility.desk import make_desk


@pytest.fixture
def desk(session, config, tmp_path, app):
    return lambda **changes: make_desk(session, config, tmp_path, **changes)


def url(here, tail=""):
    return f"/check-in/{here.appointment.public_id}{tail}"


def answered(here, active=True, **benefits):
    with db.transaction() as session:
        check = EligibilityCheck(
            coverage_id=here.coverage.id,
            service_on=clock.today(),
            service_types=["30", "98"],
            trace="T1",
            state="answered",
            active=active,
            benefits={
                "copay": {"in": None, "out": None},
                "coinsurance": {"in": None, "out": None},
                "visits": {"in": None, "out": None},
                "authorization": {"in": "", "out": ""},
                "authorization_codes": [],
                "amounts": [],
                "starts_on": "",
                "ends_on": "",
                "unclear": [],
                "notes": [],
                "other_payers": [],
                "omitted": [],
                "service_type": "98",
                "status": "1",
            }
            | benefits,
            asked_at=clock.now(),
            answered_at=clock.now(),
        )
        session.add(check)


WANTED = {"authorization": {"in": "Y", "out": ""}}


def sent(browser, here, **changes):
    form = browser.get(url(here)).select_one("#collect form")
    data = {field["name"]: field.get("value", "") for field in form.select("input[type=hidden]")}
    return data | {"by": "none", "receipt": "print", "skip": "1"} | changes


def count(model):
    return db.session.scalar(select(func.count()).select_from(model))


def test_a_missing_authorization_asks_for_a_reason_and_checks_nobody_in(desk, front_desk):
    here = desk()
    answered(here, **WANTED)
    page = front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=422)
    assert "wants an authorization, and none on file serves today" in page.text
    assert "Say why the check-in goes on." in page.text
    assert here.visit.checked_in_at is None
    assert count(CheckInPass) == count(Receipt) == 0


def test_a_reason_lets_the_check_in_through_and_is_kept_with_who_and_what(desk, front_desk):
    here = desk()
    answered(here, **WANTED)
    data = sent(front_desk, here, pass_reason="The number comes by phone today")
    front_desk.post(url(here, "/check-in"), data, status=303)
    front_desk.post(url(here, "/check-in"), data, status=303)
    assert here.visit.status == "checked_in"
    row = db.session.scalars(select(CheckInPass)).one()
    assert (row.missing, row.reason) == (["authorization"], "The number comes by phone today")
    assert row.passed_by is not None
    actions = [each.action for each in audit.events_of_patient(db.session(), here.patient.id)]
    assert actions.count("appointment.gate_passed") == 1
    assert "The number comes by phone today" in front_desk.get(url(here)).text


def test_the_gate_works_in_a_fragment_too(desk, front_desk):
    here = desk()
    answered(here, active=False)
    page = front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=422, htmx=True)
    assert page.select_one("#collect input[name=pass_reason]")
    assert "is not active" in page.text
    data = sent(front_desk, here, pass_reason="Pays himself today")
    front_desk.post(url(here, "/check-in"), data, status=204, htmx=True)
    assert here.visit.status == "checked_in"


def test_who_may_not_pass_the_gate_is_told_whom_to_ask_and_a_typed_reason_does_not_help(
    desk, front_desk, monkeypatch
):
    here = desk()
    answered(here, **WANTED)
    monkeypatch.setitem(access.PERMISSIONS, "visit.pass_gate", frozenset({"manager"}))
    assert "Ask a manager" in front_desk.get(url(here)).text
    data = sent(front_desk, here, pass_reason="I want to")
    front_desk.post(url(here, "/check-in"), data, status=422)
    assert count(CheckInPass) == 0


def test_a_clinician_may_not_check_in_at_all(desk, clinician):
    here = desk()
    clinician.post(url(here, "/check-in"), {"pass_reason": "x"}, status=403)


def test_an_authorization_that_serves_the_day_opens_the_gate(desk, front_desk):
    here = desk()
    answered(here, **WANTED)
    with db.transaction() as session:
        row = Authorization(
            coverage_id=here.coverage.id,
            number="AUTH9001",
            starts_on=clock.today(),
            ends_on=clock.today(),
            visits_allowed=1,
        )
        session.add(row)
    front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=303)
    assert (here.visit.status, count(CheckInPass)) == ("checked_in", 0)


def test_a_silent_payer_stops_nobody(desk, front_desk):
    here = desk()
    front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=303)
    assert (here.visit.status, count(CheckInPass)) == ("checked_in", 0)


def test_the_checklist_shows_what_is_missing_and_what_is_done(desk, front_desk):
    long_ago = clock.at(clock.today() - timedelta(days=200), time(9))
    here = desk(
        patient={"confirmed_at": long_ago},
        coverage={"effective_on": clock.today() - timedelta(days=400)},
    )
    lines = checklist(front_desk, here)
    assert "Confirm" in lines["Address and phone"]
    assert "never asked" in lines["Eligibility"]
    assert "look at the card again" in lines["Insurance card"]
    assert "to ask for" in lines["Copay"]
    assert "Done" in lines["Old balance"]
    answered(here)
    with db.transaction() as session:
        session.get_one(Patient, here.patient.id).confirmed_at = clock.now()
    lines = checklist(front_desk, here)
    assert "Done" in lines["Address and phone"]
    assert "Done" in lines["Eligibility"]


def checklist(browser, here):
    items = browser.get(url(here)).select(".todo li")
    names = ("Address and phone", "Eligibility", "Insurance card", "Copay", "Old balance", "Authorization")
    return {name: item.text for item in items for name in names if item.text.strip().startswith(name)}


def test_an_authorization_that_ends_soon_is_a_line_and_no_stop(desk, front_desk):
    here = desk()
    answered(here, **WANTED)
    with db.transaction() as session:
        factories._add(
            session,
            Authorization(
                coverage_id=here.coverage.id,
                number="AUTH9002",
                starts_on=clock.today(),
                ends_on=clock.today() + timedelta(days=9),
                visits_allowed=12,
                visits_used=10,
            ),
        )
    assert "2 of 12 visits left" in checklist(front_desk, here)["Authorization"]
    front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=303)


def test_the_payers_own_list_asks_for_an_authorization_as_the_worklist_does(desk, front_desk):
    """A12: where no answer says Y, and even where the payer is silent, by the codes that visits of this kind have."""
    here = desk(payer={"needs_authorization": ["97110"]})
    with db.transaction() as session:
        kind = session.get_one(Appointment, here.appointment.id).visit_type_id
        other = factories.make_patient(session, last_name="Earlier")
        visit = factories.make_appointment(
            session,
            other,
            visit_type_id=kind,
            starts_at=clock.at(clock.today() - timedelta(days=9), time(9)),
            status="closed",
        )
        factories.make_encounter(
            session, other, lines=(("97110", "60.00"),), appointment_id=visit.id, state="signed"
        )
        usual.learn(session)
    assert "none on file" in checklist(front_desk, here)["Authorization"]
    page = front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=422)
    assert "wants an authorization, and none on file serves today" in page.text
    answered(here)
    assert "none on file" in checklist(front_desk, here)["Authorization"]
    assert here.visit.checked_in_at is None


def test_the_answer_for_the_visits_day_counts_and_not_a_newer_one_about_another_day(desk, front_desk):
    """E1, E7: a question by hand about another month says nothing about this visit."""
    here = desk()
    answered(here, copay={"in": {"low": "35.00", "high": "35.00"}, "out": None})
    with db.transaction() as session:
        first = session.scalars(select(EligibilityCheck)).one()
        later = EligibilityCheck(
            coverage_id=here.coverage.id,
            service_on=clock.today() + timedelta(days=40),
            service_types=["30", "98"],
            trace="T2",
            state="answered",
            active=False,
            benefits=first.benefits | {"copay": {"in": {"low": "9.00", "high": "9.00"}, "out": None}},
            asked_at=clock.now() + timedelta(minutes=5),
            answered_at=clock.now() + timedelta(minutes=5),
        )
        session.add(later)
    page = front_desk.get(url(here))
    assert page.select_one("#eligibility .chip").text == "Active"
    assert f"asked for {formats.mdy(clock.today())}" in page.select_one("#eligibility").text
    assert page.select_one("#collect .facts-total dd").text == "$35.00"
    front_desk.post(url(here, "/check-in"), sent(front_desk, here), status=303)
    assert (count(CheckInPass), count(EligibilityCheck)) == (0, 2)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("01/01/1900", "The coverage begins"),
        ("t+4000", "within the coming year"),
        ("t-800", "last two years"),
    ],
)
def test_asking_by_hand_refuses_a_day_that_no_payer_answers_for(desk, front_desk, typed, sentence):
    """E1."""
    here = desk(coverage={"effective_on": clock.today() - timedelta(days=900)})
    address = f"/eligibility/coverages/{here.coverage.public_id}"
    page = front_desk.post(address, {"service_on": typed, "service_type": "98"}, status=422)
    assert sentence in page.text
    assert typed in str(page)
    assert count(EligibilityCheck) == 0
