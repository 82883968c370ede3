"""The pinboard beside the schedule: pin a visit, go to another day, put it down there."""

from typing import Any

from flask import Response, abort
from flask_login import current_user

from clinic import db
from clinic.blueprints.desk.blueprint import bp
from clinic.blueprints.desk.pages import EMPTY, announced, context, find, panel_card, show, shown
from clinic.scheduling import pins
from clinic.scheduling.errors import SchedulingError
from clinic.web import may, render, requires, see_other, viewed, wants_fragment
from clinic.web.forms import ClinicForm
from clinic.web.sessions import tell


@bp.context_processor
def _carried() -> dict[str, Any]:
    def carried() -> list[pins.Pin]:
        if not may("schedule.book"):
            return []
        found = pins.pins(db.session(), current_user.id)
        viewed("schedule", *(each.patient_id for each in found))
        return found

    return {"carried": carried}


@bp.post("/appointments/<public_id>/pin")
@requires("schedule.book")
def pin(public_id: str) -> Response:
    """Carry a visit; it keeps its place until it is put down."""
    found = find(public_id)
    if not ClinicForm().validate_on_submit():
        abort(400)
    try:
        with db.transaction() as session:
            pins.pin(session, current_user.id, found)
            text = f"{found.patient.name} is on the pinboard and keeps the place until put down."
            if not wants_fragment():
                tell(session, text)
    except SchedulingError as error:
        return show(shown(), status=409, **panel_card(found), notice=str(error))
    return _done(public_id, text)


@bp.post("/appointments/<public_id>/pin/removal")
@requires("schedule.book")
def unpin(public_id: str) -> Response:
    """Take a visit off the pinboard; it stays where it is booked."""
    found = find(public_id)
    if not ClinicForm().validate_on_submit():
        abort(400)
    with db.transaction() as session:
        pins.unpin(session, current_user.id, [found.id])
        text = f"{found.patient.name} is off the pinboard and stays where it was."
        if not wants_fragment():
            tell(session, text)
    return _done(public_id, text)


def _done(public_id: str, text: str) -> Response:
    where = shown()
    if not wants_fragment():
        return see_other("desk.day", day=where.day.isoformat(), **where.query, appointment=public_id)
    return announced(render("desk/index.html", "desk/_pins.html", **context(where, EMPTY)), text)
