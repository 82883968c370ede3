"""One handler for everything that can go wrong, as a page or as a fragment (design 6)."""

import secrets

from flask import Flask, Response, g, make_response, render_template, request, url_for
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import HTTPException

from clinic import access, db, log, web
from clinic.web import patient_page

PAGES = {400, 403, 404, 409, 413, 422, 429}
DAY_CLOSED = "CL005"
_PATIENTS = {404: "unknown", 405: "unknown"}


def answer(name: str, status: int, **context: object) -> Response:
    """An error as a whole page, or for htmx as a note in #flash that replaces nothing else."""
    if patient_page.is_here() and status < 500:
        return patient_page.refused(_PATIENTS.get(status, "failed"), status)
    if name == "422" and request.method in ("GET", "HEAD"):
        name = "unshown"  # Nothing was to be saved: it is the address that asks for what is not there.
    context.setdefault("message", None)
    context.setdefault("reference", None)
    context["status"] = status
    context["home"] = home()
    context["sign_in_url"] = url_for("access.sign_in")
    if web.wants_fragment():
        response = make_response(render_template("errors/_error.html", name=name, **context), status)
        response.headers["HX-Retarget"] = "#flash"
        response.headers["HX-Reswap"] = "innerHTML"
    else:
        response = make_response(render_template(f"errors/{name}.html", **context), status)
    response.vary.add("HX-Request")
    return response


def too_old() -> Response:
    """A form whose session has ended, or that another site sent."""
    if patient_page.is_here():
        return patient_page.refused("closed", 400)
    return answer("400", 400, message="This form is too old or came from elsewhere. Open it again.")


def home() -> str:
    """The role's own first page, or the sign-in page."""
    if current_user and current_user.is_authenticated:
        return url_for(access.HOMES[current_user.role])
    return url_for("access.sign_in")


def register(app: Flask) -> None:
    """Install the handlers."""

    @app.errorhandler(db.ClinicError)
    def refused(error: db.ClinicError) -> Response:
        conflict = isinstance(error, web.Conflict)
        status = 409 if conflict else 422
        return answer(str(status), status, message=str(error))

    @app.errorhandler(StaleDataError)
    def stale(error: StaleDataError) -> Response:
        return answer("409", 409, message="Somebody else changed this first. Look at it again.")

    @app.errorhandler(access.AccountLocked)
    def locked(error: access.AccountLocked) -> Response:
        return answer("locked", 423, message=str(error))

    @app.errorhandler(CSRFError)
    def forged(error: CSRFError) -> Response:
        return too_old()

    @app.errorhandler(HTTPException)
    def http(error: HTTPException) -> Response:
        status = error.code or 500
        if status >= 500 and "opened_session" not in g:
            # The database did not even answer whose request it is: the handler of all the rest never saw it.
            return broken(getattr(error, "original_exception", None) or error)
        name = str(status) if status in PAGES else "400" if status < 500 else "500"
        return answer(name, status)

    @app.errorhandler(DBAPIError)
    def database(error: DBAPIError) -> Response:
        if getattr(error.orig, "sqlstate", "") == DAY_CLOSED:
            return answer("409", 409, message="That day is closed. Post on an open day.")
        return broken(error)

    @app.errorhandler(Exception)
    def broken(error: Exception) -> Response:
        reference = secrets.token_hex(4).upper()
        log.failure("request_failed", error, reference=reference, endpoint=request.endpoint)
        if app.config["PROPAGATE_FAILURES"]:
            raise error
        if patient_page.is_here():
            return patient_page.broken(reference)
        if "opened_session" not in g:
            alone = app.jinja_env.get_template("errors/500.html")
            return make_response(alone.render(reference=reference), 500)
        return answer("500", 500, reference=reference)
