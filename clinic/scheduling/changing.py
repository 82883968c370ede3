"""Changing what a booked visit is for: its type and length, room, reason and who pays, in its place (A1, A4, A5, F1)."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from clinic import clock, formats, queue
from clinic.models import Appointment, AppointmentMove, PatientCase, Room, VisitType
from clinic.patients.cases import KINDS
from clinic.scheduling import capacity, freed, guards, places
from clinic.scheduling.errors import Caution, IllegalMove, NeedsConfirmation, SchedulingError
from clinic.scheduling.history import WORDS, note_move, record

_MINUTE = timedelta(minutes=1)


def change(
    session: Session,
    appointment: Appointment,
    version: int,
    *,
    visit_type: VisitType,
    minutes: int | None = None,
    room: Room | None = None,
    keep_room: bool = False,
    reason: str = "",
    case: PatientCase | None = None,
    self_pay: bool = False,
    accepted: Collection[str] = (),
    overbook_reason: str = "",
    closed_reason: str = "",
) -> Appointment:
    """Give a visit another type, length, room, reason or payer; day, time and provider stay.

    `minutes` None is the usual length of a new type, else what it has. `keep_room` keeps the room, but for one that a
    new type or length asks for. The insurer of `case` answers for the visit (C9), with `self_pay` no plan does (F1).
    Only cautions that the change brings are asked about. Raises AppointmentChanged when it is no longer of `version`,
    IllegalMove for a visit that is over or signed, NeedsConfirmation and SchedulingConflict as `book` does; on those
    nothing has changed. What it is already (a second click) changes nothing.
    """
    if case is not None and case.patient_id != appointment.patient_id:
        raise SchedulingError("That case is another patient's.")
    guards.reread(session, appointment)
    kind = appointment.visit_type
    after: dict[str, Any] = {
        "visit_type_id": visit_type.id,
        "ends_at": _ends_at(appointment, visit_type, minutes),
        "room_id": appointment.room_id if keep_room else room.id if room else None,
        "reason": _reason(appointment, visit_type, reason),
        "case_id": case.id if case else None,
        "self_pay": self_pay and case is None,
    }
    before = {name: getattr(appointment, name) for name in after}
    if after == before:
        return appointment
    guards.refuse_old(session, appointment, version)
    why = cannot_change(session, appointment)
    if why:
        raise IllegalMove(why)
    was = _as_it_was(appointment)
    told = _told(session, appointment)
    after |= _closed(session, appointment, visit_type, after, accepted, closed_reason)
    if overbook_reason.strip():
        after |= {"overbooked": True, "overbook_reason": overbook_reason.strip()}
    if any(after[name] != before[name] for name in ("visit_type_id", "ends_at", "room_id")):
        after |= _held(appointment, visit_type, after)
        other = after["visit_type_id"] != before["visit_type_id"] or after["ends_at"] != before["ends_at"]
        guards.put(session, appointment, after, choose=after["room_id"] is None or (keep_room and other))
    else:
        _set(appointment, after)
    session.expire(appointment, ["visit_type"])
    line = _write(session, appointment, was, told)
    if appointment.visit_type.service_type != kind.service_type or _payer(appointment) != _payer(line):
        _ask(session, appointment)
    return appointment


def cannot_change(session: Session, appointment: Appointment) -> str:
    """Why a visit is changed no more; "" for one that is to come, takes place, or is over with its charges open."""
    if not appointment.changeable:
        word = WORDS.get(appointment.status, appointment.status).lower()
        return f"This visit stands as {word}: what it was for is changed no more."
    try:
        guards.refuse_signed(session, appointment)
    except IllegalMove as signed:
        return f"{signed} What it was for is corrected with its charges."
    return ""


def put_back(session: Session, appointment: Appointment, line: AppointmentMove) -> Appointment:
    """Take back a change: what stood before `line`. Raises SchedulingConflict when its old place was given away."""
    guards.refuse_signed(session, appointment)
    was, told = _as_it_was(appointment), _told(session, appointment)
    kind = session.get_one(VisitType, line.from_visit_type_id)
    ends_at = line.from_ends_at or appointment.ends_at
    service_type = appointment.visit_type.service_type
    after: dict[str, Any] = {
        "visit_type_id": kind.id,
        "ends_at": ends_at,
        "room_id": line.from_room_id,
        "device_id": line.from_device_id,
        "overbooked": bool(line.from_overbook_reason),
        "overbook_reason": line.from_overbook_reason,
        "closed_reason": line.from_closed_reason,
        "reason": line.from_reason or "",
        "case_id": line.from_case_id,
        "self_pay": line.from_self_pay,
        **capacity.busy(kind, appointment.starts_at, ends_at),
    }
    guards.put(session, appointment, after)
    session.expire(appointment, ["visit_type"])
    undo = _write(session, appointment, was, told, undoes=line)
    if kind.service_type != service_type or _payer(appointment) != _payer(undo):
        _ask(session, appointment)
    return appointment


def paid_by(session: Session, case_id: int | None, self_pay: bool) -> str:
    """Who pays for a visit, in words."""
    if self_pay:
        return "the patient, plan not used"
    if case_id is None:
        return "the patient's plan"
    case = session.get_one(PatientCase, case_id)
    return f"{KINDS[case.kind].lower()} of {formats.mdy(case.injured_on)}"


def _ends_at(appointment: Appointment, visit_type: VisitType, minutes: int | None) -> datetime:
    if minutes is None and visit_type.id == appointment.visit_type_id:
        return appointment.ends_at
    return places.end_of(appointment.starts_at, minutes or visit_type.minutes)


def _reason(appointment: Appointment, visit_type: VisitType, reason: str) -> str:
    """A visit that only said its type says the new one."""
    text = reason.strip()
    if not text or (text == appointment.reason == appointment.visit_type.name):
        return visit_type.name
    return text


def _closed(
    session: Session,
    appointment: Appointment,
    visit_type: VisitType,
    after: dict[str, Any],
    accepted: Collection[str],
    closed_reason: str,
) -> dict[str, Any]:
    """Why the visit stands at a closed time now; raises NeedsConfirmation for what the change brings and nobody accepted."""
    names = ("visit_type_id", "ends_at", "case_id", "self_pay")
    if all(after[name] == getattr(appointment, name) for name in names):
        return {}

    def said(kind: VisitType, values: dict[str, Any]) -> list[Caution]:
        return places.cautions(
            session,
            patient_id=appointment.patient_id,
            provider_id=appointment.provider_id,
            starts_at=appointment.starts_at,
            ends_at=values["ends_at"],
            appointment_id=appointment.id,
            visit_type=kind,
            by_plan=values["case_id"] is None and not values["self_pay"],
        )

    known = said(appointment.visit_type, {name: getattr(appointment, name) for name in names})
    now = said(visit_type, after)
    found = [each for each in now if each not in known]
    if after["self_pay"] and not appointment.self_pay:
        day = clock.local(appointment.starts_at).date()
        found += places.against_paying(session, appointment.patient_id, day)
    closed = any(each.needs_reason for each in found)
    if (closed and not closed_reason.strip()) or any(each.code not in accepted for each in found):
        raise NeedsConfirmation(found)
    if not any(each.needs_reason for each in now):
        return {"closed_reason": ""}
    return {"closed_reason": closed_reason.strip()} if closed else {}


def _held(appointment: Appointment, visit_type: VisitType, after: dict[str, Any]) -> dict[str, Any]:
    """The provider's part and the device of the type (A5); a device of another kind is let go."""
    device = appointment.visit_type.device_kind == visit_type.device_kind
    return {
        "device_id": appointment.device_id if device else None,
        **capacity.busy(visit_type, appointment.starts_at, after["ends_at"]),
    }


