"""The web application: blueprints, sessions, error pages, headers, and default deny."""

import importlib
import importlib.util
from datetime import timedelta

from flask import Flask, Response, abort, g, make_response, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, current_user
from flask_wtf import CSRFProtect
from jinja2 import StrictUndefined
from sqlalchemy.exc import IntegrityError
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.middleware.proxy_fix import ProxyFix

from clinic import audit, clearinghouse, clock, db, keys, log, queue, web
from clinic.access import sessions
from clinic.charges import code_lists
from clinic.config import Config
from clinic.models import RehearsalClock, User
from clinic.web import drafts, errors, frame, returning
from clinic.web.identity import SignedIn
from clinic.web.sessions import DatabaseSessions

BLUEPRINTS = (
    "access",
    "admin",
    "authorizations",
    "book",
    "charges",
    "checkin",
    "claims",
    "desk",
    "edi",
    "eligibility",
    "estimates",
    "flow",
    "mailsink",
    "messages",
    "offer",
    "patients",
    "pay",
    "payments",
    "rehearsal",
    "remittances",
    "reports",
    "statements",
    "tasks",
    "visit",
    "waiting",
)
# The only endpoints that answer without a sign-in.
PUBLIC = frozenset(
    {
        "static",
        "access.sign_in",
        "access.code",
        "access.home",
        "access.health",
        "book.start",
        "book.times",
        "book.hold",
        "book.leave",
        "book.details",
        "book.take_details",
        "book.code",
        "book.check_code",
        "book.another_code",
        "book.another_time",
        "book.open_link",
        "book.done",
        "book.answer",
        "book.calendar",
        "pay.find",
        "pay.look",
        "pay.open_link",
        "pay.bill",
        "pay.checkout",
        "pay.done",
        "pay.cancelled",
        "pay.webhook",
        "messages.feed",
        "messages.reply",
        "messages.status",
        "offer.answer",
        "offer.calendar",
        "offer.open_link",
        "offer.show",
        "visit.answer",
        "visit.calendar",
        "visit.open_link",
        "visit.show",
        "visit.take",
        "visit.times",
    }
)
SIGNED = ("pay.webhook", "messages.reply", "messages.status")
# The unique constraints that make a second click the first one.
ONCE_ONLY = ("idempotency_key", "__key")
MAX_REQUEST = 16 * 1024 * 1024


class UndeclaredRoute(Exception):
    """A route names no permission, so the application does not start (trust T5)."""


class ClinicFlask(Flask):
    """Flask that runs a view once more when two clicks with one key met at the same instant.

    The loser of the race fails on the unique key, and its second run finds the winner's row and answers with it.
    No other broken constraint is tried again: an unbalanced entry stays unbalanced.
    """

    def dispatch_request(self) -> ResponseReturnValue:
        try:
            return super().dispatch_request()
        except IntegrityError as error:
            name = getattr(getattr(error.orig, "diag", None), "constraint_name", None) or ""
            if request.method != "POST" or not name.endswith(ONCE_ONLY):
                raise
        return super().dispatch_request()


def create_app(config: Config, *, testing: bool = False) -> Flask:
    """Build the application; raises UndeclaredRoute when a view has no permission.

    The key ring and the database are the process's own: `start` sets them up for a server.
    """
    app = ClinicFlask("clinic", root_path=str(frame.STATIC.parent))
    app.config.update(
        SECRET_KEY=config.secret_key,
        TESTING=testing,
        PROPAGATE_FAILURES=testing,
        PROPAGATE_EXCEPTIONS=testing,
        MAX_CONTENT_LENGTH=MAX_REQUEST,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=config.base_url.startswith("https://"),
    )
    app.extensions["clinic"] = config
    clearinghouse.connect(config)
    app.jinja_env.undefined = StrictUndefined
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    if config.base_url.startswith("https://"):
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=1, x_proto=1)  # type: ignore[method-assign]
    limits = sessions.Limits(
        idle=timedelta(minutes=config.idle_minutes), absolute=timedelta(hours=config.session_hours)
    )
    app.session_interface = DatabaseSessions(limits)
    web.htmx.init_app(app)
    _sign_in(app)
    _each_request(app, config)
    # After the permissions: the form of an ended session is sent to sign in, not called a form from elsewhere.
    csrf = CSRFProtect(app)
    frame.register(app, config)
    errors.register(app)
    for name in BLUEPRINTS:
        module = f"clinic.blueprints.{name}"
        if importlib.util.find_spec(module) and importlib.util.find_spec(f"{module}.views"):
            blueprint = importlib.import_module(f"{module}.views").bp
            app.register_blueprint(blueprint)
    for endpoint in SIGNED:
        # The card processor and the text service sign their own requests; they have no form of ours.
        csrf.exempt(app.view_functions[endpoint])
    _deny_by_default(app)
    return app


