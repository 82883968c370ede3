"""The schedule: a day by provider, booking, moving, cancelling, the steps of a visit, the sheet (A1 to A8)."""

import io
from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from pypdf import PdfReader
from sqlalchemy import event, func, select

from clinic import clock, scheduling
from clinic.models import Appointment, AppointmentMove, AuditEvent, ScheduleBlock
from tests import factories

TUESDAY = date(2026, 3, 10)
DAY = "/schedule/2026-03-10"


@pytest.fixture(autouse=True)
def _tuesday_morning():
    """10:40 AM in Portland; the clock runs, for sessions are kept by it."""
    with time_machine.travel(datetime(2026, 3, 10, 17, 40, tzinfo=UTC)):
        yield


@pytest.fixture
def provider(session, _tuesday_morning):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def visit_type(session):
    return factories.make_visit_type(session, name="Follow-up")


@pytest.fixture
def chen(session):
    return factories.make_patient(session, last_name="Chen", first_name="Bo")


def at(hour: int, minute: int = 0, day: date = TUESDAY) -> datetime:
    return clock.at(day, time(hour, minute))


@pytest.fixture
def visit(session, provider, visit_type, chen):
    """CHEN, Bo at 11:00 with Helen Adams."""
    return scheduling.book(session, chen, provider, visit_type, at(11), reason="A1c")


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


# ---- Looking ----


def test_the_day_shows_each_visit_in_its_providers_column_and_row(front_desk, visit, provider):
    page = front_desk.get(DAY)
    card = page.select_one(f"#a-{visit.public_id}")
    assert "CHEN, Bo" in card.text
    assert {"at-13", "for-2", "st-scheduled"} <= set(card["class"])
    assert card["aria-label"] == "11:00, CHEN, Bo, A1c, Scheduled, 30 minutes, Self-pay"
    assert card.find_parent("section").h2.text == "Helen Adams, MD"
    assert page.h1.text == "Tuesday, March 10"


def test_free_time_is_a_button_of_half_an_hour_and_blocks_are_none(front_desk, session, visit, provider):
    session.add(ScheduleBlock(provider_id=provider.id, starts_at=at(12), ends_at=at(13), label="Lunch"))
    session.flush()
    page = front_desk.get(DAY)
    starts = [slot["data-start"] for slot in page.select(".slot")]
    assert "2026-03-10T11:30" in starts
    assert not {"2026-03-10T11:00", "2026-03-10T12:00", "2026-03-10T12:30"} & set(starts)
    assert page.select_one(".block").text == "Lunch"


def test_two_that_overlap_stand_side_by_side(front_desk, session, visit, provider, visit_type):
    other = factories.make_patient(session)
    second = scheduling.book(session, other, provider, visit_type, at(11), overbook_reason="Fever")
    page = front_desk.get(DAY)
    lanes = {
        next(name for name in page.select_one(f"#a-{each.public_id}")["class"] if name.startswith("lane"))
        for each in (visit, second)
    }
    assert lanes == {"lane-1of2", "lane-2of2"}


def test_the_now_line_stands_on_today_only(front_desk, visit):
    assert front_desk.get(DAY).select_one(".now-label").text.startswith("10:4")
    assert front_desk.get("/schedule/2026-03-11").select_one(".now") is None


def test_the_minutes_of_waiting_are_on_the_card(front_desk, session, visit):
    scheduling.arrive(session, visit, visit.version)
    visit.arrived_at = clock.now() - timedelta(minutes=8)
    session.flush()
    assert front_desk.get(DAY).select_one(f"#a-{visit.public_id} .appt-status").text == "Arrived 8 min"


def test_a_coverage_that_ended_is_read_in_red_on_the_card_s09(front_desk, session, visit, chen):
    factories.make_coverage(session, chen, terminated_on=date(2026, 3, 7))
    flag = front_desk.get(DAY).select_one(f"#a-{visit.public_id} .appt-flag.is-danger")
    assert flag.text == "Coverage ended 03/07"


def test_the_filter_shows_the_chosen_providers_only(front_desk, session, visit, provider):
    other = factories.make_provider(session, first_name="Samuel", last_name="Okoye")
    page = front_desk.get(f"{DAY}?provider={other.public_id}")
    assert [head.text for head in page.select(".cal-head h2")] == ["Samuel Okoye, MD"]


