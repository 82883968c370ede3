"""Claims go out: one file for each payer, bytes kept, the frequency as it was (C2, C4, C6, C13)."""

from datetime import timedelta

import pytest

from clinic import claims, clock, scrub, x12
from clinic.models import Authorization, ClaimEvent, Coverage, StoredFile, Submission, SubmittedClaim, Work
from tests import factories
from tests.claims.answers import content_of, send_all
from tests.x12.oracles import pyx12_faults


def states(*rows):
    return [row.state for row in rows]


def test_clean_claims_go_and_blocked_ones_stay_with_their_reason(session, clinic):
    payer = factories.make_payer(session)
    good = [factories.make_claim(session, payer=payer) for _ in range(3)]
    patient = factories.make_patient(session)
    factories.make_coverage(session, patient, payer, member_id="")
    blocked = factories.make_claim(session, patient)
    result, (submission,) = send_all(session, [*good, blocked])
    assert result.sent == good
    assert [(left.claim, left.reason) for left in result.left] == [(blocked, "Blocked")]
    assert states(*good, blocked) == ["transmitted"] * 3 + ["scrub_failed"]
    assert (submission.state, submission.claim_count) == ("sent", 3)
    assert all(claim.first_sent_at for claim in good)


def test_each_payer_gets_its_own_file_with_its_own_count_of_numbers(session, clinic):
    one, two = factories.make_payer(session), factories.make_payer(session)
    made = [factories.make_claim(session, payer=payer) for payer in (one, two, one)]
    _, submissions = send_all(session, made)
    assert sorted((row.partner, row.claim_count) for row in submissions) == sorted(
        [(one.edi_id, 2), (two.edi_id, 1)]
    )
    assert {row.interchange_number for row in submissions} == {1}
    _, (again,) = send_all(session, [factories.make_claim(session, payer=one)])
    assert again.interchange_number == 2


def test_what_went_out_is_kept_byte_for_byte_with_its_rule_set_c13(session, clinic, exchange):
    claim = factories.make_claim(session)
    _, (submission,) = send_all(session, [claim])
    content = content_of(session, submission)
    sent = list((exchange / "exchange" / "out").iterdir())
    assert [path.read_bytes() for path in sent] == [content]
    entry = session.query(SubmittedClaim).one()
    assert entry.ruleset == scrub.RULESET_VERSION
    (batch,) = x12.read_837p(content)
    assert batch.envelope.usage == "T"
    event = session.query(ClaimEvent).filter_by(claim_id=claim.id, kind="sent").one()
    assert event.raw.startswith(f"CLM*{claim.control_number}*170")
    assert event.file_id == submission.file_id


def test_the_file_carries_every_line_with_its_number_pointers_and_modifiers_c5(session, clinic):
    claim = factories.make_claim(session, scrubbed=False)
    claim.lines[0].charge.modifiers = ["25"]
    claim.lines[0].charge.pointers = "BA"
    claims.scrub(session, claim)
    _, (submission,) = send_all(session, [claim])
    (batch,) = x12.read_837p(content_of(session, submission))
    (sent,) = batch.claims
    assert [line.control_number for line in sent.lines] == [line.control_number for line in claim.lines]
    assert sent.lines[0].modifiers == ("25",)
    assert sent.lines[0].pointers == (2, 1)
    assert sent.diagnoses == ("E1165", "I10")
    assert sent.frequency == "1"
    assert sent.payer_control_number == ""
    assert "REF*F8" not in sent.raw


def test_a_child_on_a_parents_policy_is_the_patient_below_the_subscriber(session, clinic):
    patient = factories.make_patient(session, first_name="Bo", last_name="Chen")
    factories.make_coverage(
        session,
        patient,
        relationship_code="19",
        subscriber_first_name="Mei",
        subscriber_last_name="Chen",
    )
    _, (submission,) = send_all(session, [factories.make_claim(session, patient)])
    (sent,) = x12.read_837p(content_of(session, submission))[0].claims
    assert (sent.relationship, sent.patient.first_name, sent.subscriber.first_name) == ("19", "BO", "MEI")
    assert pyx12_faults(content_of(session, submission)) == []


def test_two_hundred_claims_are_written_without_a_fault_that_pyx12_can_find(session, clinic):
    payers = [factories.make_payer(session) for _ in range(3)]
    providers = [factories.make_provider(session) for _ in range(4)]
    made = []
    for number in range(200):
        patient = factories.make_patient(
            session, first_name=f"José{'abcdefghij'[number % 10]}", last_name="O'Brien-Ruiz"
        )
        values = {}
        if number % 5 == 0:
            values = {
                "relationship_code": "01",
                "subscriber_first_name": "Ana",
                "subscriber_last_name": "Ruiz",
            }
        factories.make_coverage(
            session, patient, payers[number % 3], group_number="G100" if number % 2 else "", **values
        )
        made.append(factories.make_claim(session, patient, provider=providers[number % 4], scrubbed=False))
    claims.rescrub(session)
    result, submissions = send_all(session, made)
    assert len(result.sent) == 200
    assert len(submissions) == 3
    for submission in submissions:
        assert pyx12_faults(content_of(session, submission)) == []
    read = [
        claim
        for each in submissions
        for batch in x12.read_837p(content_of(session, each))
        for claim in batch.claims
    ]
    assert len({claim.control_number for claim in read}) == 200
    assert sum(claim.amount_billed for claim in read) == result.amount


