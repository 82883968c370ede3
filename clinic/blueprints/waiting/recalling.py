"""The recall list: who should come again, asked by message or telephone until a visit is booked."""

from collections.abc import Callable
from datetime import timedelta

from flask import Response, flash, request
from sqlalchemy.orm import Session, joinedload

from clinic import clock, db
from clinic.blueprints.waiting.blueprint import bp
from clinic.blueprints.waiting.forms import OutcomeForm, RecallForm, VersionForm, visit_types
from clinic.blueprints.waiting.showing import asked_patient, patients_of, tabs, way
from clinic.models import Patient, Recall
from clinic.waiting import WaitingError, recalls
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment

VIEWS = {"open": "To ask", "booked": "Booked", "declined": "Declined", "all": "All"}
SOON = 30  # days ahead


@bp.get("/recalls")
@requires("schedule.book")
def recall_list() -> Response:
    """Who is due within thirty days; `view`, `visit_type` and `until` (late, all) narrow or widen it."""
    return _list()


@bp.get("/recalls/new")
@requires("schedule.book")
def new_recall() -> Response:
    """The form of a recall by hand; the patient is found first."""
    patient = asked_patient(request.args.get("patient", ""))
    if patient is None:
        return render(
            "waiting/find.html", "waiting/_found.html", found=None, typed="", then="recall", **tabs("")
        )
    form = RecallForm(formdata=None, data={"patient": patient.public_id})
    form.fill(db.session())
    return _form(patient, form)


@bp.post("/recalls")
@requires("schedule.book")
def add_recall() -> Response:
    """Write a recall."""
    patient = get_or_404(Patient, request.form.get("patient") or "-")
    form = RecallForm()
    form.fill(db.session())
    if not form.validate_on_submit() or not form.key.data:
        return _form(patient, form, 422)
    with db.transaction() as session:
        recalls.add(
            session,
            patient,
            form.types[form.visit_type.data],
            form.due_on.data,
            form.reason.data or "",
            key=form.key.data,
        )
    flash(f"{patient.name} is on the recall list.", "ok")
    return see_other("waiting.recall_list", until="all")


@bp.post("/recalls/<public_id>/message")
@requires("message.send")
def remind(public_id: str) -> Response:
    """Write to the patient that a visit is due."""
    form = VersionForm()
    return _act(
        public_id, form, lambda session, row: recalls.remind(session, row, form.version.data or 0, way())
    )


@bp.post("/recalls/<public_id>/outcome")
@requires("schedule.book")
def outcome(public_id: str) -> Response:
    """What came of asking."""
    form = OutcomeForm()
    return _act(
        public_id,
        form,
        lambda session, row: recalls.set_state(
            session, row, form.version.data or 0, form.state.data, form.note.data or ""
        ),
    )


def _act(
    public_id: str, form: OutcomeForm | VersionForm, act: Callable[[Session, Recall], object]
) -> Response:
    recall = get_or_404(Recall, public_id, joinedload(Recall.patient))
    if not form.validate_on_submit():
        sentences = [error for errors in form.errors.values() for error in errors]
        return _list(422, recall, form, ". ".join(map(str, sentences)))
    try:
        with db.transaction() as session:
            act(session, recall)
    except WaitingError as error:
        return _list(409, recall, form, str(error))
    return _list() if wants_fragment() else see_other("waiting.recall_list", **_asked())


def _list(
    status: int = 200,
    refused: Recall | None = None,
    form: OutcomeForm | VersionForm | None = None,
    sentence: str = "",
) -> Response:
    session = db.session()
    asked = _asked()
    view = asked.get("view", "open")
    until = {"late": clock.today(), "all": None}.get(
        asked.get("until", ""), clock.today() + timedelta(days=SOON)
    )
    types = visit_types(session)
    found = recalls.listed(session, view=view, visit_type=asked.get("visit_type", ""), until=until)
    viewed(
        "schedule", *patients_of([row.recall for row in found]), *([refused.patient_id] if refused else [])
    )
    return render(
        "waiting/recalls.html",
        "waiting/_recalls.html",
        status,
        found=found,
        asked=asked,
        filters={
            "view": list(VIEWS.items()),
            "visit_type": [("", "All visit types"), *((key, each.name) for key, each in types.items())],
            "until": [("", f"Due within {SOON} days"), ("late", "Due by today"), ("all", "Any day")],
        },
        refused=refused,
        form=form,
        sentence=sentence,
        **tabs("waiting.recall_list"),
    )


def _asked() -> dict[str, str]:
    """What the address asks for, as far as it is known."""
    known = {
        "view": tuple(VIEWS),
        "until": ("late", "all"),
        "visit_type": tuple(visit_types(db.session())),
    }
    return {
        name: request.values[name] for name, values in known.items() if request.values.get(name) in values
    }


def _form(patient: Patient, form: RecallForm, status: int = 200) -> Response:
    viewed("schedule", patient.id)
    return render("waiting/recall_new.html", status=status, patient=patient, form=form, **tabs(""))
