"""What a person must do because the system could not: asked once for each cause, done or opened again by name."""

from datetime import date

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock
from clinic.db import ClinicError, new_public_id
from clinic.models import Appointment, Task

KINDS = {
    "online": "Booked online",
    "undeliverable": "Message not delivered",
    "reply": "Text message to read",
    "move": "Wants another time",
    "late_cancel": "Wants to cancel late",
    "opt_out": "Opted out",
    "authorization": "Authorization decided",
    "other_payer": "Another payer found",
    "merge": "Maybe one person twice",
    "wait_list": "Place for the wait list",
}
SHOWN = 200


class TaskChanged(ClinicError):
    """Somebody else was faster with this task."""


def add(
    session: Session,
    kind: str,
    sentence: str,
    *,
    key: str,
    patient_id: int | None = None,
    appointment_id: int | None = None,
    subject: str = "",
    role: str = "front_desk",
    due_on: date | None = None,
) -> Task:
    """Ask for something to be done; the same `key` asks once, two at the same instant too.

    `sentence` says what to do and names nobody; `due_on` is the clinic's today unless said.
    """
    row = {
        "public_id": new_public_id(),
        "key": key,
        "kind": kind,
        "sentence": sentence,
        "subject": subject,
        "patient_id": patient_id,
        "appointment_id": appointment_id,
        "role": role,
        "due_on": due_on or clock.today(),
        "state": "open",
        "note": "",
        "created_at": clock.now(),
        "version": 1,
    }
    made = session.scalar(
        insert(Task).values(row).on_conflict_do_nothing(index_elements=["key"]).returning(Task.id)
    )
    task = session.scalars(select(Task).where(Task.key == key)).one()
    if made is not None:
        audit.record(
            session,
            "task.add",
            patients=[patient_id] if patient_id else [],
            subject=f"task:{task.public_id}",
            category="task",
            changes={"kind": kind},
        )
    return task


def listed(session: Session, *, state: str = "open", role: str = "", kind: str = "") -> list[Task]:
    """The tasks of a list, the most urgent first; what is done, newest first."""
    query = select(Task).where(Task.state == state).options(joinedload(Task.patient)).limit(SHOWN)
    if role:
        query = query.where(Task.role == role)
    if kind:
        query = query.where(Task.kind == kind)
    order = (Task.due_on, Task.id) if state == "open" else (Task.done_at.desc(), Task.id.desc())
    return list(session.scalars(query.order_by(*order)))


def count_open(session: Session, role: str = "") -> int:
    """How many are waiting."""
    query = select(func.count()).select_from(Task).where(Task.state == "open")
    return session.scalar(query.where(Task.role == role) if role else query) or 0


def done(session: Session, task: Task, version: int, note: str) -> Task:
    """Close a task with what came of it; a second click changes nothing, an old version raises TaskChanged."""
    _lock(session, task)
    if task.state == "done" and task.note == note.strip():
        return task
    _move(session, task, version, "done")
    task.note, task.done_at, task.done_by = note.strip(), clock.now(), audit.actor().user_id
    session.flush()
    return task


def end(session: Session, note: str, *keys: str) -> None:
    """What these asked for is needed no more: those of them that are open are done, with `note`."""
    query = select(Task).where(Task.key.in_(keys), Task.state == "open").order_by(Task.id)
    for task in session.scalars(query).all():
        done(session, task, task.version, note)


def wish_of(appointment: Appointment, wish: str) -> str:
    """The key of what a patient wants for a visit (`move`, `late-cancel`): asked once for each time that it has had."""
    return f"{wish}-{appointment.id}-{appointment.starts_at:%Y%m%d%H%M}"


def reopen(session: Session, task: Task, version: int) -> Task:
    """Put a task back on the list; a second click changes nothing."""
    _lock(session, task)
    if task.state == "open":
        return task
    _move(session, task, version, "open")
    task.done_at, task.done_by = None, None
    session.flush()
    return task


def _lock(session: Session, task: Task) -> None:
    session.scalars(
        select(Task)
        .where(Task.id == task.id)
        .with_for_update(of=Task)
        .execution_options(populate_existing=True)
    ).one()


def _move(session: Session, task: Task, version: int, to: str) -> None:
    if task.version != version:
        raise TaskChanged("Somebody changed this task since you opened it. Look at it again.")
    audit.record(
        session,
        f"task.{'done' if to == 'done' else 'reopen'}",
        patients=[task.patient_id] if task.patient_id else [],
        subject=f"task:{task.public_id}",
        category="task",
        changes={"state": [task.state, to]},
    )
    task.state = to
