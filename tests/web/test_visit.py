"""The public page behind a reminder's link: no account, no script, two languages, each answer once (A11, T7)."""

from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from clinic import clock, db, messages, reminders
from clinic.app import create_app
from clinic.models import AuditEvent, SignInAttempt, Task, VisitLink
from tests import factories
from tests.browser import Browser
from tests.reminders.house import agreed, ready, visit
from tests.reminders.test_calendar import read

NOW = clock.at(date(2027, 6, 5), time(10, 5))
START = clock.at(date(2027, 6, 9), time(10))


@pytest.fixture
def clinic(session):
    ready(session)
    with time_machine.travel(NOW, tick=False):
        yield session


@pytest.fixture
def here(clinic):
    return visit(clinic, START)


def open_link(browser, appointment, language="en"):
    with db.transaction() as current:
        token = reminders.make_link(current, appointment, language)
    browser.get(f"/visit/{token}", status=303)
    assert browser.location == "/visit"
    return token


def say(browser, word, status=303):
    page = browser.get("/visit")
    form = page.select_one(f'button[value="{word}"]').find_parent("form")
    data = {field["name"]: field["value"] for field in form.select("input")} | {"word": word}
    browser.post(form["action"], data, status=status)
    return browser.get(browser.location)


def test_opening_the_link_changes_nothing_and_shows_no_name(browser, here, clinic):
    open_link(browser, here)
    page = browser.get("/visit")
    assert page.h1.text == "Will you come on Wednesday, June 9, at 10:00 AM?"
    assert "Wednesday, June 9, 10:00 AM PDT" in page.text
    for word in ("Whitfield", "Daniel", here.provider.last_name, here.visit_type.name, "Follow-up"):
        assert word not in page.text
    assert here.status == "booked"
    seen = clinic.scalars(select(AuditEvent).where(AuditEvent.action == "schedule.view")).all()
    assert here.patient_id in seen[-1].patient_ids


def test_confirming_by_link_is_done_once_and_told(browser, here, clinic):
    open_link(browser, here)
    page = say(browser, "confirm")
    assert page.select_one("h1").text == "See you on Wednesday, June 9, at 10:00 AM"
    version = here.version
    browser.post("/visit", {"word": "confirm"}, status=303)
    assert (here.status, here.version) == ("confirmed", version)


def test_a_visit_that_was_confirmed_may_still_be_given_up_by_the_same_link(browser, here):
    open_link(browser, here)
    say(browser, "confirm")
    page = say(browser, "cancel")
    assert page.select_one("h1").text == "Your appointment is cancelled"
    assert here.status == "cancelled_patient"


@pytest.mark.parametrize(
    ("word", "title"), [("move", "We will call you"), ("cancel", "Your appointment is cancelled")]
)
def test_a_link_that_was_used_says_so_and_changes_nothing_more(app, browser, here, clinic, word, title):
    token = open_link(browser, here)
    say(browser, word)
    version, tasks = here.version, len(clinic.scalars(select(Task)).all())
    thief = Browser(app)
    thief.get(f"/visit/{token}", status=303)
    page = thief.get("/visit")
    assert page.select_one("h1").text == title
    assert "This link has been used." in page.text
    assert not page.select("form")
    thief.post("/visit", {"word": "confirm"}, status=303)
    assert (here.version, len(clinic.scalars(select(Task)).all())) == (version, tasks)


def test_a_late_cancel_by_link_is_a_task_and_leaves_the_visit_a2(browser, here, clinic):
    with time_machine.travel(START - timedelta(hours=3), tick=False):
        open_link(browser, here)
        page = say(browser, "cancel")
    assert "is not cancelled online" in page.text
    assert here.status == "booked"
    assert clinic.scalars(select(Task.kind)).all() == ["late_cancel"]


@pytest.mark.parametrize(
    ("change", "title"),
    [
        ({"starts_at": START + timedelta(minutes=-30)}, "Your appointment has changed"),
        ({"status": "cancelled_clinic"}, "This appointment is no longer planned"),
    ],
)
def test_a_link_whose_visit_changed_says_so_and_answers_nothing(browser, here, change, title):
    open_link(browser, here)
    with db.transaction():
        for name, value in change.items():
            setattr(here, name, value)
    assert browser.get("/visit").select_one("h1").text == title
    browser.post("/visit", {"word": "confirm"}, status=303)
    assert here.status == change.get("status", "booked")


