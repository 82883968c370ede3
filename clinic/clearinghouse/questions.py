"""A question to a payer goes out: written and stored, then delivered, each step a row of work of its own (design 5)."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clearinghouse, files, queue
from clinic.models import Practice, StoredFile


class Question(Protocol):
    """A row that asks a payer something by a file."""

    id: int
    state: str
    reason: str
    next_step: str
    attempts: int
    question_file_id: int | None


@dataclass(frozen=True)
class Kind:
    """One kind of question: its X12 set, the job that delivers it, and what to say of one that cannot be written."""

    name: str
    job: str
    key: str
    cannot: str
    next_step: str


def write_out(
    session: Session, row: Question, kind: Kind, partner: str, write: Callable[[Practice], bytes]
) -> None:
    """Keep the bytes that `write` makes and ask for the delivery; done once for each attempt that leaves.

    A file that was written before for this partner and never left is the one that is delivered: its name holds its
    number. Where `write` raises ValueError with what the question lacks, the row is `failed` with that reason.
    """
    practice = session.scalars(select(Practice).limit(1)).one()
    written = session.get(StoredFile, row.question_file_id) if row.question_file_id else None
    if written is None or written.state == "sent" or written.partner != partner:
        try:
            content = write(practice)
            name = clearinghouse.file_name(content)
        except ValueError as error:
            row.state, row.reason, row.next_step = "failed", f"{kind.cannot}: {error}.", kind.next_step
            return
        written = files.store(session, content, kind=kind.name, direction="out", name=name, partner=partner)
        row.question_file_id = written.id
    row.attempts += 1
    queue.add(session, kind.job, row.id, key=f"{kind.key}-{row.id}-{row.attempts}")


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