def test_the_week_of_one_provider_has_a_column_a_day(front_desk, visit, provider):
    page = front_desk.get(f"{DAY}?view=week&provider={provider.public_id}")
    heads = [head.text for head in page.select(".cal-head h2")]
    assert heads[:3] == ["Mon 3/9", "Tue 3/10", "Wed 3/11"]
    assert page.select_one(f"#a-{visit.public_id}").find_parent("section").h2.text == "Tue 3/10"


def test_the_list_says_the_same_with_two_identifiers(front_desk, visit, chen):
    row = front_desk.get(f"{DAY}?view=list").select_one("tbody tr").text
    assert "CHEN, Bo" in row
    assert "04/22/1971" in row
    assert chen.mrn in row


def test_an_empty_list_says_so_and_offers_the_next_step(front_desk, provider):
    page = front_desk.get("/schedule/2026-03-11?view=list")
    assert page.select_one(".empty h2").text == "Nobody is booked on this day"
    assert page.select_one(".empty a")["href"].startswith("/schedule/2026-03-11/new")


def test_the_date_field_takes_what_the_trade_types(front_desk, provider):
    front_desk.get("/schedule/go?day=t%2B7&shown=2026-03-10", status=303)
    assert front_desk.location == "/schedule/2026-03-17"
    front_desk.get("/schedule/go?day=tomorow&shown=2026-03-10", status=303)
    assert "Enter a date like" in front_desk.get(DAY).select_one("#flash").text


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_at_the_edge_of_the_calendar_is_not_found(front_desk, day):
    front_desk.get(f"/schedule/{day}", status=404)
    front_desk.get(f"/schedule/{day}?view=week", status=404)


def test_a_day_that_is_no_day_is_not_found(front_desk):
    front_desk.get("/schedule/2026-02-30", status=404)


def test_page_and_fragment_agree(front_desk, visit):
    page = front_desk.get(f"{DAY}?appointment={visit.public_id}")
    fragment = front_desk.get(f"{DAY}?appointment={visit.public_id}", htmx=True)
    assert page.select_one("#schedule .appt").text == fragment.select_one("#schedule .appt").text
    assert page.select_one("#panel h2").text == fragment.select_one("#panel h2").text


def test_a_day_costs_six_queries_at_most_besides_session_and_audit(front_desk, session, provider, visit_type):
    for hour in range(8, 17):
        patient = factories.make_patient(session)
        factories.make_coverage(session, patient)
        scheduling.book(session, patient, provider, visit_type, at(hour), accepted=["past"])
    front_desk.get(DAY)
    session.expire_all()
    statements = []
    listen = session.get_bind().engine
    event.listen(listen, "before_cursor_execute", lambda *args: statements.append(args[2]))
    front_desk.get(DAY)
    of_the_page = [
        text
        for text in statements
        if text.lstrip().upper().startswith("SELECT")
        and not any(name in text for name in ("user_session", "user_account", "audit_event", "advisory"))
    ]
    assert 3 <= len(of_the_page) <= 6, of_the_page


def test_every_look_at_the_schedule_is_in_the_trail_t4(front_desk, session, visit, chen):
    front_desk.get(DAY)
    seen = session.scalars(select(AuditEvent).where(AuditEvent.action == "schedule.view")).all()
    assert seen[-1].patient_ids == [chen.id]


def test_an_appointment_opens_beside_the_schedule_with_plan_money_and_history(
    front_desk, session, visit, chen
):
    factories.make_coverage(session, chen, copay="35.00")
    panel = front_desk.get(f"/schedule/appointments/{visit.public_id}", htmx=True)
    assert panel.select_one("#panel h2").text == "CHEN, Bo"
    assert chen.mrn in panel.text
    assert panel.select_one(".facts-total dd").text == "$35.00"
    assert "Not asked" in panel.text
    assert panel.select_one("ol.time b").text == "Booked"


def test_the_sheet_is_a_pdf_of_the_day_with_names_and_birth_dates(front_desk, visit):
    front_desk.get(f"{DAY}/sheet.pdf")
    text = PdfReader(io.BytesIO(front_desk.response.data)).pages[0].extract_text()
    assert "CHEN, Bo" in text
    assert "04/22/1971" in text
    assert "Helen Adams, MD, 1 visit" in text


def test_clinicians_look_and_have_nothing_to_book_with(clinician, visit):
    page = clinician.get(f"{DAY}?appointment={visit.public_id}")
    assert not page.select(".slot, #move-form, #panel form")
    assert "data-move-url" not in page.select_one(".appt").attrs


def test_an_outsider_and_an_administrator_see_no_schedule(outsider, admin):
    outsider.get(DAY, status=303)
    admin.get(DAY, status=403)


