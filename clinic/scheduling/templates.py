"""Changing the patterns: weekly hours, days that differ, reserved time, closures (A6, A8).

Nothing here moves a visit: `conflicts` lists those that no longer fit.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import TypeVar

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, formats
from clinic.models import (
    Appointment,
    ClinicClosure,
    HoursException,
    ProviderHours,
    RenderingProvider,
    ReservedTime,
    VisitType,
)
from clinic.scheduling import guards, holidays, pattern, places
from clinic.scheduling.errors import SchedulingError

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TEMPLATE_LOCK = 7_006
LONGEST_CLOSURE = 60
WeeklyRow = TypeVar("WeeklyRow", ProviderHours, ReservedTime)


class TemplateRefused(SchedulingError):
    """A pattern that cannot stand; `field` is the form field the sentence speaks of."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


@dataclass(frozen=True)
class Conflict:
    """A booked visit that the pattern no longer has room for, and why."""

    appointment: Appointment
    why: str

    @property
    def day(self) -> str:
        """The clinic's day of the visit, as an address has it."""
        return clock.local(self.appointment.starts_at).date().isoformat()


def add_hours(
    session: Session,
    provider: RenderingProvider,
    weekdays: Sequence[int],
    starts: time,
    ends: time,
    effective_on: date,
    ended_on: date | None = None,
) -> list[ProviderHours]:
    """Weekly hours from a day on; refuses, in a sentence, hours that overlap others of the same days (A6)."""
    _order(starts, ends)
    _dates(effective_on, ended_on)
    _lock(session, provider)
    made = []
    for weekday in weekdays:
        other = _in_the_way(session, ProviderHours, provider, weekday, starts, ends, effective_on, ended_on)
        if other is not None:
            raise TemplateRefused(
                f"{provider.name} already works on {WEEKDAYS[weekday]}s from {_span(other.starts, other.ends)}, "
                f"{_range(other.effective_on, other.ended_on)}. End those hours first.",
                "starts",
            )
        hours = ProviderHours(
            provider_id=provider.id,
            weekday=weekday,
            starts=starts,
            ends=ends,
            effective_on=effective_on,
            ended_on=ended_on,
        )
        session.add(hours)
        made.append(hours)
    session.flush()
    days = ", ".join(WEEKDAYS[weekday] for weekday in weekdays)
    _record(session, "hours.add", provider, [None, f"{days} {_span(starts, ends)} from {effective_on}"])
    return made


def end_hours(session: Session, hours: ProviderHours, last_on: date) -> None:
    """Hours end with a day; those that would end before they began are taken out."""
    _end(session, hours, last_on, "hours.end")


def add_exception(
    session: Session,
    provider: RenderingProvider,
    on: date,
    starts: time | None,
    ends: time | None,
    reason: str,
) -> HoursException:
    """A day off (no times), or other hours on a day.

    Refuses a day that is over, times that the clocks skip or repeat on that day (A8), and what overlaps the day's
    other stretches.
    """
    if (starts is None) != (ends is None):
        raise TemplateRefused(
            "Enter both times, or none for a day off.", "starts" if starts is None else "ends"
        )
    if on < clock.today():
        raise TemplateRefused("That day is over.", "on")
    _lock(session, provider)
    others = session.scalars(
        select(HoursException).where(HoursException.provider_id == provider.id, HoursException.on == on)
    ).all()
    if starts is not None and ends is not None:
        _order(starts, ends)
        for field, wall in (("starts", starts), ("ends", ends)):
            try:
                places.instant(on, wall)
            except SchedulingError as error:
                raise TemplateRefused(f"{str(error).rstrip('.')}. Choose another time.", field) from error
    for other in others:
        if starts is None or ends is None or other.starts is None or other.ends is None:
            raise TemplateRefused(
                f"{provider.name} has an entry for {formats.mdy(on)} already. Remove that one first.", "on"
            )
        if other.starts < ends and starts < other.ends:
            raise TemplateRefused(
                f"{provider.name} works on {formats.mdy(on)} from {_span(other.starts, other.ends)} already.",
                "starts",
            )
    made = HoursException(provider_id=provider.id, on=on, starts=starts, ends=ends, reason=reason.strip())
    session.add(made)
    session.flush()
    _record(session, "hours.exception", provider, [None, _exception_words(made)])
    return made


def remove_exception(session: Session, row: HoursException) -> None:
    provider = session.get_one(RenderingProvider, row.provider_id)
    _record(session, "hours.exception", provider, [_exception_words(row), None])
    session.delete(row)
    session.flush()


