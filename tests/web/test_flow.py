"""The flow board on the screen: columns, filters, its polls, and every move both ways (A1, A12)."""

from datetime import UTC, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import select

from clinic import clock, db
from clinic.models import AuditEvent, CheckInPass, EligibilityCheck, User
from tests import factories
from tests.web.flow_scene import NOW, _tuesday_morning, ago, chen, count, house, now, url, visit

__all__ = ["_tuesday_morning", "chen", "house"]


def card(page, here):
    return page.select_one(f"#v-{here.public_id}")


def column(page, here):
    return card(page, here).find_parent("section")["id"]


def form_of(page, path):
    """What a browser would send with the form of an address, as it stands on the page."""
    form = page.select_one(f'form[action="{path}"]')
    data = {
        field["name"]: field.get("value", "") for field in form.select("input[type=hidden], input[type=text]")
    }
    data |= {field["name"]: field["value"] for field in form.select("input[checked]")}
    return data


# ---- The board ----


def test_the_board_shows_every_station_with_two_identifiers_timer_and_what_is_missing(
    front_desk, session, house, chen
):
    late = visit(session, house, "booked", time(10, 15))
    sitting = visit(session, house, "roomed", time(9), roomed_in_id=house["two"].id)
    page = front_desk.get("/flow")
    assert [column(page, each) for each in (late, chen, sitting)] == ["s-expected", "s-waiting", "s-roomed"]
    text = card(page, chen).get_text(" ", strip=True)
    for words in ("10:30 AM", "CHEN, Bo", "04/22/1971", f"MRN {chen.patient.mrn}", "Helen Adams, MD"):
        assert words in text
    assert "Waiting 18 min, over 15" in text
    assert "is-alert" in card(page, chen)["class"]
    assert "Late 25 min" in card(page, late).get_text()
    assert "To do: Privacy notice" in card(page, late).get_text(" ", strip=True)
    figures = page.select_one(".flow-now").get_text(" ", strip=True)
    assert "Waiting now 1 Longest wait 18 min over 15" in figures
    assert "Rooms in use 1 of 2" in figures
    rooms = page.select_one(".flow-rooms").get_text(" ", strip=True)
    assert "Room 2 In use CHEN, Bo since 10:31 AM" in rooms
    assert "Room 3 Free" in rooms


def test_the_empty_board_says_so_in_every_column(front_desk, house):
    page = front_desk.get("/flow")
    assert len(page.select(".flow-none")) == 5
    assert not page.select(".flow-card")


def test_the_filters_stand_in_the_address_and_in_every_link_and_form(front_desk, session, house, chen):
    other = factories.make_provider(session, first_name="Luis", last_name="Ortega")
    key = house["provider"].public_id
    page = front_desk.get(f"/flow?provider={key}&all=1")
    assert f"provider={key}" in card(page, chen).select_one(".flow-who")["href"]
    assert f"provider={key}" in page.select_one("#board")["hx-get"]
    page = front_desk.get(f"/flow?provider={other.public_id}")
    assert card(page, chen) is None
    page = front_desk.get(f"/flow?room={house['two'].public_id}")
    assert card(page, chen) is None


def test_each_role_is_offered_the_moves_that_it_may_take(session, cast, house, chen):
    waiting = visit(session, house, "booked", time(10, 45))
    sitting = visit(session, house, "roomed", time(9))

    def offered(role):
        page = cast(role).get("/flow")
        return [
            [each["data-act"] for each in card(page, one).select("[data-act]")]
            for one in (waiting, chen, sitting)
        ]

    assert offered("front_desk") == [["a", "c"], ["r"], ["o"]]
    assert offered("clinician") == [[], ["r"], ["p", "o"]]
    assert offered("manager") == [["a", "c"], ["r"], ["p", "o"]]
    assert offered("biller") == [[], [], []]


