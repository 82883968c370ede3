"""The clocks of good-faith estimates, and what stands in the front desk's list (F1, 45 CFR 149.610)."""

from datetime import date, time, timedelta
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import clock, estimates, ledger, statements
from clinic.estimates import business_days, good_faith, parse
from clinic.models import AppointmentSeries, Statement, StoredFile
from tests import factories
from tests.estimates.house import visit

D = Decimal
PAPER = b"%PDF-1.7 synthetic"


@pytest.mark.parametrize(
    ("booked", "service", "due"),
    [
        (date(2026, 11, 16), date(2026, 11, 18), None),
        (date(2026, 11, 16), date(2026, 11, 19), date(2026, 11, 17)),
        (date(2026, 11, 16), date(2026, 11, 30), date(2026, 11, 17)),
        (date(2026, 11, 16), date(2026, 12, 1), date(2026, 11, 19)),
        (date(2026, 11, 25), date(2026, 12, 1), date(2026, 11, 27)),
        (date(2026, 11, 20), date(2026, 11, 25), date(2026, 11, 23)),
    ],
)
def test_three_business_days_ahead_is_due_within_one_and_ten_within_three_f1(booked, service, due):
    assert good_faith.due_by(booked, service) == due


def test_a_request_is_answered_within_three_business_days_f1():
    assert good_faith.due_when_asked(date(2026, 11, 25)) == date(2026, 12, 1)


def test_federal_holidays_are_no_business_days():
    assert business_days.holidays(2026) >= {
        date(2026, 1, 1), date(2026, 1, 19), date(2026, 2, 16), date(2026, 5, 25), date(2026, 6, 19), date(2026, 7, 3),
        date(2026, 9, 7), date(2026, 10, 12), date(2026, 11, 11), date(2026, 11, 26), date(2026, 12, 25),
    }  # fmt: skip
    assert date(2021, 12, 31) in business_days.holidays(2021)
    assert business_days.after(date(2026, 11, 30), -1) == date(2026, 11, 27)


def booked(session, ago, ahead, **changes):
    """A self-pay visit booked some days ago, for some days ahead."""
    when = clock.now() - timedelta(days=ago)
    return visit(session, covered=False, days=ahead, appointment={"booked_at": when}, **changes)


def standing(session, here):
    return good_faith.standing(session, here.appointment)


def test_a_self_pay_visit_owes_an_estimate_and_a_covered_one_does_not_f1(session):
    here = booked(session, 0, 30)
    found = standing(session, here)
    assert (found.state, found.due_on) == ("due", business_days.after(clock.today(), 3))
    assert good_faith.standing(session, visit(session, days=30).appointment) is None


def test_what_is_late_stands_on_top_of_the_list_f1(session):
    late, soon = booked(session, 20, 40), booked(session, 0, 30)
    visit(session, days=30)
    booked(session, 0, 1)
    found = good_faith.worklist(session)
    assert [each.appointment.id for each in found] == [late.appointment.id, soon.appointment.id]
    assert [each.state for each in found] == ["overdue", "due"]


def test_a_coverage_that_ends_before_the_visit_leaves_it_self_pay_f1(session):
    here = visit(session, days=40, coverage={"terminated_on": clock.today() + timedelta(days=5)})
    assert standing(session, here).state == "due"
    assert [each.appointment.id for each in good_faith.worklist(session)] == [here.appointment.id]


def test_a_given_estimate_is_kept_as_it_was_and_ends_the_clock_f1(session):
    here = booked(session, 20, 40)
    estimate = estimates.save(session, here.appointment, parse("99213"), key="e1")
    assert estimate.kind == "self_pay"
    step = good_faith.give(session, here.appointment, estimate, "mail", PAPER, "g1")
    again = good_faith.give(session, here.appointment, estimate, "mail", PAPER, "g1")
    assert step.id == again.id
    assert session.get_one(StoredFile, step.file_id).content() == PAPER
    assert standing(session, here).state == "given"
    assert good_faith.worklist(session) == []


def test_a_changed_estimate_is_given_anew_a_business_day_before_the_visit_f1(session):
    here = booked(session, 20, 40)
    first = estimates.save(session, here.appointment, parse("99213"), key="e1")
    good_faith.give(session, here.appointment, first, "in_person", PAPER, "g1")
    second = estimates.save(session, here.appointment, parse("99213, 83036"), key="e2")
    found = standing(session, here)
    assert (found.state, found.due_on) == ("changed", business_days.after(second.service_on, -1))
    with pytest.raises(estimates.EstimateRefused, match="changed meanwhile"):
        good_faith.give(session, here.appointment, first, "in_person", PAPER, "g2")
    good_faith.give(session, here.appointment, second, "in_person", PAPER, "g3")
    assert standing(session, here).state == "given"


def test_another_provider_makes_a_given_estimate_due_again_f1(session):
    here = booked(session, 20, 40)
    first = estimates.save(session, here.appointment, parse("99213"), key="e1")
    good_faith.give(session, here.appointment, first, "in_person", PAPER, "g1")
    here.appointment.provider_id = factories.make_provider(session).id
    assert standing(session, here).state == "changed"
    second = estimates.save(session, here.appointment, parse("99213"), key="e2")
    good_faith.give(session, here.appointment, second, "in_person", PAPER, "g2")
    assert standing(session, here).state == "given"


