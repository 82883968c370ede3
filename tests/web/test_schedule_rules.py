"""Visit types, hours, closed days, rooms on their screens (A3 to A8)."""

from datetime import UTC, date, datetime, time
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import audit, clock, db
from clinic.models import (
    Appointment,
    AuditEvent,
    ClinicClosure,
    Device,
    HoursException,
    ProviderHours,
    ReservedTime,
    Room,
    VisitType,
)
from tests import factories

TUESDAY = date(2026, 3, 10)


@pytest.fixture(autouse=True)
def _monday():
    with time_machine.travel(datetime(2026, 3, 9, 17, 40, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def provider(session):
    return factories.make_provider(session, first_name="Helen", last_name="Adams")


TYPE = {
    "name": "Ultrasound", "minutes": "45", "provider_from": "15", "provider_until": "30", "buffer_before": "0",
    "buffer_minutes": "5",
    "room_kind": "", "device_kind": "", "patient_kind": "established", "online": "y", "color": "info",
    "service_type": "98", "takes_copay": "y", "self_pay_fee": "120", "late_cancel_hours": "48", "no_show_fee": "50",
    "late_cancel_fee": "25.00", "fee_grace": "1",
}  # fmt: skip


def count(session, table) -> int:
    return session.scalar(select(func.count()).select_from(table))


def test_a_visit_type_is_added_with_all_its_rules_a5(manager, session, provider):
    factories.make_provider(session)
    session.add(Room(name="Scan room", kind="scan"))
    session.add(Device(name="Ultrasound 1", kind="ultrasound"))
    session.flush()
    more = {"room_kind": "scan", "device_kind": "ultrasound", "provider_ids": [str(provider.id)]}
    manager.post("/admin/visit-types/new", TYPE | more, status=303)
    kind = session.scalar(select(VisitType).where(VisitType.name == "Ultrasound"))
    assert (kind.provider_from, kind.provider_until, kind.buffer_minutes) == (15, 30, 5)
    assert (kind.room_kind, kind.device_kind, kind.patient_kind) == ("scan", "ultrasound", "established")
    assert (kind.no_show_fee, kind.late_cancel_fee) == (Decimal("50.00"), Decimal("25.00"))
    assert kind.online
    assert kind.provider_ids == [provider.id]
    row = manager.get("/admin/visit-types").select_one("tbody tr")
    assert "15 to 30 min" in row.text
    assert provider.name in row.text
    form = manager.get(f"/admin/visit-types/{kind.public_id}").select_one(".form-page form")
    ticked = [each.parent.text.strip() for each in form.select("#provider_ids input[checked]")]
    assert ticked == [provider.name]
    assert session.scalar(select(AuditEvent).where(AuditEvent.action == "visit_type.save"))


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("minutes", "3", "from 5 to 600"),
        ("provider_from", "45", "must begin before"),
        ("provider_until", "60", "within the 45 minutes"),
        ("provider_until", "10", "ends after it begins"),
        ("name", "", "Give it a name"),
        ("no_show_fee", "1e5", ""),
        ("room_kind", "cellar", "Choose one of those offered"),
        ("provider_ids", "0", "Choose only among those offered"),
    ],
)
def test_a_visit_type_that_cannot_be_is_refused_and_nothing_is_saved_a5(
    manager, session, field, value, sentence
):
    page = manager.post("/admin/visit-types/new", TYPE | {field: value}, status=422)
    assert sentence in page.select_one(f"#{field}-error").text
    assert count(session, VisitType) == 0


def test_a_taken_name_of_a_visit_type_is_refused_whatever_its_case(manager, session):
    factories.make_visit_type(session, name="ULTRASOUND")
    page = manager.post("/admin/visit-types/new", TYPE, status=422)
    assert "already" in page.select_one("#name-error").text


def test_of_two_who_change_a_visit_type_the_slower_is_told(manager, session):
    kind = factories.make_visit_type(session, name="Ultrasound")
    url = f"/admin/visit-types/{kind.public_id}"
    version = manager.get(url).select_one("input[name=version]")["value"]
    manager.post(url, TYPE | {"version": version}, status=303)
    page = manager.post(url, TYPE | {"version": version, "minutes": "90"}, status=422)
    assert "Somebody changed" in page.text
    assert session.get(VisitType, kind.id).minutes == 45


