"""A clinic whose visits are signed and charged, and a place to send files to."""

from contextlib import contextmanager

import pytest
from sqlalchemy import event

from clinic import clearinghouse
from tests import factories


@pytest.fixture(autouse=True)
def exchange(config, tmp_path):
    """Every test has its own exchange folder."""
    clearinghouse.connect(factories.with_exchange(config, tmp_path))
    return tmp_path


@pytest.fixture
def clinic(session):
    """The practice with fees for the codes that the factories charge."""
    practice = factories.make_practice(session)
    factories.make_fees(session)
    return practice


class _Counted:
    selects = 0


@pytest.fixture
def count_queries(session):
    """`with count_queries() as counted:` → `counted.selects`."""

    @contextmanager
    def counting():
        counted = _Counted()

        def note(connection, cursor, statement, *rest):
            counted.selects += statement.lstrip().upper().startswith("SELECT")

        engine = session.get_bind()
        event.listen(engine, "before_cursor_execute", note)
        try:
            yield counted
        finally:
            event.remove(engine, "before_cursor_execute", note)

    return counting
