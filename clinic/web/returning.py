"""Where somebody was when the session ended, so that signing in leads back there; no way to anywhere else."""

from urllib.parse import urlsplit

from flask import current_app, request, session
from werkzeug.exceptions import HTTPException

from clinic import access
from clinic.web import wants_fragment


def remember(user_id: int | None) -> None:
    """Keep the page of this request for the user whose session ended, or (None) for whoever signs in next."""
    here = _page()
    if here:
        session["back"] = {"user": user_id, "to": here}


def way_back(user_id: int, role: str) -> str | None:
    """The page that was kept in this browser, when it was this user's and is one that the role may open."""
    kept = session.get("back")
    if kept is None or kept["user"] not in (None, user_id):
        return None
    try:
        endpoint, _ = current_app.url_map.bind("").match(urlsplit(kept["to"]).path, method="GET")
    except HTTPException:
        return None
    permission = getattr(current_app.view_functions[endpoint], "permission", None)
    return str(kept["to"]) if permission and access.allows(role, permission) else None


def _page() -> str:
    """The address of the whole page, without our own name: htmx tells it, a form comes from it."""
    if request.method == "GET" and not wants_fragment():
        return request.full_path.rstrip("?")
    told = urlsplit(request.headers.get("HX-Current-URL") or request.referrer or "")
    if told.netloc != request.host:
        return ""
    return f"{told.path}?{told.query}" if told.query else told.path
