"""A patient's coverages and authorizations: add, change, end (S01, S09, K02)."""

from flask import Response, flash, request
from sqlalchemy.orm import joinedload

from clinic import clock, db, formats, patients
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.changes import rescrub
from clinic.blueprints.patients.forms import (
    AuthorizationForm,
    CoverageForm,
    EndForm,
    all_right,
    coverage_data,
    put,
)
from clinic.models import Authorization, Coverage, Patient, Payer
from clinic.patients import ChangedMeanwhile, FieldRefused, ordering
from clinic.patients.authorizations import authorization_faults
from clinic.web import get_or_404, render, requires, see_other, stale, viewed


@bp.route("/<public_id>/coverages/new", methods=["GET", "POST"])
@requires("patient.edit")
def new_coverage(public_id: str) -> Response:
    """Add a coverage."""
    patient = _patient(public_id)
    form = CoverageForm()
    form.fill(db.session())
    if request.method == "GET":
        taken = {each.position for each in patients.coverages_on(db.session(), patient.id, clock.today())}
        form.position.data = next((place for place in (1, 2, 3) if place not in taken), 1)
        return _coverage(patient, form)
    if not all_right(form, patients.coverage_faults(form.fields(), patient.born_on)):
        return _coverage(patient, form, 422)
    try:
        with db.transaction() as session:
            payer = get_or_404(Payer, form.payer.data)
            patients.add_coverage(session, patient, payer=payer, **form.fields())
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _coverage(patient, form, 422)
    flash("The coverage is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.route("/<public_id>/coverages/<coverage_id>", methods=["GET", "POST"])
@requires("patient.edit")
def edit_coverage(public_id: str, coverage_id: str) -> Response:
    """Change a coverage, or end it."""
    patient = _patient(public_id)
    coverage = _of(patient, coverage_id)
    form = CoverageForm(data=coverage_data(coverage))
    form.fill(db.session())
    if request.method == "GET":
        return _coverage(patient, form, coverage=coverage)
    if not all_right(form, patients.coverage_faults(form.fields(), patient.born_on)):
        return _coverage(patient, form, 422, coverage=coverage)
    try:
        with db.transaction() as session:
            payer = get_or_404(Payer, form.payer.data)
            patients.change_coverage(
                session, coverage, form.version.data or 0, payer_id=payer.id, **form.fields()
            )
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _coverage(patient, form, 422, coverage=coverage)
    except ChangedMeanwhile as changed:
        stale.compare(form, changed, coverage_data(coverage), coverage.version)
        return _coverage(patient, form, 409, coverage=coverage)
    flash("The coverage is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.route("/<public_id>/coverages/<coverage_id>/replacement", methods=["GET", "POST"])
@requires("patient.edit")
def replace_coverage(public_id: str, coverage_id: str) -> Response:
    """Another card or plan from a day on; the one before ends the day before and stays on file."""
    patient = _patient(public_id)
    coverage = _of(patient, coverage_id)
    data = coverage_data(coverage)
    if request.method == "GET":
        # The new card is copied anew: an old number that stays in the field is sent to the new payer.
        data |= {"member_id": "", "group_number": "", "plan_name": "", "copay": None, "effective_on": None}
        data["terminated_on"] = None
    form = CoverageForm(data=data)
    form.fill(db.session())
    if request.method == "GET":
        return _coverage(patient, form, replaced=coverage)
    if not all_right(form, patients.coverage_faults(form.fields(), patient.born_on)):
        return _coverage(patient, form, 422, replaced=coverage)
    try:
        with db.transaction() as session:
            payer = get_or_404(Payer, form.payer.data)
            ordering.replace_coverage(session, coverage, form.version.data or 0, payer=payer, **form.fields())
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _coverage(patient, form, 422, replaced=coverage)
    except ChangedMeanwhile as changed:
        stale.compare(form, changed, {}, coverage.version)
        return _coverage(patient, form, 409, replaced=coverage)
    flash("The coverage is replaced. Scan the new card when it is here.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.post("/<public_id>/coverages/<coverage_id>/end")
@requires("patient.edit")
def end_coverage(public_id: str, coverage_id: str) -> Response:
    """Set the last day of a coverage."""
    patient = _patient(public_id)
    coverage = _of(patient, coverage_id)
    form = EndForm()
    if not form.validate_on_submit():
        return _ending(patient, coverage, form)
    try:
        with db.transaction() as session:
            patients.end_coverage(session, coverage, form.version.data or 0, form.on.data)
            rescrub(patient.id)
    except FieldRefused as refused:
        form.on.errors = [str(refused)]
        return _ending(patient, coverage, form)
    except ChangedMeanwhile as changed:
        stale.compare(form, changed, {"on": coverage.terminated_on}, coverage.version)
        return _ending(patient, coverage, form, 409)
    flash(f"The coverage ends on {formats.mdy(coverage.terminated_on)}.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.route("/<public_id>/coverages/<coverage_id>/authorizations/new", methods=["GET", "POST"])
@requires("authorization.edit")
def new_authorization(public_id: str, coverage_id: str) -> Response:
    """Add an authorization to a coverage (K02)."""
    patient = _patient(public_id)
    coverage = _of(patient, coverage_id)
    form = AuthorizationForm()
    form.fill(db.session())
    if request.method == "GET":
        return _authorization(patient, coverage, form)
    if not all_right(form, authorization_faults(form.fields())):
        return _authorization(patient, coverage, form, 422)
    try:
        with db.transaction() as session:
            patients.add_authorization(session, coverage, **form.fields())
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _authorization(patient, coverage, form, 422)
    flash("The authorization is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.route("/<public_id>/authorizations/<authorization_id>", methods=["GET", "POST"])
@requires("authorization.edit")
def edit_authorization(public_id: str, authorization_id: str) -> Response:
    """Change an authorization."""
    patient = _patient(public_id)
    row = get_or_404(Authorization, authorization_id, joinedload(Authorization.coverage))
    coverage = _of(patient, row.coverage.public_id)
    form = AuthorizationForm(data=_data(row))
    form.fill(db.session())
    if request.method == "GET":
        form.provider.data = next((key for key, of in form.providers.items() if of == row.provider_id), "")
        return _authorization(patient, coverage, form, row=row)
    if not all_right(form, authorization_faults(form.fields())):
        return _authorization(patient, coverage, form, 422, row=row)
    try:
        with db.transaction() as session:
            patients.change_authorization(session, row, form.version.data or 0, **form.fields())
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _authorization(patient, coverage, form, 422, row=row)
    except ChangedMeanwhile as changed:
        present = _data(row) | {"provider": form.provider.data}
        stale.compare(form, changed, present, row.version)
        return _authorization(patient, coverage, form, 409, row=row)
    flash("The authorization is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


def _patient(public_id: str) -> Patient:
    patient = record.find(public_id)
    viewed("coverage", patient.id)
    return patient


def _of(patient: Patient, coverage_id: str) -> Coverage:
    """A coverage of this patient; of another one it is not found (trust T5)."""
    return get_or_404(
        Coverage,
        coverage_id,
        joinedload(Coverage.payer),
        joinedload(Coverage.patient),
        patient_id=patient.id,
    )


def _data(row: Authorization) -> dict[str, object]:
    names = ("kind", "counts", "number", "starts_on", "ends_on", "visits_allowed", "version")
    return {name: getattr(row, name) for name in names} | {"codes": ", ".join(row.codes)}


def _coverage(
    patient: Patient,
    form: CoverageForm,
    status: int = 200,
    coverage: Coverage | None = None,
    ending: EndForm | None = None,
    replaced: Coverage | None = None,
) -> Response:
    if ending is None and coverage is not None:
        ending = EndForm(formdata=None, data={"version": coverage.version})
    return render(
        "patients/coverage.html",
        None,
        status,
        patient=patient,
        form=form,
        coverage=coverage,
        ending=ending,
        replaced=replaced,
    )


def _ending(patient: Patient, coverage: Coverage, ending: EndForm, status: int = 422) -> Response:
    form = CoverageForm(formdata=None, data=coverage_data(coverage))
    form.fill(db.session())
    return _coverage(patient, form, status, coverage, ending)


def _authorization(
    patient: Patient,
    coverage: Coverage,
    form: AuthorizationForm,
    status: int = 200,
    row: Authorization | None = None,
) -> Response:
    return render(
        "patients/authorization.html", None, status, patient=patient, coverage=coverage, form=form, row=row
    )
