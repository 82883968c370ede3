"""How a request ends: what it read stays cheap to read again, what it changed beside a transaction is not kept."""

from datetime import timedelta

import pytest
from sqlalchemy import text

from clinic import clock, db
from clinic.models import VisitType
from clinic.scheduling import pattern, rows

KEPT = text(
    "SELECT sum(generic_plans), sum(custom_plans) FROM pg_prepared_statements WHERE statement LIKE :part"
)


def plans(part: str) -> tuple[int, int]:
    found = db.session.execute(KEPT, {"part": part}).one()
    return int(found[0] or 0), int(found[1] or 0)


@pytest.fixture
def read_often(committed):
    """Twenty requests that each read another day, as gunicorn ends them."""
    for number in range(20):
        begins, ends = clock.day_bounds(clock.today() + timedelta(days=number))
        session = db.session()
        rows.visits(session, begins, ends, None)
        rows.visits(session, begins, ends, [1])
        pattern.special(
            session, clock.today() + timedelta(days=number), clock.today() + timedelta(days=number)
        )
        db.close_reading()
    yield
    db.close_reading()


@pytest.mark.parametrize("part", ["SELECT appointment.id, %", "%SELECT 'block' AS kind%"])
def test_a_day_is_planned_some_times_and_then_read_by_one_plan_for_every_day(read_often, part) -> None:
    kept, anew = plans(part)
    assert kept > 0
    # The driver prepares a statement when it comes for the sixth time, and PostgreSQL plans it anew five times.
    assert anew <= 10


def test_what_was_changed_beside_a_transaction_is_not_kept(committed) -> None:
    db.session.add(VisitType(name="Never said", minutes=20))
    db.session.flush()
    db.close_reading()
    assert db.session.query(VisitType).count() == 0
    db.session.add(VisitType(name="Never flushed", minutes=20))
    db.close_reading()
    assert db.session.query(VisitType).count() == 0