def test_a_retired_visit_type_is_offered_no_more_and_a_second_click_changes_nothing(
    manager, front_desk, session, provider
):
    kind = factories.make_visit_type(session, name="House call")
    for _ in range(2):
        manager.post(f"/admin/visit-types/{kind.public_id}/retirement", status=303)
    assert session.scalar(select(func.count()).where(AuditEvent.action == "visit_type.retire")) == 1
    patient = factories.make_patient(session)
    page = front_desk.get(f"/schedule/2026-03-10/new?patient={patient.public_id}")
    assert "House call" not in page.select_one("select[name=visit_type]").text
    manager.post(f"/admin/visit-types/{kind.public_id}/return", status=303)
    assert kind.active


RULES = (
    "/admin/visit-types",
    "/admin/visit-types/new",
    "/admin/hours",
    "/admin/closures",
    "/admin/rooms",
)


@pytest.mark.parametrize("path", RULES)
def test_only_who_keeps_the_rules_sees_them(manager, admin, front_desk, clinician, biller, path):
    for browser in (manager, admin):
        browser.get(path)
    for browser in (front_desk, clinician, biller):
        browser.get(path, status=403)


def test_other_roles_change_no_rule(front_desk, session, provider):
    for path, data in (
        ("/admin/visit-types/new", TYPE),
        (f"/admin/hours/{provider.public_id}/pattern", HOURS),
        (f"/admin/hours/{provider.public_id}/exceptions", OFF),
        (f"/admin/hours/{provider.public_id}/reserved", RESERVED),
        ("/admin/closures", CLOSED),
        ("/admin/rooms/rooms", {"rooms-name": "Cellar", "rooms-kind": "exam"}),
    ):
        front_desk.post(path, data, status=403)
    tables = (VisitType, HoursException, ReservedTime, ClinicClosure, Room)
    assert [count(session, table) for table in tables] == [0] * len(tables)


# ---- Hours ----

HOURS = {
    "hours-weekdays": ["0", "2"], "hours-starts": "7p", "hours-ends": "9p", "hours-effective_on": "04/01/2026",
}  # fmt: skip
OFF = {"day-on": "03/10/2026", "day-starts": "", "day-ends": "", "day-reason": "Conference"}
RESERVED = {
    "reserved-weekdays": ["1"], "reserved-starts": "9a", "reserved-ends": "10a", "reserved-label": "New patients",
    "reserved-effective_on": "03/01/2026", "reserved-release_days": "",
}  # fmt: skip
CLOSED = {"first": "03/10/2026", "last": "", "name": "Power cut"}


def test_weekly_hours_are_added_for_several_days_a6(manager, session, provider):
    manager.post(f"/admin/hours/{provider.public_id}/pattern", HOURS, status=303)
    rows = session.scalars(select(ProviderHours).where(ProviderHours.starts == time(19))).all()
    assert [row.weekday for row in rows] == [0, 2]
    assert rows[0].effective_on == date(2026, 4, 1)
    assert "7:00 PM to 9:00 PM" in manager.get(f"/admin/hours/{provider.public_id}").text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"hours-starts": "5p"}, "starts", "already works on Mondays from 8:00 AM to 6:00 PM"),
        ({"hours-ends": "6p", "hours-starts": "7p"}, "ends", "not after the beginning"),
        ({"hours-ended_on": "03/01/2026"}, "ended_on", "before the first"),
        ({"hours-starts": "25:00"}, "starts", ""),
    ],
)
def test_overlapping_or_impossible_hours_are_refused_with_a_sentence_a6(
    manager, session, provider, changes, field, sentence
):
    before = count(session, ProviderHours)
    page = manager.post(f"/admin/hours/{provider.public_id}/pattern", HOURS | changes, status=422)
    assert sentence in page.select_one(f"#hours-{field}-error").text
    assert count(session, ProviderHours) == before


def test_hours_without_a_weekday_are_refused(manager, session, provider):
    data = {name: value for name, value in HOURS.items() if name != "hours-weekdays"}
    page = manager.post(f"/admin/hours/{provider.public_id}/pattern", data, status=422)
    assert "Choose one day or more" in page.text


def test_the_second_click_on_hours_is_told_that_they_are_there(manager, session, provider):
    manager.post(f"/admin/hours/{provider.public_id}/pattern", HOURS, status=303)
    manager.post(f"/admin/hours/{provider.public_id}/pattern", HOURS, status=422)
    assert session.scalar(select(func.count()).where(ProviderHours.starts == time(19))) == 2


