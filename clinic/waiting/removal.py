"""Taking an entry off the wait list, with the offer that is under way (A9)."""

from sqlalchemy.orm import Session

from clinic import audit
from clinic.models import WaitEntry
from clinic.waiting import entries, offers
from clinic.waiting.errors import EntryChanged, WaitingError


def remove(session: Session, entry: WaitEntry, version: int, reason: str) -> WaitEntry:
    """Take an entry off with a reason; its place, where one is offered, goes to the next one. A second click is the first.

    Raises EntryChanged where the patient took the place meanwhile, WaitingError without a reason.
    """
    if not reason.strip():
        raise WaitingError("Say why the entry is taken off.")
    # The offer is locked before its entry, as the patient's own answer does.
    live = entries.live_offers(session, [entry]).get(entry.id)
    if live is not None:
        offers.withdraw(session, live, audit.actor().label)
    entries.lock(session, entry)
    if entry.state == "removed":
        return entry
    if entry.state != "open" or entry.version != version:
        raise EntryChanged("This entry was changed or closed since you opened it. Look at it again.")
    entries.close(session, entry, "removed", reason)
    return entry
