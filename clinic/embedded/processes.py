"""Processes and accounts as the operating system knows them. Linux first; elsewhere `ps` answers."""

import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

LINUX = sys.platform.startswith("linux")
PR_SET_PDEATHSIG = 1
PR_SET_CHILD_SUBREAPER = 36
# Loaded once here: between fork and exec nothing may be imported any more.
_libc = ctypes.CDLL(None, use_errno=True) if LINUX else None


@dataclass(frozen=True)
class Account:
    """An account of the machine that a server is dropped to when we are root."""

    name: str
    uid: int
    gid: int


def account_named(name: str) -> Account:
    """The account of that name; raises KeyError when the machine has none."""
    entry = pwd.getpwnam(name)
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)


def account_owning(path: Path) -> Account:
    """The account that owns a file or folder; its number stands for its name when it has none."""
    found = path.stat()
    try:
        return Account(pwd.getpwuid(found.st_uid).pw_name, found.st_uid, found.st_gid)
    except KeyError:
        return Account(str(found.st_uid), found.st_uid, found.st_gid)


def can_reach(account: Account, path: Path) -> bool:
    """Whether the account may enter every folder on the way to `path`, and `path` itself.

    Goes by mode bits: what does not exist yet is skipped, for its maker will set its mode.
    """
    for place in (path, *path.parents):
        try:
            found = place.stat()
        except FileNotFoundError:
            continue
        except OSError:
            return False
        if found.st_uid == account.uid:
            wanted = 0o100
        elif found.st_gid == account.gid:
            wanted = 0o010
        else:
            wanted = 0o001
        if not found.st_mode & wanted:
            return False
    return True


def die_with_parent(death_signal: int, parent: int | None = None) -> None:
    """Ask the kernel for `death_signal` when our parent dies; nothing outside Linux.

    RQ's work horse calls it in `main_work_horse`, for fork clears what its worker had asked for.
    With `parent` given, one that died before we could ask ends us at once.
    """
    if _libc is None:
        return
    _libc.prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os._exit(1)


def become_subreaper() -> None:
    """Orphans of our children become ours instead of process 1's, so that we can end them (Linux)."""
    if _libc is not None:
        _libc.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def spawn(
    argv: Sequence[str],
    *,
    output: IO[bytes] | int,
    env: Mapping[str, str],
    cwd: Path | None = None,
    account: Account | None = None,
    death_signal: int = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start a child in a session of its own, so that a terminal's Ctrl-C reaches only us.

    Call it from the main thread: the kernel's death signal watches the thread that forked.
    """
    ours = os.getpid()
    prepare: Callable[[], None] | None = None
    if LINUX:

        def prepare() -> None:
            die_with_parent(death_signal, ours)

    drop = account is not None and os.geteuid() == 0
    return subprocess.Popen(
        list(argv),
        stdin=subprocess.DEVNULL,
        stdout=output,
        stderr=subprocess.STDOUT,
        env=dict(env),
        cwd=cwd,
        start_new_session=True,
        preexec_fn=prepare,
        user=account.uid if account and drop else None,
        group=account.gid if account and drop else None,
        extra_groups=[] if drop else None,
        umask=0o077 if drop else -1,
    )


def alive(pid: int) -> bool:
    """Whether a process of that number exists and is no zombie."""
    if LINUX:
        return (_stat(pid) or ("", "Z", 0, ""))[1] not in "ZX"
    return bool(_ps(pid, "pid"))


def command_name(pid: int) -> str | None:
    """The program's bare name (`postgres`), None when the process is gone."""
    if LINUX:
        found = _stat(pid)
        return found[0] if found else None
    return os.path.basename(_ps(pid, "comm")) or None


def birth(pid: int) -> str | None:
    """When the process was born, as a mark that tells it from a later one of the same number."""
    if LINUX:
        found = _stat(pid)
        return found[3] if found else None
    return _ps(pid, "lstart") or None


def children(pid: int) -> list[int]:
    """The direct children of a process, living or zombie (Linux; elsewhere none are told)."""
    if not LINUX:
        return []
    numbers = (int(entry) for entry in os.listdir("/proc") if entry.isdigit())
    return [number for number in numbers if (found := _stat(number)) and found[2] == pid]


def session_of(pid: int) -> int | None:
    """The session a process belongs to: the number of the service that was spawned, for all it forked."""
    try:
        return os.getsid(pid)
    except OSError:
        return None


def send(pid: int, number: int, *, group: bool = False) -> None:
    """Signal a process, or its whole group; one that is gone is no error."""
    with suppress(ProcessLookupError, PermissionError):
        if group:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def _stat(pid: int) -> tuple[str, str, int, str] | None:
    """Name, state, parent and birth from /proc; None when the process is gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as file:
            text = file.read()
    except OSError:
        return None
    # The name stands in parentheses and may hold spaces and parentheses of its own.
    name, _, rest = text.partition("(")[2].rpartition(")")
    fields = rest.split()
    return name, fields[0], int(fields[1]), fields[19]


def _ps(pid: int, column: str) -> str:
    program = shutil.which("ps") or "/bin/ps"
    try:
        asked = subprocess.run(
            [program, "-o", f"{column}=", "-p", str(pid)], capture_output=True, text=True, check=False
        )
    except OSError:
        return ""
    return asked.stdout.strip()
