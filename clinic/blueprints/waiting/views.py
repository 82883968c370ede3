"""The wait list: who waits in which order, one entry with what suits it now and what was offered (A9)."""

from typing import Any

from flask import Response, flash, request
from sqlalchemy.orm import joinedload

from clinic import clock, db, patients, waiting
from clinic.blueprints.waiting import offering, recalling, rules, unscheduled
from clinic.blueprints.waiting.blueprint import bp
from clinic.blueprints.waiting.forms import EntryForm, ReasonForm, providers, visit_types
from clinic.blueprints.waiting.showing import (
    asked_patient,
    entry_page,
    find_entry,
    patients_of,
    people,
    tabs,
    wants,
)
from clinic.models import Appointment, Patient
from clinic.waiting import WaitingError, entries
from clinic.web import get_or_404, render, requires, see_other, viewed
from clinic.web.sessions import tell

__all__ = ["bp", "offering", "recalling", "rules", "unscheduled"]
EDIT = "waiting/edit.html", "waiting/_edit.html"


@bp.get("")
@requires("schedule.book")
def index() -> Response:
    """Who waits; `visit_type`, `provider`, `priority` and `state` narrow the list."""
    session = db.session()
    types, staff = visit_types(session), providers(session)
    asked = {name: request.args.get(name, "") for name in ("visit_type", "provider", "priority", "state")}
    provider = staff.get(asked["provider"])
    found = entries.listed(
        session,
        state="closed" if asked["state"] == "closed" else "open",
        visit_type=asked["visit_type"] if asked["visit_type"] in types else "",
        provider_id=provider.id if provider else None,
        priority=int(asked["priority"]) if asked["priority"] in ("1", "2", "3") else None,
    )
    viewed("schedule", *patients_of(found))
    known = people()
    return render(
        "waiting/index.html",
        found=found,
        live=entries.live_offers(session, found),
        wants={entry.id: wants(entry, known) for entry in found},
        asked=asked,
        local=clock.local,
        filters={
            "visit_type": [("", "All visit types"), *((key, each.name) for key, each in types.items())],
            "provider": [("", "Every provider"), *((key, each.name) for key, each in staff.items())],
            "priority": [("", "Any urgency"), *((str(n), label) for n, label in entries.PRIORITIES.items())],
            "state": [("", "Waiting"), ("closed", "Closed")],
        },
        **tabs("waiting.index"),
    )


@bp.get("/new")
@requires("schedule.book")
def new() -> Response:
    """The form of a new entry; without `patient` the search for one. `visit` is the lost visit it stands for."""
    patient = asked_patient(request.args.get("patient", ""))
    if patient is None:
        return _find("entry")
    coming = entries.coming(db.session(), patient)
    data: dict[str, Any] = {"first_on": clock.today(), "patient": patient.public_id}
    data |= _start(patient, coming)
    form = EntryForm(formdata=None, data=data)
    form.fill(db.session(), coming)
    return _edit(patient, form, None)


@bp.post("/patients")
@requires("schedule.book")
def find_patient() -> Response:
    """Who is meant, for an entry or (`then` is recall) for a recall."""
    return _find("recall" if request.form.get("then") == "recall" else "entry", request.form.get("q", ""))


@bp.post("/entries")
@requires("schedule.book")
def add() -> Response:
    """Put a patient on the list."""
    patient = get_or_404(Patient, request.form.get("patient") or "-")
    form = EntryForm()
    form.fill(db.session(), entries.coming(db.session(), patient))
    if not form.validate_on_submit() or not form.key.data:
        return _edit(patient, form, None, 422)
    try:
        with db.transaction() as session:
            entry = waiting.add(session, patient, form.wish(), form.key.data)
            made = entry.public_id
            tell(session, f"{patient.name} is on the wait list.")
    except WaitingError as error:
        form.form_errors = [*form.form_errors, str(error)]
        return _edit(patient, form, None, 422)
    return see_other("waiting.show", public_id=made)


@bp.get("/entries/<public_id>")
@requires("schedule.book")
def show(public_id: str) -> Response:
    """One entry: what suits it now, what was offered, and how it ended."""
    return entry_page(public_id)


@bp.get("/entries/<public_id>/wishes")
@requires("schedule.book")
def edit(public_id: str) -> Response:
    """The form with what the entry says."""
    entry = find_entry(public_id)
    form = EntryForm(formdata=None, data=EntryForm.of(entry, providers(db.session())))
    form.fill(db.session(), entries.coming(db.session(), entry.patient))
    return _edit(entry.patient, form, entry.public_id)


@bp.post("/entries/<public_id>/wishes")
@requires("schedule.book")
def change(public_id: str) -> Response:
    """Write other wishes."""
    entry = find_entry(public_id)
    patient = entry.patient
    form = EntryForm()
    form.fill(db.session(), entries.coming(db.session(), patient))
    if not form.validate_on_submit():
        return _edit(patient, form, public_id, 422)
    try:
        with db.transaction() as session:
            waiting.change(session, entry, form.version.data or 0, form.wish())
    except waiting.EntryChanged as error:
        form.form_errors = [*form.form_errors, str(error)]
        return _edit(patient, form, public_id, 409)
    except WaitingError as error:
        form.form_errors = [*form.form_errors, str(error)]
        return _edit(patient, form, public_id, 422)
    flash("Saved.", "ok")
    return see_other("waiting.show", public_id=public_id)


@bp.post("/entries/<public_id>/removal")
@requires("schedule.book")
def remove(public_id: str) -> Response:
    """Take an entry off the list with a reason."""
    entry = find_entry(public_id)
    name, form = entry.patient.name, ReasonForm()
    if not form.validate_on_submit():
        return entry_page(public_id, 422, "Say why the entry is taken off.", form)
    try:
        with db.transaction() as session:
            waiting.remove(session, entry, form.version.data or 0, form.reason.data or "")
    except WaitingError as error:
        return entry_page(public_id, 409, str(error), form)
    flash(f"{name} is off the wait list.", "ok")
    return see_other("waiting.index")


def _find(then: str, typed: str = "") -> Response:
    found = patients.search(db.session(), typed, limit=12) if typed.strip() else None
    viewed("demographics", *(each.patient.id for each in found or ()))
    return render("waiting/find.html", "waiting/_found.html", found=found, typed=typed, then=then, **tabs(""))


def _edit(patient: Patient, form: EntryForm, entry_id: str | None, status: int = 200) -> Response:
    viewed("schedule", patient.id)
    return render(*EDIT, status, patient=patient, form=form, entry_id=entry_id, **tabs(""))


def _start(patient: Patient, coming: list[Appointment]) -> dict[str, Any]:
    """What the address says: the visit type, or the visit that was lost with its type and provider."""
    chosen = request.args.get("visit", "")
    data: dict[str, Any] = {"visit_type": request.args.get("visit_type", "")}
    if chosen:
        lost = get_or_404(
            Appointment,
            chosen,
            joinedload(Appointment.visit_type),
            joinedload(Appointment.provider),
            patient_id=patient.id,
        )
        data = {"visit_type": lost.visit_type.public_id, "who": [lost.provider.public_id]}
    same = [visit for visit in coming if visit.visit_type.public_id == data["visit_type"]]
    if same:
        data["moves"] = same[0].public_id
    return data
