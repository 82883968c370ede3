"""The page of a request that was handed in: when it is, the calendar file, and giving it up, without an account."""

from flask import Response, request

from clinic import db, online, reminders
from clinic.blueprints.book import visitor
from clinic.blueprints.book.blueprint import bp
from clinic.models import OnlineRequest
from clinic.reminders.texts import told_time
from clinic.web import patient_page, public, see_other, settings, viewed


@bp.get("/book/<token>")
@public
def open_link(token: str) -> Response:
    """Trade the link of a message for a session, so that it stays in no history; opening it changes nothing."""
    patient_page.language()
    with db.transaction() as current:
        found = online.find_link(current, token, request.remote_addr or "")
    patient_page.let_out("book")
    if found is not None:
        patient_page.let_in("book", found.public_id, lang=found.language)
    return see_other(".done")


@bp.get("/book/done")
@public
def done() -> Response:
    """The same words for a person the clinic knows and for one it does not."""
    return _done(visitor.handed_in())


@bp.post("/book/answer")
@public
def answer() -> Response:
    """`word` is move, cancel, or choose for a time of one's own; the second click finds it done."""
    found, word = visitor.handed_in(), request.form.get("word", "")
    if found is None:
        return _done(None)
    if word not in ("move", "cancel", "choose"):
        return _done(found, 422)
    if word == "choose":
        return _choose(found)
    with db.transaction() as current:
        said = online.withdraw(current, found) if word == "cancel" else online.wants_move(current, found)
    return see_other(".done", **({"said": "late"} if said == "late" else {}))


@bp.get("/book/calendar.ics")
@public
def calendar() -> Response:
    """The visit as a file for the person's calendar; none once it is not to come."""
    found = visitor.handed_in()
    if found is None or online.state_for(db.session(), found) not in ("kept", "booked", "asked"):
        return see_other(".done")
    _seen(found)
    return patient_page.calendar_file(online.own_calendar(db.session(), found, settings().host))


def _choose(found: OnlineRequest) -> Response:
    """Lead to the free times as a reminder's link does, by a link of its own."""
    if not _may_choose(found) or found.appointment is None:
        return see_other(".done")
    with db.transaction() as current:
        token = reminders.make_link(current, found.appointment, found.language)
        link = reminders.find_link(current, token, request.remote_addr or "")
    if link is not None:
        patient_page.let_in("visit", link.public_id, lang=found.language)
    return see_other("visit.times")


def _may_choose(found: OnlineRequest) -> bool:
    """Only who was told that the visit is booked: for all others the desk still has to look."""
    visit = found.appointment
    told = online.state_for(db.session(), found) == "booked"
    return told and visit is not None and online.may_choose(db.session(), visit)


def _done(found: OnlineRequest | None, status: int = 200) -> Response:
    lang = patient_page.language(found.language if found else "")
    if found is None:
        return visitor.page("done", 404, here=".done", state="unknown", said="", told=("", ""), offer=None)
    _seen(found)
    return visitor.page(
        "done",
        status,
        here=".done",
        state=online.state_for(db.session(), found),
        said=request.args.get("said", ""),
        told=told_time(found.starts_at, lang),
        offer=online.offer_of(db.session(), found.visit_type, lang),
        provider=found.provider.name,
        choose=_may_choose(found),
    )


def _seen(found: OnlineRequest) -> None:
    known = [found.patient_id] if found.patient_id else []
    viewed("schedule", *known, subject=f"online_request:{found.public_id}")
