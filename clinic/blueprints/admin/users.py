"""Staff accounts."""

import pyotp
from flask import Response, flash
from flask_login import current_user
from sqlalchemy import select

from clinic import access, db
from clinic.access import users
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.forms import NewUserForm, PasswordForm, UserForm
from clinic.models import RenderingProvider, User
from clinic.web import get_or_404, render, requires, see_other, settings


@bp.get("/users", endpoint="users")
@requires("user.edit")
def list_users() -> Response:
    people = db.session.scalars(select(User).order_by(User.active.desc(), User.name)).all()
    return render("admin/users.html", people=people, roles=access.ROLES)


@bp.route("/users/new", methods=["GET", "POST"])
@requires("user.edit")
def new_user() -> Response:
    """A new account; its second factor is shown once, on the page that answers."""
    form = NewUserForm()
    providers = db.session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).all()
    form.offer(providers)
    if not form.validate_on_submit():
        return render("admin/user_new.html", status=422 if form.is_submitted() else 200, form=form)
    try:
        with db.transaction() as session:
            user, seed = users.create(
                session,
                sign_in_name=form.sign_in_name.data or "",
                name=form.name.data or "",
                role=form.role.data or "",
                password=form.password.data or "",
                rendering_provider_id=form.provider_id(),
            )
    except users.UserRefused as error:
        form.sign_in_name.errors = [str(error)]
        return render("admin/user_new.html", status=422, form=form)
    except access.WeakPassword as error:
        form.password.errors = [str(error)]
        return render("admin/user_new.html", status=422, form=form)
    return _second_factor(user, seed)


@bp.route("/users/<public_id>", methods=["GET", "POST"])
@requires("user.edit")
def user(public_id: str) -> Response:
    """One account: name, role, state."""
    found = get_or_404(User, public_id)
    form = UserForm(obj=found)
    if not form.validate_on_submit():
        return _show(found, form, 422 if form.is_submitted() else 200)
    try:
        with db.transaction() as session:
            users.change(
                session,
                session.merge(found),
                name=form.name.data or "",
                role=form.role.data or "",
                active=bool(form.active.data),
                by=current_user.id,
            )
    except users.UserRefused as error:
        form.role.errors = [str(error)]
        return _show(get_or_404(User, public_id), form, 422)
    flash(f"{form.name.data} is saved.", "ok")
    return see_other("admin.users")


@bp.post("/users/<public_id>/password")
@requires("user.edit")
def reset_password(public_id: str) -> Response:
    found = get_or_404(User, public_id)
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            with db.transaction() as session:
                users.reset_password(session, found, form.password.data or "")
        except access.WeakPassword as error:
            form.password.errors = [str(error)]
        else:
            flash(f"{found.name} has a new password and was signed out everywhere.", "ok")
            return see_other("admin.user", public_id=public_id)
    return _show(found, UserForm(obj=found, formdata=None), 422, form)


@bp.post("/users/<public_id>/second-factor")
@requires("user.edit")
def new_second_factor(public_id: str) -> Response:
    found = get_or_404(User, public_id)
    with db.transaction() as session:
        seed = users.new_second_factor(session, found)
    return _second_factor(found, seed)


@bp.post("/users/<public_id>/unlocking")
@requires("user.edit")
def unlock(public_id: str) -> Response:
    found = get_or_404(User, public_id)
    with db.transaction() as session:
        users.unlock(session, found)
    flash(f"{found.name} may sign in again.", "ok")
    return see_other("admin.user", public_id=public_id)


def _show(found: User, form: UserForm, status: int, password: PasswordForm | None = None) -> Response:
    return render(
        "admin/user.html",
        status=status,
        person=found,
        form=form,
        password=password or PasswordForm(formdata=None),
    )


def _second_factor(found: User, seed: str) -> Response:
    address = pyotp.TOTP(seed).provisioning_uri(
        name=found.sign_in_name, issuer_name=settings().base_url.split("//")[-1]
    )
    return render("admin/second_factor.html", person=found, seed=seed, address=address)
