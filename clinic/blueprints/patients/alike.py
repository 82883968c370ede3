"""Records that are most likely one person: the list of them, and asking for a merge from the record (K14)."""

from flask import Response, flash, request

from clinic import db, patients, tasks
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.models import Patient
from clinic.patients import LookAlike, twins
from clinic.web import get_or_404, render, requires, see_other, viewed

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
    return render("patients/duplicates.html", None, found=found, total=total, number=number, more=more)


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
    low, high = sorted((patient.id, other.id))
    with db.transaction() as session:
        tasks.add(
            session,
            "merge",
            f"MRN {patient.mrn} and MRN {other.mrn} look like one person. Compare them, and merge them if they are.",
            key=f"merge:{low}:{high}",
            patient_id=patient.id,
            subject=f"patient:{other.public_id}",
            role="biller",
        )
    flash("Billing is asked to look at the two records.", "ok")
    return see_other(".show", public_id=patient.public_id)


def likes(patient: Patient) -> list[LookAlike]:
    """The records that are likely the same person as this one."""
    names = ("first_name", "last_name", "born_on", "phone")
    known = {name: getattr(patient, name) for name in names} | {"ssn": patient.ssn or ""}
    found = patients.look_alikes(db.session(), known, but=patient.id)
    return [each for each in found if each.score >= LIKELY]