def test_sending_twice_finds_nothing_ready_the_second_time(session, clinic):
    claim = factories.make_claim(session)
    first, _ = send_all(session, [claim])
    again, made = send_all(session, [claim])
    assert len(first.sent) == 1
    assert again.sent == []
    assert made == []
    assert session.query(SubmittedClaim).count() == 1


def test_building_and_delivering_twice_makes_one_file(session, clinic, exchange):
    _, (submission,) = send_all(session, [factories.make_claim(session)])
    claims.build(session, submission.id)
    claims.send(session, submission.id)
    assert session.query(StoredFile).filter_by(direction="out").count() == 1
    assert len(list((exchange / "exchange" / "out").iterdir())) == 1
    assert session.query(ClaimEvent).filter_by(kind="sent").count() == 1


def test_a_claim_that_cannot_be_written_stays_and_the_others_go(session, clinic):
    payer = factories.make_payer(session)
    good, bad = factories.make_claim(session, payer=payer), factories.make_claim(session, payer=payer)
    result = claims.submit(session, [good, bad])
    assert len(result.sent) == 2
    # Broken between the scrub and the file: five pointers fit no line.
    bad.lines[0].charge.pointers = "ABABA"
    session.flush()
    submission = session.query(Submission).one()
    claims.build(session, submission.id)
    claims.send(session, submission.id)
    assert (good.state, bad.state) == ("transmitted", "scrub_failed")
    assert submission.claim_count == 1
    assert "pointers" in bad.findings[-1].message


def test_a_coverage_that_ended_since_the_last_scrub_stops_the_claim_at_the_door(session, clinic):
    claim = factories.make_claim(session)
    session.get(Coverage, claim.coverage_id).terminated_on = claim.service_on - timedelta(days=1)
    result, _ = send_all(session, [claim])
    assert result.sent == []
    assert claim.state == "scrub_failed"


def test_a_rejected_original_goes_out_again_as_1_without_f8_under_a_new_number_c2_c6(session, clinic):
    claim = factories.make_claim(session)
    send_all(session, [claim])
    claim.state = "rejected_277CA"
    result = claims.resend(session, claim)
    assert result.sent == [claim]
    submission = session.query(Submission).filter_by(state="building").one()
    claims.build(session, submission.id)
    (sent,) = x12.read_837p(content_of(session, submission))[0].claims
    assert sent.control_number == f"{claim.control_number}-2"
    assert (sent.frequency, sent.payer_control_number) == ("1", "")


def test_a_rejected_replacement_keeps_its_7_and_its_f8_c2_c4(session, clinic):
    old = factories.make_claim(session)
    send_all(session, [old])
    old.state, old.payer_claim_number, old.adjudicated_at = "denied", "26065008812", clock.now()
    new = claims.replace(session, old)
    claims.scrub(session, new)
    send_all(session, [new])
    new.state = "rejected_999"
    claims.resend(session, new)
    submission = session.query(Submission).filter_by(state="building").one()
    claims.build(session, submission.id)
    (sent,) = x12.read_837p(content_of(session, submission))[0].claims
    assert (sent.frequency, sent.payer_control_number) == ("7", "26065008812")
    assert len(sent.lines) == 2


def test_only_a_rejected_claim_is_sent_again(session, clinic):
    claim = factories.make_claim(session)
    with pytest.raises(claims.WrongState):
        claims.resend(session, claim)
    claim.state = "denied"
    with pytest.raises(claims.WrongState, match="denied"):
        claims.resend(session, claim)


def test_the_chosen_authorization_goes_out_as_g1_k02(session, clinic):
    payer = factories.make_payer(session, needs_authorization=["99213"])
    claim = factories.make_claim(session, payer=payer)
    row = Authorization(
        coverage_id=claim.coverage_id,
        number="AUTH66120471",
        codes=[],
        starts_on=claim.service_on,
        ends_on=claim.service_on,
        visits_allowed=6,
    )
    session.add(row)
    session.flush()
    claims.set_authorization(session, claim, row)
    _, (submission,) = send_all(session, [claim])
    (sent,) = x12.read_837p(content_of(session, submission))[0].claims
    assert (sent.prior_authorization, sent.referral_number) == ("AUTH66120471", "")


def test_the_chosen_referral_goes_out_as_9f_k02(session, clinic):
    claim = factories.make_claim(session, payer=factories.make_payer(session))
    row = Authorization(
        coverage_id=claim.coverage_id,
        kind="referral",
        number="REF66120471",
        codes=[],
        starts_on=claim.service_on,
        ends_on=claim.service_on,
        visits_allowed=6,
    )
    session.add(row)
    session.flush()
    claims.set_authorization(session, claim, row)
    _, (submission,) = send_all(session, [claim])
    content = content_of(session, submission)
    (sent,) = x12.read_837p(content)[0].claims
    assert (sent.prior_authorization, sent.referral_number) == ("", "REF66120471")
    assert b"REF*9F*REF66120471~" in content


def test_the_work_that_sending_asks_for_is_named_by_submission(session, clinic):
    claims.submit(session, [factories.make_claim(session)])
    submission = session.query(Submission).one()
    work = session.query(Work).filter_by(job="jobs.claims.build").one()
    assert (work.subject_id, work.key) == (submission.id, f"claims-build-{submission.id}")
