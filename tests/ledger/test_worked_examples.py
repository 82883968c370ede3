"""Accounting stories that a biller can check, each from the visit to its end."""

from datetime import date
from decimal import Decimal

from clinic import db, ledger, verify
from clinic.ledger import InsurancePayment, LinePosting
from clinic.models.ledger import Account
from clinic.models.remittances import ClaimPayment
from tests.factories import make_appointment, make_encounter, make_guarantor, make_patient, make_payer
from tests.ledger.house import account_sums, make_remittance, pay_claim, post_visit


def usd(amount: str) -> Decimal:
    return Decimal(amount)


def assert_books_hold(session) -> None:
    assert [result for result in verify.checks(session) if not result.ok] == []


def test_copay_insurance_contract_and_the_rest_by_card_come_to_zero(session):
    """B1, B3, B4, R11, R14, R23: the house's story, every step with its balance."""
    patient, payer = make_patient(session), make_payer(session)
    appointment = make_appointment(session, patient)
    with db.transaction():
        copay = ledger.receive(
            session,
            guarantor_id=patient.guarantor_id,
            patient_id=patient.id,
            appointment_id=appointment.id,
            amount=usd("25.00"),
            method="cash",
            purpose="copay",
            key="copay",
        )
        encounter = make_encounter(
            session, patient, lines=(("99213", "135.00"),), appointment_id=appointment.id
        )
        ledger.post_charges(
            session, encounter, payer_id=payer.id, guarantor_id=patient.guarantor_id, key="visit"
        )
    charge = encounter.charges[0]
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied) == (135, 0, 25)

    with db.transaction():
        # The contract allows $125.00: the insurer pays 80 % of it, the patient owes the copay; $10.00 is given up.
        payment = InsurancePayment(
            patient_id=patient.id,
            payer_id=payer.id,
            paid_on=date(2026, 3, 2),
            lines=[
                LinePosting(
                    charge.id,
                    paid=usd("80.00"),
                    contractual=[("CO-45", usd("10.00"))],
                    patient=[("PR-3", usd("25.00")), ("PR-2", usd("20.00"))],
                )
            ],
        )
        ledger.post_insurance_payment(session, payment, key="era")
        ledger.apply_unapplied(session, patient.guarantor_id, key="after-era")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied, balance.due) == (0, 20, 0, 20)
    day = f"{encounter.service_on:%m/%d/%Y}"
    assert [(reason.amount, reason.words) for reason in ledger.explain(session, charge.id, "patient")] == [
        (usd("25.00"), f"Copay on 99213 ({day})"),
        (usd("20.00"), f"Coinsurance on 99213 ({day})"),
        (usd("-25.00"), f"Paid with receipt {copay.number} (cash)"),
    ]
    assert [(reason.amount, reason.words) for reason in ledger.explain(session, charge.id)] == [
        (usd("135.00"), f"Charged for 99213 ({day})"),
        (usd("-80.00"), f"Paid by {payer.name} on 99213 ({day})"),
        (usd("-10.00"), f"Lowered by the contract with {payer.name} on 99213 ({day}) (CO-45)"),
        (usd("-25.00"), f"Paid with receipt {copay.number} (cash)"),
    ]

    with db.transaction():
        ledger.receive_and_apply(
            session,
            guarantor_id=patient.guarantor_id,
            amount=usd("20.00"),
            method="card_online",
            reference="pi_made_up",
            key="card",
        )
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied, balance.oldest) == (0, 0, 0, None)
    assert account_sums(session) == {
        Account.REVENUE: usd("-135.00"),
        Account.CASH: usd("125.00"),
        Account.CONTRACTUAL: usd("10.00"),
    }
    assert_books_hold(session)


