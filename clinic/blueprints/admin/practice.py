"""The clinic's own identity and its rendering providers: what stands in every claim (P01, P03 to P06)."""

from flask import Response, current_app, flash
from sqlalchemy import select

from clinic import audit, claims, db
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.forms import PracticeForm, ProviderForm
from clinic.models import Practice, RenderingProvider
from clinic.web import get_or_404, render, requires, see_other


@bp.route("/practice", methods=["GET", "POST"])
@requires("practice.edit")
def practice() -> Response:
    """Name, numbers and address; unsent claims are checked again when they change."""
    found = db.session.scalars(select(Practice)).one()
    form = PracticeForm(obj=found)
    if not form.validate_on_submit():
        return render("admin/practice.html", status=422 if form.is_submitted() else 200, form=form)
    with db.transaction() as session:
        _keep(found, form.values(), "practice.save", "practice:1")
        session.flush()
        claims.rescrub(session)
    # The frame shows the name on every page and keeps it between requests.
    current_app.extensions.pop("clinic_name", None)
    flash("The clinic's data is saved, and unsent claims were checked again.", "ok")
    return see_other("admin.practice")


@bp.get("/providers")
@requires("practice.edit")
def providers() -> Response:
    rows = db.session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).all()
    return render("admin/providers.html", providers=rows)


@bp.route("/providers/<public_id>", methods=["GET", "POST"])
@requires("practice.edit")
def provider(public_id: str) -> Response:
    """One rendering provider's name, NPI and taxonomy."""
    found = get_or_404(RenderingProvider, public_id)
    form = ProviderForm(obj=found)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render("admin/provider.html", status=status, form=form, provider=found)
    with db.transaction() as session:
        _keep(found, form.values(), "provider.save", f"rendering_provider:{found.public_id}")
        session.flush()
        claims.rescrub(session)
    flash(f"{found.name} is saved, and unsent claims were checked again.", "ok")
    return see_other("admin.providers")


def _keep(row: Practice | RenderingProvider, values: dict[str, object], action: str, subject: str) -> None:
    """Write what differs, with before and after on record."""
    changes = {
        name: [getattr(row, name), value] for name, value in values.items() if getattr(row, name) != value
    }
    for name, value in values.items():
        setattr(row, name, value)
    audit.record(db.session(), action, subject=subject, changes=changes)
