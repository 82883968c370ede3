"""Changing a booked visit at the desk: type, room, reason, who pays; with and without JavaScript (A1, C9, F1)."""

import pytest
from sqlalchemy import func, select

from clinic import scheduling
from clinic.models import AppointmentMove, AuditEvent, Encounter
from tests import factories
from tests.web.desk_scene import DAY, TUESDAY, _tuesday_morning, at, chen, provider, visit, visit_type

__all__ = ["_tuesday_morning", "chen", "provider", "visit", "visit_type"]


@pytest.fixture
def physical(session):
    return factories.make_visit_type(session, name="Annual physical", minutes=45)


def url(visit) -> str:
    return f"/schedule/appointments/{visit.public_id}/visit"


def changing(visit, **changes):
    return {
        "visit_type": visit.visit_type.public_id,
        "reason": visit.reason,
        "version": str(visit.version),
        "shown": "2026-03-10",
        "view": "day",
        "frame": "480x40",
        **changes,
    }


def test_a_change_draws_the_column_keeps_the_visit_and_is_taken_back_by_the_key(
    front_desk, session, visit, physical
):
    panel = front_desk.get(f"/schedule/appointments/{visit.public_id}?do=change", htmx=True)
    assert panel.select_one("#visit_type option[selected]")["value"] == visit.visit_type.public_id
    assert "Annual physical, 45 min" in panel.select_one("#visit_type").text
    data = changing(visit, visit_type=physical.public_id)
    seen = front_desk.get(DAY).select_one("#schedule")["data-stamp"]
    fragment = front_desk.post(url(visit), data, status=200, htmx=True)
    assert front_desk.response.headers["HX-Retarget"].startswith("#col-")
    assert "CHEN, Bo is changed" in front_desk.response.headers["HX-Trigger"]
    assert (
        "Visit type: Follow-up, now Annual physical. Minutes: 30, now 45."
        in fragment.select_one(".time").text
    )
    assert (visit.visit_type.name, visit.ends_at, visit.reason) == ("Annual physical", at(11, 45), "A1c")
    # Every other desk that looks at the day is told so.
    assert front_desk.get(DAY).select_one("#schedule")["data-stamp"] != seen
    event = session.scalars(select(AuditEvent).where(AuditEvent.action == "appointment.change")).one()
    assert event.changes["visit type"] == ["Follow-up", "Annual physical"]
    undo = changing(visit) | {"bar": "1", "panel": visit.public_id}
    back = f"/schedule/appointments/{visit.public_id}/undo"
    fragment = front_desk.post(back, undo, status=200, htmx=True)
    assert "Change taken back" in fragment.select_one(".time").text
    assert (visit.visit_type.name, visit.ends_at) == ("Follow-up", at(11, 30))


def test_without_javascript_the_day_follows_with_the_changed_visit(front_desk, session, visit, chen):
    factories.make_coverage(session, chen, copay=25)
    page = front_desk.get(f"/schedule/appointments/{visit.public_id}?do=change")
    assert page.select_one("#panel form[method=post] button[data-plain=Change]")
    front_desk.post(url(visit), changing(visit, reason="Cough", case="patient"), status=303)
    page = front_desk.get(front_desk.location)
    assert "is changed" in page.select_one("#flash").text
    panel = page.select_one("#panel").text
    assert "Cough" in panel
    assert "Patient pays, plan not used" in panel
    assert visit.self_pay is True


def test_bad_input_comes_back_with_what_was_typed_and_changes_nothing(front_desk, visit):
    data = changing(visit, minutes="3", reason="Cough", visit_type="none")
    form = front_desk.post(url(visit), data, status=422, htmx=True)
    assert "Enter between 5 and 600" in form.select_one("#minutes-error").text
    assert form.select_one("#visit_type-error")
    assert form.select_one("#reason")["value"] == "Cough"
    assert (visit.reason, visit.version) == ("A1c", 1)


def test_only_who_books_changes_a_visit(biller, visit):
    biller.post(url(visit), changing(visit, reason="Cough"), status=403)
    assert visit.reason == "A1c"


def test_the_second_click_changes_nothing_more(front_desk, session, visit, physical):
    data = changing(visit, visit_type=physical.public_id, reason="")
    for _ in range(2):
        front_desk.post(url(visit), data, status=303)
    assert session.scalar(select(func.count()).where(AppointmentMove.from_visit_type_id.is_not(None))) == 1


def test_of_two_who_change_the_slower_reads_the_other_and_keeps_what_was_typed(
    cast, session, visit, physical
):
    one, other = cast("front_desk"), cast("manager")
    old = changing(visit, reason="Cough")
    one.post(url(visit), changing(visit, visit_type=physical.public_id), status=303)
    form = other.post(url(visit), old, status=409, htmx=True)
    assert "was changed by" in form.select_one("#panel [role=alert]").text
    assert form.select_one("#reason")["value"] == "Cough"
    assert "On record now: Annual physical, 45 min" in form.select_one("#visit_type-error").text
    again = {"visit_type": physical.public_id, "version": form.select_one("[name=version]")["value"]}
    other.post(url(visit), old | again, status=303)
    assert (visit.reason, visit.visit_type.name) == ("Cough", "Annual physical")


def test_a_caution_and_a_taken_place_are_asked_about_in_the_form_a4(
    front_desk, clinician, session, visit, chen, provider, visit_type
):
    new = factories.make_visit_type(session, name="Yearly", minutes=45, patient_kind="established")
    form = front_desk.post(url(visit), changing(visit, visit_type=new.public_id), status=422, htmx=True)
    assert "established patients" in form.select_one("#panel [role=alert]").text
    assert visit.visit_type.name == "Follow-up"
    scheduling.book(session, factories.make_patient(session), provider, visit_type, at(11, 30))
    asked = {name: form.select_one(f"input[name={name}]")["value"] for name in ("accepted", "asked_of")}
    data = changing(visit, visit_type=new.public_id) | asked
    form = front_desk.post(url(visit), data, status=409, htmx=True)
    assert "That time is taken." in form.select_one("#panel").text
    beside = {"overbook_reason": "Needs time", "asked_of": form.select_one("input[name=asked_of]")["value"]}
    clinician.post(url(visit), data | beside, status=403)
    front_desk.post(url(visit), data | beside, status=303)
    assert (visit.overbooked, visit.ends_at) == (True, at(11, 45))


def test_a_visit_that_is_over_or_signed_says_why_it_is_changed_no_more(front_desk, session, visit, provider):
    session.add(
        Encounter(
            appointment_id=visit.id, patient_id=visit.patient_id, provider_id=provider.id, service_on=TUESDAY,
            state="signed",
        )
    )  # fmt: skip
    session.flush()
    panel = front_desk.get(f"/schedule/appointments/{visit.public_id}?do=change", htmx=True)
    assert "charges of this visit are signed" in panel.text
    assert panel.select_one("form[action$='/visit']") is None
    form = front_desk.post(url(visit), changing(visit, reason="Cough"), status=409, htmx=True)
    assert "charges of this visit are signed" in form.select_one("#panel [role=alert]").text
    gone = factories.make_appointment(session, provider=provider, starts_at=at(9), status="late_cancel")
    assert front_desk.get(f"{DAY}?appointment={gone.public_id}").select_one("[data-key=e]") is None
    front_desk.post(url(gone), changing(gone, reason="Cough"), status=409)
    assert (visit.reason, gone.reason) == ("A1c", "Follow-up")
