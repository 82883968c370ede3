"""What an answer of the payer does to the books, to the claim and to the work queues (R8 to R18, R23, R31)."""

from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from clinic import ledger, remittances, x12
from clinic.models import Account, Denial, JournalEntry, Posting, RemittanceAdjustment
from tests import factories
from tests.ledger.house import account_sums
from tests.remittances import house
from tests.remittances.house import answer, balances, claim_at_payer, paid_line, pay

D = Decimal


def _denials(session, claim):
    return session.scalars(select(Denial).where(Denial.claim_id == claim.id).order_by(Denial.id)).all()


def test_a_paid_claim_leaves_the_patient_her_share_and_the_insurer_nothing(session):
    """R11, R14: 135.00 = 73.60 paid + 36.40 contractual + 25.00 copay; 35.00 = 16.10 + 18.90."""
    claim = claim_at_payer(session)
    remittance = pay(
        session,
        claim,
        answer(
            claim,
            paid_line(claim, 0, "73.60", ("CO", "45", "36.40"), ("PR", "3", "25.00")),
            paid_line(claim, 1, "16.10", ("CO", "45", "18.90")),
        ),
    )
    assert remittance.state == "posted"
    assert balances(session, claim) == (D("0.00"), D("25.00"))
    assert account_sums(session)[Account.CASH] == remittance.amount == D("89.70")
    assert account_sums(session)[Account.CONTRACTUAL] == D("55.30")
    assert claim.state == "paid"
    assert claim.payer_claim_number == f"ICN{claim.id}"
    assert remittance.claim_payments[0].services[0].amount_allowed == D("98.60")
    house.assert_verified(session)


def test_a_denied_line_stays_with_the_insurer_and_goes_into_the_queue(session):
    """R13, R24: CO-97 is no write-off; the line's amount is at risk until somebody works it."""
    claim = claim_at_payer(session)
    pay(
        session,
        claim,
        answer(
            claim,
            paid_line(claim, 0, "98.60", ("CO", "45", "36.40")),
            paid_line(claim, 1, "0.00", ("CO", "97", "35.00"), remarks=("N390",)),
        ),
    )
    (denial,) = _denials(session, claim)
    assert (denial.reason_code, denial.amount, denial.category) == ("97", D("35.00"), "Coding")
    assert denial.remark_codes == "N390"
    assert claim.state == "partial"
    assert balances(session, claim) == (D("35.00"), D("0.00"))
    house.assert_verified(session)


@pytest.mark.parametrize("reason", ["16", "18", "22", "29", "50", "197", "252", "24"])
def test_a_co_denial_is_never_written_off(session, reason):
    """R13: with CLP02 1, which is no sign of payment (C3)."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    pay(session, claim, answer(claim, paid_line(claim, 0, "0.00", ("CO", reason, "135.00"))))
    assert claim.state == "denied"
    assert balances(session, claim) == (D("135.00"), D("0.00"))
    assert Account.CONTRACTUAL not in account_sums(session)
    assert [denial.reason_code for denial in _denials(session, claim)] == [reason]


@pytest.mark.parametrize(("capitated", "left"), [(True, "0.00"), (False, "135.00")])
def test_co_24_is_written_off_only_for_a_capitated_payer(session, capitated, left):
    """R13: from Medicare it means that another plan should have been billed."""
    payer = factories.make_payer(session, capitated=capitated)
    claim = claim_at_payer(session, ("99213", "135.00"), payer=payer)
    pay(session, claim, answer(claim, paid_line(claim, 0, "0.00", ("CO", "24", "135.00"))))
    assert balances(session, claim)[0] == D(left)


@pytest.mark.parametrize(("group", "reason"), [("CO", "9999"), ("PR", "204"), ("OA", "18"), ("CR", "45")])
def test_what_no_rule_knows_goes_to_a_person_and_moves_no_money(session, group, reason):
    """R12, R14: never a write-off, never a bill, by default."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "98.60", ("CO", "45", "30.00"), (group, reason, "6.40"))),
    )
    assert balances(session, claim) == (D("6.40"), D("0.00"))
    assert [denial.amount for denial in _denials(session, claim)] == [D("6.40")]
    query = select(RemittanceAdjustment.action).where(RemittanceAdjustment.reason_code == reason)
    assert "review" in session.scalars(query).all()


