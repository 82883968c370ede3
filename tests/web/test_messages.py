"""Outbox, tasks, reminder rules, feeds, and what the text service calls (A11)."""

from datetime import date, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, db, messages, tasks
from clinic.app import create_app
from clinic.messages.sms import signature
from clinic.models import (
    CalendarFeed,
    InboundMessage,
    Message,
    ReminderPolicy,
    ReminderRule,
    ReminderText,
    Task,
)
from tests import factories
from tests.browser import Browser
from tests.reminders.house import PHONE, TOKEN, agreed, ready, visit, write_due
from tests.reminders.test_calendar import read


@pytest.fixture
def clinic(session):
    ready(session)
    return session


def count(session, model):
    return session.scalar(select(func.count()).select_from(model))


# Tasks


@pytest.fixture
def task(clinic):
    with db.transaction() as current:
        return tasks.add(current, "reply", "Call.", key="t", patient_id=agreed(clinic).id)


def closing(task, **changes):
    return {"version": str(task.version), "note": "called"} | changes


def test_a_task_is_listed_with_its_patient_and_done_with_htmx(front_desk, task):
    assert "WHITFIELD, Daniel" in front_desk.get("/tasks").select_one("#list").text
    page = front_desk.post(f"/tasks/{task.public_id}/done", closing(task), status=200, htmx=True)
    assert "Nothing to do" in page.text
    assert (task.state, task.note) == ("done", "called")


def test_a_task_is_done_without_javascript_and_opened_again(front_desk, task):
    front_desk.post(f"/tasks/{task.public_id}/done", closing(task), status=303)
    page = front_desk.get("/tasks?state=done")
    assert "called" in page.text
    front_desk.post(f"/tasks/{task.public_id}/open", {"version": str(task.version)}, status=303)
    assert task.state == "open"


def test_a_note_that_is_too_long_is_422_and_the_task_stays_open(front_desk, task):
    page = front_desk.post(f"/tasks/{task.public_id}/done", closing(task, note="x" * 501), status=422)
    assert "Not saved." in page.text
    assert task.state == "open"


def test_a_clinician_has_no_task_list(clinician, task):
    clinician.get("/tasks", status=403)
    clinician.post(f"/tasks/{task.public_id}/done", closing(task), status=403)
    assert task.state == "open"


def test_the_second_click_on_done_changes_nothing_and_an_old_page_is_told(front_desk, task):
    data = closing(task)
    front_desk.post(f"/tasks/{task.public_id}/done", data, status=303)
    version = task.version
    front_desk.post(f"/tasks/{task.public_id}/done", data, status=303)
    assert task.version == version
    front_desk.post(f"/tasks/{task.public_id}/done", data | {"note": "other"}, status=422)
    assert task.note == "called"


# Outbox and record


@pytest.fixture
def failed(clinic):
    with db.transaction() as current:
        made = messages.write(
            current,
            "note",
            to="a@example.com",
            subject="Hello",
            text="The words.",
            key="k",
            patient_id=agreed(clinic).id,
        )
        messages.give_up(current, made.id)
        return made


def test_the_outbox_shows_state_and_text_and_sends_again_with_htmx(front_desk, failed):
    page = front_desk.get("/messages")
    assert "Failed" in page.select_one("#list").text
    assert "The words." in page.select_one("#panel").text
    front_desk.post(f"/messages/{failed.public_id}/again", status=200, htmx=True)
    assert failed.state == "queued"


def test_sending_again_works_without_javascript_and_twice_is_once(front_desk, failed):
    for _ in range(2):
        front_desk.post(f"/messages/{failed.public_id}/again", status=303)
    assert failed.state == "queued"


def test_a_message_that_was_sent_is_not_sent_again_422(front_desk, failed):
    failed.state = "sent"
    front_desk.post(f"/messages/{failed.public_id}/again", status=422)
    assert failed.state == "sent"


def test_a_clinician_may_not_read_the_outbox(clinician, failed):
    clinician.get("/messages", status=403)
    clinician.post(f"/messages/{failed.public_id}/again", status=403)
    assert failed.state == "failed"


