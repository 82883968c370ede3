"""The flow board: who is expected, waits, sits in a room, is with the provider, has left; three queries (A1, A12)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.orm import Session

from clinic import clock, eligibility, formats
from clinic.authorizations import judging
from clinic.models import Appointment, Coverage, Practice, RenderingProvider, Room
from clinic.models.scheduling import COMING
from clinic.scheduling import flow_rows, gate, seats

ZERO = Decimal("0.00")
MINUTE = timedelta(minutes=1)
EXPECTED = COMING
WAITING = ("arrived", "checked_in")
OUT = ("checked_out", "closed")
STATIONS = (
    ("expected", "Expected", EXPECTED),
    ("waiting", "Waiting", WAITING),
    ("roomed", "In a room", ("roomed",)),
    ("seen", "With provider", ("with_provider",)),
    ("out", "Checked out", OUT),
)
SOON = timedelta(hours=2)
SHOWN_OUT = 6


@dataclass(frozen=True)
class Alerts:
    """After how many minutes the board raises its voice, as the manager set them."""

    late: int = 10
    wait: int = 15
    room: int = 15
    over: int = 10


@dataclass(frozen=True)
class Missing:
    """One thing that the check-in should still get; `stops` says that the gate asks for a reason (A12)."""

    text: str
    stops: bool = False


@dataclass(frozen=True)
class Stay:
    """One patient on the board. `since` began the station, `minutes` have passed; `word` says so, `alert` in red."""

    public_id: str
    patient_id: int
    name: str
    born_on: date
    mrn: str
    starts_at: datetime
    reason: str
    visit_type: str
    provider: str
    provider_id: str
    room: str
    room_id: str
    in_room: bool
    status: str
    since: datetime | None
    minutes: int
    word: str
    alert: bool
    missing: Sequence[Missing]
    version: int
    mine: bool


@dataclass(frozen=True)
class Place:
    """A room as it is now: who sits in it since when, or for whom it is kept next."""

    public_id: str
    name: str
    holder: str = ""
    holder_id: str = ""
    since: datetime | None = None
    kept: str = ""

    @property
    def free(self) -> bool:
        return not self.holder_id


@dataclass(frozen=True)
class Station:
    """One column; `hidden` are further ones that the person did not ask for."""

    key: str
    title: str
    stays: Sequence[Stay]
    hidden: int = 0


@dataclass(frozen=True)
class Today:
    """The figures on top; minutes, None where there is nobody to measure."""

    waiting: int
    longest: int | None
    average: int | None
    rooms_used: int
    rooms: int
    late: int


@dataclass(frozen=True)
class Board:
    """What the page shows."""

    stations: Sequence[Station]
    places: Sequence[Place]
    providers: Sequence[tuple[str, str]]
    today: Today
    alerts: Alerts
    at: datetime = field(default_factory=clock.now)

    @property
    def patient_ids(self) -> list[int]:
        return sorted({stay.patient_id for station in self.stations for stay in station.stays})

    def find(self, public_id: str) -> Stay | None:
        """A visit on the board."""
        return next((s for one in self.stations for s in one.stays if s.public_id == public_id), None)


def stamp(session: Session) -> str:
    """What changes when any visit of today does, in one cheap statement."""
    begins, ends = clock.day_bounds(clock.today())
    count, versions = session.execute(
        select(func.count(), func.coalesce(func.sum(Appointment.version), 0)).where(
            Appointment.starts_at >= begins, Appointment.starts_at < ends
        )
    ).one()
    return f"{begins:%m%d}-{count}-{versions}"


def board(
    session: Session,
    *,
    provider_ids: Collection[str] = (),
    room_id: str = "",
    own: int | None = None,
    everybody: bool = False,
) -> Board:
    """Today's board; `own` is the provider whose patients stand first, `everybody` shows who comes late and who left.

    `provider_ids` and `room_id` (public) narrow the columns, never who sits in which room.
    """
    now = clock.now()
    providers = session.scalars(
        select(RenderingProvider)
        .where(RenderingProvider.active)
        .order_by(RenderingProvider.position, RenderingProvider.id)
    ).all()
    rows = flow_rows.today(session)
    limits, rooms = _house(session)
    lacking = _lacking(session, rows)
    stays = [_stay(row, limits, own, now, row.Appointment.id in lacking) for row in rows]
    shown = [
        stay
        for stay in stays
        if (not provider_ids or stay.provider_id in provider_ids) and (not room_id or stay.room_id == room_id)
    ]
    found = _places(rooms, rows)
    return Board(
        stations=[_station(key, title, shown, statuses, everybody, now) for key, title, statuses in STATIONS],
        places=found,
        providers=[(each.public_id, each.name) for each in providers],
        today=_today(shown, rows, found, limits),
        alerts=limits,
    )


def places(session: Session) -> list[Place]:
    """The rooms as they are now, for whoever brings a patient to one."""
    return _places(_house(session)[1], flow_rows.today(session))


def _house(session: Session) -> tuple[Alerts, list[Room]]:
    rows = session.execute(
        select(
            Room,
            Practice.alert_late_minutes,
            Practice.alert_wait_minutes,
            Practice.alert_room_minutes,
            Practice.alert_over_minutes,
        )
        .outerjoin_from(Practice, Room, Room.active.is_(True))
        .order_by(Room.position, Room.name)
    ).all()
    if not rows:
        return Alerts(), []
    return Alerts(*rows[0][1:]), [row[0] for row in rows if row[0] is not None]


def _places(rooms: Sequence[Room], rows: Sequence[Any]) -> list[Place]:
    sitting = {
        row.Appointment.roomed_in_id: row.Appointment
        for row in rows
        if row.Appointment.status in seats.SITTING
    }
    kept: dict[int, Appointment] = {}
    for row in rows:
        visit = row.Appointment
        if visit.room_id and visit.status in (*EXPECTED, *WAITING):
            kept.setdefault(visit.room_id, visit)
    found = []
    for room in rooms:
        holder, next_one = sitting.get(room.id), kept.get(room.id)
        found.append(
            Place(
                room.public_id,
                room.name,
                holder=holder.patient.name if holder else "",
                holder_id=holder.public_id if holder else "",
                since=holder.roomed_at if holder else None,
                kept=f"{next_one.patient.name}, {formats.wall(next_one.starts_at)}" if next_one else "",
            )
        )
    return found


def _station(
    key: str, title: str, shown: Sequence[Stay], statuses: Sequence[str], everybody: bool, now: datetime
) -> Station:
    here = [stay for stay in shown if stay.status in statuses]
    if key == "expected":
        near = [stay for stay in here if stay.starts_at <= now + SOON]
    elif key == "out":
        here.sort(key=lambda stay: stay.since or now, reverse=True)
        near = here[:SHOWN_OUT]
    else:
        here.sort(key=lambda stay: (not stay.mine, -stay.minutes))
        near = here
    visible = here if everybody else near
    if key == "expected":
        visible = sorted(visible, key=lambda stay: (not stay.mine, stay.starts_at))
    return Station(key, title, visible, len(here) - len(visible))


def _today(shown: Sequence[Stay], rows: Sequence[Any], found: Sequence[Place], limits: Alerts) -> Today:
    waits = [stay.minutes for stay in shown if stay.status in WAITING]
    ids = {stay.public_id for stay in shown}
    ended = [
        (visit.roomed_at - visit.arrived_at) // MINUTE
        for visit in (row.Appointment for row in rows)
        if visit.public_id in ids and visit.roomed_at and visit.arrived_at
    ]
    return Today(
        waiting=len(waits),
        longest=max(waits, default=None),
        average=round(sum(ended) / len(ended)) if ended else None,
        rooms_used=sum(not each.free for each in found),
        rooms=len(found),
        late=sum(stay.status in EXPECTED and stay.minutes >= limits.late for stay in shown),
    )


def _lacking(session: Session, rows: Sequence[Row[Any]]) -> set[int]:
    """The visits that want an authorization and have none on file that serves them (K02), by id."""
    needs = {
        row.Appointment.id: (row.Coverage, judging.need_of_visit(row.Appointment, row.Coverage, row.answer))
        for row in rows
        if row.Coverage is not None
    }
    wanting = {number: (plan, need) for number, (plan, need) in needs.items() if need.why}
    # Asked only where some plan wants one.
    on_file = judging.on_file(session, {plan.id for plan, _ in wanting.values()}) if wanting else {}
    return {
        number
        for number, (plan, need) in wanting.items()
        if not any(judging.serves(each, need) for each in on_file.get(plan.id, ()))
    }


def _stay(row: Any, limits: Alerts, own: int | None, now: datetime, lacks: bool) -> Stay:
    visit: Appointment = row.Appointment
    since = _since(visit)
    minutes = max(int((now - since) / MINUTE), 0) if since else 0
    word, alert = _word(visit, minutes, limits, now)
    in_room = visit.status in seats.SITTING
    room = visit.roomed_in if visit.roomed_at and visit.status not in WAITING else visit.room
    return Stay(
        public_id=visit.public_id,
        patient_id=visit.patient_id,
        name=visit.patient.name,
        born_on=visit.patient.born_on,
        mrn=visit.patient.mrn,
        starts_at=visit.starts_at,
        reason=visit.reason or visit.visit_type.name,
        visit_type=visit.visit_type.name,
        provider=visit.provider.name,
        provider_id=visit.provider.public_id,
        room=room.name if room else "",
        room_id=room.public_id if room else "",
        in_room=in_room,
        status=visit.status,
        since=since,
        minutes=minutes,
        word=word,
        alert=alert,
        missing=_missing(row, lacks) if visit.status in (*EXPECTED, "arrived") else (),
        version=visit.version,
        mine=visit.provider_id == own,
    )


def _since(visit: Appointment) -> datetime | None:
    match visit.status:
        case "arrived" | "checked_in":
            return visit.arrived_at
        case "roomed":
            return visit.roomed_at
        case "with_provider":
            return visit.seen_at or visit.roomed_at
        case "checked_out" | "closed":
            return visit.out_at
        case _:
            return visit.starts_at


def _word(visit: Appointment, minutes: int, limits: Alerts, now: datetime) -> tuple[str, bool]:
    """What the timer says, and whether it is too long."""
    if visit.status in EXPECTED:
        if visit.starts_at > now:
            ahead = -int((visit.starts_at - now) // -MINUTE)
            return (f"in {ahead} min" if ahead <= 60 else "expected"), False
        return (f"Late {minutes} min" if minutes else "Due now"), minutes >= limits.late
    if visit.status in WAITING:
        return _over("Waiting", minutes, limits.wait)
    if visit.status == "roomed":
        return _over("In room", minutes, limits.room)
    if visit.status == "with_provider":
        booked = int((visit.ends_at - visit.starts_at) / MINUTE)
        return _over("With provider", minutes, booked + limits.over)
    return (f"Left {formats.wall(visit.out_at)}" if visit.out_at else "Left"), False


def _over(word: str, minutes: int, limit: int) -> tuple[str, bool]:
    return (f"{word} {minutes} min, over {limit}" if minutes >= limit else f"{word} {minutes} min"), (
        minutes >= limit
    )


def _missing(row: Any, lacks: bool) -> tuple[Missing, ...]:
    """What the check-in should still get, what stops it first (A12); the same rules as on its own screen."""
    visit, patient, plan = row.Appointment, row.Appointment.patient, row.Coverage
    day = clock.local(visit.starts_at).date()
    found = []
    if plan is not None:
        found += _plan_missing(row, plan, day, lacks)
    if patient.confirmed_at is None or (clock.now() - patient.confirmed_at).days > gate.CONFIRMED_DAYS:
        found.append(Missing("Address and phone"))
    if patient.consent_on is None or patient.consent_on.year != day.year:
        found.append(Missing("Consent"))
    if patient.privacy_notice_on is None:
        found.append(Missing("Privacy notice"))
    amount = ZERO if row.protected else eligibility.copay_of(visit.visit_type, plan, row.answer, day)[0]
    due = amount - (row.collected or ZERO)
    if due > 0:
        found.append(Missing(f"Copay {formats.usd(due)}"))
    if row.owed is not None and row.owed > 0:
        found.append(Missing(f"Balance {formats.usd(Decimal(row.owed))}"))
    return tuple(sorted(found, key=lambda one: not one.stops))


def _plan_missing(row: Any, plan: Coverage, day: date, lacks: bool) -> list[Missing]:
    found = []
    if not plan.covers(day):
        found.append(Missing("Coverage ended" if plan.terminated_on else "Coverage not begun"))
    elif (day - (row.scanned_on or plan.effective_on)).days > gate.CARD_DAYS:
        found.append(Missing("Insurance card"))
    if row.answer is not None and row.answer.active is False and eligibility.same_plan_year(row.answer, day):
        found.append(Missing("Plan not active", stops=True))
    elif row.check is None:
        found.append(Missing("Eligibility not asked"))
    elif not eligibility.is_settled(row.check, day):
        found.append(Missing("Eligibility open"))
    if lacks:
        found.append(Missing("Authorization", stops=True))
    return found
