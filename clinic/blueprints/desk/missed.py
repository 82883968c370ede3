"""Missed visits: what was charged, what was not and why, the manager's waiver, and what a patient agreed to (A3)."""

from datetime import timedelta
from typing import Any

from flask import Response, flash
from sqlalchemy.orm import joinedload
from wtforms import StringField
from wtforms.validators import InputRequired, Length, Optional

from clinic import clock, db
from clinic.blueprints.desk.blueprint import bp
from clinic.models import Appointment, MissedVisitFee, MissedVisitTerms, Patient
from clinic.scheduling import SchedulingError, missed
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.fields import ClinicDate
from clinic.web.forms import ClinicForm

DAYS = 180
LENGTH = Length(max=200, message="Keep it under 200 characters.")


class WaiverForm(ClinicForm):
    reason = StringField("Reason", validators=[InputRequired("Say why the fee is waived."), LENGTH])


class TermsForm(ClinicForm):
    agreed_on = ClinicDate("Fee agreement signed on", validators=[Optional()])
    waiver_reason = StringField("Never charge, because", validators=[LENGTH])


@bp.context_processor
def _fee_of() -> dict[str, Any]:
    return {"missed_fee": lambda visit: missed.of_visit(db.session(), visit), "missed_states": missed.STATES}


@bp.get("/missed-visits")
@requires("schedule.view")
def missed_visits() -> Response:
    """Every missed visit of the last half year whose type has a fee."""
    return _show(200)


@bp.post("/missed-visits/<public_id>/waiver")
@requires("fee.waive")
def waive_fee(public_id: str) -> Response:
    """Let the patient off, with a reason."""
    found = get_or_404(MissedVisitFee, public_id, joinedload(MissedVisitFee.patient))
    form = WaiverForm()
    if not form.validate_on_submit():
        return _show(422, (found, form))
    try:
        with db.transaction() as session:
            missed.waive(session, found, form.reason.data or "")
    except SchedulingError as error:
        form.reason.errors = [str(error)]
        return _show(422, (found, form))
    flash(f"The fee of {found.patient.name} is waived.", "ok")
    return see_other("desk.missed_visits")


@bp.route("/missed-visits/patients/<public_id>", methods=["GET", "POST"])
@requires("patient.edit")
def missed_terms(public_id: str) -> Response:
    """When a patient signed the fee agreement, and whether this one is never charged."""
    patient = get_or_404(Patient, public_id)
    viewed("demographics", patient.id)
    terms = db.session.get(MissedVisitTerms, patient.id)
    form = TermsForm(obj=terms)
    status = 200
    if form.is_submitted():
        status = 422
        if form.validate():
            try:
                with db.transaction() as session:
                    missed.set_terms(session, patient, form.agreed_on.data, form.waiver_reason.data or "")
            except SchedulingError as error:
                form.agreed_on.errors = [str(error)]
            else:
                flash(f"Saved for {patient.name}.", "ok")
                return see_other("desk.missed_terms", public_id=public_id)
    fees = (
        db.session.query(MissedVisitFee)
        .options(joinedload(MissedVisitFee.appointment).joinedload(Appointment.visit_type))
        .filter(MissedVisitFee.patient_id == patient.id)
        .order_by(MissedVisitFee.missed_on.desc(), MissedVisitFee.id.desc())
        .all()
    )
    return render("desk/missed_terms.html", status=status, patient=patient, form=form, fees=fees, **_words())


def _show(status: int, refused: tuple[MissedVisitFee, WaiverForm] | None = None) -> Response:
    since = clock.today() - timedelta(days=DAYS)
    fees = missed.recent(db.session(), since=since)
    viewed("schedule", *{fee.patient_id for fee in fees})
    return render(
        "desk/missed.html",
        status=status,
        fees=fees,
        since=since,
        refused=refused or (None, None),
        **_words(),
    )


def _words() -> dict[str, Any]:
    tones = {"charged": "warn", "waived": "info"}
    return {"kinds": missed.WORDS, "states": missed.STATES, "tones": tones}
