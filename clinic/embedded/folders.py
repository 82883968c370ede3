"""The data folder: where it is, who holds it, and the run that was recorded in it.

supervisor.lock   held for as long as a supervisor lives; its number inside
running.json      addresses and children of the run (mode 0600); left over after kill -9 only
logs/             one file per service
postgres/         the database files, owned by the account that PostgreSQL runs as
passwords.json    of the two database roles (mode 0600)
binaries/         a copy of PostgreSQL, only where its account cannot reach the installed one
"""

import fcntl
import hashlib
import json
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any

from clinic.embedded import processes
from clinic.embedded.errors import AlreadyRunning, CannotStart
from clinic.embedded.processes import Account
from clinic.embedded.service import Addresses

SYSTEM_STATE = Path("/var/lib")


def postgres_account(folder: Path) -> Account | None:
    """Whom PostgreSQL runs as: None (ourselves) but for root, whom it refuses.

    Root drops to the owner of existing database files, else to `nobody`.
    """
    if os.geteuid() != 0:
        return None
    data = folder / "postgres"
    try:
        if data.is_dir() and data.stat().st_uid != 0:
            return processes.account_owning(data)
        return processes.account_named("nobody")
    except KeyError as error:
        raise CannotStart("PostgreSQL refuses to run as root, and there is no account 'nobody'.") from error


def default_folder(checkout: Path) -> Path:
    """`var/` in the checkout; for root in a checkout that PostgreSQL's account cannot enter, outside it.

    A clone in root's home (mode 0700) keeps its data in /var/lib/clinic-<hash of its path>: /var/tmp
    would be emptied of files untouched for 30 days.
    """
    inside = checkout.resolve() / "var"
    account = postgres_account(inside)
    if account is None or processes.can_reach(account, inside.parent):
        return inside
    mark = hashlib.sha256(os.fsencode(checkout.resolve())).hexdigest()[:12]
    return SYSTEM_STATE / f"clinic-{mark}"


def prepare(folder: Path) -> Path:
    """Make the data folder (0700; 0711 for root, whose PostgreSQL must pass through) and its logs/.

    Raises CannotStart for a folder that is another's, a link, or one we cannot write.
    """
    folder = folder.absolute()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if folder.is_symlink() or folder.stat().st_uid != os.geteuid():
            raise CannotStart(
                f"The data folder {folder} belongs to another account or is a link: start as that account."
            )
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        logs = folder / "logs"
        logs.mkdir(exist_ok=True)
        logs.chmod(0o700)
    except OSError as error:
        raise CannotStart(f"The data folder {folder} cannot be used: {error.strerror}.") from error
    return folder


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the data folder; raises AlreadyRunning with the holder's number when another does."""
    path = folder / "supervisor.lock"
    with open(path, "a+", encoding="ascii") as file:
        path.chmod(0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise AlreadyRunning(folder, _number(path)) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        # The lock goes with the file; its number is taken out so that nobody is sent after a stranger.
        try:
            yield
        finally:
            file.truncate(0)


def holder(folder: Path) -> int | None:
    """The process that holds the folder now, None when nobody does."""
    path = folder / "supervisor.lock"
    try:
        with open(path, encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return _number(path)
    except OSError:
        return None
    return None


def running(folder: Path) -> Addresses | None:
    """The addresses of the clinic that runs on this folder, None when none does or it is not up yet."""
    if holder(folder) is None:
        return None
    record = read_record(folder)
    return Addresses(**record["addresses"]) if record else None


def read_record(folder: Path) -> dict[str, Any] | None:
    """What the last run wrote down, None when it ended well."""
    try:
        record = json.loads((folder / "running.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) else None


def write_record(folder: Path, addresses: Addresses, sockets: Path, pids: Mapping[str, int]) -> None:
    """Write the run down, each child with its birth, so that the next start can end what is left of it."""
    record = {
        "pid": os.getpid(),
        "addresses": asdict(addresses),
        "sockets": str(sockets),
        "children": {name: [pid, processes.birth(pid)] for name, pid in pids.items()},
    }
    write_private(folder / "running.json", json.dumps(record))


def write_private(path: Path, text: str) -> None:
    """Replace a file by one of mode 0600, whole or not at all."""
    fresh = path.with_name(path.name + ".new")
    with suppress(FileNotFoundError):
        fresh.unlink()
    with open(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)


def make_socket_folder() -> Path:
    """A short folder for the sockets: 107 bytes is all that a socket's whole path may have.

    In $XDG_RUNTIME_DIR or the temporary folder, mode 0700; root's is 0711, for PostgreSQL's account
    goes through it to a folder of its own.
    """
    root = os.geteuid() == 0
    candidates = [] if root else [os.environ.get("XDG_RUNTIME_DIR", "")]
    candidates += [tempfile.gettempdir(), "/tmp"]  # noqa: S108 - mkdtemp makes it ours alone
    for parent in candidates:
        if parent and len(os.fsencode(parent)) <= 60 and os.access(parent, os.W_OK | os.X_OK):
            folder = Path(tempfile.mkdtemp(prefix="clinic-", dir=parent))
            folder.chmod(0o711 if root else 0o700)
            return folder
    raise CannotStart("There is no writable temporary folder with a short name for the sockets.")


def make_owned(folder: Path, account: Account | None) -> None:
    """Make a folder of mode 0700 that belongs to the account, or to us without one."""
    folder.mkdir(mode=0o700, exist_ok=True)
    if account is not None:
        os.chown(folder, account.uid, account.gid)
    folder.chmod(0o700)


def remove_socket_folder(folder: Path) -> None:
    """Remove a folder made by make_socket_folder, and nothing else."""
    ours = folder.name.startswith("clinic-") and folder.is_dir() and not folder.is_symlink()
    if ours and stat.S_IMODE(folder.stat().st_mode) in (0o700, 0o711):
        shutil.rmtree(folder, ignore_errors=True)


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
