"""A worker killed with -9 while it posts a remittance: nothing half done, and posted once after a restart (trust T1)."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from clinic import clock, db, queue, x12
from clinic.models import Account, JournalEntry, Posting, Remittance, Work
from jobs import work
from tests.remittances import house

CHECKOUT = Path(__file__).resolve().parents[2]
REAL = replace(house.ENVELOPE, usage="P")


def _arrived() -> tuple[int, int]:
    """A file with the answer to one claim is stored and its work row waits; returns work id and claim id."""
    with db.transaction() as session:
        claim = house.claim_at_payer(session, ("99213", "135.00"))
        line = house.paid_line(claim, 0, "78.88", ("CO", "45", "36.40"), ("PR", "2", "19.72"))
        said = house.era(session, claim.payer, house.answer(claim, line))
        file = house.stored(session, x12.write_835(REAL, [said]))
        row = queue.add(session, "jobs.edi.take_in", file.id)
        return row.id, claim.id


def _kill_at(url: str, work_id: int, words: str) -> None:
    """Start a worker process, wait until it has executed the statement, and kill it with -9."""
    command = [sys.executable, "-m", "tests.jobs.victim", url, str(work_id), words]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "here\n", "the worker never came to that statement"
        finally:
            process.kill()
        assert process.wait() == -signal.SIGKILL


def _posted() -> tuple[int, Decimal]:
    session = db.session()
    entries = session.scalar(
        select(func.count()).select_from(JournalEntry).where(JournalEntry.remittance_id.is_not(None))
    )
    cash = session.scalar(
        select(func.coalesce(func.sum(Posting.amount), 0)).where(Posting.account == Account.CASH)
    )
    session.rollback()
    return entries or 0, cash or Decimal("0.00")


@pytest.mark.parametrize(
    "words",
    [
        "INSERT INTO remittance ",
        "INSERT INTO posting",
        "INSERT INTO claim_event",
        "UPDATE work SET state",
        "SET CONSTRAINTS ALL IMMEDIATE",
    ],
    ids=["rows", "postings", "claim", "lease", "last moment"],
)
def test_a_worker_killed_while_posting_leaves_nothing_and_the_next_one_posts_once(committed, words):
    """Killed after the statement, before the commit: the lease runs out and another worker does it whole."""
    work_id, _ = _arrived()
    _kill_at(committed.app_url, work_id, words)
    assert _posted() == (0, Decimal("0.00")), "a killed worker leaves neither effect"
    assert not work.run(work_id), "while its lease runs nobody else may take it"
    with db.transaction() as session:
        past = clock.wall_now() - timedelta(seconds=1)
        session.execute(update(Work).where(Work.id == work_id).values(lease_until=past))
    assert work.sweep() == 1
    assert work.run(work_id)
    assert _posted() == (1, Decimal("78.88"))
    assert not work.run(work_id), "a row that is done is not done again"
    assert _posted() == (1, Decimal("78.88"))
    session = db.session()
    assert [each.state for each in session.scalars(select(Remittance))] == ["posted"]
    house.assert_verified(session)
