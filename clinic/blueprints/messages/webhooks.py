"""What the text service calls: a reply came, a message's state changed; each signed with the account's token."""

from html import escape

from flask import Response, abort, make_response, request

from clinic import audit, db, log, messages, reminders
from clinic.blueprints.messages.blueprint import bp
from clinic.messages import sms
from clinic.web import public, settings

SERVICE = audit.Actor(None, "text service")


@bp.post("/messages/sms/reply")
@public
def reply() -> Response:
    """A text message from a phone: done once, answered in TwiML."""
    _only_the_service()
    number, sender = request.form.get("MessageSid", ""), request.form.get("From", "")
    if not number or not sender:
        abort(400)
    with audit.acting_as(SERVICE), db.transaction() as session:
        answer = reminders.take_reply(session, number, sender, request.form.get("Body", ""))
    body = f"<Message>{escape(answer)}</Message>" if answer else ""
    response = make_response(f'<?xml version="1.0" encoding="UTF-8"?><Response>{body}</Response>')
    response.mimetype = "text/xml"
    return response


@bp.post("/messages/sms/status")
@public
def status() -> Response:
    """What became of one of our messages; `m` in the address is its own number."""
    _only_the_service()
    code = request.form.get("ErrorCode", "")
    with audit.acting_as(SERVICE), db.transaction() as session:
        known = messages.outlook(
            session,
            request.args.get("m", ""),
            request.form.get("MessageStatus", ""),
            int(code) if code.isascii() and code.isdigit() else 0,
        )
    return make_response("", 204 if known else 404)


def _only_the_service() -> None:
    config = settings()
    # By the address that we gave to the service: behind a proxy the request's own may differ.
    query = f"?{request.query_string.decode()}" if request.query_string else ""
    url = f"{config.base_url}{request.path}{query}"
    given = request.headers.get("X-Twilio-Signature", "")
    if not sms.signed(config.sms_token, url, request.form.items(multi=True), given):
        log.event("text_signature_refused")
        abort(403)
