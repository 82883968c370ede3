"""A denied line that also names the patient's share: what a write-off gives up, and what it leaves (R11, R23, R24)."""

from decimal import Decimal

import pytest

from clinic import charges, claims, ledger
from clinic.models import Account
from tests import factories
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.remittances.house import answer, balances, claim_at_payer, paid_line, pay

D = Decimal
# 135.00 = 20.00 paid + 30.00 contractual + 60.00 denied + 25.00 the patient's copay.
SAID = (("CO", "45", "30.00"), ("CO", "197", "60.00"), ("PR", "3", "25.00"))


def cut(session, **changes):
    claim = claim_at_payer(session, ("99213", "135.00"), **changes)
    pay(session, claim, answer(claim, paid_line(claim, 0, "20.00", *SAID)))
    assert balances(session, claim) == (D("85.00"), D("0.00"))
    return claim


def written_off(session):
    return account_sums(session).get(Account.DENIAL_WRITE_OFF, D("0.00"))


def test_the_insurers_part_is_written_off_and_the_patients_share_goes_to_the_patient(session):
    claim = cut(session)
    assert claims.patient_share(session, claim) == D("25.00")
    assert claims.write_off(session, claim, "denial", "No appeal", "k") == D("60.00")
    assert balances(session, claim) == (D("0.00"), D("25.00"))
    assert written_off(session) == D("60.00")
    (reason,) = ledger.explain(session, claim.lines[0].charge_id, ledger.PATIENT)
    assert reason.amount == D("25.00")
    assert reason.words.startswith("Copay on 99213")
    assert claim.state == "closed"
    with pytest.raises(claims.ClaimError):
        claims.write_off(session, claim, "denial", "No appeal", "k")
    assert balances(session, claim) == (D("0.00"), D("25.00"))
    house.assert_verified(session)


def test_the_users_own_choice_gives_up_the_patients_share_too(session):
    claim = cut(session)
    assert claims.write_off(session, claim, "courtesy", "Kindness", "k", patient_share_too=True) == D("85.00")
    assert balances(session, claim) == (D("0.00"), D("0.00"))
    house.assert_verified(session)


def test_money_that_the_patient_paid_before_is_applied_to_the_share(session):
    claim = cut(session)
    ledger.receive(
        session,
        guarantor_id=claim.patient.guarantor_id,
        patient_id=claim.patient_id,
        amount=D("25.00"),
        method="cash",
        purpose="prepayment",
        key="before",
    )
    claims.write_off(session, claim, "denial", "No appeal", "k")
    balance = ledger.patient_balance(session, claim.patient_id)
    assert (balance.insurance, balance.patient, balance.unapplied) == (D("0.00"), D("0.00"), D("0.00"))
    house.assert_verified(session)


def test_a_copay_that_sign_off_moved_already_is_not_moved_again(session):
    """A line of which nothing is paid leaves the copay expected at sign-off with the patient (docs/adr/0002)."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    charge_id = claim.lines[0].charge_id
    ledger.transfer_to_patient(session, charge_id, D("25.00"), charges.COPAY_AT_VISIT, "copay")
    pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "0.00", ("CO", "197", "110.00"), ("PR", "3", "25.00"))),
    )
    assert balances(session, claim) == (D("110.00"), D("25.00"))
    assert claims.write_off(session, claim, "denial", "No appeal", "k") == D("110.00")
    assert balances(session, claim) == (D("0.00"), D("25.00"))
    house.assert_verified(session)


def test_the_next_payers_share_stays_open_and_the_claim_waits_for_it(session):
    claim = claim_at_payer(session, ("99213", "135.00"))
    factories.make_coverage(session, claim.patient, position=2)
    pay(session, claim, answer(claim, paid_line(claim, 0, "20.00", *SAID)))
    assert claims.write_off(session, claim, "denial", "No appeal", "k") == D("60.00")
    assert balances(session, claim) == (D("25.00"), D("0.00"))
    assert claim.state == "secondary_to_send"
    house.assert_verified(session)


def test_the_screen_says_whose_share_it_is_and_leaves_it(session, biller):
    claim = cut(session)
    page = biller.get(f"/claims/{claim.public_id}")
    assert "$25.00 is the patient's share" in page.text
    data = {"write_off-kind": "denial", "write_off-reason": "No appeal", "write_off-key": "k"}
    biller.post(f"/claims/{claim.public_id}/write-off", data, status=303)
    assert balances(session, claim) == (D("0.00"), D("25.00"))
