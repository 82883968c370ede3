"""Each migration up and down, the models in step with it, and rights of the application's role (design 4)."""

import warnings

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.exc import DBAPIError

import clinic.sandbox.tables
from clinic.db import Base
from clinic.models.database_rules import APPEND_ONLY, RULES
from tests.databases import alembic_config

assert clinic.sandbox.tables


@pytest.fixture
def copy(databases):
    made = databases.copy()
    yield made
    made.drop()


def shape(url: str) -> dict[str, list[str]]:
    engine = create_engine(url)
    with warnings.catch_warnings():
        # A type that SQLAlchemy does not know would be printed as an alarm at every first start.
        warnings.simplefilter("error")
        inspector = inspect(engine)
        found = {
            table: sorted(column["name"] for column in inspector.get_columns(table))
            for table in inspector.get_table_names()
            if table != "alembic_version"
        }
    engine.dispose()
    return found


def test_the_schema_goes_down_to_nothing_and_up_to_the_same(copy):
    config = alembic_config(copy.owner_url)
    before = shape(copy.owner_url)
    assert len(before) > 50
    command.downgrade(config, "base")
    assert shape(copy.owner_url) == {}
    command.upgrade(config, "head")
    assert shape(copy.owner_url) == before


def test_there_is_one_head_and_the_numbers_run_on():
    script = ScriptDirectory.from_config(alembic_config("unused"))
    assert len(script.get_heads()) == 1
    names = sorted(revision.revision for revision in script.walk_revisions())
    assert names == [f"{number:04}" for number in range(1, len(names) + 1)]


def test_the_models_and_the_migrations_agree(copy):
    engine = create_engine(copy.owner_url)
    with engine.connect() as connection, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        context = MigrationContext.configure(connection, opts={"compare_type": False})
        differences = compare_metadata(context, Base.metadata)
    engine.dispose()
    assert not differences, f"write a migration for {differences}"


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_every_rule_of_the_house_stands_in_the_database(copy, rule):
    engine = create_engine(copy.owner_url)
    table = "pg_trigger" if rule.kind == "trigger" else "pg_constraint"
    column = "tgname" if rule.kind == "trigger" else "conname"
    with engine.connect() as connection:
        found = connection.execute(text(f"SELECT 1 FROM {table} WHERE {column} = :name"), {"name": rule.name})
        assert found.first(), f"{rule.name} is missing"
    engine.dispose()


@pytest.mark.parametrize("table", APPEND_ONLY)
@pytest.mark.parametrize("change", ["UPDATE {} SET id = id", "DELETE FROM {}", "TRUNCATE {}"])
def test_the_application_cannot_change_history(copy, table, change):
    column = "closed_on" if table == "day_close" else "id"
    engine = create_engine(copy.app_url)
    with engine.connect() as connection, pytest.raises(DBAPIError, match="permission denied"):
        connection.execute(text(change.format(table).replace("id = id", f"{column} = {column}")))
    engine.dispose()
