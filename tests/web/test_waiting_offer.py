"""The public page behind an offer's link: no account, nobody's name, two languages, one answer (A9, A11, trust T7)."""

import json
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic.models import Appointment, AuditEvent, Message, SignInAttempt
from tests import factories
from tests.browser import Browser
from tests.reminders.test_calendar import read
from tests.web.waiting_scene import _tuesday_morning, offered, provider, visit_type, waits

__all__ = ["_tuesday_morning", "offered", "provider", "visit_type", "waits"]


def token_of(session) -> str:
    """The token as it went out; here only its digest stays."""
    message = session.scalars(select(Message).where(Message.kind == "offer")).one()
    text = json.loads(message.body())["text"]
    return text.split("/offer/")[1].split()[0]


@pytest.fixture
def token(session, offered):
    return token_of(session)


def open_link(browser, token):
    browser.get(f"/offer/{token}", status=303)
    assert browser.location == "/offer"
    return browser.get("/offer")


def say(browser, word, status=303):
    page = browser.get("/offer")
    form = page.select_one(f'button[value="{word}"]').find_parent("form")
    data = {field["name"]: field["value"] for field in form.select("input")} | {"word": word}
    page = browser.post(form["action"], data, status=status)
    return browser.get("/offer") if status == 303 else page


def visits(session) -> list[str]:
    return list(session.scalars(select(Appointment.status)))


def test_a_program_that_opens_every_link_of_a_mail_answers_nothing_a9(
    app, browser, session, waits, offered, token
):
    for _ in range(3):
        page = open_link(Browser(app), token)
        assert page.select_one("h1").text == "A place is free for you"
    assert (offered.state, waits.state, visits(session)) == ("open", "open", ["held"])


def test_the_page_says_when_and_until_when_and_names_nobody(browser, session, waits, offered, token):
    page = open_link(browser, token)
    assert "Wednesday, March 11, 8:00 AM PDT" in page.text
    assert "Tuesday, March 10, 11:00 AM PDT" in page.text
    for word in ("Vega", "Ana", "Adams", waits.visit_type.name):
        assert word not in page.text
    seen = session.scalars(select(AuditEvent).where(AuditEvent.action == "schedule.view")).all()
    assert waits.patient_id in seen[-1].patient_ids


def test_yes_books_and_the_used_link_says_so_to_the_thief_who_comes_second_a9(
    app, browser, session, waits, offered, token
):
    open_link(browser, token)
    page = say(browser, "accept")
    assert page.select_one("h1").text == "Your appointment is booked"
    thief = Browser(app)
    page = open_link(thief, token)
    assert "This link has been used." in page.text
    assert not page.select("form")
    for word in ("accept", "decline", "leave"):
        thief.post("/offer", {"word": word}, status=303)
    assert (visits(session), waits.state, offered.state) == (["booked"], "booked", "accepted")


@pytest.mark.parametrize("change", [{"status": "cancelled_clinic"}, {"starts_at": timedelta(hours=1)}])
def test_a_booked_visit_that_was_moved_or_called_off_since_is_not_called_booked_a9(
    browser, session, offered, token, change
):
    open_link(browser, token)
    say(browser, "accept")
    visit = session.get_one(Appointment, offered.booked_id)
    visit.status = change.get("status", visit.status)
    visit.starts_at += change.get("starts_at", timedelta())
    visit.ends_at += change.get("starts_at", timedelta())
    session.flush()
    assert browser.get("/offer").select_one("h1").text == "Your appointment has changed"
    browser.get("/offer/calendar.ics", status=303)


def test_no_keeps_the_patient_on_the_list_and_off_the_list_takes_him_off_a9(
    browser, session, waits, offered, token
):
    open_link(browser, token)
    page = say(browser, "decline")
    assert page.select_one("h1").text == "You stay on the list"
    assert (visits(session), waits.state, offered.state) == ([], "open", "declined")


def test_off_the_list_leaves_the_place_and_closes_the_entry_a9(browser, session, waits, token):
    open_link(browser, token)
    assert say(browser, "leave").select_one("h1").text == "You are off the list"
    assert (visits(session), waits.state) == ([], "removed")


def test_a_link_whose_time_is_over_says_so_and_books_nothing_a9(browser, session, waits, offered, token):
    with time_machine.travel(offered.expires_at + timedelta(seconds=1)):
        page = open_link(browser, token)
        assert page.select_one("h1").text == "This offer has ended"
        browser.post("/offer", {"word": "accept"}, status=303)
    assert (waits.state, offered.state) == ("open", "expired")
    assert visits(session) == []


def test_an_offer_that_was_taken_back_says_so_a9(browser, front_desk, token, offered):
    front_desk.post(f"/waiting/offers/{offered.public_id}/withdrawal", {}, status=303)
    assert open_link(browser, token).select_one("h1").text == "This offer was taken back"


def test_another_visit_at_that_time_is_said_and_nothing_is_lost_a9(browser, session, waits, offered, token):
    factories.make_appointment(session, waits.patient, starts_at=offered.starts_at)
    open_link(browser, token)
    page = say(browser, "accept", status=409)
    assert page.select_one("h1").text == "You have another visit then"
    assert offered.state == "open"


def test_an_unknown_link_is_404_and_guessing_is_counted_until_even_a_true_one_stays_shut(
    browser, session, token
):
    for number in range(20):
        browser.get(f"/offer/{number:022d}", status=303)
    browser.get("/offer", status=404)
    browser.get(f"/offer/{token}", status=303)
    browser.get("/offer", status=404)
    tries = select(func.count()).where(SignInAttempt.address == "offer 127.0.0.1")
    assert session.scalar(tries) == 20


def test_the_token_is_kept_as_a_digest_only(offered, token):
    assert token.encode() not in offered.token_index


def test_a_made_up_answer_is_422_and_changes_nothing(browser, offered, token):
    open_link(browser, token)
    page = browser.post("/offer", {"word": "delete"}, status=422)
    assert "Choose one of the answers." in page.select_one("[role=alert]").text
    assert offered.state == "open"


def test_an_answer_without_an_open_link_is_404(browser, offered):
    browser.post("/offer", {"word": "accept"}, status=404)
    assert offered.state == "open"


def test_the_page_speaks_spanish_and_keeps_the_language(browser, token):
    open_link(browser, token)
    page = browser.get("/offer?lang=es")
    assert page.html["lang"] == "es"
    assert "miércoles 11 de marzo" in page.text
    assert browser.get("/offer").html["lang"] == "es"
    assert say(browser, "accept").select_one("h1").text == "Su cita está reservada"


def test_the_calendar_file_comes_with_the_yes(browser, offered, token):
    open_link(browser, token)
    browser.get("/offer/calendar.ics", status=303)
    say(browser, "accept")
    browser.get("/offer/calendar.ics")
    _, (event,) = read(browser.response.get_data())
    assert event["DTSTART"] == "20260311T150000Z"
