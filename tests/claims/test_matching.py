"""A payment finds its claim by number, never by a guess (R8)."""

from decimal import Decimal

from clinic import claims
from clinic.claims import Question
from tests import factories
from tests.claims.answers import send_all


def test_our_own_number_matches_exactly_in_every_version_that_was_sent_r8(session, clinic):
    claim = factories.make_claim(session)
    send_all(session, [claim])
    claim.state = "rejected_277CA"
    claims.resend(session, claim)
    for number in (claim.control_number, f"{claim.control_number}-2"):
        found = claims.match(session, Question(number, amount_billed=Decimal("170.00")))
        assert (found.claim, found.by, found.warning) == (claim, "control_number", "")
    assert claims.match(session, Question(f"{claim.control_number}-3")).claim is None


def test_the_payers_number_is_the_second_way_r8(session, clinic):
    claim = factories.make_claim(session)
    claim.payer_claim_number = "26065008812"
    found = claims.match(session, Question("UNKNOWN", payer_claim_number="26065008812"))
    assert (found.claim, found.by) == (claim, "payer_claim_number")


def test_another_name_on_our_number_is_a_warning_and_three_differences_are_an_exception_r8(session, clinic):
    claim = factories.make_claim(session)
    send_all(session, [claim])
    named = Question(claim.control_number, last_name="Dunn", amount_billed=Decimal("170.00"))
    found = claims.match(session, named)
    assert found.claim is claim
    assert "Dunn" in found.warning
    strange = Question(
        claim.control_number, last_name="Dunn", member_id="OTHER1", amount_billed=Decimal("99.00")
    )
    found = claims.match(session, strange)
    assert found.claim is None
    assert "all differ" in found.reason
    assert found.candidates[0].claim is claim


def test_candidates_are_scored_and_never_taken_by_themselves_r8(session, clinic):
    patient = factories.make_patient(session)
    coverage = factories.make_coverage(session, patient)
    near, far = (
        factories.make_claim(session, patient),
        factories.make_claim(session, patient, lines=(("99214", "185.00"),)),
    )
    asked = Question(
        "LOST",
        member_id=coverage.member_id.lower(),
        last_name="Whitfield",
        first_name="Dan",
        service_on=near.service_on,
        amount_billed=Decimal("170.00"),
    )
    found = claims.match(session, asked)
    assert found.claim is None
    assert [each.claim for each in found.candidates] == [near, far]
    assert found.candidates[0].score == 100
    assert "charge" in found.candidates[0].why


def test_a_stranger_has_no_candidates_r8(session, clinic):
    factories.make_claim(session)
    found = claims.match(session, Question("X", last_name="Nobody", member_id="Z"))
    assert found.candidates == ()
    assert "no claim of ours" in found.reason


def test_a_thousand_numbers_are_matched_in_a_constant_number_of_queries(session, clinic, count_queries):
    made = [factories.make_claim(session, scrubbed=False) for _ in range(30)]
    asked = [Question(claim.control_number) for claim in made]
    session.flush()
    session.expunge_all()
    with count_queries() as few:
        claims.match_many(session, asked[:2])
    session.expunge_all()
    with count_queries() as many:
        found = claims.match_many(session, asked)
    assert [each.claim.control_number for each in found] == [each.control_number for each in asked]
    assert many.selects == few.selects
