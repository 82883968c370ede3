"""Booking, moving and cancelling visits; the database refuses the double booking (A1, A2, A4, A8)."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from clinic import audit, clock, formats, queue, tasks
from clinic.models import Appointment, Patient, PatientCase, RenderingProvider, Room, VisitType
from clinic.scheduling import capacity, freed, guards, missed, places
from clinic.scheduling.errors import (
    IllegalMove,
    NeedsConfirmation,
    SchedulingConflict,
    SchedulingError,
)
from clinic.scheduling.history import note_move, record


def book(
    session: Session,
    patient: Patient,
    provider: RenderingProvider,
    visit_type: VisitType,
    starts_at: datetime,
    *,
    minutes: int | None = None,
    room: Room | None = None,
    reason: str = "",
    case: PatientCase | None = None,
    self_pay: bool = False,
    accepted: Collection[str] = (),
    overbook_reason: str = "",
    closed_reason: str = "",
) -> Appointment:
    """Book a visit; `minutes` None takes the visit type's length.

    Without `room` a free one of the kind that the visit type needs is taken, and always a device (A5): all of it,
    or nothing. Raises NeedsConfirmation for warnings whose codes are not in `accepted`, SchedulingConflict when the
    provider, the room or the device is taken (A4). An `overbook_reason` books beside the holder, and closed time is
    booked with a `closed_reason` alone; the caller has checked the permission.
    The insurer of `case` answers for it (C9), with `self_pay` no plan does (F1). The same visit again (a second click) is the first one.
    """
    if case is not None and case.patient_id != patient.id:
        raise SchedulingError("That case is another patient's.")
    ends_at = places.end_of(starts_at, minutes or visit_type.minutes)
    appointment = Appointment(
        patient_id=patient.id,
        provider_id=provider.id,
        room_id=room.id if room else None,
        visit_type_id=visit_type.id,
        starts_at=starts_at,
        ends_at=ends_at,
        case_id=case.id if case else None,
        self_pay=self_pay,
        reason=reason.strip() or visit_type.name,
        status="booked",
        overbooked=bool(overbook_reason.strip()),
        overbook_reason=overbook_reason.strip(),
        **capacity.busy(visit_type, starts_at, ends_at),
        booked_by=audit.actor().user_id,
        booked_at=clock.now(),
    )
    twin = _twin(session, appointment)
    if twin is not None:
        return twin
    appointment.closed_reason = _warn(session, appointment, visit_type, accepted, closed_reason)
    try:
        places.take(session, appointment, lambda: session.add(appointment), choose=room is None)
    except SchedulingConflict:
        # The other click of a double click may have won while this one waited for the place.
        twin = _twin(session, appointment)
        if twin is None:
            raise
        return twin
    if not self_pay:
        queue.add(session, "jobs.eligibility.at_booking", appointment.id)
    move = note_move(session, appointment, "", appointment.overbook_reason or appointment.closed_reason)
    record(
        session,
        "book",
        appointment,
        {
            "place": [None, _where(appointment)],
            "at": [None, move.at],
            **({"overbooked": [None, appointment.overbook_reason]} if appointment.overbooked else {}),
            **({"closed time": [None, appointment.closed_reason]} if appointment.closed_reason else {}),
            **({"paid by": [None, "the patient"]} if self_pay else {}),
        },
    )
    return appointment


def move(
    session: Session,
    appointment: Appointment,
    version: int,
    *,
    starts_at: datetime,
    provider: RenderingProvider | None = None,
    room: Room | None = None,
    minutes: int | None = None,
    reason: str = "",
    accepted: Collection[str] = (),
    overbook_reason: str = "",
    closed_reason: str = "",
) -> Appointment:
    """Give a visit another time, provider, room or length; None keeps what it has.

    Raises AppointmentChanged when it is no longer of `version`, IllegalMove for a visit that has begun,
    NeedsConfirmation and SchedulingConflict as `book` does; on those nothing has changed.
    """
    guards.lock(session, appointment, version)
    if appointment.status not in guards.WAITING:
        raise IllegalMove("A visit that has begun or ended stays where it was.")
    length = (appointment.ends_at - appointment.starts_at) // timedelta(minutes=1)
    ends_at = places.end_of(starts_at, minutes or length)
    before = {
        "from_starts_at": appointment.starts_at,
        "from_ends_at": appointment.ends_at,
        "from_provider_id": appointment.provider_id,
        "from_room_id": appointment.room_id,
        "from_device_id": appointment.device_id,
    }
    reasons = {
        "from_overbook_reason": appointment.overbook_reason,
        "from_closed_reason": appointment.closed_reason,
    }
    after = {
        "starts_at": starts_at,
        "ends_at": ends_at,
        "provider_id": provider.id if provider else appointment.provider_id,
        "room_id": room.id if room else appointment.room_id,
        "device_id": appointment.device_id,
    }
    if list(before.values()) == list(after.values()):
        return appointment
    kind = appointment.visit_type
    after |= {"closed_reason": _warn(session, appointment, kind, accepted, closed_reason, after)}
    after |= capacity.busy(kind, starts_at, ends_at)
    was, status = _where(appointment), appointment.status
    wish = tasks.wish_of(appointment, "move")
    # Where it was overbooked it had a reason; in the new place it needs one of its own.
    after |= {"overbooked": bool(overbook_reason.strip()), "overbook_reason": overbook_reason.strip()}
    # The patient agreed to the old time, not to this one.
    if starts_at != appointment.starts_at and status in ("confirmed", "reminded"):
        after |= {"status": "booked", "confirmed_at": None}
    guards.put(session, appointment, after, choose=room is None)
    if clock.local(starts_at).date() != clock.local(before["from_starts_at"]).date():
        # Another day is another question to the payer, where the last answer is not fresh for it (E1, E7).
        queue.add(session, "jobs.eligibility.at_booking", appointment.id)
    why = reason.strip() or overbook_reason.strip() or appointment.closed_reason
    line = note_move(session, appointment, status, why, **before, **reasons)
    session.flush()
    freed.tell(session, appointment, line)
    tasks.end(session, "The visit has another time.", wish)
    record(session, "move", appointment, {"place": [was, _where(appointment)]})
    return appointment


def cancel(
    session: Session, appointment: Appointment, version: int, *, reason: str, by: str = "patient"
) -> Appointment:
    """Cancel with a reason, `by` "patient" or "clinic"; a patient's cancel inside the visit type's hours is late (A2).

    The same person's second click finds it done and changes nothing.
    """
    if not reason.strip():
        raise SchedulingError("Say why the visit is cancelled.")
    if by not in ("patient", "clinic"):
        raise SchedulingError("Say who cancels: the patient or the clinic.")
    guards.reread(session, appointment)
    if _cancelled_so(appointment, version, reason, by):
        return appointment
    guards.refuse_old(session, appointment, version)
    if appointment.status not in guards.WAITING:
        raise IllegalMove("Only a visit that has not begun can be cancelled.")
    guards.refuse_signed(session, appointment)
    status = appointment.status
    late = appointment.starts_at - clock.now() < timedelta(hours=appointment.visit_type.late_cancel_hours)
    appointment.status = (
        "cancelled_clinic" if by == "clinic" else "late_cancel" if late else "cancelled_patient"
    )
    appointment.cancel_reason = reason.strip()
    line = note_move(session, appointment, status, appointment.cancel_reason)
    session.flush()
    freed.tell(session, appointment, line)
    record(session, "cancel", appointment, {"status": [status, appointment.status]})
    if appointment.status == "late_cancel":
        missed.consider(session, appointment)
    return appointment


def _cancelled_so(appointment: Appointment, version: int, reason: str, by: str) -> bool:
    """Whether the one change since `version` is this very cancel, by the person who asks for it again."""
    cancelled = {"cancelled_clinic"} if by == "clinic" else {"cancelled_patient", "late_cancel"}
    asked = (version + 1, audit.actor().user_id, reason.strip())
    done = (appointment.version, appointment.changed_by, appointment.cancel_reason)
    return appointment.status in cancelled and done == asked


def _warn(
    session: Session,
    appointment: Appointment,
    visit_type: VisitType,
    accepted: Collection[str],
    closed_reason: str,
    after: dict[str, object] | None = None,
) -> str:
    """Raise NeedsConfirmation for what was not accepted; answers why it stands at a closed time, "" at another."""
    where = {name: getattr(appointment, name) for name in ("provider_id", "starts_at", "ends_at")}
    where |= {name: value for name, value in (after or {}).items() if name in where}
    found = places.cautions(
        session,
        patient_id=appointment.patient_id,
        appointment_id=appointment.id,
        visit_type=visit_type,
        by_plan=appointment.case_id is None and not appointment.self_pay,
        **where,
    )
    if appointment.self_pay and after is None:
        found += places.against_paying(
            session, appointment.patient_id, clock.local(appointment.starts_at).date()
        )
    closed = any(caution.needs_reason for caution in found)
    why = closed_reason.strip() if closed else ""
    if (closed and not why) or any(caution.code not in accepted for caution in found):
        raise NeedsConfirmation(found)
    return why


_TWIN = select(Appointment.id).where(
    Appointment.patient_id == bindparam("patient"),
    Appointment.provider_id == bindparam("provider"),
    Appointment.starts_at == bindparam("begins"),
    Appointment.ends_at == bindparam("ends"),
    Appointment.status == "booked",
)


def _twin(session: Session, appointment: Appointment) -> Appointment | None:
    """The same visit, already booked: same patient, provider, beginning and end."""
    found = session.connection().scalar(
        _TWIN,
        {
            "patient": appointment.patient_id,
            "provider": appointment.provider_id,
            "begins": appointment.starts_at,
            "ends": appointment.ends_at,
        },
    )
    return session.get(Appointment, found) if found else None


def _where(appointment: Appointment) -> str:
    """A place for the audit trail, by our own ids."""
    start = clock.local(appointment.starts_at)
    text = f"{formats.mdy(start.date())} {start:%H:%M} provider {appointment.provider_id}"
    return f"{text} room {appointment.room_id}" if appointment.room_id else text