def test_negative_adjustments_are_taken_as_they_are(session):
    """R16: an incentive raises the payment above the allowed amount."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "101.60", ("CO", "45", "36.40"), ("CO", "144", "-3.00"))),
    )
    assert balances(session, claim) == (D("0.00"), D("0.00"))
    assert account_sums(session)[Account.CONTRACTUAL] == D("33.40")
    house.assert_verified(session)


def test_a_claim_without_lines_is_spread_over_ours_to_the_cent(session):
    """R17: claim-level adjustments, 170.01 billed, 100.01 paid."""
    claim = claim_at_payer(session, ("99213", "135.01"), ("83036", "35.00"))
    whole = answer(
        claim,
        amount_billed=D("170.01"),
        amount_paid=D("100.01"),
        adjustments=(x12.Adjustment("CO", "45", D("50.00")), x12.Adjustment("PR", "1", D("20.00"))),
    )
    remittance = pay(session, claim, whole)
    assert remittance.claim_payments[0].state == "posted"
    assert balances(session, claim) == (D("0.00"), D("20.00"))
    assert account_sums(session)[Account.CASH] == D("100.01")
    house.assert_verified(session)


def test_claim_level_sequestration_comes_out_of_what_the_lines_were_paid(session):
    """R4, R17: Σ line paid 98.60 − 1.97 = 96.63."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    line = paid_line(claim, 0, "98.60", ("CO", "45", "36.40"))
    payment = answer(
        claim, line, amount_paid=D("96.63"), adjustments=(x12.Adjustment("CO", "253", D("1.97")),)
    )
    pay(session, claim, payment)
    assert balances(session, claim) == (D("0.00"), D("0.00"))
    assert account_sums(session)[Account.CASH] == D("96.63")
    house.assert_verified(session)


def test_with_a_secondary_coverage_the_rest_waits_and_is_not_the_patients(session):
    """R23: secondary_to_send; nothing is billed to the patient."""
    claim = claim_at_payer(session, ("99213", "135.00"), secondary=factories.make_payer(session))
    pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"))),
    )
    assert claim.state == "secondary_to_send"
    assert balances(session, claim) == (D("19.72"), D("0.00"))
    house.assert_verified(session)


def test_a_claim_that_crossed_over_asks_for_no_secondary_claim(session):
    """C8: MA18 means that Medicare sent it on."""
    claim = claim_at_payer(session, ("99213", "135.00"), secondary=factories.make_payer(session))
    line = paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"))
    pay(session, claim, answer(claim, line, remarks=("MA18",)))
    assert claim.state == "paid"
    assert claim.next_action.startswith("Crossed over")
    assert balances(session, claim) == (D("19.72"), D("0.00"))


def test_a_qualified_medicare_beneficiary_is_never_billed(session):
    """R14: N781 forbids it; without a next payer the share is written off."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    line = paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"), remarks=("N781",))
    pay(session, claim, answer(claim, line))
    assert balances(session, claim) == (D("0.00"), D("0.00"))
    assert account_sums(session)[Account.WRITE_OFF] == D("19.72")


def test_nothing_paid_but_all_the_patients_is_no_denial(session):
    """R31, R3: a payment of nothing (NON) is posted all the same."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    remittance = pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "0.00", ("CO", "45", "36.40"), ("PR", "1", "98.60"))),
    )
    assert (remittance.state, remittance.method) == ("posted", "NON")
    assert claim.state == "zero_pay_pr"
    assert not _denials(session, claim)
    assert balances(session, claim) == (D("0.00"), D("98.60"))


def test_money_of_the_patient_that_waits_pays_her_share_at_once(session):
    """R23: before any statement."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    guarantor = claim.patient.guarantor_id
    receipt = ledger.receive(
        session, guarantor_id=guarantor, amount=D("20.00"), method="cash", purpose="prepayment", key="early"
    )
    pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"))),
    )
    assert balances(session, claim) == (D("0.00"), D("0.00"))
    left = ledger.unapplied_items(session, guarantor)
    assert [(item.receipt_id, item.amount) for item in left] == [(receipt.id, D("0.28"))]
    house.assert_verified(session)


def test_provider_level_amounts_stand_in_their_accounts_and_the_cash_is_the_check(session):
    """R5, R21: interest paid to us and an overpayment taken back."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    adjustments = tuple(
        x12.ProviderAdjustment(
            provider_id="1", fiscal_year_end=None, reason=reason, reference=reference, amount=D(amount)
        )
        for reason, reference, amount in (
            ("L6", "", "-1.20"),
            ("WO", "ICN7", "12.40"),
            ("ZZ", "", "0.80"),
        )
    )
    adjustments = tuple(
        replace(each, fiscal_year_end=house.clock.today().replace(month=12, day=31)) for each in adjustments
    )
    remittance = pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "98.60", ("CO", "45", "36.40"))),
        provider_adjustments=adjustments,
    )
    assert remittance.amount == D("86.60")
    sums = account_sums(session)
    assert sums[Account.CASH] == D("86.60")
    assert sums[Account.INTEREST_INCOME] == D("-1.20")
    assert sums[Account.RECOUPMENT_RECEIVABLE] == D("12.40")
    assert sums[Account.SUSPENSE] == D("0.80")
    house.assert_verified(session)