def test_the_record_shows_what_was_written_and_the_consent(front_desk, failed, clinic):
    patient = failed.patient
    hook = front_desk.get(f"/patients/{patient.public_id}").select_one("#messages")
    fragment = front_desk.get(hook["hx-get"], htmx=True)
    assert "The words." in fragment.text
    page = front_desk.get(hook.a["href"])
    assert "Agreed" in page.text


def test_consent_is_taken_and_given_with_htmx_and_without(front_desk, failed):
    patient = failed.patient
    url = f"/messages/patients/{patient.public_id}/consent"
    front_desk.post(url, {"channel": "sms", "yes": "0"}, status=200, htmx=True)
    assert patient.sms_consent_at is None
    for _ in range(2):
        front_desk.post(url, {"channel": "sms", "yes": "1"}, status=303)
    assert patient.sms_consent_at is not None


def test_a_made_up_channel_is_422_and_changes_nothing(front_desk, failed):
    before = failed.patient.sms_consent_at
    url = f"/messages/patients/{failed.patient.public_id}/consent"
    assert "Not saved." in front_desk.post(url, {"channel": "fax", "yes": "0"}, status=422).text
    assert failed.patient.sms_consent_at == before


def test_the_desk_sees_who_said_stop_and_what_takes_it_back_tcpa(front_desk, failed):
    patient = failed.patient
    url = f"/messages/patients/{patient.public_id}"
    messages.opt_out(db.session(), "sms", patient.phone, "STOP by text message")
    messages.opt_out(db.session(), "email", patient.email, "by link")
    shown = front_desk.get(url).select_one("#messages dl").text
    assert "text START" in shown
    assert "A yes at the desk" in shown
    for channel in ("sms", "email"):
        front_desk.post(f"{url}/consent", {"channel": channel, "yes": "1"}, status=303)
    assert messages.opted_out(db.session(), "sms", patient.phone)
    assert not messages.opted_out(db.session(), "email", patient.email)


def test_a_clinician_may_not_change_consent(clinician, failed):
    url = f"/messages/patients/{failed.patient.public_id}/consent"
    clinician.post(url, {"channel": "sms", "yes": "0"}, status=403)
    assert failed.patient.sms_consent_at is not None


# Reminder rules

WORDS = "{day} {time} {link} STOP"


def policy_data(session, **changes):
    version = session.scalar(select(ReminderPolicy.version)) or 0
    return {
        "version": str(version), "active": "y", "sender_name": "Riverside", "quiet_from": "9p", "quiet_until": "7a"
    } | changes  # fmt: skip


def changes(session):
    rule = session.scalars(select(ReminderRule)).first()
    return [
        ("/reminders/policy", policy_data(session)),
        ("/reminders/rules", {"amount": "5", "unit": "days", "channel": "email"}),
        (f"/reminders/rules/{rule.public_id}/remove", {}),
        ("/reminders/texts/sms/en", {"subject": "", "text": WORDS}),
    ]


def state(session):
    session.expire_all()
    rules = sorted((rule.amount, rule.unit, rule.channel) for rule in session.scalars(select(ReminderRule)))
    how = session.get(ReminderPolicy, 1)
    return (
        rules,
        (how.quiet_from, how.sender_name, how.version),
        [row.text for row in session.scalars(select(ReminderText))],
    )


@pytest.mark.parametrize("which", range(4))
@pytest.mark.parametrize("htmx", [True, False])
def test_each_change_of_the_rules_works_with_and_without_htmx(manager, clinic, which, htmx):
    before = state(clinic)
    url, data = changes(clinic)[which]
    manager.post(url, data, status=204 if htmx else 303, htmx=htmx)
    assert state(clinic) != before


@pytest.mark.parametrize("which", range(4))
def test_the_second_click_on_a_change_of_the_rules_changes_nothing(manager, clinic, which):
    url, data = changes(clinic)[which]
    manager.post(url, data, status=303)
    after = state(clinic)
    manager.post(url, data, status=303)
    assert state(clinic) == after


