"""Day's end, routing slips and alert minutes, both ways (A1)."""

import io
from datetime import date, time, timedelta
from decimal import Decimal

from pypdf import PdfReader

from clinic import clock, db
from clinic.models import AuditEvent, Authorization, EligibilityCheck, Practice
from tests import factories
from tests.web.flow_scene import NOW, _tuesday_morning, chen, count, house, now, visit

__all__ = ["_tuesday_morning", "chen", "house"]
END = "/flow/day-end"
CLOSING = f"{END}/2026-03-10/closing"


# ---- The end of the day ----


def test_the_list_names_who_is_here_who_never_came_and_what_has_no_charge(front_desk, session, house, chen):
    expected = visit(session, house, "confirmed", time(9), name="Diaz")
    begun = visit(session, house, "checked_out", time(8), name="Evans")
    signed = visit(session, house, "checked_out", time(8, 15), name="Flores")
    for here, state in ((begun, "draft"), (signed, "signed")):
        factories.make_encounter(
            session, here.patient, house["provider"], appointment_id=here.id, state=state
        )
    older = visit(session, house, "arrived", time(8, 30), name="Gray")
    older.starts_at -= timedelta(days=1)
    older.ends_at -= timedelta(days=1)
    session.flush()
    page = front_desk.get(END)
    parts = {each["aria-labelledby"]: each.get_text(" ", strip=True) for each in page.select("section.sheet")}
    assert "CHEN, Bo" in parts["here"]
    assert "Checked in" in parts["here"]
    assert "DIAZ, Bo" in parts["expected"]
    assert "EVANS, Bo" in parts["uncharged"]
    assert "Begun, not signed" in parts["uncharged"]
    assert "FLORES" not in page.get_text()
    assert "1 patient is still here and 1 patient is expected" in parts["closing"]
    assert "03/09/2026" in parts["earlier"]
    assert page.select_one("#closing").find_parent("section").select_one("button[disabled]")
    for link in (f"/flow?visit={chen.public_id}", f"/schedule/appointments/{expected.public_id}"):
        assert page.select_one(f'a[href="{link}"]'), link
        front_desk.get(link)
    assert "GRAY, Bo" in front_desk.get(f"{END}/2026-03-09").get_text()


def test_the_day_is_closed_with_htmx_and_without(front_desk, session, house):
    for htmx, status in ((True, 204), (False, 303)):
        here = visit(session, house, "checked_out", time(8 + htmx))
        front_desk.post(CLOSING, status=status, htmx=htmx)
        assert now(here).status == "closed"
    assert "1 visit is closed" in front_desk.get(END).select_one("#flash").get_text()
    assert session.query(AuditEvent).filter_by(action="schedule.day_closed").count() == 2


def test_a_day_with_somebody_in_the_house_or_still_to_come_is_not_closed(front_desk, session, house, chen):
    out = visit(session, house, "checked_out", time(8))
    for htmx in (True, False):
        page = front_desk.post(CLOSING, status=422, htmx=htmx)
        assert "Not closed: 1 patient is still here." in page.select_one("[role=alert]").get_text()
    page = front_desk.post(f"{END}/2026-03-11/closing", status=422)
    assert "still to come" in page.select_one("[role=alert]").get_text()
    front_desk.post(f"{END}/nonsense/closing", status=422)
    assert now(out).status == "checked_out"


def test_only_desk_and_manager_close_the_day(cast, session, house):
    out = visit(session, house, "checked_out", time(8))
    for role in ("clinician", "biller", "admin"):
        cast(role).post(CLOSING, status=403)
    assert now(out).status == "checked_out"


def test_the_second_click_closes_nothing_twice(front_desk, session, house):
    visit(session, house, "checked_out", time(8))
    front_desk.post(CLOSING, status=303)
    moves = count()
    front_desk.post(CLOSING, status=303)
    assert count() == moves
    assert session.query(AuditEvent).filter_by(action="schedule.day_closed").count() == 1


# ---- Routing slips ----


def pages(browser):
    assert browser.response.mimetype == "application/pdf"
    found = PdfReader(io.BytesIO(browser.response.get_data())).pages
    return [" ".join(page.extract_text().split()) for page in found]


