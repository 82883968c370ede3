"""Ours and the bare prototype as they are used: each behind the gunicorn that `./run` starts, spoken to over a socket.

The first table of performance.md was measured over HTTP, so what is set against it is measured over HTTP as well:
two workers each, one connection that is kept alive, the session's cookie, the whole answer read.
"""

import http.client
import os
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from time import monotonic, sleep
from typing import Any
from urllib.parse import urlencode

from clinic.config import Config
from clinic.demo.running import web_server
from clinic.embedded.processes import spawn

OURS = "wsgi:application"
BARE = "clinic.bench.bare_server:application"
# Gunicorn hangs up on a connection that has been idle for two seconds; a new one is made before that, unmeasured.
KEPT_ALIVE = 1.0
READY_WITHIN = 60.0
LEAVES_WITHIN = 5.0


class Served:
    """One application and the port it answers on."""

    def __init__(self, port: int) -> None:
        self.port = port
        self._connection: http.client.HTTPConnection | None = None
        self._used = 0.0

    def send(
        self,
        method: str,
        url: str,
        data: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> tuple[int, str]:
        """Status and whole body of one request on the connection that is kept alive."""
        body = urlencode(data) if data is not None else None
        sent = dict(headers or {})
        if body is not None:
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        connection = self._fresh()
        connection.request(method, url, body, sent)
        response = connection.getresponse()
        text = response.read().decode()
        self._used = monotonic()
        return response.status, text

    def rest(self) -> None:
        """Make a connection that has been idle for long anew, so that no measured request has to."""
        self._fresh()

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _fresh(self) -> http.client.HTTPConnection:
        if self._connection is None or monotonic() - self._used > KEPT_ALIVE:
            self.close()
            self._connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            self._connection.connect()
            self._used = monotonic()
        return self._connection


@contextmanager
def serving(application: str, checkout: Path, config: Config, log: Path) -> Iterator[Served]:
    """The application behind gunicorn for the block; its processes are gone afterwards, whatever happened."""
    port = _free_port()
    argv = [application if word == OURS else word for word in web_server(port)]
    with log.open("wb") as output:
        process = spawn(
            argv,
            output=output.fileno(),
            env=os.environ | environment(config),
            cwd=checkout,
            death_signal=signal.SIGQUIT,
        )
        served = Served(port)
        try:
            _wait(served, process, log)
            yield served
        finally:
            served.close()
            _stop(process)


def environment(config: Config) -> dict[str, str]:
    """What a server of ours reads at its start."""
    return {
        "DATABASE_URL": config.database_url,
        "REDIS_URL": config.redis_url,
        "CLINIC_SECRET_KEY": config.secret_key,
        "CLINIC_KEY_FILE": str(config.key_file),
        "CLINIC_DATA": str(config.data_folder),
        "CLINIC_EXCHANGE": str(config.exchange_folder),
        "CLINIC_TIMEZONE": config.timezone,
        "CLINIC_BASE_URL": config.base_url,
        "CLINIC_REHEARSAL": "0",
        "CLINIC_DEMO": "0",
    }


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def _wait(served: Served, process: subprocess.Popen[bytes], log: Path) -> None:
    """Until it answers a request; a bound socket alone does not say that a worker is there."""
    until = monotonic() + READY_WITHIN
    while monotonic() < until and process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            served.send("GET", "/healthz")
            return
        served.close()
        sleep(0.1)
    raise RuntimeError(f"the bench's server did not start: {log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """First kindly, then by its whole group, so that no worker stays behind."""
    if process.poll() is None:
        process.send_signal(signal.SIGINT)
        with suppress(subprocess.TimeoutExpired):
            process.wait(LEAVES_WITHIN)
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
