"""Starts stand-in clinics for real, and ends whatever a failed test leaves."""

import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from clinic.embedded import processes
from tests.embedded.clinics import CHECKOUT, HERE, Clinic, descendants, still_there

# Memory, where the machine lends enough of it: each start writes a whole new database through to the disk.
MEMORY = Path("/dev/shm")  # noqa: S108
ENOUGH = 2_000_000_000


def open_folder(parent: Path | None = None) -> Iterator[Path]:
    """A place that PostgreSQL's account can enter too; pytest's own are closed to all but root."""
    place = Path(tempfile.mkdtemp(prefix="embedded-test-", dir=parent))
    place.chmod(0o711)
    yield place
    shutil.rmtree(place, ignore_errors=True)


@pytest.fixture
def folder() -> Iterator[Path]:
    """For data."""
    yield from open_folder(MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH else None)


@pytest.fixture
def program_folder() -> Iterator[Path]:
    """For a clone with its programs, which memory may refuse to run."""
    yield from open_folder()


@pytest.fixture
def start(folder: Path) -> Iterator[Callable[..., Clinic]]:
    """Starts a stand-in clinic: `start()`, or with another data folder, kind of worker, checkout, account."""
    started: list[Clinic] = []

    def start_one(
        data: Path | str | None = None,
        worker: str = "idle",
        *,
        python: str = sys.executable,
        path: str = str(CHECKOUT),
        user: int | None = None,
        terminal: int | None = None,
    ) -> Clinic:
        output = folder / f"said-{len(started)}"
        with open(output, "wb") as file:
            process = subprocess.Popen(
                [python, str(HERE / "stand_in.py"), str(data or folder / "var"), worker]
                if user is None
                else [python, "-c", (HERE / "stand_in.py").read_text(), str(data), worker],
                stdin=subprocess.DEVNULL,
                stdout=file if terminal is None else terminal,
                stderr=subprocess.STDOUT,
                env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "PYTHONDONTWRITEBYTECODE": "1"},
                cwd=folder,
                user=user,
                group=None if user is None else pwd.getpwuid(user).pw_gid,
                extra_groups=None if user is None else [],
                start_new_session=terminal is None,
                preexec_fn=None if terminal is None else lambda: os.login_tty(terminal),
                text=True,
            )
        started.append(Clinic(process, output))
        return started[-1]

    yield start_one
    for clinic in started:
        family = clinic.family | descendants(clinic.process.pid)
        if clinic.process.poll() is None:
            clinic.process.terminate()
            try:
                clinic.process.wait(12)
            except subprocess.TimeoutExpired:
                clinic.process.kill()
                clinic.process.wait()
        for pid in still_there(family):
            processes.send(pid, signal.SIGKILL)
