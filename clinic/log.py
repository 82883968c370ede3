"""JSON lines with a static event name and our own ids; never a name, a birth date or X12 text.

Fields are an allow-list, so that a careless call fails in a test and not in a log file (trust T7).
"""

import json
import logging
import sys
import traceback
from datetime import UTC, datetime

ALLOWED = frozenset(
    [
        "actor_id",
        "appointment_id",
        "attempt",
        "batch_id",
        "check_id",
        "request_id",
        "claim_id",
        "count",
        "endpoint",
        "entry_id",
        "error",
        "file_id",
        "job",
        "kind",
        "method",
        "patient_id",
        "path_rule",
        "reference",
        "remittance_id",
        "seconds",
        "state",
        "statement_id",
        "status",
        "submission_id",
        "user_id",
        "where",
        "work_id",
    ]
)
logger = logging.getLogger("clinic")


def event(name: str, level: int = logging.INFO, **fields: object) -> None:
    """Write one event; raises ValueError for a field that is not on the allow-list."""
    strangers = fields.keys() - ALLOWED
    if strangers:
        raise ValueError(f"log fields not on the allow-list: {sorted(strangers)}")
    logger.log(level, name, extra={"fields": fields})


def failure(name: str, error: BaseException, **fields: object) -> None:
    """Write where an error was raised and its class, but not its message, which may hold patient data."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [f"{f.filename.rsplit('/clinic/')[-1]}:{f.lineno}" for f in frames][-4:]
    event(name, logging.ERROR, error=type(error).__name__, where=" > ".join(ours), **fields)


class Lines(logging.Formatter):
    """One JSON object a line, instants in UTC."""

    def format(self, record: logging.LogRecord) -> str:
        fields = getattr(record, "fields", {})
        stamp = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        message = record.msg if isinstance(record.msg, str) and fields is not None else "?"
        return json.dumps({"at": stamp, "level": record.levelname, "event": message, **fields})


def configure() -> None:
    """Send our events to standard error, once per process."""
    if logger.handlers:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    logger.propagate = False
    # The demo's stand-ins run on werkzeug, which would name every request on the terminal.
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


def quiet() -> None:
    """Let only warnings and errors through: for work that a person watches by its own progress lines."""
    logger.setLevel(logging.WARNING)
