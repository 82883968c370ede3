"""The frames of all pages, the error pages and the base of every PDF, rendered strictly."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from weasyprint import HTML
from weasyprint.text.fonts import FontConfiguration
from weasyprint.urls import URLFetcher

from clinic import printing
from tests.web.gallery import environment, frame

ERRORS = ["400", "403", "404", "409", "413", "422", "429", "500", "locked"]


def page(source: str, **more: object) -> BeautifulSoup:
    rendered = environment().from_string(source).render(**frame(**more))
    return BeautifulSoup(rendered, "html.parser")


SCREEN = (
    '{% extends "base.html" %}{% block title %}Denials{% endblock %}'
    '{% block tools %}<div class="tools"><h1>My denials</h1></div>{% endblock %}'
    '{% block main %}<div class="pane">Body</div>{% endblock %}'
    '{% block panel %}<aside class="panel" id="panel">Side</aside>{% endblock %}'
)


def test_the_frame_has_what_every_screen_stands_on() -> None:
    screen = page(SCREEN)
    assert screen.find("title").text == "Denials · Riverside Family Medicine"
    assert screen.find("html")["data-bs-theme"] == "light"
    assert screen.find("a", class_="skip")["href"] == "#main"
    assert screen.find("nav").find("a", attrs={"aria-current": "page"}).text == "Denials"
    assert screen.find("nav").find(class_="count").text == "2"
    assert screen.find(id="main").find(class_="pane").text == "Body"
    assert screen.find(id="flash")["aria-live"] == "polite"
    assert screen.find(id="live") is not None
    assert screen.find(class_="rehearsal") is None
    assert "X-CSRFToken" in screen.find("body")["hx-headers:inherited"]


def test_server_errors_are_never_swapped_and_htmx_writes_no_style() -> None:
    config = page(SCREEN).find("meta", attrs={"name": "htmx-config"})["content"]
    assert '"5xx"' in config
    assert '"includeIndicatorCSS": false' in config


def test_search_theme_keys_and_sign_out_are_posts_with_a_token() -> None:
    forms = page(SCREEN).find(class_="top").find_all("form")
    assert [f["action"] for f in forms] == ["/patients/search", "/theme", "/keys", "/sign-out"]
    for form in forms:
        assert form["method"] == "post"
        assert form.find("input", attrs={"name": "csrf_token"})["value"] == "token"


def test_single_keys_can_be_off_and_the_theme_dark() -> None:
    user = SimpleNamespace(name="A", role_label="B", single_keys=False, is_authenticated=True)
    screen = page(SCREEN, current_user=user, theme="dark", rehearsal="Training: July 4")
    assert screen.find("body")["data-keys"] == "off"
    assert screen.find("button", attrs={"name": "keys"})["value"] == "on"
    offered = {each["value"]: each["class"] for each in screen.find_all("button", attrs={"name": "theme"})}
    assert "dark-only" in offered["light"]
    assert "light-only" in offered["dark"]
    assert "" in offered
    assert screen.find(class_="rehearsal").text == "Training: July 4"


def test_the_computers_own_setting_is_followed_until_a_person_chooses() -> None:
    def follows(theme: str) -> bool:
        return any("theme.js" in each.get("src", "") for each in page(SCREEN, theme=theme).find_all("script"))

    assert follows("")
    assert not follows("light")
    assert not follows("dark")


def test_messages_have_their_tone_and_are_escaped() -> None:
    screen = page(SCREEN, get_flashed_messages=lambda **_: [("ok", "<b>Saved</b>"), ("message", "Hm")])
    first, second = screen.find(id="flash").find_all(class_="note")
    assert first["class"] == ["note", "note-ok"]
    assert first.text == "<b>Saved</b>"
    assert second["class"] == ["note", "note-info"]


def test_what_two_clicks_say_alike_is_told_once() -> None:
    told = [("ok", "$25.00 received."), ("ok", "$25.00 received."), ("info", "R-12 is applied.")]
    screen = page(SCREEN, get_flashed_messages=lambda **_: told)
    notes = [note.text for note in screen.find(id="flash").find_all(class_="note")]
    assert notes == ["$25.00 received.", "R-12 is applied."]


def test_the_door_shows_no_menu() -> None:
    door = page(
        '{% extends "door.html" %}{% block title %}Sign in{% endblock %}'
        '{% block main %}<form id="f" method="post" action="/x"></form>{% endblock %}'
    )
    assert door.find("nav") is None
    assert door.find("main").find(id="f") is not None


@pytest.mark.parametrize("lang", ["en", "es"])
def test_a_patient_page_speaks_its_language(lang: str) -> None:
    shown = page(
        '{% extends "patient_base.html" %}{% block title %}T{% endblock %}',
        lang=lang,
        other_lang_url="/other",
        help_url="/help",
        privacy_url="/privacy",
    )
    assert shown.find("html")["lang"] == lang
    assert shown.find(class_="p-lang").find("a").text == ("English" if lang == "es" else "Español")
    assert shown.find(class_="p-call").find("a")["href"] == "tel:+15550100142"
    assert shown.find("script") is None


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize("name", ERRORS)
def test_an_error_page_says_what_to_do_next(name: str, signed_in: bool) -> None:
    more = frame(reference="8F3A-22", sign_in_url="/sign-in")
    more["current_user"].is_authenticated = signed_in
    rendered = environment().get_template(f"errors/{name}.html").render(**more)
    shown = BeautifulSoup(rendered, "html.parser")
    main = shown.find("main")
    assert len(main.find_all("h1")) == 1
    assert main.find("p").text.strip().endswith(".")
    assert main.find("a", class_="btn")["href"]
    assert (shown.find("nav") is not None) == (signed_in and name.isdigit() and name != "500")


def test_our_own_fault_needs_neither_session_nor_database() -> None:
    only = {"asset": frame()["asset"], "reference": "8F3A-22"}
    rendered = environment().get_template("errors/500.html").render(**only)
    assert "8F3A-22" in rendered


def test_the_fragment_of_an_error_is_one_note() -> None:
    rendered = environment().get_template("errors/_error.html").render(status=409, message="Renu was first.")
    shown = BeautifulSoup(rendered, "html.parser")
    assert shown.find(role="alert").text.strip() == "Not saved. Renu was first."


def test_a_status_without_words_of_its_own_still_gets_some() -> None:
    rendered = environment().get_template("errors/_error.html").render(status=405)
    assert "This could not be read." in rendered


def test_a_view_can_say_it_better() -> None:
    more = frame(message="That day is closed.", back_url="/claims")
    shown = BeautifulSoup(environment().get_template("errors/409.html").render(**more), "html.parser")
    assert shown.find("main").find("p").text == "That day is closed."
    assert shown.find("main").find("a")["href"] == "/claims"


def pdf(tmp_path: Path, **more: object) -> PdfReader:
    """Through WeasyPrint as the application prints: nothing is fetched but data: addresses."""

    env = environment()
    env.globals["data_url"] = printing.data_url
    source = (
        '{% extends "print.html" %}{% block title %}Receipt 4821{% endblock %}'
        "{% block main %}<h1>You paid $143.65</h1><p>Thank you, Łukasz.</p>{% endblock %}"
    )
    target = tmp_path / "page.pdf"
    fetcher = URLFetcher(allowed_protocols=["data"])
    document = HTML(string=env.from_string(source).render(**frame(**more)), url_fetcher=fetcher)
    document.write_pdf(target, pdf_variant="pdf/ua-1", font_config=FontConfiguration())
    return PdfReader(target)


def test_a_pdf_is_tagged_named_and_carries_inter(tmp_path: Path) -> None:
    read = pdf(tmp_path)
    text = read.pages[0].extract_text()
    assert read.metadata.title == "Receipt 4821"
    assert read.trailer["/Root"]["/Lang"] == "en"
    assert read.trailer["/Root"]["/MarkInfo"]["/Marked"]
    assert "You paid $143.65" in text
    assert "Page 1 of 1" in text
    fonts = read.pages[0]["/Resources"]["/Font"].values()
    assert all("Inter" in str(font.get_object()["/BaseFont"]) for font in fonts)


def test_the_demo_prints_its_watermark_and_others_none(tmp_path: Path) -> None:
    assert "Demo: not a bill" in pdf(tmp_path, watermark="Demo: not a bill").pages[0].extract_text()
    assert "Demo" not in pdf(tmp_path).pages[0].extract_text()


def test_on_a_page_that_is_not_there_no_screen_of_the_bar_is_marked_as_the_present_one(biller, manager):
    for browser in (biller, manager):
        assert not browser.get("/nowhere", status=404).select(".bar-nav [aria-current]")
    assert [link.text for link in biller.get("/claims/").select(".bar-nav [aria-current]")] == ["Claims"]


def test_the_bar_marks_the_screen_that_a_page_stands_under(admin, manager):
    """A new user stands under Users, not under Overview; hours are a tab of the schedule's rules."""
    for browser, path, marked in (
        (admin, "/admin/users/new", "Users"),
        (admin, "/admin/payers/new", "Payers"),
        (manager, "/admin/hours", "Schedule rules"),
        (manager, "/reports/kpi/charges", "Dashboard"),
    ):
        assert [link.text for link in browser.get(path).select(".bar-nav [aria-current]")] == [marked]
