"""Changing what is known of a patient and of who pays."""

from flask import Response, flash, request

from clinic import claims, db, patients
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import GuarantorForm, PersonForm, all_right, put
from clinic.models import Claim, Patient
from clinic.patients import ChangedMeanwhile, FieldRefused
from clinic.patients.fields import PERSON, SHARED, person_faults
from clinic.web import render, requires, see_other, stale, viewed


@bp.route("/<public_id>/edit", methods=["GET", "POST"])
@requires("patient.edit")
def edit(public_id: str) -> Response:
    """Change demographics."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    # The number of social security is never sent back to the screen; an empty field leaves it as it is.
    form = PersonForm(obj=patient, data={"ssn": ""})
    form.ssn.data = form.ssn.data if form.is_submitted() else ""
    if request.method == "GET":
        return _form(patient, form)
    if not all_right(form, person_faults(form.person())):
        return _form(patient, form, 422)
    try:
        with db.transaction() as session:
            patients.change(session, patient, form.version.data or 0, **form.person())
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _form(patient, form, 422)
    except ChangedMeanwhile as changed:
        present = {name: getattr(patient, name) for name in PERSON if name != "ssn"}
        stale.compare(form, changed, present, patient.version)
        return _form(patient, form, 409)
    flash("The record is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.route("/<public_id>/guarantor", methods=["GET", "POST"])
@requires("patient.edit")
def guarantor(public_id: str) -> Response:
    """Change who is billed, where that is not the patient."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    if patient.guarantor_relationship == "self":
        return see_other(".edit", public_id=patient.public_id)
    form = GuarantorForm(obj=patient.guarantor)
    if request.method == "GET":
        return _guarantor(patient, form)
    if not all_right(form, person_faults(form.fields(), allowed=SHARED)):
        return _guarantor(patient, form, 422)
    try:
        with db.transaction() as session:
            patients.change_guarantor(session, patient, form.version.data or 0, **form.fields())
    except FieldRefused as refused:
        put(form, refused)
        return _guarantor(patient, form, 422)
    except ChangedMeanwhile as changed:
        payer = patient.guarantor
        stale.compare(form, changed, {name: getattr(payer, name) for name in SHARED}, payer.version)
        return _guarantor(patient, form, 409)
    flash("The guarantor is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


def rescrub(patient_id: int) -> None:
    """What was mended here may be what held a claim back: look at this patient's unsent claims again."""
    session = db.session()
    session.flush()
    unsent = session.query(Claim).filter(
        Claim.patient_id == patient_id, Claim.state.in_(("draft", "scrub_failed", "ready"))
    )
    found = unsent.all()
    if found:
        claims.rescrub(session, found)


def _form(patient: Patient, form: PersonForm, status: int = 200) -> Response:
    return render("patients/edit.html", None, status, patient=patient, form=form)


def _guarantor(patient: Patient, form: GuarantorForm, status: int = 200) -> Response:
    return render("patients/guarantor.html", None, status, patient=patient, form=form)
