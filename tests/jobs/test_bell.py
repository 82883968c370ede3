"""The bell that Redis carries: one for each row of work, and none piled up while the worker is busy."""

from rq import Queue

from clinic import db, queue
from jobs import work


def _bells() -> int:
    return len(Queue(queue.QUEUE, connection=queue.connection()))


def test_sweeps_ring_once_for_a_row_that_still_waits_behind_others(committed, broker):
    """A backlog that every sweep made longer is never worked off."""
    with db.transaction() as session:
        queue.add(session, "jobs.edi.take_in", 1)
    assert _bells() == 1
    for _ in range(5):
        work.sweep()
    assert _bells() == 1


def test_a_row_that_a_worker_heard_and_did_not_do_is_rung_for_again(committed, broker):
    """A failed attempt gives the row back, and its next bell must not be swallowed."""
    with db.transaction() as session:
        number = queue.add(session, "jobs.edi.take_in", 1).id
    queue.heard(number)
    work.sweep()
    assert _bells() == 2


def test_a_nights_questions_wait_in_a_line_of_their_own_behind_which_nobody_stands(committed, broker):
    """At check-in the payer's answer must not wait behind every visit of the coming days (E7)."""
    with db.transaction() as session:
        for visit in (1, 2, 3):
            queue.add(session, "jobs.eligibility.at_booking", visit)
        queue.add(session, "jobs.eligibility.send", 4)
    assert _bells() == 1
    assert len(Queue(queue.RUNS, connection=broker)) == 3
    work.sweep()
    assert _bells() == 1
