"""Another time for a visit by link: chosen without an account by the rules of booking online (A10, A11, T7)."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from clinic import db, online, reminders, scheduling
from clinic.models import AppointmentMove, Task, VisitLink
from tests import factories
from tests.reminders.test_calendar import read
from tests.scheduling import online_house as house
from tests.scheduling.online_house import at, place
from tests.scheduling.test_online_review import PERSON
from tests.web.book_scene import book, clinic, fields, now
from tests.web.test_visit import open_link

__all__ = ["clinic", "now"]


@pytest.fixture
def here(clinic):
    """A visit on Wednesday at 9, with a kind and a provider that are booked online."""
    session, provider, kind = clinic
    visit = factories.make_appointment(session, provider=provider, starts_at=at(9), minutes=kind.minutes)
    visit.visit_type = kind
    session.flush()
    return visit


def choose(browser, start, provider):
    """The time on the page of free ones, and the question whether it shall be that one."""
    page = browser.get("/visit/times", query_string={"day": f"{start:%Y-%m-%d}"})
    wanted = place(provider, start).partition("~")[0]
    assert provider.public_id not in str(page)
    link = next(
        each
        for each in page.select("ul.p-slots a")
        if wanted.replace(":", "%3A") in each["href"] or wanted in each["href"]
    )
    return browser.get(link["href"])


def test_a_visit_is_moved_by_its_link_and_the_link_is_for_the_new_time(browser, here, clinic):
    session, provider, _ = clinic
    open_link(browser, here)
    page = browser.get("/visit")
    assert page.select_one('a[href="/visit/times"]').text == "Pick another time"
    assert page.select_one('button[value="move"]') is None
    page = choose(browser, at(10), provider)
    assert page.h1.text == "Change your appointment?"
    assert here.starts_at == at(9)
    sent = fields(page)
    browser.post("/visit/times", sent, status=303)
    page = browser.get(browser.location)
    assert "Your appointment has its new time." in page.text
    assert page.h1.text == "Will you come on Wednesday, March 11, at 10:00 AM?"
    assert (here.starts_at, here.status) == (at(10), "booked")
    line = session.scalars(select(AppointmentMove).order_by(AppointmentMove.id.desc())).first()
    assert line.note == "Moved by the patient by link"
    # The second click finds it done, and the way back is open by the same link.
    version = here.version
    browser.post("/visit/times", sent, status=303)
    assert here.version == version
    assert choose(browser, at(9), provider).h1.text == "Change your appointment?"
    # The question that was answered yes, from the browser's history: the visit, and nothing that is taken.
    browser.get("/visit/times", query_string={"at": sent["at"]}, status=303)
    assert browser.location == "/visit"


def test_the_pages_say_when_and_neither_who_nor_what_for(browser, here, clinic):
    open_link(browser, here, "es")
    for page in (browser.get("/visit/times"), choose(browser, at(10), clinic[1])):
        text = page.get_text(" ")
        assert (
            "Su hora de ahora, el miércoles 11 de marzo a las 9:00 a.m., quedará libre"
            in " ".join(text.split())
            or "Ahora su cita es el miércoles 11 de marzo a las 9:00 a.m." in text
        )
        for word in (here.patient.last_name, clinic[1].last_name, here.visit_type.name):
            assert word not in text


def test_a_time_that_somebody_else_took_meanwhile_leaves_the_visit_where_it_was(browser, here, clinic):
    session, provider, _ = clinic
    open_link(browser, here)
    sent = fields(choose(browser, at(10), provider))
    factories.make_appointment(session, provider=provider, starts_at=at(10), minutes=30)
    page = browser.post("/visit/times", sent, status=422)
    assert "That time is no longer free" in page.select_one("[role=alert]").text
    assert "Your appointment is as it was." in page.text
    assert here.starts_at == at(9)
    assert browser.get("/visit/times", query_string={"at": sent["at"]}, status=422).select_one("[role=alert]")


@pytest.mark.parametrize(
    "wanted",
    [
        "2026-03-11T03:00",
        "2026-03-11T10:01",
        "2027-03-11T10:00",
        "2026-03-11T10:00~{}",
        "2026-03-11T10:00~nobody",
        "x",
    ],
)
def test_a_time_that_is_not_offered_is_taken_by_nobody(browser, here, clinic, wanted):
    open_link(browser, here)
    browser.post("/visit/times", {"at": wanted.format(clinic[1].public_id)}, status=422)
    assert here.starts_at == at(9)


def test_another_provider_is_not_chosen_by_link(browser, here, clinic):
    session = clinic[0]
    other = factories.make_provider(session, last_name="Okoye")
    open_link(browser, here)
    browser.post("/visit/times", {"at": place(other, at(10))}, status=422)
    assert here.provider_id == clinic[1].id


def test_where_the_clinic_does_not_book_online_or_the_notice_has_begun_the_desk_is_asked(
    browser, here, clinic, now
):
    session = clinic[0]
    open_link(browser, here)
    rules = online.policy(session)
    rules.active = False
    session.flush()
    assert browser.get("/visit").select_one('button[value="move"]').text == "Ask for another time"
    browser.get("/visit/times", status=303)
    rules.active = True
    here.visit_type.late_cancel_hours = 24
    session.flush()
    now.move_to(at(9) - timedelta(hours=23))
    open_link(browser, here)
    assert browser.get("/visit").select_one('button[value="move"]')
    browser.post("/visit/times", {"at": place(clinic[1], at(10))}, status=303)
    assert here.starts_at == at(9)


def test_nobody_without_a_link_sees_or_takes_a_time(browser, here, clinic):
    browser.get("/visit/times", status=303)
    assert browser.location == "/visit"
    browser.post("/visit/times", {"at": "x"}, status=303)
    assert browser.location == "/visit"
    open_link(browser, here)
    with db.transaction() as current:
        link = current.scalars(select(VisitLink)).one()
        reminders.answer_link(current, link.public_id, "cancel")
    browser.post("/visit/times", {"at": place(clinic[1], at(10))}, status=303)
    assert (here.starts_at, here.status) == (at(9), "cancelled_patient")


def test_who_asked_for_a_call_is_not_called_once_the_visit_has_another_time(browser, here, clinic):
    session = clinic[0]
    with db.transaction() as current:
        reminders.ask_move(current, here, "by text")
    with db.transaction() as current:
        scheduling.move(current, here, here.version, starts_at=at(11))
    (task,) = session.scalars(select(Task).where(Task.kind == "move"))
    assert (task.state, task.note) == ("done", "The visit has another time.")


def test_a_visit_booked_online_is_moved_from_its_own_page(browser, clinic):
    session, provider, _ = clinic
    request = book(browser, clinic)
    assert (
        browser.get("/book/done").select_one('button[value="choose"]') is None
    )  # the desk has not looked yet
    with db.transaction() as current:
        online.register_and_book(current, request, request.version, PERSON, base_url=house.BASE)
    page = browser.get("/book/done")
    browser.post("/book/answer", fields(page, "/book/answer") | {"word": "choose"}, status=303)
    assert browser.location == "/visit/times"
    browser.post("/visit/times", fields(choose(browser, at(10), provider)), status=303)
    session.expire_all()
    assert request.appointment.starts_at == at(10)
    page = browser.get("/book/done")
    assert page.h1.text == "Your visit is booked"
    assert "10:00 AM" in page.text
    # A wish to be called is fulfilled once he has moved the visit himself.
    browser.post("/book/answer", fields(page, "/book/answer") | {"word": "move"}, status=303)
    assert browser.get("/book/done").select_one('button[value="choose"]') is None
    browser.post("/visit/times", fields(choose(browser, at(9), provider)), status=303)
    page = browser.get("/book/done")
    assert page.h1.text == "Your visit is booked"
    assert "9:00 AM" in page.text


def test_every_link_that_the_patient_holds_goes_along_when_he_moves_the_visit_by_one(browser, here, clinic):
    _, provider, _ = clinic
    token = open_link(browser, here)
    open_link(browser, here)
    browser.post("/visit/times", fields(choose(browser, at(10), provider)), status=303)
    browser.get(f"/visit/{token}", status=303)
    assert browser.get("/visit").h1.text == "Will you come on Wednesday, March 11, at 10:00 AM?"
    # A link whose visit the desk moved opens nothing: that is told by a newer message.
    with db.transaction() as current:
        scheduling.move(current, here, here.version, starts_at=at(11))
    browser.get(f"/visit/{token}", status=303)
    assert browser.get("/visit").h1.text == "Your appointment has changed"


def test_a_visit_that_only_this_page_has_read_is_moved(browser, here, clinic):
    session, provider, _ = clinic
    open_link(browser, here)
    sent = fields(choose(browser, at(10), provider))
    # As in a process of its own: nothing of the visit was read before the page reads it.
    session.flush()
    session.expunge_all()
    browser.post("/visit/times", sent, status=303)
    assert browser.get("/visit").h1.text == "Will you come on Wednesday, March 11, at 10:00 AM?"


def test_a_calendar_knows_the_visit_by_one_name_and_sees_that_it_has_moved(browser, clinic):
    _, provider, _ = clinic
    request = book(browser, clinic)
    kept = event(browser, "/book/calendar.ics")
    with db.transaction() as current:
        online.register_and_book(current, request, request.version, PERSON, base_url=house.BASE)
    booked = event(browser, "/book/calendar.ics")
    browser.post(
        "/book/answer", fields(browser.get("/book/done"), "/book/answer") | {"word": "choose"}, status=303
    )
    browser.post("/visit/times", fields(choose(browser, at(10), provider)), status=303)
    moved = event(browser, "/visit/calendar.ics")
    assert event(browser, "/book/calendar.ics") == moved
    assert kept["UID"] == booked["UID"] == moved["UID"]
    assert int(kept["SEQUENCE"]) < int(booked["SEQUENCE"]) < int(moved["SEQUENCE"])
    assert (kept["STATUS"], moved["STATUS"]) == ("TENTATIVE", "CONFIRMED")
    assert kept["DTSTART"] == booked["DTSTART"] != moved["DTSTART"]


def event(browser, address):
    """The one event of a calendar file."""
    browser.get(address)
    return read(browser.response.data)[1][0]