def add_reserved(
    session: Session,
    provider: RenderingProvider,
    weekdays: Sequence[int],
    starts: time,
    ends: time,
    label: str,
    visit_types: Sequence[VisitType],
    release_days: int | None,
    effective_on: date,
    ended_on: date | None = None,
) -> list[ReservedTime]:
    """Weekly time kept for visit types, or free of visits when there are none; refuses overlaps (A6)."""
    _order(starts, ends)
    _dates(effective_on, ended_on)
    if release_days is not None and not visit_types:
        raise TemplateRefused("Only time that is reserved for visit types can be released.", "release_days")
    _lock(session, provider)
    made = []
    for weekday in weekdays:
        other = _in_the_way(session, ReservedTime, provider, weekday, starts, ends, effective_on, ended_on)
        if other is not None:
            raise TemplateRefused(
                f"{other.label} stands on {WEEKDAYS[weekday]}s from {_span(other.starts, other.ends)} already.",
                "starts",
            )
        row = ReservedTime(
            provider_id=provider.id,
            weekday=weekday,
            starts=starts,
            ends=ends,
            label=label.strip(),
            visit_type_ids=[kind.id for kind in visit_types],
            release_days=release_days,
            effective_on=effective_on,
            ended_on=ended_on,
        )
        session.add(row)
        made.append(row)
    session.flush()
    days = ", ".join(WEEKDAYS[weekday] for weekday in weekdays)
    _record(session, "reserved.add", provider, [None, f"{label.strip()} {days} {_span(starts, ends)}"])
    return made


def end_reserved(session: Session, row: ReservedTime, last_on: date) -> None:
    """Reserved time ends with a day; what would end before it began is taken out."""
    _end(session, row, last_on, "reserved.end", f"{row.label} ")


def _end(
    session: Session, row: ProviderHours | ReservedTime, last_on: date, action: str, label: str = ""
) -> None:
    """A weekly row ends with a day, once, under its provider's lock."""
    provider = session.get_one(RenderingProvider, row.provider_id)
    _lock(session, provider)
    session.refresh(row)
    if row.ended_on is not None and row.ended_on <= last_on:
        return
    before = f"{label}{WEEKDAYS[row.weekday]} {_span(row.starts, row.ends)}"
    if last_on < row.effective_on:
        session.delete(row)
    else:
        row.ended_on = last_on
    session.flush()
    _record(session, action, provider, [before, f"until {last_on}"])


def add_closure(
    session: Session, first: date, name: str, *, last: date | None = None, kind: str = "closure"
) -> list[ClinicClosure]:
    """Close the clinic from `first` to `last`; a day that is closed already is refused."""
    last = last or first
    if last < first:
        raise TemplateRefused("The last day is before the first.", "last")
    if (last - first).days >= LONGEST_CLOSURE:
        raise TemplateRefused(f"Close at most {LONGEST_CLOSURE} days at once.", "last")
    taken = session.scalars(
        select(ClinicClosure).where(ClinicClosure.on.between(first, last)).order_by(ClinicClosure.on)
    ).first()
    if taken is not None:
        raise TemplateRefused(f"{formats.mdy(taken.on)} is closed already: {taken.name}.", "first")
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    made = [ClinicClosure(on=day, name=name.strip(), kind=kind) for day in days]
    session.add_all(made)
    session.flush()
    audit.record(
        session, "closure.add", subject=f"closure:{first}", changes={"closed": [None, f"{first} to {last}"]}
    )
    return made


def import_holidays(session: Session, year: int) -> list[ClinicClosure]:
    """The federal holidays of a year as closures; days that are closed already stay as they are."""
    if not 2000 <= year <= 2100:
        raise TemplateRefused("Enter a year from 2000 to 2100.", "year")
    found = holidays.federal(year)
    closed = set(
        session.scalars(select(ClinicClosure.on).where(ClinicClosure.on.in_([day for day, _ in found])))
    )
    made = [ClinicClosure(on=day, name=name, kind="holiday") for day, name in found if day not in closed]
    if made:
        session.add_all(made)
        session.flush()
        audit.record(
            session, "closure.import", subject=f"closure:{year}", changes={"holidays": [None, len(made)]}
        )
    return made


def rename_closure(session: Session, row: ClinicClosure, name: str) -> None:
    if row.name == name.strip():
        return
    audit.record(
        session, "closure.rename", subject=f"closure:{row.on}", changes={"name": [row.name, name.strip()]}
    )
    row.name = name.strip()
    session.flush()


def remove_closure(session: Session, row: ClinicClosure) -> None:
    """The clinic is open on that day after all."""
    audit.record(session, "closure.remove", subject=f"closure:{row.on}", changes={"closed": [row.name, None]})
    session.delete(row)
    session.flush()


