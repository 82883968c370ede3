"""A name, a number, an address that must not lie about: in logs, in the broker, beside what is sealed (trust T7)."""

import logging
import zlib

import pytest
from sqlalchemy import text

from clinic import claims, clearinghouse, db, log, queue
from clinic.models import Claim, Patient, StoredFile
from jobs import work
from tests import factories
from tests.rules import everything
from tests.rules.test_matrix import Visitor, as_it_answers

__all__ = ["as_it_answers"]
pytestmark = pytest.mark.usefixtures("plain_paper")
# Rows that hold no patient's name, number or address in any readable column.
BLIND = (
    "work",
    "stored_file",
    "file_key",
    "message",
    "user_account",
    "user_session",
    "sign_in_attempt",
    "processor_event",
)
SEALED = {
    ("stored_file", "content_sealed"),
    ("message", "body_sealed"),
    ("patient", "ssn_sealed"),
    ("user_account", "totp_sealed"),
    ("pay_link", "code_sealed"),
    ("card_payment", "email"),
}
SCREENS = (
    "patients",
    "claims",
    "check-in",
    "schedule",
    "charge-slips",
    "statements",
    "remittances",
    "payments",
)


@pytest.fixture
def day(app, session, environment, config, tmp_path, caplog, broker):
    """A day of the canary's: every screen by every role, a claim sent, a question asked, a hostile file taken in."""
    caplog.set_level(logging.INFO)
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    one, _ = everything.furnish(session)
    cast = {}
    for rule in everything.rules(app):
        role = everything.holder(app, rule)
        if role not in cast:
            cast[role] = Visitor(app, None if role == "outsider" else factories.make_user(session, role))
        if rule.rule.split("/")[1] in SCREENS:
            for method in everything.methods(rule):
                form = dict.fromkeys(("q", "reason", "note", "text", "last_name"), everything.NAME)
                cast[role].ask(method, everything.address(app, rule, everything.of(rule, one)), data=form)
    _send_a_claim(one.patient_id)
    for content in (
        f"ISA*00*{everything.NAME}*{everything.SSN}~".encode(),
        f"{everything.NAME} {everything.MEMBER} {everything.EMAIL}".encode(),
    ):
        with db.transaction() as current:
            file = everything.house.stored(current, content, "hostile.x12")
            queue.add(current, "jobs.edi.take_in", file.id)
    work.drain()
    return one


def _send_a_claim(patient_id):
    with db.transaction() as current:
        patient = current.get_one(Patient, patient_id)
        claim = factories.make_claim(current, patient)
        assert claims.submit(current, [claim]).sent, [each.message for each in claim.findings]
        number = claim.id
    work.drain()
    assert db.session.get_one(Claim, number).state == "transmitted"


def canaries_in(content) -> list[str]:
    """Which canaries can be read in bytes or text, in any case."""
    found = content if isinstance(content, str) else content.decode("utf-8", errors="replace")
    return [canary for canary in everything.CANARIES if canary.lower() in found.lower()]


def unpacked(content: bytes) -> bytes:
    try:
        return zlib.decompress(content)
    except zlib.error:
        return content


def test_the_837_and_the_270_really_carry_the_canary(day, session):
    """Or the tests below would find nothing because nothing was there."""
    made = session.query(StoredFile).filter_by(direction="out").all()
    assert {file.kind for file in made} >= {"837P", "270"}
    for kind in ("837P", "270"):
        content = b"".join(file.content() for file in made if file.kind == kind)
        assert {everything.NAME, everything.MEMBER} <= set(canaries_in(content)), kind
    assert session.get_one(Patient, day.patient_id).ssn == everything.SSN


def test_no_log_line_names_anybody(day, caplog):
    # The day itself is a fixture, so its lines stand under "setup".
    records = [*caplog.get_records("setup"), *caplog.records]
    lines = [record.getMessage() + log.Lines().format(record) for record in records]
    assert any('"file_unreadable"' in line or '"work_failed"' in line for line in lines)
    named = [line for line in lines if canaries_in(line)]
    assert not named, "log ids only: " + "; ".join(named)


def test_a_failure_is_logged_without_what_it_says(caplog):
    caplog.set_level(logging.INFO)
    try:
        raise ValueError(f"{everything.NAME} {everything.SSN}")
    except ValueError as error:
        log.failure("request_failed", error, endpoint="patients.show")
    (record,) = caplog.records
    line = log.Lines().format(record)
    assert '"ValueError"' in line
    assert not canaries_in(line)


def test_a_database_error_does_not_print_its_parameters(session):
    with pytest.raises(Exception, match="patient") as caught:
        session.execute(text("insert into patient (last_name) values (:name)"), {"name": everything.NAME})
    assert everything.NAME not in str(caught.value).split("DETAIL")[0]


def test_the_broker_holds_numbers_and_no_names(day, broker):
    keys = broker.keys("*")
    assert any(key.startswith(b"rq:job:") for key in keys)
    for key in keys:
        kind = broker.type(key)
        values = {b"hash": broker.hgetall, b"list": lambda k: broker.lrange(k, 0, -1)}.get(kind)
        found = values(key) if values else broker.dump(key)
        parts = [*found.keys(), *found.values()] if isinstance(found, dict) else found
        for part in [key, *(parts if isinstance(parts, list) else [parts])]:
            assert not canaries_in(unpacked(part or b"")), key
        if kind == b"hash" and key.startswith(b"rq:job:"):
            assert found[b"description"] == b"work"
    assert not broker.config_get("save")["save"]


def test_the_rows_of_work_files_messages_and_accounts_name_nobody(day, session):
    for table in BLIND:
        for (row,) in session.execute(text(f"select t::text from {table} t")):
            assert not canaries_in(row), f"{table}: {row[:300]}"


def sealed_columns(session):
    """Every column of bytes in the database."""
    return session.execute(
        text(
            "select table_name, column_name from information_schema.columns "
            "where data_type = 'bytea' and table_schema = 'public'"
        )
    ).all()


def test_no_column_of_bytes_can_be_read(day, session):
    """New ones too: whatever is bytea is sealed or a digest."""
    columns = {tuple(row) for row in sealed_columns(session)}
    assert columns >= SEALED
    for table, column in columns:
        rows = session.execute(
            text(f"select encode({column}, 'escape'), {column} from {table} where {column} is not null")
        ).all()
        for escaped, raw in rows:
            assert not canaries_in(escaped), f"{table}.{column}"
            assert not canaries_in(unpacked(bytes(raw))), f"{table}.{column}"


def test_a_social_security_number_is_readable_nowhere(day, session):
    """Not in a trail, a finding, a raw segment or a frozen statement."""
    tables = session.execute(
        text("select tablename from pg_tables where schemaname = 'public' order by 1")
    ).scalars()
    for table in tables:
        for (row,) in session.execute(text(f'select t::text from "{table}" t')):
            assert everything.SSN not in row, table
            assert "987-65-4329" not in row, table
