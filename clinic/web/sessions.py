"""Flask's session as a row in the database: the cookie holds a random token and nothing else (trust T6)."""

from typing import Any

from flask import Flask, Request, Response, flash, g
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import Row
from sqlalchemy.orm import Session
from werkzeug.datastructures import CallbackDict

from clinic import db
from clinic.access import sessions

COOKIE = "__Host-clinic"
TOKEN_LENGTH = 43


class StaffSession(CallbackDict[str, Any], SessionMixin):
    """What one signed-in browser keeps on the server."""

    def __init__(self, data: dict[str, Any], token: str | None, row_id: int | None) -> None:
        super().__init__(data, lambda changed: setattr(changed, "modified", True))
        self.token = token
        self.row_id = row_id
        self.expired = False
        self.user: Row[Any] | None = None
        self.rotate_token = False
        self.modified = False


class DatabaseSessions(SessionInterface):
    """Idle and absolute limits are kept by `clinic.access.sessions`."""

    def __init__(self, limits: sessions.Limits) -> None:
        self.limits = limits

    def open_session(self, app: Flask, request: Request) -> StaffSession:
        token = request.cookies.get(COOKIE, "")
        if len(token) != TOKEN_LENGTH or request.path.startswith("/static/"):
            return StaffSession({}, None, None)
        polling = request.headers.get("X-Clinic-Poll") == "1" or "poll" in request.args
        stored = sessions.find(db.session(), token, self.limits)
        # A poll keeps nobody signed in, and an old row goes whoever asks.
        if stored.stale and not (polling and stored.id):
            with db.transaction() as session:
                sessions.touch(session, token, self.limits)
        data = dict(stored.data)
        if "_flashes" in data:
            # JSON made lists of the pairs; as pairs again they can be compared, and are told once.
            data["_flashes"] = list(dict.fromkeys((tone, text) for tone, text in data["_flashes"]))
        opened = StaffSession(data, token if stored.id else None, stored.id)
        opened.expired = stored.expired
        opened.user = stored.user
        if stored.expired:
            # Whose it was: what that user still sends is kept, whichever tab is the first to learn of the end.
            opened["was_user"] = stored.was_user
        return opened

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, StaffSession):
            return
        if session.token and (not session or session.rotate_token):
            with db.transaction() as current:
                sessions.revoke(current, session.token)
            session.token = None
            if not session:
                response.delete_cookie(COOKIE, secure=True, httponly=True, samesite="Lax")
                return
        if not session or not session.modified:
            return
        user = session.get("_user_id")
        user_id = int(user) if user else None
        with db.transaction() as current:
            if session.token:
                sessions.save(current, session.token, dict(session), user_id)
                return
            session.token = sessions.create(current, dict(session), user_id, session.get("address", ""))
        response.set_cookie(COOKIE, session.token, secure=True, httponly=True, samesite="Lax", path="/")
        response.vary.add("Cookie")


def tell(session: Session, text: str, tone: str = "ok") -> None:
    """Flash a notice that is stored with the change it speaks of: one commit for both, and never one without the other.

    Call it as the last thing of the change: the session's row is held until the commit.
    """
    opened = g.get("opened_session")
    if not isinstance(opened, StaffSession) or not opened.token or opened.modified:
        db.after_commit(session, lambda: flash(text, tone))
        return
    user = opened.get("_user_id")
    told = {**opened, "_flashes": [*opened.get("_flashes", []), (tone, text)]}
    sessions.save(session, opened.token, told, int(user) if user else None)

    def keep() -> None:
        flash(text, tone)
        opened.modified = False

    db.after_commit(session, keep)
