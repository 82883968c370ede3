"""The screen "Who pays the bills": the patient, a household that is found, or a new person (T1)."""

from typing import Any

from flask import Response, flash, request
from wtforms import FormField, HiddenField, RadioField, SelectField
from wtforms.fields.choices import SelectChoice

from clinic import db, ledger, patients
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import GuarantorFields, choices, put, safe_key
from clinic.db import new_public_id
from clinic.models import Patient
from clinic.patients import ChangedMeanwhile, FieldRefused, paying
from clinic.web import get_or_404, may, render, requires, see_other, stale, viewed
from clinic.web.fields import Version
from clinic.web.forms import ClinicForm

FOUND = 20


class PayerForm(ClinicForm):
    """Who pays from now on; `other` is a patient whose household it is, `key` the opaque id of a new person."""

    key = HiddenField(default=new_public_id)
    other = HiddenField()
    version = Version()
    kind = RadioField("Bills go to", validate_choice=False)
    relationship = SelectField(
        "This person is the patient's", choices=[SelectChoice("", "Choose"), *choices(paying.KIN)], default=""
    )
    guarantor = FormField(GuarantorFields)

    def person(self) -> dict[str, Any]:
        typed = self.guarantor.data.items()
        return {name: value or ("" if name != "born_on" else None) for name, value in typed}


@bp.route("/<public_id>/payer", methods=["GET", "POST"])
@requires("patient.edit")
def payer(public_id: str) -> Response:
    """Change who pays what is charged from now on."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    form = PayerForm()
    if request.method == "GET":
        form.version.data, form.other.data = patient.version, request.args.get("with", "")
        form.kind.data = "household" if form.other.data else None
        return _payer(patient, form)
    if not form.validate_on_submit():
        return _payer(patient, form, 422)
    kin = _kin(form)
    try:
        with db.transaction() as session:
            made = paying.change_payer(
                session,
                patient,
                form.version.data or 0,
                to=_meant(form, kin),
                relationship=form.relationship.data or "",
                public_id=safe_key(form.key.data),
            )
    except FieldRefused as refused:
        new = form.kind.data == "new" and refused.field != "kind"
        for each in paying.payer_faults(form.person(), form.relationship.data or "") if new else [refused]:
            put(form, each)
        return _payer(patient, form, 422)
    except ChangedMeanwhile as changed:
        stale.compare(form, changed, {}, patient.version)
        return _payer(patient, form, 409)
    flash(f"Bills go to {made.name} from now on.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.post("/<public_id>/payer/search")
@requires("patient.edit")
def payer_search(public_id: str) -> Response:
    """Whose household it may be, by name, birth date, phone or MRN."""
    patient = record.find(public_id)
    typed = request.form.get("q", "")[:100]
    found = [each.patient for each in patients.search(db.session(), typed, limit=FOUND)]
    viewed("demographics", patient.id, *(each.id for each in found))
    form = PayerForm(formdata=None)
    form.version.data = patient.version
    return _payer(patient, form, typed=typed, found=[each for each in found if each.id != patient.id])


def _meant(form: PayerForm, kin: Patient | None) -> Any:
    if form.kind.data == "self":
        return None
    if form.kind.data == "new":
        return form.person()
    if form.kind.data == "household" and kin is not None:
        return kin.guarantor
    raise FieldRefused("kind", "Say who pays the bills.")


def _kin(form: PayerForm) -> Patient | None:
    """The patient whose household was found; shown on the form, so on record."""
    if not form.other.data:
        return None
    kin = get_or_404(Patient, form.other.data)
    viewed("demographics", kin.id)
    return kin


def _payer(
    patient: Patient, form: PayerForm, status: int = 200, *, typed: str = "", found: Any = None
) -> Response:
    kin = _kin(form)
    offered = {"self": "The patient"} if patient.guarantor_relationship != "self" else {}
    if kin is not None:
        offered["household"] = f"{kin.guarantor.name}, who pays for {kin.name}, MRN {kin.mrn}"
    form.kind.choices = choices(offered | {"new": "A new person"})
    if may("ledger.view"):
        viewed("ledger", patient.id)
    return render(
        "patients/paying.html",
        None,
        status,
        patient=patient,
        form=form,
        typed=typed,
        found=found,
        balance=ledger.patient_balance(db.session(), patient.id) if may("ledger.view") else None,
    )