def test_a_slip_is_one_letter_page_with_all_but_a_diagnosis(front_desk, session, house, chen):
    chen.patient.consent_on = date(2025, 1, 1)
    coverage = factories.make_coverage(session, chen.patient, copay=Decimal("30.00"))
    session.add(
        EligibilityCheck(
            coverage_id=coverage.id, service_on=clock.today(), trace="T9", state="answered", active=True,
            asked_at=NOW, answered_at=NOW,
        )
    )  # fmt: skip
    session.add(
        Authorization(
            coverage_id=coverage.id, number="A1", starts_on=date(2026, 1, 1), ends_on=date(2026, 3, 31),
            visits_allowed=12, visits_used=8,
        )
    )  # fmt: skip
    chen.reason = "Knee pain"
    factories.make_encounter(
        session, chen.patient, house["provider"], appointment_id=chen.id, diagnoses=["F33.1"]
    )
    front_desk.get(f"/flow/visits/{chen.public_id}/slip.pdf")
    (text,) = pages(front_desk)
    for words in (
        "CHEN, Bo", "Born 04/22/1971", f"MRN {chen.patient.mrn}", "Knee pain", "Helen Adams, MD",
        coverage.payer.name, "active, 03/10/2026", "4 of 12 visits left, until 03/31/2026", "$30.00", "$0.00",
        "Consent to treat 2026 is not signed.", "Authorization: 4 visits left, until 03/31/2026.",
        "Blood pressure", "Next visit in", "speaks English",
    ):  # fmt: skip
        assert words in text, words
    assert "F33" not in text


def test_the_slips_of_a_day_are_one_page_each_by_provider(front_desk, session, house, chen):
    other = factories.make_provider(session, first_name="Luis", last_name="Ortega")
    visit(session, {**house, "provider": other}, "booked", name="Diaz")
    visit(session, house, "booked", time(9), name="Evans")
    visit(session, house, "no_show", time(8), name="Flores")
    front_desk.get("/flow/slips.pdf")
    found = pages(front_desk)
    assert [next(n for n in ("CHEN", "DIAZ", "EVANS") if n in page) for page in found] == [
        "EVANS",
        "CHEN",
        "DIAZ",
    ]
    front_desk.get(f"/flow/slips.pdf?day=03102026&provider={other.public_id}")
    assert len(pages(front_desk)) == 1


def test_a_day_without_visits_and_a_day_that_is_none_come_back_with_a_sentence(front_desk, house):
    for query, words in (("", "no slip to print"), ("?day=13402026", "")):
        front_desk.get(f"/flow/slips.pdf{query}", status=303)
        assert words in front_desk.get("/flow").select_one("#flash .note").get_text()


def test_fifty_slips_cost_as_many_statements_as_five(front_desk, session, house, count_queries):
    costs = []
    for number in (5, 15):
        for place in range(number):
            here = visit(session, house, "booked", time(7 + number // 5 + place // 4, place % 4 * 15))
            factories.make_coverage(session, here.patient)
        session.flush()
        session.expunge_all()
        with count_queries() as statements:
            front_desk.get("/flow/slips.pdf")
        costs.append(len(statements))
    assert costs[0] == costs[1]


# ---- Alert minutes ----

MINUTES = {"late": "5", "wait": "20", "room": "25", "over": "15", "version": "1"}


def kept():
    practice = db.session.query(Practice).populate_existing().one()
    return [getattr(practice, f"alert_{name}_minutes") for name in ("late", "wait", "room", "over")]


def test_the_minutes_are_saved_both_ways_and_the_board_follows(manager, session, house, chen):
    manager.post("/flow/alerts", MINUTES, status=303)
    assert kept() == [5, 20, 25, 15]
    assert "is-alert" not in manager.get("/flow").select_one(f"#v-{chen.public_id}")["class"]
    manager.post("/flow/alerts", MINUTES | {"wait": "10", "version": "2"}, status=204, htmx=True)
    assert kept() == [5, 10, 25, 15]
    assert "over 10" in manager.get("/flow").select_one(f"#v-{chen.public_id}").get_text()


def test_minutes_that_are_none_are_refused_and_nothing_changes(manager, house):
    for wrong in ("0", "600", "soon", ""):
        for htmx in (True, False):
            page = manager.post("/flow/alerts", MINUTES | {"wait": wrong}, status=422, htmx=htmx)
            assert page.select_one("[data-errors]")
            assert page.select_one("#wait")["value"] == wrong
            assert page.select_one("#room")["value"] == "25"
    assert kept() == [10, 15, 15, 10]


def test_only_who_makes_the_rules_sets_the_minutes(cast, house):
    for role in ("front_desk", "clinician", "biller"):
        cast(role).post("/flow/alerts", MINUTES, status=403)
        cast(role).get("/flow/alerts", status=403)
    assert kept() == [10, 15, 15, 10]


def test_the_second_click_saves_nothing_and_an_old_page_is_told(manager, admin, house):
    manager.post("/flow/alerts", MINUTES, status=303)
    manager.post("/flow/alerts", MINUTES, status=303)
    assert db.session.query(Practice).one().version == 2
    admin.post("/flow/alerts", MINUTES | {"wait": "30"}, status=409)
    assert kept() == [5, 20, 25, 15]
