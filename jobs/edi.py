"""Files in from payers: fetched and stored, then read and handed to the domain that knows their kind.

The only place above remittances, claims and eligibility, so the table of who takes what in stands here (design 3).
"""

from collections.abc import Callable

from sqlalchemy.orm import Session

from clinic import authorizations, claims, clearinghouse, eligibility, log, remittances, x12
from clinic.models import StoredFile

TakeIn = Callable[[Session, StoredFile], object]
TAKERS: dict[str, TakeIn] = {
    "835": remittances.take_in,
    "TA1": claims.take_in_acknowledgment,
    "999": claims.take_in_acknowledgment,
    "277CA": claims.take_in_acknowledgment,
    "271": eligibility.take_in_answer,
    "278": authorizations.take_in_answer,
}


def fetch(session: Session, _subject_id: int) -> None:
    """Store what has come and ask for each file to be taken in."""
    clearinghouse.fetch(session)


def take_in(session: Session, file_id: int) -> None:
    """Read one stored file's envelope and hand the file to whoever takes its kinds in.

    A file that is no X12 keeps its bytes and says why. A file that is marked as a test (ISA15 = T) is not taken in
    outside rehearsal: the wall of Z1 stands on the way in too.
    """
    file = session.get_one(StoredFile, file_id)
    if file.state != "stored":
        return
    try:
        interchanges = x12.read_interchanges(file.content())
    except x12.X12Error as error:
        file.kind, file.state, file.reason = "unknown", "unreadable", str(error)
        log.event("file_unreadable", file_id=file.id)
        return
    kinds = list(dict.fromkeys(kind for item in interchanges for kind in item.kinds))
    file.kind = kinds[0] if kinds else "unknown"
    file.partner = interchanges[0].envelope.sender_id.strip()
    if any(item.envelope.usage == "T" for item in interchanges) and not clearinghouse.rehearsing():
        file.state, file.reason = "refused", "The sender marked this file as a test (ISA15 = T)."
        return
    # A dict keeps the order and asks each taker once, however many sets of its kinds there are.
    takers = dict.fromkeys(TAKERS[kind] for kind in kinds if kind in TAKERS)
    if not takers:
        file.reason = f"Nobody here takes in {file.kind}; the file is kept as it came."
        return
    for taker in takers:
        taker(session, file)
    if file.state == "stored":
        file.state = "taken_in"
    log.event("file_taken_in", file_id=file.id, kind=file.kind, state=file.state)
