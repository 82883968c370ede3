"""Statement runs: the preview with reasons, the frozen batch with its progress, PDFs, pay links, holds (step 9)."""

from typing import Any

from flask import Blueprint, Response, abort, flash, make_response, request, url_for

from clinic import audit, clock, db, formats, payments, statements
from clinic.blueprints.statements import pages
from clinic.blueprints.statements.forms import HoldForm, ReleaseForm, StartForm
from clinic.models import Guarantor, Statement, StatementBatch, User
from clinic.web import Conflict, get_or_404, render, requires, see_other, viewed

bp = Blueprint("statements", __name__, url_prefix="/statements")
VIEWS = ("ready", "left", "batches")


@bp.get("")
@requires("statement.run")
def index() -> Response:
    """Who would get a statement today, who would not and why, and past runs."""
    return _index()


@bp.post("/batches")
@requires("statement.run")
def start() -> Response:
    """Freeze today's preview as a batch; the second click, and a page that is older than a run, open that run."""
    form = StartForm()
    if not form.validate_on_submit() or not form.key.data:
        return _index(422)
    try:
        with db.transaction() as session:
            batch = statements.start(session, form.key.data)
    except statements.MadeAlready as made:
        batch = made.batch
        who = db.session.get(User, batch.created_by) if batch.created_by else None
        by = f" by {who.name}" if who else ""
        flash(
            f"Nobody is left for a second run today. This one was made{by} at {formats.wall(batch.created_at)}.",
            "info",
        )
    return see_other(".batch", public_id=batch.public_id)


@bp.get("/batches/<public_id>")
@requires("statement.run")
def batch(public_id: str) -> Response:
    """One run: its statements or whom it left out."""
    found = get_or_404(StatementBatch, public_id)
    shown = "left" if request.args.get("view") == "left" else "made"
    part = pages.left_out(found) if shown == "left" else pages.made(found)
    _seen(row[0].guarantor_id for row in part.rows)
    return render("statements/batch.html", **_batch(found), shown=shown, part=part)


@bp.get("/batches/<public_id>/progress")
@requires("statement.run")
def progress(public_id: str) -> Response:
    """The bar that asks again by itself until all is made, and what can be printed; then the list comes with it."""
    found = get_or_404(StatementBatch, public_id)
    context = _batch(found)
    also = ["statements/_print.html"]
    if not context["progress"].running and request.args.get("view") != "left":
        context["part"] = part = pages.made(found)
        _seen(row[0].guarantor_id for row in part.rows)
        also.append("statements/_made.html")
    return render("statements/_progress_page.html", "statements/_progress.html", also=also, **context)


@bp.get("/batches/<public_id>/print")
@requires("statement.run")
def print_all(public_id: str) -> Response:
    """All ready statements of a run in one PDF, each from a new sheet."""
    found = get_or_404(StatementBatch, public_id)
    made = pages.merged(found)
    if made is None:
        raise Conflict("No statement of this run is ready yet. Wait until the first ones are made.")
    content, guarantors = made
    _seen(guarantors, f"statement_batch:{public_id}")
    return _pdf(content, f"statements-{found.statement_on:%Y-%m-%d}.pdf")


@bp.get("/<public_id>/pdf")
@requires("statement.run")
def pdf(public_id: str) -> Response:
    """One statement as it was printed."""
    statement = get_or_404(Statement, public_id)
    if statement.file is None:
        raise Conflict("This statement is still being made. Try again in a moment.")
    _seen([statement.guarantor_id], f"statement:{statement.number}")
    return _pdf(statement.file.content(), f"{statement.number}.pdf")


@bp.post("/<public_id>/link-revocation")
@requires("statement.run")
def revoke(public_id: str) -> Response:
    """Make a statement's code and QR code worthless: a letter that went to the wrong house."""
    statement = get_or_404(Statement, public_id)
    with db.transaction() as session:
        payments.revoke(session, statement.id)
    flash(f"The code of {statement.number} opens nothing any more.", "ok")
    return see_other(".batch", public_id=db.session.get_one(StatementBatch, statement.batch_id).public_id)


