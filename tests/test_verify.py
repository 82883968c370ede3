"""`clinic verify` holds on a true ledger and names the first wrong row of a false one (trust T2, T3)."""

from decimal import Decimal

import pytest
from sqlalchemy import create_engine, text

from clinic import db, ledger, verify
from clinic.models.database_rules import RULES
from tests.factories import make_patient, make_payer
from tests.ledger.house import pay_claim, post_visit


def failing(session) -> dict[str, verify.CheckResult]:
    return {result.name: result for result in verify.checks(session) if not result.ok}


@pytest.fixture
def books(committed):
    """A committed little ledger, and a way to break it as the owner, past every trigger."""
    with db.transaction() as session:
        patient, payer = make_patient(session), make_payer(session)
        encounter = post_visit(session, patient, payer, "135.00")
        pay_claim(session, encounter, payer, paid="80.00", contractual="35.00", patient="20.00")
        ledger.receive_and_apply(
            session, guarantor_id=patient.guarantor_id, amount=Decimal("30.00"), method="cash", key="desk"
        )
    owner = create_engine(committed.owner_url)

    def break_with(*statements: str) -> dict[str, verify.CheckResult]:
        with owner.begin() as connection:
            connection.execute(text("SET session_replication_role = replica"))
            for statement in statements:
                connection.execute(text(statement))
        return failing(db.session())

    yield break_with
    owner.dispose()


def test_a_true_ledger_passes_every_check(books):
    results = list(verify.checks(db.session()))
    assert len(results) >= 13
    assert [result for result in results if not result.ok] == []


@pytest.mark.parametrize(
    ("statement", "check", "first"),
    [
        (
            "UPDATE posting SET amount = amount + 1 WHERE id = 1",
            "every entry sums to zero",
            "journal_entry 1",
        ),
        ("UPDATE posting SET amount = amount + 1 WHERE id = 1", "all postings sum to zero", "posting"),
        (
            "DELETE FROM posting WHERE entry_id = 2",
            "every entry sums to zero",
            "journal_entry 2",
        ),
        (
            "UPDATE open_item SET amount = amount + 1 WHERE bucket = 'patient'",
            "open balances equal the journal",
            "charge 1 patient",
        ),
        ("DELETE FROM open_item", "open balances equal the journal", "charge 1 insurance"),
        (
            "UPDATE open_item SET service_on = service_on - 1 WHERE bucket = 'patient'",
            "open balances belong to their patient",
            "charge 1 patient",
        ),
        ("UPDATE unapplied_item SET amount = 0", "unapplied money equals the journal", "receipt 1"),
        (
            "UPDATE receipt SET amount = amount + 1",
            "receipts are applied, unapplied or refunded",
            "receipt R-000001",
        ),
        ("UPDATE charge SET amount = amount + 1", "charges are paid, adjusted or open", "charge 1"),
        (
            "UPDATE remittance SET amount = amount + 1",
            "remittances equal their cash",
            "remittance 1",
        ),
        ("DELETE FROM audit_event WHERE id = 2", "the audit chain is unbroken", "audit_event 2"),
    ],
)
def test_a_changed_row_is_found_and_named(books, statement, check, first):
    """B1, B3, B4, R4: each promise fails on the row that breaks it."""
    broken = books(statement)
    assert broken[check].first_wrong is not None
    assert broken[check].first_wrong.startswith(first)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_missing_rule_is_found(books, rule):
    broken = books(rule.drop)
    assert f"{rule.name} on {rule.table} is missing" in broken["the database keeps its rules"].detail


@pytest.mark.parametrize(
    ("statement", "check"),
    [
        ("ALTER TABLE posting DISABLE TRIGGER posting_balances", "the database keeps its rules"),
        (
            "DROP TRIGGER posting_append_only ON posting; CREATE TRIGGER posting_append_only "
            "BEFORE DELETE ON posting EXECUTE FUNCTION refuse_change()",
            "the database keeps its rules",
        ),
        (
            "ALTER TABLE appointment DROP CONSTRAINT appointment_room_free; ALTER TABLE appointment ADD "
            "CONSTRAINT appointment_room_free EXCLUDE USING gist (tstzrange(starts_at, ends_at) WITH &&)",
            "the database keeps its rules",
        ),
        (
            "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger AS 'BEGIN RETURN NULL; END' "
            "LANGUAGE plpgsql",
            "the rules' functions are unchanged",
        ),
        ("GRANT UPDATE ON posting TO clinic_app", "history is insert-only"),
        ("GRANT UPDATE (memo) ON journal_entry TO clinic_app", "history is insert-only"),
        ("GRANT INSERT (written_in) ON journal_entry TO clinic_app", "history is insert-only"),
    ],
)
def test_a_weakened_rule_is_found(books, statement, check):
    assert check in books(statement)


def test_verify_leaves_nothing_behind(books):
    session = db.session()
    list(verify.checks(session))
    left = session.scalar(
        text("SELECT count(*) FROM pg_class WHERE relnamespace = pg_my_temp_schema() AND relkind = 'r'")
    )
    assert left == 0
