"""Our file to the built-in payer and its answers back, as bytes through folders (issue steps 6 and 7)."""

import pytest

from clinic import claims, clearinghouse, sandbox
from clinic.models import ClaimEvent, Submission
from tests import factories
from tests.claims.answers import send_all


@pytest.fixture
def told(session, clinic, exchange):
    """A claim that was sent to the practice payer, after it did what it was told."""

    def send(action=""):
        payer = factories.make_payer(session)
        claim = factories.make_claim(session, payer=payer)
        sandbox.add_payer(session, payer.edi_id, payer.name)
        sandbox.add_plan(session, payer.edi_id, "Choice 2000", payer_name=payer.name)
        patient = claim.patient
        sandbox.enrol_member(
            session, payer.edi_id, "Choice 2000", claim.coverage.member_id, patient.first_name,
            patient.last_name, patient.born_on, claim.coverage.effective_on,
        )  # fmt: skip
        if action:
            sandbox.instruct(session, action, control_number=claim.control_number)
        send_all(session, [claim])
        answer(session, exchange)
        return claim

    return send


def answer(session, exchange):
    folder = exchange / "exchange"
    sandbox.run(session, folder / "out", folder / "in")
    sandbox.deliver(session, folder / "in")
    for file in clearinghouse.fetch(session):
        file.partner = ""
        claims.take_in_acknowledgment(session, file)
        assert file.reason == ""


def test_an_accepted_claim_ends_with_the_payers_number_and_all_its_answers(session, told):
    claim = told()
    assert claim.state == "accepted_by_payer"
    assert claim.payer_claim_number
    kinds = [
        event.kind for event in session.query(ClaimEvent).filter_by(claim_id=claim.id).order_by(ClaimEvent.id)
    ]
    assert kinds[:4] == ["created", "scrubbed", "queued", "sent"]
    assert {"receipt", "accepted"} <= set(kinds[4:])


@pytest.mark.parametrize(
    ("action", "state"), [("reject_999", "rejected_999"), ("reject_277CA", "rejected_277CA")]
)
def test_a_rejected_claim_is_sent_again_and_then_accepted_c2(session, told, exchange, action, state):
    claim = told(action)
    assert claim.state == state
    result = claims.resend(session, claim)
    assert result.sent == [claim]
    submission = session.query(Submission).filter_by(state="building").one()
    claims.build(session, submission.id)
    claims.send(session, submission.id)
    answer(session, exchange)
    assert claim.state == "accepted_by_payer"
    assert claim.frequency == "1"