@bp.post("/guarantors/<public_id>/hold")
@requires("statement.run")
def hold(public_id: str) -> Response:
    """Send no statements until the hold is lifted (T6)."""
    guarantor = get_or_404(Guarantor, public_id)
    form = HoldForm()
    if not form.validate_on_submit():
        return _index(422, opened=guarantor, hold_form=form)
    _set_hold(guarantor, form.version.data, form.reason.data)
    # No name: what is said stands in the row of the session until it is shown.
    flash("No statement goes to this household.", "ok")
    return see_other(".index", view="left", open=public_id)


@bp.post("/guarantors/<public_id>/release")
@requires("statement.run")
def release(public_id: str) -> Response:
    """Lift a hold."""
    guarantor = get_or_404(Guarantor, public_id)
    form = ReleaseForm()
    if not form.validate_on_submit():
        abort(400)
    _set_hold(guarantor, form.version.data, "")
    flash("Statements go to this household again.", "ok")
    return see_other(".index", open=public_id)


def _set_hold(guarantor: Guarantor, version: int | None, reason: str) -> None:
    if guarantor.statement_hold == reason:
        return
    if guarantor.version != version:
        raise Conflict(f"Somebody else changed {guarantor.name} first. Look again before you decide.")
    with db.transaction() as session:
        before, guarantor.statement_hold = guarantor.statement_hold, reason
        audit.record(
            session,
            "statement.hold" if reason else "statement.release",
            patients=pages.patients_of([guarantor.id]),
            category="statement",
            subject=f"guarantor:{guarantor.public_id}",
            changes={"statement_hold": [before, reason]},
        )


def _index(
    status: int = 200, *, opened: Guarantor | None = None, hold_form: HoldForm | None = None
) -> Response:
    session = db.session()
    shown = request.args.get("view", "left" if opened and opened.statement_hold else "ready")
    if shown not in VIEWS:
        abort(404)
    found = statements.preview(session)
    if shown == "batches":
        part = pages.batches()
    else:
        part = pages.cut(found.ready if shown == "ready" else found.left_out)
        _seen(one.guarantor.id for one in part.rows)
        opened = opened or _opened(part)
    if opened is not None:
        _seen([opened.id])
    views = [
        ("To send", url_for(".index"), shown == "ready", len(found.ready)),
        ("Left out", url_for(".index", view="left"), shown == "left", len(found.left_out)),
        ("Past runs", url_for(".index", view="batches"), shown == "batches", None),
    ]
    return render(
        "statements/index.html",
        "statements/_panel.html" if hold_form else "statements/_list.html",
        status,
        also=() if hold_form else ("statements/_panel.html",),
        shown=shown,
        views=views,
        preview=found,
        part=part,
        amount=found.amount if shown == "ready" else pages.total(found.left_out),
        opened=opened,
        panel=pages.panel_of(opened) if opened else None,
        hold_form=hold_form or HoldForm(formdata=None, version=opened.version if opened else None),
        start_form=StartForm(formdata=None),
        with_args=pages.with_args,
    )


def _opened(part: pages.Page) -> Guarantor | None:
    """The guarantor of the panel: the one asked for when it is on this page, else the first."""
    people = [one.guarantor for one in part.rows]
    asked = request.args.get("open")
    return next((each for each in people if each.public_id == asked), people[0] if people else None)


def _batch(found: StatementBatch) -> dict[str, Any]:
    return {
        "batch": found,
        "progress": pages.progress(found),
        "with_args": pages.with_args,
        "now": clock.now(),
    }


def _seen(guarantor_ids: Any, subject: str = "") -> None:
    viewed("statement", *pages.patients_of(guarantor_ids), subject=subject)


def _pdf(content: bytes, name: str) -> Response:
    response = make_response(content)
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response
