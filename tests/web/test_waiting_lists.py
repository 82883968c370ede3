"""Recalls, visits to book again, and the manager's rules for both and for offers."""

import pytest
from sqlalchemy import func, select

from clinic import waiting
from clinic.models import LeftUnscheduled, Message, Recall, RecallRule
from tests import factories
from tests.web.waiting_scene import _tuesday_morning, lost, provider, recall, visit_type, waits

__all__ = ["_tuesday_morning", "lost", "provider", "recall", "visit_type", "waits"]


@pytest.fixture(autouse=True)
def _practice(session):
    factories.make_practice(session)


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


@pytest.mark.parametrize("role", ["clinician", "biller", "admin"])
def test_whoever_may_not_book_may_not_work_recalls_or_lost_visits_t5(cast, recall, lost, session, role):
    browser = cast(role)
    for url in ("/waiting/recalls", "/waiting/recalls/new", "/waiting/unscheduled"):
        browser.get(url, status=403)
    outcome = {"state": "declined", "version": recall.version}
    browser.post(f"/waiting/recalls/{recall.public_id}/outcome", outcome, status=403)
    browser.post("/waiting/recalls", {}, status=403)
    browser.post(f"/waiting/unscheduled/{lost.public_id}/reason", {"reason": "x"}, status=403)
    if role != "biller":
        browser.post(f"/waiting/recalls/{recall.public_id}/message", {"version": 1}, status=403)
    assert (recall.state, count(session, LeftUnscheduled), count(session, Recall)) == ("due", 0, 1)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_recall_is_made_by_hand_and_a_second_click_is_the_first(front_desk, session, visit_type, htmx):
    patient = factories.make_patient(session, last_name="Ortiz")
    page = front_desk.get(f"/waiting/recalls/new?patient={patient.public_id}")
    data = {field["name"]: field.get("value", "") for field in page.select("main form input[name]")}
    data |= {"visit_type": visit_type.public_id, "due_on": "t+180", "reason": "Lipids"}
    for _ in range(2):
        front_desk.post("/waiting/recalls", data, status=204 if htmx else 303, htmx=htmx)
    made = session.scalars(select(Recall)).one()
    assert (made.due_on.isoformat(), made.reason) == ("2026-09-06", "Lipids")
    assert "ORTIZ" in front_desk.get("/waiting/recalls?until=all").select_one("table").text


def test_a_recall_without_a_day_is_422_and_makes_nothing(front_desk, session, visit_type):
    patient = factories.make_patient(session)
    data = {
        "patient": patient.public_id,
        "visit_type": visit_type.public_id,
        "due_on": "soon",
        "key": "k",
        "reason": "Keep",
    }
    page = front_desk.post("/waiting/recalls", data, status=422)
    assert page.select_one("#due_on")["value"] == "soon"
    assert page.select_one("#reason")["value"] == "Keep"
    assert count(session, Recall) == 0


def test_an_empty_recall_list_says_how_it_fills(front_desk):
    assert "Nobody is due" in front_desk.get("/waiting/recalls").text


@pytest.mark.parametrize("htmx", [False, True])
def test_a_message_is_sent_once_a_day_however_often_it_is_pressed_a11(front_desk, session, recall, htmx):
    data = {"version": recall.version}
    url = f"/waiting/recalls/{recall.public_id}/message"
    for _ in range(2):
        page = front_desk.post(url, data, status=200 if htmx else 303, htmx=htmx)
    if htmx:
        assert "Contacted" in page.select_one("#list").text
    assert (recall.state, recall.messages_sent, count(session, Message)) == ("contacted", 1, 1)


def test_no_message_goes_to_who_agreed_to_none_and_the_list_says_so_a11(front_desk, session, recall):
    recall.patient.sms_consent_at = recall.patient.email_consent_at = None
    url = f"/waiting/recalls/{recall.public_id}/message"
    page = front_desk.post(url, {"version": recall.version}, status=409)
    assert "gets no messages: call" in page.select_one("[role=alert]").text
    assert (recall.state, count(session, Message)) == ("due", 0)


@pytest.mark.parametrize("htmx", [False, True])
def test_what_came_of_asking_is_kept_and_twice_is_once(front_desk, recall, htmx):
    url = f"/waiting/recalls/{recall.public_id}/outcome"
    data = {"version": recall.version, "state": "declined", "note": "Sees somebody else"}
    for _ in range(2):
        front_desk.post(url, data, status=200 if htmx else 303, htmx=htmx)
    assert (recall.state, recall.note, recall.version) == ("declined", "Sees somebody else", 2)
    assert "Sees somebody else" in str(front_desk.get("/waiting/recalls?view=declined").select_one("table"))


def test_a_made_up_outcome_is_422_an_old_page_409_and_the_note_stays_in_view(front_desk, recall):
    url = f"/waiting/recalls/{recall.public_id}/outcome"
    page = front_desk.post(url, {"version": 1, "state": "deleted", "note": "Keep me"}, status=422)
    assert page.select_one("input[name=note]")["value"] == "Keep me"
    page = front_desk.post(url, {"version": 9, "state": "contacted", "note": "Keep me"}, status=409)
    assert "changed since you opened it" in page.select_one("[role=alert]").text
    assert (recall.state, recall.note) == ("due", "")


