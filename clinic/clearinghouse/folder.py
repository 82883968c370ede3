"""Exchange through folders: `out/` is what we send, `in/` what has come. The practice payer's only way in and out.

A name appears whole or not at all: the bytes are written to `.part`, flushed to the disk, measured and renamed
(design 5). What is fetched waits in `in/taking/` until it is acknowledged, so that a file found there was either
being stored when the process died, or was stored and not yet put away.
"""

import os
from pathlib import Path

from clinic.clearinghouse.transport import Arrived, DeliveryError, SendingRefused

PART = ".part"


class FolderTransport:
    """The transport of rehearsal, and of a clearinghouse client that watches two folders."""

    def __init__(self, folder: Path) -> None:
        self.outbound = folder / "out"
        self.inbound = folder / "in"
        self._taking = self.inbound / "taking"
        self._archive = self.inbound / "archive"

    def send(self, name: str, content: bytes) -> None:
        if not name or Path(name).name != name or name.startswith(".") or name.endswith(PART):
            raise SendingRefused(f"{name!r} is no file name.")
        try:
            self.outbound.mkdir(parents=True, exist_ok=True, mode=0o700)
            final = self.outbound / name
            if final.exists():
                if final.read_bytes() != content:
                    raise SendingRefused(f"A file {name} was sent before with other content.")
                return
            put(final, content)
        except OSError as error:
            raise DeliveryError(f"The exchange folder did not take {name}.") from error

    def fetch(self) -> list[Arrived]:
        for folder in (self.inbound, self._taking, self._archive):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = [Arrived(path.name, path.read_bytes(), True) for path in _files(self._taking)]
        waiting = {file.name for file in found}
        for path in _files(self.inbound):
            if path.name in waiting:
                # A second file of that name: it has its turn when the first has been put away.
                continue
            taken = self._taking / path.name
            path.rename(taken)
            found.append(Arrived(taken.name, taken.read_bytes(), False))
        return sorted(found)

    def acknowledge(self, name: str) -> None:
        taken = self._taking / name
        for number in range(1, 10_000):
            kept = self._archive / (name if number == 1 else f"{name}.{number}")
            if not kept.exists():
                # Gone already: another process put it away between our two steps.
                if taken.exists():
                    taken.rename(kept)
                return


def put(final: Path, content: bytes) -> None:
    """Make `final` appear with exactly `content`, surviving a crash at any point."""
    part = final.with_name(final.name + PART)
    with part.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if part.stat().st_size != len(content):
        raise DeliveryError(f"{final.name} arrived with another size.")
    part.rename(final)
    folder = os.open(final.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _files(folder: Path) -> list[Path]:
    """Whole files by name; dot files and unfinished parts are somebody's work in progress."""
    return sorted(
        path
        for path in folder.iterdir()
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(PART)
    )
