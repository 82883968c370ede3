"""What a patient says to an offer by its link: the first yes books, everything later finds it used (A9, trust)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import access, audit, clock, scheduling
from clinic.models import Appointment, RenderingProvider, WaitEntry, WaitOffer
from clinic.scheduling import SchedulingError
from clinic.scheduling.guards import WAITING
from clinic.waiting import entries, offers
from clinic.waiting.entries import LIVE
from clinic.waiting.errors import WaitingError

WORDS = ("accept", "decline", "leave")
# Who says yes to a time has read it; only a visit of their own at the same time still stands in the way.
ACCEPTED = ("past", "hours", "block", "reserved", "closed", "kind", "takes", "coverage")
# Why a visit stands at a time that closed after it was offered.
OFFERED = "Offered to the wait list"
BY_LINK = "patient by link"


def find_link(session: Session, token: str, address: str) -> WaitOffer | None:
    """As `access.find_by_token`; the caller commits in any case."""
    return access.find_by_token(session, WaitOffer, token, address, page="offer")


def opened(session: Session, public_id: str) -> WaitOffer | None:
    """An offer with what its page names."""
    return session.scalar(
        select(WaitOffer)
        .where(WaitOffer.public_id == public_id)
        .options(joinedload(WaitOffer.entry).joinedload(WaitEntry.moves))
    )


def state_of(offer: WaitOffer) -> str:
    """`open`, or how it ended: accepted, declined, left, expired, gone."""
    if offer.state == "declined" and offer.entry.state == "removed":
        return "left"
    if offer.state in ("accepted", "declined", "expired"):
        return offer.state
    if offer.state == "withdrawn" or offer.entry.state != "open":
        return "gone"
    return "open" if offer.expires_at > clock.now() else "expired"


def answer_link(session: Session, public_id: str, word: str) -> tuple[str, bool]:
    """Take a patient's answer, once: the state afterwards, and whether this very call did it.

    `word` is accept, decline, or leave (decline and come off the list). "clash" changes nothing: the patient has
    another visit at that time.
    """
    with audit.acting_as(audit.Actor(None, BY_LINK, None, audit.actor().address)):
        return answer(session, public_id, word, by=BY_LINK)


def answer(session: Session, public_id: str, word: str, *, by: str) -> tuple[str, bool]:
    """As `answer_link`, for the desk that was told on the telephone too."""
    offer = offers.lock_by_public_id(session, public_id)
    if offer is None or word not in WORDS:
        return "unknown", False
    entry = entries.lock(session, offer.entry)
    state = state_of(offer)
    if state != "open":
        if state == "expired" and offer.state in LIVE:
            offers.end(session, offer, "expired", "the clock")
        return state, False
    if word == "accept":
        return _accept(session, offer, entry, by)
    offers.end(session, offer, "declined", by)
    if word == "leave":
        entries.close(session, entry, "removed", f"Asked to come off the list, {by}")
    return state_of(offer), True


def book_free(session: Session, entry: WaitEntry, opening: scheduling.Opening) -> Appointment:
    """Book a free place for an entry at the desk, or move the visit that it would move; the entry is closed.

    Raises SchedulingError when the place is taken, WaitingError when an offer is under way or the entry is closed.
    The same again is the first visit.
    """
    entry = entries.lock(session, entry)
    if entry.state == "booked" and entry.booked is not None and entry.booked.starts_at == opening.starts_at:
        return entry.booked
    if entry.state != "open":
        raise WaitingError("This entry is closed.")
    if entries.live_offers(session, [entry]):
        raise WaitingError("A place is offered to this patient right now: withdraw that offer first.")
    visit = _put(session, entry, opening.provider, opening)
    entries.close(session, entry, "booked", "Booked at the desk", visit)
    return visit


def _accept(session: Session, offer: WaitOffer, entry: WaitEntry, by: str) -> tuple[str, bool]:
    try:
        with session.begin_nested():
            if not scheduling.release(session, offer.hold_id):
                return "expired", False
            visit = _put(session, entry, offer.provider, offer)
    except SchedulingError:
        return "clash", False
    offer.booked_id = visit.id
    offers.end(session, offer, "accepted", by)
    entries.close(session, entry, "booked", f"Accepted the offer, {by}", visit)
    return "accepted", True


def _put(
    session: Session,
    entry: WaitEntry,
    provider: RenderingProvider,
    place: WaitOffer | scheduling.Opening,
) -> Appointment:
    """Move the visit that is to be moved, or book one."""
    length = (place.ends_at - place.starts_at) // timedelta(minutes=1)
    moves = entry.moves
    if moves is not None and moves.status in WAITING and moves.starts_at > place.starts_at:
        return scheduling.move(
            session,
            moves,
            moves.version,
            starts_at=place.starts_at,
            provider=provider,
            minutes=length,
            reason="Moved up from the wait list",
            accepted=ACCEPTED,
            closed_reason=OFFERED,
        )
    return scheduling.book(
        session,
        entry.patient,
        provider,
        entry.visit_type,
        place.starts_at,
        minutes=length,
        accepted=ACCEPTED,
        closed_reason=OFFERED,
    )
