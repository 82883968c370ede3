"""What a person may do with the request that is his: see when it is, keep it in a calendar, give it up (A2, A10)."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import access, audit, clock, reminders, tasks
from clinic.models import Appointment, OnlineRequest, Practice
from clinic.models.scheduling import COMING
from clinic.online import reviewing
from clinic.online.offers import policy


def find(session: Session, public_id: str) -> OnlineRequest | None:
    """A request with its visit, by the public id that the visitor's own session keeps."""
    return session.scalar(
        select(OnlineRequest)
        .where(OnlineRequest.public_id == public_id)
        .options(
            joinedload(OnlineRequest.visit_type),
            joinedload(OnlineRequest.provider),
            joinedload(OnlineRequest.appointment),
        )
    )


def find_link(session: Session, token: str, address: str) -> OnlineRequest | None:
    """As `access.find_by_token`, for the link of a message; the caller commits in any case."""
    return access.find_by_token(session, OnlineRequest, token, address, page="book")


def state_for(session: Session, request: OnlineRequest) -> str:
    """What the person is told: `kept`, `booked`, `asked` (for another time), `cancelled`, `late`, `moved`, `gone`, `over`.

    Where unknown people are booked at once, a booked visit too is only "kept": who has a record stays untold.
    """
    if request.state in ("withdrawn", "declined", "lapsed", "typing"):
        return {"withdrawn": "cancelled"}.get(request.state, "gone")
    visit = request.appointment
    if visit is not None and visit.status not in COMING:
        return "cancelled" if visit.status == "cancelled_patient" else "gone"
    if visit is not None and visit.starts_at != request.starts_at:
        return "moved"
    if request.starts_at <= clock.now():
        return "over"
    if request.wants_move:
        return "asked"
    return "booked" if request.state == "booked" and not policy(session).book_new else "kept"


def withdraw(session: Session, request: OnlineRequest) -> str:
    """Give the visit up: "cancelled", or "late" inside the visit type's hours, when the desk is to call (A2).

    A request that waits is given up at any time, unless that would tell it from a booked one (`book_new`).
    """
    _lock(session, request)
    state = state_for(session, request)
    if state not in ("kept", "booked", "asked"):
        return state
    with audit.acting_as(_visitor()):
        if request.appointment is not None:
            outcome = reminders.cancel(session, request.appointment, "online")
            if outcome == "cancelled":
                reviewing.end_task(session, request, "withdrawn")
            return outcome
        notice = timedelta(hours=request.visit_type.late_cancel_hours)
        if policy(session).book_new and request.starts_at - clock.now() < notice:
            _ask(session, request, "late_cancel", "Wants to cancel an online request late. Call and decide.")
            return "late"
        reviewing.release_place(session, request)
    return "cancelled"


def wants_move(session: Session, request: OnlineRequest) -> str:
    """Another time, please: the place stays his until the desk has spoken with him."""
    _lock(session, request)
    state = state_for(session, request)
    if state not in ("kept", "booked"):
        return state
    with audit.acting_as(_visitor()):
        request.wants_move = True
        session.flush()
        if request.appointment is not None:
            reminders.ask_move(session, request.appointment, "online")
        else:
            _ask(session, request, "move", "Wants another time for an online request. Call.")
    return "asked"


def own_calendar(session: Session, request: OnlineRequest, host: str) -> bytes:
    """The visit as a calendar file: where and when, no word about what for. What waits is told alike for everybody."""
    practice = session.scalars(select(Practice)).one()
    if request.appointment is not None and state_for(session, request) == "booked":
        return reminders.visit_calendar(
            request.appointment, practice, request.language, host, uid=request.public_id
        )
    visit = Appointment(
        public_id=request.public_id,
        starts_at=request.starts_at,
        ends_at=request.ends_at,
        status="requested",
        booked_at=request.verified_at or request.made_at,
        version=0,
    )
    return reminders.visit_calendar(visit, practice, request.language, host)


def calendar_uid(session: Session, visit: Appointment) -> str:
    """By what a patient's calendar knows the visit: as it was kept when it was asked for online, else the visit's own."""
    asked = select(OnlineRequest.public_id).where(OnlineRequest.appointment_id == visit.id)
    return session.scalar(asked.order_by(OnlineRequest.id).limit(1)) or visit.public_id


def _ask(session: Session, request: OnlineRequest, kind: str, sentence: str) -> None:
    tasks.add(
        session,
        kind,
        sentence,
        key=f"online-{kind}-{request.public_id}",
        subject=f"online_request:{request.public_id}",
    )


def _visitor() -> audit.Actor:
    return audit.Actor(None, "patient online", None, audit.actor().address)


def _lock(session: Session, request: OnlineRequest) -> None:
    session.scalars(
        select(OnlineRequest)
        .where(OnlineRequest.id == request.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
