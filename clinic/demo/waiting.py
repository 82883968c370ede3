"""The demo's wait list: six who wait, one place offered, one offer without an answer; eight who are due again."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, db, reminders, scheduling, waiting
from clinic.config import Config
from clinic.models import Appointment, AppointmentMove, Patient, RenderingProvider, VisitType, WaitEntry
from clinic.models.scheduling import NO_VISIT
from clinic.waiting import entries, recalls

MORNINGS = waiting.Window((0, 1, 2, 3, 4), time(8), time(12))
AFTER_WORK = waiting.Window(opens=time(15))
# Urgency, hours of notice, waiting for so many days, windows, whether a later visit would move, note.
WAITS = (
    (1, 2, 2, (), True, "Pain is worse than on Friday"),
    (2, 4, 11, (MORNINGS,), True, ""),
    (2, 24, 6, (waiting.Window((1, 3)), AFTER_WORK), False, "Needs a ride"),
    (2, 2, 3, (), False, ""),
    (3, 48, 20, (AFTER_WORK,), True, ""),
    (3, 2, 1, (MORNINGS,), False, "Would also see somebody else"),
)
# Days until due, and what came of asking.
DUE = (
    (-41, "contacted"),
    (-23, "due"),
    (-12, "declined"),
    (-5, "due"),
    (0, "due"),
    (4, "due"),
    (15, "due"),
    (26, "due"),
)
LOST = ("Provider away, will call", "In hospital until further notice", "No ride, will call")
AGAIN = (("Annual physical", 12), ("Follow-up", 6), ("PT evaluation", 3))


def fill(settings: Config) -> None:
    """Rules, recalls, entries, and two offers: one that nobody answered, one that waits for its answer."""
    with db.transaction() as session:
        kinds = {kind.name: kind for kind in session.scalars(select(VisitType))}
        for name, months in AGAIN:
            if name in kinds:
                recalls.set_rule(session, kinds[name], months, kinds[name])
        _due(session, kinds.get("Annual physical", kinds["Follow-up"]))
        waiters = _waits(session, kinds["Follow-up"])
    way = waiting.Way(settings.base_url, reminders.text_service(settings) is not None)
    with db.transaction() as session:
        _lose(session)
    with db.transaction() as session:
        if len(waiters) > 3:
            _unanswered(session, session.get_one(WaitEntry, waiters[3]), way)
    with db.transaction() as session:
        move = _give_up(session, kinds["Follow-up"])
    if move is not None:
        with db.transaction() as session:
            place = waiting.open_place(session, move)
            if place is not None:
                waiting.offer_next(session, place.id, way)


def _due(session: Session, kind: VisitType) -> None:
    """Patients who have no visit of the kind to come, and what came of asking some of them."""
    for patient, (days, state) in zip(_without(session, kind), DUE, strict=False):
        due_on = clock.today() + timedelta(days=days)
        recall = recalls.add(
            session, patient, kind, due_on, f"12 months after {kind.name}", key=f"demo-{patient.id}"
        )
        if state != "due":
            note = "Left a voice message" if state == "contacted" else "Sees somebody else now"
            recalls.set_state(session, recall, recall.version, state, note)


def _without(session: Session, kind: VisitType) -> list[Patient]:
    """Patients who read text messages and have no visit of the kind to come."""
    query = select(Patient).where(
        Patient.sms_consent_at.is_not(None),
        Patient.merged_into_id.is_(None),
        ~exists().where(
            Appointment.patient_id == Patient.id,
            Appointment.visit_type_id == kind.id,
            Appointment.status.not_in(NO_VISIT),
            Appointment.starts_at > clock.now(),
        ),
    )
    return list(session.scalars(query.order_by(Patient.id.desc()).limit(20)))


def _waits(session: Session, kind: VisitType) -> list[int]:
    coming = _coming(session, kind)
    idle = _without(session, kind)
    helen = session.scalars(select(RenderingProvider).order_by(RenderingProvider.position)).first()
    made = []
    for place, (priority, notice, days, windows, moves, note) in enumerate(WAITS):
        visit = coming.pop(0) if moves and coming else None
        patient = visit.patient if visit else idle[place] if place < len(idle) else None
        if patient is None:
            continue
        wish = waiting.Wish(
            kind,
            clock.today(),
            last_on=clock.local(visit.starts_at).date() if visit else None,
            providers=[helen] if helen and place == 1 else [],
            windows=windows,
            notice_hours=notice,
            priority=priority,
            expires_on=clock.today() + timedelta(days=60) if place % 2 else None,
            note=note,
            moves=visit,
        )
        entry = waiting.add(session, patient, wish, key=f"demo-{patient.id}")
        entry.added_at -= timedelta(days=days, hours=place)
        made.append(entry.id)
    session.flush()
    return made


def _lose(session: Session) -> None:
    """Three patients with the fewest visits to come have them all cancelled, and none booked since."""
    few = session.execute(
        select(Appointment.patient_id, func.count())
        .where(
            Appointment.status.not_in(NO_VISIT),
            Appointment.starts_at > clock.now(),
            Appointment.patient_id.not_in(select(WaitEntry.patient_id)),
        )
        .group_by(Appointment.patient_id)
        .order_by(func.count(), Appointment.patient_id)
        .limit(len(LOST))
    ).all()
    for (patient_id, _), reason in zip(few, LOST, strict=False):
        for visit in entries.coming(session, session.get_one(Patient, patient_id)):
            scheduling.cancel(session, visit, visit.version, reason=reason, by="clinic")


def _coming(session: Session, kind: VisitType) -> list[Appointment]:
    """Visits of next week whose patients read text messages; the later, the sooner somebody wants another."""
    query = (
        select(Appointment)
        .join(Patient, Patient.id == Appointment.patient_id)
        .options(joinedload(Appointment.patient))
        .where(
            Appointment.visit_type_id == kind.id,
            Appointment.status.in_(("booked", "confirmed")),
            Appointment.starts_at > clock.now() + timedelta(days=4),
            Patient.sms_consent_at.is_not(None),
        )
        .order_by(Appointment.starts_at.desc(), Appointment.id)
    )
    found: dict[int, Appointment] = {}
    for visit in session.scalars(query):
        found.setdefault(visit.patient_id, visit)
    return list(found.values())


def _unanswered(session: Session, entry: WaitEntry, way: waiting.Way) -> None:
    """An offer of two hours ago that nobody answered."""
    free = waiting.openings_for(session, entry)
    if not free:
        return
    offer = waiting.offer_by_hand(session, entry, free[-1], way)
    ago = timedelta(hours=2)
    offer.offered_at, offer.send_at = offer.offered_at - ago, offer.send_at - ago
    offer.expires_at = clock.now() - ago + timedelta(minutes=20)
    session.flush()
    waiting.expire(session, offer.id)


def _give_up(session: Session, kind: VisitType) -> int | None:
    """The clinic gives up a visit of the full day; answers the move, for the wait list to look at."""
    visit = session.scalars(
        select(Appointment)
        .where(
            Appointment.visit_type_id == kind.id,
            Appointment.status.in_(("booked", "confirmed")),
            Appointment.starts_at > _tomorrow(clock.today()),
        )
        .order_by(Appointment.starts_at, Appointment.id)
        .limit(1)
    ).first()
    if visit is None:
        return None
    scheduling.cancel(session, visit, visit.version, reason="Was booked twice by mistake", by="clinic")
    moves: Sequence[int] = session.scalars(
        select(AppointmentMove.id)
        .where(AppointmentMove.appointment_id == visit.id)
        .order_by(AppointmentMove.id.desc())
        .limit(1)
    ).all()
    return moves[0]


def _tomorrow(today: date) -> datetime:
    return clock.day_bounds(today + timedelta(days=1))[0] + timedelta(hours=9)
