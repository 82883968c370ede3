"""What is done at check-in; each button is a resource of its own and works without JavaScript."""

from decimal import Decimal

from flask import Response, flash, make_response, request
from flask_login import current_user
from sqlalchemy.orm import selectinload

from clinic import clock, db, eligibility, formats, patients, scheduling
from clinic.blueprints.checkin import collecting, paper, screen
from clinic.blueprints.checkin.blueprint import bp
from clinic.blueprints.checkin.forms import CollectForm, ConfirmForm, PlainForm, SignForm
from clinic.ledger import LedgerError
from clinic.models import Appointment, Patient, Receipt
from clinic.patients import consents
from clinic.scheduling import gate
from clinic.web import Conflict, get_or_404, may, render, requires, see_other, stale, viewed

# By queries of their own: a row that was loaded with outer joins cannot be read again FOR UPDATE.
LOADED = (
    selectinload(Appointment.patient).selectinload(Patient.guarantor),
    selectinload(Appointment.provider),
    selectinload(Appointment.visit_type),
)
PAPERS = {"consent": "treatment", "privacy": "privacy_notice"}
ZERO = Decimal("0.00")


def appointment_of(public_id: str) -> Appointment:
    return get_or_404(Appointment, public_id, *LOADED)


@bp.post("/<public_id>/arrival")
@requires("visit.check_in")
def arrive(public_id: str) -> Response:
    """The patient is at the desk: waiting begins to count, and the payer is asked when its answer is old (E7)."""
    appointment, form = appointment_of(public_id), PlainForm()
    if not form.validate_on_submit():
        return render("errors/422.html", status=422, message="Open the list again.")
    try:
        with db.transaction() as session:
            scheduling.arrive(session, appointment, form.version.data or 0)
            eligibility.ask_at_arrival(session, appointment)
    except (scheduling.AppointmentChanged, scheduling.IllegalMove, scheduling.SchedulingConflict) as error:
        viewed("schedule", appointment.patient_id)  # the sentence names the patient
        raise Conflict(str(error)) from error
    return see_other("checkin.show", public_id=public_id)


@bp.post("/<public_id>/confirmation")
@requires("visit.check_in")
def confirm(public_id: str) -> Response:
    """ "All correct": what was changed is kept, and the record is confirmed as of now (A12)."""
    appointment, form = appointment_of(public_id), ConfirmForm()
    patient = appointment.patient
    status = 422
    if form.is_complete():
        try:
            with db.transaction() as session:
                patients.change(session, patient, form.version.data or 0, **form.values())
                patients.confirm(session, patient)
        except patients.ChangedMeanwhile as error:
            stale.compare(form, error, screen.demographics(patient), patient.version)
            status = 409
        else:
            flash("Confirmed as of today.", "ok")
            return see_other("checkin.show", public_id=public_id)
    viewed("demographics", patient.id)
    context = screen.show_context(db.session(), appointment, confirm=form)
    return render("checkin/show.html", "checkin/_confirm.html", status=status, **context)


@bp.post("/<public_id>/signatures")
@requires("visit.check_in")
def sign(public_id: str) -> Response:
    """A paper was signed at the desk today."""
    appointment, form = appointment_of(public_id), SignForm()
    if not form.validate_on_submit():
        return render("errors/422.html", status=422, message="Choose which paper was signed.")
    with db.transaction() as session:
        consents.sign(session, appointment.patient, PAPERS[form.paper.data])
    return see_other("checkin.show", public_id=public_id)


@bp.get("/<public_id>/eligibility")
@requires("visit.check_in")
def eligibility_state(public_id: str) -> Response:
    """The second column alone, asked for every two seconds while an answer may still come."""
    appointment = appointment_of(public_id)
    context = screen.eligibility_context(db.session(), appointment)
    if not context["polls"] or request.headers.get("HX-Request") != "true":
        # While nothing came, a poll shows nothing new, and one record a look would bury the trail; the page does.
        viewed("eligibility", appointment.patient_id)
    response = _eligibility(appointment, context)
    if not context["polls"]:
        # What is to be collected may have changed with the answer.
        response.headers["HX-Trigger"] = "answered"
    return response


@bp.post("/<public_id>/eligibility")
@requires("eligibility.check")
def check_eligibility(public_id: str) -> Response:
    """Check again: a question that failed is sent once more, otherwise a new one is asked."""
    appointment, refused = appointment_of(public_id), ""
    try:
        with db.transaction() as session:
            coverage = eligibility.coverage_for(session, appointment)
            if coverage is None:
                raise eligibility.NotAsked("There is no coverage to ask about: the patient pays.")
            day = clock.local(appointment.starts_at).date()
            last = eligibility.latest_on(session, coverage.id, day)
            if last is not None and last.state == "failed" and last.service_on == day:
                eligibility.retry(session, last)
            else:
                eligibility.ask(session, coverage, day, appointment=appointment)
            eligibility.ask_others(session, appointment, coverage)
    except eligibility.NotAsked as error:
        refused = str(error)
    context = screen.eligibility_context(db.session(), appointment)
    viewed("eligibility", appointment.patient_id)
    if not refused and request.headers.get("HX-Request") != "true":
        return see_other("checkin.show", public_id=public_id)
    return _eligibility(appointment, context, refused)


