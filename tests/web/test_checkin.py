"""Check-in: confirm, ask the payer, see what is missing, collect, print (A12, E1 to E7, B4, asks 26 to 31)."""

from datetime import time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import event, select

from clinic import audit, clock, db
from clinic.models import (
    Appointment,
    Coverage,
    EligibilityCheck,
    Patient,
    Payer,
    Receipt,
    Work,
)
from tests import factories
from tests.web.checkin_scene import count, desk, payment, url

__all__ = ["desk"]


def test_the_list_shows_arrivals_first_then_who_comes_next(desk, front_desk):
    here = desk(appointment={"status": "arrived", "arrived_at": clock.now(), "starts_at": at(14)})
    with db.transaction() as session:
        factories.make_appointment(
            session, factories.make_patient(session, last_name="Early"), starts_at=at(8)
        )
    page = front_desk.get("/check-in")
    names = [link.text for link in page.select("table a.target")]
    assert names == ["WHITFIELD, Daniel", "EARLY, Daniel"]
    row = page.select_one("tbody tr").text
    assert here.patient.mrn in row
    assert "04/22/1971" in row
    assert "Arrived 0 min" in row
    assert "$25.00" in row


def at(hour):
    return clock.at(clock.today(), time(hour))


def test_an_empty_list_says_when_it_will_change(desk, front_desk):
    desk(appointment={"status": "no_show"})
    assert "Nobody left to check in" in front_desk.get("/check-in").h2.text
    assert "Nobody is checked in yet" in front_desk.get("/check-in?view=done").h2.text


def test_the_number_of_queries_does_not_grow_with_the_list(desk, front_desk):
    desk()
    few = queries(lambda: front_desk.get("/check-in"))
    with db.transaction() as session:
        for hour in range(8, 18):
            patient = factories.make_patient(session)
            factories.make_coverage(session, patient)
            factories.make_appointment(session, patient, starts_at=at(hour))
    assert queries(lambda: front_desk.get("/check-in")) <= few


def queries(call):
    seen = []
    bind = db.session.connection()

    def note(connection, cursor, statement, *rest):
        seen.append(statement)

    event.listen(bind, "before_cursor_execute", note)
    call()
    event.remove(bind, "before_cursor_execute", note)
    return len(seen)


def test_arrived_notes_the_time_and_asks_the_payer(desk, front_desk):
    here = desk()
    front_desk.post(url(here, "/arrival"), {"version": here.visit.version}, status=303)
    assert here.visit.status == "arrived"
    assert db.session.scalars(select(EligibilityCheck)).one().state == "waiting"
    front_desk.post(url(here, "/arrival"), {"version": 1}, status=303)
    assert count(EligibilityCheck) == 1


def test_an_arrival_on_the_schedule_asks_the_payer_too(desk, front_desk):
    """E7: wherever the desk says that somebody is there; a fresh answer is not asked for again."""
    here = desk()
    step = f"/schedule/appointments/{here.appointment.public_id}"
    front_desk.post(f"{step}/arrival", {"version": here.visit.version}, status=303)
    assert here.visit.status == "arrived"
    assert db.session.scalars(select(Work.job).where(Work.job == "jobs.eligibility.send")).all() != []
    here.payer_turn()
    front_desk.post(f"{step}/undo", {"version": here.visit.version}, status=303)
    front_desk.post(f"{step}/arrival", {"version": here.visit.version}, status=303)
    assert here.visit.status == "arrived"
    assert count(EligibilityCheck) == 1


