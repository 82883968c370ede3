"""Files to and from payers, behind one small interface (design 3 and 5).

A process names its configuration once with `connect`, as it does for keys and queue. In rehearsal the transport is
the exchange folder and nothing else, and only files marked as tests (ISA15 = T) leave: the wall of Z1.
"""

import re

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from clinic import db, files, log, queue, x12
from clinic.clearinghouse.folder import FolderTransport
from clinic.clearinghouse.transport import Arrived, DeliveryError, SendingRefused, Transport
from clinic.config import Config
from clinic.models import StoredFile

__all__ = [
    "Arrived",
    "DeliveryError",
    "FolderTransport",
    "SendingRefused",
    "Transport",
    "connect",
    "exchange_folder",
    "fetch",
    "file_name",
    "rehearsing",
    "send_file",
    "transport",
    "usage",
]

FETCH_LOCK = 4_207_117
_config: Config | None = None
_transport: Transport | None = None


def connect(config: Config) -> None:
    """Name the configuration of this process. Nothing is opened yet."""
    global _config, _transport
    _config = config
    _transport = FolderTransport(config.exchange_folder)


def transport() -> Transport:
    """The way to the payers."""
    if _transport is None:
        raise RuntimeError("clearinghouse.connect() has not been called")
    return _transport


def exchange_folder() -> FolderTransport:
    """The folder that the practice payer shares with us; raises SendingRefused outside rehearsal."""
    way = transport()
    if not rehearsing() or not isinstance(way, FolderTransport):
        raise SendingRefused("The practice payer works in rehearsal only.")
    return way


def rehearsing() -> bool:
    """Whether this is a rehearsal, where no file may leave the house."""
    return _config is not None and _config.rehearsal


def usage() -> str:
    """ISA15 of what we write: "T" in rehearsal, "P" in production."""
    return "T" if rehearsing() else "P"


def file_name(content: bytes) -> str:
    """The name of an outbound file, from its envelope: `837P_RECEIVER_000000042.x12`.

    The same file has the same name for ever, which is how a retry finds what was delivered. Raises x12.X12Error.
    """
    interchange = x12.read_interchanges(content)[0]
    kinds = [item.kind for item in interchange.sets] or ["TA1"]
    receiver = re.sub(r"[^A-Z0-9-]", "-", interchange.envelope.receiver_id.strip().upper()) or "NOBODY"
    return f"{kinds[0]}_{receiver}_{interchange.envelope.control_number:09d}.x12"


def send_file(session: Session, file: StoredFile) -> str:
    """Deliver a stored file once and answer the name it went by; safe to repeat after a crash at any point.

    Sets `file.name` and `file.state` ("sent"). Raises DeliveryError (try again) or SendingRefused (Z1: a file
    that is not marked as a test must not leave a rehearsal).
    """
    content = file.content()
    if rehearsing() and x12.read_interchanges(content)[0].envelope.usage != "T":
        raise SendingRefused("This file is not marked as a test (ISA15), so it stays in the rehearsal.")
    name = file_name(content)
    transport().send(name, content)
    file.name, file.state = name, "sent"
    session.flush()
    log.event("file_sent", file_id=file.id, kind=file.kind)
    return name


def fetch(session: Session) -> list[StoredFile]:
    """Store what has come, byte for byte, and ask for each to be taken in; put it away after the commit.

    The same bytes twice are kept and marked "duplicate", and not taken in again (R2). One process fetches at a
    time; another finds nothing to do.
    """
    if not session.scalar(text("SELECT pg_try_advisory_xact_lock(:lock)"), {"lock": FETCH_LOCK}):
        return []
    stored = []
    way = transport()
    for arrived in way.fetch():
        if not (arrived.again and _is_stored(session, arrived)):
            stored.append(_store(session, arrived))
        db.after_commit(session, lambda name=arrived.name: _put_away(way, name))  # type: ignore[misc]
    return stored


def _is_stored(session: Session, arrived: Arrived) -> bool:
    """Whether a file left in the taking folder was committed before the process died."""
    rows = session.scalars(
        select(StoredFile).where(StoredFile.direction == "in", StoredFile.name == arrived.name)
    )
    return any(row.size == len(arrived.content) and row.content() == arrived.content for row in rows)


def _store(session: Session, arrived: Arrived) -> StoredFile:
    file = files.store(session, arrived.content, kind="unread", direction="in", name=arrived.name)
    earlier = files.earlier_copy(session, file)
    if earlier is None:
        queue.add(session, "jobs.edi.take_in", file.id, key=f"take-in-{file.id}")
    else:
        file.kind, file.partner, file.state = earlier.kind, earlier.partner, "duplicate"
        file.reason = f"The same bytes came before, as {earlier.name}."
    session.flush()
    log.event("file_stored", file_id=file.id, state=file.state)
    return file


def _put_away(way: Transport, name: str) -> None:
    try:
        way.acknowledge(name)
    except OSError as error:
        # It stays where it is and is recognised at the next fetch.
        log.failure("file_not_put_away", error)
