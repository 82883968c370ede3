"""What every ledger test needs: a posted visit, and the sums of the accounts."""

from decimal import Decimal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import ledger
from clinic.models.charges import Encounter
from clinic.models.ledger import Account, Posting
from clinic.models.patients import Patient
from clinic.models.payers import Payer
from tests.factories import make_encounter


def post_visit(
    session: Session,
    patient: Patient,
    payer: Payer | None,
    *amounts: str,
    key: str = "visit",
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
    )
    return encounter


def account_sums(session: Session) -> dict[Account, Decimal]:
    """The sum of every account that is not zero."""
    rows = session.execute(select(Posting.account, func.sum(Posting.amount)).group_by(Posting.account))
    return {row[0]: row[1] for row in rows if row[1]}
