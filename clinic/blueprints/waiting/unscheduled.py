"""Cancelled and missed visits without another: booked, put on the wait list, or left with a reason."""

from flask import Response, request
from sqlalchemy.orm import joinedload

from clinic import db
from clinic.blueprints.waiting.blueprint import bp
from clinic.blueprints.waiting.forms import ReasonForm, providers
from clinic.blueprints.waiting.showing import patients_of, tabs
from clinic.models import Appointment
from clinic.scheduling import WORDS
from clinic.waiting import WaitingError
from clinic.waiting import unscheduled as lost
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment

SPANS = {"30": "Last 30 days", "90": "Last 90 days", "365": "Last year"}


@bp.get("/unscheduled")
@requires("schedule.book")
def unscheduled_list() -> Response:
    """Whose visit was lost and who has no other; `days`, `status` and `provider` narrow or widen the list."""
    return _list()


@bp.post("/unscheduled/<public_id>/reason")
@requires("schedule.book")
def leave(public_id: str) -> Response:
    """This one needs no new visit, and why."""
    visit = get_or_404(Appointment, public_id, joinedload(Appointment.patient))
    form = ReasonForm()
    if not form.validate_on_submit():
        return _list(422, visit, form)
    try:
        with db.transaction() as session:
            lost.leave(session, visit, form.reason.data or "")
    except WaitingError as error:
        form.reason.errors = [str(error)]
        return _list(409, visit, form)
    return _list() if wants_fragment() else see_other("waiting.unscheduled_list", **_asked())


def _list(status: int = 200, refused: Appointment | None = None, form: ReasonForm | None = None) -> Response:
    session = db.session()
    asked, staff = _asked(), providers(session)
    provider = staff.get(asked.get("provider", ""))
    found = lost.unscheduled(
        session,
        days=int(asked.get("days", lost.DAYS)),
        status=asked.get("status", ""),
        provider_id=provider.id if provider else None,
    )
    viewed("schedule", *patients_of(found), *([refused.patient_id] if refused else []))
    return render(
        "waiting/unscheduled.html",
        "waiting/_unscheduled.html",
        status,
        found=found,
        waits=lost.waiting_types(session, found),
        words=WORDS,
        asked={"days": str(lost.DAYS)} | asked,
        filters={
            "days": list(SPANS.items()),
            "status": [("", "Every kind"), *((each, WORDS[each]) for each in lost.LOST)],
            "provider": [("", "Every provider"), *((key, each.name) for key, each in staff.items())],
        },
        refused=refused,
        form=form,
        **tabs("waiting.unscheduled_list"),
    )


def _asked() -> dict[str, str]:
    known = {"days": tuple(SPANS), "status": lost.LOST, "provider": tuple(providers(db.session()))}
    return {
        name: request.values[name] for name, values in known.items() if request.values.get(name) in values
    }
