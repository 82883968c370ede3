"""The steps of a visit from booked to closed: legal ones only, each with who and when, each to be undone (A1)."""

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from clinic import clock, queue
from clinic.models import Appointment, AppointmentMove, Room
from clinic.models.scheduling import ENDED
from clinic.scheduling import capacity, changing, freed, guards, missed, notes, seats
from clinic.scheduling.errors import AppointmentChanged, IllegalMove
from clinic.scheduling.history import WORDS, already, last_move, note_move, record

# Which statuses may follow which; everything else is refused.
LEGAL: dict[str, frozenset[str]] = {
    "requested": frozenset({"booked", "cancelled_patient", "cancelled_clinic", "late_cancel"}),
    "booked": frozenset(
        {
            "reminded",
            "confirmed",
            "arrived",
            "no_show",
            "cancelled_patient",
            "cancelled_clinic",
            "late_cancel",
        }
    ),
    "reminded": frozenset(
        {"confirmed", "arrived", "no_show", "cancelled_patient", "cancelled_clinic", "late_cancel"}
    ),
    "confirmed": frozenset({"arrived", "no_show", "cancelled_patient", "cancelled_clinic", "late_cancel"}),
    "arrived": frozenset({"checked_in", "left_without_being_seen"}),
    "checked_in": frozenset({"roomed", "left_without_being_seen"}),
    "roomed": frozenset({"with_provider", "checked_out", "left_without_being_seen"}),
    "with_provider": frozenset({"checked_out"}),
    "checked_out": frozenset({"closed"}),
}
# Statuses of a patient who has come: none of them for a visit of a later day.
HERE = frozenset({"arrived", "checked_in"})
STAMPS = {
    "confirmed": "confirmed_at",
    "arrived": "arrived_at",
    "checked_in": "checked_in_at",
    "roomed": "roomed_at",
    "with_provider": "seen_at",
    "checked_out": "out_at",
}


def note_reminded(session: Session, appointment_id: int) -> bool:
    """The patient was reminded: a booked visit says so (A1, A11); answers whether this one did.

    Nobody at a desk did this, so the version stays: a page that was open before still saves.
    """
    table = Appointment.__table__
    told = session.connection().execute(
        update(table)
        .where(table.c.id == appointment_id, table.c.status == "booked")
        .values(status="reminded")
    )
    if not told.rowcount:
        return False
    session.add(
        AppointmentMove(
            appointment_id=appointment_id, at=clock.now(), from_status="booked", to_status="reminded"
        )
    )
    return True


def confirm(session: Session, appointment: Appointment, version: int) -> Appointment:
    """The patient says: I will come."""
    return step(session, appointment, version, "confirmed")


def arrive(session: Session, appointment: Appointment, version: int) -> Appointment:
    """The patient is at the desk; waiting begins to count. Raises IllegalMove for a visit of a later day."""
    return step(session, appointment, version, "arrived")


def check_in(session: Session, appointment: Appointment, version: int) -> Appointment:
    """Check-in is done; a patient who had not been marked as arrived has arrived now. A second one changes nothing."""
    guards.reread(session, appointment)
    if appointment.status == "checked_in":
        return appointment
    guards.refuse_old(session, appointment, version)
    if appointment.status in guards.WAITING:
        _to(session, appointment, "arrived")
    return _to(session, appointment, "checked_in")


def room(session: Session, appointment: Appointment, version: int, place: Room | None = None) -> Appointment:
    """The patient sits in the room `place`, else in the one that the schedule keeps for the visit, if it is free.

    One who is in a room already and shall sit in another one changes rooms. Raises SchedulingConflict when somebody
    sits in `place`, AppointmentChanged when another desk was faster with another room.
    """
    guards.reread(session, appointment)
    if appointment.status == "roomed" and (place is None or appointment.roomed_in_id == place.id):
        return appointment
    if appointment.version != version and appointment.status == "roomed":
        raise AppointmentChanged(already(session, appointment))
    guards.refuse_old(session, appointment, version)
    before = appointment.roomed_in_id
    if appointment.status not in seats.SITTING and not can_follow(appointment.status, "roomed"):
        return _to(session, appointment, "roomed")
    seats.sit(session, appointment, place)
    if appointment.status in seats.SITTING:
        return _change_room(session, appointment, before)
    note = appointment.roomed_in.name if appointment.roomed_in else ""
    return _to(session, appointment, "roomed", note, from_room_id=before)


def see(session: Session, appointment: Appointment, version: int) -> Appointment:
    """The provider is with the patient."""
    return step(session, appointment, version, "with_provider")


def check_out(session: Session, appointment: Appointment, version: int) -> Appointment:
    """The patient leaves after the visit."""
    return step(session, appointment, version, "checked_out")


def no_show(session: Session, appointment: Appointment, version: int, *, reason: str = "") -> Appointment:
    """The patient did not come; refused before the visit's time (A2). Its fee is charged, or not, at once (A3)."""
    if appointment.starts_at > clock.now():
        raise IllegalMove("The visit has not begun: it is no no-show yet. Cancel it instead.")
    return step(session, appointment, version, "no_show", reason)