def test_changes_work_on_a_row_that_this_request_loaded_itself(front_desk, session, visit, provider):
    """The objects of a test stay in its session; a real request reads them with what they are joined to."""
    public_id, version, place = visit.public_id, visit.version, provider.public_id
    data = {"shown": "2026-03-10", "view": "day", "frame": "480x40", "version": version}
    for name, more in (
        ("confirmation", {}),
        ("time", {"start": "2026-03-10T14:00", "provider": place}),
        ("undo", {}),
        ("cancellation", {"by": "patient", "reason": "Ill"}),
    ):
        session.expunge_all()
        data["version"] = session.scalar(
            select(Appointment.version).where(Appointment.public_id == public_id)
        )
        front_desk.post(f"/schedule/appointments/{public_id}/{name}", data | more, status=303)
    assert session.scalar(select(Appointment.status)) == "late_cancel"


# ---- Booking ----


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
    late = booking(chen, provider, visit_type, time="7:00p", accepted="hours")
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
    data |= {"fold": "1", "accepted": "hours"}
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
    assert form.select_one("#overbook_reason")
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


# ---- Moving ----


def drop(visit, provider, start="2026-03-10T14:00", **changes):
    return {
        "start": start,
        "provider": provider.public_id,
        "version": str(visit.version),
        "shown": "2026-03-10",
        "view": "day",
        **changes,
    }


def test_a_drop_on_the_calendar_moves_the_visit_and_says_so(front_desk, visit, provider):
    url = f"/schedule/appointments/{visit.public_id}/time"
    fragment = front_desk.post(url, drop(visit, provider), status=200, htmx=True)
    assert "at-25" in fragment.select_one(f"#a-{visit.public_id}")["class"]
    assert "CHEN, Bo moved to 03/10/2026, 2:00 PM." in front_desk.response.headers["HX-Trigger"]
    assert visit.starts_at == at(14)


def test_the_form_moves_without_javascript_and_keeps_the_reason(front_desk, session, visit, provider):
    page = front_desk.get(f"/schedule/appointments/{visit.public_id}?do=move")
    assert page.select_one("#day")["value"] == "03/10/2026"
    data = {
        "day": "t+1",
        "time": "9",
        "provider": provider.public_id,
        "version": visit.version,
        "reason": "Asked for it",
        "shown": "2026-03-10",
    }
    front_desk.post(f"/schedule/appointments/{visit.public_id}/time", data, status=303)
    assert front_desk.location.startswith("/schedule/2026-03-11")
    assert visit.starts_at == at(9, day=date(2026, 3, 11))
    notes = session.scalars(select(AppointmentMove.note).order_by(AppointmentMove.id)).all()
    assert notes == ["", "Asked for it"]


def test_a_move_to_nonsense_changes_nothing(front_desk, visit, provider):
    url = f"/schedule/appointments/{visit.public_id}/time"
    data = {"day": "x", "time": "9", "provider": provider.public_id, "version": visit.version}
    form = front_desk.post(url, data, status=422, htmx=True)
    assert "Enter a date like" in form.select_one("#day-error").text
    front_desk.post(url, drop(visit, provider, start="noon"), status=400)
    assert visit.starts_at == at(11)


def test_a_role_that_only_looks_moves_nothing(clinician, visit, provider):
    clinician.post(f"/schedule/appointments/{visit.public_id}/time", drop(visit, provider), status=403)
    assert visit.starts_at == at(11)


def test_of_two_tabs_the_second_reads_who_moved_it_when_and_where(cast, visit, provider):
    first, second = cast("front_desk"), cast("front_desk")
    url = f"/schedule/appointments/{visit.public_id}/time"
    stale = drop(visit, provider, start="2026-03-10T15:00")
    first.post(url, drop(visit, provider), status=200, htmx=True)
    answer = second.post(url, stale, status=409, htmx=True)
    said = answer.select_one("#panel [role=alert]").text
    assert f"CHEN, Bo was moved by {first.user.name} at 10:4" in said
    assert "2:00 PM with Helen Adams, MD" in said
    assert "at-25" in answer.select_one(f"#a-{visit.public_id}")["class"]
    page = second.post(url, stale, status=409)
    assert "was moved by" in page.select_one("#panel").text


def test_a_drop_on_a_taken_place_leaves_the_visit_and_says_who_holds_it(
    front_desk, session, visit, provider, visit_type
):
    scheduling.book(session, factories.make_patient(session, last_name="Holt"), provider, visit_type, at(14))
    url = f"/schedule/appointments/{visit.public_id}/time"
    answer = front_desk.post(url, drop(visit, provider), status=409, htmx=True)
    assert "has HOLT, Daniel from 2:00 PM" in answer.select_one("#panel").text
    session.refresh(visit)
    assert visit.starts_at == at(11)


