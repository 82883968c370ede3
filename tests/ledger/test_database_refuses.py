"""The database keeps the ledger's rules against the application itself (B1, B12, trust T2, T3)."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from clinic import db, ledger
from clinic.models.database_rules import APPEND_ONLY, FUNCTIONS, RULES
from tests.factories import make_patient
from tests.ledger.house import post_visit

PAGE = Path(__file__).parents[2] / "docs" / "database-rules.md"
ENTRY = text(
    "INSERT INTO journal_entry (public_id, kind, posted_on, created_at, memo, cause, idempotency_key) "
    "VALUES (:key, 'charge', :day, now(), 'made up', '{}', :key) RETURNING id"
)
POSTING = text(
    "INSERT INTO posting (entry_id, account, amount, reason) VALUES (:entry, :account, :amount, '')"
)


@pytest.fixture
def application(committed):
    """Real transactions of the application's role, on a ledger with one charge and one receipt."""
    with db.transaction() as session:
        patient = make_patient(session)
        post_visit(session, patient, None, "90.00")
        ledger.receive(
            session, guarantor_id=patient.guarantor_id, amount=Decimal("50.00"), method="cash", key="desk"
        )
    engine = create_engine(committed.app_url)
    yield engine
    engine.dispose()


def write_entry(connection, *amounts: int, key: str = "k", day: date = date(2026, 3, 1)) -> int:
    entry = connection.execute(ENTRY, {"key": key, "day": day}).scalar_one()
    add_postings(connection, entry, *amounts)
    return entry


def add_postings(connection, entry: int, *amounts: int) -> None:
    for amount in amounts:
        account = "cash" if amount > 0 else "revenue"
        connection.execute(POSTING, {"entry": entry, "account": account, "amount": amount})


def sqlstate(refusal) -> str:
    return refusal.value.orig.sqlstate


@pytest.mark.parametrize(
    ("amounts", "code"),
    [((), "CL003"), ((500,), "CL003"), ((0,), "CL003"), ((500, -499), "CL001"), ((500, -499, -2), "CL001")],
)
def test_an_entry_that_does_not_balance_never_commits(application, amounts, code):
    """B1: no postings, one posting, a cent off."""
    with pytest.raises(DBAPIError) as refusal, application.begin() as connection:
        write_entry(connection, *amounts)
    assert sqlstate(refusal) == code
    with application.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM journal_entry")).scalar_one() == 2


def test_a_balanced_pair_is_not_added_to_an_old_entry(application):
    """B1: it would sum to zero and still change history."""
    with application.begin() as connection:
        entry = write_entry(connection, 500, -500)
    with pytest.raises(DBAPIError) as refusal, application.begin() as connection:
        add_postings(connection, entry, 300, -300)
    assert sqlstate(refusal) == "CL002"


def test_a_temporary_table_does_not_blind_the_balance_rule(application):
    def write_beside_the_decoy() -> None:
        with application.begin() as connection:
            connection.execute(text("CREATE TEMP TABLE posting (entry_id bigint, amount bigint)"))
            connection.execute(text("INSERT INTO posting VALUES (3, 1), (3, -1), (4, 1), (4, -1)"))
            connection.execute(ENTRY, {"key": "k", "day": date(2026, 3, 1)})

    with pytest.raises(DBAPIError) as refusal:
        write_beside_the_decoy()
    assert sqlstate(refusal) == "CL003"


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {table} SET {column} = {column}",
        "DELETE FROM {table}",
        "TRUNCATE {table} CASCADE",
        "SELECT * FROM {table} FOR UPDATE",
        "ALTER TABLE {table} DISABLE TRIGGER ALL",
        "DROP TABLE {table} CASCADE",
    ],
)
def test_history_is_insert_only_for_the_application(application, table, statement):
    """Trust T3."""
    column = "closed_on" if table == "day_close" else "id"
    with pytest.raises(DBAPIError) as refusal, application.begin() as connection:
        connection.execute(text(statement.format(table=table, column=column)))
    assert sqlstate(refusal) == "42501"  # insufficient privilege


@pytest.mark.parametrize(
    "statement", ["UPDATE posting SET amount = amount", "DELETE FROM posting", "TRUNCATE posting"]
)
def test_history_is_refused_to_the_owner_too_while_the_triggers_stand(committed, application, statement):
    """A slip of an administrator's hand meets the trigger."""
    owner = create_engine(committed.owner_url)
    with pytest.raises(DBAPIError) as refusal, owner.begin() as connection:
        connection.execute(text(statement))
    owner.dispose()
    assert sqlstate(refusal) == "CL004"


@pytest.mark.parametrize(
    "statement",
    [
        "SET session_replication_role = replica",
        "SELECT setval('journal_entry_id_seq', 1)",
        "INSERT INTO journal_entry (public_id, kind, posted_on, created_at, memo, cause, idempotency_key, written_in) "
        "VALUES ('x', 'charge', '2026-03-01', now(), '', '{}', 'x', '1'::text::xid8)",
        "CREATE TABLE mine (id int)",
    ],
)
def test_the_application_cannot_step_around_the_rules(application, statement):
    with pytest.raises(DBAPIError) as refusal, application.begin() as connection:
        connection.exec_driver_sql(statement)
    assert sqlstate(refusal) == "42501"


def test_one_key_and_one_reversal_for_ever(application):
    """Trust T1, R27: two at once meet the unique constraints."""
    with application.begin() as connection:
        write_entry(connection, 500, -500, key="once")
    with pytest.raises(DBAPIError) as refusal, application.begin() as connection:
        write_entry(connection, 500, -500, key="once")
    assert sqlstate(refusal) == "23505"


@pytest.mark.parametrize("day", [date(2026, 3, 1), date(2026, 2, 1)])
def test_a_closed_day_and_every_day_before_it_takes_no_entry(committed, application, day):
    """B12."""
    with application.begin() as connection:
        user = connection.execute(
            text(
                "INSERT INTO user_account (public_id, sign_in_name, name, role, password_hash, totp_last_step, "
                "active, failed_attempts, theme, single_keys, created_at, version) VALUES "
                "('m', 'm', 'Manager', 'manager', 'x', 0, true, 0, 'light', true, now(), 1) RETURNING id"
            )
        ).scalar_one()
        connection.execute(
            text("INSERT INTO day_close VALUES ('2026-03-01', :user, now(), '{}', '')"), {"user": user}
        )
    with pytest.raises(DBAPIError) as refusal, application.begin() as connection:
        write_entry(connection, 500, -500, day=day)
    assert sqlstate(refusal) == "CL005"


def test_the_page_names_every_rule_with_its_statement_and_reason():
    """docs/database-rules.md is what an auditor reads."""
    page = PAGE.read_text()
    for rule in RULES:
        assert rule.create in page, f"write {rule.name} into {PAGE.name}"
        assert rule.why in page
    assert FUNCTIONS.strip() in page, f"the functions in {PAGE.name} are not those of database_rules.py"
    for table in APPEND_ONLY:
        assert f"`{table}`" in page