def leave(session: Session, appointment: Appointment, version: int, *, reason: str = "") -> Appointment:
    """The patient left without being seen."""
    return step(session, appointment, version, "left_without_being_seen", reason)


def step(session: Session, appointment: Appointment, version: int, to: str, reason: str = "") -> Appointment:
    """Set the next status; raises IllegalMove when it does not follow, AppointmentChanged for an old version.

    The status it has already is no error: a second click changes nothing.
    """
    guards.reread(session, appointment)
    if appointment.status == to:
        return appointment
    guards.refuse_old(session, appointment, version)
    if to == "no_show":
        guards.refuse_signed(session, appointment)
    return _to(session, appointment, to, reason)


def undo(session: Session, appointment: Appointment, version: int, reason: str = "") -> Appointment:
    """Take back the last move that still stands: the status before it, or the place before it (A1).

    Who is back in a room finds it taken when another patient was brought there: then he is back without one.
    Raises IllegalMove when there is nothing to take back, SchedulingConflict when the old place was given away.
    """
    guards.lock(session, appointment, version)
    return undo_last(session, appointment, last_move(session, appointment), reason)


def undo_last(
    session: Session, appointment: Appointment, last: AppointmentMove | None, reason: str = ""
) -> Appointment:
    """Take back `last`, the newest move that stands, of a visit that is locked."""
    if last is None or not last.from_status:
        raise IllegalMove("There is nothing to take back; cancel the visit instead.")
    if last.from_note is not None:
        return notes.put_back(session, appointment, last)
    if last.from_visit_type_id is not None:
        return changing.put_back(session, appointment, last)
    guards.refuse_signed(session, appointment)
    status = appointment.status
    after: dict[str, object] = {"status": last.from_status}
    where: dict[str, object] = {}
    stamp = STAMPS.get(last.to_status)
    if stamp and last.to_status != last.from_status and last.from_starts_at is None:
        after[stamp] = None
    if last.from_starts_at is None and last.to_status == "roomed":
        after["roomed_in_id"] = last.from_room_id
    if last.from_status in seats.SITTING:
        after["roomed_in_id"] = seats.still_free(
            session, appointment, after.get("roomed_in_id", appointment.roomed_in_id)
        )
    if last.from_starts_at is not None:
        where = {
            "from_starts_at": appointment.starts_at,
            "from_ends_at": appointment.ends_at,
            "from_provider_id": appointment.provider_id,
            "from_room_id": appointment.room_id,
            "from_device_id": appointment.device_id,
            "from_overbook_reason": appointment.overbook_reason,
            "from_closed_reason": appointment.closed_reason,
        }
        after |= {
            "starts_at": last.from_starts_at,
            "ends_at": last.from_ends_at,
            "provider_id": last.from_provider_id,
            "room_id": last.from_room_id,
            "device_id": last.from_device_id,
            "overbooked": bool(last.from_overbook_reason),
            "overbook_reason": last.from_overbook_reason,
            "closed_reason": last.from_closed_reason,
            **capacity.busy(appointment.visit_type, last.from_starts_at, last.from_ends_at),
        }
    if last.to_status.startswith("cancelled") or last.to_status == "late_cancel":
        after["cancel_reason"] = ""
    if status in missed.CODES:
        missed.take_back(session, appointment)
    if where or status in ENDED:
        guards.put(session, appointment, after)
    else:  # it has its place all the time
        for name, value in after.items():
            setattr(appointment, name, value)
    session.expire(appointment, ["roomed_in"])
    line = note_move(session, appointment, status, reason.strip() or "Undo", undoes_id=last.id, **where)
    session.flush()
    freed.tell(session, appointment, line)
    record(session, "undo", appointment, {"status": [status, appointment.status]})
    return appointment


def can_follow(status: str, to: str) -> bool:
    """Whether A1 lets one status follow another."""
    return to in LEGAL.get(status, frozenset())


def _change_room(session: Session, appointment: Appointment, before: int | None) -> Appointment:
    note = appointment.roomed_in.name if appointment.roomed_in else ""
    note_move(session, appointment, appointment.status, note, from_room_id=before)
    session.flush()
    record(session, "room", appointment, {"room": [before, appointment.roomed_in_id]})
    return appointment


def _to(
    session: Session, appointment: Appointment, to: str, reason: str = "", **where: object
) -> Appointment:
    status = appointment.status
    if not can_follow(status, to):
        raise IllegalMove(
            f"The visit is {WORDS[status].lower()}; it cannot become {WORDS[to].lower()}. Undo the last step first."
        )
    early = guards.too_early(appointment) if to in HERE else ""
    if early:
        raise IllegalMove(early)
    now: datetime = clock.now()
    appointment.status = to
    if to in STAMPS:
        setattr(appointment, STAMPS[to], now)
    line = note_move(session, appointment, status, reason.strip(), **where)
    session.flush()
    freed.tell(session, appointment, line)
    record(session, to, appointment, {"status": [status, to]})
    if to == "no_show":
        missed.consider(session, appointment)
    if to == "checked_out":
        queue.add(session, "jobs.waiting.recall_after", appointment.id)
    return appointment
