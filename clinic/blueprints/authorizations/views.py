"""Three lists (missing, running out, requests), one request with its raw segments, and the form that asks."""

from datetime import timedelta

from flask import Blueprint, Response, flash, request, url_for
from sqlalchemy.orm import selectinload

from clinic import authorizations, clock, db, eligibility
from clinic.authorizations import judging, worklists
from clinic.blueprints.authorizations.forms import RequestForm
from clinic.models import Appointment, Authorization, AuthorizationRequest, Coverage
from clinic.web import get_or_404, render, requires, see_other, viewed

bp = Blueprint("authorizations", __name__, url_prefix="/authorizations")

USUAL_DAYS = 90
VIEWS = {"missing": "Required and missing", "expiring": "Running out", "requests": "Requests"}
COVERAGE = (selectinload(Coverage.patient), selectinload(Coverage.payer))
REQUEST = (
    selectinload(AuthorizationRequest.coverage).selectinload(Coverage.patient),
    selectinload(AuthorizationRequest.coverage).selectinload(Coverage.payer),
    selectinload(AuthorizationRequest.provider),
)


@bp.get("")
@requires("authorization.edit")
def index() -> Response:
    """Coming visits without the authorization that they want; `?view=` shows the other two lists."""
    session = db.session()
    view = request.args.get("view", "missing")
    view = view if view in VIEWS else "missing"
    missing = worklists.missing(session)
    expiring = worklists.expiring(session)
    requests = worklists.requests(session)
    people = {
        "missing": [row.appointment.patient_id for row in missing],
        "expiring": [row.authorization.coverage.patient_id for row in expiring],
        "requests": [row.coverage.patient_id for row in requests],
    }[view]
    viewed("coverage", *set(people))
    counts = {
        "missing": len(missing),
        "expiring": len(expiring),
        "requests": sum(row.state in authorizations.OPEN for row in requests),
    }
    return render(
        "authorizations/index.html",
        view=view,
        views=[
            (label, url_for("authorizations.index", view=name), name == view, counts[name])
            for name, label in VIEWS.items()
        ],
        missing=missing,
        expiring=expiring,
        requests=requests,
        words=authorizations.WORDS,
    )


@bp.get("/coverages/<public_id>/request")
@requires("authorization.edit")
def new(public_id: str) -> Response:
    """The form, with the visit's day and what visits of its kind usually bring; `?visit=` names the visit."""
    coverage = get_or_404(Coverage, public_id, *COVERAGE)
    visit = _visit(coverage)
    begins = clock.local(visit.starts_at).date() if visit else clock.today()
    codes: list[str] = []
    if visit is not None:
        answer = eligibility.answer_on(db.session(), coverage.id, begins)
        codes = sorted(judging.need_of_visit(visit, coverage, answer).codes)
    form = RequestForm(
        formdata=None,
        data={
            "codes": ", ".join(codes),
            "starts_on": begins,
            "ends_on": begins + timedelta(days=USUAL_DAYS),
            "category": "HS",
            "provider": visit.provider.public_id if visit else "",
        },
    )
    form.fill(db.session())
    return _form(coverage, form, visit)


@bp.post("/coverages/<public_id>/request")
@requires("authorization.edit")
def ask(public_id: str) -> Response:
    """Send a request to the payer: it goes out by itself, and its answer comes back to its own page."""
    coverage = get_or_404(Coverage, public_id, *COVERAGE)
    visit = _visit(coverage)
    form = RequestForm()
    form.fill(db.session())
    if form.is_right(coverage) and form.key.data:
        try:
            with db.transaction() as session:
                row = authorizations.ask(
                    session,
                    coverage,
                    key=form.key.data,
                    **form.asked(),
                    counts=form.counts.data,
                    category=form.category.data,
                    message=form.message.data or "",
                    provider=form.providers.get(form.provider.data or ""),
                    appointment=visit,
                )
                made = row.public_id
        except authorizations.NotRequested as error:
            form.form_errors = [*form.form_errors, str(error)]
        else:
            flash(f"The request goes to {coverage.payer.name}.", "ok")
            return see_other("authorizations.show", public_id=made)
    return _form(coverage, form, visit, 422)


@bp.get("/requests/<public_id>")
@requires("authorization.edit")
def show(public_id: str) -> Response:
    """One request: what was asked, what the payer decided, and both files' segments."""
    return _show(get_or_404(AuthorizationRequest, public_id, *REQUEST))


@bp.post("/requests/<public_id>/sending")
@requires("authorization.edit")
def send_again(public_id: str) -> Response:
    """Send a request that was not reviewed, or never left, once more."""
    row = get_or_404(AuthorizationRequest, public_id, *REQUEST)
    try:
        with db.transaction() as session:
            authorizations.again(session, row)
    except authorizations.NotRequested as error:
        return _show(row, 422, str(error))
    flash("The request is sent again.", "ok")
    return see_other("authorizations.show", public_id=public_id)


def _show(row: AuthorizationRequest, status: int = 200, refused: str = "") -> Response:
    session = db.session()
    patient = row.coverage.patient
    viewed("coverage", patient.id)
    asked, answered = eligibility.segments_of(session, row.trace, row.question_file_id, row.answer_file_id)
    kept = session.get(Authorization, row.authorization_id) if row.authorization_id else None
    return render(
        "authorizations/show.html",
        status=status,
        row=row,
        patient=patient,
        kept=kept,
        word=authorizations.WORDS[row.state],
        refused=refused,
        can_send_again=row.state in authorizations.SENDABLE_AGAIN,
        raw_asked=asked,
        raw_answered=answered,
        categories=authorizations.CATEGORIES,
    )


def _form(coverage: Coverage, form: RequestForm, visit: Appointment | None, status: int = 200) -> Response:
    viewed("coverage", coverage.patient_id)
    return render(
        "authorizations/new.html",
        status=status,
        coverage=coverage,
        patient=coverage.patient,
        form=form,
        visit=visit,
    )


def _visit(coverage: Coverage) -> Appointment | None:
    """The visit of the address, where it is this patient's."""
    chosen = request.args.get("visit", "")
    found = db.session.query(Appointment).filter_by(public_id=chosen).first() if chosen else None
    return found if found is not None and found.patient_id == coverage.patient_id else None
