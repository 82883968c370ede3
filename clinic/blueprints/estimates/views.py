"""The estimate of a visit: worked out as one types, saved as an edition, printed for the patient (E8)."""

from datetime import timedelta

from flask import Response, flash, make_response
from sqlalchemy.orm import joinedload, selectinload

from clinic import clock, db, eligibility, estimates
from clinic.blueprints.estimates import good_faith, paper, screen
from clinic.blueprints.estimates.blueprint import bp
from clinic.blueprints.estimates.forms import EstimateForm, KeepForm, PrepayForm
from clinic.formats import usd
from clinic.ledger import LedgerError
from clinic.models import Appointment, Estimate, Patient
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment

__all__ = ["bp", "good_faith"]

LOADED = good_faith.LOADED
SINCE = timedelta(days=365)


def appointment_of(public_id: str) -> Appointment:
    return get_or_404(Appointment, public_id, *LOADED)


@bp.get("/visits/<public_id>")
@requires("estimate.make")
def show(public_id: str) -> Response:
    """A visit's newest estimate with its reasons, the form for the next edition, what was paid and given."""
    appointment = appointment_of(public_id)
    viewed("payment", appointment.patient_id)
    return render("estimates/show.html", **screen.show_context(db.session(), appointment))


@bp.post("/visits/<public_id>/preview")
@requires("estimate.make")
def preview(public_id: str) -> Response:
    """The figures for what is typed; nothing is kept."""
    return _work_out(public_id, keep=False)


@bp.post("/visits/<public_id>")
@requires("estimate.make")
def save(public_id: str) -> Response:
    """Keep what is typed as the visit's next edition; the second click finds the first one's."""
    return _work_out(public_id, keep=True)


def _work_out(public_id: str, *, keep: bool) -> Response:
    appointment, form = appointment_of(public_id), EstimateForm()
    figures, status = None, 422
    viewed("payment", appointment.patient_id)
    if form.validate_on_submit() and form.key.data:
        common = {"diagnoses": form.codes, "without_plan": form.without_plan.data}
        try:
            if not keep:
                found = estimates.work_out_visit(db.session(), appointment, form.asked, **common)
                figures, status = screen.of_worked(found), 200
            else:
                with db.transaction() as session:
                    estimates.save(
                        session,
                        appointment,
                        form.asked,
                        elsewhere=form.elsewhere.data or "",
                        key=form.key.data,
                        **common,
                    )
                flash("The estimate is saved.", "ok")
                return see_other("estimates.show", public_id=public_id)
        except estimates.EstimateRefused as error:
            form.services.errors = [*form.services.errors, str(error)]
    context = screen.show_context(db.session(), appointment, form=form, figures=figures)
    return render("estimates/show.html", "estimates/_work.html", status=status, **context)


@bp.post("/visits/<public_id>/payment")
@requires("payment.collect")
def prepay(public_id: str) -> Response:
    """Money toward the estimate: unapplied until the insurer is done with the visit (B4)."""
    appointment, form = appointment_of(public_id), PrepayForm()
    if form.validate_on_submit() and form.key.data:
        chosen = form.estimate.data
        estimate = get_or_404(Estimate, chosen, appointment_id=appointment.id) if chosen else None
        try:
            with db.transaction() as session:
                if estimate is None:
                    estimate = estimates.kept(session, appointment, f"{form.key.data}-estimate")
                receipt = estimates.prepay(
                    session,
                    appointment,
                    estimate,
                    amount=form.amount.data,
                    method=form.by.data,
                    reference=form.reference.data or "",
                    key=form.key.data,
                )
                words = f"{usd(receipt.amount)} received, receipt {receipt.number}."
        except (estimates.EstimateRefused, LedgerError) as error:
            form.amount.errors = [*form.amount.errors, str(error)]
        else:
            flash(words, "ok")
            return see_other("estimates.show", public_id=public_id)
    viewed("payment", appointment.patient_id)
    context = screen.show_context(db.session(), appointment, prepay=form)
    return render("estimates/show.html", "estimates/_prepay.html", status=422, **context)


@bp.get("/visits/<public_id>/card")
@requires("estimate.make")
def card(public_id: str) -> Response:
    """The estimate in two lines, for the panel beside the schedule and for check-in; whole, it is the estimate's page."""
    if not wants_fragment():
        return see_other("estimates.show", public_id=public_id)
    appointment = appointment_of(public_id)
    viewed("payment", appointment.patient_id)
    context = screen.card_context(db.session(), appointment)
    return render("estimates/_card.html", "estimates/_card.html", **context)


@bp.post("/visits/<public_id>/kept")
@requires("estimate.make")
def keep(public_id: str) -> Response:
    """Print the visit's estimate for the patient; one that nobody saved yet is kept as its first edition."""
    appointment, form = appointment_of(public_id), KeepForm()
    if form.validate_on_submit() and form.key.data:
        try:
            with db.transaction() as session:
                number = estimates.kept(session, appointment, form.key.data).public_id
        except estimates.EstimateRefused as error:
            flash(str(error), "danger")
        else:
            return see_other("estimates.pdf", public_id=number)
    return see_other("estimates.show", public_id=public_id)


@bp.get("/patients/<public_id>/notice")
@requires("estimate.make")
def notice(public_id: str) -> Response:
    """While booking: whether nothing may be collected from this patient (R14)."""
    patient = get_or_404(Patient, public_id)
    # As if the visit were today: what is booked now is for a coverage of now.
    visit = Appointment(id=0, patient_id=patient.id, starts_at=clock.now())
    viewed("eligibility", patient.id)
    return render(
        "estimates/notice.html",
        "estimates/_notice.html",
        patient=patient,
        is_qmb=bool(eligibility.qmb_visits(db.session(), [visit])),
    )


@bp.get("/<public_id>.pdf")
@requires("estimate.make")
def pdf(public_id: str) -> Response:
    """One edition on paper, as it was made; a self-pay one is a good-faith estimate (F1)."""
    estimate = get_or_404(
        Estimate,
        public_id,
        selectinload(Estimate.lines),
        joinedload(Estimate.patient),
        joinedload(Estimate.payer),
    )
    viewed("payment", estimate.patient_id)
    response = make_response(paper.pdf(db.session(), estimate))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="{estimate.number}.pdf"'
    return response


@bp.get("/accuracy")
@requires("report.view")
def accuracy() -> Response:
    """How close the estimates of the last twelve months came to what the payers answered (E9)."""
    found = estimates.report(db.session(), clock.now() - SINCE)
    viewed("report", *(row.estimate.patient_id for row in found.furthest))
    return render("estimates/accuracy.html", report=found, sources=estimates.SOURCES)
