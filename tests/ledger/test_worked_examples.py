"""Accounting stories that a biller can check, each from the visit to zero."""

from datetime import date
from decimal import Decimal

from clinic import db, ledger
from clinic.ledger import InsurancePayment, LinePosting
from clinic.models.ledger import Account
from tests.factories import make_appointment, make_encounter, make_patient, make_payer
from tests.ledger.house import account_sums


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
            amount=Decimal("25.00"),
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
        # The contract allows $100.00; the insurer pays 80 % of it less the copay's share, patient owes 20 + 25.
        payment = InsurancePayment(
            patient_id=patient.id,
            payer_id=payer.id,
            paid_on=date(2026, 3, 2),
            lines=[
                LinePosting(
                    charge.id,
                    paid=Decimal("55.00"),
                    contractual=[("CO-45", Decimal("35.00"))],
                    patient=[("PR-3", Decimal("25.00")), ("PR-2", Decimal("20.00"))],
                )
            ],
        )
        ledger.post_insurance_payment(session, payment, key="era")
        ledger.apply_unapplied(session, patient.guarantor_id, key="after-era")
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied, balance.due) == (0, 20, 0, 20)
    assert [
        (reason.amount, reason.words) for reason in ledger.explain(session, charge.id, ledger.PATIENT)
    ] == [
        (Decimal("25.00"), f"Copay on 99213 ({encounter.service_on:%m/%d/%Y})"),
        (Decimal("20.00"), f"Coinsurance on 99213 ({encounter.service_on:%m/%d/%Y})"),
        (Decimal("-25.00"), f"Paid with receipt {copay.number} (cash)"),
    ]

    with db.transaction():
        ledger.receive_and_apply(
            session,
            guarantor_id=patient.guarantor_id,
            amount=Decimal("20.00"),
            method="card_online",
            reference="pi_made_up",
            key="card",
        )
    balance = ledger.patient_balance(session, patient.id)
    assert (balance.insurance, balance.patient, balance.unapplied, balance.oldest) == (0, 0, 0, None)
    assert account_sums(session) == {
        Account.REVENUE: Decimal("-135.00"),
        Account.CASH: Decimal("100.00"),
        Account.CONTRACTUAL: Decimal("35.00"),
    }
