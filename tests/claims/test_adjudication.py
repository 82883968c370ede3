"""The payer's decision on the claim and its timeline (C1, C4, R20, R31)."""

from decimal import Decimal

import pytest

from clinic import claims, clock
from clinic.models import ClaimEvent, ClaimPayment, Remittance, RemittanceAdjustment
from tests import factories
from tests.claims.answers import send_all


def payment_of(session, claim, paid="100.00", status="1"):
    remittance = Remittance(
        payer_name="Summit", amount=Decimal(paid), identity="i", content_hash="h", state="posted",
        received_at=clock.now(),
    )  # fmt: skip
    payment = ClaimPayment(
        position=1, control_number=claim.control_number, status_code=status, amount_billed=claim.amount_billed,
        amount_paid=Decimal(paid), payer_claim_number="26065008812", state="posted",
        raw=f"CLP*{claim.control_number}*1*170*{paid}~", remittance=remittance,
    )  # fmt: skip
    payment.adjustments = [RemittanceAdjustment(group_code="CO", reason_code="45", amount=Decimal("70.00"))]
    session.add_all([remittance, payment])
    session.flush()
    return payment


@pytest.fixture
def sent(session, clinic):
    claim = factories.make_claim(session)
    send_all(session, [claim])
    return claim


def last_event(session, claim):
    return session.query(ClaimEvent).filter_by(claim_id=claim.id).order_by(ClaimEvent.id.desc()).first()


@pytest.mark.parametrize("outcome", ["paid", "partial", "denied", "zero_pay_pr", "secondary_to_send"])
def test_each_decision_has_its_state_its_words_and_its_segments_c1(session, sent, outcome):
    claims.record_adjudication(session, sent, payment_of(session, sent), outcome)
    assert sent.state == outcome
    assert sent.payer_claim_number == "26065008812"
    event = last_event(session, sent)
    assert "$100.00 of $170.00, CO-45" in event.text
    assert event.raw.startswith("CLP*")


def test_a_reversal_without_its_correction_waits_as_pending_r20(session, sent):
    claims.record_adjudication(session, sent, payment_of(session, sent, "-100.00", "22"), "pending")
    assert (sent.state, last_event(session, sent).kind) == ("pending", "reversed")


def test_a_replaced_claim_stays_replaced_whatever_comes_late_c4(session, sent):
    claims.record_adjudication(session, sent, payment_of(session, sent, "0.00"), "denied")
    claims.replace(session, sent)
    claims.record_adjudication(session, sent, payment_of(session, sent), "paid")
    assert sent.state == "corrected"
    assert last_event(session, sent).details["outcome"] == "paid"


def test_an_unknown_outcome_is_a_fault_of_ours(session, sent):
    with pytest.raises(ValueError, match="no outcome"):
        claims.record_adjudication(session, sent, payment_of(session, sent), "ready")


def test_a_void_is_closed_when_the_payer_takes_its_payment_back_c4(session, sent):
    claims.record_adjudication(session, sent, payment_of(session, sent), "paid")
    void = claims.void(session, sent, "Billed to the wrong plan")
    void.state = "accepted_by_payer"
    session.flush()
    claims.record_adjudication(session, sent, payment_of(session, sent, "-100.00", "22"), "pending")
    assert (sent.state, void.state) == ("voided", "closed")
    assert "as asked" in last_event(session, void).text
