"""The moves of a patient from station to station; each works by key, click and plain form (A1)."""

import json
from collections.abc import Callable

from flask import Response, abort, request
from sqlalchemy.orm import Session

from clinic import db, eligibility, scheduling
from clinic.blueprints.flow.blueprint import bp
from clinic.blueprints.flow.forms import NO_ROOM, ReasonForm, RoomForm, StepForm
from clinic.blueprints.flow.screen import Shown, find, may_undo, open_stops, panel, show, show_panel, shown
from clinic.models import Appointment, Room
from clinic.scheduling import AppointmentChanged, IllegalMove, SchedulingConflict, flow, gate
from clinic.scheduling.history import last_move
from clinic.web import may, requires, see_other, wants_fragment
from clinic.web.sessions import tell

Step = Callable[[Session, Appointment, int], Appointment]


def _arrive(session: Session, found: Appointment, version: int) -> Appointment:
    """Arrived, and the payer is asked when its answer is old, as at the desk (E7)."""
    arrived = scheduling.arrive(session, found, version)
    eligibility.ask_at_arrival(session, arrived)
    return arrived


@bp.post("/visits/<public_id>/arrival")
@requires("visit.check_in")
def arrive(public_id: str) -> Response:
    """Expected → arrived."""
    return _plain(public_id, _arrive, "has arrived")


@bp.post("/visits/<public_id>/seeing")
@requires("visit.see")
def see(public_id: str) -> Response:
    """In a room → with provider."""
    return _plain(public_id, scheduling.see, "is with the provider")


@bp.post("/visits/<public_id>/departure")
@requires("visit.flow")
def depart(public_id: str) -> Response:
    """In a room or with provider → checked out."""
    return _plain(public_id, scheduling.check_out, "is checked out")


@bp.post("/visits/<public_id>/rooming")
@requires("visit.flow")
def bring(public_id: str) -> Response:
    """Waiting → in a room, or from one room to another. What stands against it is passed with a reason (A12)."""
    found, where, form = find(public_id), shown(), RoomForm()
    form.offer(flow.places(db.session()), found.room.public_id if found.room else "")
    if not form.validate_on_submit():
        return show_panel(where, panel(found, "room", form), 422)
    place = _room(form.room.data)
    again = found.status in ("roomed", "with_provider")
    needs = open_stops(found)
    if found.status == "arrived" and not may("visit.check_in"):
        form.room.errors = ["The front desk checks the patient in first."]
        return show_panel(where, panel(found, "room", form), 422)
    if needs and not may("visit.pass_gate"):
        form.room.errors = ["The front desk or a manager can let the visit go on."]
        return show_panel(where, panel(found, "room", form), 422)
    try:
        with db.transaction() as session:
            loaded, version = found.version, form.version.data or 0
            gate.go_through(session, found, needs, form.pass_reason.data or "")
            if found.status == "arrived" and found.version == version:
                version = scheduling.check_in(session, found, version).version
            scheduling.room(session, found, version, place)
            text = _told(session, found, loaded, f"is in {place.name if place else 'a room'}")
            _tell(session, text)
    except gate.GateClosed as closed:
        form.pass_reason.errors = [*form.pass_reason.errors, str(closed)]
        return show_panel(where, panel(found, "room", form), 422)
    except SchedulingConflict as taken:
        db.session.refresh(found)
        form.room.data = None
        form.room.errors = [str(taken)]
        return show_panel(where, panel(found, "room", form), 409)
    except (AppointmentChanged, IllegalMove) as lost:
        return _lost(where, found, lost)
    return _done(where, found, text, move_on=again)


@bp.post("/visits/<public_id>/leaving")
@requires("visit.check_in")
def leave(public_id: str) -> Response:
    """Gone without being seen, with the reason."""
    return _with_reason(public_id, "leave", scheduling.leave, "left without being seen")


@bp.post("/visits/<public_id>/undo")
@requires("visit.flow")
def undo(public_id: str) -> Response:
    """Take the last step back, with the reason, by whoever may take that step."""
    found = find(public_id)
    last = last_move(db.session(), found)
    if last is not None and last.from_status and not may_undo(last.to_status):
        abort(403)

    def take_back(session: Session, found: Appointment, version: int, *, reason: str) -> Appointment:
        return scheduling.undo(session, found, version, reason)

    return _with_reason(public_id, "undo", take_back, "is as before")


def _plain(public_id: str, step: Step, words: str) -> Response:
    found, where, form = find(public_id), shown(), StepForm()
    if not form.validate_on_submit():
        abort(400)
    try:
        with db.transaction() as session:
            loaded = found.version
            step(session, found, form.version.data or 0)
            text = _told(session, found, loaded, words)
            _tell(session, text)
    except (AppointmentChanged, IllegalMove) as lost:
        return _lost(where, found, lost)
    return _done(where, found, text)


def _with_reason(public_id: str, mode: str, step: Callable[..., Appointment], words: str) -> Response:
    found, where, form = find(public_id), shown(), ReasonForm()
    if not form.validate_on_submit():
        return show_panel(where, panel(found, mode, form), 422)
    try:
        with db.transaction() as session:
            loaded = found.version
            step(session, found, form.version.data or 0, reason=form.reason.data.strip())
            text = _told(session, found, loaded, words)
            _tell(session, text)
    except (AppointmentChanged, IllegalMove, SchedulingConflict) as lost:
        return _lost(where, found, lost)
    return _done(where, found, text)


def _room(public_id: str) -> Room | None:
    if public_id == NO_ROOM:
        return None
    return db.session.query(Room).filter_by(public_id=public_id).one()


def _told(session: Session, found: Appointment, loaded: int, words: str) -> str:
    """What was done; who did the same before and when, where nothing was left to do."""
    return f"{found.patient.name} {words}." if found.version != loaded else scheduling.already(session, found)


def _tell(session: Session, text: str) -> None:
    if not wants_fragment():
        tell(session, text)


def _done(where: Shown, found: Appointment, text: str, *, move_on: bool = False) -> Response:
    """The board as it is now, and the patient beside it if that is who was open; said aloud for who hears the page."""
    if not wants_fragment():
        return see_other("flow.index", **where.query, visit=found.public_id)
    found = find(found.public_id)
    opened = move_on or request.form.get("panel") == found.public_id
    response = show(where, panel=panel(found) if opened else None, told=text)
    response.headers["HX-Retarget"] = "#board"
    response.headers["HX-Reswap"] = "outerMorph"
    response.headers["HX-Trigger"] = json.dumps({"announce": {"text": text}})
    return response


def _lost(where: Shown, found: Appointment, lost: Exception) -> Response:
    """Somebody was faster, or the step does not follow: the sentence, and everything as it is now (409)."""
    db.session.refresh(found)
    response = show(where, status=409, panel=panel(found, notice=str(lost)))
    response.headers["HX-Retarget"] = "#board"
    response.headers["HX-Reswap"] = "outerMorph"
    return response
