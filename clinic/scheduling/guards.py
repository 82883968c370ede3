"""What every change of an appointment does first and last: lock it, compare versions, take its place."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, formats
from clinic.models import Appointment, Encounter
from clinic.models.scheduling import COMING
from clinic.scheduling import places
from clinic.scheduling.errors import AppointmentChanged, IllegalMove
from clinic.scheduling.history import changed_sentence

# A visit that has not begun: it may be moved and cancelled.
WAITING = frozenset(COMING)
_COLUMNS = Appointment.__table__.columns.keys()
_NAMED = {name: f"{name}_id" for name in ("patient", "provider", "room", "roomed_in", "device", "visit_type")}


def lock(session: Session, appointment: Appointment, version: int) -> Appointment:
    """Lock the row and refuse an old version: the sentence says who was faster, when, and what it is now."""
    reread(session, appointment)
    return refuse_old(session, appointment, version)


def refuse_old(session: Session, appointment: Appointment, version: int) -> Appointment:
    """Refuse an old version of a row that is locked and was read anew."""
    if appointment.version != version:
        raise AppointmentChanged(changed_sentence(session, appointment))
    return appointment


def reread(session: Session, appointment: Appointment) -> None:
    """Lock the row and read its own columns anew; who and what it names is read again where it names another by now."""
    before = {name: getattr(appointment, column) for name, column in _NAMED.items()}
    session.refresh(appointment, attribute_names=_COLUMNS, with_for_update={"of": Appointment})
    other = [name for name, column in _NAMED.items() if getattr(appointment, column) != before[name]]
    if other:
        session.expire(appointment, other)


def too_early(appointment: Appointment) -> str:
    """Why nobody can arrive for this visit yet: it is of a later clinic day (A1); "" for today's and older ones."""
    day = clock.local(appointment.starts_at).date()
    if day <= clock.today():
        return ""
    return f"This visit is on {formats.mdy(day)}: move it to today or wait."


def refuse_signed(session: Session, appointment: Appointment) -> None:
    """A visit whose charges are signed took place, whatever the schedule is told."""
    signed = session.scalar(
        select(Encounter.id).where(Encounter.appointment_id == appointment.id, Encounter.state == "signed")
    )
    if signed is not None:
        raise IllegalMove("The charges of this visit are signed: it took place.")


def put(
    session: Session, appointment: Appointment, after: Mapping[str, object], *, choose: bool = False
) -> None:
    """Give a visit its new columns at once, if the place is free; raises SchedulingConflict (A4).

    With `choose` the room and the device that it needs may become others.
    """

    def write() -> None:
        for name, value in after.items():
            setattr(appointment, name, value)

    places.take(session, appointment, write, choose=choose)
    session.expire(appointment, ["provider", "room", "device"])
