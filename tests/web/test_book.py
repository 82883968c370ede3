"""Book a visit without an account and without a script: held while typing, a code, two languages (A10, T7)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic import online, scheduling
from clinic.app import create_app
from clinic.models import Appointment, AuditEvent, Message, OnlineRequest
from tests import factories
from tests.browser import Browser
from tests.reminders.test_calendar import read
from tests.scheduling import online_house as house
from tests.scheduling.online_house import at, place
from tests.web.book_scene import PERSON, book, choices, clinic, fields, held, hold, now, request_of, send

__all__ = ["clinic", "now"]


def error_of(page):
    return page.select_one("[role=alert]").text


def test_the_whole_way_from_the_first_page_to_the_calendar_file(browser, clinic):
    session = clinic[0]
    page = browser.get("/book")
    assert page.h1.text == "Book a visit"
    assert "Helen Adams, MD" in page.text
    request = book(browser, clinic)
    page = browser.get("/book/done")
    assert page.h1.text == "Your time is set aside"
    assert "Wednesday, March 11, 9:00 AM PDT" in page.text
    browser.get("/book/calendar.ics")
    assert browser.response.mimetype == "text/calendar"
    _, (event,) = read(browser.response.get_data())
    assert event["DTSTART"] == "20260311T160000Z"
    assert (request.state, request.starts_at) == ("requested", at(9))
    assert [each.held_for for each in held(session)] == ["an online request"]


@pytest.mark.parametrize("path", ["/book/details", "/book/code", "/book/times", "/book/calendar.ics"])
def test_a_page_in_the_middle_leads_back_where_nothing_is_chosen(browser, clinic, path):
    if path == "/book/times":
        assert browser.get(path).h1.text == "Book a visit"
        return
    browser.get(path, status=303)


def test_a_clinic_that_did_not_open_it_says_so_and_holds_nothing(browser, session):
    house.ready(session, active=False)
    assert "not booked online right now" in browser.get("/book").text
    browser.post("/book/hold", {"type": "x", "been": "no", "provider": "", "at": "", "key": "k"}, status=303)
    assert not held(session)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"been": ""}, "Say whether you have been here before."),
        ({"type": "nothing"}, "Choose what you need."),
        ({"provider": "nobody"}, "Choose who you would like to see."),
    ],
)
def test_a_missing_answer_is_asked_for_and_the_others_are_kept(browser, clinic, changes, sentence):
    page = browser.get("/book/times", query_string=choices(clinic, **changes), status=422)
    assert sentence in error_of(page)
    if "been" not in changes:
        assert page.select_one("#been-no").has_attr("checked")


def test_a_visit_for_new_patients_is_not_offered_to_others(browser, clinic):
    clinic[2].patient_kind = "new"
    page = browser.get("/book/times", query_string=choices(clinic, been="yes"), status=422)
    assert "other kind of patient" in error_of(page)


def test_days_without_a_free_time_are_no_links_and_the_search_goes_on(browser, clinic):
    page = browser.get("/book/times", query_string=choices(clinic))
    assert page.select(".p-day[href]")
    later = browser.get("/book/times?from=2026-03-20&day=2026-03-24")
    assert later.h2.text == "Tuesday, March 24"
    assert browser.get("/book/times?from=1999-99-99").h2
    assert "No times are open" in browser.get("/book/times?from=2031-01-01").text
    assert "No times are open" in browser.get("/book/times?from=9999-12-31&day=9999-12-31").text


def test_earlier_is_a_link_only_where_something_earlier_is_free(browser, clinic):
    words = [
        each.text for each in browser.get("/book/times", query_string=choices(clinic)).select(".p-week a")
    ]
    assert words == ["Later"]
    words = [each.text for each in browser.get("/book/times?from=2026-03-20").select(".p-week a")]
    assert words == ["Earlier", "Later"]


def test_nobody_is_signed_up_for_messages_unasked_tcpa(browser, clinic):
    hold(browser, clinic)
    assert not browser.get("/book/details").select("input[type=checkbox][checked]")
    send(browser)
    request = request_of(clinic[0])
    assert (request.agreed_sms, request.agreed_email) == (False, False)


def test_a_time_that_somebody_took_meanwhile_is_told_with_other_times(browser, clinic):
    session, provider, kind = clinic
    page = browser.get("/book/times", query_string=choices(clinic))
    factories.make_appointment(session, provider=provider, starts_at=at(9), visit_type_id=kind.id)
    page = browser.post("/book/hold", fields(page) | {"at": place(provider, at(9))}, status=422)
    assert "no longer free" in error_of(page)
    assert page.select("button[name=at]")
    assert not held(session)


def test_the_second_click_on_a_time_and_on_the_form_books_once(browser, clinic):
    session, provider, _ = clinic
    page = browser.get("/book/times", query_string=choices(clinic))
    for _ in range(2):
        browser.post("/book/hold", fields(page) | {"at": place(provider, at(9))}, status=303)
    assert len(held(session)) == 1
    typed = fields(browser.get("/book/details"), "/book/details") | PERSON
    for _ in range(2):
        browser.post("/book/details", typed, status=303)
    assert session.scalar(select(func.count()).select_from(OnlineRequest)) == 1
    code = house.code_of(session, request_of(session))
    for _ in range(2):
        browser.post("/book/code", {"code": code}, status=303)
        assert browser.location == "/book/done"
    browser.post("/book/details", typed, status=303)
    assert browser.location == "/book/done"
    assert session.scalar(select(func.count()).select_from(OnlineRequest)) == 1
    assert len(held(session)) == 1


def test_back_from_the_code_shows_what_was_typed_and_takes_what_is_mended(browser, clinic):
    session = clinic[0]
    hold(browser, clinic)
    send(browser)
    page = browser.get("/book/details")
    assert page.select_one("#last_name")["value"] == "Ostrom"
    assert page.select_one("#y")["value"] == "1984"
    typed = fields(page, "/book/details") | {"last_name": "Ostromová"}
    browser.post("/book/details", typed, status=303)
    assert request_of(session).typed["last_name"] == "Ostromová"
    assert session.scalar(select(func.count()).select_from(Message)) == 1


def test_another_time_after_back_keeps_one_place(browser, clinic):
    session = clinic[0]
    hold(browser, clinic)
    hold(browser, clinic, at(10))
    assert [each.starts_at for each in held(session)] == [at(10)]


def test_leaving_frees_the_place(browser, clinic):
    hold(browser, clinic)
    browser.post("/book/leave", status=303)
    assert not held(clinic[0])
    assert "nothing was kept" in browser.get(browser.location).text
    browser.post("/book/leave", status=303)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"first_name": ""}, "Enter the first name"),
        ({"last_name": "X" * 20_000}, "Enter the last name"),
        ({"first_name": "<script>alert(1)</script>"}, "Enter the first name"),
        ({"month": "2", "day": "30"}, "It must be a real day in the past"),
        ({"year": "2030"}, "It must be a real day in the past"),
        ({"year": "84"}, "It must be a real day in the past"),
        ({"phone": "12"}, "Enter the phone number with area code"),
        ({"phone": "call me"}, "Enter the phone number with area code"),
        ({"email": ""}, "Enter an e-mail address"),
        ({"email": "nobody@"}, "Enter an e-mail address"),
        ({"state": "Oregon"}, "Enter the state as two letters"),
        ({"zip": "9"}, "Enter the ZIP code"),
        ({"sex": ""}, "Choose one: your plan asks for it."),
        ({"reason": "x" * 201}, "Keep this to 200 characters."),
    ],
)
def test_what_cannot_be_read_is_said_in_a_sentence_and_nothing_typed_is_lost(
    browser, clinic, typed, sentence
):
    hold(browser, clinic)
    page = send(browser, status=422, **typed)
    assert sentence in error_of(page)
    (name, value), *_ = typed.items()
    box = page.select_one(f'[name="{name}"]')
    assert (box["value"] if box.get("type") != "radio" else "") == value
    assert page.select_one("#city")["value"] == "Portland"
    assert "<script>" not in str(page)
    assert clinic[0].scalar(select(func.count()).select_from(OnlineRequest)) == 0


def test_names_of_many_kinds_and_a_phone_from_abroad_are_taken(browser, clinic):
    hold(browser, clinic)
    send(browser, first_name="Zoë", last_name="de la O'Brien-Álvarez", phone="+44 20 7946 0958")
    typed = request_of(clinic[0]).typed
    assert typed["last_name"] == "de la O'Brien-Álvarez"
    assert typed["phone"] == "+442079460958"


def test_a_person_who_was_here_before_is_not_asked_for_the_address(browser, clinic):
    hold(browser, clinic, been="yes")
    page = browser.get("/book/details")
    assert page.select_one("#address") is None
    send(browser, address="", sex="", city="", state="", zip="")
    assert request_of(clinic[0]).says_new is False


def test_the_box_that_only_programs_fill_in_stops_them_with_a_sentence(browser, clinic):
    hold(browser, clinic)
    page = send(browser, status=422, website="https://spam.example.com")
    assert "as a program would" in error_of(page)
    assert page.select_one("#website")["value"] == ""
    assert page.select_one("#last_name")["value"] == "Ostrom"
    assert request_of(clinic[0]) is None


def test_a_hold_that_ended_is_taken_again_where_the_time_is_still_free(browser, clinic, now):
    hold(browser, clinic)
    typed = fields(browser.get("/book/details"), "/book/details") | PERSON
    now.shift(timedelta(minutes=11))
    browser.post("/book/details", typed, status=303)
    assert [each.starts_at for each in held(clinic[0])] == [at(9)]


def test_a_hold_that_ended_and_was_given_away_offers_near_times_and_keeps_what_was_typed(
    browser, clinic, now
):
    session, provider, kind = clinic
    hold(browser, clinic)
    typed = fields(browser.get("/book/details"), "/book/details") | PERSON
    now.shift(timedelta(minutes=11))
    scheduling.book(session, factories.make_patient(session), provider, kind, at(9))
    page = browser.post("/book/details", typed, status=422)
    assert "no longer free" in error_of(page)
    assert page.select_one("#first_name")["value"] == "Nora"
    near = [each["value"] for each in page.select("input[name=at]")]
    assert place(provider, at(9)) not in near
    browser.post("/book/details", fields(page, "/book/details") | {"at": near[0]}, status=303)
    assert browser.location == "/book/code"


def test_a_page_open_so_long_that_the_session_ended_keeps_what_was_typed(config, clinic, now):
    guarded = create_app(config, testing=True)
    browser = Browser(guarded)
    page = browser.get("/book/times", query_string=choices(clinic))
    browser.post("/book/hold", fields(page) | {"at": place(clinic[1], at(9))}, status=303)
    typed = fields(browser.get("/book/details"), "/book/details") | PERSON
    now.shift(timedelta(hours=2))
    page = browser.post("/book/details", typed, status=400)
    assert "open for a long time" in error_of(page)
    assert page.select_one("#last_name")["value"] == "Ostrom"
    browser.post("/book/details", fields(page, "/book/details") | {"website": ""}, status=303)
    assert browser.location == "/book/code"


def test_a_time_that_is_chosen_after_the_session_ended_leads_back_to_the_times(config, clinic, now):
    browser = Browser(create_app(config, testing=True))
    page = browser.get("/book/times", query_string=choices(clinic))
    now.shift(timedelta(hours=2))
    browser.post("/book/hold", fields(page) | {"at": place(clinic[1], at(9))}, status=303)
    page = browser.get(browser.location)
    assert "pick one again" in page.select_one(".p-notice").text
    assert page.select_one("button[name=at]")


def test_a_wrong_and_an_old_code_get_one_answer(browser, clinic, now):
    session = clinic[0]
    hold(browser, clinic)
    send(browser)
    right = house.code_of(session, request_of(session))
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    answers = {error_of(browser.post("/book/code", {"code": each}, status=422)) for each in (wrong, "", "x")}
    now.shift(timedelta(minutes=10, seconds=1))
    answers.add(error_of(browser.post("/book/code", {"code": right}, status=422)))
    assert len(answers) == 1
    page = browser.post("/book/code/again", status=200)
    assert "A new code is on its way" in page.select_one(".p-notice").text


@pytest.mark.parametrize(("lang", "words"), [("en", "is used up"), ("es", "ya no sirve")])
def test_after_five_wrong_codes_the_page_says_so_and_offers_a_new_one(browser, clinic, lang, words):
    hold(browser, clinic)
    send(browser)
    for _ in range(5):
        page = browser.post(f"/book/code?lang={lang}", {"code": "x"}, status=422)
    assert words in page.select_one("[role=alert]").text
    assert page.select_one('form[action="/book/code/again"] .btn-primary')
    browser.post("/book/code/again", status=200)
    right = house.code_of(clinic[0], request_of(clinic[0]))
    browser.post("/book/code", {"code": right}, status=303)


def test_no_public_page_names_hours_that_nobody_entered(browser, clinic):
    for lang in ("en", "es"):
        page = browser.get("/book", query_string={"lang": lang}).text.lower()
        assert "monday to friday" not in page
        assert "lunes a viernes" not in page


def test_the_code_page_shows_no_more_than_a_hint_of_what_was_typed(browser, clinic):
    hold(browser, clinic)
    send(browser)
    page = browser.get("/book/code")
    assert "n•••@example.com" in page.text
    for word in ("Ostrom", "Nora", "0163", "nora"):
        assert word not in page.text


def test_a_place_lost_while_the_code_was_on_its_way_is_chosen_anew(browser, clinic, now):
    session, provider, kind = clinic
    hold(browser, clinic)
    send(browser)
    code = house.code_of(session, request_of(session))
    now.shift(timedelta(minutes=10))
    scheduling.book(session, factories.make_patient(session), provider, kind, at(9))
    page = browser.post("/book/code", {"code": code}, status=422)
    assert page.h1.text == "Pick another time"
    browser.post("/book/time", fields(page) | {"at": "rubbish"}, status=422)
    browser.post("/book/time", fields(page), status=303)
    assert browser.location == "/book/done"
    assert request_of(session).state == "requested"


def test_known_and_unknown_people_see_the_same_pages_and_nothing_of_a_record_a10(app, clinic):
    session = clinic[0]
    factories.make_patient(
        session, first_name="Nora", last_name="Ostrom", phone="+15550100163", phone_digits="5550100163",
        email="other@example.com", address="77 Hidden Way",
    )  # fmt: skip
    pages = []
    for start, typed in (
        (at(9), {}),
        (at(10), {"first_name": "Victor", "last_name": "Hale", "email": "n@example.com"}),
    ):
        browser = Browser(app)
        hold(browser, clinic, start)
        send(browser, **typed)
        seen = [browser.get("/book/code")]
        browser.post("/book/code", {"code": house.code_of(session, request_of(session))}, status=303)
        seen.append(browser.get("/book/done"))
        pages.append([page.main.text.replace("10:00", "9:00") for page in seen])
    assert pages[0] == pages[1]
    assert "Hidden" not in str(pages)
    assert "other@" not in str(pages)


def test_too_many_tries_from_one_address_end_with_a_sentence_and_a_phone_number(browser, clinic):
    hold(browser, clinic)
    typed = fields(browser.get("/book/details"), "/book/details") | PERSON | {"first_name": ""}
    for _ in range(15):
        browser.post("/book/details", typed, status=422)
    page = browser.post("/book/details", typed, status=429)
    assert "Wait an hour" in page.main.text
    assert page.select('a[href^="tel:"]')
    refused = clinic[0].scalars(select(AuditEvent.action).where(AuditEvent.outcome == "refused")).all()
    assert "online_form.too_many" in refused


def test_one_address_cannot_hold_the_whole_day(browser, clinic):
    page = browser.get("/book/times", query_string=choices(clinic))
    refused = [
        browser.post("/book/hold", fields(page) | {"at": "rubbish"}, status=status).main.text
        for status in [422] * 15 + [429]
    ]
    assert "Wait 15 minutes" in refused[-1]


def link_of(clinic, request):
    text = (
        clinic[0].scalars(select(Message).where(Message.key == f"online-received-{request.public_id}")).one()
    )
    return text.body().decode().split("/book/")[1].split(" ")[0].split('"')[0]


def test_the_link_of_the_message_opens_the_request_and_cancels_it_once(app, browser, clinic):
    session = clinic[0]
    request = book(browser, clinic)
    stranger = Browser(app)
    stranger.get(f"/book/{link_of(clinic, request)}", status=303)
    page = stranger.get("/book/done")
    assert page.h1.text == "Your time is set aside"
    assert "Ostrom" not in page.text
    for _ in range(2):
        stranger.post("/book/answer", {"word": "cancel"}, status=303)
    assert stranger.get("/book/done").h1.text == "Your visit is cancelled"
    assert (request_of(session).state, held(session)) == ("withdrawn", [])


def test_another_time_is_asked_for_and_the_place_stays(browser, clinic):
    book(browser, clinic)
    browser.post("/book/answer", {"word": "move"}, status=303)
    assert browser.get("/book/done").h1.text == "We will call you"
    assert len(held(clinic[0])) == 1
    browser.post("/book/answer", {"word": "delete"}, status=422)


def test_an_unknown_link_is_404_and_guessing_shuts_even_a_true_one(browser, clinic):
    request = book(browser, clinic)
    for number in range(20):
        browser.get(f"/book/{number:022d}", status=303)
    assert browser.get("/book/done", status=404).h1.text == "This page does not open"
    browser.get(f"/book/{link_of(clinic, request)}", status=303)
    browser.get("/book/done", status=404)
    browser.post("/book/answer", {"word": "cancel"}, status=404)
    assert request_of(clinic[0]).state == "requested"


def test_every_page_speaks_spanish_and_keeps_the_language(browser, clinic):
    online.save_words(
        clinic[0], clinic[2], name_en="Visit", name_es="Consulta", question_en="Why?", question_es="¿Por qué?"
    )
    assert browser.get("/book?lang=es").h1.text == "Reservar una cita"
    page = browser.get("/book/times", query_string=choices(clinic))
    assert page.html["lang"] == "es"
    assert "Consulta" in page.text
    hold(browser, clinic)
    page = send(browser, status=422, first_name="")
    assert "Escriba el nombre" in error_of(page)
    assert "¿Por qué?" in page.text
    send(browser)
    assert browser.get("/book/code").h1.text == "Escriba el código"
    assert request_of(clinic[0]).language == "es"


def test_held_rows_are_no_visits_for_anybody(browser, clinic):
    hold(browser, clinic)
    session = clinic[0]
    assert session.scalar(select(func.count()).where(Appointment.patient_id.is_not(None))) == 0


def test_the_other_public_pages_lead_here_while_it_is_open(browser, clinic):
    link = 'footer a[href="/book"]'
    assert browser.get("/pay").select_one(link)
    assert browser.get("/visit", status=404).select_one(link)
    assert not browser.get("/book").select_one(link)
    online.save_policy(clinic[0], 1, active=False)
    assert not browser.get("/pay").select_one(link)


def test_a_page_that_is_opened_after_its_hold_says_that_the_hold_ended(browser, clinic, now):
    hold(browser, clinic)
    now.shift(timedelta(minutes=11))
    browser.get("/book/details", status=303)
    assert "then let it go" in browser.get(browser.location).select_one(".p-notice").text