def test_a_denied_line_stays_with_insurance_until_somebody_works_it(session):
    """R13, R23, B7: nothing is posted for CO-16; written off for timely filing it ends as a denial write-off."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        encounter = post_visit(session, patient, payer, "135.00", "35.00")
        paid, denied = encounter.charges
        payment = InsurancePayment(
            patient_id=patient.id,
            payer_id=payer.id,
            lines=[
                LinePosting(paid.id, paid=usd("100.00"), contractual=[("CO-45", usd("35.00"))]),
                LinePosting(denied.id),
            ],
        )
        ledger.post_insurance_payment(session, payment, key="era")
    assert ledger.patient_balance(session, patient.id).insurance == usd("35.00")
    with db.transaction():
        ledger.write_off(
            session,
            denied.id,
            "insurance",
            usd("35.00"),
            "timely_filing",
            "Appeal window missed",
            key="give-up",
        )
    assert ledger.patient_balance(session, patient.id).total == 0
    assert account_sums(session)[Account.DENIAL_WRITE_OFF] == usd("35.00")
    assert_books_hold(session)


def test_a_full_denial_posts_no_entry(session):
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        encounter = post_visit(session, patient, payer, "135.00")
        payment = InsurancePayment(
            patient_id=patient.id, payer_id=payer.id, lines=[LinePosting(encounter.charges[0].id)]
        )
        assert ledger.post_insurance_payment(session, payment, key="denied") is None
    assert ledger.patient_balance(session, patient.id).insurance == usd("135.00")


def test_a_reversal_and_its_correction_move_only_the_difference(session):
    """R16, R19, R20: negated amounts, then the new ones; the patient's ageing does not start again."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        encounter = post_visit(session, patient, payer, "135.00")
        pay_claim(session, encounter, payer, paid="80.00", contractual="35.00", patient="20.00")
    before = ledger.patient_balance(session, patient.id)
    charge_id = encounter.charges[0].id

    def line(paid: str, contractual: str, patient_part: str) -> InsurancePayment:
        posting = LinePosting(
            charge_id,
            paid=usd(paid),
            contractual=[("CO-45", usd(contractual))],
            patient=[("PR-2", usd(patient_part))],
        )
        return InsurancePayment(patient_id=patient.id, payer_id=payer.id, lines=[posting])

    with db.transaction():
        payments = {
            "clp-1": line("-80.00", "-35.00", "-20.00"),
            "clp-2": line("70.00", "35.00", "30.00"),
        }
        ledger.post_insurance_payments(session, payments)
    after = ledger.patient_balance(session, patient.id)
    assert (after.insurance, after.patient) == (0, 30)
    assert after.oldest == before.oldest
    assert account_sums(session)[Account.CASH] == usd("70.00")
    assert ledger.total(ledger.explain(session, charge_id, "patient")) == usd("30.00")


def test_a_takeback_after_the_patient_paid_leaves_a_credit_to_refund(session):
    """R19, B6: the insurer takes it over, so what the patient paid is hers again."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        encounter = post_visit(session, patient, payer, "100.00")
        remittance = pay_claim(session, encounter, payer, paid="80.00", patient="20.00")
        receipt = ledger.receive_and_apply(
            session, guarantor_id=patient.guarantor_id, amount=usd("20.00"), method="check", key="check"
        )
    with db.transaction():
        remittance.state = "reversed"
        ledger.reverse_remittance(session, remittance.id, "Payer reissued the remittance", key="unpost")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.credit) == (100, -20, 20)
    with db.transaction():
        charge_id = encounter.charges[0].id
        ledger.unapply_receipt(session, receipt, charge_id, usd("20.00"), "Paid twice", key="free")
        ledger.refund(session, receipt, usd("20.00"), "check", "Insurer pays in full", key="refund")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied) == (100, 0, 0)
    assert account_sums(session)[Account.INSURANCE_RECEIVABLE] == usd("100.00")
    assert_books_hold(session)


def test_a_bounced_check_opens_the_balance_with_its_old_date(session):
    """B8, B10: the debt is as old as it was."""
    patient = make_patient(session)
    with db.transaction():
        encounter = post_visit(session, patient, None, "90.00", posted_on=date(2026, 3, 2))
        receipt = ledger.receive_and_apply(
            session, guarantor_id=patient.guarantor_id, amount=usd("100.00"), method="check", key="check"
        )
    assert ledger.patient_balance(session, patient.id).patient == 0
    with db.transaction():
        entries = ledger.reverse_receipt(session, receipt, "Check returned: no funds", key="nsf")
    assert len(entries) == 2
    balance = ledger.guarantor_balance(session, patient.guarantor_id)
    assert (balance.patient, balance.unapplied, balance.oldest) == (90, 0, date(2026, 3, 2))
    assert ledger.total(ledger.explain(session, encounter.charges[0].id, "patient")) == usd("90.00")
    with db.transaction():
        assert ledger.reverse_receipt(session, receipt, "Check returned: no funds", key="nsf") == entries
    assert_books_hold(session)


def test_unmatched_insurance_money_is_cash_at_once_and_finds_its_claim_later(session):
    """R4, R10: the deposit is whole from the first day."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        encounter = post_visit(session, patient, payer, "135.00")
        remittance = make_remittance(session, payer, "80.00")
        clp = make_claim_payment(session, remittance, "80.00")
        ledger.post_unmatched_insurance(
            session,
            remittance_id=remittance.id,
            claim_payment_id=clp.id,
            payer_id=payer.id,
            amount=usd("80.00"),
            paid_on=None,
            key="unmatched",
        )
    assert account_sums(session)[Account.UNAPPLIED_INSURANCE] == usd("-80.00")
    assert_books_hold(session)
    with db.transaction():
        payment = InsurancePayment(
            patient_id=patient.id,
            payer_id=payer.id,
            remittance_id=remittance.id,
            claim_payment_id=clp.id,
            lines=[LinePosting(encounter.charges[0].id, paid=usd("80.00"), patient=[("PR-1", usd("55.00"))])],
        )
        ledger.move_unmatched(session, payment, key="matched")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient) == (0, 55)
    assert Account.UNAPPLIED_INSURANCE not in account_sums(session)
    assert_books_hold(session)


