"""What goes wrong at the public pages, said at the field, in the visitor's language (A10, bad input)."""

from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError

from clinic import db, messages
from clinic.access import sessions
from clinic.app import create_app
from clinic.models import Message
from tests import factories
from tests.browser import Browser
from tests.scheduling import online_house as house
from tests.web.book_scene import clinic, fields, hold, now, request_of, send

__all__ = ["clinic", "now"]


def test_every_missing_answer_is_named_at_once_and_at_its_question(browser, clinic):
    page = browser.get("/book/times?provider=nobody&lang=es", status=422)
    said = [link["href"] for link in page.select(".p-errors a")]
    assert said == ["#been-yes", "#type-1", "#any"]
    for question in ("been", "type", "provider"):
        assert page.select_one(f"fieldset.p-error[aria-describedby={question}-wrong] #{question}-wrong").text
    # The form without a choice names both questions that have no answer ready.
    page = browser.get("/book/times?provider=", status=422)
    assert len(page.select(".p-errors a")) == 2


def test_a_provider_who_does_not_take_the_visit_online_is_said_and_not_searched_for_in_vain(browser, clinic):
    session, provider, kind = clinic
    other = factories.make_provider(session, first_name="Samuel", last_name="Okoye")
    factories.make_visit_type(session, name="Sick visit", online=True)
    house.online.save_words(session, kind, takes=[provider.id])
    page = browser.get(
        "/book/times",
        query_string={"been": "no", "type": kind.public_id, "provider": other.public_id},
        status=422,
    )
    assert "does not take this visit online" in page.select_one(".p-errors").text


@pytest.mark.parametrize(
    ("lang", "title"), [("en", "Something went wrong on our side"), ("es", "Algo falló de nuestro lado")]
)
def test_our_own_fault_is_said_to_a_patient_in_his_language_with_the_phone(config, session, lang, title):
    factories.make_practice(session)
    app = create_app(config, testing=True)
    app.config.update(PROPAGATE_FAILURES=False, PROPAGATE_EXCEPTIONS=False)
    browser = Browser(app)
    browser.get(f"/pay?lang={lang}")
    app.view_functions["visit.show"] = lambda: 1 / 0
    page = browser.get("/visit", status=500)
    assert (page.html["lang"], page.h1.text) == (lang, title)
    assert page.select_one('a[href^="tel:"]')
    assert "/sign-in" not in str(page)


def test_our_own_fault_is_said_while_the_database_is_gone_and_in_the_browsers_language_to_a_patient(
    config, session, monkeypatch
):
    factories.make_practice(session)
    app = create_app(config, testing=True)
    app.config.update(PROPAGATE_FAILURES=False, PROPAGATE_EXCEPTIONS=False)
    browser = Browser(app)
    browser.get("/pay?lang=en")

    def gone(*_, **__):
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(sessions, "find", gone)
    monkeypatch.setattr(db.session, "scalars", gone)
    page = browser.get("/visit", status=500, headers={"Accept-Language": "es-MX"})
    assert page.h1.text == "Algo falló de nuestro lado"
    assert page.select_one('a[href^="tel:"]'), "the phone is known from the pages before"
    page = browser.get("/schedule", status=500)
    assert page.h1.text == "Something went wrong on our side"


def test_who_ended_reminders_by_mail_still_gets_the_code_and_the_answer_asked_for(browser, clinic):
    session = clinic[0]
    messages.opt_out(session, "email", house.TYPED["email"], "by link")
    hold(browser, clinic)
    send(browser)
    assert session.query(Message).filter_by(kind="online_code").one().state == "queued"
    assert house.code_of(session, request_of(session))


def test_the_browser_does_not_stop_the_form_with_a_word_in_its_own_language(browser, clinic):
    hold(browser, clinic)
    assert browser.get("/book/details").select_one('form[action="/book/details"]').has_attr("novalidate")


def test_the_chosen_time_stays_in_view_when_its_hold_ended_while_a_mistake_was_typed(browser, clinic, now):
    hold(browser, clinic)
    typed = fields(browser.get("/book/details"), "/book/details")
    now.shift(timedelta(minutes=11))
    page = browser.post("/book/details", typed | {"first_name": ""}, status=422)
    assert "Wednesday, March 11, 9:00 AM PDT" in page.select_one(".p-facts").text
    page = browser.post("/book/details", typed | {"at": "rubbish"}, status=422)
    assert "March" not in page.select_one(".p-facts").text


@pytest.mark.parametrize("wanted", ["9999-12-31T23:00", "0001-01-01T00:00", "2026-02-30T09:00"])
def test_a_made_up_time_at_the_end_of_the_calendar_is_told_as_gone_and_fails_nowhere(browser, clinic, wanted):
    page = browser.get(
        "/book/times", query_string={"been": "no", "type": clinic[2].public_id, "provider": ""}
    )
    place = f"{wanted}~{clinic[1].public_id}"
    browser.post("/book/hold", fields(page) | {"at": place}, status=422)
    hold(browser, clinic)
    typed = fields(browser.get("/book/details"), "/book/details")
    browser.post("/book/details", typed | {"at": place, "first_name": ""}, status=422)
