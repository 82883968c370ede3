"""What gunicorn asks of us, by `--config python:clinic.web.server`: to be warm for the first, and to leave at once."""

import gc
import os
import threading
from typing import Any

from clinic.charges import diagnoses

# How long requests that are under way may take to finish; the supervisor's own patience is longer.
LAST_REQUESTS = 1.5


# A page makes some thousand objects and lets them go by itself; looking for rings among them after every 700 is time
# that a desk waits.
NEW_OBJECTS = 20_000


def post_worker_init(worker: Any) -> None:
    """Read ICD-10 beside the first requests, so that the first clinician who searches a diagnosis does not wait."""
    gc.set_threshold(NEW_OBJECTS)
    threading.Thread(target=_warm, daemon=True).start()


def _warm() -> None:
    diagnoses.warm()
    # What stands now stays: no later search for rings walks through every code, table and template again.
    gc.collect()
    gc.freeze()


def worker_int(worker: Any) -> None:
    """On Ctrl-C let the requests under way finish, then leave without taking the interpreter apart.

    Unloading ICD-10 and every module takes longer than gunicorn waits, and it would report an alarm.
    """
    waiting = threading.Thread(target=worker.tpool.shutdown, daemon=True)
    waiting.start()
    waiting.join(LAST_REQUESTS)
    os._exit(0)
