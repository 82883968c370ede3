"""What every ledger test needs: a posted visit, and the sums of the accounts."""

from datetime import date
from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import clock, ledger
from clinic.models.charges import Encounter
from clinic.models.ledger import Account, Posting
from clinic.models.patients import Patient
from clinic.models.payers import Payer
from clinic.models.remittances import Remittance
from tests.factories import make_encounter


def post_visit(
    session: Session,
    patient: Patient,
    payer: Payer | None,
    *amounts: str,
    key: str = "visit",
    posted_on: date | None = None,
    **changes: object,
) -> Encounter:
    """A visit with one line per amount, posted to the payer, or to the patient without one."""
    lines = tuple((f"9921{number}", amount) for number, amount in enumerate(amounts, start=1))
    encounter = make_encounter(session, patient, lines=lines, **changes)
    ledger.post_charges(
        session,
        encounter,
        payer_id=payer.id if payer else None,
        guarantor_id=patient.guarantor_id,
        key=key,
        posted_on=posted_on,
    )
    return encounter


def account_sums(session: Session) -> dict[Account, Decimal]:
    """The sum of every account that is not zero."""
    rows = session.execute(select(Posting.account, func.sum(Posting.amount)).group_by(Posting.account))
    return {row[0]: row[1] for row in rows if row[1]}


def pay_claim(
    session: Session,
    encounter: Encounter,
    payer: Payer,
    *,
    paid: str,
    contractual: str = "0.00",
    patient: str = "0.00",
    amount: str = "",
    key: str = "era",
) -> Remittance:
    """A posted remittance that answers the visit's first charge."""
    remittance = make_remittance(session, payer, amount or paid)
    line = ledger.LinePosting(
        encounter.charges[0].id,
        paid=Decimal(paid),
        contractual=[("CO-45", Decimal(contractual))],
        patient=[("PR-2", Decimal(patient))],
    )
    payment = ledger.InsurancePayment(
        patient_id=encounter.patient_id, payer_id=payer.id, remittance_id=remittance.id, lines=[line]
    )
    ledger.post_insurance_payment(session, payment, key=key)
    return remittance


def make_remittance(session: Session, payer: Payer, amount: str, **changes: object) -> Remittance:
    """A remittance that the payer paid `amount` with."""
    values = {
        "payer_id": payer.id,
        "payer_name": payer.name,
        "trace": "EFT1",
        "method": "ACH",
        "amount": Decimal(amount),
        "identity": "made up",
        "content_hash": "made up",
        "state": "posted",
        "received_at": clock.now(),
    }
    remittance = Remittance(**(values | changes))
    session.add(remittance)
    session.flush()
    return remittance