@pytest.mark.parametrize("which", range(4))
def test_the_front_desk_may_not_change_the_rules(front_desk, clinic, which):
    before = state(clinic)
    url, data = changes(clinic)[which]
    front_desk.post(url, data, status=403)
    assert state(clinic) == before


@pytest.mark.parametrize(
    ("url", "data"),
    [
        ("/reminders/policy", {"quiet_from": "25:00", "quiet_until": "7a", "version": "1"}),
        ("/reminders/policy", {"quiet_from": "", "quiet_until": "", "version": "1"}),
        ("/reminders/rules", {"amount": "0", "unit": "days", "channel": "sms"}),
        ("/reminders/rules", {"amount": "x", "unit": "weeks", "channel": "fax"}),
        ("/reminders/texts/sms/en", {"text": "{diagnosis} {day} {time} STOP"}),
        ("/reminders/texts/email/es", {"text": ""}),
    ],
)
def test_bad_rules_are_422_and_change_nothing(manager, clinic, url, data):
    before = state(clinic)
    page = manager.post(url, data, status=422)
    assert page.select(".field-error")
    assert state(clinic) == before


def test_an_old_page_of_the_policy_is_told(manager, clinic):
    data = policy_data(clinic)
    manager.post("/reminders/policy", data, status=303)
    manager.post("/reminders/policy", data | {"quiet_from": "10p"}, status=422)
    assert state(clinic)[1][0] == time(21)


@pytest.mark.parametrize("place", ["sms-en", "sms-es", "email-en", "email-es", "made-up"])
def test_the_preview_is_what_a_patient_would_read(manager, clinic, place):
    page = manager.get(f"/reminders?text={place}")
    said = page.select_one("p.message-text").text
    assert "{" not in said
    assert "Riverside Family Medicine" in said


def test_our_words_come_back(manager, clinic):
    manager.post("/reminders/texts/sms/en", {"text": WORDS}, status=303)
    manager.post("/reminders/texts/sms/en", {"usual": "1"}, status=303)
    assert state(clinic)[2] == []


# Calendar feeds


def feed_data(whose, **changes):
    return {"provider": whose.public_id, "label": "my phone"} | changes


def address(page):
    return page.select_one("#address")["value"].removeprefix("http://127.0.0.1:8000")


def test_a_feed_is_made_read_and_revoked(manager, browser, clinic):
    provider = factories.make_provider(clinic)
    visit(clinic, clock.at(clock.today() + timedelta(days=1), time(9)), provider=provider)
    url = address(manager.post("/calendar-feeds", feed_data(provider), status=200))
    browser.get(url)
    _, (event,) = read(browser.response.get_data())
    assert event["SUMMARY"] == "D.W."
    feed = clinic.scalars(select(CalendarFeed)).one()
    for htmx in (False, True):
        manager.post(f"/calendar-feeds/{feed.public_id}/revoke", status=204 if htmx else 303, htmx=htmx)
    browser.get(url, status=404)
    assert "my phone" in manager.get("/calendar-feeds").text


def test_the_second_click_makes_no_readable_secret_twice(manager, clinic):
    provider = factories.make_provider(clinic)
    pages = [manager.post("/calendar-feeds", feed_data(provider), status=200) for _ in range(2)]
    assert address(pages[0]) != address(pages[1])
    assert not manager.get("/calendar-feeds").select("#address")


def test_a_feed_without_a_name_or_for_nobody_is_422(manager, clinic):
    provider = factories.make_provider(clinic)
    manager.post("/calendar-feeds", feed_data(provider, label=""), status=422)
    manager.post("/calendar-feeds", feed_data(provider, provider="nobody"), status=422)
    assert count(clinic, CalendarFeed) == 0


def test_the_front_desk_makes_no_feeds(front_desk, clinic):
    front_desk.post("/calendar-feeds", feed_data(factories.make_provider(clinic)), status=403)
    assert count(clinic, CalendarFeed) == 0


