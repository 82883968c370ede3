"""A clearinghouse with a folder of its own, in rehearsal."""

from dataclasses import replace

import pytest

from clinic import clearinghouse


@pytest.fixture
def connected(config, tmp_path):
    """Connect to a temporary exchange folder; `connected(rehearsal=False)` to a production one."""

    def connect(*, rehearsal=True):
        clearinghouse.connect(replace(config, exchange_folder=tmp_path / "exchange", rehearsal=rehearsal))
        return clearinghouse.transport()

    yield connect
    clearinghouse.connect(config)
