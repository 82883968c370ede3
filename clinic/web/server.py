"""What gunicorn asks of us, by `--config python:clinic.web.server`: to leave at once when the clinic stops."""

import os
import threading
from typing import Any

# How long requests that are under way may take to finish; the supervisor's own patience is longer.
LAST_REQUESTS = 1.5


def worker_int(worker: Any) -> None:
    """On Ctrl-C let the requests under way finish, then leave without taking the interpreter apart.

    Unloading ICD-10 and every module takes longer than gunicorn waits, and it would report an alarm.
    """
    waiting = threading.Thread(target=worker.tpool.shutdown, daemon=True)
    waiting.start()
    waiting.join(LAST_REQUESTS)
    os._exit(0)
