"""What the services say: a log file for each, and their lines on the terminal with the name in front.

A service writes straight into its file, never into a pipe: a terminal that is stopped or gone can then
neither block it nor end it.
"""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO

# A log grown past this is moved aside once; a clinic's server runs for months.
LOG_BYTES = 20_000_000
READ_BYTES = 64_000


def say(text: str) -> None:
    """Print a line for the person at the terminal; a terminal that went away is no error.

    After the first failure standard output is turned to nowhere, or Python would fail again at its end.
    """
    try:
        print(text, flush=True)
    except (OSError, ValueError):
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, sys.stdout.fileno())
            os.close(nowhere)


class Log:
    """The log file of one service, and how far it was shown."""

    def __init__(self, folder: Path, name: str, tell: Callable[[str], None] | None) -> None:
        self.path = folder / "logs" / f"{name}.log"
        self._name = name
        self._tell = tell
        self._shown = self.path.stat().st_size if self.path.exists() else 0
        self._rest = b""

    def open(self) -> IO[bytes]:
        """For the service to append to; mode 0600."""
        return open(os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab")

    def show(self) -> None:
        """Print the lines that came since the last call."""
        size = self._size()
        if self._tell is not None and size > self._shown:
            with open(self.path, "rb") as file:
                file.seek(self._shown)
                fresh = file.read(READ_BYTES)
            self._shown += len(fresh)
            *lines, self._rest = (self._rest + fresh).split(b"\n")
            for line in lines:
                self._tell(f"{self._name:<9}| {line.decode('utf-8', 'replace')}")
        if size > LOG_BYTES:
            # The service has the file open for appending, so it goes on writing at its new end.
            shutil.copy2(self.path, self.path.with_suffix(".log.1"))
            os.truncate(self.path, 0)
            self._shown, self._rest = 0, b""

    def last_words(self, lines: int = 15) -> str:
        """The end of the log, for a sentence about why something did not start."""
        with suppress(OSError), open(self.path, "rb") as file:
            file.seek(max(0, self._size() - 8_000))
            return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        return ""

    def _size(self) -> int:
        try:
            return self.path.stat().st_size
        except OSError:
            return 0
