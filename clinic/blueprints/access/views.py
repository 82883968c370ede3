"""Sign-in with password and code, the role's own home, and the user's own switches."""

import pyotp
from flask import Blueprint, Response, make_response, redirect, request, session, url_for
from flask_login import current_user, login_user, logout_user

from clinic import access, audit, clock, db
from clinic.access.sign_in import AccountLocked, SignInRefused
from clinic.blueprints.access.forms import CodeForm, SignInForm
from clinic.models import User
from clinic.web import drafts, public, render, requires, returning, see_other, settings
from clinic.web.identity import SignedIn
from clinic.web.sessions import StaffSession

bp = Blueprint("access", __name__)
# How long a right password waits for its code.
CODE_SECONDS = 300
DEMO_ROLES = ("front_desk", "clinician", "biller", "manager", "admin")


@bp.get("/")
@public
def home() -> Response:
    """The role's own first page."""
    if current_user.is_authenticated:
        return make_response(redirect(url_for(access.HOMES[current_user.role]), 303))
    return make_response(redirect(url_for(".sign_in"), 303))


@bp.get("/healthz")
@public
def health() -> Response:
    """Whether this process reaches its database: for supervisors and load balancers."""
    db.session.connection()
    return Response("ok\n", mimetype="text/plain")


@bp.route("/sign-in", methods=["GET", "POST"])
@public
def sign_in() -> Response:
    """First step: name and password."""
    form = SignInForm()
    if request.method == "GET":
        return _door(form, expired="expired" in request.args)
    if not form.validate_on_submit():
        return _door(form, 422)
    user, refusal = _password(form)
    if isinstance(refusal, AccountLocked):
        raise refusal
    if user is None:
        form.password.errors = [str(refusal)]
        return _door(form, 422)
    _rotate()
    session["waiting_user"] = user.id
    session["waiting_since"] = int(clock.wall_now().timestamp())
    return see_other(".code")


@bp.route("/sign-in/code", methods=["GET", "POST"])
@public
def code() -> Response:
    """Second step: the code, which works once."""
    user = _waiting()
    if user is None:
        return see_other(".sign_in")
    form = CodeForm()
    if request.method == "GET":
        return render("access/code.html", form=form, demo_code=_demo_code(user))
    if not form.validate_on_submit():
        return render("access/code.html", status=422, form=form, demo_code=_demo_code(user))
    refusal: db.ClinicError | None = None
    who = audit.Actor(user.id, user.name, None, request.remote_addr or "")
    with audit.acting_as(who), db.transaction() as current:
        try:
            access.check_code(current, user, form.code.data or "")
        except (SignInRefused, AccountLocked) as error:
            # The failed try itself must be kept, so the transaction commits and the answer comes after it.
            refusal = error
    if isinstance(refusal, AccountLocked):
        session.clear()
        raise refusal
    if refusal is not None:
        form.code.errors = [str(refusal)]
        return render("access/code.html", status=422, form=form, demo_code=_demo_code(user))
    _rotate()
    draft, back = drafts.of(user.id), returning.way_back(user.id, user.role)
    session.clear()
    session["address"] = request.remote_addr or ""
    login_user(SignedIn(user))
    if draft is None:
        return make_response(redirect(back, 303)) if back else see_other(".home")
    session["draft"] = draft
    return see_other(".kept")


@bp.get("/kept")
@requires("account.own")
def kept() -> Response:
    """What the user had typed when the session ended, to be sent again with one click."""
    draft = drafts.of(current_user.id)
    if draft is None:
        return see_other(".home")
    return render("access/kept.html", draft=draft, typed=drafts.typed(draft))


@bp.post("/kept/discard")
@requires("account.own")
def discard_kept() -> Response:
    drafts.drop()
    return see_other(".home")


@bp.post("/sign-out")
@requires("account.own")
def sign_out() -> Response:
    with db.transaction() as current:
        audit.record(current, "sign_out.done", subject=f"user:{current_user.public_id}")
    logout_user()
    session.clear()
    return see_other(".sign_in")


@bp.post("/account/theme")
@requires("account.own")
def theme() -> Response:
    """Light or dark, kept with the account; "" follows the computer's setting again."""
    chosen = request.form.get("theme")
    if chosen in ("light", "dark", ""):
        with db.transaction() as current:
            user = current.get(User, current_user.id)
            if user is not None:
                user.theme = chosen
    return make_response(redirect(_back(), 303))


@bp.post("/account/keys")
@requires("account.own")
def single_keys() -> Response:
    """Single-key shortcuts on or off (WCAG 2.1.4)."""
    with db.transaction() as current:
        user = current.get(User, current_user.id)
        if user is not None:
            user.single_keys = request.form.get("keys") != "off"
    return make_response(redirect(_back(), 303))


def _password(form: SignInForm) -> tuple[User | None, db.ClinicError | None]:
    with db.transaction() as current:
        try:
            user = access.check_password(
                current,
                form.sign_in_name.data or "",
                form.password.data or "",
                request.remote_addr or "",
            )
        except (SignInRefused, AccountLocked) as error:
            return None, error
    return user, None


def _waiting() -> User | None:
    """Whose password was right a moment ago."""
    since = session.get("waiting_since", 0)
    if int(clock.wall_now().timestamp()) - since > CODE_SECONDS:
        return None
    return db.session.get(User, session.get("waiting_user", 0))


def _rotate() -> None:
    """A new token at each step up, so that one planted before sign-in is worth nothing."""
    opened = session._get_current_object()  # type: ignore[attr-defined]
    if isinstance(opened, StaffSession):
        opened.rotate_token = True
        opened.modified = True


def _demo_code(user: User) -> str | None:
    """The code itself, in the demo only and loudly marked there."""
    if not settings().demo or user.totp_seed is None:
        return None
    totp = pyotp.TOTP(user.totp_seed)
    step = max(int(clock.wall_now().timestamp()) // 30, user.totp_last_step + 1)
    return str(totp.at(step * 30))


def _back() -> str:
    """The page the user came from, when it is ours."""
    origin = request.referrer or ""
    if origin.startswith(request.host_url):
        return origin
    return url_for(".home")


def _door(form: SignInForm, status: int = 200, *, expired: bool = False) -> Response:
    demo = DEMO_ROLES if settings().demo else ()
    return render(
        "access/sign_in.html",
        status=status,
        form=form,
        expired=expired,
        draft_kept="draft" in session,
        demo_roles=demo,
    )