def _set(appointment: Appointment, after: dict[str, Any]) -> None:
    for name, value in after.items():
        setattr(appointment, name, value)


def _as_it_was(appointment: Appointment) -> dict[str, Any]:
    """The columns of a line of history that hold what the visit is now."""
    return {
        "from_visit_type_id": appointment.visit_type_id,
        "from_ends_at": appointment.ends_at,
        "from_room_id": appointment.room_id,
        "from_device_id": appointment.device_id,
        "from_overbook_reason": appointment.overbook_reason,
        "from_closed_reason": appointment.closed_reason,
        "from_reason": appointment.reason,
        "from_case_id": appointment.case_id,
        "from_self_pay": appointment.self_pay,
    }


def _told(session: Session, appointment: Appointment) -> dict[str, str]:
    """What a change may touch, in the words of the history."""
    length = (appointment.ends_at - appointment.starts_at) // _MINUTE
    return {
        "Visit type": appointment.visit_type.name,
        "Minutes": str(length),
        "Room": appointment.room.name if appointment.room else "none",
        "Device": appointment.device.name if appointment.device else "none",
        "Paid by": paid_by(session, appointment.case_id, appointment.self_pay),
        "Reason": appointment.reason,
    }


def _write(
    session: Session,
    appointment: Appointment,
    was: dict[str, Any],
    told: dict[str, str],
    undoes: AppointmentMove | None = None,
) -> AppointmentMove:
    """The line of history and of the trail; a shorter visit frees a place."""
    session.flush()
    session.expire(appointment, ["room", "device"])
    now = _told(session, appointment)
    changed = {name: [before, now[name]] for name, before in told.items() if before != now[name]}
    words = ". ".join(f"{name}: {before}, now {after}" for name, (before, after) in changed.items())
    undoes_id = undoes.id if undoes else None
    note = "Undo" if undoes else f"{words}." if words else ""
    line = note_move(session, appointment, appointment.status, note, undoes_id=undoes_id, **was)
    session.flush()
    if line.from_ends_at is not None and appointment.ends_at < line.from_ends_at:
        freed.tell(session, appointment, line)
    trail: dict[str, list[object]] = {name.lower(): list(pair) for name, pair in changed.items()}
    record(session, "undo" if undoes else "change", appointment, trail)
    return line


def _payer(row: Appointment | AppointmentMove) -> tuple[int | None, bool]:
    if isinstance(row, Appointment):
        return row.case_id, row.self_pay
    return row.from_case_id, row.from_self_pay


def _ask(session: Session, appointment: Appointment) -> None:
    """Another kind of service, or a plan that is used after all, is another question to the payer (E1)."""
    if not appointment.self_pay:
        queue.add(session, "jobs.eligibility.at_booking", appointment.id)
