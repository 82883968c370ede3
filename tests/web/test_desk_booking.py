"""Booking at the desk: searched, booked, refused and warned (A4, A8, S09)."""

from datetime import date, time

import pytest
from sqlalchemy import event, func, select

from clinic import clock
from clinic.models import Appointment, AuditEvent
from clinic.patients.cases import open_case
from tests import factories
from tests.web.desk_scene import DAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]


def booking(patient, provider, visit_type, **changes):
    return {
        "patient": patient.public_id,
        "provider": provider.public_id,
        "visit_type": visit_type.public_id,
        "day": "03/10/2026",
        "time": "2:30p",
        "reason": "Rash",
        "shown": "2026-03-10",
        "view": "day",
        "frame": "480x40",
        **changes,
    }


def count(session) -> int:
    return session.scalar(select(func.count(Appointment.id)))


def test_a_new_appointment_begins_with_a_search_that_shows_two_identifiers(front_desk, provider, chen):
    slot = f"2026-03-10T14:30~{provider.public_id}"
    panel = front_desk.get(f"{DAY}/new?at={slot}", htmx=True)
    assert panel.select_one("#panel input[name=q]")
    found = front_desk.post(f"{DAY}/patients", {"q": "che", "at": slot}, status=200, htmx=True)
    link = found.select_one("#found li a")
    assert "04/22/1971" in link.text
    assert chen.mrn in link.text
    form = front_desk.get(link["href"], htmx=True)
    assert form.select_one("#day")["value"] == "03/10/2026"
    assert form.select_one("#time")["value"] == "2:30 PM"
    assert form.select_one("#provider option[selected]")["value"] == provider.public_id


def test_a_new_patient_is_offered_only_after_a_search(front_desk, provider):
    panel = front_desk.get(f"{DAY}/new", htmx=True)
    assert "Register a new patient" not in panel.text
    found = front_desk.post(f"{DAY}/patients", {"q": "nobody"}, status=200, htmx=True)
    assert "Register a new patient" in found.text


def test_booking_from_htmx_puts_the_visit_into_its_column_and_opens_it(
    front_desk, session, provider, visit_type, chen
):
    factories.make_provider(session)
    fragment = front_desk.post(
        "/schedule/appointments", booking(chen, provider, visit_type), status=200, htmx=True
    )
    column = f"col-{provider.public_id}-2026-03-10"
    assert [each["id"] for each in fragment.select(".cal-col")] == [column]
    assert front_desk.response.headers["HX-Retarget"] == f"#{column}"
    assert "CHEN, Bo" in fragment.select_one(".appt[aria-pressed=true]").text
    assert fragment.select_one("#panel")["hx-swap-oob"] == "true"
    assert "booked for 03/10/2026, 2:30 PM" in front_desk.response.headers["HX-Trigger"]
    booked = session.scalar(select(Appointment))
    assert (booked.starts_at, booked.ends_at) == (at(14, 30), at(15))
    assert booked.booked_by == front_desk.user.id


def test_a_booking_that_needs_new_rows_draws_the_whole_day_and_says_so_to_the_next_request(
    front_desk, provider, visit_type, chen
):
    late = booking(chen, provider, visit_type, time="7:00p", accepted="hours", closed_reason="Shift")
    fragment = front_desk.post("/schedule/appointments", late, status=200, htmx=True)
    assert "HX-Retarget" not in front_desk.response.headers
    assert "CHEN, Bo" in fragment.select_one("#schedule .appt").text
    rows = fragment.select_one("#open-form[hx-swap-oob] input[name=frame]")["value"]
    assert rows == fragment.select_one("#panel input[name=frame]")["value"] != "480x40"


def test_a_booking_is_one_commit_with_its_look_its_trail_and_its_notice(
    front_desk, session, provider, visit_type, chen
):
    front_desk.get(DAY)
    ran = []

    def note(connection, cursor, statement, *rest):
        ran.append(statement)

    event.listen(session.connection(), "before_cursor_execute", note)
    front_desk.post("/schedule/appointments", booking(chen, provider, visit_type), status=303)
    event.remove(session.connection(), "before_cursor_execute", note)
    # Each transaction that wrote something ends with the deferred rules.
    assert sum(statement.startswith("SET CONSTRAINTS") for statement in ran) == 1
    said = session.scalars(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(2)).all()
    assert set(said) == {"appointment.book", "demographics.view"}
    assert "CHEN, Bo booked" in front_desk.get(front_desk.location).select_one("#flash").text
    assert "booked" not in front_desk.get(DAY).select_one("#flash").text


