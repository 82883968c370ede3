"""The end of a day at the desk: who is still here, who never came, who left without a charge (A1)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import Date, cast, func, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats
from clinic.models import Appointment, Encounter
from clinic.models.scheduling import NO_VISIT
from clinic.scheduling import steps
from clinic.scheduling.errors import SchedulingError
from clinic.scheduling.flow import EXPECTED, OUT, WAITING
from clinic.scheduling.seats import SITTING

HERE = (*WAITING, *SITTING)
LOOKED_BACK = 31


class DayNotOver(SchedulingError):
    """Somebody is still here, or nobody has said what became of a visit."""


@dataclass(frozen=True)
class DayEnd:
    """One day's visits by what is left to do. `uncharged` are over and have no signed slip; `earlier` counts open days."""

    day: date
    here: Sequence[Appointment]
    expected: Sequence[Appointment]
    uncharged: Sequence[tuple[Appointment, Encounter | None]]
    out: Sequence[Appointment]
    closed: int
    earlier: Sequence[tuple[date, int]]

    @property
    def why_not(self) -> str:
        """Why the day cannot be closed yet; empty when it can."""
        left = []
        if self.here:
            left.append(f"{_people(len(self.here))} still here")
        if self.expected:
            left.append(f"{_people(len(self.expected))} expected and not accounted for")
        return " and ".join(left)

    @property
    def patient_ids(self) -> list[int]:
        shown = [*self.here, *self.expected, *(visit for visit, _ in self.uncharged)]
        return sorted({visit.patient_id for visit in shown})


def _people(count: int) -> str:
    return f"{count} patient is" if count == 1 else f"{count} patients are"


def day_end(session: Session, day: date) -> DayEnd:
    """What a day still lacks before it can be closed, in two statements."""
    begins, ends = clock.day_bounds(day)
    rows = session.execute(
        select(Appointment, Encounter)
        .outerjoin(Encounter, (Encounter.appointment_id == Appointment.id) & (Encounter.kind == "visit"))
        .where(
            Appointment.starts_at >= begins,
            Appointment.starts_at < ends,
            Appointment.status.not_in(NO_VISIT),
        )
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.visit_type),
            joinedload(Appointment.roomed_in),
        )
        .order_by(Appointment.starts_at, Appointment.id)
    ).all()
    return DayEnd(
        day=day,
        here=[visit for visit, _ in rows if visit.status in HERE],
        expected=[visit for visit, _ in rows if visit.status in EXPECTED],
        uncharged=[
            (visit, slip)
            for visit, slip in rows
            if visit.status in OUT and (slip is None or slip.state != "signed")
        ],
        out=[visit for visit, _ in rows if visit.status == "checked_out"],
        closed=sum(visit.status == "closed" for visit, _ in rows),
        earlier=_earlier(session, day),
    )


def _earlier(session: Session, day: date) -> list[tuple[date, int]]:
    """The days before on which a visit still stands open, the newest first."""
    begins = clock.day_bounds(day)[0]
    local = cast(func.timezone(clock.zone().key, Appointment.starts_at), Date)
    by_day = (
        select(local.label("day"), func.count().label("visits"))
        .where(
            Appointment.starts_at < begins,
            Appointment.starts_at >= begins - timedelta(days=LOOKED_BACK),
            Appointment.status.in_((*HERE, *EXPECTED)),
        )
        .group_by(local)
        .order_by(local.desc())
    )
    return [(row.day, row.visits) for row in session.execute(by_day)]


def close(session: Session, day: date) -> int:
    """Close every visit of a day that is checked out, and answer how many; a second time there are none.

    Raises DayNotOver while somebody is here or not accounted for, and for a day that has not come.
    """
    if day > clock.today():
        raise DayNotOver(f"{formats.mdy(day)} is still to come.")
    found = day_end(session, day)
    if found.why_not:
        raise DayNotOver(f"Not closed: {found.why_not}.")
    for visit in found.out:
        steps.step(session, visit, visit.version, "closed")
    if found.out:
        audit.record(
            session,
            "schedule.day_closed",
            subject=f"day:{day.isoformat()}",
            category="schedule",
            changes={"visits": [None, len(found.out)]},
        )
    return len(found.out)
