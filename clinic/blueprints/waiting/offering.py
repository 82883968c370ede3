"""Offers at the desk: one free place offered by hand or booked at once, an offer withdrawn or accepted by telephone."""

from collections.abc import Callable

from flask import Response, flash
from sqlalchemy.orm import Session

from clinic import audit, db, waiting
from clinic.blueprints.waiting.blueprint import bp
from clinic.blueprints.waiting.forms import PlaceForm, PlainForm
from clinic.blueprints.waiting.showing import entry_page, find_entry, find_offer, way
from clinic.models import WaitEntry
from clinic.scheduling import Opening, SchedulingError
from clinic.waiting import WaitingError, entries
from clinic.web import requires, see_other

SEARCHED = 60  # openings looked through for the one that was chosen
Act = Callable[[Session, WaitEntry, Opening], object]
ENDED = {
    "accepted": "The place is booked.",
    "declined": "The patient had declined.",
    "expired": "The time for this offer is over.",
    "left": "The patient came off the list.",
    "gone": "The offer was withdrawn.",
    "clash": "The patient has another visit at that time.",
    "unknown": "This offer does not exist.",
}


@bp.post("/entries/<public_id>/offers")
@requires("schedule.book")
def offer(public_id: str) -> Response:
    """Offer one free place by message."""
    return _with_place(
        public_id,
        lambda session, entry, opening: waiting.offer_by_hand(session, entry, opening, way()),
        "The place is held and offered to {name}.",
    )


@bp.post("/entries/<public_id>/booking")
@requires("schedule.book")
def book(public_id: str) -> Response:
    """Book one free place, or move the patient's visit there."""
    return _with_place(public_id, waiting.book_free, "{name} is booked.")


@bp.post("/offers/<public_id>/withdrawal")
@requires("schedule.book")
def withdraw(public_id: str) -> Response:
    """Take an offer back; its place goes to the next one."""
    found = find_offer(public_id)
    if not PlainForm().validate_on_submit():
        return entry_page(found.entry.public_id, 422, "Open the page again and send it once more.")
    entry_id = found.entry.public_id
    with db.transaction() as session:
        waiting.withdraw(session, found, audit.actor().label)
    flash("The offer is withdrawn.", "ok")
    return see_other("waiting.show", public_id=entry_id)


@bp.post("/offers/<public_id>/acceptance")
@requires("schedule.book")
def accept(public_id: str) -> Response:
    """The patient said yes on the telephone."""
    found = find_offer(public_id)
    if not PlainForm().validate_on_submit():
        return entry_page(found.entry.public_id, 422, "Open the page again and send it once more.")
    entry_id = found.entry.public_id
    with db.transaction() as session:
        state, _ = waiting.answer(session, public_id, "accept", by=audit.actor().label)
    if state != "accepted":
        return entry_page(found.entry.public_id, 409, ENDED[state])
    flash(ENDED[state], "ok")
    return see_other("waiting.show", public_id=entry_id)


def _with_place(public_id: str, act: Act, words: str) -> Response:
    entry = find_entry(public_id)
    name, form = entry.patient.name, PlaceForm()
    if not form.validate_on_submit():
        return entry_page(public_id, 422, "Choose one of the free places.")
    try:
        with db.transaction() as session:
            act(session, entry, _chosen(session, entry, form.at.data or ""))
    except (WaitingError, SchedulingError) as error:
        return entry_page(public_id, 409, str(error))
    flash(words.format(name=name), "ok")
    return see_other("waiting.show", public_id=public_id)


def _chosen(session: Session, entry: WaitEntry, at: str) -> Opening:
    """The opening that was chosen, while it is free and suits; what the same click did already counts as free."""
    if entry.booked is not None:
        done = Opening(entry.booked.provider, entry.booked.starts_at, entry.booked.ends_at)
        if done.at == at:
            return done
    live = entries.live_offers(session, [entry]).get(entry.id)
    if live is not None:
        held = Opening(live.provider, live.starts_at, live.ends_at)
        if held.at == at:
            return held
    for opening in waiting.openings_for(session, entry, limit=SEARCHED):
        if opening.at == at:
            return opening
    raise WaitingError("That place is not free any more. Choose another one.")