def test_a_clinician_makes_and_revokes_only_their_own(app, session, clinic):
    own, other = factories.make_provider(clinic), factories.make_provider(clinic)
    browser = Browser(app)
    browser.sign_in(factories.make_user(session, "clinician", rendering_provider_id=own.id))
    browser.post("/calendar-feeds", feed_data(other), status=422)
    browser.post("/calendar-feeds", feed_data(own), status=200)
    feed = clinic.scalars(select(CalendarFeed)).one()
    feed.provider_id = other.id
    browser.post(f"/calendar-feeds/{feed.public_id}/revoke", status=404)
    assert feed.revoked_at is None


# What the text service calls


@pytest.fixture
def service(config, session):
    """Signed requests to a clinic that has an account."""
    made = create_app(
        type(config)(
            **(vars(config) | {"sms_account": "ACtest", "sms_token": TOKEN, "sms_from": "+15550100100"})
        ),
        testing=True,
    )
    browser = Browser(made)

    def call(path, fields, status, token=TOKEN):
        head = {"X-Twilio-Signature": signature(token, f"{config.base_url}{path}", fields.items())}
        browser.post(path, fields, status=status, headers=head)
        return browser.response.get_data(as_text=True)

    return call


def test_the_signature_is_the_one_that_the_service_documents():
    fields = {"CallSid": "CA1234567890ABCDE", "Caller": "+12349013030", "Digits": "1234", "From": "+12349013030", "To": "+18005551212"}  # fmt: skip
    url = "https://mycompany.com/myapp.php?foo=1&bar=2"
    assert signature("12345", url, fields.items()) == "0/KCTR6DLpKmkAf8muzZqo1nDgQ="


def test_a_signed_reply_confirms_once_and_is_answered_in_twiml(service, clinic):
    with time_machine.travel(clock.at(date(2027, 6, 8), time(10, 5)), tick=False):
        made = visit(clinic, clock.at(date(2027, 6, 9), time(10)))
        write_due()
        clinic.scalars(select(Message)).one().state = "sent"
        fields = {"MessageSid": "SM1", "From": PHONE, "To": "+15550100100", "Body": "C"}
        first = service("/messages/sms/reply", fields, 200)
        assert "<Response><Message>Thank you." in first
        assert service("/messages/sms/reply", fields, 200) == first
    assert made.status == "confirmed"
    assert count(clinic, InboundMessage) == 1


@pytest.mark.parametrize("path", ["/messages/sms/reply", "/messages/sms/status?m=x"])
def test_an_unsigned_or_wrongly_signed_request_is_403_and_changes_nothing(service, browser, clinic, path):
    fields = {"MessageSid": "SM1", "From": PHONE, "Body": "STOP"}
    service(path, fields, 403, token="another")
    browser.post(path, fields, status=403)
    assert count(clinic, InboundMessage) == 0
    assert not messages.opted_out(clinic, "sms", PHONE)


def test_a_clinic_without_an_account_takes_no_signature(browser, config, clinic):
    fields = {"MessageSid": "SM1", "From": PHONE, "Body": "STOP"}
    head = {"X-Twilio-Signature": signature("", f"{config.base_url}/messages/sms/reply", fields.items())}
    browser.post("/messages/sms/reply", fields, status=403, headers=head)


def test_news_of_a_message_moves_it_and_what_nobody_got_is_a_task(service, clinic):
    with db.transaction() as current:
        made = messages.write(
            current, "note", channel="sms", to=PHONE, text="x", key="k", patient_id=agreed(clinic).id
        )
        made.state = "sent"
    path = f"/messages/sms/status?m={made.public_id}"
    service(path, {"MessageSid": "SM1", "MessageStatus": "undelivered", "ErrorCode": "30006"}, 204)
    assert (made.state, made.reason) == ("undeliverable", "This is a landline")
    assert clinic.scalars(select(Task.kind)).all() == ["undeliverable"]
    service("/messages/sms/status?m=none", {"MessageStatus": "sent"}, 404)
