"""Changing what a booked visit is for, in its place, and taking it back (A1, A4, A5, C9, F1)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import charges, clock, eligibility, scheduling
from clinic.estimates import good_faith
from clinic.models import AppointmentMove, Device, Encounter, Work
from clinic.patients import in_force
from clinic.patients.cases import open_case, set_case
from clinic.scheduling import changing, flow_rows, rows, undoing
from clinic.scheduling.booking_card import booking_card
from clinic.scheduling.errors import AppointmentChanged, IllegalMove, NeedsConfirmation, SchedulingConflict
from tests import factories

TUESDAY = date(2026, 3, 10)


def at(hour, minute=0, day=TUESDAY):
    return clock.at(day, time(hour, minute))


@pytest.fixture(autouse=True)
def _tuesday():
    with time_machine.travel(datetime(2026, 3, 10, 15, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def patient(session):
    factories.make_practice(session)
    return factories.make_patient(session)


@pytest.fixture
def follow_up(session):
    return factories.make_visit_type(session, name="Follow-up")


@pytest.fixture
def heart(session):
    factories.make_room(session, name="Lab", kind="lab")
    session.add(Device(name="ECG 1", kind="ecg"))
    return factories.make_visit_type(
        session, name="Stress test", minutes=60, provider_until=20, buffer_minutes=10, room_kind="lab",
        device_kind="ecg", service_type="5",
    )  # fmt: skip


@pytest.fixture
def visit(session, patient, follow_up):
    return scheduling.book(session, patient, factories.make_provider(session), follow_up, at(11))


def change(session, visit, **changes):
    now = {
        "visit_type": visit.visit_type,
        "keep_room": True,
        "reason": visit.reason,
        "self_pay": visit.self_pay,
    }
    return scheduling.change(session, visit, changes.pop("version", visit.version), **now | changes)


def asked(session, visit):
    query = select(func.count()).where(Work.job == "jobs.eligibility.at_booking", Work.subject_id == visit.id)
    return session.scalar(query)


def test_another_type_brings_its_length_its_providers_part_a_room_and_a_device_and_all_is_taken_back_a5(
    session, visit, heart
):
    was = (visit.visit_type_id, visit.ends_at, visit.room_id, visit.device_id, visit.busy_until, visit.reason)
    change(session, visit, visit_type=heart)
    assert visit.ends_at == at(12)
    assert (visit.busy_from, visit.busy_until) == (at(11), at(11, 30))
    assert (visit.room.name, visit.device.name, visit.reason) == ("Lab", "ECG 1", "Stress test")
    assert asked(session, visit) == 2  # another kind of service is another question (E1)
    told = scheduling.history(session, visit)[0]
    assert told.what == "Changed"
    assert "Visit type: Follow-up, now Stress test. Minutes: 30, now 60. Room: none, now Lab." in told.note
    undoing.take_back(session, visit, visit.version)
    assert was == (
        visit.visit_type_id, visit.ends_at, visit.room_id, visit.device_id, visit.busy_until, visit.reason,
    )  # fmt: skip
    assert [each.what for each in scheduling.history(session, visit)][:2] == ["Change taken back", "Changed"]
    assert asked(session, visit) == 3


def test_the_same_change_again_is_nothing_and_an_old_page_reads_who_was_faster(session, visit, heart):
    version = visit.version
    change(session, visit, visit_type=heart)
    lines = session.scalar(select(func.count(AppointmentMove.id)))
    change(session, visit, visit_type=heart, version=version)
    assert session.scalar(select(func.count(AppointmentMove.id))) == lines
    with pytest.raises(
        AppointmentChanged, match=r"was changed by .*: Visit type: Follow-up, now Stress test"
    ):
        change(session, visit, reason="Cough", version=version)


def test_only_what_the_change_brings_is_asked_about_and_a_reason_alone_asks_nothing_a4(session, visit):
    new = factories.make_visit_type(session, name="Annual", minutes=45, patient_kind="established")
    with pytest.raises(NeedsConfirmation) as unsure:
        change(session, visit, visit_type=new)
    assert [each.code for each in unsure.value.warnings] == ["kind"]
    change(session, visit, visit_type=new, accepted=["kind"])
    change(session, visit, visit_type=new, reason="Yearly look")
    assert visit.reason == "Yearly look"
    with pytest.raises(NeedsConfirmation, match="outside the hours"):
        change(session, visit, minutes=480)
    change(session, visit, minutes=480, accepted=["hours"], closed_reason="Stays late")
    change(session, visit, minutes=45)
    assert visit.closed_reason == ""


def test_a_longer_visit_does_not_run_into_the_next_one_unless_with_a_reason_a4(session, visit, follow_up):
    scheduling.book(session, factories.make_patient(session), visit.provider, follow_up, at(11, 30))
    with pytest.raises(SchedulingConflict):
        change(session, visit, minutes=45)
    assert visit.ends_at == at(11, 30)
    change(session, visit, minutes=45, overbook_reason="Needs a dressing")
    assert (visit.ends_at, visit.overbooked) == (at(11, 45), True)
    undoing.take_back(session, visit, visit.version)
    assert (visit.ends_at, visit.overbooked, visit.overbook_reason) == (at(11, 30), False, "")


def test_a_visit_that_is_over_or_signed_is_changed_no_more_and_says_why(session, visit):
    session.add(
        Encounter(
            appointment_id=visit.id,
            patient_id=visit.patient_id,
            provider_id=visit.provider_id,
            service_on=TUESDAY,
            state="signed",
        )
    )
    with pytest.raises(IllegalMove, match="charges of this visit are signed"):
        change(session, visit, reason="Cough")
    other = factories.make_appointment(session, status="no_show")
    with pytest.raises(IllegalMove, match="stands as no-show"):
        change(session, other, reason="Cough")
    assert changing.cannot_change(session, factories.make_appointment(session)) == ""


def test_a_plan_that_the_patient_declines_answers_bills_and_authorizes_nothing_f1(session, patient, visit):
    plan = factories.make_coverage(session, patient, copay=20)
    change(session, visit, self_pay=True)
    assert eligibility.coverage_for(session, visit) is None
    assert eligibility.ask_ahead(session, visit.id) == []
    assert eligibility.ask_at_arrival(session, visit) is None
    assert eligibility.copay_due(session, visit).amount == 0
    begins, ends = clock.day_bounds(TUESDAY)
    assert rows.visits(session, begins, ends, None)[0].payer is None
    assert flow_rows.today(session)[0].Coverage is None
    assert in_force.plan_on([plan], TUESDAY, self_pay=True) is None
    assert booking_card(session, patient, visit.visit_type, TUESDAY, self_pay=True).coverage is None
    encounter = Encounter(
        appointment_id=visit.id, patient_id=patient.id, provider_id=visit.provider_id, service_on=TUESDAY
    )
    assert charges.coverage_billed(session, encounter) is None
    assert (
        "Paid by: the patient's plan, now the patient, plan not used."
        in scheduling.history(session, visit)[0].note
    )
    # Back to the plan: its payer is asked again, and is billed.
    before = asked(session, visit)
    change(session, visit, self_pay=False)
    assert charges.coverage_billed(session, encounter).id == plan.id
    assert asked(session, visit) == before + 1


def test_a_visit_is_paid_by_an_accidents_insurer_or_by_the_patient_never_by_both_c9(session, patient, visit):
    case = open_case(
        session, patient, factories.make_payer(session), kind="work", injured_on=date(2026, 3, 2),
        claim_number="WC 1", employer="Rivermill",
    )  # fmt: skip
    change(session, visit, self_pay=True, case=case)
    assert (visit.case_id, visit.self_pay) == (case.id, False)
    change(session, visit, self_pay=True)
    set_case(session, visit, case)
    assert (visit.case_id, visit.self_pay) == (case.id, False)


def test_who_declines_medicare_or_medicaid_is_asked_about(session, patient, visit):
    factories.make_coverage(
        session, patient, factories.make_payer(session, kind="medicaid", name="State Plan")
    )
    with pytest.raises(NeedsConfirmation, match="State Plan pays for covered care"):
        change(session, visit, self_pay=True)
    assert visit.self_pay is False
    change(session, visit, self_pay=True, accepted=["paying"])
    assert visit.self_pay is True


def test_declining_the_plan_starts_the_good_faith_clock_on_that_day_and_another_type_asks_for_a_new_one_f1(
    session, patient, visit, follow_up
):
    factories.make_coverage(session, patient)
    provider = factories.make_provider(session)
    later = at(9, day=TUESDAY + timedelta(days=30))
    late = scheduling.book(session, patient, provider, follow_up, later)
    late.booked_at = clock.now() - timedelta(days=60)
    assert good_faith.standing(session, late) is None
    change(session, late, self_pay=True)
    found = good_faith.standing(session, late)
    assert (found.state, found.due_on) == ("due", date(2026, 3, 13))
    assert [each.appointment.id for each in good_faith.worklist(session)] == [late.id]
    booked = scheduling.book(session, patient, provider, follow_up, later + timedelta(hours=2), self_pay=True)
    assert asked(session, booked) == 0
    assert good_faith.standing(session, booked).due_on == date(2026, 3, 13)
