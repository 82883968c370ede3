"""What the staff notes of a visit: short, theirs alone, each change with who and when (A1).

It stands on their screens and papers. No message, link, calendar feed or claim has it: they tell as little as they can.
"""

from sqlalchemy.orm import Session

from clinic.models import Appointment, AppointmentMove
from clinic.scheduling import guards
from clinic.scheduling.errors import AppointmentChanged, SchedulingError
from clinic.scheduling.history import note_changed_sentence, note_move, record

LONGEST = 500
"""Characters of a note."""


def write(session: Session, appointment: Appointment, before: str, text: str) -> Appointment:
    """Give a visit the note `text`, "" for none; the same text again (a second click) changes nothing.

    `before` is the note that the person read: steps of the visit are not in its way, another note is. Raises
    AppointmentChanged for one, SchedulingError for a text that is longer than LONGEST.
    """
    text = text.strip()
    if len(text) > LONGEST:
        raise SchedulingError(f"Keep the note under {LONGEST} characters.")
    guards.reread(session, appointment)
    if appointment.note == text:
        return appointment
    if appointment.note != before.strip():
        raise AppointmentChanged(note_changed_sentence(session, appointment))
    return _put(session, appointment, text, text)


def put_back(session: Session, appointment: Appointment, line: AppointmentMove) -> Appointment:
    """Take back a change of the note: the text that stood before `line`."""
    return _put(session, appointment, line.from_note or "", "Undo", line)


def _put(
    session: Session, appointment: Appointment, text: str, told: str, undoes: AppointmentMove | None = None
) -> Appointment:
    before, appointment.note = appointment.note, text
    undoes_id = undoes.id if undoes else None
    note_move(session, appointment, appointment.status, told, from_note=before, undoes_id=undoes_id)
    session.flush()
    record(session, "note", appointment, {"note": [before, text]})
    return appointment
