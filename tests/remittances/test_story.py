"""The worked story, to the cent: copay at the desk, insurer, contract, patient, check, zero (R23, docs/adr/0002)."""

from datetime import time
from decimal import Decimal

from clinic import charges, claims, clock, ledger, remittances
from clinic.models import Account
from tests import factories
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.remittances.house import answer, balances, opposite, paid_line, pay

D = Decimal
ZERO = D("0.00")


def _visit(session, secondary=None):
    """Copay 25.00 collected at check-in, slip signed, claim made."""
    house.practice(session)
    factories.make_fees(session)
    payer = factories.make_payer(session)
    patient = factories.make_patient(session)
    factories.make_coverage(session, patient, payer)
    if secondary:
        factories.make_coverage(session, patient, secondary, position=2, copay=None)
    appointment = factories.make_appointment(
        session, patient, starts_at=clock.at(clock.today(), time(10)), status="arrived"
    )
    ledger.receive(
        session,
        guarantor_id=patient.guarantor_id,
        patient_id=patient.id,
        appointment_id=appointment.id,
        amount=D("25.00"),
        method="card_terminal",
        reference="T-4471",
        purpose="copay",
        key="copay",
    )
    slip = charges.open_slip(session, appointment)
    lines = [charges.Line("99213", pointers="A"), charges.Line("83036", pointers="A")]
    charges.save_draft(session, slip, slip.version, ["E11.65"], lines)
    charges.sign_off(session, slip, slip.version)
    claim = claims.create_for(session, slip)
    claims.scrub(session, claim)
    return claim


def _answered(claim):
    """Allowed 98.60 + 26.40 = 125.00: copay 25.00, the insurer 80 % of the other 100.00, coinsurance 20.00."""
    return answer(
        claim,
        paid_line(claim, 0, "58.88", ("CO", "45", "36.40"), ("PR", "3", "25.00"), ("PR", "2", "14.72")),
        paid_line(claim, 1, "21.12", ("CO", "45", "8.60"), ("PR", "2", "5.28")),
    )


def test_a_visit_is_paid_to_the_last_cent(session):
    """170.00 = 25.00 copay + 80.00 insurer + 45.00 contract + 20.00 coinsurance."""
    claim = _visit(session)
    guarantor = claim.patient.guarantor_id
    assert balances(session, claim) == (D("145.00"), ZERO)
    remittance = pay(session, claim, _answered(claim))
    assert remittance.amount == D("80.00")
    assert balances(session, claim) == (ZERO, D("20.00"))
    assert ledger.guarantor_balance(session, guarantor).due == D("20.00")
    assert ledger.unapplied_items(session, guarantor) == [], "the copay is not asked for twice"
    ledger.receive_and_apply(
        session, guarantor_id=guarantor, amount=D("20.00"), method="check", reference="1042", key="check"
    )
    assert balances(session, claim) == (ZERO, ZERO)
    sums = account_sums(session)
    assert sums == {
        Account.CASH: D("125.00"),
        Account.CONTRACTUAL: D("45.00"),
        Account.REVENUE: D("-170.00"),
    }
    house.assert_verified(session)


def test_the_copay_stands_again_when_the_payer_takes_its_answer_back(session):
    """R19: the expected copay is what is left of the posting, and the correction answers it anew."""
    claim = _visit(session)
    pay(session, claim, _answered(claim))
    pay(session, claim, opposite(_answered(claim)), _answered(claim), trace="EFT2")
    assert balances(session, claim) == (ZERO, D("20.00"))
    assert charges.copays_transferred(session, [line.charge_id for line in claim.lines]) == {}
    house.assert_verified(session)


def test_a_denial_leaves_the_copay_where_it_is(session):
    """docs/adr/0002: a line that is denied answers nothing."""
    claim = _visit(session)
    pay(
        session,
        claim,
        answer(
            claim,
            paid_line(claim, 0, "0.00", ("CO", "197", "135.00")),
            paid_line(claim, 1, "26.40", ("CO", "45", "8.60")),
        ),
    )
    assert balances(session, claim) == (D("110.00"), ZERO)
    house.assert_verified(session)


def test_a_copay_that_the_plan_did_not_ask_for_comes_back_as_credit(session):
    """R19, R23: 25.00 collected, the plan asks for 10.00 on the other line."""
    claim = _visit(session)
    pay(
        session,
        claim,
        answer(
            claim,
            paid_line(claim, 0, "98.60", ("CO", "45", "36.40")),
            paid_line(claim, 1, "16.40", ("CO", "45", "8.60"), ("PR", "3", "10.00")),
        ),
    )
    assert balances(session, claim) == (ZERO, ZERO)
    (left,) = ledger.unapplied_items(session, claim.patient.guarantor_id)
    assert left.amount == D("15.00")
    house.assert_verified(session)


def test_with_a_second_payer_the_copay_waits_unapplied(session):
    """R23: nothing is the patient's before the last payer spoke."""
    claim = _visit(session, secondary=factories.make_payer(session))
    pay(session, claim, _answered(claim))
    assert claim.state == "secondary_to_send"
    assert balances(session, claim) == (D("45.00"), ZERO)
    (left,) = ledger.unapplied_items(session, claim.patient.guarantor_id)
    assert left.amount == D("25.00")
    house.assert_verified(session)


def test_unposting_brings_back_the_morning_before(session):
    """R27: copay included."""
    claim = _visit(session)
    remittance = pay(session, claim, _answered(claim))
    remittances.unpost(session, remittance, "Wrong", "un-1")
    assert balances(session, claim) == (D("145.00"), ZERO)
    house.assert_verified(session)
