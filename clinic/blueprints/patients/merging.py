"""Merging two records of one person: choose, look at what would happen, do it, and part them again."""

from collections.abc import Collection

from flask import Response, abort, flash, request
from sqlalchemy import select

from clinic import db, patients
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import MergeForm
from clinic.models import Patient, PatientMerge
from clinic.patients import ChangedMeanwhile, MergeRefused, ReasonMissing
from clinic.web import get_or_404, render, requires, see_other, viewed


@bp.route("/<public_id>/merge", methods=["GET", "POST"])
@requires("patient.merge")
def merge(public_id: str) -> Response:
    """The records like this one; with one of them chosen what merging it would do; a POST does it."""
    form = MergeForm()
    if request.method == "POST":
        return _merged(public_id, form)
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    chosen = request.args.get("with", "")
    if not chosen:
        return _choose(patient)
    return _preview(patient, record.find(chosen))


@bp.post("/<public_id>/merge/search")
@requires("patient.merge")
def merge_search(public_id: str) -> Response:
    """Records that are not like this one, by name, birth date, phone or MRN."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    typed = request.form.get("q", "")[:100]
    found = [each.patient for each in patients.search(db.session(), typed, limit=20)]
    viewed("demographics", *(each.id for each in found))
    return _choose(patient, typed, [each for each in found if each.id != patient.id])


@bp.post("/<public_id>/merges/<merge_id>/undo")
@requires("patient.merge")
def unmerge(public_id: str, merge_id: str) -> Response:
    """Part two records again."""
    patient = record.find(public_id)
    row = get_or_404(PatientMerge, merge_id, survivor_id=patient.id)
    viewed("demographics", patient.id, row.merged_id)
    try:
        with db.transaction() as session:
            patients.undo(session, row)
    except MergeRefused as refused:
        flash(str(refused), "danger")
        return see_other(".show", public_id=public_id)
    flash(f"The records are parted: MRN {row.merged.mrn} stands for itself again.", "ok")
    return see_other(".show", public_id=public_id)


def _merged(public_id: str, form: MergeForm) -> Response:
    """Merge, and lead to the record that stays; a second click finds the first one's merge."""
    survivor, other = _itself(public_id), _itself(form.other.data or "-")
    viewed("demographics", survivor.id, other.id)
    take = {name for name in request.form.getlist("take") if name in patients.CHOICES}
    if not form.validate_on_submit():
        return _preview(survivor, other, 422, form=form, take=take)
    try:
        with db.transaction() as session:
            versions = (form.version.data or 0, form.other_version.data or 0)
            patients.merge(
                session, survivor, other, take=take, versions=versions, reason=form.reason.data or ""
            )
    except ChangedMeanwhile as changed:
        # Nothing of either record was typed here: the preview is drawn anew, with the ticks as they were set.
        form.faster = str(changed)
        return _preview(survivor, other, 409, form=form, take=take)
    except ReasonMissing as missing:
        form.reason.errors = [str(missing)]
        return _preview(survivor, other, 422, form=form, take=take)
    except MergeRefused as refused:
        return _preview(survivor, other, 422, str(refused), form=form, take=take)
    flash(f"Merged: MRN {other.mrn} is part of this record now.", "ok")
    return see_other(".show", public_id=survivor.public_id)


def _itself(public_id: str) -> Patient:
    """A record by its id, a merged one too: the second click must find what the first one did."""
    patient = db.session().scalar(select(Patient).where(Patient.public_id == public_id))
    if patient is None:
        abort(404)
    return patient


def _choose(patient: Patient, typed: str = "", found: list[Patient] | None = None) -> Response:
    names = ("first_name", "last_name", "born_on", "phone")
    known = {name: getattr(patient, name) for name in names} | {"ssn": patient.ssn or ""}
    likes = patients.look_alikes(db.session(), known, but=patient.id)
    viewed("demographics", *(each.patient.id for each in likes))
    return render("patients/merge_choose.html", None, patient=patient, likes=likes, typed=typed, found=found)


def _preview(
    patient: Patient,
    other: Patient,
    status: int = 200,
    refused: str = "",
    form: MergeForm | None = None,
    take: Collection[str] | None = None,
) -> Response:
    """What merging would do; after a try that did not go through, with its ticks and its reason."""
    viewed("demographics", patient.id, other.id)
    viewed("coverage", other.id)
    form = form or MergeForm(formdata=None)
    form.other.data, form.version.data, form.other_version.data = (
        other.public_id,
        patient.version,
        other.version,
    )
    seen = patients.preview(db.session(), patient, other)
    return render(
        "patients/merge.html",
        None,
        status,
        patient=patient,
        other=other,
        form=form,
        seen=seen,
        take=take if take is not None else [each.name for each in seen.choices if each.take],
        refused=refused,
    )
