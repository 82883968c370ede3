"""Taking back what one did last: booked, moved, cancelled or stepped on; never what another did since (A1)."""

import pytest
from sqlalchemy import select

from clinic import scheduling
from clinic.models import Appointment, AppointmentMove
from tests import factories
from tests.web.desk_scene import DAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]
WHERE = {"shown": "2026-03-10", "view": "day", "frame": "480x36"}


def post(browser, visit, what, status=200, htmx=True, **form):
    return browser.post(
        f"/schedule/appointments/{visit.public_id}/{what}", {**WHERE, **form}, status=status, htmx=htmx
    )


def press(browser, page, **more):
    """The button of the line that says what was done last."""
    form = page.select_one("#last form")
    fields = {field["name"]: field["value"] for field in form.select("input[type=hidden]")}
    return browser.post(form["action"], {**fields, **more}, status=more.pop("status", 200), htmx=True)


def booked(browser, session, provider, visit_type, chen):
    form = {
        **WHERE,
        "patient": chen.public_id,
        "provider": provider.public_id,
        "visit_type": visit_type.public_id,
        "day": "03/10/2026",
        "time": "2:00p",
    }
    page = browser.post("/schedule/appointments", form, status=200, htmx=True)
    return page, session.scalars(select(Appointment).order_by(Appointment.id.desc())).first()


def test_a_move_is_taken_back_with_its_sentence_and_an_entry_of_its_own(front_desk, session, visit, provider):
    page = post(
        front_desk,
        visit,
        "time",
        start="2026-03-10T14:00",
        provider=provider.public_id,
        version=visit.version,
    )
    assert "CHEN, Bo moved to 03/10/2026, 2:00 PM." in page.select_one("#last").text
    assert page.select_one("#last button")["data-key"] == "z"
    again = press(front_desk, page)
    assert again.select_one(f"#a-{visit.public_id}")["data-start"] == "2026-03-10T11:00"
    assert "is as before: Tuesday 03/10/2026, 11:00 AM" in again.select_one("#last").text
    assert again.select_one("#last form") is None
    moves = session.scalars(select(AppointmentMove).order_by(AppointmentMove.id)).all()
    assert moves[-1].undoes_id == moves[-2].id


def test_a_booking_is_taken_back_and_the_visit_counts_in_no_figure_a2(
    front_desk, session, provider, visit_type, chen
):
    page, found = booked(front_desk, session, provider, visit_type, chen)
    again = press(front_desk, page)
    assert "The booking of CHEN, Bo is taken back." in again.select_one("#last").text
    session.expire_all()
    assert (found.status, found.cancel_reason) == ("cancelled_clinic", "Booking taken back")
    assert any(slot["data-start"] == "2026-03-10T14:00" for slot in again.select(".slot"))


def test_a_cancel_and_a_step_are_taken_back(front_desk, session, visit):
    page = post(front_desk, visit, "cancellation", version=visit.version, by="patient", reason="Ill")
    press(front_desk, page)
    session.expire_all()
    assert (visit.status, visit.cancel_reason) == ("booked", "")
    page = post(front_desk, visit, "arrival", version=visit.version)
    press(front_desk, page)
    session.expire_all()
    assert (visit.status, visit.arrived_at) == ("booked", None)


def test_pressed_twice_it_takes_back_once(front_desk, session, visit):
    page = post(front_desk, visit, "confirmation", version=visit.version)
    press(front_desk, page)
    second = press(front_desk, page, status=409)
    assert "was set to scheduled by" in second.select_one("#panel").text
    session.expire_all()
    assert visit.status == "booked"


def test_what_another_desk_changed_since_is_not_taken_back_and_the_sentence_says_who(
    front_desk, cast, session, visit, provider
):
    page = post(front_desk, visit, "confirmation", version=visit.version)
    manager = cast("manager")
    session.refresh(visit)
    post(manager, visit, "time", start="2026-03-10T15:00", provider=provider.public_id, version=visit.version)
    refused = press(front_desk, page, status=409)
    assert f"was moved by {manager.user.name}" in refused.select_one("#panel").text
    session.expire_all()
    assert visit.starts_at == at(15)


def test_a_cancel_whose_place_was_given_away_stays_and_says_to_whom_a4(
    front_desk, session, visit, provider, visit_type
):
    page = post(front_desk, visit, "cancellation", version=visit.version, by="patient", reason="Ill")
    other = factories.make_patient(session, last_name="Ortiz", first_name="Ana")
    scheduling.book(session, other, provider, visit_type, at(11))
    refused = press(front_desk, page, status=409)
    assert "ORTIZ, Ana" in refused.select_one("#panel").text
    session.expire_all()
    assert visit.status.startswith(("cancelled", "late"))


def test_the_key_leaves_the_panel_of_another_visit_alone(front_desk, session, visit):
    page = post(front_desk, visit, "confirmation", version=visit.version)
    assert press(front_desk, page, panel="another").select_one("#panel") is None
    page = post(front_desk, visit, "confirmation", version=session.get(Appointment, visit.id).version)
    shown = press(front_desk, page, panel=visit.public_id)
    assert shown.select_one("#panel h2").text == "CHEN, Bo"


def test_without_javascript_the_open_visit_offers_to_take_its_booking_back_to_who_booked_it(
    cast, session, provider, visit_type, chen
):
    front_desk = cast("front_desk")
    _, found = booked(front_desk, session, provider, visit_type, chen)
    address = f"{DAY}?appointment={found.public_id}"
    assert front_desk.get(address).select_one("#panel [data-key=z]").text == "Undo the last step"
    assert not [each for each in cast("manager").get(address).select("#panel button") if "Undo" in each.text]
    post(front_desk, found, "undo", 303, htmx=False, version=found.version)
    assert "is taken back" in front_desk.get(address).select_one("#flash").text


def test_the_booking_of_another_is_not_taken_back(cast, session, visit):
    page = post(cast("manager"), visit, "undo", 422, version=visit.version)
    assert "Somebody else booked this visit" in page.text
    session.expire_all()
    assert visit.status == "booked"


@pytest.mark.parametrize("role", ["clinician", "biller", "admin"])
def test_who_may_not_book_takes_nothing_back(cast, session, visit, role):
    post(cast(role), visit, "undo", 403, version=visit.version)
