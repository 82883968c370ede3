"""The public page behind an offer's link: when it is, yes, no, or off the list; no account, nobody's name (A9)."""

from flask import Blueprint, Response, request
from sqlalchemy import select

from clinic import db, online, reminders, waiting
from clinic.models import Appointment, Practice, WaitOffer
from clinic.models.scheduling import NO_VISIT
from clinic.reminders.texts import told_time
from clinic.web import patient_page, public, see_other, settings, viewed

bp = Blueprint("offer", __name__, url_prefix="/offer")


@bp.get("/<token>")
@public
def open_link(token: str) -> Response:
    """Trade the link for a session, so that it stays in no history and no log; opening it answers nothing."""
    patient_page.language()
    with db.transaction() as current:
        offer = waiting.find_link(current, token, request.remote_addr or "")
    patient_page.let_out("offer")
    if offer is not None:
        patient_page.let_in("offer", offer.public_id, lang=offer.language)
    return see_other(".show")


@bp.get("")
@public
def show() -> Response:
    """The place and its three answers, or the sentence how it ended. A program that follows links changes nothing."""
    offer = _opened()
    return _page(offer, _state(offer) if offer else "unknown")


@bp.post("")
@public
def answer() -> Response:
    """Take one answer: `word` is accept, decline or leave."""
    offer = _opened()
    word = request.form.get("word", "")
    if offer is None:
        return _page(None, "unknown")
    if word not in ("accept", "decline", "leave"):
        return _page(offer, _state(offer), 422, unclear=True)
    with db.transaction() as current:
        state, _ = waiting.answer_link(current, offer.public_id, word)
    if state == "clash":
        return _page(offer, "clash", 409)
    return see_other(".show")


@bp.get("/calendar.ics")
@public
def calendar() -> Response:
    """The booked visit as a file for the patient's calendar; none before a yes."""
    offer = _opened()
    if offer is None or _state(offer) != "accepted":
        return see_other(".show")
    visit = db.session.get_one(Appointment, offer.booked_id)
    practice = db.session.scalars(select(Practice)).one()
    viewed("schedule", visit.patient_id, subject=f"appointment:{visit.public_id}")
    body = reminders.visit_calendar(
        visit,
        practice,
        patient_page.language(offer.language),
        settings().host,
        uid=online.calendar_uid(db.session(), visit),
    )
    return patient_page.calendar_file(body)


def _opened() -> WaitOffer | None:
    """The offer whose page this visitor may see now."""
    public_id = patient_page.key_of("offer")
    return waiting.opened(db.session(), public_id) if public_id else None


def _state(offer: WaitOffer) -> str:
    """As `waiting.state_of`, or `changed` where the booked visit was moved or called off since."""
    visit = db.session.get(Appointment, offer.booked_id) if offer.booked_id else None
    if visit is not None and (visit.starts_at != offer.starts_at or visit.status in NO_VISIT):
        return "changed"
    return waiting.state_of(offer)


def _page(offer: WaitOffer | None, state: str, status: int = 200, *, unclear: bool = False) -> Response:
    lang = patient_page.language(offer.language if offer else "")
    day, at = told_time(offer.starts_at, lang) if offer else ("", "")
    until = told_time(offer.expires_at, lang) if offer else ("", "")
    moves = offer.entry.moves if offer and state in ("open", "clash") else None
    if offer:
        viewed("schedule", offer.entry.patient_id, subject=f"wait_offer:{offer.public_id}")
    return patient_page.page(
        "offer/show.html",
        404 if offer is None else status,
        here=".show",
        lang=lang,
        state=state,
        unclear=unclear,
        day=day,
        at=at,
        until=f"{'el ' if lang == 'es' else ''}{until[0]}, {until[1]}",
        moves=told_time(moves.starts_at, lang) if moves and moves.starts_at > offer.starts_at else None,
    )
