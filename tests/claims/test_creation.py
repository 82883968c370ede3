"""Claims come into being at sign-off, as replacements, as voids (C4, C5, C6, C10)."""

from datetime import timedelta
from decimal import Decimal

import pytest

from clinic import claims, clock
from clinic.models import ClaimEvent
from tests import factories


def test_a_signed_visit_makes_one_claim_with_its_lines_and_filing_limit_c5_c10(session, clinic):
    claim = factories.make_claim(session, factories.make_patient(session), scrubbed=False)
    assert claim.state == "draft"
    assert claim.amount_billed == Decimal("170.00")
    assert claim.filing_due_on == claim.service_on + timedelta(days=365)
    assert [line.charge.code for line in claim.lines] == ["99213", "83036"]
    assert len({line.control_number for line in claim.lines}) == 2
    assert claims.create_for(session, claim.encounter) is claim
    events = session.query(ClaimEvent).filter_by(claim_id=claim.id).all()
    assert [event.kind for event in events] == ["created"]


def test_claim_numbers_are_short_decodable_and_never_the_same_c6(session, clinic):
    numbers = [factories.make_claim(session, scrubbed=False).control_number for _ in range(3)]
    assert len(set(numbers)) == 3
    year = clock.today().strftime("%y")
    assert all(number.startswith(f"R{year}-") and len(number) <= 20 for number in numbers)


def test_a_patient_without_coverage_pays_and_has_no_claim(session, clinic):
    patient = factories.make_patient(session)
    encounter = factories.make_encounter(session, patient)
    assert claims.coverage_for(session, patient.id, encounter.service_on) is None
    assert claims.create_for(session, encounter) is None


def test_the_coverage_in_force_on_the_day_is_chosen_over_an_ended_one(session, clinic):
    patient = factories.make_patient(session)
    today = clock.today()
    old = factories.make_coverage(session, patient, terminated_on=today - timedelta(days=20))
    new = factories.make_coverage(session, patient, effective_on=today - timedelta(days=19))
    assert claims.coverage_for(session, patient.id, today).id == new.id
    assert claims.coverage_for(session, patient.id, today - timedelta(days=30)).id == old.id


def test_the_plan_that_the_desk_saw_is_billed_when_the_first_plan_has_ended_c9(session, clinic):
    patient = factories.make_patient(session)
    factories.make_coverage(session, patient, terminated_on=clock.today() - timedelta(days=3))
    second = factories.make_coverage(session, patient, position=2)
    claim = factories.make_claim(session, patient)
    assert (claim.coverage_id, claim.sequence) == (second.id, "P")
    assert "S09" not in {finding.edit for finding in claim.findings}


def test_a_coverage_that_ended_before_the_visit_still_makes_a_claim_which_s09_stops(session, clinic):
    patient = factories.make_patient(session)
    factories.make_coverage(session, patient, terminated_on=clock.today() - timedelta(days=3))
    claim = factories.make_claim(session, patient)
    assert claim.state == "scrub_failed"
    assert "S09" in {finding.edit for finding in claim.findings}


def test_a_replacement_carries_all_lines_and_names_the_old_number_c4(session, clinic):
    claim = factories.make_claim(session)
    claim.state, claim.payer_claim_number, claim.adjudicated_at = "denied", "26065008812", clock.now()
    denial = claims.open_denial(session, claim, group_code="CO", reason_code="197", amount=Decimal("135.00"))
    assert claim.next_action == "Correct"
    made = claims.replace(session, claim)
    assert (made.frequency, made.replaces_id, made.state) == ("7", claim.id, "draft")
    assert [line.charge_id for line in made.lines] == [line.charge_id for line in claim.lines]
    assert not {line.control_number for line in made.lines} & {line.control_number for line in claim.lines}
    assert claim.state == "corrected"
    assert denial.state == "corrected"
    assert (claim.next_action, claim.next_action_on) == ("", None)
    assert claims.replace(session, claim) is made
    claims.scrub(session, made)
    assert made.state == "ready"


def test_a_claim_whose_payer_number_is_unknown_cannot_be_replaced_c4(session, clinic):
    claim = factories.make_claim(session)
    claim.state = "denied"
    with pytest.raises(claims.CannotReplace, match="not known"):
        claims.replace(session, claim)
    assert claim.state == "denied"


def test_a_payer_that_takes_no_replacements_is_told_of_c4(session, clinic):
    payer = factories.make_payer(session, accepts_replacement=False)
    claim = factories.make_claim(session, payer=payer)
    claim.state, claim.payer_claim_number = "denied", "1"
    with pytest.raises(claims.CannotReplace, match="takes no replacement"):
        claims.replace(session, claim)


def test_a_rejected_claim_is_not_replaced_but_sent_again_c2(session, clinic):
    claim = factories.make_claim(session)
    claim.state = "rejected_277CA"
    with pytest.raises(claims.WrongState):
        claims.replace(session, claim)
    with pytest.raises(claims.WrongState):
        claims.void(session, claim)
