"""Days on which the clinic is closed: holidays of a year, and any others (A6)."""

from flask import Response, flash, request
from sqlalchemy import extract, select

from clinic import clock, db, formats
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.schedule_forms import ClosureForm, RenameForm, YearForm
from clinic.models import ClinicClosure
from clinic.scheduling import templates
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.forms import ClinicForm


@bp.get("/closures")
@requires("schedule.rules")
def closures() -> Response:
    text = request.args.get("year", "")
    year = formats.whole(text) or 0
    return _show(year if 2000 <= year <= 2100 else clock.today().year, 200)


@bp.post("/closures")
@requires("schedule.rules")
def close() -> Response:
    """Close the clinic on one day, or from one to another; booked visits stay and are listed."""
    form = ClosureForm()
    year = clock.today().year
    if not form.validate_on_submit():
        return _show(year, 422, closure=form)
    try:
        with db.transaction() as session:
            made = templates.add_closure(session, form.first.data, form.name.data or "", last=form.last.data)
    except templates.TemplateRefused as error:
        form[error.field].errors = [str(error)]
        return _show(year, 422, closure=form)
    days = f"{len(made)} days are" if len(made) > 1 else "The day is"
    flash(f"{days} closed.{_conflicts()}", "ok")
    return see_other("admin.closures", year=made[0].on.year)


@bp.post("/closures/holidays")
@requires("schedule.rules")
def import_holidays() -> Response:
    """Close the clinic on the federal holidays of a year; each can be opened again."""
    form = YearForm()
    if not form.validate_on_submit():
        return _show(clock.today().year, 422, holidays=form)
    with db.transaction() as session:
        made = templates.import_holidays(session, form.year.data or 0)
    words = f"{len(made)} holidays of {form.year.data} are closed" if made else "They were closed already"
    flash(f"{words}.{_conflicts()}", "ok")
    return see_other("admin.closures", year=form.year.data)


@bp.post("/closures/<public_id>/name")
@requires("schedule.rules")
def rename_closure(public_id: str) -> Response:
    found = get_or_404(ClinicClosure, public_id)
    form = RenameForm()
    if not form.validate_on_submit():
        return _show(found.on.year, 422, renamed=(found, form))
    with db.transaction() as session:
        templates.rename_closure(session, found, form.name.data or "")
    flash(f"{found.name} is saved.", "ok")
    return see_other("admin.closures", year=found.on.year)


@bp.post("/closures/<public_id>/removal")
@requires("schedule.rules")
def open_day(public_id: str) -> Response:
    """The clinic is open on that day after all; the second click finds it open."""
    found = db.session.scalar(select(ClinicClosure).where(ClinicClosure.public_id == public_id))
    if found is None:
        flash("That day is open already.", "info")
        return see_other("admin.closures")
    year = found.on.year
    with db.transaction() as session:
        templates.remove_closure(session, found)
    flash(f"The clinic is open on {found.on:%A, %B %-d}.", "ok")
    return see_other("admin.closures", year=year)


def _conflicts() -> str:
    count = len(templates.conflicts(db.session()))
    if not count:
        return ""
    what = "1 booked visit does" if count == 1 else f"{count} booked visits do"
    return f" {what} not fit the patterns; nothing was moved, and all are listed below."


def _show(year: int, status: int, **forms: object) -> Response:
    rows = db.session.scalars(
        select(ClinicClosure).where(extract("year", ClinicClosure.on) == year).order_by(ClinicClosure.on)
    ).all()
    unfit = [each for each in templates.conflicts(db.session()) if each.why.startswith("Closed")]
    viewed("schedule", *{each.appointment.patient_id for each in unfit})
    year_form: ClinicForm | object = forms.get("holidays") or YearForm(formdata=None, data={"year": year})
    return render(
        "admin/closures.html",
        status=status,
        year=year,
        closures=rows,
        conflicts=unfit,
        closure=forms.get("closure") or ClosureForm(formdata=None),
        year_form=year_form,
        renamed=forms.get("renamed") or (None, None),
    )
