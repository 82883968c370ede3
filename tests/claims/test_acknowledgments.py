"""TA1, 999 and 277CA move each claim by C1 and C2, and a rejection is never a denial."""

from clinic import claims, files
from clinic.models import ClaimEvent, Denial
from tests import factories
from tests.claims.answers import ack_277ca, ack_999, send_all, ta1


def sent(session, count=2):
    payer = factories.make_payer(session)
    made = [factories.make_claim(session, payer=payer) for _ in range(count)]
    _, (submission,) = send_all(session, made)
    return submission, made


def states(rows):
    return [row.state for row in rows]


def events(session, claim):
    return session.query(ClaimEvent).filter_by(claim_id=claim.id).order_by(ClaimEvent.id).all()


def test_a_999_that_accepts_is_a_receipt_and_not_the_payers_acceptance_c2(session, clinic):
    submission, made = sent(session)
    file = ack_999(session, submission, {"0001": "A"})
    claims.take_in_acknowledgment(session, file)
    assert states(made) == ["accepted_by_ch"] * 2
    assert file.state == "taken_in"
    assert submission.state == "acknowledged"
    last = events(session, made[0])[-1]
    assert last.file_id == file.id
    assert last.raw.startswith("AK2*837*0001")
    assert "IK5*A~" in last.raw


def test_a_999_with_errors_noted_is_accepted_c2(session, clinic):
    submission, made = sent(session)
    claims.take_in_acknowledgment(session, ack_999(session, submission, {"0001": "E"}))
    assert states(made) == ["accepted_by_ch"] * 2


def test_a_999_that_refuses_a_set_rejects_every_claim_of_it_and_never_says_denied_c2(session, clinic):
    submission, made = sent(session, 3)
    claims.take_in_acknowledgment(session, ack_999(session, submission, {"0001": "R"}))
    assert states(made) == ["rejected_999"] * 3
    assert session.query(Denial).count() == 0
    words = " ".join(event.text for claim in made for event in events(session, claim)).lower()
    assert "denied" not in words
    assert "segment nm1 at place 8" in words


def test_each_set_of_a_partly_accepted_file_is_looked_at_by_itself_c2(session, clinic, monkeypatch):
    monkeypatch.setattr("clinic.claims.sending.PER_SET", 2)
    submission, made = sent(session, 3)
    claims.take_in_acknowledgment(session, ack_999(session, submission, {"0001": "A", "0002": "R"}))
    assert states(made) == ["accepted_by_ch", "accepted_by_ch", "rejected_999"]


def test_a_ta1_that_refuses_the_file_rejects_all_of_it_c2(session, clinic):
    submission, made = sent(session)
    claims.take_in_acknowledgment(session, ta1(session, submission, "R", "025"))
    assert states(made) == ["rejected_999"] * 2
    assert submission.state == "rejected"


def test_a_ta1_that_accepts_moves_nothing_but_stands_on_the_timeline(session, clinic):
    submission, made = sent(session)
    claims.take_in_acknowledgment(session, ta1(session, submission))
    assert states(made) == ["transmitted"] * 2
    assert events(session, made[0])[-1].raw.startswith("TA1*")


def test_a_277ca_a2_of_the_payer_is_acceptance_with_its_number_c1_c10(session, clinic):
    submission, (one, two) = sent(session)
    file = ack_277ca(
        session,
        submission,
        {one.control_number: ("A2", "20", "WQ", "26065008812"), two.control_number: ("A1", "19", "WQ", "")},
    )
    claims.take_in_acknowledgment(session, file)
    assert (one.state, one.payer_claim_number) == ("accepted_by_payer", "26065008812")
    assert one.accepted_at is not None
    assert two.state == "accepted_by_ch"
    assert "A2:20" in events(session, one)[-1].text
    assert "STC*A2" in events(session, one)[-1].raw


def test_a_clearinghouses_own_a2_is_kept_as_its_level_and_not_as_the_payers_word_c2_c10(session, clinic):
    submission, (one, _) = sent(session)
    words = {one.control_number: ("A2", "20", "WQ", "")}
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, words, role="AY"))
    assert one.state == "accepted_by_ch"
    assert events(session, one)[-1].details["level"] == "clearinghouse"
    words = {one.control_number: ("A2", "20", "WQ", "77")}
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, words, number=903))
    assert one.state == "accepted_by_payer"
    levels = [
        event.details.get("level") for event in events(session, one) if event.kind in ("receipt", "accepted")
    ]
    assert levels == ["clearinghouse", "payer"]


def test_every_rejecting_category_of_a_277ca_rejects_c2(session, clinic):
    categories = ("A3", "A6", "A7", "A8")
    submission, made = sent(session, 4)
    words = {
        claim.control_number: (category, "562", "U", "")
        for claim, category in zip(made, categories, strict=True)
    }
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, words))
    assert states(made) == ["rejected_277CA"] * 4
    assert session.query(Denial).count() == 0


def test_a_u_at_batch_level_rejects_every_claim_of_the_set_listed_or_not_c2(session, clinic):
    submission, made = sent(session, 2)
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, {}, refuse_batch=True))
    assert states(made) == ["rejected_277CA"] * 2


def test_a_late_receipt_never_takes_a_claim_back_c1(session, clinic):
    submission, (one, _) = sent(session)
    words = {one.control_number: ("A2", "20", "WQ", "1")}
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, words))
    claims.take_in_acknowledgment(session, ack_999(session, submission, {"0001": "A"}))
    assert one.state == "accepted_by_payer"
    one.state = "paid"
    words = {one.control_number: ("A7", "562", "U", "")}
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, words, number=910))
    assert one.state == "paid"


def test_an_answer_to_an_older_submission_is_written_down_and_moves_nothing(session, clinic):
    submission, (one, _) = sent(session)
    one.state = "rejected_999"
    claims.resend(session, one)
    assert one.state == "queued"
    words = {one.control_number: ("A7", "562", "U", "")}
    claims.take_in_acknowledgment(session, ack_277ca(session, submission, words))
    assert one.state == "queued"
    assert "earlier submission" in events(session, one)[-1].text


def test_the_same_file_twice_changes_nothing(session, clinic):
    submission, made = sent(session)
    file = ack_999(session, submission, {"0001": "A"})
    claims.take_in_acknowledgment(session, file)
    before = session.query(ClaimEvent).count()
    claims.take_in_acknowledgment(session, file)
    again = files.store(session, file.content(), kind="999", direction="in", name="again.x12")
    claims.take_in_acknowledgment(session, again)
    assert again.state == "duplicate"
    assert session.query(ClaimEvent).count() == before
    assert states(made) == ["accepted_by_ch"] * 2


def test_an_answer_about_nothing_of_ours_is_listed_with_its_reason(session, clinic):
    submission, made = sent(session)
    strange = ack_999(session, submission, {"0001": "R"}, group=4711)
    claims.take_in_acknowledgment(session, strange)
    assert states(made) == ["transmitted"] * 2
    assert strange.state == "unmatched"
    assert "4711" in strange.reason
    other = ack_277ca(
        session,
        submission,
        {"OLD-1": ("A2", "20", "WQ", ""), made[0].control_number: ("A2", "20", "WQ", "")},
    )
    claims.take_in_acknowledgment(session, other)
    assert (made[0].state, other.state) == ("accepted_by_payer", "taken_in")
    assert "OLD-1" in other.reason
    assert claims.strange_files(session) == [other, strange]
