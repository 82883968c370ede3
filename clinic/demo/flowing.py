"""Put today's patients at the stations of the flow board, with waiting times as a busy morning has them."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.demo import past
from clinic.models import Appointment, AppointmentMove, Room

MINUTE = timedelta(minutes=1)
LATE = 3
EXAM_ROOMS = ("Exam 3", "Exam 4", "Exam 5", "Exam 6")
# Minutes ago, one line a patient in the order of their visits: arrived, checked in, in a room, with the provider.
WALKS = (
    (31, 28, 17, 9),
    (26, 23, 12, 4),
    (34, 30, 19, None),
    (21, 18, 6, None),
    (14, 11, 3, None),
    (19, 15, None, None),
    (9, 5, None, None),
    (17, None, None, None),
    (4, None, None, None),
)


def rooms(session: Session) -> list[Room]:
    """All rooms; the exam rooms come after the calendar was filled, which gives rooms to procedures alone."""
    if session.scalar(select(Room.id).where(Room.name == EXAM_ROOMS[0])) is None:
        session.add_all(
            Room(name=name, position=10 + place, kind="exam") for place, name in enumerate(EXAM_ROOMS)
        )
        session.flush()
    return list(session.scalars(select(Room).order_by(Room.position)))


def through(session: Session, run: past.Past, appointment: Appointment, place: Room) -> None:
    """Bring a patient who was seen today through room and provider, before the visit ends."""
    wait = run.dice.randint(4, 21) * MINUTE
    appointment.roomed_at = (appointment.checked_in_at or appointment.starts_at) + wait
    appointment.roomed_in_id = place.id
    _move(session, run, appointment, "roomed", appointment.roomed_at)
    appointment.seen_at = appointment.roomed_at + run.dice.randint(3, 12) * MINUTE
    _move(session, run, appointment, "with_provider", appointment.seen_at)
    # Opening the slip reads the row anew.
    session.flush()


def gone(session: Session, appointment: Appointment, now: datetime) -> None:
    """The slip was signed just now, by the seed; the patient left when the visit ended."""
    seen = appointment.seen_at or appointment.starts_at
    left = max(appointment.ends_at, seen + 6 * MINUTE)
    appointment.out_at = min(left, now)
    for move in session.scalars(
        select(AppointmentMove).where(
            AppointmentMove.appointment_id == appointment.id, AppointmentMove.to_status == "checked_out"
        )
    ):
        move.at = appointment.out_at


def settle(session: Session, run: past.Past, line: datetime) -> None:
    """Those whose visit is about now are in the house: with the provider, in a room, waiting at the desk."""
    now = clock.now()
    start, end = clock.day_bounds(clock.today())
    visits = session.scalars(
        select(Appointment)
        .where(
            Appointment.starts_at >= start,
            Appointment.starts_at < end,
            Appointment.status.in_(("booked", "confirmed")),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    free = rooms(session)
    taken = set(
        session.scalars(
            select(Appointment.roomed_in_id).where(Appointment.status.in_(("roomed", "with_provider")))
        )
    )
    free = [room for room in free if room.id not in taken]
    busy: set[int] = set()
    about_now = [visit for visit in visits if visit.starts_at - line < 40 * MINUTE]
    # One is late, and nobody knows why.
    del about_now[LATE : LATE + 1]
    # Before the clinic opens the first of the day stand in for them, so that every station has somebody.
    for visit, walk in zip(about_now or visits, WALKS, strict=False):
        _walk(session, run, visit, walk, free, busy, now)
    session.flush()


def _walk(
    session: Session,
    run: past.Past,
    visit: Appointment,
    walk: tuple[int | None, ...],
    free: list[Room],
    busy: set[int],
    now: datetime,
) -> None:
    arrived, checked_in, roomed, seen = (None if ago is None else now - ago * MINUTE for ago in walk)
    visit.arrived_at = arrived
    _move(session, run, visit, "arrived", arrived)
    if checked_in is None:
        return
    visit.checked_in_at = checked_in
    _move(session, run, visit, "checked_in", checked_in)
    if roomed is None or not free:
        return
    visit.roomed_at, visit.roomed_in_id = roomed, free.pop(0).id
    _move(session, run, visit, "roomed", roomed)
    # A provider is with one patient at a time.
    if seen is not None and visit.provider_id not in busy:
        busy.add(visit.provider_id)
        visit.seen_at = seen
        _move(session, run, visit, "with_provider", seen)


def _move(session: Session, run: past.Past, visit: Appointment, status: str, at: datetime | None) -> None:
    """By the clinician with whom the patient sits, else by the desk."""
    role = "clinician" if status == "with_provider" else "front_desk"
    past.move_on(session, visit, status, run.users[role], at)