def test_a_clinician_sees_the_own_patients_first(clinician, session, house):
    other = factories.make_provider(session, first_name="Luis", last_name="Ortega")
    theirs = visit(session, {**house, "provider": other}, arrived_at=ago(40))
    mine = visit(session, house, at=time(10, 45))
    session.get_one(User, clinician.user.id).rendering_provider_id = house["provider"].id
    page = clinician.get("/flow")
    cards = [each["id"] for each in page.select("#s-waiting .flow-card")]
    assert cards == [f"v-{mine.public_id}", f"v-{theirs.public_id}"]
    assert "yours" in card(page, mine).get_text()


# ---- The polls ----


def test_a_poll_is_304_until_something_changes_and_keeps_nobody_signed_in(front_desk, session, house, chen):
    with time_machine.travel(NOW, tick=False):
        board = front_desk.get("/flow").select_one("#board")
        assert "poll=1" in board["hx-get"]
        front_desk.get(board["hx-get"], status=304, htmx=True)
        chen.reason = "Cough"
        session.flush()
        page = front_desk.get(board["hx-get"], htmx=True)
        assert page.select_one("#board")["data-stamp"] != board["data-stamp"]
        assert page.select_one("#panel") is None, "an open panel is never touched by a poll"


def test_a_minute_moves_the_timers_and_is_no_new_look_at_the_patients(front_desk, house, chen):
    def looks():
        return db.session.query(AuditEvent).filter_by(action="schedule.view").count()

    with time_machine.travel(NOW, tick=False):
        address = front_desk.get("/flow").select_one("#board")["hx-get"]
    seen = looks()
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        page = front_desk.get(address, htmx=True)
    assert "Waiting 19 min" in page.get_text()
    assert looks() == seen


def test_a_poll_with_other_filters_or_of_another_person_is_a_look_on_record(front_desk, manager, house, chen):
    def looks():
        return db.session.query(AuditEvent).filter_by(action="schedule.view").count()

    with time_machine.travel(NOW, tick=False):
        stamp = front_desk.get("/flow?room=none").select_one("#board")["data-stamp"]
    with time_machine.travel(NOW + timedelta(minutes=1), tick=False):
        for number, who in enumerate((front_desk, manager), 1):
            before = looks()
            who.get(f"/flow/board?poll=1&seen={stamp}", htmx=True)
            assert looks() == before + 1, number


# ---- Arrival: a move without a question ----


def arrival(page, here):
    return form_of(page, url(here, "/arrival"))


def test_an_arrival_with_htmx_draws_the_board_and_says_so(front_desk, session, house):
    here = visit(session, house, "booked")
    data = arrival(front_desk.get("/flow"), here)
    page = front_desk.post(url(here, "/arrival"), data, status=200, htmx=True)
    assert column(page, here) == "s-waiting"
    assert "CHEN, Bo has arrived." in page.select_one(".flow-told").get_text()
    assert "has arrived" in front_desk.response.headers["HX-Trigger"]
    assert now(here).arrived_at is not None


def test_an_arrival_without_javascript_comes_back_to_the_board_with_its_filters(front_desk, session, house):
    here = visit(session, house, "booked")
    key = house["provider"].public_id
    data = arrival(front_desk.get(f"/flow?provider={key}"), here)
    front_desk.post(url(here, "/arrival"), data, status=303)
    assert front_desk.location.endswith(f"/flow?provider={key}&visit={here.public_id}")
    page = front_desk.get(front_desk.location)
    assert "CHEN, Bo has arrived." in page.select_one("#flash").get_text()


def test_a_step_that_does_not_follow_changes_nothing(front_desk, session, house):
    here = visit(session, house, "with_provider")
    page = front_desk.post(url(here, "/arrival"), {"version": here.version}, status=409, htmx=True)
    assert "cannot become arrived" in page.select_one("#panel [role=alert]").get_text()
    front_desk.post(url(here, "/arrival"), {"version": "x"}, status=409)
    assert (now(here).status, count()) == ("with_provider", 2)


