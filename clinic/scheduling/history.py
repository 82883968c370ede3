"""Who did what to an appointment, and the words for it (A1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, aliased

from clinic import audit, clock, formats
from clinic.models import Appointment, AppointmentMove, RenderingProvider, User

WORDS = {
    "requested": "Requested",
    "booked": "Scheduled",
    "reminded": "Reminded",
    "confirmed": "Confirmed",
    "arrived": "Arrived",
    "checked_in": "Checked in",
    "roomed": "In room",
    "with_provider": "With provider",
    "checked_out": "Checked out",
    "closed": "Closed",
    "cancelled_patient": "Cancelled",
    "late_cancel": "Cancelled late",
    "cancelled_clinic": "Cancelled by clinic",
    "no_show": "No-show",
    "left_without_being_seen": "Left unseen",
    "rescheduled": "Rescheduled",
}


@dataclass(frozen=True)
class Happened:
    """One line of an appointment's history: what, when, by whom, and the reason."""

    what: str
    at: datetime
    by: str
    note: str
    undoes: bool


def when(instant: datetime) -> str:
    """`10:41 AM` today, `03/09/2026 10:41 AM` on another day."""
    text = formats.wall(instant)
    if clock.local(instant).date() != clock.today():
        text = f"{formats.mdy(instant)} {text}"
    return text


def place(appointment: Appointment) -> str:
    """`Tuesday 03/10/2026, 10:30 AM with Helen Adams, MD`."""
    local = clock.local(appointment.starts_at)
    return (
        f"{local:%A} {formats.mdy(local.date())}, {formats.wall(appointment.starts_at)} "
        f"with {appointment.provider.name}"
    )


def note_move(
    session: Session, appointment: Appointment, from_status: str, note: str = "", **where: object
) -> AppointmentMove:
    """Write one line of history; `where` holds the `from_…` columns of a change of place."""
    now = clock.now()
    actor = audit.actor()
    if from_status:
        appointment.changed_at, appointment.changed_by = now, actor.user_id
    move = AppointmentMove(
        appointment_id=appointment.id,
        at=now,
        user_id=actor.user_id,
        from_status=from_status,
        to_status=appointment.status,
        note=note,
        **where,
    )
    session.add(move)
    return move


def record(session: Session, action: str, appointment: Appointment, changes: dict[str, list[object]]) -> None:
    audit.record_row(
        session, f"appointment.{action}", appointment, appointment.patient_id, "schedule", changes
    )


def last_move(session: Session, appointment: Appointment) -> AppointmentMove | None:
    """The newest move of somebody that still stands: neither an undo nor undone, nor that a reminder went out."""
    undo = aliased(AppointmentMove)
    return session.scalar(
        select(AppointmentMove)
        .outerjoin(undo, undo.undoes_id == AppointmentMove.id)
        .where(
            AppointmentMove.appointment_id == appointment.id,
            AppointmentMove.undoes_id.is_(None),
            AppointmentMove.to_status != "reminded",
            undo.id.is_(None),
        )
        .order_by(AppointmentMove.id.desc())
        .limit(1)
    )


def history(session: Session, appointment: Appointment) -> Sequence[Happened]:
    """Everything that happened to an appointment, newest first, in one query."""
    provider = aliased(RenderingProvider)
    rows = session.execute(
        select(AppointmentMove, User.name, provider)
        .outerjoin(User, User.id == AppointmentMove.user_id)
        .outerjoin(provider, provider.id == AppointmentMove.from_provider_id)
        .where(AppointmentMove.appointment_id == appointment.id)
        .order_by(AppointmentMove.id.desc())
    )
    return [
        Happened(_words(move, was), move.at, by or "system", move.note, move.undoes_id is not None)
        for move, by, was in rows
    ]


def _words(move: AppointmentMove, was: RenderingProvider | None) -> str:
    if move.from_starts_at is not None:
        start = clock.local(move.from_starts_at)
        text = f"Moved from {start:%a} {formats.mdy(start.date())}, {formats.wall(move.from_starts_at)}"
        return f"{text} with {was.name}" if was else text
    if not move.from_status:
        return "Booked"
    if move.from_visit_type_id is not None:
        return "Change taken back" if move.undoes_id else "Changed"
    if move.from_note is not None:
        return "Note taken back" if move.undoes_id else "Note changed" if move.note else "Note removed"
    if move.undoes_id is not None:
        return f"{WORDS[move.from_status]} taken back"
    return WORDS[move.to_status]


def already(session: Session, appointment: Appointment) -> str:
    """For who asks for what was done: "CHEN, Bo is already in Room 2 since 9:42 AM, by Rosa Delgado."."""
    row = session.execute(
        select(AppointmentMove.at, User.name)
        .outerjoin(User, User.id == AppointmentMove.user_id)
        .where(
            AppointmentMove.appointment_id == appointment.id,
            AppointmentMove.to_status == appointment.status,
            AppointmentMove.from_note.is_(None),
            AppointmentMove.from_visit_type_id.is_(None),
        )
        .order_by(AppointmentMove.id.desc())
        .limit(1)
    ).first()
    told = f" since {when(row.at)}, by {row.name or 'the system'}" if row else ""
    return f"{appointment.patient.name} is already {_now(appointment)}{told}."


def _now(appointment: Appointment) -> str:
    match appointment.status:
        case "roomed":
            return f"in {appointment.roomed_in.name}" if appointment.roomed_in else "in a room"
        case "with_provider":
            return f"with {appointment.provider.name}"
        case "no_show":
            return "marked as a no-show"
        case "left_without_being_seen":
            return "marked as gone without being seen"
        case status:
            return WORDS[status].lower()


def note_changed_sentence(session: Session, appointment: Appointment) -> str:
    """For the slower of two who write a note: "Rosa Delgado changed the note at 10:41 AM. It is now: …"."""
    row = session.execute(
        select(AppointmentMove.at, User.name)
        .outerjoin(User, User.id == AppointmentMove.user_id)
        .where(AppointmentMove.appointment_id == appointment.id, AppointmentMove.from_note.is_not(None))
        .order_by(AppointmentMove.id.desc())
        .limit(1)
    ).first()
    who = f"{row.name or 'The system'} changed the note at {when(row.at)}" if row else "The note was changed"
    now = f"It is now: {appointment.note}" if appointment.note else "There is none now."
    return f"{who}. {now}"


def changed_sentence(session: Session, appointment: Appointment) -> str:
    """For the slower of two: "CHEN, Bo was moved by Rosa Delgado at 10:41 AM to …"."""
    name = appointment.patient.name
    row = session.execute(
        select(AppointmentMove, User.name)
        .outerjoin(User, User.id == AppointmentMove.user_id)
        .where(AppointmentMove.appointment_id == appointment.id)
        .order_by(AppointmentMove.id.desc())
        .limit(1)
    ).first()
    if row is None:
        return f"The visit of {name} was changed since you opened it. Look at it again."
    move, by = row
    who = f"by {by or 'the system'} at {when(move.at)}"
    if move.from_starts_at is not None:
        return f"{name} was moved {who} to {place(appointment)}."
    if move.from_visit_type_id is not None:
        return f"The visit of {name} was changed {who}{': ' + move.note if move.undoes_id is None else '.'}"
    if move.from_note is not None:
        return f"The note of {name}'s visit was changed {who}."
    return f"{name} was set to {WORDS[appointment.status].lower()} {who}."