def start(config: Config) -> Flask:
    """What a server process runs: keys, database, clock, queue, log, application."""
    log.configure()
    clock.configure(config.timezone)
    keys.use(keys.load(config.key_file))
    db.connect(config.database_url)
    queue.connect(config.redis_url)
    return create_app(config)


def _sign_in(app: Flask) -> None:
    manager = LoginManager(app)
    manager.session_protection = None

    @manager.user_loader
    def load(user_id: str) -> SignedIn | None:
        # Read with the session in one statement, unless this very request signed him in.
        user = getattr(g.get("opened_session"), "user", None)
        if user is None or user.id != int(user_id):
            user = db.session.get(User, int(user_id))
        return SignedIn(user) if user is not None and user.active else None

    @manager.unauthorized_handler
    def unauthorized() -> Response:
        was_user = session.get("was_user")
        # Only a page of somebody who was signed in asks through htmx, even when the session's row is gone by now.
        expired = was_user is not None or web.wants_fragment()
        if was_user is not None:
            drafts.keep(was_user)
        if expired:
            returning.remember(was_user)
        to = url_for("access.sign_in", expired=1) if expired else url_for("access.sign_in")
        if web.wants_fragment():
            # A redirect would be followed by the browser and swapped into the middle of a table.
            response = make_response("", 401)
            response.headers["HX-Redirect"] = to
            return response
        return make_response(redirect(to, 303))


def _search_without_nul() -> None:
    """Drop the character that no keyboard types from what is searched for: a pasted name may hold it, unseen."""
    for part in ("args", "form"):
        sent: MultiDict[str, str] = getattr(request, part)
        if any("\0" in value for value in sent.getlist("q")):
            clean = [
                (name, value.replace("\0", "") if name == "q" else value)
                for name, value in sent.items(multi=True)
            ]
            setattr(request, part, ImmutableMultiDict(clean))


def _each_request(app: Flask, config: Config) -> None:
    @app.before_request
    def begin() -> Response | None:
        if request.endpoint == "static":
            return None
        g.opened_session = session._get_current_object()
        _search_without_nul()
        if "\0" in request.path or any(
            "\0" in value for values in (request.args, request.form) for _, value in values.items(multi=True)
        ):
            # No keyboard types it, and no column of the database holds it.
            abort(400)
        clock.set_days_ahead(0)
        if config.rehearsal:
            row = db.session.get(RehearsalClock, 1)
            clock.set_days_ahead(row.days_ahead if row else 0)
        if not app.testing:
            code_lists.keeper.keep_current(db.session())
        signed_in = current_user.is_authenticated
        audit.set_actor(
            audit.Actor(
                current_user.id if signed_in else None,
                current_user.name if signed_in else "public",
                getattr(g.get("opened_session"), "row_id", None),
                request.remote_addr or "",
            )
        )
        return web.check_permission(app)

    @app.after_request
    def keep_views(response: Response) -> Response:
        # A page with patient data is refused when the record of it cannot be stored (trust T4).
        if response.status_code < 500:
            web.commit_views()
        drafts.drop_when_taken(response)
        return response

    @app.teardown_appcontext
    def close(error: BaseException | None) -> None:
        if not app.testing:
            db.close_reading()


def _deny_by_default(app: Flask) -> None:
    silent = sorted(
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint not in PUBLIC and getattr(view, "permission", None) is None
    )
    if silent:
        raise UndeclaredRoute("these routes name no permission; add @requires to each: " + ", ".join(silent))
