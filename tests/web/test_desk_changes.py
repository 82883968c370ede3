"""A visit is moved, cancelled and taken step by step, by one of two tabs (A1, A4)."""

from datetime import date

import pytest
from sqlalchemy import func, select

from clinic import scheduling
from clinic.models import AppointmentMove
from tests import factories
from tests.web.desk_scene import _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]


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


@pytest.mark.parametrize("htmx", [True, False])
def test_the_second_click_on_cancel_finds_it_done_and_changes_nothing(front_desk, session, visit, htmx):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    data = {"version": visit.version, "by": "patient", "reason": "Ill", "shown": "2026-03-10", "view": "day"}
    for _ in range(2):
        front_desk.post(url, data, status=200 if htmx else 303, htmx=htmx)
    assert session.scalar(select(func.count(AppointmentMove.id))) == 2


def test_a_cancel_with_other_words_after_the_first_is_told_who_was_faster(front_desk, session, visit):
    url = f"/schedule/appointments/{visit.public_id}/cancellation"
    data = {"version": visit.version, "by": "patient", "reason": "Ill"}
    front_desk.post(url, data, status=303)
    front_desk.post(url, data | {"by": "clinic"}, status=409)
    assert session.scalar(select(func.count(AppointmentMove.id))) == 2


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
