"""What gunicorn asks of us, by `--config python:clinic.web.server`: to be warm for the first, and to leave at once."""

import os
import threading
from typing import Any

from clinic.charges import diagnoses

# How long requests that are under way may take to finish; the supervisor's own patience is longer.
LAST_REQUESTS = 1.5


def post_worker_init(worker: Any) -> None:
    """Read ICD-10 beside the first requests, so that the first clinician who searches a diagnosis does not wait."""
    threading.Thread(target=diagnoses.warm, daemon=True).start()


def worker_int(worker: Any) -> None:
    """On Ctrl-C let the requests under way finish, then leave without taking the interpreter apart.

    Unloading ICD-10 and every module takes longer than gunicorn waits, and it would report an alarm.
    """
    waiting = threading.Thread(target=worker.tpool.shutdown, daemon=True)
    waiting.start()
    waiting.join(LAST_REQUESTS)
    os._exit(0)
