"""A whole demo clinic, started as a person starts it and stopped as Ctrl-C stops it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from clinic.embedded import processes

CHECKOUT = Path(__file__).parents[2]
READY = "Ctrl-C stops everything."
START_SECONDS = 180.0
STOP_SECONDS = 30.0


class Demo:
    """`clinic demo --small` on free ports with a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.port = free_ports()
        self.base = f"http://127.0.0.1:{self.port}"
        self._output = folder / "said.txt"
        self._family: dict[int, str] = {}
        argv = [sys.executable, "-m", "clinic", "demo", "--small", "--port", str(self.port)]
        # Addresses of the test run's own database must not reach it: it is to start everything itself.
        outside = ("DATABASE_URL", "REDIS_URL")
        clean = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CLINIC_") and name not in outside
        }
        with self._output.open("w", encoding="utf-8") as output:
            self.process = subprocess.Popen(
                [*argv, "--folder", str(folder / "clinic")],
                cwd=CHECKOUT,
                env=clean,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def until_ready(self) -> float:
        """Wait for the address on the terminal; the seconds it took."""
        begun = time.monotonic()
        while READY not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() - begun < START_SECONDS, self.said
            time.sleep(0.1)
        return time.monotonic() - begun

    def stop(self) -> list[int]:
        """Press Ctrl-C, wait for the end, and name what still lives."""
        self._family = descendants(self.process.pid)
        self.process.send_signal(signal.SIGINT)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        return still_there(self._family)


def descendants(pid: int) -> dict[int, str]:
    """Every process below this one with its birth, so that a number used again is no mistake."""
    below: dict[int, str] = {}
    for child in processes.children(pid):
        born = processes.birth(child)
        if born is not None and processes.alive(child):
            below |= {child: born} | descendants(child)
    return below


def still_there(family: Mapping[int, str]) -> list[int]:
    return [pid for pid, born in family.items() if processes.birth(pid) == born and processes.alive(pid)]


def free_ports() -> int:
    """The first of four neighbouring ports that nobody listens on: web, card processor, mail, text messages."""
    for port in range(18_200 + os.getpid() % 400 * 4, 29_000, 4):
        if all(_free(port + place) for place in range(4)):
            return port
    raise AssertionError("No four free ports beside one another.")


def _free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
