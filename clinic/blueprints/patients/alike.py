"""Records that are most likely one person: the list of them, asking for a merge, and saying that they are two (K14)."""

from flask import Response, abort, flash, request

from clinic import db, patients, tasks
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.models import Patient, PatientDistinction
from clinic.patients import LookAlike, PatientError, distinct, twins
from clinic.web import get_or_404, may, render, requires, see_other, viewed

LIKELY = 60
MOST_PAGES = 10_000


@bp.get("/duplicates")
@requires("patient.merge")
def likely_duplicates() -> Response:
    """The pairs that are most likely one person, those that were added last first, a page at a time."""
    # No clinic has so many; what is typed into the address must not become an offset that no database takes.
    number = min(max(request.args.get("page", 1, type=int), 1), MOST_PAGES)
    found, total = twins.pairs(db.session(), number, twins.PAGE)
    viewed("demographics", *{each.id for pair in found for each in (pair.first, pair.second)})
    more = number * twins.PAGE < total
    apart = distinct.standing(db.session(), limit=twins.PAGE) if number == 1 else ()
    viewed("demographics", *{each for row, _ in apart for each in (row.one_id, row.other_id)})
    return render(
        "patients/duplicates.html", None, found=found, total=total, number=number, more=more, apart=apart
    )


@bp.post("/<public_id>/merge-request")
@requires("patient.edit")
def ask_for_merge(public_id: str) -> Response:
    """Ask who may merge to look at two records; asked twice it is asked once."""
    patient = record.find(public_id)
    other = get_or_404(Patient, request.form.get("other", "-"))
    viewed("demographics", patient.id, other.id)
    if other.id == patient.id or not any(each.patient.id == other.id for each in likes(patient)):
        flash("These two records are not alike.", "danger")
        return see_other(".show", public_id=patient.public_id)
    with db.transaction() as session:
        tasks.add(
            session,
            "merge",
            f"MRN {patient.mrn} and MRN {other.mrn} look like one person. Compare them, and merge them if they are.",
            key=distinct.asked(patient, other),
            patient_id=patient.id,
            subject=f"patient:{other.public_id}",
            role="biller",
        )
    flash("Billing is asked to look at the two records.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.post("/<public_id>/other-people")
@requires("patient.edit")
def say_distinct(public_id: str) -> Response:
    """These two records are two people: nobody is asked about them again until it is taken back."""
    patient = record.find(public_id)
    other = get_or_404(Patient, request.form.get("other", "-"))
    viewed("demographics", patient.id, other.id)
    try:
        with db.transaction() as session:
            distinct.say(session, patient, other)
    except PatientError as refused:
        flash(str(refused), "danger")
    else:
        flash(f"MRN {patient.mrn} and MRN {other.mrn} are two people. This can be taken back.", "ok")
    return _back(patient)


@bp.post("/<public_id>/other-people/<distinction_id>/undo")
@requires("patient.edit")
def take_back_distinct(public_id: str, distinction_id: str) -> Response:
    """They may be one person after all."""
    patient = record.find(public_id)
    row = get_or_404(PatientDistinction, distinction_id)
    if patient.id not in (row.one_id, row.other_id):
        abort(404)
    viewed("demographics", row.one_id, row.other_id)
    with db.transaction() as session:
        distinct.take_back(session, row)
    flash(f"MRN {row.one.mrn} and MRN {row.other.mrn} may be one person again.", "ok")
    return _back(patient)


def _back(patient: Patient) -> Response:
    if request.form.get("from") == "list" and may("patient.merge"):
        return see_other(".likely_duplicates")
    return see_other(".show", public_id=patient.public_id)


def likes(patient: Patient) -> list[LookAlike]:
    """The records that are likely the same person as this one."""
    names = ("first_name", "last_name", "born_on", "phone")
    known = {name: getattr(patient, name) for name in names} | {"ssn": patient.ssn or ""}
    found = patients.look_alikes(db.session(), known, but=patient.id)
    return [each for each in found if each.score >= LIKELY]
