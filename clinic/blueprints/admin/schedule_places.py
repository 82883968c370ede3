"""Rooms and devices, by the kinds that visit types ask for (A5)."""

from flask import Response, abort, flash
from sqlalchemy import select

from clinic import db
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.schedule_forms import PlaceForm
from clinic.models import Device, Room
from clinic.scheduling import visit_types as rules
from clinic.web import get_or_404, render, requires, see_other

TABLES: dict[str, type[Room] | type[Device]] = {"rooms": Room, "devices": Device}


@bp.get("/rooms")
@requires("schedule.rules")
def rooms() -> Response:
    return _show(200)


@bp.post("/rooms/<any('rooms','devices'):what>")
@requires("schedule.rules")
def new_place(what: str) -> Response:
    """Add a room or a device."""
    form = PlaceForm(prefix=f"{what}-")
    form.active.data = True
    if not form.validate_on_submit():
        return _show(422, {what: form})
    try:
        with db.transaction() as session:
            made = rules.save_place(session, TABLES[what](), **form.values())
    except rules.VisitTypeRefused as error:
        form[error.field].errors = [str(error)]
        return _show(422, {what: form})
    flash(f"{made.name} is added.", "ok")
    return see_other("admin.rooms")


@bp.route("/rooms/<any('rooms','devices'):what>/<public_id>", methods=["GET", "POST"])
@requires("schedule.rules")
def place(what: str, public_id: str) -> Response:
    """One room or device: its name, its kind, whether it is in use."""
    if what not in TABLES:
        abort(404)
    found = get_or_404(TABLES[what], public_id)
    form = PlaceForm(obj=found)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render("admin/place.html", status=status, form=form, place=found, what=what)
    try:
        with db.transaction() as session:
            rules.save_place(session, found, **form.values())
    except rules.VisitTypeRefused as error:
        form[error.field].errors = [str(error)]
        return render("admin/place.html", status=422, form=form, place=found, what=what)
    flash(f"{found.name} is saved.", "ok")
    return see_other("admin.rooms")


def _show(status: int, given: dict[str, PlaceForm] | None = None) -> Response:
    found = {
        what: db.session.scalars(
            select(table).order_by(table.active.desc(), table.position, table.name)
        ).all()
        for what, table in TABLES.items()
    }
    forms = {what: (given or {}).get(what) or PlaceForm(formdata=None, prefix=f"{what}-") for what in TABLES}
    return render("admin/rooms.html", status=status, places=found, forms=forms)
