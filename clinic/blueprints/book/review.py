"""The desk's queue of visits that were asked for online: typed beside known, one word each (A10)."""

from collections.abc import Callable
from datetime import date

from flask import Response, flash, request
from sqlalchemy.orm import Session

from clinic import db, formats, online, patients
from clinic.blueprints.book.blueprint import bp
from clinic.blueprints.book.forms import DecisionForm
from clinic.models import OnlineRequest, Patient
from clinic.scheduling import Caution, NeedsConfirmation, SchedulingError
from clinic.scheduling.routing import LANGUAGES
from clinic.web import Conflict, get_or_404, render, requires, see_other, settings, viewed

PERSON = ("first_name", "last_name", "phone", "email")
HOME = ("sex", "address", "city", "state", "zip")
# Whoever was here before is asked for less, and the page names every field.
EVERY = dict.fromkeys((*PERSON, *HOME, "insurance", "member_id", "reason", "answer"), "")


@bp.get("/online-requests")
@requires("schedule.book")
def waiting() -> Response:
    """Every request that waits, the soonest visit first."""
    found = online.waiting(db.session())
    alike = online.alike(db.session(), found)
    viewed("schedule", *{each.patient.id for each in alike.values()}, subject="online_requests")
    return render("book/waiting.html", found=found, alike=alike)


@bp.get("/online-requests/<public_id>")
@requires("schedule.book")
def request_shown(public_id: str) -> Response:
    """One request: what was typed, and the records like it beside it."""
    return _show(get_or_404(OnlineRequest, public_id))


@bp.post("/online-requests/<public_id>/match")
@requires("schedule.book")
def match(public_id: str) -> Response:
    """The request is this patient's."""
    found, form = get_or_404(OnlineRequest, public_id), DecisionForm()
    patient = get_or_404(Patient, form.patient.data or "")

    def decide(session: Session) -> OnlineRequest:
        return online.same_person(
            session, found, form.version.data or 0, patient, accepted=_accepted(form), base_url=_base()
        )

    return _decide(found, form, decide, patient=patient)


@bp.post("/online-requests/<public_id>/registration")
@requires("schedule.book")
def register(public_id: str) -> Response:
    """The request is a new person's: registered with what was typed, and what the desk knows besides."""
    found, form = get_or_404(OnlineRequest, public_id), DecisionForm()
    typed = found.typed
    person: dict[str, object] = {name: typed.get(name, "") for name in PERSON}
    person |= {name: form[name].data or "" for name in HOME}
    person["born_on"] = date.fromisoformat(typed["born_on"])

    def decide(session: Session) -> OnlineRequest:
        return online.register_and_book(
            session, found, form.version.data or 0, person, accepted=_accepted(form), base_url=_base()
        )

    return _decide(found, form, decide)


@bp.post("/online-requests/<public_id>/refusal")
@requires("schedule.book")
def refuse(public_id: str) -> Response:
    """Not booked: the place is free, the person is asked to call."""
    found, form = get_or_404(OnlineRequest, public_id), DecisionForm()
    if not (form.note.data or "").strip() or not form.validate():
        form.note.errors = list(form.note.errors) or ["Say why, for whoever looks at it later."]
        return _show(found, 422, form)
    return _decide(
        found,
        form,
        lambda session: online.decline(session, found, form.version.data or 0, form.note.data or ""),
    )


def _decide(
    found: OnlineRequest,
    form: DecisionForm,
    decide: Callable[[Session], OnlineRequest],
    *,
    patient: Patient | None = None,
) -> Response:
    try:
        with db.transaction() as session:
            decide(session)
    except online.RequestChanged as changed:
        raise Conflict(str(changed)) from changed
    except NeedsConfirmation as unsure:
        return _show(found, 422, form, warnings=list(unsure.warnings), patient=patient)
    except patients.FieldRefused as refused:
        if refused.field not in form:
            return _show(found, 422, form, refused=str(refused))
        form[refused.field].errors = [str(refused)]
        return _show(found, 422, form)
    except SchedulingError as refused:
        return _show(found, 422, form, refused=str(refused), patient=patient)
    if found.state == "booked" and found.patient is not None:
        who = f"{found.patient.name}, MRN {found.patient.mrn}"
        flash(f"Booked {who}: {formats.mdy(found.starts_at)}, {formats.wall(found.starts_at)}.", "ok")
    else:
        told = online.reaches(db.session(), found)
        flash(
            f"Declined: the time is free again. {'The person was written to.' if told else 'Call the person.'}",
            "ok",
        )
    return see_other(".waiting")


def _show(
    found: OnlineRequest,
    status: int = 200,
    form: DecisionForm | None = None,
    *,
    warnings: list[Caution] | None = None,
    refused: str = "",
    patient: Patient | None = None,
) -> Response:
    session = db.session()
    session.refresh(found)
    likes = online.look_alikes(session, found) if found.state == "requested" else []
    typed = EVERY | found.typed
    if form is None:
        form = DecisionForm(formdata=None, **{name: typed[name] for name in HOME})
    form.version.data = found.version
    # Shown again, so that the version that the desk has read is the one that it sends.
    form.version.raw_data = None
    known = [each.patient.id for each in likes] + ([found.patient_id] if found.patient_id else [])
    viewed("demographics", *known, subject=f"online_request:{found.public_id}")
    return render(
        "book/request.html",
        "book/_request.html",
        status,
        found=found,
        typed=typed,
        born_on=date.fromisoformat(typed["born_on"]),
        likes=likes,
        form=form,
        warnings=warnings or [],
        # What was accepted before stays accepted for the same record, so that two questions do not take turns.
        codes=",".join(
            dict.fromkeys([*(_accepted(form) if warnings else ()), *(each.code for each in warnings or [])])
        ),
        refused=refused,
        asked_for=patient,
        questions=online.offer_of(session, found.visit_type, "en").question,
        here=request.path,
        languages=LANGUAGES,
        reached=online.reaches(session, found),
    )


def _accepted(form: DecisionForm) -> list[str]:
    return [code for code in (form.accepted.data or "").split(",") if code]


def _base() -> str:
    return settings().base_url
