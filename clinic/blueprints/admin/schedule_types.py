"""The kinds of visits: list, add, change, retire (A3, A5)."""

from flask import Response, flash
from sqlalchemy import select

from clinic import db
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.schedule_forms import COLORS, PATIENT_KINDS, VisitTypeForm
from clinic.models import Device, RenderingProvider, Room, VisitType
from clinic.scheduling import visit_types as rules
from clinic.web import get_or_404, render, requires, see_other


@bp.get("/visit-types")
@requires("schedule.rules")
def visit_types() -> Response:
    rows = db.session.scalars(
        select(VisitType).order_by(VisitType.active.desc(), VisitType.position, VisitType.name)
    ).all()
    people = {each.id: each.name for each in rules.takers(db.session(), None)}
    return render(
        "admin/visit_types.html", types=rows, patient_kinds=PATIENT_KINDS, colors=COLORS, people=people
    )


@bp.route("/visit-types/new", methods=["GET", "POST"])
@requires("schedule.rules")
def new_visit_type() -> Response:
    form = VisitTypeForm()
    if not form.is_submitted():
        form = VisitTypeForm(
            formdata=None,
            data={
                "provider_from": 0,
                "buffer_before": 0,
                "buffer_minutes": 0,
                "late_cancel_hours": 24,
                "fee_grace": 1,
            }
            | {"minutes": 30, "takes_copay": True, "service_type": "98"},
        )
    return _save(VisitType(), form, None)


@bp.route("/visit-types/<public_id>", methods=["GET", "POST"])
@requires("schedule.rules")
def visit_type(public_id: str) -> Response:
    """One kind of visit; what is booked already keeps its length, its room and its device."""
    found = get_or_404(VisitType, public_id)
    return _save(found, VisitTypeForm(obj=found), found)


def _save(row: VisitType, form: VisitTypeForm, known: VisitType | None) -> Response:
    session = db.session()
    people = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).all()
    form.offer(rules.kinds(session, Room), rules.kinds(session, Device), people, known)
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render("admin/visit_type.html", status=status, form=form, kind=known)
    try:
        with db.transaction() as session:
            rules.save(session, row, form.version.data, **form.values())
    except rules.VisitTypeRefused as error:
        form[error.field].errors = [str(error)]
        return render("admin/visit_type.html", status=422, form=form, kind=known)
    flash(f"{row.name} is saved. Visits that are booked stay as they are.", "ok")
    return see_other("admin.visit_types")


@bp.post("/visit-types/<public_id>/<any('retirement','return'):what>")
@requires("schedule.rules")
def retire_visit_type(public_id: str, what: str) -> Response:
    """Offer a kind of visit no more, or again."""
    found = get_or_404(VisitType, public_id)
    with db.transaction() as session:
        rules.retire(session, found, what == "return")
    words = "can be booked again" if found.active else "can be booked no more; its visits stay"
    flash(f"{found.name} {words}.", "ok")
    return see_other("admin.visit_types")
