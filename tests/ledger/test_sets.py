"""A whole remittance goes in as sets, and two at once queue (performance rows 5, 6 and 11; trust T1)."""

import threading
from contextlib import contextmanager
from decimal import Decimal

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic import db, ledger, verify
from clinic.ledger import InsurancePayment, LinePosting
from clinic.models.charges import Charge
from clinic.models.ledger import JournalEntry
from tests.factories import make_encounter, make_patient, make_payer, make_provider
from tests.ledger.house import post_visit


@contextmanager
def counted(session: Session):
    """The statements sent while the block runs."""
    statements: list[str] = []

    def note(_conn, _cursor, statement, *_rest) -> None:
        statements.append(statement)

    engine = session.get_bind().engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(engine, "before_cursor_execute", note)


def payments_for(session, patient, payer, provider, claims: int, start: int) -> dict[str, InsurancePayment]:
    lines = tuple(("99213", "100.00") for _ in range(claims))
    encounter = make_encounter(session, patient, provider, lines=lines)
    ledger.post_charges(
        session, encounter, payer_id=payer.id, guarantor_id=patient.guarantor_id, key=f"visit{start}"
    )
    return {
        f"clp{start + number}": InsurancePayment(
            patient_id=patient.id,
            payer_id=payer.id,
            lines=[
                LinePosting(
                    charge.id,
                    paid=Decimal("80.00"),
                    contractual=[("CO-45", Decimal("5.00"))],
                    patient=[("PR-2", Decimal("15.00"))],
                )
            ],
        )
        for number, charge in enumerate(encounter.charges)
    }


def test_the_number_of_statements_does_not_follow_the_number_of_claims(session):
    patient, payer, provider = make_patient(session), make_payer(session), make_provider(session)
    needed = {}
    for claims in (2, 200):
        with db.transaction():
            payments = payments_for(session, patient, payer, provider, claims, claims * 10)
        with db.transaction():
            with counted(session) as statements:
                entries = ledger.post_insurance_payments(session, payments)
            needed[claims] = len(statements)
        assert all(entries.values())
    assert needed[2] == needed[200] <= 7
    assert ledger.patient_balance(session, patient.id).patient == 202 * 15


def test_a_remittance_posted_twice_changes_nothing_and_part_of_one_posts_the_rest(session):
    """Trust T1: a job that died and runs again."""
    patient, payer, provider = make_patient(session), make_payer(session), make_provider(session)
    with db.transaction():
        payments = payments_for(session, patient, payer, provider, 10, 0)
        first = dict(list(payments.items())[:4])
        before = ledger.post_insurance_payments(session, first)
    with db.transaction():
        entries = ledger.post_insurance_payments(session, payments)
    assert {key: entries[key] for key in first} == before
    assert ledger.patient_balance(session, patient.id).patient == 150


def test_a_charge_entry_and_a_payment_cost_few_statements_whatever_the_history(session):
    """Performance rows 5 and 6: at most 8 statements, constant in paid history."""
    patient = make_patient(session)
    encounter = make_encounter(session, patient, lines=tuple(("99213", "10.00") for _ in range(3)))
    with db.transaction(), counted(session) as statements:
        ledger.post_charges(session, encounter, payer_id=None, guarantor_id=patient.guarantor_id, key="v")
    assert len(statements) <= 8

    def pay(number: int) -> int:
        with db.transaction(), counted(session) as statements:
            ledger.receive_and_apply(
                session,
                guarantor_id=patient.guarantor_id,
                amount=Decimal("1.00"),
                method="cash",
                key=f"p{number}",
            )
        return len(statements)

    assert len({pay(number) for number in range(8)}) == 1


def test_explaining_many_charges_costs_what_one_does(session):
    patient, payer, provider = make_patient(session), make_payer(session), make_provider(session)
    with db.transaction():
        ledger.post_insurance_payments(session, payments_for(session, patient, payer, provider, 20, 0))
    charges = list(session.scalars(select(Charge.id)))
    with counted(session) as statements:
        reasons = ledger.explain_many(session, charges, "patient")
    assert len(statements) <= 4
    assert {ledger.total(some) for some in reasons.values()} == {Decimal("15.00")}


@pytest.mark.parametrize("clicks", [8])
def test_many_clicks_at_once_apply_a_receipt_once(committed, clicks):
    """Trust T1: the same key from eight browsers; and B4 when each has its own key."""
    with db.transaction() as session:
        patient = make_patient(session)
        charge_id = post_visit(session, patient, None, "90.00").charges[0].id
        receipt = ledger.receive(
            session, guarantor_id=patient.guarantor_id, amount=Decimal("50.00"), method="cash", key="desk"
        )
    outcomes: list[str] = []

    def click(key: str) -> None:
        try:
            with db.transaction() as own:
                ledger.apply_receipt(
                    own, own.merge(receipt, load=False), charge_id, Decimal("20.00"), key=key
                )
            outcomes.append("applied")
        except ledger.OverApplied:
            outcomes.append("refused")
        except IntegrityError:
            outcomes.append("again")
        finally:
            db.session.remove()

    for keys in (["same"] * clicks, [f"own{number}" for number in range(clicks)]):
        threads = [threading.Thread(target=click, args=(key,)) for key in keys]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    session = db.session()
    assert outcomes[:clicks] == ["applied"] * clicks
    assert sorted(outcomes[clicks:]) == ["applied"] + ["refused"] * (clicks - 1)
    assert session.scalar(select(func.count()).select_from(JournalEntry)) == 4
    assert [result for result in verify.checks(session) if not result.ok] == []


def test_opposite_orders_of_charges_do_not_deadlock(committed):
    """Locks are taken by id, whatever order a remittance lists its claims in."""
    with db.transaction() as session:
        patient, payer, provider = make_patient(session), make_payer(session), make_provider(session)
        payments = payments_for(session, patient, payer, provider, 30, 0)
    faults: list[Exception] = []

    def post(order: list[str], prefix: str) -> None:
        try:
            with db.transaction() as own:
                ledger.post_insurance_payments(own, {f"{prefix}{key}": payments[key] for key in order})
        except Exception as fault:
            faults.append(fault)
        finally:
            db.session.remove()

    orders = [sorted(payments), sorted(payments, reverse=True)] * 3
    threads = [threading.Thread(target=post, args=(order, f"r{n}:")) for n, order in enumerate(orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert [result for result in verify.checks(db.session()) if not result.ok] == []
