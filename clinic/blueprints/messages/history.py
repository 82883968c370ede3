"""A patient's messages, for the record and for the panel of a visit: both screens fetch them."""

from typing import Any

from flask import Response
from sqlalchemy.orm import joinedload

from clinic import db, messages
from clinic.blueprints.messages.blueprint import bp
from clinic.blueprints.messages.forms import ConsentForm
from clinic.messages.consent import CHANNELS, address_of
from clinic.models import Appointment, Patient
from clinic.reminders.history import exchanged
from clinic.web import get_or_404, render, requires, see_other, viewed, wants_fragment


@bp.get("/messages/patients/<public_id>")
@requires("patient.view")
def of_patient(public_id: str) -> Response:
    """Everything written to a patient and back, and what was agreed."""
    return _show(get_or_404(Patient, public_id))


@bp.get("/messages/visits/<public_id>")
@requires("schedule.view")
def of_visit(public_id: str) -> Response:
    """What was written about one visit and back."""
    visit = get_or_404(Appointment, public_id, joinedload(Appointment.patient))
    return _show(visit.patient, visit)


@bp.post("/messages/patients/<public_id>/consent")
@requires("patient.edit")
def consent(public_id: str) -> Response:
    """Write down that a patient agrees to a channel, or does not any more."""
    patient = get_or_404(Patient, public_id)
    form = ConsentForm()
    if not form.validate_on_submit():
        return _show(patient, status=422, refused=True)
    with db.transaction() as session:
        messages.agree(session, patient, form.channel.data, yes=form.yes.data == "1")
    if wants_fragment():
        return _show(patient)
    return see_other(".of_patient", public_id=public_id)


def _show(
    patient: Patient, visit: Appointment | None = None, status: int = 200, *, refused: bool = False
) -> Response:
    viewed("message", patient.id)
    return render(
        "messages/history.html",
        "messages/_history.html",
        status,
        patient=patient,
        visit=visit,
        refused=refused,
        lines=exchanged(db.session(), patient.id, visit.id if visit else None),
        channels=[_channel(patient, channel) for channel in CHANNELS],
        names=CHANNELS,
    )


def _channel(patient: Patient, channel: str) -> dict[str, Any]:
    """What a patient agreed to on one channel, and what their phone or mailbox said since."""
    address = address_of(patient, channel)
    return {
        "name": channel,
        "words": CHANNELS[channel],
        "address": address,
        "agreed": messages.agreed(patient, channel),
        "stopped": messages.stopped_since(db.session(), channel, address) if address else None,
    }
