"""Whether a place suits somebody who waits: days, hours, provider, notice, and a visit it would move (A9)."""

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, scheduling
from clinic.models import RenderingProvider, WaitEntry
from clinic.scheduling import Opening
from clinic.scheduling.guards import WAITING

LOOK_AHEAD = 60  # days looked at for who has no last day
LEAST_NOTICE = timedelta(minutes=30)


def suits(
    entry: WaitEntry, provider_id: int, starts_at: datetime, ends_at: datetime, told_at: datetime
) -> bool:
    """Whether a place is one of those that the patient asked for, told at `told_at`."""
    begins, ends = clock.local(starts_at), clock.local(ends_at)
    day = begins.date()
    if entry.provider_ids and provider_id not in entry.provider_ids:
        return False
    if day < entry.first_on or (entry.last_on is not None and day > entry.last_on):
        return False
    if starts_at - told_at < max(timedelta(hours=entry.notice_hours), LEAST_NOTICE):
        return False
    moves = entry.moves
    if moves is not None and moves.status in WAITING and moves.starts_at <= starts_at:
        return False
    return in_windows(entry, begins, ends)


def in_windows(entry: WaitEntry, begins: datetime, ends: datetime) -> bool:
    """Whether a stretch of local time lies within one of the windows; no windows take any time."""
    if not entry.windows:
        return True
    start, end = begins.time().replace(tzinfo=None), ends.time().replace(tzinfo=None)
    same_day = begins.date() == ends.date()
    for window in entry.windows:
        weekdays, opens, closes = window["weekdays"], window["from"], window["until"]
        if weekdays and begins.weekday() not in weekdays:
            continue
        if opens and start < time.fromisoformat(opens):
            continue
        if closes and not (same_day and end <= time.fromisoformat(closes)):
            continue
        return True
    return False


def openings_for(session: Session, entry: WaitEntry, *, limit: int = 6) -> list[Opening]:
    """The first places that are free now and suit an entry; nothing is held."""
    first = max(entry.first_on, clock.today())
    days = LOOK_AHEAD if entry.last_on is None else (entry.last_on - first).days + 1
    if days < 1:
        return []
    found = scheduling.find_openings(
        session,
        entry.visit_type,
        first=first,
        days=min(days, LOOK_AHEAD),
        providers=_public_ids(session, entry.provider_ids),
        weekdays=_weekdays(entry),
        earliest=clock.now() + timedelta(hours=entry.notice_hours),
        limit=400,
        per_day=32,
    )
    now = clock.now()
    return [each for each in found if suits(entry, each.provider.id, each.starts_at, each.ends_at, now)][
        :limit
    ]


def _public_ids(session: Session, numbers: Sequence[int]) -> list[str]:
    if not numbers:
        return []
    found = session.scalars(
        select(RenderingProvider.public_id).where(RenderingProvider.id.in_(numbers))
    ).all()
    return list(found) or ["nobody"]


def _weekdays(entry: WaitEntry) -> list[int]:
    """The weekdays of all windows; none where one of them takes every day."""
    if not all(window["weekdays"] for window in entry.windows):
        return []
    return sorted({day for window in entry.windows for day in window["weekdays"]})