def test_a_claim_nobody_knows_is_one_row_and_its_cash_is_held(session):
    """R10: one row a claim, not a line; candidates by member, name, day and charge."""
    claim = claim_at_payer(session)
    lines = (
        paid_line(claim, 0, "98.60", ("CO", "45", "36.40"), line_control_number=""),
        paid_line(claim, 1, "16.10", ("CO", "45", "18.90"), line_control_number=""),
    )
    strange = answer(claim, *lines, control_number="88417-2", payer_control_number="")
    remittance = pay(session, claim, strange)
    (payment,) = remittance.claim_payments
    assert remittance.state == "posted"
    assert (payment.state, payment.claim_id) == ("unmatched", None)
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == D("-114.70")
    assert balances(session, claim) == (D("170.00"), D("0.00"))
    best = remittances.candidates(session, payment)[0]
    assert (best.claim.id, best.score) == (claim.id, 100)
    remittances.match_later(session, payment, claim, "match-1")
    assert payment.state == "posted"
    assert account_sums(session).get(Account.UNAPPLIED_INSURANCE) is None
    assert balances(session, claim) == (D("0.00"), D("0.00"))
    assert claim.state == "paid"
    before = len(session.scalars(select(JournalEntry)).all())
    remittances.match_later(session, payment, claim, "match-2")
    assert len(session.scalars(select(JournalEntry)).all()) == before, "the second click posts nothing"
    house.assert_verified(session)


def test_a_number_of_ours_with_another_name_member_and_charge_is_not_posted(session):
    """R8: numbers of a former system collide with ours."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    line = paid_line(
        claim, 0, "90.00", ("CO", "45", "10.00"), amount_billed=D("100.00"), line_control_number=""
    )
    other = x12.Person(last_name="HOLT", first_name="MARTIN", member_id="ZZ1")
    remittance = pay(session, claim, answer(claim, line, patient=other))
    (payment,) = remittance.claim_payments
    assert payment.state == "unmatched"
    assert "all differ" in payment.reason
    assert balances(session, claim) == (D("135.00"), D("0.00"))


def test_another_name_alone_is_posted_with_a_warning(session):
    """R8: a name that the payer spells otherwise must not stop the money."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    person = x12.Person(last_name="WHITFELD", first_name="D", member_id=claim.coverage.member_id)
    line = paid_line(claim, 0, "98.60", ("CO", "45", "36.40"))
    (payment,) = pay(session, claim, answer(claim, line, patient=person)).claim_payments
    assert payment.state == "posted"
    assert "WHITFELD" in payment.reason


def test_a_second_payment_of_the_same_claim_waits_for_a_person(session):
    """R8: more than is open is not posted without a look; a person may, and a credit appears."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    payment = answer(claim, paid_line(claim, 0, "98.60", ("CO", "45", "36.40")))
    pay(session, claim, payment)
    again = pay(session, claim, payment, trace="EFT2")
    (second,) = again.claim_payments
    assert second.state == "unmatched"
    assert "Paid before?" in second.reason
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == D("-98.60")
    remittances.match_later(session, second, claim, "twice")
    assert balances(session, claim)[0] == D("-135.00")
    house.assert_verified(session)


def test_a_predetermination_and_a_forwarded_claim_are_never_posted(session):
    """C3: 25 and 23."""
    claim = claim_at_payer(session, ("99213", "135.00"))
    line = paid_line(claim, 0, "0.00", ("OA", "101", "135.00"))
    for status in ("25", "23"):
        (payment,) = pay(session, claim, answer(claim, line, status=status), trace=status).claim_payments
        assert payment.state == "information"
    assert claim.state == "accepted_by_payer"
    assert not _denials(session, claim)
    assert session.scalar(select(Posting.id).where(Posting.account == Account.CASH)) is None


def test_a_later_payer_does_not_write_off_what_the_first_one_did(session):
    """R15: OA-23 restates the primary; only what is still open is written off."""
    second = factories.make_payer(session)
    claim = claim_at_payer(session, ("99213", "135.00"), secondary=second)
    pay(
        session,
        claim,
        answer(claim, paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"))),
    )
    line = paid_line(claim, 0, "15.00", ("OA", "23", "78.88"), ("CO", "45", "36.40"), ("PR", "3", "4.72"))
    answered = answer(claim, line, status="2")
    remittance = house.take_in(session, house.era(session, second, answered, trace="SEC1"))[0]
    assert remittance.claim_payments[0].state == "posted", remittance.claim_payments[0].reason
    assert balances(session, claim) == (D("0.00"), D("4.72"))
    assert account_sums(session)[Account.CONTRACTUAL] == D("36.40")
    assert claim.state == "paid"
    house.assert_verified(session)
