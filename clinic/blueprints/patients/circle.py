"""Contacts, preferences and signatures of a patient."""

from typing import Any

from flask import Response, flash, request
from wtforms import BooleanField, HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from clinic import clock, db
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import SHORT, ZipCode, all_right, choices, put, safe_key
from clinic.db import new_public_id
from clinic.models import Consent, Patient, PatientContact, PatientPreference
from clinic.patients import ChangedMeanwhile, FieldRefused, circle, consents
from clinic.web import get_or_404, render, requires, see_other, stale, viewed
from clinic.web.fields import ClinicDate, Phone, Version
from clinic.web.forms import ClinicForm


class ContactForm(ClinicForm):
    """Somebody to call; `key` becomes the contact's own opaque id."""

    key = HiddenField(default=new_public_id)
    kind = SelectField("Who it is", choices=choices(circle.CONTACT_KINDS), default="emergency")
    name = StringField("Name", validators=[InputRequired("Enter the name."), SHORT])
    phone = Phone("Phone")
    email = StringField("E-mail", validators=[SHORT])
    may_know = BooleanField("May be told about care and bills")
    note = StringField("Note", validators=[SHORT])


class PreferenceForm(ClinicForm):
    """How to reach a patient, and the confidential address, phone and e-mail."""

    channel = SelectField("Prefers", choices=choices(circle.CHANNELS), default="")
    interpreter = StringField("Interpreter for", validators=[SHORT])
    confidential = BooleanField("Use only what stands here, for messages and bills")
    address = StringField("Address", validators=[SHORT])
    address2 = StringField("Apartment, suite", validators=[SHORT])
    zip = ZipCode("ZIP code", validators=[SHORT])
    city = StringField("City", validators=[SHORT])
    state = StringField("State", validators=[SHORT])
    phone = Phone("Phone")
    email = StringField("E-mail", validators=[SHORT])
    version = Version()


class ConsentForm(ClinicForm):
    """One paper and how it was signed."""

    kind = SelectField("Paper", choices=choices(consents.KINDS))
    method = SelectField("How", choices=choices(consents.METHODS), default="paper")
    signer = StringField("Signed by", validators=[SHORT])
    signed_on = ClinicDate("On", validators=[InputRequired("Enter the day.")])
    expires_on = ClinicDate("Holds until", validators=[Optional()])


class RevokeForm(ClinicForm):
    """Why a signature is taken back."""

    reason = StringField("Reason", validators=[InputRequired("Say why it is taken back."), SHORT])


@bp.route("/<public_id>/contacts", methods=["GET", "POST"])
@requires("patient.edit")
def contacts(public_id: str) -> Response:
    """Who may be called, and the form for one more."""
    patient = _patient(public_id)
    form = ContactForm()
    if request.method == "GET":
        return _contacts(patient, form)
    fields = {name: form[name].data for name in ("kind", "name", "phone", "email", "may_know", "note")}
    if not all_right(form, circle.contact_faults(fields)):
        return _contacts(patient, form, 422)
    try:
        with db.transaction() as session:
            circle.add_contact(session, patient, public_id=safe_key(form.key.data), **fields)
    except FieldRefused as refused:
        put(form, refused)
        return _contacts(patient, form, 422)
    flash("The contact is saved.", "ok")
    return see_other(".contacts", public_id=patient.public_id)


@bp.post("/<public_id>/contacts/<contact_id>/end")
@requires("patient.edit")
def end_contact(public_id: str, contact_id: str) -> Response:
    """This person is no contact any more."""
    patient = _patient(public_id)
    contact = get_or_404(PatientContact, contact_id, patient_id=patient.id)
    with db.transaction() as session:
        circle.end_contact(session, patient, contact)
    flash(f"{contact.name} is no contact any more.", "ok")
    return see_other(".contacts", public_id=patient.public_id)


