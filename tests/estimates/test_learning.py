"""What came of estimates, as the remittances say, by payer and by source (E9)."""

from datetime import timedelta
from decimal import Decimal

from sqlalchemy import select

from clinic import clock, estimates
from clinic.estimates import parse
from clinic.models import Appointment, Encounter, EstimateOutcome, Patient
from tests import factories
from tests.estimates.house import answered, contract, visit
from tests.remittances import house

D = Decimal


def claim_of_an_estimate(session, services="99213", lines=(("99213", "135.00"),), **changes):
    """A visit that was estimated, took place and whose claim is at the payer."""
    here = visit(session)
    contract(session, here.payer, c99213="92.00", c83036="20.00")
    claim = house.claim_at_payer(session, *lines, payer=here.payer, **changes)
    patient = session.get_one(Patient, claim.patient_id)
    appointment = factories.make_appointment(
        session,
        patient,
        visit_type_id=here.appointment.visit_type_id,
        starts_at=clock.now() - timedelta(days=10),
    )
    answered(session, claim.coverage)
    estimate = estimates.save(session, appointment, parse(services), key=f"e{claim.id}")
    session.get_one(Encounter, claim.encounter_id).appointment_id = appointment.id
    session.flush()
    return claim, estimate


def pay(session, claim, share, trace="EFT1", **changes):
    paid = str(D("92.00") - D(share))
    line = house.paid_line(claim, 0, paid, ("CO", "45", "43.00"), ("PR", "3", share))
    return house.pay(session, claim, house.answer(claim, line), trace=trace, **changes)


def outcomes(session):
    return session.scalars(select(EstimateOutcome).order_by(EstimateOutcome.id)).all()


def test_the_error_is_recorded_when_the_remittance_is_posted_e9(session):
    claim, estimate = claim_of_an_estimate(session)
    remittance = pay(session, claim, "40.00")
    (found,) = outcomes(session)
    assert (found.estimate_id, found.remittance_id) == (estimate.id, remittance.id)
    assert (found.expected, found.actual, found.same_services) == (D("25.00"), D("40.00"), True)


def test_a_visit_that_its_insurer_has_not_settled_waits_e9(session):
    claim, _ = claim_of_an_estimate(session, lines=(("99213", "135.00"), ("83036", "35.00")))
    house.pay(
        session,
        claim,
        house.answer(
            claim,
            house.paid_line(claim, 0, "67.00", ("CO", "45", "43.00"), ("PR", "3", "25.00")),
            house.paid_line(claim, 1, "0.00", ("CO", "16", "35.00")),
        ),
    )
    assert outcomes(session) == []


def test_a_visit_that_brought_other_services_than_estimated_says_so_e9(session):
    claim, _ = claim_of_an_estimate(session, services="99213, 83036")
    pay(session, claim, "25.00")
    assert [row.same_services for row in outcomes(session)] == [False]


def test_a_correction_is_a_further_row_and_the_same_result_is_none_e9(session):
    claim, _ = claim_of_an_estimate(session)
    pay(session, claim, "25.00")
    assert estimates.learn(session, [claim.encounter_id]) == 0
    assert len(outcomes(session)) == 1


def test_the_report_counts_what_came_within_ten_dollars_or_a_tenth_by_payer_and_source_e9(session):
    for number, share in enumerate(("25.00", "34.00", "60.00")):
        claim, _ = claim_of_an_estimate(session)
        pay(session, claim, share, trace=f"EFT{number}")
    found = estimates.report(session, clock.now() - timedelta(days=1))
    assert (found.whole.count, found.whole.close) == (3, 2)
    assert (found.whole.mean_error, found.whole.mean_distance) == (D("14.67"), D("14.67"))
    assert [each.name for each in found.sources] == ["Contract"]
    assert len(found.payers) == 3
    assert [row.actual for row in found.furthest] == [D("60.00"), D("34.00"), D("25.00")]


def test_near_is_ten_dollars_or_a_tenth_e9():
    assert estimates.is_close(D("0.00"), D("10.00"))
    assert not estimates.is_close(D("0.00"), D("10.01"))
    assert estimates.is_close(D("450.00"), D("500.00"))


def test_no_estimate_is_nothing_to_learn_from(session):
    claim = house.claim_at_payer(session, ("99213", "135.00"))
    pay(session, claim, "25.00")
    assert outcomes(session) == []
    assert session.scalars(select(Appointment)).all() == []
