"""The questions about one coverage, newest first, with their raw segments; and a question by hand (E1, E5)."""

from flask import Blueprint, Response, flash, request
from sqlalchemy.orm import selectinload

from clinic import clock, db, eligibility
from clinic.blueprints.eligibility.forms import AskForm
from clinic.models import Coverage, EligibilityCheck
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.x12 import codes

bp = Blueprint("eligibility", __name__, url_prefix="/eligibility")

COVERAGE = (selectinload(Coverage.patient), selectinload(Coverage.payer))


@bp.get("/coverages/<public_id>")
@requires("eligibility.check")
def history(public_id: str) -> Response:
    """Every question about a coverage; `?trace=` opens one's segments."""
    coverage = get_or_404(Coverage, public_id, *COVERAGE)
    return _page(coverage, AskForm(formdata=None, data={"service_on": clock.today(), "service_type": "98"}))


@bp.post("/coverages/<public_id>")
@requires("eligibility.check")
def ask(public_id: str) -> Response:
    """Ask about a date of service and a service, by hand; one that is under way is not asked twice."""
    coverage, form = get_or_404(Coverage, public_id, *COVERAGE), AskForm()
    if form.validate_on_submit():
        try:
            eligibility.must_be_a_day_to_ask(coverage, form.service_on.data)
            with db.transaction() as session:
                eligibility.ask(
                    session, coverage, form.service_on.data, service_types=(form.service_type.data,)
                )
        except eligibility.NotAsked as error:
            form.form_errors = [*form.form_errors, str(error)]
        else:
            flash(f"{coverage.payer.name} is asked.", "ok")
            return see_other("eligibility.history", public_id=public_id)
    return _page(coverage, form, 422)


def _page(coverage: Coverage, form: AskForm, status: int = 200) -> Response:
    session = db.session()
    viewed("eligibility", coverage.patient_id)
    checks = eligibility.history(session, coverage.id)
    trace = request.args.get("trace", "")
    opened = next((check for check in checks if check.trace == trace), checks[0] if checks else None)
    asked, answered = eligibility.segments(session, opened) if opened else ("", "")
    return render(
        "eligibility/history.html",
        status=status,
        coverage=coverage,
        patient=coverage.patient,
        checks=checks,
        opened=opened,
        form=form,
        raw_asked=asked,
        raw_answered=answered,
        word=_word,
        service=codes.describe_service_type,
    )


def _word(check: EligibilityCheck) -> tuple[str, str]:
    """A word and a tone for how a question stands; a silent payer is amber and never red."""
    if check.state == "answered":
        return {True: ("Active", "ok"), False: ("Not active", "danger")}.get(
            check.active, ("Unclear", "warn")
        )
    if check.state in ("waiting", "sent"):
        return ("No answer", "warn") if eligibility.is_late(check) else ("Asking", "info")
    return ("Not found", "warn") if check.state == "refused" else ("No answer", "warn")
