import pytest

from tests.eligibility.desk import make_desk


@pytest.fixture
def desk(session, config, tmp_path):
    """`desk(plan=…, coverage=…)` makes a patient at the desk; see tests/eligibility/desk.py."""
    return lambda **changes: make_desk(session, config, tmp_path, **changes)