def test_interest_and_recoupment_make_the_cash_equal_the_check(session):
    """R4, R5, R21: BPR02 = Σ CLP04 − Σ PLB; L6 −1.20 raises the payment, WO 30.00 lowers it."""
    patient, payer = make_patient(session), make_payer(session)
    with db.transaction():
        encounter = post_visit(session, patient, payer, "135.00")
        remittance = pay_claim(session, encounter, payer, paid="80.00", amount="51.20")
        for account, reason, amount in (
            (Account.INTEREST_INCOME, "L6", "-1.20"),
            (Account.RECOUPMENT_RECEIVABLE, "WO", "30.00"),
        ):
            ledger.post_provider_adjustment(
                session,
                remittance_id=remittance.id,
                account=account,
                reason=reason,
                amount=usd(amount),
                reference="made up",
                key=f"plb-{reason}",
            )
    assert account_sums(session)[Account.CASH] == usd("51.20") == remittance.amount
    assert_books_hold(session)


def test_one_payment_covers_a_household_oldest_responsibility_first(session):
    """T1, R23: the guarantor pays once; each child's ledger shows its own part."""
    guarantor = make_guarantor(session)
    older, younger = (make_patient(session, guarantor=guarantor) for _ in range(2))
    with db.transaction():
        post_visit(session, younger, None, "60.00", key="second", posted_on=date(2026, 4, 1))
        post_visit(session, older, None, "50.00", key="first", posted_on=date(2026, 3, 1))
        ledger.receive_and_apply(
            session, guarantor_id=guarantor.id, amount=usd("75.00"), method="cash", key="household"
        )
    assert ledger.patient_balance(session, older.id).patient == 0
    assert ledger.patient_balance(session, younger.id).patient == usd("35.00")
    assert ledger.guarantor_balance(session, guarantor.id).due == usd("35.00")
    page = ledger.entries_page(session, younger.id)
    assert [(row.entry.kind.value, row.patient) for row in page.rows] == [
        ("application", usd("-25.00")),
        ("charge", usd("60.00")),
    ]


def test_a_copay_waits_for_its_own_visit_while_insurance_has_not_answered(session):
    """R23: today's copay does not vanish into last month's balance."""
    patient, payer = make_patient(session), make_payer(session)
    appointment = make_appointment(session, patient)
    with db.transaction():
        post_visit(session, patient, None, "40.00", key="old", posted_on=date(2026, 3, 1))
        ledger.receive(
            session,
            guarantor_id=patient.guarantor_id,
            patient_id=patient.id,
            appointment_id=appointment.id,
            amount=usd("25.00"),
            method="cash",
            purpose="copay",
            key="copay",
        )
        assert ledger.apply_unapplied(session, patient.guarantor_id, key="not charged yet") == []
        visit = post_visit(session, patient, payer, "100.00", key="new", appointment_id=appointment.id)
        assert ledger.apply_unapplied(session, patient.guarantor_id, key="not answered yet") == []
        pay_claim(session, visit, payer, paid="90.00", patient="10.00")
        ledger.apply_unapplied(session, patient.guarantor_id, key="answered")
    # $10.00 to its own visit, though the other is older; the surplus then lowers the old balance.
    assert ledger.charge_balances(session, [visit.charges[0].id])[visit.charges[0].id].patient == 0
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.patient, balance.unapplied) == (25, 0)


def make_claim_payment(session, remittance, amount):
    from_payer = ClaimPayment(
        remittance_id=remittance.id,
        position=1,
        control_number="made up",
        status_code="1",
        amount_billed=usd("135.00"),
        amount_paid=usd(amount),
        state="unmatched",
    )
    session.add(from_payer)
    session.flush()
    return from_payer