def test_the_plan_that_pays_second_stands_below_with_its_own_answer(desk, front_desk):
    """E1: every coverage of the day has its answer; "Check again" asks where one is missing."""
    here = desk()
    with db.transaction() as session:
        payer = session.get_one(Payer, here.payer.id)
        factories.make_coverage(
            session, session.get_one(Patient, here.patient.id), payer, position=2, member_id="SECOND77"
        )
    part = front_desk.get(url(here)).select_one("#eligibility")
    assert f"Secondary: {payer.name}" in part.text
    assert "Member SECOND77" in part.text
    assert [chip.text for chip in part.select(".chip")] == ["Not asked", "Not asked"]
    front_desk.post(url(here, "/eligibility"), {}, status=303)
    assert count(EligibilityCheck) == 2
    front_desk.post(url(here, "/eligibility"), {}, status=303)
    assert count(EligibilityCheck) == 2
    assert front_desk.get(url(here)).select_one("#eligibility").has_attr("hx-trigger")
    with db.transaction() as session:
        second = session.scalar(
            select(EligibilityCheck).join(Coverage).where(Coverage.member_id == "SECOND77")
        )
        second.state, second.reason, second.next_step = "refused", "Member not found.", "Look at the card."
    part = front_desk.get(url(here)).select_one("#eligibility")
    assert part.select(".chip")[1].text == "Not found"
    assert "Member not found. Look at the card." in part.text


def test_the_screen_shows_what_the_payer_answered(desk, front_desk):
    here = desk()
    here.ask()
    here.payer_turn()
    page = front_desk.get(url(here))
    part = page.select_one("#eligibility")
    assert part.select_one(".chip").text == "Active"
    assert "CHOICE 2000" in part.text
    rows = [
        [cell.text.strip() for cell in row.select("th, td")] for row in part.select("table.benefits tbody tr")
    ]
    assert rows[0] == ["Copay a visit", "$35.00", "not stated"]
    assert rows[1] == ["Coinsurance patient's share", "0%", "40%"]
    year = [
        [cell.text.strip() for cell in row.select("th, td")]
        for row in part.select("table.benefits4 tbody tr")
    ]
    assert ["Deductible, individual", "$2,000.00", "$0.00", "$2,000.00", "0%"] in year
    assert part.select("details.raw pre")[0].text.startswith("ST*271")
    assert "hx-get" not in part.attrs
    assert "as the payer answered" in page.select_one("#collect").text
    assert page.select_one("#collect-button").text == "Collect $35.00 and check in"


def test_while_the_payer_is_asked_the_part_asks_for_itself_without_keeping_the_session_alive(
    desk, front_desk
):
    here = desk()
    here.ask()
    part = front_desk.get(url(here, "/eligibility"), htmx=True).select_one("#eligibility")
    assert part["hx-get"] == url(here, "/eligibility")
    assert part["hx-trigger"].startswith("load delay")
    assert "X-Clinic-Poll" in part["hx-headers"]
    assert part.select_one(".chip").text == "Asking"
    here.payer_turn()
    part = front_desk.get(url(here, "/eligibility"), htmx=True).select_one("#eligibility")
    assert "hx-get" not in part.attrs
    assert part.select_one(".chip").text == "Active"


def test_check_again_asks_with_and_without_javascript(desk, front_desk):
    here = desk()
    part = front_desk.post(url(here, "/eligibility"), status=200, htmx=True).select_one("#eligibility")
    assert part.select_one(".chip").text == "Asking"
    front_desk.post(url(here, "/eligibility"), status=303)
    assert count(EligibilityCheck) == 1
    here.payer_turn()
    front_desk.post(url(here, "/eligibility"), status=303)
    assert count(EligibilityCheck) == 2


def test_a_plan_that_the_patient_wants_not_used_is_neither_asked_about_nor_missing_f1(desk, front_desk):
    here = desk(appointment={"self_pay": True})
    page = front_desk.get(url(here))
    assert "the plan is not used for this visit" in page.text
    assert "Add coverage" not in page.text
    assert "no payer is asked" in page.text
    asked = page.select_one("#collect").text
    assert "the estimate says what the visit costs" in asked
    assert "not known" not in asked
    front_desk.post(url(here, "/arrival"), {"version": here.visit.version}, status=303)
    assert count(EligibilityCheck) == 0


def test_a_coverage_that_cannot_be_asked_about_says_what_is_missing(desk, front_desk):
    here = desk(coverage={"relationship_code": "19"})
    part = front_desk.post(url(here, "/eligibility"), status=422, htmx=True)
    assert "somebody else's policy" in part.select_one(".note").text
    page = front_desk.post(url(here, "/eligibility"), status=422)
    assert "Open the coverage" in page.select_one("#eligibility").text
    assert count(EligibilityCheck) == 0


