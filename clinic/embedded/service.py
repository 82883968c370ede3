"""What a supervisor is told: services to keep alive, steps to run first, addresses they are reached by."""

import signal
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from clinic.embedded.processes import Account


@dataclass(frozen=True)
class Addresses:
    """Where the database and the broker are reached; a None is started embedded by the supervisor.

    `app_url` and `owner_url` are SQLAlchemy URLs (postgresql+psycopg://) of the application's role and
    of the role that migrates; `redis_url` is a redis:// or unix:// URL. They hold passwords, so they
    are left out of its repr.
    """

    app_url: str | None = field(default=None, repr=False)
    owner_url: str | None = field(default=None, repr=False)
    redis_url: str | None = field(default=None, repr=False)

    def environment(self, *, owner: bool = False) -> dict[str, str]:
        """As `clinic.config` reads them; the owner's URL only for who migrates."""
        named = {"DATABASE_URL": self.app_url, "REDIS_URL": self.redis_url}
        if owner:
            named["CLINIC_OWNER_URL"] = self.owner_url
        return {name: url for name, url in named.items() if url}


@dataclass(frozen=True)
class Service:
    """A program that the supervisor starts, watches, starts again when it dies, and stops.

    `env` is laid over the supervisor's environment (or over nothing with `clean_env`); `owner` adds
    CLINIC_OWNER_URL. `ready(pid)` says whether it serves; without it a started process counts as ready.
    `stop_signal` asks it to leave; a second SIGTERM follows after 3 s, then SIGKILL. `death_signal` is
    what the kernel sends it when the supervisor itself dies (Linux), `stop_signal` when not given: give
    a worker SIGKILL. `account` drops root to that account. Without `echo` its lines go to its log only.
    """

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    clean_env: bool = False
    owner: bool = False
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals | None = None
    ready: Callable[[int], bool] | None = None
    ready_within: float = 60.0
    before_start: Callable[[], None] | None = None
    account: Account | None = None
    echo: bool = True


@dataclass(frozen=True)
class Step:
    """Something done once, after the database and Redis are up and before the services: migrate, seed.

    `run` is an argv (its own process, log and CLINIC_OWNER_URL; a non-zero exit stops the start) or a
    callable that is given the addresses and raises to stop the start.
    """

    name: str
    run: Sequence[str] | Callable[[Addresses], None]
    env: Mapping[str, str] = field(default_factory=dict)


def answers(host: str, port: int) -> Callable[[int], bool]:
    """A readiness check: somebody accepts connections on host and port."""

    def check(_pid: int) -> bool:
        try:
            with socket.create_connection((host, port), timeout=0.5):
                return True
        except OSError:
            return False

    return check