@pytest.mark.parametrize(
    ("word", "change", "title"),
    [
        ("move", {"status": "cancelled_patient"}, "Your appointment is cancelled"),
        ("move", {"starts_at": START + timedelta(minutes=-30)}, "Your appointment has changed"),
        ("cancel", {"status": "booked"}, "Your appointment has changed"),
    ],
)
def test_what_became_of_the_visit_after_the_answer_goes_before_the_answer(browser, here, word, change, title):
    open_link(browser, here)
    say(browser, word)
    with db.transaction():
        for name, value in change.items():
            setattr(here, name, value)
    page = browser.get("/visit")
    assert page.select_one("h1").text == title
    assert not page.select("form")


@pytest.mark.parametrize(
    ("method", "path", "status", "sentence"),
    [
        ("post", "/visit", 400, "La página estuvo abierta mucho tiempo"),
        ("post", "/offer", 400, "La página estuvo abierta mucho tiempo"),
        ("post", "/book/leave", 400, "La página estuvo abierta mucho tiempo"),
        ("get", "/visit/so/what", 404, "Esta página no existe"),
        ("get", "/pay/so/what", 404, "Esta página no existe"),
    ],
)
def test_what_goes_wrong_is_said_to_a_patient_in_his_language_and_leads_to_no_sign_in(
    config, session, method, path, status, sentence
):
    factories.make_practice(session)
    browser = Browser(create_app(config, testing=True))
    browser.get("/pay?lang=es")
    page = getattr(browser, method)(path, status=status)
    assert (page.select_one("html")["lang"], page.h1.text) == ("es", sentence)
    assert page.select_one('main a[href^="tel:"]')
    assert "/sign-in" not in str(page)


def test_an_expired_link_says_so(browser, here):
    token = open_link(browser, here)
    with time_machine.travel(START + timedelta(minutes=1), tick=False):
        browser.get(f"/visit/{token}", status=303)
        assert browser.get("/visit").select_one("h1").text == "This link has ended"
        browser.post("/visit", {"word": "confirm"}, status=303)
    assert here.status == "booked"


def test_an_unknown_link_is_404_and_guessing_is_counted_until_even_a_true_one_stays_shut(
    browser, here, clinic
):
    for number in range(20):
        browser.get(f"/visit/{number:022d}", status=303)
    page = browser.get("/visit", status=404)
    assert page.select_one("h1").text == "This link does not open"
    open_link(browser, here)
    browser.get("/visit", status=404)
    assert (
        len(clinic.scalars(select(SignInAttempt).where(SignInAttempt.address == "visit 127.0.0.1")).all())
        == 20
    )


def test_the_token_is_kept_as_a_digest_only(browser, here, clinic):
    token = open_link(browser, here)
    assert token.encode() not in clinic.scalars(select(VisitLink)).one().token_index


def test_a_made_up_answer_is_422_and_changes_nothing(browser, here):
    open_link(browser, here)
    page = browser.post("/visit", {"word": "delete"}, status=422)
    assert "Choose one of the answers." in page.select_one("[role=alert]").text
    assert here.status == "booked"


def test_an_answer_without_an_open_link_is_404(browser, here):
    browser.post("/visit", {"word": "confirm"}, status=404)


def test_the_page_speaks_spanish_and_keeps_the_language(browser, clinic):
    open_link(browser, visit(clinic, START, agreed(clinic, language="es")), "es")
    page = browser.get("/visit")
    assert page.html["lang"] == "es"
    assert page.h1.text == "¿Vendrá el miércoles 9 de junio a las 10:00 a.m.?"
    assert browser.get("/visit?lang=en").html["lang"] == "en"
    assert browser.get("/visit").html["lang"] == "en"


def test_the_calendar_file_is_the_visit(browser, here):
    open_link(browser, here)
    browser.get("/visit/calendar.ics")
    assert browser.response.mimetype == "text/calendar"
    _, (event,) = read(browser.response.get_data())
    assert event["DTSTART"] == "20270609T170000Z"


def test_reminders_by_mail_are_ended_by_the_page(browser, here, clinic):
    open_link(browser, here)
    page = say(browser, "quiet")
    assert "no more reminders by e-mail" in page.select_one(".p-notice[role=status]").text
    assert messages.opted_out(clinic, "email", here.patient.email)
    assert here.status == "booked"


def test_reminders_by_mail_that_were_ended_are_asked_for_again_by_the_page_and_twice_is_once(
    browser, here, clinic
):
    open_link(browser, here)
    page = say(browser, "quiet")
    assert not page.select('button[value="quiet"]')
    page = say(browser, "mail")
    assert "by e-mail again" in page.select_one(".p-notice[role=status]").text
    assert not messages.opted_out(clinic, "email", here.patient.email)
    assert not page.select('button[value="mail"]')


def test_who_gets_no_mail_is_asked_nothing_about_it(browser, here):
    here.patient.email_consent_at = None
    open_link(browser, here)
    assert not browser.get("/visit").select('button[value="quiet"], button[value="mail"]')
