"""Fee schedules and the clinic's code tables."""

from flask import Response, abort, flash
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload, selectinload

from clinic import claims, db
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.forms import CopyForm, FeeForm, UploadForm
from clinic.charges import code_lists
from clinic.charges import fees as fee_rules
from clinic.charges import payers as registry
from clinic.models import AddOn, CodePair, Fee, FeeSchedule, Procedure
from clinic.web import get_or_404, render, requires, see_other

TABLES = {
    "procedures": (
        "Procedures",
        "L01",
        Procedure,
        "code, description, spanish, effective_on, ended_on, global_days, zero_charge",
    ),
    "pairs": ("Code pairs (NCCI)", "L07", CodePair, "column1, column2, indicator, effective_on, deleted_on"),
    "add_ons": ("Add-on codes", "L13", AddOn, "code, primary_code"),
}


@bp.get("/fees", endpoint="fees")
@requires("fee.edit")
def list_schedules() -> Response:
    return _list(200)


def _list(status: int, refused: dict[str, str] | None = None) -> Response:
    """Schedules, code tables and published lists; `refused` says by its name why a list was not taken in."""
    rows = db.session.execute(
        select(FeeSchedule, func.count(Fee.id))
        .outerjoin(Fee, Fee.schedule_id == FeeSchedule.id)
        .options(joinedload(FeeSchedule.payer))
        .group_by(FeeSchedule.id)
        .order_by(FeeSchedule.payer_id.nulls_first(), FeeSchedule.effective_on.desc())
    ).all()
    counts = {
        name: db.session.scalar(select(func.count()).select_from(row[2])) for name, row in TABLES.items()
    }
    return render(
        "admin/fees.html",
        status=status,
        schedules=rows,
        tables=TABLES,
        counts=counts,
        lists=code_lists.KINDS,
        listed=code_lists.counts(db.session()),
        refused=refused or {},
        form=UploadForm(formdata=None),
    )


@bp.get("/fees/<public_id>")
@requires("fee.edit")
def schedule(public_id: str) -> Response:
    return _show(public_id, 200)


@bp.post("/fees/<public_id>/fees")
@requires("fee.edit")
def set_fee(public_id: str) -> Response:
    """Set one fee of a schedule; slips that are signed keep theirs."""
    found = get_or_404(FeeSchedule, public_id)
    form = FeeForm()
    if not form.validate_on_submit():
        return _show(public_id, 422, fee=form)
    try:
        with db.transaction() as session:
            registry.set_fee(session, found, form.code.data or "", form.modifier.data or "", form.amount.data)
    except registry.TableRefused as error:
        form[error.field or "code"].errors = [str(error)]
        return _show(public_id, 422, fee=form)
    flash(f"{(form.code.data or '').upper()} is saved.", "ok")
    return see_other("admin.schedule", public_id=public_id)


@bp.post("/fees/<public_id>/import")
@requires("fee.edit")
def import_fees(public_id: str) -> Response:
    found = get_or_404(FeeSchedule, public_id)
    form = UploadForm()
    if not form.validate_on_submit():
        return _show(public_id, 422, upload=form)
    try:
        with db.transaction() as session:
            loaded = registry.load_fees(session, found, form.file.data.read())
    except registry.TableRefused as error:
        form.file.errors = [str(error)]
        return _show(public_id, 422, upload=form)
    flash(f"{loaded.added} added, {loaded.changed} changed, {loaded.unchanged} as they were.", "ok")
    return see_other("admin.schedule", public_id=public_id)


@bp.post("/fees/<public_id>/copies")
@requires("fee.edit")
def copy_schedule(public_id: str) -> Response:
    """Next year's schedule: the same fees from a day on."""
    found = get_or_404(FeeSchedule, public_id)
    form = CopyForm()
    if not form.validate_on_submit():
        return _show(public_id, 422, copy=form)
    try:
        with db.transaction() as session:
            made = registry.copy_schedule(session, found, form.name.data or "", form.effective_on.data)
    except registry.TableRefused as error:
        form.effective_on.errors = [str(error)]
        return _show(public_id, 422, copy=form)
    flash(f"{made.name} is made. {found.name} ends the day before.", "ok")
    return see_other("admin.schedule", public_id=made.public_id)


@bp.post("/code-tables/<kind>")
@requires("fee.edit")
def import_codes(kind: str) -> Response:
    """Load a code table; unsent claims are checked against it at once."""
    form = UploadForm()
    if kind not in TABLES or not form.validate_on_submit():
        flash(" ".join(form.file.errors) or "There is no such table.", "danger")
        return see_other("admin.fees")
    try:
        with db.transaction() as session:
            loaded = registry.load_codes(session, kind, form.file.data.read())
            claims.rescrub(session)
    except registry.TableRefused as error:
        flash(str(error), "danger")
        return see_other("admin.fees")
    flash(
        f"{_counted(loaded.added, 'row')} added, {loaded.changed} changed, {loaded.unchanged} there before. "
        "Unsent claims were checked again.",
        "ok",
    )
    return see_other("admin.fees")


@bp.post("/code-lists/<kind>")
@requires("fee.edit")
def import_list(kind: str) -> Response:
    """Load a published code list; its words and days are used at once."""
    form = UploadForm()
    if kind not in code_lists.KINDS:
        abort(404)
    if not form.validate_on_submit():
        return _list(422, {kind: " ".join(form.file.errors)})
    try:
        with db.transaction() as session:
            loaded = code_lists.load(session, kind, form.file.data.read())
    except registry.TableRefused as error:
        return _list(422, {kind: str(error)})
    code_lists.publish(db.session())
    flash(
        f"{_counted(loaded.added, 'code')} added, {loaded.changed} changed, {loaded.unchanged} as they were.",
        "ok",
    )
    return see_other("admin.fees")


def _show(public_id: str, status: int, **forms: object) -> Response:
    found = get_or_404(FeeSchedule, public_id, selectinload(FeeSchedule.fees), joinedload(FeeSchedule.payer))
    words = fee_rules.describe(db.session(), (fee.code for fee in found.fees), found.effective_on)
    return render(
        "admin/schedule.html",
        status=status,
        schedule=found,
        words=words,
        fee=forms.get("fee") or FeeForm(formdata=None),
        upload=forms.get("upload") or UploadForm(formdata=None),
        copy=forms.get("copy") or CopyForm(formdata=None),
    )


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
