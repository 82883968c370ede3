"""What a household owes and why (T1 to T4, Z4), and statement runs (T2, T3)."""

from datetime import date, timedelta
from decimal import Decimal
from io import BytesIO

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select

from clinic import clock, db, ledger, statements
from clinic.models import Procedure, Statement, StatementExclusion
from jobs import work
from tests import factories

D = Decimal


@pytest.fixture
def practice(session):
    return factories.make_practice(session)


def billed(
    session,
    *,
    patient=None,
    paid="82.60",
    contractual="62.40",
    pr=(("PR-1", "40.00"),),
    lines=(("99214", "185.00"),),
):
    """An adjudicated visit: the insurer paid, took its discount, and left the rest to the patient."""
    patient = patient or factories.make_patient(session)
    coverage = factories.make_coverage(session, patient)
    encounter = factories.make_encounter(session, patient, lines=lines)
    with db.transaction() as current:
        ledger.post_charges(
            current,
            encounter,
            payer_id=coverage.payer_id,
            guarantor_id=patient.guarantor_id,
            key=f"c{encounter.id}",
        )
        line = ledger.LinePosting(
            encounter.charges[0].id,
            paid=D(paid),
            contractual=[("CO-45", D(contractual))],
            patient=[(reason, D(amount)) for reason, amount in pr],
        )
        payment = ledger.InsurancePayment(patient.id, coverage.payer_id, [line])
        ledger.post_insurance_payment(current, payment, key=f"p{encounter.id}")
    return patient, encounter


def test_the_reasons_of_a_visit_add_up_to_what_is_owed(session, practice):
    patient, _ = billed(session, pr=(("PR-1", "30.00"), ("PR-2", "10.00")))
    bill = statements.bill(session, patient.guarantor_id)
    (visit,) = bill.visits
    assert dict(visit.reasons) == {"deductible": D("30.00"), "coinsurance": D("10.00")}
    assert sum(amount for _, amount in visit.reasons) == bill.total == D("40.00")


def test_each_line_balances_charge_discount_plan_and_patient(session, practice):
    patient, _ = billed(session)
    (line,) = statements.bill(session, patient.guarantor_id).visits[0].lines
    assert line.charged - line.discount - line.plan_paid - line.you_paid - line.with_plan == line.you_owe
    assert (line.charged, line.discount, line.plan_paid) == (D("185.00"), D("62.40"), D("82.60"))


def test_what_is_still_with_the_plan_is_not_asked_from_the_patient(session, practice):
    patient, _ = billed(session, paid="50.00", contractual="62.40", pr=(("PR-3", "25.00"),))
    (visit,) = statements.bill(session, patient.guarantor_id).visits
    assert visit.you_owe == D("25.00")
    assert visit.with_plan == D("47.60")


def test_money_that_was_paid_meets_the_copay_first(session, practice):
    patient, _ = billed(session, pr=(("PR-3", "25.00"), ("PR-1", "15.00")))
    with db.transaction() as current:
        ledger.receive_and_apply(
            current,
            guarantor_id=patient.guarantor_id,
            amount=D("30.00"),
            method="check",
            reference="1",
            key="k",
        )
    (visit,) = statements.bill(session, patient.guarantor_id).visits
    assert visit.reasons == (("deductible", D("10.00")),)
    assert visit.copay_paid == D("25.00")


def test_a_household_is_one_bill_with_each_patient(session, practice):
    parent, _ = billed(session)
    child = factories.make_patient(session, first_name="Leo", guarantor=parent.guarantor)
    billed(session, patient=child, pr=(("PR-2", "12.00"),))
    bill = statements.bill(session, parent.guarantor_id)
    assert bill.total == D("52.00")
    assert {visit.patient_first_name for visit in bill.visits} == {"Daniel", "Leo"}


def test_the_ages_add_up_to_the_total(session, practice):
    patient, _ = billed(session)
    bill = statements.bill(session, patient.guarantor_id)
    assert bill.ages == (D("40.00"), 0, 0, 0, 0)


