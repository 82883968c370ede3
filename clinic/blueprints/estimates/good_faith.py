"""Good-faith estimates: the list of those that are due, and what was asked for and given (F1)."""

from collections.abc import Callable

from flask import Response, flash, make_response
from sqlalchemy.orm import Session, joinedload, selectinload

from clinic import db, estimates
from clinic.blueprints.estimates import paper, screen
from clinic.blueprints.estimates.blueprint import bp
from clinic.blueprints.estimates.forms import AskForm, BilledForm, CloseForm, GiveForm
from clinic.models import Appointment, Estimate, GoodFaithStep, Patient, StoredFile
from clinic.web import get_or_404, render, requires, see_other, viewed

# By queries of their own: a row that was loaded with outer joins cannot be read again FOR UPDATE.
LOADED = (
    selectinload(Appointment.patient).selectinload(Patient.guarantor),
    selectinload(Appointment.provider),
    selectinload(Appointment.visit_type),
)


@bp.get("/good-faith")
@requires("estimate.make")
def good_faith() -> Response:
    """Visits that must still be given an estimate, the one that was due first on top."""
    rows = estimates.worklist(db.session())
    above = estimates.overruns.worklist(db.session())
    viewed("schedule", *(row.appointment.patient_id for row in rows))
    viewed("payment", *(each.appointment.patient_id for each in above))
    late = sum(row.state == "overdue" for row in rows)
    return render("estimates/good_faith.html", rows=rows, late=late, above=above)


@bp.post("/visits/<public_id>/request")
@requires("estimate.make")
def ask(public_id: str) -> Response:
    """The patient asked what the visit will cost: three business days begin."""
    appointment, form = get_or_404(Appointment, public_id, *LOADED), AskForm()
    if form.validate_on_submit() and form.key.data:
        with db.transaction() as session:
            estimates.ask(session, appointment, form.key.data)
        flash("The request is noted. The estimate is due within three business days.", "ok")
        return see_other("estimates.show", public_id=public_id)
    viewed("payment", appointment.patient_id)
    context = screen.show_context(db.session(), appointment, ask=form)
    return render("estimates/show.html", "estimates/_good_faith.html", status=422, **context)


@bp.post("/visits/<public_id>/given")
@requires("estimate.make")
def give(public_id: str) -> Response:
    """The patient was given the estimate: the paper is made and kept."""
    appointment, form = get_or_404(Appointment, public_id, *LOADED), GiveForm()
    if form.validate_on_submit() and form.key.data:
        estimate = get_or_404(
            Estimate, form.estimate.data or "", selectinload(Estimate.lines), appointment_id=appointment.id
        )
        try:
            with db.transaction() as session:
                body = paper.pdf(session, estimate)
                also = estimates.recurring.visits_of(session, appointment, estimate)
                estimates.give(session, appointment, estimate, form.how.data, body, form.key.data, also=also)
        except estimates.EstimateRefused as error:
            form.how.errors = [*form.how.errors, str(error)]
        else:
            flash("Noted as given. The paper is kept as it is.", "ok")
            return see_other("estimates.show", public_id=public_id)
    viewed("payment", appointment.patient_id)
    context = screen.show_context(db.session(), appointment, give=form)
    return render("estimates/show.html", "estimates/_good_faith.html", status=422, **context)


@bp.post("/visits/<public_id>/closing")
@requires("estimate.make")
def close(public_id: str) -> Response:
    """The visit has passed: its estimate is given no more, with a reason."""
    return _for_a_reason(public_id, "close", CloseForm(), estimates.close, "Closed. The reason is kept.")


@bp.post("/visits/<public_id>/billed")
@requires("statement.run")
def let_go(public_id: str) -> Response:
    """The bill goes although it is far above the estimate that the patient was given, for a reason."""
    said = "The bill goes with the next statement, which tells the right to dispute it."
    return _for_a_reason(public_id, "billed", BilledForm(), estimates.overruns.let_go, said)


def _for_a_reason(
    public_id: str,
    name: str,
    form: CloseForm | BilledForm,
    step: Callable[[Session, Appointment, str, str], object],
    said: str,
) -> Response:
    """Take a step that needs a reason; `name` is the form's on the page that shows what was refused."""
    appointment = get_or_404(Appointment, public_id, *LOADED)
    if form.validate_on_submit() and form.key.data:
        try:
            with db.transaction() as session:
                step(session, appointment, form.why.data or "", form.key.data)
        except estimates.EstimateRefused as error:
            form.why.errors = [*form.why.errors, str(error)]
        else:
            flash(said, "ok")
            return see_other("estimates.show", public_id=public_id)
    viewed("payment", appointment.patient_id)
    context = screen.show_context(db.session(), appointment, **{name: form})
    return render("estimates/show.html", "estimates/_good_faith.html", status=422, **context)


@bp.get("/good-faith/<public_id>.pdf")
@requires("estimate.make")
def copy(public_id: str) -> Response:
    """The paper as it was given: a copy is owed for six years."""
    step = get_or_404(GoodFaithStep, public_id, joinedload(GoodFaithStep.estimate), kind="given")
    session = db.session()
    file = session.get_one(StoredFile, step.file_id)
    viewed("payment", session.get_one(Appointment, step.appointment_id).patient_id)
    response = make_response(file.content())
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{file.name}"'
    return response