def conflicts(
    session: Session, provider: RenderingProvider | None = None, *, limit: int = 200
) -> list[Conflict]:
    """Coming visits that the patterns have no room for, by time: they stay where they are until somebody moves them."""
    now = clock.now()
    query = (
        select(Appointment)
        .options(
            joinedload(Appointment.patient),
            joinedload(Appointment.provider),
            joinedload(Appointment.visit_type),
        )
        .where(Appointment.starts_at >= now, Appointment.status.in_(guards.WAITING))
        .order_by(Appointment.starts_at, Appointment.id)
    )
    if provider is not None:
        query = query.where(Appointment.provider_id == provider.id)
    visits = session.scalars(query.limit(5_000)).all()
    if not visits:
        return []
    first, last = (clock.local(visit.starts_at).date() for visit in (visits[0], visits[-1]))
    specials = pattern.special(session, first, last, provider.id if provider else None)
    by_day: dict[tuple[int, date], list[pattern.Special]] = {}
    for each in specials:
        by_day.setdefault((each.provider_id, clock.local(each.starts_at).date()), []).append(each)
    hours = session.scalars(select(ProviderHours)).all()
    found = []
    for visit in visits:
        why = _why(visit, by_day, hours)
        if why:
            found.append(Conflict(visit, why))
            if len(found) == limit:
                break
    return found


def _why(
    visit: Appointment,
    by_day: dict[tuple[int, date], list[pattern.Special]],
    hours: Sequence[ProviderHours],
) -> str:
    start, end = clock.local(visit.starts_at), clock.local(visit.ends_at)
    day = start.date()
    here = by_day.get((visit.provider_id, day), [])
    for each in here:
        if each.kind == "closure":
            return f"Closed: {each.label}"
        if each.kind == "away":
            return f"Away: {each.label}" if each.label else "Away"
    usual = [
        (row.starts, row.ends)
        for row in hours
        if row.provider_id == visit.provider_id
        and row.weekday == day.weekday()
        and row.effective_on <= day
        and (row.ended_on is None or row.ended_on >= day)
    ]
    stretches = pattern.worked(usual, here, visit.provider_id, day)
    if not any(
        begins <= start.time() and end.date() == day and end.time() <= ends for begins, ends in stretches
    ):
        return "Outside the hours" if stretches else "Does not work on this day"
    for each in here:
        if each.kind not in ("block", "reserved") or not _overlaps(each, visit.starts_at, visit.ends_at):
            continue
        if each.keeps_out(visit.visit_type_id):
            return each.label if each.kind == "block" else f"Reserved: {each.label}"
    return ""


def _overlaps(each: pattern.Special, starts_at: datetime, ends_at: datetime) -> bool:
    return each.starts_at < ends_at and each.ends_at > starts_at


def _in_the_way(
    session: Session,
    table: type[WeeklyRow],
    provider: RenderingProvider,
    weekday: int,
    starts: time,
    ends: time,
    first: date,
    last: date | None,
) -> WeeklyRow | None:
    """The first row of the provider's weekday whose times and dates both overlap these (A6)."""
    query = select(table).where(
        table.provider_id == provider.id,
        table.weekday == weekday,
        table.starts < ends,
        table.ends > starts,
        or_(table.ended_on.is_(None), table.ended_on >= first),
    )
    if last is not None:
        query = query.where(table.effective_on <= last)
    return session.scalars(query.order_by(table.starts).limit(1)).first()


def _lock(session: Session, provider: RenderingProvider) -> None:
    session.execute(select(func.pg_advisory_xact_lock(TEMPLATE_LOCK, provider.id)))


def _order(starts: time, ends: time) -> None:
    if ends <= starts:
        raise TemplateRefused("The end is not after the beginning.", "ends")


def _dates(first: date, last: date | None) -> None:
    if last is not None and last < first:
        raise TemplateRefused("The last day is before the first.", "ended_on")


def _span(starts: time, ends: time) -> str:
    return f"{starts:%-I:%M %p} to {ends:%-I:%M %p}"


def _range(first: date, last: date | None) -> str:
    return f"from {formats.mdy(first)}" + (f" to {formats.mdy(last)}" if last else " on")


def _exception_words(row: HoursException) -> str:
    what = _span(row.starts, row.ends) if row.starts and row.ends else "off"
    return f"{row.on} {what}"


def _record(session: Session, action: str, provider: RenderingProvider, change: list[str | None]) -> None:
    audit.record(
        session, action, subject=f"rendering_provider:{provider.public_id}", changes={"pattern": change}
    )
