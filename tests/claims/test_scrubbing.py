"""Findings beside the claim, and the state that follows (CL-1, C1)."""

from datetime import date, timedelta

import pytest

from clinic import claims, clock
from clinic.models import AddOn, Authorization, CodePair, Coverage, Enrolment, Procedure
from tests import factories


def edits_of(claim, severity="Block"):
    return {finding.edit for finding in claim.findings if finding.severity == severity}


def test_a_clean_claim_is_ready_and_clean_first_time_cl_1(session, clinic):
    claim = factories.make_claim(session)
    assert claim.state == "ready", [(f.edit, f.message) for f in claim.findings]
    assert claim.clean_first_time is True


def test_a_blocked_claim_is_not_clean_first_time_even_after_it_was_mended_cl_1(session, clinic):
    patient = factories.make_patient(session)
    coverage = factories.make_coverage(session, patient, member_id="")
    claim = factories.make_claim(session, patient)
    assert (claim.state, claim.clean_first_time) == ("scrub_failed", False)
    assert "S01" in edits_of(claim)
    coverage.member_id = "MHP100200"
    assert claims.rescrub(session, [claim]) == 1
    assert (claim.state, claim.clean_first_time) == ("ready", False)


def test_a_missing_enrolment_blocks_and_an_active_one_frees_k11(session, clinic):
    payer = factories.make_payer(session)
    enrolment = session.query(Enrolment).filter_by(payer_id=payer.id, transaction_kind="837").one()
    enrolment.state = "asked"
    claim = factories.make_claim(session, payer=payer)
    assert edits_of(claim) == {"K11"}
    enrolment.state = "active"
    claims.rescrub(session)
    assert claim.state == "ready"


def test_a_code_that_wants_authorization_blocks_until_one_is_chosen_k02(session, clinic):
    payer = factories.make_payer(session, needs_authorization=["99213"])
    claim = factories.make_claim(session, payer=payer)
    assert edits_of(claim) == {"K02"}
    row = Authorization(
        coverage_id=claim.coverage_id,
        number="AUTH66120471",
        codes=["99213"],
        starts_on=claim.service_on - timedelta(days=5),
        ends_on=claim.service_on + timedelta(days=5),
        visits_allowed=6,
    )
    session.add(row)
    session.flush()
    claims.set_authorization(session, claim, row)
    assert claim.state == "ready"


def test_the_clinics_tables_answer_l01_l07_l13_and_say_not_checked_without_rows(session, clinic):
    claim = factories.make_claim(session)
    assert {"L07", "L13"} <= edits_of(claim, "Info")
    session.add_all(
        [
            CodePair(column1="99213", column2="83036", indicator="0", effective_on=date(2020, 1, 1)),
            AddOn(code="83036", primary_code="80053"),
        ]
    )
    procedure = session.query(Procedure).filter_by(code="99213").one()
    procedure.ended_on = claim.service_on - timedelta(days=1)
    session.flush()
    claims.rescrub(session)
    assert {"L01", "L07", "L13"} <= edits_of(claim)


def test_a_heading_as_diagnosis_blocks_d01(session, clinic):
    claim = factories.make_claim(session, diagnoses=["E11"])
    assert "D01" in edits_of(claim)


def test_a_second_claim_for_the_same_service_blocks_l18(session, clinic):
    patient, provider = factories.make_patient(session), factories.make_provider(session)
    first = factories.make_claim(session, patient, provider=provider)
    first.state = "transmitted"
    second = factories.make_claim(session, patient, provider=provider)
    assert "L18" in edits_of(second)


def test_lines_mended_on_the_slip_are_taken_over_and_stay_numbered_c5(session, clinic):
    claim = factories.make_claim(session)
    kept = claim.lines[1].control_number
    session.delete(claim.lines[0])
    session.flush()
    session.refresh(claim, ["lines"])
    claims.scrub(session, claim)
    assert [line.charge.code for line in claim.lines] == ["99213", "83036"]
    assert claim.lines[1].control_number == kept


def test_a_held_claim_stays_held_through_a_scrub_and_a_sent_one_is_refused_c11(session, clinic):
    claim = factories.make_claim(session)
    claims.hold(session, claim, "Waiting for documentation", clock.today())
    claims.rescrub(session)
    assert claim.state == "held"
    claims.release(session, claim)
    assert claim.state == "ready"
    claim.state = "transmitted"
    with pytest.raises(claims.WrongState):
        claims.scrub(session, claim)


def test_forty_claims_are_scrubbed_in_the_queries_of_two(session, clinic, count_queries):
    payer, provider = factories.make_payer(session), factories.make_provider(session)

    def make(count):
        for _ in range(count):
            factories.make_claim(session, payer=payer, provider=provider, scrubbed=False)
        session.expire_all()

    make(2)
    with count_queries() as few:
        claims.rescrub(session)
    make(40)
    with count_queries() as many:
        claims.rescrub(session)
    assert session.query(Coverage).count() == 42
    assert many.selects <= few.selects + 3