def test_only_the_desk_marks_arrivals_and_only_clinicians_begin_the_visit(session, cast, house):
    here, sitting = visit(session, house, "booked"), visit(session, house, "roomed", time(9))
    for role, path in (("clinician", url(here, "/arrival")), ("biller", url(here, "/arrival"))):
        cast(role).post(path, {"version": here.version}, status=403)
    cast("front_desk").post(url(sitting, "/seeing"), {"version": sitting.version}, status=403)
    cast("biller").post(url(sitting, "/departure"), {"version": sitting.version}, status=403)
    assert (now(here).status, now(sitting).status) == ("booked", "roomed")


def test_the_second_arrival_is_answered_calmly_with_who_was_first(front_desk, session, house):
    here = visit(session, house, "booked")
    data = arrival(front_desk.get("/flow"), here)
    front_desk.post(url(here, "/arrival"), data, status=200, htmx=True)
    page = front_desk.post(url(here, "/arrival"), data, status=200, htmx=True)
    assert "CHEN, Bo is already arrived since 10:40 AM, by" in page.select_one(".flow-told").get_text()
    assert count() == 2


# ---- Rooming: a question ----


def test_the_rooms_are_offered_free_first_with_who_sits_in_the_others(front_desk, session, house, chen):
    visit(session, house, "roomed", time(9), name="Diaz", roomed_in_id=house["two"].id)
    page = front_desk.get(url(chen, "?do=room"), htmx=True)
    assert [each["value"] for each in page.select("input[type=radio]")] == [house["three"].public_id]
    assert page.select_one("input[checked]")["value"] == house["three"].public_id
    assert "Room 2 In use DIAZ, Bo since 10:31 AM" in page.select_one(".flow-taken").get_text(" ", strip=True)


def test_a_patient_is_brought_to_a_room_with_htmx_and_the_panel_follows(front_desk, house, chen):
    data = form_of(front_desk.get(url(chen, "?do=room"), htmx=True), url(chen, "/rooming"))
    data |= {"room": house["three"].public_id, "panel": chen.public_id}
    page = front_desk.post(url(chen, "/rooming"), data, status=200, htmx=True)
    assert column(page, chen) == "s-roomed"
    assert "Room 3" in card(page, chen).get_text()
    assert page.select_one("#panel")["hx-swap-oob"] == "true"
    assert now(chen).roomed_in_id == house["three"].id


def test_a_patient_is_brought_to_a_room_without_javascript(front_desk, house, chen):
    data = form_of(front_desk.get(url(chen, "?do=room")), url(chen, "/rooming"))
    front_desk.post(url(chen, "/rooming"), data, status=303)
    assert "CHEN, Bo is in Room 2." in front_desk.get(front_desk.location).select_one("#flash").get_text()
    assert (now(chen).status, now(chen).roomed_in_id) == ("roomed", house["two"].id)


def test_a_room_that_is_none_is_refused_and_nothing_moves(front_desk, house, chen):
    data = {"version": chen.version, "room": "nowhere", "pass_reason": "Typed with care"}
    for htmx in (True, False):
        page = front_desk.post(url(chen, "/rooming"), data, status=422, htmx=htmx)
        assert "Choose one of those offered" in page.select_one("#panel [data-errors]").get_text()
    assert (now(chen).status, count()) == ("checked_in", 3)


def test_a_biller_brings_nobody_anywhere(biller, house, chen):
    biller.post(url(chen, "/rooming"), {"version": chen.version, "room": house["two"].public_id}, status=403)
    assert now(chen).status == "checked_in"


def test_two_who_bring_one_patient_to_one_room_are_both_told_where_he_is(front_desk, manager, house, chen):
    data = {"version": chen.version, "room": house["two"].public_id, "panel": chen.public_id}
    front_desk.post(url(chen, "/rooming"), data, status=200, htmx=True)
    sentence = f"CHEN, Bo is already in Room 2 since 10:40 AM, by {front_desk.user.name}."
    page = manager.post(url(chen, "/rooming"), data, status=200, htmx=True)
    assert sentence in page.select_one(".flow-told").get_text()
    other = data | {"room": house["three"].public_id}
    page = manager.post(url(chen, "/rooming"), other, status=409, htmx=True)
    assert sentence in page.select_one("#panel [role=alert]").get_text()
    assert (now(chen).roomed_in_id, count()) == (house["two"].id, 4)


