"""What every blueprint shares: permissions, page or fragment, loading rows, the record of what was seen."""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from flask import (
    Flask,
    Response,
    abort,
    current_app,
    g,
    has_request_context,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask_htmx import HTMX
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import access, audit, db
from clinic.config import Config
from clinic.db import Base, ClinicError

htmx = HTMX()
View = TypeVar("View", bound=Callable[..., Any])
Row = TypeVar("Row", bound=Base)


class Conflict(ClinicError):
    """Somebody else changed the row first; the sentence says who and when (409)."""


def requires(permission: str) -> Callable[[View], View]:
    """Name the permission of a view; `app.py` refuses to start when a route has none (trust T5)."""
    if permission not in access.PERMISSIONS:
        raise LookupError(f"{permission} is not in clinic/access/permissions.py")

    def mark(view: View) -> View:
        view.permission = permission  # type: ignore[attr-defined]
        return view

    return mark


def public(view: View) -> View:
    """Mark a view that anybody may open; it must also stand on the list in `app.py`."""
    view.permission = None  # type: ignore[attr-defined]
    return view


def settings() -> Config:
    """The configuration of the running application."""
    found: Config = current_app.extensions["clinic"]
    return found


def may(permission: str) -> bool:
    """Whether the signed-in user holds a permission: for hiding what would be refused."""
    return bool(current_user.is_authenticated) and access.allows(current_user.role, permission)


def wants_fragment() -> bool:
    return bool(htmx) and not htmx.boosted and request.headers.get("HX-History-Restore-Request") != "true"


def render(
    page: str, fragment: str | None = None, status: int = 200, *, also: Iterable[str] = (), **context: Any
) -> Response:
    """The fragment for an htmx request, the whole page (which includes it) for any other.

    `also` names further fragments that are swapped out of band; their root elements must carry an id.
    """
    if fragment is not None and wants_fragment():
        body = render_template(fragment, oob=False, **context)
        body += "".join(render_template(name, oob=True, **context) for name in also)
    else:
        body = render_template(page, oob=False, **context)
    response = make_response(body, status)
    response.vary.add("HX-Request")
    return response


def see_other(endpoint: str, **values: Any) -> Response:
    """303 to a page: after a POST without JavaScript, and with htmx a full navigation."""
    url = url_for(endpoint, **values)
    if wants_fragment():
        response = make_response("", 204)
        response.headers["HX-Redirect"] = url
        return response
    return make_response(redirect(url, 303))


def get_or_404(model: type[Row], public_id: str, *options: Any, **parents: Any) -> Row:
    """A row by its opaque id, joined to its parents by column: a claim of another patient is 404 (trust T5).

    A record that was merged is answered with the one that stays, so that a tab from before the merge reaches it.
    """
    query = select(model).where(model.public_id == public_id)  # type: ignore[attr-defined]
    for column, value in parents.items():
        query = query.where(getattr(model, column) == value)
    row = db.session.scalar(query.options(*options))
    if row is None:
        abort(404)
    survivor_id = getattr(row, "merged_into_id", None)
    if survivor_id is not None:
        stays = select(model).where(model.id == survivor_id)  # type: ignore[attr-defined]
        row = db.session.scalars(stays.options(*options)).one()
    return row


def viewed(category: str, *patient_ids: int, subject: str = "") -> None:
    """Note that this request shows patient data; the row is committed before the page is sent (trust T4)."""
    g.setdefault("viewed", []).append((category, patient_ids, subject))


def commit_views() -> None:
    """Write what `viewed` noted and no change of this request took along: one row a request and category."""
    if g.get("viewed"):
        try:
            with db.transaction():
                pass
        finally:
            # Where the trail cannot be written, the page of the failure has nothing more to record.
            g.pop("viewed", None)


def record_views(session: Session) -> None:
    """Put the looks noted so far into the transaction that is about to be committed.

    So a change and the look that led to it cost one commit; rolled back, the looks are still to be written.
    """
    noted = g.get("viewed", []) if has_request_context() else []
    if not noted:
        return
    merged: dict[str, tuple[set[int], str]] = {}
    for category, patients, subject in noted:
        seen, _ = merged.setdefault(category, (set(), subject))
        seen.update(patients)
    for category, (patients, subject) in merged.items():
        audit.record(
            session,
            f"{category}.view",
            patients=patients,
            category=category,
            subject=subject or f"{request.method} {request.url_rule}",
        )
    db.after_commit(session, lambda: g.pop("viewed", None))


db.before_each_commit(record_views)


def check_permission(app: Flask) -> Response | None:
    """Before each request: default deny."""
    if request.endpoint is None or request.endpoint == "static":
        return None
    permission = getattr(app.view_functions[request.endpoint], "permission", None)
    if permission is None:
        return None
    if not current_user.is_authenticated:
        return app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]
    if not access.allows(current_user.role, permission):
        with db.transaction() as session:
            audit.record(
                session,
                "access.refused",
                subject=f"{request.method} {request.url_rule}",
                outcome="refused",
                changes={"permission": permission},
            )
        abort(403)
    return None