def test_a_refused_booking_says_nothing_and_still_notes_the_look(
    front_desk, session, provider, visit_type, visit
):
    other = factories.make_patient(session)
    front_desk.post("/schedule/appointments", booking(other, provider, visit_type, time="11:00"), status=409)
    assert session.scalar(select(AuditEvent.action).order_by(AuditEvent.id.desc()).limit(1)).endswith(".view")
    assert front_desk.get(DAY).select_one("#flash").text.strip() == ""


def test_booking_without_javascript_redirects_to_the_day(front_desk, session, provider, visit_type, chen):
    front_desk.post("/schedule/appointments", booking(chen, provider, visit_type), status=303)
    page = front_desk.get(front_desk.location)
    assert "CHEN, Bo booked" in page.select_one("#flash").text
    assert page.select_one(".appt[aria-pressed=true] .appt-who").text == "CHEN, Bo"


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        ("day", "02/30/2026", "02/30/2026 is not a day of the calendar."),
        ("time", "25:00", "Enter a time like 9:15, 0915 or 130p."),
        ("minutes", "-5", "Enter between 5 and 600 minutes."),
        ("minutes", "1e5", "Enter a whole number, like 30."),
        ("provider", "nobody", "Choose one of those offered."),
        ("visit_type", "", "Choose the visit type."),
    ],
)
def test_bad_input_comes_back_with_the_fields_own_sentence_and_books_nothing(
    front_desk, session, provider, visit_type, chen, field, typed, sentence
):
    data = booking(chen, provider, visit_type) | {field: typed}
    form = front_desk.post("/schedule/appointments", data, status=422, htmx=True)
    assert sentence in form.select_one(f"#{field}-error").text
    assert front_desk.response.headers["HX-Retarget"] == "#panel"
    assert count(session) == 0


def test_a_time_that_does_not_exist_is_refused_at_the_time_field_a8(
    front_desk, session, provider, visit_type, chen
):
    data = booking(chen, provider, visit_type, day="03/14/2027", time="2:30a")
    form = front_desk.post("/schedule/appointments", data, status=422)
    assert "does not exist on 03/14/2027" in form.select_one("#time-error").text
    assert count(session) == 0


def test_the_hour_that_comes_twice_asks_which_a8(front_desk, session, provider, visit_type, chen):
    data = booking(chen, provider, visit_type, day="11/07/2027", time="1:30a")
    form = front_desk.post("/schedule/appointments", data, status=422)
    assert form.select_one("select#fold")
    data |= {"fold": "1", "accepted": "hours", "closed_reason": "Night clinic"}
    front_desk.post("/schedule/appointments", data, status=303)
    assert session.scalar(select(Appointment.starts_at)) == clock.at(date(2027, 11, 7), time(1, 30), fold=1)


def test_roles_that_do_not_book_are_refused(clinician, biller, session, provider, visit_type, chen):
    for browser in (clinician, biller):
        browser.post("/schedule/appointments", booking(chen, provider, visit_type), status=403)
    assert count(session) == 0


def test_the_second_click_on_book_books_once(front_desk, session, provider, visit_type, chen):
    for _ in range(2):
        front_desk.post("/schedule/appointments", booking(chen, provider, visit_type), status=303)
    assert count(session) == 1


def test_a_taken_place_answers_409_with_who_holds_it_and_offers_to_book_beside_it_a4(
    front_desk, session, visit, provider, visit_type
):
    other = factories.make_patient(session)
    data = booking(other, provider, visit_type, time="11:00a")
    form = front_desk.post("/schedule/appointments", data, status=409, htmx=True)
    assert "Helen Adams, MD has CHEN, Bo from 11:00 AM to 11:30 AM" in form.select_one("#panel").text
    assert form.select_one(".note-danger #overbook_reason"), "the reason is asked where the refusal is said"
    front_desk.post("/schedule/appointments", data | {"overbook_reason": "Fever"}, status=303)
    assert session.scalar(select(Appointment.overbook_reason).where(Appointment.overbooked)) == "Fever"


def test_a_warning_asks_once_and_books_when_it_is_accepted_s09(
    front_desk, session, provider, visit_type, chen
):
    factories.make_coverage(session, chen, terminated_on=date(2026, 3, 7))
    data = booking(chen, provider, visit_type)
    form = front_desk.post("/schedule/appointments", data, status=422, htmx=True)
    assert "ended on 03/07/2026, before this visit" in form.text
    assert form.select_one("button[data-default]").text == "Book anyway"
    assert count(session) == 0
    accepted = form.select_one("input[name=accepted]")["value"]
    front_desk.post("/schedule/appointments", data | {"accepted": accepted}, status=303)
    assert count(session) == 1