# ---- Cancelling ----


def test_a_visit_is_cancelled_with_a_reason_and_stays_in_view_struck_through(front_desk, visit):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    data = {"version": visit.version, "by": "patient", "reason": "Ill", "shown": "2026-03-10", "view": "day"}
    fragment = front_desk.post(url, data, status=200, htmx=True)
    assert "st-noshow" in fragment.select_one(f"#a-{visit.public_id}")["class"]
    assert (visit.status, visit.cancel_reason) == ("late_cancel", "Ill")


def test_cancelling_without_javascript_redirects(front_desk, visit):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    page = front_desk.get(f"/schedule/appointments/{visit.public_id}?do=cancel")
    assert page.select_one("#panel form")["action"] == url
    front_desk.post(url, {"version": visit.version, "by": "clinic", "reason": "Provider away"}, status=303)
    assert visit.status == "cancelled_clinic"


def test_a_cancel_without_a_reason_is_refused(front_desk, visit):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    form = front_desk.post(url, {"version": visit.version, "by": "patient"}, status=422, htmx=True)
    assert form.select_one("#reason-error").text == "Say why the visit is cancelled."
    assert visit.status == "booked"


def test_a_clinician_cancels_nothing(clinician, visit):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    clinician.post(url, {"version": visit.version, "by": "patient", "reason": "x"}, status=403)
    assert visit.status == "booked"


def test_the_second_click_on_cancel_says_that_it_is_done(front_desk, session, visit):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    data = {"version": visit.version, "by": "patient", "reason": "Ill"}
    front_desk.post(url, data, status=303)
    front_desk.post(url, data, status=409)
    assert session.scalar(select(func.count(AppointmentMove.id))) == 2


# ---- Steps ----


def step(visit, name):
    return f"/schedule/appointments/{visit.public_id}/{name}"


def state(visit, **changes):
    return {"version": visit.version, "shown": "2026-03-10", "view": "day", "frame": "480x40", **changes}


def test_a_step_answers_with_one_column_in_the_pages_rows_and_the_head_of_the_panel(
    front_desk, session, visit, provider
):
    factories.make_provider(session)
    fragment = front_desk.post(step(visit, "arrival"), state(visit), status=200, htmx=True)
    assert fragment.select_one(f"#col-{provider.public_id}-2026-03-10")
    assert len(fragment.select(".cal-col")) == 1
    assert {"st-arrived", "at-13"} <= set(fragment.select_one(f"#a-{visit.public_id}")["class"])
    assert fragment.select_one("#panel-head .chip").text == "Arrived 0 min"


def test_a_step_without_javascript_redirects_to_the_open_appointment(front_desk, visit):
    front_desk.post(step(visit, "confirmation"), state(visit), status=303)
    page = front_desk.get(front_desk.location)
    assert page.select_one("#panel-head .chip").text == "Confirmed"


def test_a_step_that_does_not_follow_is_refused_and_changes_nothing_a1(front_desk, visit):
    front_desk.post(step(visit, "departure"), state(visit), status=422)
    front_desk.post(step(visit, "no-show"), state(visit), status=422, htmx=True)
    assert visit.status == "booked"


def test_a_biller_takes_no_step(biller, visit):
    biller.post(step(visit, "arrival"), state(visit), status=403)
    assert visit.status == "booked"


def test_the_second_click_on_arrived_arrives_once(front_desk, session, visit):
    data = state(visit)
    for _ in range(2):
        front_desk.post(step(visit, "arrival"), data, status=200, htmx=True)
    assert session.scalar(select(func.count(AppointmentMove.id))) == 2


def test_undo_is_offered_after_a_step_and_takes_it_back(front_desk, visit):
    front_desk.post(step(visit, "arrival"), state(visit), status=303)
    page = front_desk.get(front_desk.location)
    assert page.select_one(f'form[action="{step(visit, "undo")}"]')
    front_desk.post(step(visit, "undo"), state(visit), status=303)
    assert visit.status == "booked"
    assert not front_desk.get(front_desk.location).select_one(f'form[action="{step(visit, "undo")}"]')


def test_an_unknown_appointment_is_not_found(front_desk):
    front_desk.get("/schedule/appointments/nothing", status=404)
    front_desk.post("/schedule/appointments/nothing/arrival", {}, status=404)
