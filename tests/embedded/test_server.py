"""The web server leaves at once when the clinic stops, without an alarm, and lets a request under way finish."""

import http.client
import os
import signal
import socket
import subprocess
import threading
import time
from contextlib import closing

import pytest

from clinic.demo import running
from clinic.embedded import answers

# An application whose interpreter takes long to take apart, as ours does with its tables.
APPLICATION = """
import atexit, time
atexit.register(time.sleep, 20)
def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.8)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"done"]
"""


@pytest.fixture
def server(tmp_path):
    (tmp_path / "wsgi.py").write_text(APPLICATION)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = os.pathsep.join((str(tmp_path), os.getcwd()))
    process = subprocess.Popen(
        running.web_server(port),
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": path},
        stderr=subprocess.PIPE,
        text=True,
    )
    until = time.monotonic() + 20
    while not answers("127.0.0.1", port)(0):
        assert time.monotonic() < until
        time.sleep(0.05)
    yield process, port
    process.kill()
    process.wait()


def get(port: int, path: str) -> bytes:
    with closing(http.client.HTTPConnection("127.0.0.1", port)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


def test_ctrl_c_ends_the_server_without_an_alarm_and_after_the_request_under_way(server):
    process, port = server
    assert get(port, "/") == b"done"
    said = []
    asking = threading.Thread(target=lambda: said.append(get(port, "/slow")))
    asking.start()
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    # Less than the interpreter takes to come apart; and gunicorn tells of whom it had to kill after its own patience.
    _, errors = process.communicate(timeout=15)
    asking.join()
    assert said == [b"done"]
    assert "SIGKILL" not in errors
