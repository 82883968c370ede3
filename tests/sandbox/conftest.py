"""A practice payer with plans and members, an exchange folder, and days that pass."""

import pytest
import time_machine

from clinic import clock
from tests.sandbox import clinic_files


@pytest.fixture
def march():
    """The third of March 2026, noon in the clinic's zone; the rehearsal clock counts from here."""
    with time_machine.travel("2026-03-03T20:00:00Z", tick=False) as traveller:
        clock.set_days_ahead(0)
        yield traveller
        clock.set_days_ahead(0)


@pytest.fixture
def exchange(session, tmp_path, march):
    clinic_files.seed(session)
    return clinic_files.Exchange(session, tmp_path / "exchange")