def test_a_room_taken_in_the_meantime_is_named_and_another_is_offered(front_desk, session, house, chen):
    data = form_of(front_desk.get(url(chen, "?do=room"), htmx=True), url(chen, "/rooming"))
    visit(session, house, "roomed", time(9), name="Diaz", roomed_in_id=house["two"].id)
    page = front_desk.post(url(chen, "/rooming"), data, status=409, htmx=True)
    assert "Room 2 has DIAZ, Bo since 10:31 AM" in page.select_one("#panel").get_text()
    assert page.select_one("input[checked]")["value"] == house["three"].public_id
    assert now(chen).status == "checked_in"


def test_in_the_room_a_patient_can_change_rooms(clinician, session, house):
    here = visit(session, house, "roomed", roomed_in_id=house["two"].id)
    data = {"version": here.version, "room": house["three"].public_id, "panel": here.public_id}
    page = clinician.post(url(here, "/rooming"), data, status=200, htmx=True)
    assert "Room 3" in card(page, here).get_text()
    assert (now(here).status, now(here).roomed_in_id) == ("roomed", house["three"].id)


# ---- The gate ----


@pytest.fixture
def stopped(session, chen):
    """The payer says that CHEN's plan is not active."""
    coverage = factories.make_coverage(session, chen.patient)
    session.add(
        EligibilityCheck(
            coverage_id=coverage.id, service_on=clock.today(), trace="T7", state="answered", active=False,
            asked_at=NOW, answered_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    return chen


def test_what_stands_against_the_room_asks_for_a_reason_and_keeps_it(front_desk, house, stopped):
    data = {"version": stopped.version, "room": house["two"].public_id}
    page = front_desk.get(url(stopped, "?do=room"), htmx=True)
    assert "says that this coverage is not active" in page.select_one(".note-warn").get_text()
    page = front_desk.post(url(stopped, "/rooming"), data, status=422, htmx=True)
    assert "Say why the check-in goes on." in page.select_one("[data-errors]").get_text()
    assert now(stopped).status == "checked_in"
    front_desk.post(
        url(stopped, "/rooming"), data | {"pass_reason": "New card tomorrow"}, status=200, htmx=True
    )
    assert now(stopped).status == "roomed"
    kept = db.session.scalars(select(CheckInPass)).one()
    assert (kept.reason, kept.missing) == ("New card tomorrow", ["inactive"])


def test_who_may_not_pass_the_gate_is_told_who_may(clinician, house, stopped):
    data = {"version": stopped.version, "room": house["two"].public_id, "pass_reason": "I say so"}
    page = clinician.post(url(stopped, "/rooming"), data, status=422, htmx=True)
    assert "The front desk or a manager can let the visit go on." in page.get_text()
    assert (now(stopped).status, count(CheckInPass)) == ("checked_in", 0)


def test_what_was_passed_at_the_check_in_is_not_asked_again(clinician, session, house, stopped):
    session.add(
        CheckInPass(appointment_id=stopped.id, missing=["inactive"], reason="Seen", passed_at=ago(10))
    )
    session.flush()
    data = {"version": stopped.version, "room": house["two"].public_id}
    clinician.post(url(stopped, "/rooming"), data, status=200, htmx=True)
    assert now(stopped).status == "roomed"


def test_from_arrived_the_desk_goes_on_to_the_room_and_a_clinician_waits_for_the_desk(cast, session, house):
    here = visit(session, house, "arrived")
    data = {"version": here.version, "room": house["two"].public_id}
    page = cast("clinician").post(url(here, "/rooming"), data, status=422, htmx=True)
    assert "The front desk checks the patient in first." in page.get_text()
    cast("front_desk").post(url(here, "/rooming"), data, status=200, htmx=True)
    assert now(here).status == "roomed"
    assert None not in (now(here).checked_in_at, now(here).roomed_at)


# ---- With the provider, and out ----


def test_the_provider_comes_and_the_patient_leaves(clinician, session, house):
    here = visit(session, house, "roomed", roomed_in_id=house["two"].id)
    data = form_of(clinician.get("/flow"), url(here, "/seeing"))
    page = clinician.post(url(here, "/seeing"), data, status=200, htmx=True)
    assert column(page, here) == "s-seen"
    data = form_of(page, url(here, "/departure"))
    page = clinician.post(url(here, "/departure"), data, status=200, htmx=True)
    assert column(page, here) == "s-out"
    assert "Room 2 Free" in page.select_one(".flow-rooms").get_text(" ", strip=True)
    assert None not in (now(here).seen_at, now(here).out_at)
    clinician.post(url(here, "/departure"), data, status=303)
    assert count() == 4


# ---- Left unseen, undo: a reason ----


def test_leaving_unseen_asks_for_the_reason_and_works_both_ways(front_desk, session, house, chen):
    other = visit(session, house, at=time(10, 45))
    for here, htmx, status in ((chen, True, 200), (other, False, 303)):
        data = form_of(front_desk.get(url(here, "?do=leave"), htmx=True), url(here, "/leaving"))
        page = front_desk.post(url(here, "/leaving"), data | {"reason": " "}, status=422, htmx=htmx)
        assert "Say why." in page.select_one("#panel [data-errors]").get_text()
        assert now(here).status == "checked_in"
        front_desk.post(url(here, "/leaving"), data | {"reason": "Waited too long"}, status=status, htmx=htmx)
        assert now(here).status == "left_without_being_seen"
        front_desk.post(url(here, "/leaving"), data | {"reason": "Again"}, status=status, htmx=htmx)
    assert count() == 8
    assert card(front_desk.get("/flow"), chen) is None


def test_undo_takes_the_step_back_with_its_reason_and_keeps_both_in_the_history(front_desk, house, chen):
    bring = {"version": chen.version, "room": house["two"].public_id}
    front_desk.post(url(chen, "/rooming"), bring, status=200, htmx=True)
    page = front_desk.get(url(chen, "?do=undo"), htmx=True)
    data = form_of(page, url(chen, "/undo"))
    assert data["reason"] == "Pressed by mistake"
    front_desk.post(url(chen, "/undo"), data | {"reason": ""}, status=422, htmx=True)
    page = front_desk.post(url(chen, "/undo"), data | {"panel": chen.public_id}, status=200, htmx=True)
    assert column(page, chen) == "s-waiting"
    told = page.select_one("#panel .time").get_text(" ", strip=True)
    assert "In room taken back" in told
    assert "Pressed by mistake" in told
    assert (now(chen).status, now(chen).roomed_at, now(chen).roomed_in_id) == ("checked_in", None, None)
    # The second click carries the old version: nothing further is taken back.
    front_desk.post(url(chen, "/undo"), data, status=409)
    assert now(chen).status == "checked_in"


def test_a_step_is_taken_back_by_who_may_take_it(clinician, front_desk, biller, session, house, chen):
    data = {"version": chen.version, "reason": "Wrong patient"}
    clinician.post(url(chen, "/undo"), data, status=403)  # the check-in is the desk's
    biller.post(url(chen, "/undo"), data, status=403)
    seen = visit(session, house, "with_provider", time(9))
    front_desk.post(url(seen, "/undo"), {"version": seen.version, "reason": "No"}, status=403)
    clinician.post(url(seen, "/undo"), {"version": seen.version, "reason": "No"}, status=303)
    assert (now(chen).status, now(seen).status) == ("checked_in", "roomed")


def test_a_place_that_is_only_held_is_nobodys_page(front_desk, session, house):
    held = visit(session, house, "booked")
    held.patient_id, held.status = None, "held"
    held.held_until, held.held_for = datetime(2026, 3, 10, 18, 40, tzinfo=UTC), "an online booking"
    session.flush()
    front_desk.get(url(held), status=404)
    assert not front_desk.get("/flow?all=1").select(".flow-card")
