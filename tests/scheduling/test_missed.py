"""What a missed visit costs: the patient alone, never with Medicaid, the first time nothing (A2, A3)."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
import time_machine
from sqlalchemy import func, select

from clinic import clock, ledger, scheduling, statements, verify
from clinic.ledger import PATIENT
from clinic.models import Claim, Encounter, MissedVisitFee
from clinic.scheduling import SchedulingError, missed
from tests import factories

TUESDAY = date(2026, 3, 10)
FIFTY = Decimal("50.00")


@pytest.fixture(autouse=True)
def _tuesday_noon():
    with time_machine.travel(datetime(2026, 3, 10, 19, 0, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def kind(session):
    return factories.make_visit_type(
        session, no_show_fee=FIFTY, late_cancel_fee=Decimal("25.00"), fee_grace=0
    )


@pytest.fixture
def patient(session):
    made = factories.make_patient(session)
    missed.set_terms(session, made, date(2026, 1, 5), "")
    return made


def visit(session, patient, kind, hour=9, day=TUESDAY):
    return factories.make_appointment(
        session, patient, starts_at=clock.at(day, time(hour)), visit_type_id=kind.id
    )


def skip(session, patient, kind, **where) -> MissedVisitFee:
    missed_visit = visit(session, patient, kind, **where)
    scheduling.no_show(session, missed_visit, missed_visit.version)
    fee = missed.of_visit(session, missed_visit)
    assert fee is not None
    return fee


def owed(session, patient) -> Decimal:
    return ledger.patient_balance(session, patient.id).patient


def test_a_no_show_is_charged_to_the_patient_and_never_to_a_plan_a3(session, patient, kind):
    factories.make_coverage(session, patient)
    fee = skip(session, patient, kind)
    assert (fee.state, fee.amount, owed(session, patient)) == ("charged", FIFTY, FIFTY)
    balance = ledger.patient_balance(session, patient.id)
    assert balance.insurance == 0
    slip = session.get_one(Encounter, fee.encounter_id)
    assert (slip.kind, slip.charges[0].code) == ("fee", "NOSHOW")
    assert session.scalar(select(func.count(Claim.id))) == 0
    assert all(result.ok for result in verify.checks(session))


def test_a_late_cancel_of_the_patient_has_its_own_fee_and_the_clinics_cancel_none_a2(session, patient, kind):
    late, bumped = visit(session, patient, kind, 15), visit(session, patient, kind, 17)
    scheduling.cancel(session, late, late.version, reason="ill")
    scheduling.cancel(session, bumped, bumped.version, reason="provider away", by="clinic")
    assert owed(session, patient) == Decimal("25.00")
    assert missed.of_visit(session, bumped) is None


@pytest.mark.parametrize("position", [1, 2])
def test_a_patient_whom_medicaid_covers_on_that_day_is_never_charged_a3(session, patient, kind, position):
    medicaid = factories.make_payer(session, name="Oregon Community Medicaid", kind="medicaid")
    factories.make_coverage(session, patient, position=3 - position)
    factories.make_coverage(session, patient, medicaid, position=position)
    fee = skip(session, patient, kind)
    assert (fee.state, owed(session, patient)) == ("not_charged", 0)
    assert "Medicaid forbids" in fee.why


def test_medicaid_that_ended_before_the_visit_blocks_nothing_a3(session, patient, kind):
    medicaid = factories.make_payer(session, kind="medicaid")
    factories.make_coverage(session, patient, medicaid, terminated_on=date(2026, 3, 9))
    assert skip(session, patient, kind).state == "charged"


def test_without_the_signed_agreement_or_with_a_waiver_nothing_is_charged_a3(session, kind):
    stranger, friend = factories.make_patient(session), factories.make_patient(session)
    assert "has not signed" in skip(session, stranger, kind).why
    missed.set_terms(session, friend, date(2026, 1, 5), "Board of the clinic")
    assert "Board of the clinic" in skip(session, friend, kind).why
    later = factories.make_patient(session)
    missed.set_terms(session, later, TUESDAY, "")
    assert skip(session, later, kind, day=TUESDAY - timedelta(days=1)).state == "not_charged"


def test_the_first_missed_visit_in_twelve_months_is_free_and_the_second_is_not_a3(session, patient, kind):
    kind.fee_grace = 1
    first = skip(session, patient, kind, day=TUESDAY - timedelta(days=7))
    assert (first.state, first.why) == ("not_charged", "It is the first missed visit in twelve months.")
    assert skip(session, patient, kind).state == "charged"
    assert owed(session, patient) == FIFTY


def test_undoing_the_no_show_takes_its_fee_back_to_the_cent_a1(session, patient, kind):
    fee = skip(session, patient, kind)
    scheduling.undo(session, fee.appointment, fee.appointment.version)
    assert (fee.state, owed(session, patient)) == ("taken_back", 0)
    scheduling.no_show(session, fee.appointment, fee.appointment.version)
    assert owed(session, patient) == FIFTY
    assert all(result.ok for result in verify.checks(session))


def test_a_fee_that_was_paid_keeps_its_no_show_until_the_money_is_taken_back_a1(session, patient, kind):
    fee = skip(session, patient, kind)
    ledger.receive_and_apply(
        session,
        guarantor_id=patient.guarantor_id,
        amount=FIFTY,
        method="cash",
        patient_id=patient.id,
        key="paid",
    )
    with pytest.raises(SchedulingError, match="was paid or changed"):
        scheduling.undo(session, fee.appointment, fee.appointment.version)
    with pytest.raises(SchedulingError, match="is paid"):
        missed.waive(session, fee, "asked kindly")
    assert fee.appointment.status == "no_show"


def test_a_manager_waives_a_fee_with_a_reason_and_once_a3(session, patient, kind):
    fee = skip(session, patient, kind)
    with pytest.raises(SchedulingError, match="Say why"):
        missed.waive(session, fee, " ")
    for _ in range(2):
        missed.waive(session, fee, "Snow on that day")
    assert (fee.state, fee.why, owed(session, patient)) == ("waived", "Snow on that day", 0)
    charge = session.get_one(Encounter, fee.encounter_id).charges[0]
    assert [reason.amount for reason in ledger.explain(session, charge.id, PATIENT)] == [FIFTY, -FIFTY]


def test_a_type_without_a_fee_costs_nothing_and_writes_nothing(session, patient):
    plain = visit(session, patient, factories.make_visit_type(session))
    scheduling.no_show(session, plain, plain.version)
    assert session.scalar(select(func.count(MissedVisitFee.id))) == 0


def test_the_statement_names_the_fee_in_plain_words(session, patient, kind):
    factories.make_practice(session)
    skip(session, patient, kind)
    bill = statements.bill(session, patient.guarantor_id)
    assert [line.words for each in bill.visits for line in each.lines] == ["Fee for a missed visit"]


def test_an_agreement_of_tomorrow_is_refused(session, patient):
    with pytest.raises(SchedulingError, match="in the future"):
        missed.set_terms(session, patient, TUESDAY + timedelta(days=1), "")