def test_who_may_not_check_in_may_not_see_the_screen(desk, clinician, biller, outsider):
    here = desk()
    for browser in (clinician, biller):
        browser.get("/check-in", status=403)
        browser.get(url(here), status=403)
        browser.post(url(here, "/check-in"), status=403)
        browser.post(url(here, "/confirmation"), status=403)
        browser.post(url(here, "/signatures"), status=403)
        browser.post(url(here, "/arrival"), status=403)
        browser.post(url(here, "/amounts"), status=403)
        browser.get(url(here, "/eligibility"), status=403)
    clinician.post(url(here, "/eligibility"), status=403)
    outsider.get(url(here), status=303)
    assert here.visit.status == "booked"


def test_looking_at_the_screen_stands_in_the_trail(desk, front_desk):
    here = desk()
    front_desk.get(url(here))
    actions = {each.action for each in audit.events_of_patient(db.session(), here.patient.id)}
    assert {"demographics.view", "eligibility.view"} <= actions


@pytest.mark.parametrize("mode", ["silent", "down"])
def test_a_payer_that_does_not_answer_never_blocks_the_check_in(desk, front_desk, mode):
    here = desk()
    here.mode(mode)
    here.ask()
    here.payer_turn()
    if mode == "silent":
        with db.transaction() as session:
            check = session.scalars(select(EligibilityCheck)).one()
            check.sent_at = check.asked_at = clock.now() - timedelta(minutes=5)
    page = front_desk.get(url(here))
    part = page.select_one("#eligibility")
    assert part.select_one(".chip").text == "No answer"
    assert "chip-warn" in part.select_one(".chip")["class"]
    note = part.select_one(".note-warn").text
    words = {"silent": "The payer has not answered since", "down": "could not answer at"}[mode]
    assert words in note
    assert " AM" in note or " PM" in note
    assert part.select_one("form button").text == "Check again"
    front_desk.post(url(here, "/check-in"), payment(page, reference="A12345"), status=303)
    assert here.visit.status == "checked_in"
    assert db.session.scalars(select(Receipt)).one().amount == Decimal("25.00")


def test_check_again_sends_a_failed_question_once_more(desk, front_desk):
    here = desk()
    here.mode("down")
    here.ask()
    here.payer_turn()
    here.mode("answers")
    front_desk.post(url(here, "/eligibility"), status=303)
    here.payer_turn()
    check = db.session.scalars(select(EligibilityCheck)).one()
    assert (check.state, check.attempts) == ("answered", 2)


def test_yesterdays_answer_stays_in_view_while_today_the_payer_is_silent(desk, front_desk):
    here = desk()
    here.ask()
    here.payer_turn()
    here.mode("down")
    here.ask()
    here.payer_turn()
    part = front_desk.get(url(here)).select_one("#eligibility")
    assert part.select_one(".chip").text == "No answer"
    assert "$35.00" in part.select_one("table.benefits").text


def test_a_visit_of_a_later_day_is_not_checked_in_and_says_when_it_is_a1(desk, front_desk):
    tomorrow = at(11) + timedelta(days=1)
    here = desk(appointment={"status": "booked", "starts_at": tomorrow})
    said = f"This visit is on {clock.local(tomorrow):%m/%d/%Y}: move it to today or wait."
    page = front_desk.get(url(here))
    assert page.select_one("#collect .note-warn").text == said
    assert not page.select("#collect button[name=skip]")
    version = {"version": here.appointment.version}
    assert said in front_desk.post(url(here, "/arrival"), version, status=409).select_one("main").text
    sent = payment(page) | {"skip": "1"}
    for htmx in (True, False):
        assert said in front_desk.post(url(here, "/check-in"), sent, status=409, htmx=htmx).text
    standing = select(Appointment.status).where(Appointment.id == here.appointment.id)
    assert db.session.scalar(standing) == "booked"
    assert count(Receipt) == 0
