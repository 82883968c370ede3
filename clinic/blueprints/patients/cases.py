"""Accident cases: opened, changed, closed; and which visits belong to one (C9, CLM11)."""

from typing import Any

from flask import Response, flash, request
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from wtforms import HiddenField, SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired

from clinic import clock, db
from clinic.blueprints.patients import record
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.changes import rescrub
from clinic.blueprints.patients.forms import SHORT, all_right, choices, put, safe_key
from clinic.db import new_public_id
from clinic.models import Appointment, Patient, PatientCase, Payer
from clinic.patients import ChangedMeanwhile, FieldRefused, cases
from clinic.web import get_or_404, render, requires, see_other, stale, viewed
from clinic.web.fields import ClinicDate, Phone, Version
from clinic.web.forms import ClinicForm


class CaseForm(ClinicForm):
    """One accident case; `key` becomes its own opaque id: two clicks, one case. `unsure` is what to be `accepted`."""

    unsure = ""
    key = HiddenField(default=new_public_id)
    kind = SelectField("Kind", choices=choices(cases.KINDS), default="work")
    injured_on = ClinicDate("Day of the injury", validators=[InputRequired("Enter the day of the injury.")])
    state = StringField("State", validators=[SHORT])
    payer = SelectField("Insurer", validators=[InputRequired("Choose who pays for this injury.")])
    claim_number = StringField(
        "Claim number", validators=[InputRequired("Enter the insurer's claim number."), SHORT]
    )
    adjuster = StringField("Adjuster", validators=[SHORT])
    adjuster_phone = Phone("Adjuster's phone")
    employer = StringField("Employer", validators=[SHORT])
    note = StringField("Note", validators=[SHORT])
    # The kind and payer for which somebody said "sure": another payer is asked about again.
    accepted = StringField()
    closed_on = ClinicDate("Closed on")
    version = Version()

    def offer(self, session: Session) -> None:
        """The payers to choose from: insurers of such an injury, then those of other injuries, then health plans."""
        rows = session.scalars(select(Payer).where(Payer.active).order_by(Payer.name)).all()
        of_kind = [each for each in rows if cases.pays_for_injuries(each, self.kind.data or "work")]
        others = [each for each in rows if cases.pays_for_injuries(each) and each not in of_kind]
        plans = [each for each in rows if not cases.pays_for_injuries(each)]
        self.payer.choices = [SelectChoice("", "Choose")] + [
            SelectChoice(each.public_id, each.name, optgroup=group)
            for group, some in (("Insurers of injuries", of_kind + others), ("Health plans", plans))
            for each in some
        ]

    def is_right(self, session: Session, known: tuple[str, str] | None = None) -> bool:
        """Whether the case can be kept, also by a health plan that somebody is sure of; all that is wrong is said at once.

        `known` are the payer's public id and the kind that were settled before: they are not asked about again.
        """
        wrong = cases.case_faults(self.fields())
        payer = session.scalar(select(Payer).where(Payer.public_id == (self.payer.data or "")))
        question = ""
        if payer is not None and known != (payer.public_id, self.kind.data):
            question = cases.doubt(self.kind.data, payer)
            self.unsure = f"{self.kind.data} {payer.public_id}" if question else ""
        if question and self.accepted.data != self.unsure:
            wrong.append(FieldRefused("payer", question))
        return all_right(self, wrong)

    def fields(self) -> dict[str, Any]:
        return {name: self[name].data for name in cases.FIELDS}


@bp.route("/<public_id>/cases/new", methods=["GET", "POST"])
@requires("patient.edit")
def new_case(public_id: str) -> Response:
    """Open a case with its insurer."""
    patient = record.find(public_id)
    viewed("coverage", patient.id)
    form = CaseForm()
    form.offer(db.session())
    if request.method == "GET":
        return _page(patient, form)
    if not form.is_right(db.session()):
        return _page(patient, form, 422)
    try:
        with db.transaction() as session:
            payer = get_or_404(Payer, form.payer.data)
            case = cases.open_case(
                session, patient, payer, public_id=safe_key(form.key.data), **form.fields()
            )
    except FieldRefused as refused:
        put(form, refused)
        return _page(patient, form, 422)
    flash("The case is open. Choose the visits that belong to it.", "ok")
    return see_other(".edit_case", public_id=patient.public_id, case_id=case.public_id)


@bp.route("/<public_id>/cases/<case_id>", methods=["GET", "POST"])
@requires("patient.edit")
def edit_case(public_id: str, case_id: str) -> Response:
    """A case with its visits; a POST changes or closes it."""
    patient = record.find(public_id)
    viewed("coverage", patient.id)
    case = get_or_404(PatientCase, case_id, patient_id=patient.id)
    coverage = cases.coverage_of(db.session(), case.id)
    known = {"payer": coverage.payer.public_id if coverage else ""}
    form = CaseForm(obj=case, data=known)
    form.offer(db.session())
    if request.method == "GET":
        return _page(patient, form, case=case)
    if not form.is_right(db.session(), (coverage.payer.public_id, case.kind) if coverage else None):
        return _page(patient, form, 422, case=case)
    try:
        with db.transaction() as session:
            payer = get_or_404(Payer, form.payer.data)
            cases.change_case(session, case, form.version.data or 0, payer, **form.fields())
            rescrub(patient.id)
    except FieldRefused as refused:
        put(form, refused)
        return _page(patient, form, 422, case=case)
    except ChangedMeanwhile as changed:
        present = {name: getattr(case, name) for name in cases.FIELDS}
        standing = cases.coverage_of(db.session(), case.id)
        present["payer"] = standing.payer.public_id if standing else ""
        stale.compare(form, changed, present, case.version)
        return _page(patient, form, 409, case=case)
    flash("The case is saved.", "ok")
    return see_other(".show", public_id=patient.public_id)


@bp.post("/<public_id>/cases/<case_id>/visits")
@requires("patient.edit")
def case_visits(public_id: str, case_id: str) -> Response:
    """Exactly the ticked ones of the visits that were shown belong to the case."""
    patient = record.find(public_id)
    viewed("coverage", patient.id)
    case = get_or_404(PatientCase, case_id, patient_id=patient.id)
    shown, ticked = set(request.form.getlist("shown")), set(request.form.getlist("visit"))
    with db.transaction() as session:
        for visit in _visits(patient, case):
            if visit.public_id not in shown:
                continue
            if visit.public_id in ticked:
                cases.set_case(session, visit, case)
            elif visit.case_id == case.id:
                cases.set_case(session, visit, None)
    flash(
        "The visits of the case are saved. A slip signed before keeps the payer that it was signed with.",
        "ok",
    )
    return see_other(".edit_case", public_id=patient.public_id, case_id=case.public_id)


def _visits(patient: Patient, case: PatientCase) -> list[Appointment]:
    """The visits from the day of the injury on, newest first."""
    query = (
        select(Appointment)
        .where(
            Appointment.patient_id == patient.id,
            Appointment.starts_at >= clock.day_bounds(case.injured_on)[0],
        )
        .options(joinedload(Appointment.visit_type), joinedload(Appointment.provider))
        .order_by(Appointment.starts_at.desc())
        .limit(60)
    )
    return list(db.session().scalars(query))


def _page(patient: Patient, form: CaseForm, status: int = 200, case: PatientCase | None = None) -> Response:
    visits = _visits(patient, case) if case else []
    return render(
        "patients/case.html",
        None,
        status,
        patient=patient,
        form=form,
        case=case,
        visits=visits,
        kinds=cases.KINDS,
    )
