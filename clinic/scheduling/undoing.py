"""Taking back what was done last, a booking included; never what somebody else did meanwhile (A1)."""

from sqlalchemy.orm import Session

from clinic import audit
from clinic.models import Appointment, AppointmentMove
from clinic.scheduling import freed, guards, steps
from clinic.scheduling.errors import IllegalMove
from clinic.scheduling.history import last_move, note_move, place, record

TAKEN_BACK = "Booking taken back"


def take_back(session: Session, appointment: Appointment, version: int) -> Appointment:
    """Take back the last move that still stands: a step, a place, a cancel, or the booking itself.

    A booking is taken back by who made it alone, and only before the visit began: the visit is then cancelled by the
    clinic, which counts in no figure (A2). Raises AppointmentChanged when somebody changed the visit since,
    IllegalMove when there is nothing to take back, SchedulingConflict when the old place was given away.
    """
    guards.lock(session, appointment, version)
    last = last_move(session, appointment)
    if last is None or last.from_status:
        return steps.undo_last(session, appointment, last)
    if not _mine(last):
        raise IllegalMove("Somebody else booked this visit. Cancel it, and say why.")
    if appointment.status not in guards.WAITING:
        raise IllegalMove("The visit has begun: its booking can no longer be taken back.")
    guards.refuse_signed(session, appointment)
    status = appointment.status
    appointment.status, appointment.cancel_reason = "cancelled_clinic", TAKEN_BACK
    line = note_move(session, appointment, status, TAKEN_BACK, undoes_id=last.id)
    session.flush()
    freed.tell(session, appointment, line)
    record(session, "undo", appointment, {"status": [status, appointment.status]})
    return appointment


def outcome(appointment: Appointment) -> str:
    """What a taken-back action left: "CHEN, Bo is as before: Tuesday 03/10/2026, 10:00 AM with …"."""
    name = appointment.patient.name
    if appointment.cancel_reason == TAKEN_BACK:
        return f"The booking of {name} is taken back."
    return f"{name} is as before: {place(appointment)}."


def can_take_back(appointment: Appointment, last: AppointmentMove | None) -> tuple[bool, bool]:
    """(whether the last move can be taken back, whether this person made it)."""
    if last is None:
        return False, False
    mine = _mine(last)
    return bool(last.from_status) or (mine and appointment.status in guards.WAITING), mine


def _mine(move: AppointmentMove) -> bool:
    return move.user_id is not None and move.user_id == audit.actor().user_id
