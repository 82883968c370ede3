"""Find the next free time beside the schedule, and what missed visits cost on their screen (A3, A6)."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, ledger, scheduling
from clinic.models import Appointment, Device, JournalEntry, MissedVisitTerms, Room
from clinic.scheduling import missed
from tests import factories

TUESDAY = date(2026, 3, 10)
PAGE = "/schedule/2026-03-10/openings"


@pytest.fixture(autouse=True)
def _tuesday_morning():
    with time_machine.travel(datetime(2026, 3, 10, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


@pytest.fixture
def kind(session):
    return factories.make_visit_type(session, name="Follow-up", no_show_fee=Decimal("50.00"), fee_grace=0)


@pytest.fixture
def patient(session):
    made = factories.make_patient(session, last_name="Chen", first_name="Bo")
    missed.set_terms(session, made, date(2026, 1, 5), "")
    return made


def at(hour: int, minute: int = 0) -> datetime:
    return clock.at(TUESDAY, time(hour, minute))


def asked(kind, **more) -> str:
    values = {"visit_type": kind.public_id, "first": "03/10/2026"} | more
    return PAGE + "?" + "&".join(f"{name}={value}" for name, value in values.items())


def test_the_free_times_are_links_that_open_the_booking_form_filled_in(front_desk, provider, kind, patient):
    page = front_desk.get(asked(kind, not_before="1p", patient=patient.public_id))
    links = page.select(".desk-openings a")
    assert links[0].text.split() == ["Tue", "03/10/2026,", "1:00", "PM", "Helen", "Adams,", "MD"]
    form = front_desk.get(links[0]["href"]).select_one("#panel")
    assert form.select_one("#time")["value"] == "1:00 PM"
    assert form.select_one("#day")["value"] == "03/10/2026"
    assert form.select_one("select[name=visit_type] option[selected]")["value"] == kind.public_id
    assert form.select_one("select[name=provider] option[selected]")["value"] == provider.public_id
    assert "CHEN, Bo" in form.text


def test_without_a_patient_the_found_time_waits_until_one_is_chosen(front_desk, provider, kind, patient):
    link = front_desk.get(asked(kind)).select_one(".desk-openings a")["href"]
    panel = front_desk.get(link).select_one("#panel")
    token = panel.select_one("input[name=at]")["value"]
    found = front_desk.post("/schedule/2026-03-10/patients", {"q": "Chen", "at": token}, status=200)
    form = front_desk.get(found.select_one("#found a")["href"])
    assert form.select_one("select[name=visit_type] option[selected]")["value"] == kind.public_id


def test_a_longer_visit_is_looked_for_and_booked_as_long_as_it_was_asked_a5(front_desk, provider, kind):
    page = front_desk.get(asked(kind, not_before="3p", until="5p", minutes="90"))
    links = page.select(".desk-openings a")
    assert "3:00 PM" in links[0].text
    assert "3:30" not in page.select_one(".desk-openings").text
    assert links[0]["href"].endswith("~90")
    page = front_desk.get(asked(kind, minutes="3"), status=422)
    assert "5 to 600" in page.select_one("#minutes-error").text


def test_who_does_not_take_a_visit_is_offered_for_it_nowhere_and_booked_after_a_yes_a5(
    front_desk, session, provider, patient
):
    park = factories.make_provider(session, first_name="Jin", last_name="Park", credential="PT")
    kind = factories.make_visit_type(session, name="PT visit", provider_ids=[park.id])
    assert "Adams" not in front_desk.get(asked(kind)).select_one(".desk-openings").text
    page = front_desk.get(asked(kind, who=provider.public_id), status=422)
    assert "PT visit is taken by Jin Park, PT." in page.select_one("#who-error").text
    data = {
        "patient": patient.public_id, "provider": provider.public_id, "visit_type": kind.public_id,
        "day": "03/10/2026", "time": "2p", "shown": "2026-03-10", "view": "day",
    }  # fmt: skip
    panel = front_desk.post("/schedule/appointments", data, status=422).select_one("#panel")
    assert "does not take the visit type PT visit. It is taken by Jin Park, PT." in panel.text
    assert session.scalar(select(func.count(Appointment.id))) == 0
    yes = {name: panel.select_one(f"input[name={name}]")["value"] for name in ("accepted", "asked_of")}
    front_desk.post("/schedule/appointments", data | yes, status=303)
    assert session.scalar(select(func.count(Appointment.id))) == 1


def test_a_room_out_of_use_is_not_offered_when_a_visit_is_booked_a5(front_desk, session, provider, patient):
    session.add_all([Room(name="Room 1"), Room(name="Old room", active=False)])
    session.flush()
    form = front_desk.get(f"/schedule/2026-03-10/new?patient={patient.public_id}").select_one("#panel form")
    assert [each.text for each in form.select("select[name=room] option")] == ["None yet", "Room 1"]


def test_only_the_panel_comes_with_htmx_and_no_schedule_is_read(front_desk, provider, kind, count_queries):
    fragment = front_desk.get(asked(kind), htmx=True)
    assert fragment.select_one("#panel .desk-openings")
    assert not fragment.select_one("#schedule")


def test_what_cannot_be_looked_for_is_said_at_its_field(front_desk, provider, kind):
    page = front_desk.get(asked(kind, not_before="3p", until="1p"), status=422)
    assert "not after the beginning" in page.select_one("#until-error").text
    page = front_desk.get(asked(kind, first="13/45/2026"), status=422)
    assert page.select_one("#first-error")


def test_nothing_free_says_so_and_what_to_try(front_desk, provider, kind):
    page = front_desk.get(asked(kind, weekdays="5", until="7a", not_before="6a"))
    assert "Nothing is free in 60 days" in page.text


def test_who_does_not_book_looks_for_no_time(clinician, kind):
    clinician.get(asked(kind), status=403)


def test_a_taken_device_offers_no_booking_beside_it_a4(front_desk, session, provider, patient):
    session.add(Device(name="Ultrasound 1", kind="ultrasound"))
    other = factories.make_provider(session)
    scan = factories.make_visit_type(session, device_kind="ultrasound")
    scheduling.book(session, factories.make_patient(session), other, scan, at(14))
    data = {
        "patient": patient.public_id, "provider": provider.public_id, "visit_type": scan.public_id,
        "day": "03/10/2026", "time": "2p", "shown": "2026-03-10", "view": "day",
    }  # fmt: skip
    page = front_desk.post("/schedule/appointments", data, status=409)
    assert "Every ultrasound is taken from 2:00 PM to 2:30 PM" in page.select_one("#panel").text
    assert not page.select_one("#overbook_reason")
    assert session.scalar(select(func.count(Appointment.id))) == 1


# ---- Missed visits ----


@pytest.fixture
def fee(session, patient, provider, kind):
    visit = factories.make_appointment(session, patient, provider, starts_at=at(9), visit_type_id=kind.id)
    scheduling.no_show(session, visit, visit.version)
    return missed.of_visit(session, visit)


def test_a_no_show_at_the_desk_shows_what_was_charged_a3(front_desk, session, patient, provider, kind):
    visit = factories.make_appointment(session, patient, provider, starts_at=at(9), visit_type_id=kind.id)
    data = {"version": visit.version, "shown": "2026-03-10", "view": "day"}
    front_desk.post(f"/schedule/appointments/{visit.public_id}/no-show", data, status=303)
    panel = front_desk.get(f"/schedule/2026-03-10?appointment={visit.public_id}").select_one("#panel")
    assert "Missed-visit fee" in panel.text
    assert "$50.00" in panel.text
    front_desk.post(
        f"/schedule/appointments/{visit.public_id}/undo", data | {"version": visit.version}, status=303
    )
    assert ledger.patient_balance(session, patient.id).patient == 0


def test_the_manager_waives_a_fee_with_a_reason_once_a3(manager, session, patient, fee):
    url = f"/schedule/missed-visits/{fee.public_id}/waiver"
    page = manager.post(url, {"reason": ""}, status=422)
    assert "Say why" in page.text
    assert fee.state == "charged"
    for _ in range(2):
        manager.post(url, {"reason": "Snow"}, status=303)
    row = manager.get("/schedule/missed-visits").select_one("tbody tr")
    assert "Waived" in row.text
    assert "Snow" in row.text
    assert (
        session.scalar(select(func.count()).where(JournalEntry.idempotency_key.contains("missed-waive"))) == 1
    )


def test_the_front_desk_sees_missed_visits_and_waives_none_a3(front_desk, biller, fee):
    page = front_desk.get("/schedule/missed-visits")
    assert "CHEN, Bo" in page.text
    assert not page.select_one("form.line-form")
    for browser in (front_desk, biller):
        browser.post(f"/schedule/missed-visits/{fee.public_id}/waiver", {"reason": "Snow"}, status=403)
    assert fee.state == "charged"


def test_the_fee_agreement_and_the_waiver_of_a_patient_are_kept_a3(front_desk, session):
    patient = factories.make_patient(session)
    url = f"/schedule/missed-visits/patients/{patient.public_id}"
    assert "in the future" in front_desk.post(url, {"agreed_on": "t+3"}, status=422).text
    assert session.get(MissedVisitTerms, patient.id) is None
    for _ in range(2):
        front_desk.post(url, {"agreed_on": "03/02/2026", "waiver_reason": "Staff"}, status=303)
    page = front_desk.get(url)
    assert page.select_one("#agreed_on")["value"] == "03/02/2026"
    assert page.select_one("#waiver_reason")["value"] == "Staff"


def test_a_clinician_changes_no_agreement(clinician, session, patient):
    clinician.post(f"/schedule/missed-visits/patients/{patient.public_id}", {"agreed_on": ""}, status=403)