def test_ending_hours_moves_no_visit_and_lists_those_that_do_not_fit_a6(manager, session, provider):
    patient = factories.make_patient(session, last_name="Chen", first_name="Bo")
    visit = factories.make_appointment(session, patient, provider, starts_at=clock.at(TUESDAY, time(9)))
    tuesday = session.scalar(select(ProviderHours).where(ProviderHours.weekday == 1))
    url = f"/admin/hours/{provider.public_id}/pattern/{tuesday.public_id}/end"
    manager.post(url, {"last_on": "not a day"}, status=422)
    for _ in range(2):
        manager.post(url, {"last_on": "03/09/2026"}, status=303)
    page = manager.get(f"/admin/hours/{provider.public_id}")
    assert "1 booked visit does not fit the pattern; nothing was moved." in page.text
    row = page.select_one("table[aria-labelledby=conflicts] tbody tr")
    assert "CHEN, Bo" in row.text
    assert "Does not work on this day" in row.text
    assert session.get(Appointment, visit.id).starts_at == clock.at(TUESDAY, time(9))
    assert session.scalar(select(func.count()).where(AuditEvent.action == "hours.end")) == 1


def test_a_day_off_lists_its_visits_and_is_taken_out_again_a6(manager, session, provider):
    factories.make_appointment(session, provider=provider, starts_at=clock.at(TUESDAY, time(9)))
    url = f"/admin/hours/{provider.public_id}"
    manager.post(f"{url}/exceptions", OFF, status=303)
    assert "Away: Conference" in manager.get(url).text
    row = session.scalar(select(HoursException))
    for status in (303, 404):
        manager.post(f"{url}/exceptions/{row.public_id}/removal", status=status)
    assert "Away: Conference" not in manager.get(url).text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        (
            {"day-on": "03/14/2027", "day-starts": "2:30a", "day-ends": "9a"},
            "starts",
            "02:30 does not exist on 03/14/2027",
        ),
        (
            {"day-on": "11/07/2027", "day-starts": "1:30a", "day-ends": "9a"},
            "starts",
            "01:30 comes twice on 11/07/2027",
        ),
        ({"day-starts": "9a"}, "ends", "both times"),
        ({"day-starts": "9a", "day-ends": "8a"}, "ends", "not after"),
        ({"day-on": "02/30/2026"}, "on", ""),
        ({"day-on": "03/03/2025"}, "on", "That day is over."),
    ],
)
def test_a_day_with_impossible_or_ambiguous_times_is_refused_a8(
    manager, session, provider, changes, field, sentence
):
    page = manager.post(f"/admin/hours/{provider.public_id}/exceptions", OFF | changes, status=422)
    assert sentence in page.select_one(f"#day-{field}-error").text
    assert count(session, HoursException) == 0


def test_another_providers_day_cannot_be_removed_under_this_ones_address_t5(manager, session, provider):
    other = factories.make_provider(session)
    row = HoursException(provider_id=other.id, on=TUESDAY)
    session.add(row)
    session.flush()
    manager.post(f"/admin/hours/{provider.public_id}/exceptions/{row.public_id}/removal", status=404)
    assert count(session, HoursException) == 1


def test_time_is_reserved_for_visit_types_and_released_days_before_a6(manager, session, provider):
    kind = factories.make_visit_type(session, name="New patient")
    url = f"/admin/hours/{provider.public_id}"
    data = RESERVED | {"reserved-visit_types": [kind.public_id], "reserved-release_days": "2"}
    manager.post(f"{url}/reserved", data, status=303)
    row = session.scalar(select(ReservedTime))
    assert (row.visit_type_ids, row.release_days) == ([kind.id], 2)
    assert "2 days before" in manager.get(url).text
    again = manager.post(f"{url}/reserved", data, status=422)
    assert "stands on Tuesdays from 9:00 AM to 10:00 AM already" in again.text
    manager.post(f"{url}/reserved/{row.public_id}/end", {"last_on": "02/01/2026"}, status=303)
    assert count(session, ReservedTime) == 0


