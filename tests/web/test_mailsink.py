"""The demo's mail on screen: newest first, text only, nowhere but in a demo or rehearsal (step 10)."""

from dataclasses import replace
from email.message import EmailMessage

import pytest

from clinic.app import create_app
from tests import factories
from tests.browser import Browser


@pytest.fixture
def folder(config):
    made = config.data_folder / "mail"
    made.mkdir(exist_ok=True)
    yield made
    for path in made.glob("*"):
        path.unlink()


def keep(folder, number, subject, text="Thank you.", html=""):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "billing@example.com", "maria@example.com", subject
    mail.set_content(text)
    if html:
        mail.add_alternative(html, subtype="html")
    (folder / f"{number}.eml").write_bytes(mail.as_bytes())


def test_kept_mail_is_listed_newest_first_and_the_newest_is_open(front_desk, folder):
    keep(folder, 1_700_000_000_000_000_000, "Older")
    keep(folder, 1_800_000_000_000_000_000, "Newer", "Número: 4821 7730")
    page = front_desk.get("/mail")
    assert [link.text for link in page.select("#list a.target")] == ["Newer", "Older"]
    assert "Número: 4821 7730" in page.select_one("#panel pre").text


def test_a_row_opens_in_the_panel_with_htmx_and_as_a_page(front_desk, folder):
    keep(folder, 1_700_000_000_000_000_000, "Older", "the older text")
    keep(folder, 1_800_000_000_000_000_000, "Newer")
    url = "/mail?open=1700000000000000000"
    assert "the older text" in front_desk.get(url).select_one("#panel").text
    assert "the older text" in front_desk.get(url, htmx=True).select_one("#panel").text


def test_a_message_is_shown_as_text_only(front_desk, folder):
    keep(folder, 1_700_000_000_000_000_000, "<b>Bold</b>", "<script>x</script>", "<h1>html part</h1>")
    panel = front_desk.get("/mail").select_one("#panel")
    assert not panel.select("script, b, h1")
    assert "<script>x</script>" in panel.text
    assert "html part" not in panel.text


def test_a_broken_message_does_not_break_the_page(front_desk, folder):
    (folder / "1700000000000000000.eml").write_bytes(b"\xff\xfe not a mail")
    (folder / "1800000000000000000.eml").write_bytes(b"")
    (folder / "1900000000000000000.eml.part").write_bytes(b"half")
    assert len(front_desk.get("/mail").select("#list tbody tr")) == 2


@pytest.mark.parametrize("asked", ["../keys", "1", "x", "9" * 40])
def test_what_is_no_message_is_not_found(front_desk, folder, asked):
    front_desk.get(f"/mail?open={asked}", status=404)


def test_an_empty_sink_says_how_mail_comes(front_desk, folder):
    assert "No mail yet" in front_desk.get("/mail").text


def test_a_clinic_that_works_for_real_has_no_such_page(config, session):
    real = create_app(replace(config, rehearsal=False), testing=True)
    browser = Browser(real)
    browser.sign_in(factories.make_user(session, "biller"))
    browser.get("/mail", status=404)


def test_a_clinician_and_a_stranger_are_refused(cast, folder):
    cast("clinician").get("/mail", status=403)
    cast("outsider").get("/mail", status=303)