def test_a_frozen_bill_reads_back_as_it_was(session, practice):
    patient, _ = billed(session)
    bill = statements.bill(session, patient.guarantor_id)
    again = statements.thaw(bill.frozen())
    assert (again.visits, again.total, again.ages) == (bill.visits, bill.total, bill.ages)


def test_bills_of_many_guarantors_take_as_many_queries_as_of_one(session, practice, count_queries):
    many = [billed(session)[0].guarantor_id for _ in range(6)]
    with count_queries() as one:
        statements.bills(session, many[:1])
    with count_queries() as all_of_them:
        statements.bills(session, many)
    assert len(all_of_them) == len(one) <= 6


def start(key="run-1"):
    with db.transaction() as current:
        return statements.start(current, key)


def test_a_run_freezes_a_statement_for_whoever_owes_and_says_why_others_are_left_out(session, practice):
    patient, _ = billed(session)
    small, _ = billed(session, pr=(("PR-2", "4.99"),))
    held = factories.make_patient(session)
    held.guarantor.statement_hold = "disputed"
    billed(session, patient=held)
    batch = start()
    assert batch.statement_count == 1
    assert batch.amount == D("40.00")
    reasons = dict(session.execute(select(StatementExclusion.guarantor_id, StatementExclusion.reason)).all())
    assert reasons[small.guarantor_id] == "Less than $5.00"
    assert reasons[held.guarantor_id] == "On hold: disputed"
    assert session.scalar(select(Statement.guarantor_id)) == patient.guarantor_id


def test_the_second_click_starts_no_second_run(session, practice):
    billed(session)
    assert start("same").id == start("same").id
    assert session.scalar(select(func.count()).select_from(Statement)) == 1


def test_nobody_gets_two_statements_within_the_days_between_two(session, practice):
    billed(session)
    start("one")
    with pytest.raises(statements.MadeAlready, match="made already, by another run"):
        start("two")
    (left,) = statements.preview(session).left_out
    assert "less than 30 days ago" in left.reason


def test_after_the_days_between_two_a_reminder_goes_out_and_names_the_last_one(session, practice):
    billed(session)
    start("one")
    clock.set_days_ahead(31)
    start("two")
    newest = session.scalars(select(Statement).order_by(Statement.id.desc())).first()
    assert newest.details["previous"]["amount"] == "40.00"
    assert newest.due_on == clock.today() + timedelta(days=practice.statement_due_days)


def test_money_on_account_lowers_what_is_asked(session, practice):
    patient, _ = billed(session)
    with db.transaction() as current:
        ledger.receive(
            current,
            guarantor_id=patient.guarantor_id,
            amount=D("15.00"),
            method="cash",
            purpose="prepayment",
            key="x",
        )
    (one,) = statements.preview(session).ready
    assert one.amount == D("25.00")


@pytest.mark.parametrize(("language", "words"), [("en", "is your deductible"), ("es", "es su deducible")])
def test_the_pdf_says_what_is_owed_and_why_in_the_guarantors_language(
    session, practice, monkeypatch, environment, language, words
):
    patient, _ = billed(session)
    patient.guarantor.language = language
    said = {"description": "Office visit", "spanish": "Consulta de seguimiento"}
    session.add(Procedure(code="99214", effective_on=date(2020, 1, 1), **said))
    session.flush()
    start()
    work.drain()
    statement = session.scalars(select(Statement)).one()
    assert statement.state == "rendered"
    reader = PdfReader(BytesIO(statement.file.content()))
    text = " ".join(" ".join(page.extract_text() for page in reader.pages).split())
    assert len(reader.pages) == 2
    assert words in text
    assert "$40.00" in text
    assert ("Consulta de seguimiento" in text) == (language == "es")
    assert ("Page 2 of 2" if language == "en" else "Página 2 de 2") in text
    assert reader.metadata.title.startswith("Statement for" if language == "en" else "Estado de cuenta de")
