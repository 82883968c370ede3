"""The wait list's screens: found, filtered, put on, changed, taken off, offered and booked (A9)."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from clinic import clock, db, scheduling
from clinic.models import Appointment, Message, WaitEntry, WaitOffer
from tests import factories
from tests.web.desk_scene import at
from tests.web.waiting_scene import (
    WEDNESDAY,
    _tuesday_morning,
    offered,
    provider,
    visit_type,
    waits,
)

__all__ = ["_tuesday_morning", "offered", "provider", "visit_type", "waits"]


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def typed(page) -> dict:
    """What a form on the page would send as it stands."""
    form = page.select_one("#wishes form")
    data = {}
    for field in form.select("input, select"):
        if field.name == "select":
            chosen = field.select_one("option[selected]")
            data[field["name"]] = chosen["value"] if chosen else field.select_one("option")["value"]
        elif field["type"] in ("checkbox", "radio"):
            if field.has_attr("checked"):
                data.setdefault(field["name"], []).append(field["value"])
        elif field.has_attr("name"):
            data[field["name"]] = field.get("value", "")
    return data


@pytest.fixture
def vega(session):
    return factories.make_patient(session, last_name="Vega", first_name="Ana")


def test_a_patient_is_found_by_two_identifiers_before_the_form_opens(front_desk, vega, visit_type):
    page = front_desk.get("/waiting/new")
    action = page.select_one("form[method=post][action$=patients]")["action"]
    found = front_desk.post(action, {"q": "vega", "then": "entry"}, status=200, htmx=True)
    link = found.select_one("#found a")
    assert vega.mrn in link.text
    assert "04/22/1971" in link.text
    assert front_desk.get(link["href"]).select_one("#wishes form")


@pytest.mark.parametrize("htmx", [False, True])
def test_a_patient_is_put_on_the_list_with_and_without_a_script_a9(
    front_desk, session, vega, provider, visit_type, htmx
):
    data = typed(front_desk.get(f"/waiting/new?patient={vega.public_id}&visit_type={visit_type.public_id}"))
    data |= {
        "who": [provider.public_id],
        "last_on": "t+30",
        "first_window-weekdays": ["0", "2"],
        "first_window-opens": "8a",
        "first_window-closes": "12p",
        "notice_hours": "24",
        "priority": "1",
        "note": "Any morning",
    }
    front_desk.post("/waiting/entries", data, status=204 if htmx else 303, htmx=htmx)
    entry = session.scalars(select(WaitEntry)).one()
    to = front_desk.response.headers["HX-Redirect" if htmx else "Location"]
    assert to == f"/waiting/entries/{entry.public_id}"
    assert entry.windows == [{"weekdays": [0, 2], "from": "08:00", "until": "12:00"}]
    assert (entry.priority, entry.provider_ids, entry.notice_hours) == (1, [provider.id], 24)
    page = front_desk.get(to)
    assert "Mon, Wed 8:00 AM to 12:00 PM" in page.text
    assert "VEGA, Ana is on the wait list." in page.text


def test_impossible_wishes_are_422_keep_what_was_typed_and_change_nothing_a9(
    front_desk, session, vega, visit_type
):
    data = typed(front_desk.get(f"/waiting/new?patient={vega.public_id}"))
    data |= {"last_on": "03012026", "second_window-opens": "3p", "second_window-closes": "2p", "note": "Ring"}
    page = front_desk.post("/waiting/entries", data, status=422)
    assert "That is before the first day." in page.text
    assert "That is not after the beginning." in page.text
    assert page.select_one("#note")["value"] == "Ring"
    assert page.select_one("#last_on")["value"] == "03012026"
    assert count(session, WaitEntry) == 0


def test_a_second_click_puts_nobody_on_the_list_twice_a9(front_desk, session, vega, visit_type):
    data = typed(front_desk.get(f"/waiting/new?patient={vega.public_id}"))
    for _ in range(2):
        front_desk.post("/waiting/entries", data, status=303)
    assert count(session, WaitEntry) == 1
    page = front_desk.post("/waiting/entries", data | {"key": "another"}, status=422)
    assert "waits for a Follow-up already" in page.text


@pytest.mark.parametrize("role", ["clinician", "biller", "admin"])
def test_whoever_may_not_book_may_not_see_or_change_the_list_t5(cast, waits, offered, session, role):
    browser = cast(role)
    browser.get("/waiting", status=403)
    for url in (
        "/waiting/entries",
        "/waiting/patients",
        f"/waiting/entries/{waits.public_id}/wishes",
        f"/waiting/entries/{waits.public_id}/removal",
        f"/waiting/entries/{waits.public_id}/offers",
        f"/waiting/entries/{waits.public_id}/booking",
        f"/waiting/offers/{offered.public_id}/withdrawal",
        f"/waiting/offers/{offered.public_id}/acceptance",
    ):
        browser.post(url, {"reason": "x", "at": "x"}, status=403)
    assert (waits.state, offered.state) == ("open", "open")


def test_the_list_is_filtered_by_its_address_and_says_so_when_nobody_is_left(front_desk, waits, visit_type):
    assert "VEGA, Ana" in front_desk.get("/waiting").select_one("table").text
    assert "VEGA, Ana" in front_desk.get(f"/waiting?visit_type={visit_type.public_id}&priority=2").text
    page = front_desk.get("/waiting?priority=1")
    assert "Nobody by these filters" in page.text
    assert page.select_one("select[name=priority] option[selected]").text == "Urgent"
    assert "Nobody by these filters" in front_desk.get("/waiting?state=closed").text


def test_the_days_of_waiting_are_the_clinics_own_and_the_answers_time_is_named_so_a9(
    front_desk, session, waits, offered
):
    # Half past eight in the evening here is the next day in UTC.
    waits.added_at = at(20, 30, day=clock.today() - timedelta(days=3))
    session.flush()
    row = front_desk.get("/waiting").select_one("tbody tr").text
    assert "3 d" in row
    assert "answer due" in row


def test_an_empty_list_says_what_it_is_for(front_desk):
    assert "Nobody waits" in front_desk.get("/waiting").text
    assert front_desk.get("/waiting").select_one(".empty a[href='/waiting/new']")


@pytest.mark.parametrize("htmx", [False, True])
def test_wishes_are_changed_with_and_without_a_script_a9(front_desk, waits, htmx):
    url = f"/waiting/entries/{waits.public_id}/wishes"
    data = typed(front_desk.get(url)) | {"priority": "1", "second_window-opens": "4p"}
    front_desk.post(url, data, status=204 if htmx else 303, htmx=htmx)
    assert (waits.priority, waits.windows) == (1, [{"weekdays": [], "from": "16:00", "until": ""}])
    assert "Any day from 4:00 PM" in front_desk.get(f"/waiting/entries/{waits.public_id}").text


def test_a_change_that_came_second_is_409_and_keeps_what_was_typed_a9(front_desk, waits):
    url = f"/waiting/entries/{waits.public_id}/wishes"
    first = typed(front_desk.get(url))
    front_desk.post(url, first | {"note": "One"}, status=303)
    front_desk.post(url, first | {"note": "One"}, status=303)
    page = front_desk.post(url, first | {"note": "Two"}, status=409)
    assert "changed or closed since you opened it" in page.text
    assert page.select_one("#note")["value"] == "Two"
    assert waits.note == "One"
    page = front_desk.post(url, first | {"notice_hours": "soon"}, status=422)
    assert waits.note == "One"


@pytest.mark.parametrize("htmx", [False, True])
def test_an_entry_is_taken_off_with_a_reason_a9(front_desk, waits, htmx):
    url = f"/waiting/entries/{waits.public_id}/removal"
    data = {"version": waits.version, "reason": "Went elsewhere"}
    front_desk.post(url, data, status=204 if htmx else 303, htmx=htmx)
    assert (waits.state, waits.end_reason) == ("removed", "Went elsewhere")
    front_desk.post(url, data, status=303)
    assert "Went elsewhere" in front_desk.get("/waiting?state=closed").text


def test_taking_off_without_a_reason_is_422_and_an_old_page_409_and_both_change_nothing_a9(front_desk, waits):
    url = f"/waiting/entries/{waits.public_id}/removal"
    page = front_desk.post(url, {"version": waits.version, "reason": " "}, status=422)
    assert "Say why" in page.select_one("[role=alert]").text
    front_desk.post(url, {"version": waits.version + 5, "reason": "Old page"}, status=409)
    assert waits.state == "open"


@pytest.mark.parametrize("htmx", [False, True])
def test_a_free_place_is_offered_by_hand_and_a_second_click_is_the_first_a9(front_desk, session, waits, htmx):
    page = front_desk.get(f"/waiting/entries/{waits.public_id}")
    button = page.select_one("form[action$=offers] button")
    url = button.find_parent("form")["action"]
    for _ in range(2):
        front_desk.post(url, {"at": button["value"]}, status=204 if htmx else 303, htmx=htmx)
    offer = session.scalars(select(WaitOffer)).one()
    assert (offer.state, offer.starts_at, offer.channel) == ("open", at(8, day=WEDNESDAY), "email")
    assert count(session, Message) == 1
    page = front_desk.get(f"/waiting/entries/{waits.public_id}")
    assert "Offered" in page.select_one("section[aria-labelledby=made-head]").text
    assert not page.select("form[action$=booking]")


@pytest.mark.parametrize("act", ["offers", "booking"])
def test_a_place_that_is_not_free_any_more_is_409_and_none_at_all_422_a9(
    front_desk, session, waits, provider, act
):
    url = f"/waiting/entries/{waits.public_id}/{act}"
    page = front_desk.post(url, {"at": f"2026-03-11T03:00~{provider.public_id}"}, status=409)
    assert "That place is not free any more." in page.select_one("[role=alert]").text
    page = front_desk.post(url, {}, status=422)
    assert "Choose one of the free places." in page.select_one("[role=alert]").text
    assert (count(session, WaitOffer), count(session, Appointment)) == (0, 0)


def test_who_gets_no_messages_is_not_offered_by_message_and_the_page_says_so_a11(front_desk, session, waits):
    waits.patient.email_consent_at = None
    button = front_desk.get(f"/waiting/entries/{waits.public_id}").select_one("form[action$=offers] button")
    page = front_desk.post(button.find_parent("form")["action"], {"at": button["value"]}, status=409)
    assert "gets no messages" in page.select_one("[role=alert]").text
    assert count(session, Appointment) == 0


@pytest.mark.parametrize("htmx", [False, True])
def test_a_free_place_is_booked_at_once_and_twice_is_once_a9(front_desk, session, waits, htmx):
    button = front_desk.get(f"/waiting/entries/{waits.public_id}").select_one("form[action$=booking] button")
    url = button.find_parent("form")["action"]
    for _ in range(2):
        front_desk.post(url, {"at": button["value"]}, status=204 if htmx else 303, htmx=htmx)
    booked = session.scalars(select(Appointment)).one()
    assert (booked.starts_at, booked.booked_by) == (at(8, day=WEDNESDAY), front_desk.user.id)
    assert (waits.state, waits.booked_id) == ("booked", booked.id)


@pytest.mark.parametrize("htmx", [False, True])
def test_an_offer_is_withdrawn_at_the_desk_and_twice_is_once_a9(front_desk, session, offered, htmx):
    url = f"/waiting/offers/{offered.public_id}/withdrawal"
    for _ in range(2):
        front_desk.post(url, {}, status=204 if htmx else 303, htmx=htmx)
    assert (offered.state, offered.ended_by) == ("withdrawn", front_desk.user.name)
    assert count(session, Appointment) == 0


@pytest.mark.parametrize("htmx", [False, True])
def test_a_yes_by_telephone_books_the_held_place_a9(front_desk, session, waits, offered, htmx):
    url = f"/waiting/offers/{offered.public_id}/acceptance"
    for _ in range(2):
        front_desk.post(url, {}, status=204 if htmx else 303, htmx=htmx)
    booked = session.scalars(select(Appointment)).one()
    assert (booked.status, booked.starts_at, waits.state) == ("booked", offered.starts_at, "booked")
    assert offered.ended_by == front_desk.user.name


def test_a_yes_to_an_offer_that_was_withdrawn_is_409_and_books_nothing_a9(
    front_desk, session, waits, offered
):
    front_desk.post(f"/waiting/offers/{offered.public_id}/withdrawal", {}, status=303)
    page = front_desk.post(f"/waiting/offers/{offered.public_id}/acceptance", {}, status=409)
    assert "The offer was withdrawn." in page.select_one("[role=alert]").text
    assert (count(session, Appointment), waits.state) == (0, "open")


def test_the_schedule_shows_the_held_place_and_refuses_it_a4_a9(
    front_desk, session, offered, provider, visit_type
):
    page = front_desk.get("/schedule/2026-03-11")
    assert "Held for the wait list" in page.text
    with pytest.raises(scheduling.SchedulingConflict), db.transaction() as current:
        scheduling.book(current, factories.make_patient(session), provider, visit_type, offered.starts_at)


def test_where_no_time_suits_the_booking_form_leads_to_the_wait_list_a9(
    front_desk, vega, visit_type, provider
):
    panel = front_desk.get(f"/schedule/2026-03-11/new?patient={vega.public_id}", htmx=True)
    link = next(each for each in panel.select("a") if each.text == "Wait list")
    assert front_desk.get(link["href"]).select_one("#wishes")
