"""The demo's text service against the clinic's own adapter, and the page that shows it (A11)."""

import json
import threading
import time
from contextlib import contextmanager
from dataclasses import replace

import pytest
from flask import Flask, request
from werkzeug.serving import make_server

from clinic.app import create_app
from clinic.demo import text_sink
from clinic.messages import TextService, sms
from clinic.models import InboundMessage
from tests import factories
from tests.browser import Browser
from tests.reminders.house import PHONE, TOKEN


@contextmanager
def serving(app):
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def clinic():
    """The clinic's two addresses: they keep what was rightly signed, and answer a reply."""
    app = Flask("clinic-stand-in")
    app.told = []

    @app.post("/messages/sms/<what>")
    def take(what):
        good = sms.signed(
            TOKEN, request.url, request.form.items(), request.headers.get("X-Twilio-Signature", "")
        )
        app.told.append((what, good, request.form.to_dict()))
        if what == "status":
            return "", 204
        return "<?xml version='1.0'?><Response><Message>Thank you &amp; bye</Message></Response>"

    with serving(app) as base:
        app.base = base
        yield app


@pytest.fixture
def sink(clinic, config, tmp_path, monkeypatch):
    """The running stand-in, its settings and an adapter that knows it."""
    monkeypatch.setattr(text_sink, "STEPS", (0, 0))
    settings = replace(
        config,
        base_url=clinic.base,
        data_folder=tmp_path,
        sms_account="ACtest",
        sms_token=TOKEN,
        sms_from="+15550100100",
    )
    texts = text_sink.Texts(tmp_path / "texts", settings)
    with serving(text_sink.create(texts)) as base:
        yield replace(settings, sms_api_base=base)


def adapter(sink, token=TOKEN):
    return TextService(
        "ACtest", token, "+15550100100", sink.sms_api_base, f"{sink.base_url}/messages/sms/status"
    )


def wait_for(clinic, count):
    for _ in range(100):
        if len(clinic.told) >= count:
            return clinic.told
        time.sleep(0.05)
    raise AssertionError(f"{len(clinic.told)} calls came, not {count}")


def test_a_text_is_kept_found_again_and_told_of_by_signed_requests(sink, clinic):
    number = adapter(sink).send(PHONE, "Hello ñ & 😀", "ref")
    told = wait_for(clinic, 2)
    assert [(what, good, fields["MessageStatus"]) for what, good, fields in told] == [
        ("status", True, "sent"),
        ("status", True, "delivered"),
    ]
    assert adapter(sink).find(PHONE, "Hello ñ & 😀") == number
    assert adapter(sink).find(PHONE, "Another") is None
    (path,) = (sink.data_folder / "texts").glob("*.json")
    assert json.loads(path.read_text())["body"] == "Hello ñ & 😀"


def test_the_numbers_that_fail_fail_as_the_services_own_do(sink, clinic):
    with pytest.raises(sms.Refused) as refused:
        adapter(sink).send("+15550100190", "x", "ref")
    assert refused.value.code == 21211
    adapter(sink).send("+15550100192", "x", "ref")
    assert wait_for(clinic, 2)[1][2]["ErrorCode"] == "30003"


def test_a_wrong_token_is_refused_and_tried_again(sink):
    with pytest.raises(sms.ServiceSilent):
        adapter(sink, "wrong").send(PHONE, "x", "ref")


def test_a_service_that_is_gone_is_tried_again():
    with pytest.raises(sms.ServiceSilent):
        TextService("AC", "t", "+1", "http://127.0.0.1:9", "http://x").send(PHONE, "x", "ref")


@pytest.fixture
def staff(sink, session):
    browser = Browser(create_app(sink, testing=True))
    browser._app.config["WTF_CSRF_ENABLED"] = False
    browser.sign_in(factories.make_user(session, "front_desk"))
    return browser


def test_a_reply_typed_on_the_page_reaches_the_clinic_and_both_ways_are_shown(staff, sink, clinic):
    assert "No text message yet" in staff.get("/mail/texts").text
    staff.post("/mail/texts", {"phone": PHONE, "text": "C"}, status=303)
    ((what, good, fields),) = clinic.told
    assert (what, good, fields["From"], fields["Body"]) == ("reply", True, PHONE, "C")
    page = staff.get("/mail/texts")
    assert [cell.text for cell in page.select("td .message-text")] == ["Thank you & bye", "C"]


def test_a_reply_works_with_htmx(staff, clinic):
    staff.post("/mail/texts", {"phone": PHONE, "text": "C"}, status=204, htmx=True)
    assert len(clinic.told) == 1


@pytest.mark.parametrize("data", [{"phone": "5", "text": "C"}, {"phone": PHONE, "text": ""}])
def test_a_reply_without_phone_or_text_is_422_and_goes_nowhere(staff, clinic, data):
    assert staff.post("/mail/texts", data, status=422).select(".field-error")
    assert clinic.told == []


def test_a_silent_stand_in_is_said(staff, sink, session):
    gone = Browser(create_app(replace(sink, sms_api_base="http://127.0.0.1:9"), testing=True))
    gone._app.config["WTF_CSRF_ENABLED"] = False
    gone.sign_in(factories.make_user(session, "front_desk"))
    assert "does not answer" in gone.post("/mail/texts", {"phone": PHONE, "text": "C"}, status=422).text


def test_a_clinician_sees_no_texts(clinician, session):
    clinician.get("/mail/texts", status=403)
    clinician.post("/mail/texts", {"phone": PHONE, "text": "C"}, status=403)
    assert session.query(InboundMessage).count() == 0
