"""Finding, registering and showing patients, and the ledger of one."""

from typing import Any

from flask import Response, abort, flash, request
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from clinic import db, ledger, patients
from clinic.blueprints.patients import (
    alike,
    cases,
    changes,
    circle,
    entry,
    insurance,
    joining,
    merging,
    ordering,
    paying,
    pictures,
    record,
)
from clinic.blueprints.patients.blueprint import bp
from clinic.blueprints.patients.forms import RegisterForm, put
from clinic.models import JournalEntry, Patient, Payer
from clinic.patients import FieldRefused, PossibleDuplicate, distinct
from clinic.web import get_or_404, render, requires, see_other, viewed

__all__ = [
    "alike",
    "bp",
    "cases",
    "changes",
    "circle",
    "entry",
    "insurance",
    "joining",
    "merging",
    "ordering",
    "paying",
    "pictures",
]
PAGE = 50


@bp.get("")
@requires("patient.view")
def index() -> Response:
    """The search, before anything was typed."""
    return render("patients/index.html", "patients/_results.html", typed="", found=None)


@bp.post("/search")
@requires("patient.view")
def search() -> Response:
    """What is found; a POST, for names and birth dates stand in no address."""
    typed = request.form.get("q", "")[:100]
    found = patients.search(db.session(), typed, limit=PAGE)
    viewed("demographics", *(each.patient.id for each in found))
    return render("patients/index.html", "patients/_results.html", typed=typed, found=found)


@bp.route("/new", methods=["GET", "POST"])
@requires("patient.edit")
def new() -> Response:
    """Register a patient with guarantor and coverages on one page; from the schedule it leads back to the booking."""
    form = RegisterForm()
    form.fill(db.session())
    if request.method == "GET":
        form.at.data, form.day.data = request.args.get("at", ""), request.args.get("day", "")
        if request.args.get("like"):
            joining.fill(form, joining.relative(request.args["like"]))
        return _register(form)
    if not form.is_complete():
        return _register(form, 422)
    part = ""
    try:
        with db.transaction() as session:
            patient = patients.register(
                session,
                guarantor=joining.guarantor(form) or form.payer_person(),
                guarantor_relationship=form.guarantor_relationship.data,
                accept_duplicates=form.accept_duplicates.data,
                public_id=form.safe_key,
                **form.person(),
            )
            if form.accept_duplicates.data:
                # Whoever was shown as alike and is somebody else need not be asked about again.
                for each in alike.likes(patient):
                    distinct.say(session, patient, each.patient)
            for position, part in ((1, "primary"), (2, "secondary")):
                fields = form[part].form
                if fields.payer.data:
                    payer = get_or_404(Payer, fields.payer.data)
                    patients.add_coverage(session, patient, payer=payer, position=position, **fields.fields())
    except PossibleDuplicate as possible:
        viewed("demographics", *(other.id for other in possible.patients))
        return _register(form, 422, found=possible.found, stopped=True)
    except FieldRefused as refused:
        put(form, refused, part)
        return _register(form, 422)
    except IntegrityError:
        # The other click of a double click was faster by a moment: its patient stands.
        patient = get_or_404(Patient, form.safe_key or "-")
    flash(f"Registered, MRN {patient.mrn}.", "ok")
    if form.day.data:
        return see_other("desk.new", day=form.day.data, at=form.at.data or "", patient=patient.public_id)
    return see_other(".show", public_id=patient.public_id)


@bp.get("/<public_id>")
@requires("patient.view")
def show(public_id: str) -> Response:
    """Everything about one patient."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    viewed("coverage", patient.id)
    like = next(iter(alike.likes(patient)), None)
    if like is not None:
        viewed("demographics", like.patient.id)
    context = record.of(db.session(), patient)
    viewed("demographics", *{each for row, _ in context["apart"] for each in (row.one_id, row.other_id)})
    return render("patients/show.html", None, like=like, **context)


@bp.get("/<public_id>/ledger", endpoint="ledger")
@requires("ledger.view")
def ledger_page(public_id: str) -> Response:
    """Every entry of a patient, newest first, a page at a time; beside it what each open charge consists of."""
    patient = record.find(public_id)
    viewed("ledger", patient.id)
    session = db.session()
    after = request.args.get("after", "")
    also = patients.numbers(session, patient.id)[1:]
    start = None
    if after:
        start = session.scalar(
            select(JournalEntry.id).where(
                JournalEntry.public_id == after, JournalEntry.patient_id.in_((patient.id, *also))
            )
        )
        if start is None:
            abort(404)
    page = ledger.entries_page(session, patient.id, after=start, limit=PAGE, also=also)
    return render(
        "patients/ledger.html",
        None,
        patient=patient,
        entries=page.rows,
        lines=record.explained(session, page.rows),
        next_after=page.rows[-1].entry.public_id if page.next_after else "",
        later=bool(after),
        **record.money(session, patient),
        charges=record.open_charges(session, patient.id),
    )


@bp.get("/<public_id>/history")
@requires("patient.edit")
def history(public_id: str) -> Response:
    """Every change of person and coverage with who, when, before and after, a page at a time."""
    patient = record.find(public_id)
    viewed("demographics", patient.id)
    viewed("coverage", patient.id)
    session = db.session()
    before = request.args.get("before", type=int)
    changed, older = patients.history(
        session, patients.numbers(session, patient.id), before=before, limit=PAGE
    )
    later = before is not None
    return render("patients/history.html", None, patient=patient, changes=changed, older=older, later=later)


def _register(form: RegisterForm, status: int = 200, found: Any = (), *, stopped: bool = False) -> Response:
    kin = joining.relative(form.household.data) if form.household.data else None
    return render("patients/new.html", None, status, form=form, found=found, stopped=stopped, kin=kin)