@bp.route("/<public_id>/preferences", methods=["GET", "POST"])
@requires("patient.edit")
def preferences(public_id: str) -> Response:
    """How the patient wants to be reached."""
    patient = _patient(public_id)
    row = db.session().get(PatientPreference, patient.id)
    known: dict[str, Any] = {"confidential": True} if row is not None and row.confidential_since else {}
    form = PreferenceForm(obj=row, data=known)
    if request.method == "GET":
        return _preferences(patient, form, row)
    if not form.validate_on_submit():
        return _preferences(patient, form, row, 422)
    fields = {
        field.short_name: field.data for field in form if field.short_name not in ("version", "csrf_token")
    }
    try:
        with db.transaction() as session:
            circle.prefer(session, patient, form.version.data or 0, **fields)
    except FieldRefused as refused:
        put(form, refused)
        return _preferences(patient, form, row, 422)
    except ChangedMeanwhile as changed:
        row = db.session().get(PatientPreference, patient.id)
        present: dict[str, Any] = {
            name: getattr(row, name) for name in ("channel", "interpreter", *circle.REACH)
        }
        present["confidential"] = row is not None and row.confidential_since is not None
        stale.compare(form, changed, present, row.version if row is not None else 0)
        return _preferences(patient, form, row, 409)
    flash("The preferences are saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.route("/<public_id>/consents", methods=["GET", "POST"])
@requires("patient.edit")
def signatures(public_id: str) -> Response:
    """Every signature, and the form for one more."""
    patient = _patient(public_id)
    form = ConsentForm()
    if request.method == "GET":
        form.signed_on.data = clock.today()
        return _signatures(patient, form)
    typed = (form.kind.data, form.signed_on.data, form.method.data, form.signer.data or "")
    if not all_right(form, consents.consent_faults(patient, *typed, form.expires_on.data)):
        return _signatures(patient, form, 422)
    try:
        with db.transaction() as session:
            consents.sign(
                session,
                patient,
                form.kind.data,
                signed_on=form.signed_on.data,
                method=form.method.data,
                signer=form.signer.data or "",
                expires_on=form.expires_on.data,
            )
    except FieldRefused as refused:
        put(form, refused)
        return _signatures(patient, form, 422)
    flash(f"{consents.KINDS[form.kind.data]}: kept.", "ok")
    return see_other(".signatures", public_id=patient.public_id)


@bp.post("/<public_id>/consents/<consent_id>/revocation")
@requires("patient.edit")
def revoke(public_id: str, consent_id: str) -> Response:
    """A signature is taken back."""
    patient = _patient(public_id)
    consent = get_or_404(Consent, consent_id, patient_id=patient.id)
    form = RevokeForm()
    if not form.validate_on_submit():
        return _signatures(patient, ConsentForm(formdata=None), 422, form.errors["reason"][0])
    with db.transaction() as session:
        consents.revoke(session, patient, consent, form.reason.data or "")
    flash(f"{consents.KINDS[consent.kind]}: taken back.", "ok")
    return see_other(".signatures", public_id=patient.public_id)


def _patient(public_id: str) -> Patient:
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    return patient


def _contacts(patient: Patient, form: ContactForm, status: int = 200) -> Response:
    rows = circle.contacts_of(db.session(), patient.id)
    return render(
        "patients/contacts.html",
        None,
        status,
        patient=patient,
        form=form,
        rows=rows,
        kinds=circle.CONTACT_KINDS,
    )


def _preferences(
    patient: Patient, form: PreferenceForm, row: PatientPreference | None, status: int = 200
) -> Response:
    return render("patients/preferences.html", None, status, patient=patient, form=form, row=row)


def _signatures(patient: Patient, form: ConsentForm, status: int = 200, refused: str = "") -> Response:
    today = clock.today()
    rows = [(row, consents.state_of(row, today)) for row in consents.consents_of(db.session(), patient.id)]
    return render(
        "patients/consents.html",
        None,
        status,
        patient=patient,
        form=form,
        rows=rows,
        refused=refused,
        kinds=consents.KINDS,
        methods=consents.METHODS,
    )
