"""Payers and their enrolments."""

from flask import Response, flash
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from clinic import claims, db
from clinic.blueprints.admin.blueprint import bp
from clinic.blueprints.admin.forms import KINDS, EnrolmentForm, PayerForm
from clinic.charges import payers as registry
from clinic.models import Payer
from clinic.web import get_or_404, render, requires, see_other

TRANSACTIONS = {"837": "Claims (837)", "835": "Remittances (835)", "270": "Eligibility (270)"}


@bp.get("/payers", endpoint="payers")
@requires("payer.view")
def list_payers() -> Response:
    rows = db.session.scalars(
        select(Payer).options(selectinload(Payer.enrolments)).order_by(Payer.active.desc(), Payer.name)
    ).all()
    return render("admin/payers.html", payers=rows, transactions=TRANSACTIONS, kinds=KINDS)


@bp.route("/payers/new", methods=["GET", "POST"])
@requires("payer.edit")
def new_payer() -> Response:
    form = PayerForm()
    if not form.validate_on_submit():
        return render("admin/payer.html", status=422 if form.is_submitted() else 200, form=form, payer=None)
    try:
        with db.transaction() as session:
            payer = Payer(needs_authorization=[])
            registry.save_payer(session, payer, **form.values())
    except registry.TableRefused as error:
        form[error.field or "name"].errors = [str(error)]
        return render("admin/payer.html", status=422, form=form, payer=None)
    flash(f"{payer.name} is added. Now say which transactions are enrolled.", "ok")
    return see_other("admin.payer", public_id=payer.public_id)


@bp.route("/payers/<public_id>", methods=["GET", "POST"])
@requires("payer.edit")
def payer(public_id: str) -> Response:
    """One payer; unsent claims are scrubbed again, because its rules may now say otherwise."""
    found = get_or_404(Payer, public_id, selectinload(Payer.enrolments))
    form = PayerForm(obj=found)
    if not form.validate_on_submit():
        return _show(found, form, 422 if form.is_submitted() else 200)
    try:
        with db.transaction() as session:
            registry.save_payer(session, found, **form.values())
            claims.rescrub(session)
    except registry.TableRefused as error:
        form[error.field or "name"].errors = [str(error)]
        return _show(get_or_404(Payer, public_id), form, 422)
    flash(f"{found.name} is saved, and unsent claims were checked again.", "ok")
    return see_other("admin.payers")


@bp.post("/payers/<public_id>/enrolments/<kind>")
@requires("payer.edit")
def enrolment(public_id: str, kind: str) -> Response:
    """Say how far the enrolment for one transaction is (K11)."""
    found = get_or_404(Payer, public_id, selectinload(Payer.enrolments))
    form = EnrolmentForm()
    if kind not in TRANSACTIONS or not form.validate_on_submit():
        return _show(found, PayerForm(obj=found, formdata=None), 422, {kind: form})
    with db.transaction() as session:
        registry.save_enrolment(session, found, kind, form.state.data or "", form.effective_on.data)
        claims.rescrub(session)
    flash(f"The {kind} enrolment of {found.name} is saved.", "ok")
    return see_other("admin.payer", public_id=public_id)


def _show(
    found: Payer, form: PayerForm, status: int, given: dict[str, EnrolmentForm] | None = None
) -> Response:
    rows = {row.transaction_kind: row for row in found.enrolments}
    enrolments = {
        kind: (given or {}).get(kind) or EnrolmentForm(obj=rows.get(kind), formdata=None)
        for kind in TRANSACTIONS
    }
    return render(
        "admin/payer.html",
        status=status,
        form=form,
        payer=found,
        enrolments=enrolments,
        transactions=TRANSACTIONS,
    )