def _eligibility(appointment: Appointment, context: dict[str, object], refused: str = "") -> Response:
    whole = (
        context
        if request.headers.get("HX-Request") == "true"
        else screen.show_context(db.session(), appointment)
    )
    return render(
        "checkin/show.html",
        "checkin/_eligibility.html",
        status=422 if refused else 200,
        **whole | {"refused": refused, "ask_now": whole["ask_now"] and not refused},
    )


@bp.get("/<public_id>/button")
@requires("visit.check_in")
def button(public_id: str) -> Response:
    """The buttons of the payment, as it is chosen to be paid and with the amount that was typed."""
    appointment, form = appointment_of(public_id), CollectForm(request.args, meta={"csrf": False})
    return render(
        "checkin/_button.html",
        "checkin/_button.html",
        appointment=appointment,
        amount=form.amount.data,
        pays=form.pays,
        can_check_in=screen.can_check_in(appointment),
    )


@bp.post("/<public_id>/amounts")
@requires("visit.check_in")
def amounts(public_id: str) -> Response:
    """What to collect, anew, after the payer answered; what was typed stays, unless it was what we proposed."""
    appointment, form = appointment_of(public_id), CollectForm()
    form.receipt.choices = screen.receipt_choices(appointment.patient)
    context = screen.collect_context(db.session(), appointment, form)
    if form.amount.data is None or f"{form.amount.data:.2f}" == request.form.get("asked"):
        form.amount.raw_data, form.amount.data = None, context["money"].ask or None
    viewed("payment", appointment.patient_id)
    return render("checkin/_collect.html", "checkin/_collect.html", **context)


@bp.post("/<public_id>/check-in")
@requires("visit.check_in")
def collect(public_id: str) -> Response:
    """Take what is paid and check the patient in, both or neither; the second click finds the first receipt."""
    appointment, form = appointment_of(public_id), CollectForm()
    form.receipt.choices = screen.receipt_choices(appointment.patient)
    skips = "skip" in request.form
    if skips:
        form.by.data, form.reference.data = "none", ""
    if form.validate_on_submit() and form.key.data:
        try:
            with db.transaction() as session:
                receipts = collecting.check_in(
                    session,
                    appointment,
                    form.version.data or 0,
                    method=form.by.data,
                    amount=form.amount.data if form.pays else ZERO,
                    reference=form.reference.data,
                    key=form.key.data,
                    by_email=form.receipt.data == "email",
                    user_id=current_user.id,
                    seen=form.seen.data,
                    pass_reason=(form.pass_reason.data or "") if may("visit.pass_gate") else "",
                )
        except (
            scheduling.AppointmentChanged,
            scheduling.IllegalMove,
            scheduling.SchedulingConflict,
            collecting.TakenMeanwhile,
        ) as error:
            raise Conflict(str(error)) from error
        except gate.GateClosed as error:
            form.pass_reason.errors = [*form.pass_reason.errors, str(error)]
        except (collecting.TooMuch, LedgerError) as error:
            form.amount.errors = [*form.amount.errors, str(error)]
        else:
            paid = sum((receipt.amount for receipt in receipts), ZERO)
            words = f"{formats.usd(paid)} received" if paid else "Checked in without payment"
            flash(f"{words}.", "ok")
            return see_other("checkin.show", public_id=public_id)
    viewed("payment", appointment.patient_id)
    context = screen.show_context(db.session(), appointment, collect=form)
    return render("checkin/show.html", "checkin/_collect.html", status=422, **context)


@bp.get("/receipts/<public_id>.pdf")
@requires("payment.collect")
def receipt(public_id: str) -> Response:
    """The printed receipt, with everything that was paid in the same go."""
    row = get_or_404(Receipt, public_id)
    session = db.session()
    appointment = session.get(Appointment, row.appointment_id, options=LOADED) if row.appointment_id else None
    if appointment is None:
        return make_response(render("errors/404.html", status=404))
    viewed("payment", appointment.patient_id)
    response = make_response(paper.receipt_pdf(session, appointment, collecting.together(session, row)))
    response.mimetype = "application/pdf"
    response.headers["Content-Disposition"] = f'inline; filename="receipt-{row.number}.pdf"'
    return response