def test_only_reserved_time_can_be_released(manager, session, provider):
    data = RESERVED | {"reserved-release_days": "2"}
    page = manager.post(f"/admin/hours/{provider.public_id}/reserved", data, status=422)
    assert page.select_one("#reserved-release_days-error")
    assert count(session, ReservedTime) == 0


def test_the_limit_of_visits_at_once_is_set_and_on_record_a4(manager, session, provider):
    url = f"/admin/hours/{provider.public_id}/limit"
    manager.post(url, {"overlap_limit": "0"}, status=422)
    for _ in range(2):
        manager.post(url, {"overlap_limit": "2"}, status=303)
    assert provider.overlap_limit == 2
    events = session.scalars(select(AuditEvent).where(AuditEvent.action == "provider.limit")).all()
    assert [event.changes for event in events] == [{"overlap_limit": [1, 2]}]


# ---- Closed days ----


def test_the_federal_holidays_of_a_year_are_closed_once_and_editable_a6(manager, session):
    for _ in range(2):
        manager.post("/admin/closures/holidays", {"year": "2026"}, status=303)
    assert count(session, ClinicClosure) == 11
    page = manager.get("/admin/closures?year=2026")
    assert "Thanksgiving Day" in str(page.select_one("main"))
    row = session.scalar(select(ClinicClosure).where(ClinicClosure.on == date(2026, 10, 12)))
    manager.post(f"/admin/closures/{row.public_id}/name", {"name": "Indigenous Peoples' Day"}, status=303)
    assert row.name == "Indigenous Peoples' Day"
    manager.post(f"/admin/closures/{row.public_id}/name", {"name": ""}, status=422)
    for _ in range(2):
        manager.post(f"/admin/closures/{row.public_id}/removal", status=303)
    assert count(session, ClinicClosure) == 10


def test_a_closure_over_days_lists_the_visits_it_meets_and_moves_none_a6(manager, session, provider):
    visit = factories.make_appointment(session, provider=provider, starts_at=clock.at(TUESDAY, time(9)))
    manager.post("/admin/closures", CLOSED | {"last": "03/12/2026"}, status=303)
    assert count(session, ClinicClosure) == 3
    page = manager.get("/admin/closures?year=2026")
    assert "Closed: Power cut" in page.text
    assert session.get(Appointment, visit.id).starts_at == clock.at(TUESDAY, time(9))


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"last": "03/01/2026"}, "last"), ({"last": "12/31/2026"}, "last"), ({"name": ""}, "name")],
)
def test_a_closure_that_cannot_be_is_refused_a6(manager, session, changes, field):
    assert manager.post("/admin/closures", CLOSED | changes, status=422).select_one(f"#{field}-error")
    assert count(session, ClinicClosure) == 0


def test_a_day_that_is_closed_already_is_refused_with_its_name(manager, session):
    manager.post("/admin/closures", CLOSED, status=303)
    page = manager.post("/admin/closures", CLOSED, status=422)
    assert "03/10/2026 is closed already: Power cut" in page.text


def test_a_year_out_of_reach_is_refused(manager, session):
    manager.post("/admin/closures/holidays", {"year": "1999"}, status=422)
    assert count(session, ClinicClosure) == 0


# ---- Rooms and devices ----


@pytest.mark.parametrize(("what", "table"), [("rooms", Room), ("devices", Device)])
def test_a_room_or_device_is_added_once_changed_and_taken_out_of_use_a5(manager, session, what, table):
    data = {f"{what}-name": "Number 9", f"{what}-kind": "Scan"}
    manager.post(f"/admin/rooms/{what}", data, status=303)
    assert "already" in manager.post(f"/admin/rooms/{what}", data, status=422).text
    row = session.scalar(select(table))
    assert (row.kind, row.active) == ("scan", True)
    url = f"/admin/rooms/{what}/{row.public_id}"
    manager.get(url)
    manager.post(url, {"name": "", "kind": "scan"}, status=422)
    manager.post(url, {"name": "Number 10", "kind": "scan"}, status=303)
    assert (row.name, row.active) == ("Number 10", False)


def test_a_change_of_the_rules_keeps_the_audit_chain(manager, session, provider):
    manager.post("/admin/closures", CLOSED, status=303)
    manager.post(f"/admin/hours/{provider.public_id}/pattern", HOURS, status=303)
    assert audit.tail_code(db.session())
    actions = set(session.scalars(select(AuditEvent.action)))
    assert {"closure.add", "hours.add"} <= actions