def test_what_was_accepted_for_one_place_is_asked_again_for_another_a4(
    front_desk, session, visit, provider, visit_type
):
    other = factories.make_patient(session)
    data = booking(other, provider, visit_type, time="7:00p")
    form = front_desk.post("/schedule/appointments", data, status=422, htmx=True)
    names = ("accepted", "asked_of")
    asked = {name: form.select_one(f"input[name={name}]")["value"] for name in names}
    asked["closed_reason"] = "Works until six"
    later = front_desk.post("/schedule/appointments", data | asked | {"time": "7:30p"}, status=422, htmx=True)
    assert later.select_one("button[data-default]").text == "Book anyway"
    assert later.select_one("button[data-default]")["data-plain"] == "Book"
    assert count(session) == 1
    front_desk.post("/schedule/appointments", data | asked, status=303)
    assert count(session) == 2


def test_a_closed_time_is_booked_by_permission_and_with_a_reason_that_stays_on_the_visit_a4(
    front_desk, clinician, session, provider, visit_type, chen
):
    data = booking(chen, provider, visit_type, time="7:00p")
    asked = front_desk.post("/schedule/appointments", data, status=422, htmx=True)
    assert asked.select_one("#closed_reason")
    again = front_desk.post("/schedule/appointments", data | {"accepted": "hours"}, status=422, htmx=True)
    assert "Say why" in again.select_one("#closed_reason-error").text
    assert "Rash" in again.select_one("#reason")["value"]
    assert count(session) == 0
    given = data | {"accepted": "hours", "closed_reason": "Works until six"}
    clinician.post("/schedule/appointments", given, status=403)
    for _ in range(2):
        front_desk.post("/schedule/appointments", given, status=303)
    booked = session.scalars(select(Appointment)).one()
    assert (booked.closed_reason, booked.overbooked) == ("Works until six", False)
    card = front_desk.get(f"{DAY}?appointment={booked.public_id}")
    assert "Booked at a closed time: Works until six" in card.select_one("#panel").text


def test_who_books_from_a_page_of_its_own_finds_the_day_in_its_address_afterwards(
    front_desk, provider, visit_type, chen
):
    data = booking(chen, provider, visit_type)
    headers = {"HX-Current-URL": f"http://localhost{DAY}/new?patient=1"}
    front_desk.post("/schedule/appointments", data, status=200, htmx=True, headers=headers)
    assert front_desk.response.headers["HX-Replace-Url"].startswith(f"{DAY}?appointment=")


def test_a_visit_of_an_accident_is_booked_for_its_case_and_nobody_elses_c9(
    front_desk, session, provider, visit_type, chen
):
    plain = front_desk.get(f"{DAY}/new?patient={chen.public_id}", htmx=True)
    assert [each["value"] for each in plain.select("#case option")] == ["", "patient"]
    payer = factories.make_payer(session, name="Cascade Mutual")
    mine = work_case(session, payer, chen)
    other = work_case(session, payer, factories.make_patient(session))
    form = front_desk.get(f"{DAY}/new?patient={chen.public_id}", htmx=True)
    assert "Work injury" in form.select_one("#case").text
    data = booking(chen, provider, visit_type)
    front_desk.post("/schedule/appointments", data | {"case": other.public_id}, status=422)
    assert count(session) == 0
    front_desk.post("/schedule/appointments", data | {"case": mine.public_id}, status=303)
    assert session.scalar(select(Appointment.case_id)) == mine.id
    query = f"visit_type={visit_type.public_id}&case={mine.public_id}"
    card = front_desk.get(f"/schedule/booking-card/{chen.public_id}?{query}", htmx=True)
    assert "Cascade Mutual" in card.text


def work_case(session, payer, patient):
    return open_case(
        session,
        patient,
        payer,
        kind="work",
        injured_on=date(2026, 3, 2),
        claim_number="WC 90017",
        employer="Rivermill",
    )


def test_a_reason_for_booking_beside_one_visit_is_none_for_another_place_a4(
    front_desk, session, visit, provider, visit_type
):
    other = factories.make_patient(session)
    data = booking(other, provider, visit_type, time="11:00a")
    form = front_desk.post("/schedule/appointments", data, status=409, htmx=True)
    asked = {"asked_of": form.select_one("input[name=asked_of]")["value"], "overbook_reason": "Fever"}
    again = data | asked | {"time": "11:15a"}
    front_desk.post("/schedule/appointments", again, status=409, htmx=True)
    assert count(session) == 1
    front_desk.post("/schedule/appointments", data | asked | {"time": "2:30p"}, status=303)
    assert session.scalar(select(Appointment.overbooked).order_by(Appointment.id.desc()).limit(1)) is False
