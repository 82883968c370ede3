"""The schedule: a day by provider, booking, moving, cancelling, the steps of a visit, the sheet (A1 to A8)."""

import io
from datetime import date, timedelta

import pytest
from pypdf import PdfReader
from sqlalchemy import event, select

from clinic import clock, scheduling
from clinic.models import Appointment, AuditEvent, ScheduleBlock
from tests import factories
from tests.web.desk_scene import DAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]


def test_the_day_shows_each_visit_in_its_providers_column_and_row(front_desk, visit, provider):
    page = front_desk.get(DAY)
    card = page.select_one(f"#a-{visit.public_id}")
    assert "CHEN, Bo" in card.text
    assert {"at-13", "for-2", "st-scheduled"} <= set(card["class"])
    assert card["aria-label"] == "11:00, CHEN, Bo, A1c, Follow-up, Scheduled, 30 minutes, Self-pay"
    assert card.find_parent("section").h2.text == "Helen Adams, MD"
    assert page.h1.text == "Tuesday, March 10, 2026"


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
    for typed, said in (("tomorow", "Enter a date like"), ("2/30/2027", "is not a day of the calendar")):
        for query in ("", "&shown=2026-03-10"):
            page = front_desk.get(f"/schedule/go?day={typed}{query}", status=422)
            assert said in page.select_one("#flash").text
            assert page.h1.text == "Tuesday, March 10, 2026"
    assert not front_desk.get(DAY).select_one("#flash").text.strip()


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


def test_print_keeps_the_providers_and_rooms_that_the_page_shows(front_desk, session, visit, provider):
    room = factories.make_room(session)
    page = front_desk.get(f"{DAY}?provider={provider.public_id}&room={room.public_id}")
    link = page.select_one('[aria-label="Print schedule"]')["href"]
    front_desk.get(link)
    text = PdfReader(io.BytesIO(front_desk.response.data)).pages[0].extract_text()
    assert "Schedule of 1 provider, 1 room, 0 visits" in text
    assert "CHEN, Bo" not in text


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


def test_a_page_asks_cheaply_whether_its_days_changed_and_is_told_no_more_than_that(
    front_desk, session, visit
):
    ask = f"{DAY}/stamp?poll=1"
    front_desk.get(ask, status=204)
    first = front_desk.response.headers["ETag"]
    assert f'"{front_desk.get(DAY).select_one("#schedule")["data-stamp"]}"' == first
    front_desk.get(ask, status=304, headers={"If-None-Match": first})
    scheduling.confirm(session, visit, visit.version)
    front_desk.get(ask, status=204, headers={"If-None-Match": first})
