"""Photo and insurance cards: taken by phone or chosen as a file, looked at behind a permission and on record."""

from flask import Response, flash, make_response
from flask_wtf.file import FileField
from sqlalchemy.orm import joinedload
from wtforms import HiddenField

from clinic import db, patients
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.models import Coverage, Patient, PatientScan
from clinic.patients import FieldRefused, scans
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.forms import ClinicForm


class PictureForm(ClinicForm):
    """One picture; `kind` and `coverage` say what it shows."""

    file = FileField("Picture")
    camera = FileField("Picture from the camera")
    kind = HiddenField()
    coverage = HiddenField()


@bp.get("/<public_id>/pictures")
@requires("patient.view")
def pictures(public_id: str) -> Response:
    """Photo and cards, with what was replaced."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    viewed("coverage", patient.id)
    return _page(patient)


@bp.post("/<public_id>/pictures")
@requires("patient.edit")
def keep_picture(public_id: str) -> Response:
    """Keep one more picture; the one before it stays among the older ones."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    viewed("coverage", patient.id)
    form = PictureForm()
    if not form.validate_on_submit():
        return _page(patient, form, 422)
    sent = form.file.data or form.camera.data
    content = sent.read(scans.LARGEST + 1) if sent else b""
    if sent and not content:
        form.file.errors = ["The file is empty. Choose another one, or take a picture."]
        return _page(patient, form, 422)
    coverage = None
    if form.coverage.data:
        coverage = get_or_404(Coverage, form.coverage.data, patient_id=patient.id)
    try:
        with db.transaction() as session:
            scan = patients.add_scan(session, patient, form.kind.data or "", content, coverage=coverage)
    except FieldRefused as refused:
        form.file.errors = [str(refused)]
        return _page(patient, form, 422)
    flash(f"{scans.KINDS[scan.kind]}: kept.", "ok")
    return see_other(".pictures", public_id=patient.public_id)


@bp.get("/<public_id>/pictures/card")
@requires("patient.view")
def picture_card(public_id: str) -> Response:
    """The part that other screens show: the photo, and both sides of the first card."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    return render("patients/pictures.html", "patients/_pictures.html", **_context(patient, PictureForm()))


@bp.get("/<public_id>/pictures/<scan_id>")
@requires("patient.view")
def picture(public_id: str, scan_id: str) -> Response:
    """One picture's bytes; a PDF is handed over as a file, for it may hold a script."""
    patient = record.find(public_id)
    scan = get_or_404(PatientScan, scan_id, joinedload(PatientScan.file), patient_id=patient.id)
    viewed("coverage" if scan.coverage_id else "demographics", patient.id, subject=f"patient_scan:{scan_id}")
    content, media_type = scans.bytes_of(scan)
    response = make_response(content)
    response.mimetype = media_type
    response.headers["Cache-Control"] = "no-store"
    if media_type == scans.PDF:
        response.headers["Content-Disposition"] = f'attachment; filename="{scan.kind}.pdf"'
    return response


def _page(patient: Patient, form: PictureForm | None = None, status: int = 200) -> Response:
    return render("patients/pictures.html", None, status, **_context(patient, form or PictureForm()))


def _context(patient: Patient, form: PictureForm) -> dict[str, object]:
    session = db.session()
    everything = scans.scans_of(session, patient.id)
    rows = record.coverage_rows(session, patient)
    return {
        "patient": patient,
        "form": form,
        "coverages": rows,
        "names": {row.coverage.id: row.coverage.payer.name for row in rows},
        "scans": scans.standing(everything),
        "older": [each for each in everything if each.replaced_at is not None],
        "kinds": scans.KINDS,
    }