def test_a_covered_patient_who_asks_starts_the_clock_too_f1(session):
    here = visit(session, days=30)
    good_faith.ask(session, here.appointment, "a1")
    found = standing(session, here)
    assert (found.state, found.due_on, found.reason) == (
        "due", business_days.after(clock.today(), 3), "the patient asked",
    )  # fmt: skip
    estimate = estimates.save(session, here.appointment, parse("99213"), without_plan=True, key="e1")
    assert estimate.expected == Decimal("135.00")
    good_faith.give(session, here.appointment, estimate, "e_mail", PAPER, "g1")
    assert standing(session, here).state == "given"


def test_a_visit_booked_two_days_ahead_owes_none_until_the_patient_asks_f1(session):
    here = booked(session, 0, 1)
    assert standing(session, here).state == "not_needed"
    good_faith.ask(session, here.appointment, "a1")
    assert standing(session, here).state == "due"


def passed(session, here, days):
    """The same visit, so many days later."""
    for name in ("starts_at", "ends_at", "booked_at"):
        setattr(here.appointment, name, getattr(here.appointment, name) - timedelta(days=days))
    session.flush()
    return here


def test_what_was_owed_stays_in_the_list_after_the_visit_until_it_is_given_or_closed_f1(session):
    here, older = passed(session, booked(session, 20, 40), 45), passed(session, booked(session, 20, 40), 75)
    assert [each.appointment.id for each in good_faith.worklist(session)] == [here.appointment.id]
    assert standing(session, here).state == "overdue"
    with pytest.raises(estimates.EstimateRefused, match="Say why"):
        good_faith.close(session, here.appointment, "", "c1")
    step = good_faith.close(session, here.appointment, "not_given", "c1")
    assert good_faith.close(session, here.appointment, "not_given", "c1").id == step.id
    assert standing(session, here).state == "closed"
    assert good_faith.worklist(session) == []
    assert standing(session, older).state == "overdue"


def test_one_that_is_still_to_come_is_not_closed_and_one_that_has_passed_is_not_asked_for_f1(session):
    coming = booked(session, 20, 40)
    with pytest.raises(estimates.EstimateRefused, match="has passed is closed"):
        good_faith.close(session, coming.appointment, "declined", "c1")
    with pytest.raises(estimates.EstimateRefused, match="has passed"):
        good_faith.ask(session, passed(session, coming, 45).appointment, "a1")


def test_one_estimate_covers_the_same_visits_of_a_series_for_twelve_months_f1(session):
    here = booked(session, 20, 40)
    first = here.appointment
    series = AppointmentSeries(
        key="s1", patient_id=here.patient.id, provider_id=first.provider_id, visit_type_id=first.visit_type_id,
        minutes=30, zone="America/Los_Angeles", wall_time=time(10), weekdays=[0], every=1, times=4,
        first_on=clock.today(), booked_at=clock.now(),
    )  # fmt: skip
    session.add(series)
    session.flush()
    here.appointment.series_id = series.id
    weeks, kind = (1, 2, 60), here.appointment.visit_type_id
    later = [
        factories.make_appointment(
            session, here.patient, here.appointment.provider, visit_type_id=kind, series_id=series.id,
            booked_at=here.appointment.booked_at, starts_at=here.appointment.starts_at + timedelta(weeks=each),
        )
        for each in weeks
    ]  # fmt: skip
    estimate = estimates.save(session, here.appointment, parse("99213"), key="e1")
    covered = estimates.recurring.visits_of(session, here.appointment, estimate)
    assert covered == later[:2]
    good_faith.give(session, here.appointment, estimate, "mail", PAPER, "g1", also=covered)
    assert [good_faith.standing(session, each).state for each in later] == ["given", "given", "overdue"]
    # Another provider is another estimate, told again before the visit.
    later[0].provider_id = factories.make_provider(session).id
    session.flush()
    assert good_faith.standing(session, later[0]).state == "changed"


@pytest.mark.parametrize(("more", "waits"), [("399.99", False), ("400.00", True)])
def test_a_bill_far_above_its_estimate_waits_until_it_is_corrected_or_let_go_f1(session, more, waits):
    here = booked(session, 20, 0)
    estimate = estimates.save(session, here.appointment, parse("99213"), key="e1")
    good_faith.give(session, here.appointment, estimate, "mail", PAPER, "g1")
    slip = factories.make_encounter(
        session, here.patient, appointment_id=here.appointment.id, state="signed",
        lines=(("99213", "135.00"), ("20610", more)),
    )  # fmt: skip
    guarantor_id = here.patient.guarantor_id
    ledger.post_charges(session, slip, payer_id=None, guarantor_id=guarantor_id, key="slip")
    found = estimates.overruns.worklist(session)
    assert [(each.estimate.id, each.above) for each in found] == ([(estimate.id, D(more))] if waits else [])
    seen = statements.preview(session)
    assert [bool(seen.left_out), bool(seen.ready)] == [waits, not waits]
    if not waits:
        return
    assert "good-faith estimate" in seen.left_out[0].reason
    with pytest.raises(estimates.EstimateRefused, match="Say why"):
        estimates.overruns.let_go(session, here.appointment, " ", "b1")
    for key in ("b1", "b1", "b2"):
        estimates.overruns.let_go(session, here.appointment, "Two joints, told by phone", key)
    assert estimates.overruns.worklist(session) == []
    assert good_faith.standing(session, here.appointment).state == "given"
    statements.start(session, "run")
    told = session.scalars(select(Statement)).one().details["above"]
    assert [(each["estimate"], each["billed"]) for each in told] == [("135.00", "535.00")]
