"""After how many minutes the board raises its voice."""

from flask import Response, flash
from sqlalchemy import select

from clinic import audit, db
from clinic.blueprints.flow.blueprint import bp
from clinic.blueprints.flow.forms import AlertsForm
from clinic.models import Practice
from clinic.web import Conflict, render, requires, see_other

FIELDS = ("late", "wait", "room", "over")


@bp.get("/alerts")
@requires("schedule.rules")
def alerts() -> Response:
    """The form."""
    practice = _practice()
    values = {name: getattr(practice, f"alert_{name}_minutes") for name in FIELDS}
    return _page(AlertsForm(formdata=None, data={**values, "version": practice.version}))


@bp.post("/alerts")
@requires("schedule.rules")
def save_alerts() -> Response:
    """Keep the minutes; the second click finds them kept."""
    form = AlertsForm()
    if not form.validate_on_submit():
        return _page(form, 422)
    with db.transaction() as session:
        practice = session.scalars(select(Practice).limit(1).with_for_update()).one()
        changes = {
            f"alert_{name}_minutes": [getattr(practice, f"alert_{name}_minutes"), form[name].data]
            for name in FIELDS
            if getattr(practice, f"alert_{name}_minutes") != form[name].data
        }
        if changes:
            if practice.version != form.version.data:
                raise Conflict("Somebody else changed the practice's settings first. Look at them again.")
            for column, (_, after) in changes.items():
                setattr(practice, column, after)
            audit.record(session, "practice.change", subject="practice", changes=changes)
    flash("Alert minutes saved.", "ok")
    return see_other(".alerts")


def _practice() -> Practice:
    return db.session.scalars(select(Practice).limit(1)).one()


def _page(form: AlertsForm, status: int = 200) -> Response:
    return render("flow/alerts.html", "flow/_alerts.html", status, form=form)
