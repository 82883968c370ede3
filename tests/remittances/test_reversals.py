"""Payments taken back: by the payer (CLP02 22), and by us (R19 to R21, R27)."""

from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import ledger, remittances, x12
from clinic.models import Account, Denial, JournalEntry
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.remittances.house import answer, balances, claim_at_payer, opposite, paid_line, pay

D = Decimal
ZERO = D("0.00")


@pytest.fixture
def claim(session):
    return claim_at_payer(session, ("99213", "135.00"))


def _paid(claim, **changes):
    line = paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"))
    return answer(claim, line, **changes)


def test_a_reversal_takes_back_exactly_what_was_posted_before_its_correction(session, claim):
    """R19, R20: in one file, the correction listed first."""
    first = pay(session, claim, _paid(claim))
    better = answer(claim, paid_line(claim, 0, "88.74", ("CO", "45", "36.40"), ("PR", "2", "9.86")))
    second = pay(session, claim, better, opposite(_paid(claim)), trace="EFT2")
    assert [each.state for each in second.claim_payments] == ["posted", "posted"], [
        each.reason for each in second.claim_payments
    ]
    assert first.claim_payments[0].state == "reversed"
    assert second.claim_payments[1].reverses_id == first.claim_payments[0].id
    assert balances(session, claim) == (ZERO, D("9.86"))
    assert account_sums(session)[Account.CASH] == D("88.74")
    assert claim.state == "paid"
    house.assert_verified(session)


def test_a_reversal_without_its_correction_waits_with_an_alarm(session, claim):
    """R20: and the money not taken now stands with the payer (R21)."""
    pay(session, claim, _paid(claim))
    later = x12.ProviderAdjustment(
        provider_id="1",
        fiscal_year_end=house.clock.today().replace(month=12, day=31),
        reason="WO",
        reference=f"ICN{claim.id}",
        amount=D("-78.88"),
    )
    second = pay(session, claim, opposite(_paid(claim)), trace="EFT2", provider_adjustments=(later,))
    assert second.amount == ZERO
    assert claim.state == "pending"
    assert claim.next_action == "Await the payer's correction"
    assert balances(session, claim) == (D("135.00"), ZERO)
    assert account_sums(session)[Account.RECOUPMENT_RECEIVABLE] == D("-78.88")
    house.assert_verified(session)


def test_a_reversal_after_the_patient_paid_leaves_a_credit(session, claim):
    """R19."""
    pay(session, claim, _paid(claim))
    ledger.receive_and_apply(
        session, guarantor_id=claim.patient.guarantor_id, amount=D("19.72"), method="check", key="check"
    )
    pay(session, claim, opposite(_paid(claim)), trace="EFT2")
    assert balances(session, claim) == (D("135.00"), D("-19.72"))
    house.assert_verified(session)


def test_a_reversal_of_nothing_we_posted_goes_to_a_person(session, claim):
    """R19: never a guess; its negative cash is held."""
    remittance = pay(session, claim, opposite(_paid(claim)))
    (payment,) = remittance.claim_payments
    assert payment.state == "unmatched"
    assert "opposite amounts" in payment.reason
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == D("78.88")
    house.assert_verified(session)


def test_one_payment_is_taken_back_once_even_when_the_file_says_it_twice(session, claim):
    """R19: the second reversal of one payment finds nothing left to take back."""
    pay(session, claim, _paid(claim))
    second = pay(session, claim, opposite(_paid(claim)), opposite(_paid(claim)), trace="EFT2")
    assert [each.state for each in second.claim_payments] == ["posted", "unmatched"]
    house.assert_verified(session)


def test_a_reversed_denial_leaves_the_queue(session, claim):
    """R19: what came from the payment is evaluated anew."""
    denied = answer(claim, paid_line(claim, 0, "0.00", ("CO", "197", "135.00")))
    pay(session, claim, denied)
    pay(session, claim, opposite(denied), _paid(claim), trace="EFT2")
    assert [row.state for row in session.scalars(select(Denial))] == ["reversed"]
    assert claim.state == "paid"
    assert balances(session, claim) == (ZERO, D("19.72"))


def test_a_remittance_is_unposted_exactly_and_once(session, claim):
    """R27: by linked entries; the second click is no second effect."""
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    denied = answer(other, paid_line(other, 0, "0.00", ("CO", "197", "135.00")))
    strange = _paid(claim, control_number="X1", payer_control_number="", patient=None)
    remittance = pay(session, claim, _paid(claim), denied, strange)
    remittances.unpost(session, remittance, "Posted on the wrong day", "un-1")
    assert remittance.state == "reversed"
    for one in (claim, other):
        assert balances(session, one) == (D("135.00"), ZERO)
        assert one.state == "pending"
    assert set(account_sums(session)) == {Account.INSURANCE_RECEIVABLE, Account.REVENUE}
    assert {row.state for row in session.scalars(select(Denial))} == {"reversed"}
    before = len(session.scalars(select(JournalEntry)).all())
    remittances.unpost(session, remittance, "Again", "un-2")
    assert len(session.scalars(select(JournalEntry)).all()) == before
    house.assert_verified(session)


def test_a_remittance_taken_back_by_mistake_is_posted_again(session, claim):
    """R27: the same amounts under new entries."""
    remittance = pay(session, claim, _paid(claim))
    remittances.unpost(session, remittance, "A slip", "un-1")
    remittances.post_again(session, remittance)
    assert remittance.state == "posted"
    assert balances(session, claim) == (ZERO, D("19.72"))
    assert account_sums(session)[Account.CASH] == D("78.88")
    house.assert_verified(session)


def test_one_claim_is_unposted_and_its_cash_waits_to_be_matched(session, claim):
    """R27, R10: the check was deposited all the same."""
    other = claim_at_payer(session, ("99213", "135.00"), payer=claim.payer)
    remittance = pay(session, claim, _paid(claim), _paid(other))
    first = remittance.claim_payments[0]
    remittances.unpost_claim(session, first, "Wrong patient", "un-1")
    assert first.state == "unmatched"
    assert balances(session, claim) == (D("135.00"), ZERO)
    assert balances(session, other) == (ZERO, D("19.72"))
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == D("-78.88")
    house.assert_verified(session)
    remittances.unpost_claim(session, first, "Wrong patient", "un-2")
    remittances.match_later(session, first, claim, "again")
    assert balances(session, claim) == (ZERO, D("19.72"))
    house.assert_verified(session)
    remittances.unpost_claim(session, first, "Still wrong", "un-3")
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == D("-78.88")
    remittances.unpost(session, remittance, "All of it", "un-4")
    assert set(account_sums(session)) == {Account.INSURANCE_RECEIVABLE, Account.REVENUE}
    house.assert_verified(session)


def test_what_the_payer_took_back_since_is_not_unposted_under_it(session, claim):
    """R27: the newer remittance first; then what it took back stands again."""
    first = pay(session, claim, _paid(claim))
    second = pay(session, claim, opposite(_paid(claim)), trace="EFT2")
    with pytest.raises(remittances.WrongState, match="took back"):
        remittances.unpost(session, first, "Wrong", "un-1")
    remittances.unpost(session, second, "Wrong", "un-2")
    assert balances(session, claim) == (ZERO, D("19.72"))
    assert first.claim_payments[0].state == "posted"
    remittances.unpost(session, first, "Wrong", "un-3")
    assert balances(session, claim) == (D("135.00"), ZERO)
    house.assert_verified(session)
