"""A question to a payer goes out: written and stored, then delivered, each step a row of work of its own (design 5)."""

from collections.abc import Callable
from typing import Protocol

from sqlalchemy.orm import Session

from clinic import clearinghouse, files, queue
from clinic.models import StoredFile


class Question(Protocol):
    """A row that asks a payer something by a file."""

    id: int
    state: str
    reason: str
    next_step: str
    attempts: int
    question_file_id: int | None


def store_once(session: Session, row: Question, kind: str, partner: str, write: Callable[[], bytes]) -> None:
    """Keep the bytes that `write` makes; done once for each attempt that leaves.

    A file that was written before and never left is the one that is delivered: its name holds its number. Raises
    ValueError with what the question lacks.
    """
    written = session.get(StoredFile, row.question_file_id) if row.question_file_id else None
    if written is None or written.state == "sent":
        content = write()
        name = clearinghouse.file_name(content)
        written = files.store(session, content, kind=kind, direction="out", name=name, partner=partner)
        row.question_file_id = written.id


def ask_for_delivery(session: Session, row: Question, job: str, key: str) -> None:
    """One more attempt, by a job of its own."""
    row.attempts += 1
    queue.add(session, job, row.id, key=f"{key}-{row.id}-{row.attempts}")


def delivered(session: Session, row: Question) -> bool:
    """Hand the stored file to the transport; safe to repeat after a crash at any point.

    False, and the row `failed` with its reason, where the file must not leave. Raises DeliveryError where the
    clearinghouse cannot be reached: a reason with a time and a later attempt, not an error.
    """
    try:
        clearinghouse.send_file(session, session.get_one(StoredFile, row.question_file_id))
    except clearinghouse.SendingRefused as error:
        row.state, row.reason = "failed", str(error)
        row.next_step = "Tell whoever looks after the system."
        return False
    return True