def test_filters_of_recalls_stand_in_the_address_and_survive_a_change(front_desk, recall):
    url = f"/waiting/recalls/{recall.public_id}/outcome"
    data = {"version": recall.version, "state": "contacted", "until": "all", "view": "all"}
    front_desk.post(url, data, status=303)
    assert front_desk.location == "/waiting/recalls?view=all&until=all"


def test_a_lost_visit_offers_booking_the_wait_list_and_a_reason(front_desk, lost):
    row = front_desk.get("/waiting/unscheduled").select_one("tbody tr")
    assert "KIM, Jo" in row.text
    assert "No-show" in row.text
    book, wait_list = (
        next(each["href"] for each in row.select("a") if each.text == word) for word in ("Book", "Wait list")
    )
    assert "Free times" in str(front_desk.get(book))
    form = front_desk.get(wait_list).select_one("#wishes form")
    assert form.select_one("#visit_type option[selected]")["value"] == lost.visit_type.public_id


@pytest.mark.parametrize("htmx", [False, True])
def test_a_lost_visit_is_left_with_a_reason_and_twice_is_once(front_desk, session, lost, htmx):
    url = f"/waiting/unscheduled/{lost.public_id}/reason"
    for _ in range(2):
        front_desk.post(url, {"reason": "Moved away"}, status=200 if htmx else 303, htmx=htmx)
    assert session.scalars(select(LeftUnscheduled.reason)).all() == ["Moved away"]
    assert "Nobody is forgotten" in front_desk.get("/waiting/unscheduled").text


def test_a_lost_visit_is_not_left_without_a_reason_and_a_kept_one_not_at_all(front_desk, session, lost):
    url = f"/waiting/unscheduled/{lost.public_id}/reason"
    page = front_desk.post(url, {"reason": ""}, status=422)
    assert "Say why" in page.select_one("[role=alert]").text
    kept = factories.make_appointment(session)
    front_desk.post(f"/waiting/unscheduled/{kept.public_id}/reason", {"reason": "x"}, status=409)
    assert count(session, LeftUnscheduled) == 0


@pytest.mark.parametrize("htmx", [False, True])
def test_a_manager_sets_how_long_a_place_is_held_and_twice_is_once_a9(manager, session, htmx):
    data = {"version": 0, "active": "y", "hold_minutes": "45"}
    for _ in range(2):
        manager.post("/waiting/rules/offers", data, status=204 if htmx else 303, htmx=htmx)
    assert waiting.policy(session).hold_minutes == 45
    assert manager.get("/waiting/rules").select_one("#hold_minutes")["value"] == "45"


def test_an_impossible_hold_is_422_and_an_old_page_409_and_both_change_nothing_a9(manager, session):
    page = manager.post("/waiting/rules/offers", {"active": "y", "hold_minutes": "900"}, status=422)
    assert page.select_one("#hold_minutes")["value"] == "900"
    manager.post("/waiting/rules/offers", {"version": 0, "active": "y", "hold_minutes": "45"}, status=303)
    manager.post("/waiting/rules/offers", {"version": 1, "hold_minutes": "30"}, status=303)
    manager.post("/waiting/rules/offers", {"version": 1, "hold_minutes": "50"}, status=409)
    assert (waiting.policy(session).active, waiting.policy(session).hold_minutes) == (False, 30)


@pytest.mark.parametrize("htmx", [False, True])
def test_a_manager_sets_and_takes_away_when_patients_come_again(manager, session, visit_type, htmx):
    data = {"after": visit_type.public_id, "months": "6", "visit_type": visit_type.public_id}
    for _ in range(2):
        manager.post("/waiting/rules/recalls", data, status=204 if htmx else 303, htmx=htmx)
    assert session.scalars(select(RecallRule.months)).all() == [6]
    page = manager.get("/waiting/rules")
    assert "in 6 months" in page.text
    manager.post("/waiting/rules/recalls", data | {"months": ""}, status=303)
    assert count(session, RecallRule) == 0


def test_a_rule_of_a_hundred_years_is_422_and_makes_nothing(manager, session, visit_type):
    data = {"after": visit_type.public_id, "months": "1200", "visit_type": visit_type.public_id}
    page = manager.post("/waiting/rules/recalls", data, status=422)
    assert page.select_one("#months")["value"] == "1200"
    assert count(session, RecallRule) == 0


def test_the_desk_may_not_set_the_rules_t5(front_desk, session, visit_type):
    front_desk.get("/waiting/rules", status=403)
    front_desk.post("/waiting/rules/offers", {"hold_minutes": "10"}, status=403)
    front_desk.post("/waiting/rules/recalls", {"months": "6"}, status=403)
    assert (waiting.policy(session).hold_minutes, count(session, RecallRule)) == (20, 0)
