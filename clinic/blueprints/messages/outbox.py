"""Every message with its state and its text; one that failed is tried again by hand."""

import json
from typing import Any

from flask import Response, flash, request
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from clinic import db, messages
from clinic.blueprints.messages.blueprint import bp
from clinic.blueprints.messages.forms import AgainForm
from clinic.messages.consent import CHANNELS
from clinic.models import Message
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment

SHOWN = 200
# What a message was about, where its kind alone would not say it.
KINDS = {
    "card_receipt": "Receipt for a card payment",
    "offer": "Place offered",
    "online": "Online booking",
    "online_code": "Code for booking online",
    "receipt": "Receipt",
}


@bp.get("/messages")
@requires("message.view")
def index() -> Response:
    """Newest first, and the text of one of them."""
    return _show(request.args.get("open", ""), _state())


@bp.post("/messages/<public_id>/again")
@requires("message.send")
def again(public_id: str) -> Response:
    """Try a message that failed once more."""
    message = get_or_404(Message, public_id)
    if not AgainForm().validate_on_submit():
        return _show(public_id, _state(), 422)
    with db.transaction() as session:
        messages.send_again(session, message)
    if wants_fragment():
        return _show(public_id, "")
    flash("The message is sent once more.", "ok")
    return see_other(".index", open=public_id)


def _state() -> str:
    state = request.args.get("state", "")
    return state if state in messages.STATES else ""


def _show(opened: str, state: str, status: int = 200) -> Response:
    query = select(Message).options(joinedload(Message.patient)).order_by(Message.id.desc()).limit(SHOWN)
    if state:
        query = query.where(Message.state == state)
    found = list(db.session.scalars(query))
    message = next(
        (each for each in found if each.public_id == opened), found[0] if found and not opened else None
    )
    if opened and message is None:
        message = get_or_404(Message, opened)
    viewed("message", *{each.patient_id for each in found if each.patient_id})
    return render(
        "messages/index.html",
        "messages/_list.html",
        status,
        also=("messages/_panel.html",),
        found=found,
        state=state,
        states=messages.STATES,
        channels=CHANNELS,
        kinds=KINDS,
        opened=message,
        body=_body(message),
    )


def _body(message: Message | None) -> dict[str, Any]:
    return json.loads(message.body()) if message else {}
