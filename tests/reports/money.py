"""A small clinic with money in every age: open, paid over, unapplied, denied, answered."""

import itertools
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic import clock, db, ledger
from clinic.models import Claim, ClaimPayment, Denial, Patient, Payer, ServicePayment
from tests import factories
from tests.ledger.house import make_remittance, pay_claim, post_visit

AGES = (3, 40, 75, 100, 200)
_keys = itertools.count(1)


def usd(amount: str) -> Decimal:
    return Decimal(amount)


@dataclass
class House:
    """The rows that tests speak of."""

    payer: Payer
    patient: Patient
    formula_patient: Patient
    today: date


def visit(session: Session, patient: Patient, payer: Payer | None, amount: str, days_ago: int):
    """A posted visit of one line some days ago, on its own post date."""
    on = clock.today() - timedelta(days=days_ago)
    return post_visit(
        session, patient, payer, amount, key=f"visit-{next(_keys)}", posted_on=on, service_on=on
    )


def make_house(session: Session) -> House:
    """Insurance $100.10 in each age, patients $10.01 in each age, $7.00 unapplied, $5.00 paid over on a charge."""
    with db.transaction():
        factories.make_practice(session)
        payer = factories.make_payer(session, name="Summit Medicare")
        patient = factories.make_patient(session, last_name="Stewart", first_name="Gail")
        formula = factories.make_patient(session, last_name="=cmd", first_name="Eve")
        for days in AGES:
            visit(session, patient, payer, "100.10", days)
            visit(session, formula, None, "10.01", days)
        receive(session, patient, "7.00", "cash")
        over = visit(session, patient, payer, "50.00", 2)
        pay_claim(session, over, payer, paid="55.00", key=f"era-{next(_keys)}")
    return House(payer, patient, formula, clock.today())


def receive(session: Session, patient: Patient, amount: str, method: str, **more: object):
    return ledger.receive(
        session,
        guarantor_id=patient.guarantor_id,
        patient_id=patient.id,
        amount=usd(amount),
        method=method,
        key=f"receipt-{next(_keys)}",
        **more,
    )


def answer(session: Session, house: House, *denied: bool) -> Claim:
    """A claim whose lines a payer answered; each denied one has its denial."""
    encounter = factories.make_encounter(
        session, house.patient, lines=tuple(("99213", "80.00") for _ in denied), state="signed"
    )
    coverage = next(iter(house.patient.coverages), None)
    coverage = coverage or factories.make_coverage(session, house.patient, house.payer)
    number = next(_keys)
    claim = Claim(
        control_number=f"R26-{number:06d}", encounter_id=encounter.id, patient_id=house.patient.id,
        coverage_id=coverage.id, payer_id=house.payer.id, service_on=house.today, state="denied",
        amount_billed=usd("80.00") * len(denied), filing_due_on=house.today, created_at=clock.now(),
        clean_first_time=not any(denied),
    )  # fmt: skip
    session.add(claim)
    remittance = make_remittance(session, house.payer, "0.00", posted_at=clock.now())
    session.flush()
    paid = ClaimPayment(
        remittance_id=remittance.id, position=1, control_number=claim.control_number, status_code="1",
        amount_billed=claim.amount_billed, amount_paid=usd("0.00"), claim_id=claim.id, state="posted",
    )  # fmt: skip
    session.add(paid)
    session.flush()
    for place, is_denied in enumerate(denied, start=1):
        session.add(
            ServicePayment(
                claim_payment_id=paid.id, position=place, code="99213", amount_billed=usd("80.00"),
                amount_paid=usd("0.00"), denied=is_denied,
            )
        )  # fmt: skip
        if is_denied:
            session.add(
                Denial(
                    claim_id=claim.id, group_code="CO", reason_code="197", category="Authorization",
                    amount=usd("80.00"), due_on=house.today, created_at=clock.now(),
                )
            )  # fmt: skip
    session.flush()
    return claim
