"""Free times for people who book themselves, and one of them kept while they type (A4, A6, A10).

The rules are the desk's: hours, closed days, reserved time, rooms and devices; only notice and reach are tighter.
"""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import false, or_, select
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, scheduling
from clinic.db import ClinicError
from clinic.models import Appointment, RenderingProvider, VisitType
from clinic.online.offers import earliest, last_day, policy, providers
from clinic.scheduling import Opening, SchedulingConflict, SchedulingError

HELD_FOR = timedelta(minutes=10)
STEP_MINUTES = 5
PER_DAY = 60
NEAR_DAYS, NEAR_COUNT = 14, 6
WHILE_TYPING, UNTIL_DECIDED = "an online booking", "an online request"
# What the desk may say yes to, and a visitor may not.
SHUT = ("past", "closed", "hours", "block", "reserved", "takes")


class PlaceGone(ClinicError):
    """Somebody else has the time, or it is none that may be booked online."""


def free_times(
    session: Session,
    kind: VisitType,
    *,
    provider: str = "",
    first: date | None = None,
    days: int = NEAR_DAYS,
    limit: int = 2000,
    minutes: int | None = None,
) -> list[Opening]:
    """Free times from a day on, by time; one for each start where any provider will do. Nothing is held.

    `minutes` where the visit is longer or shorter than its kind.
    """
    rules = policy(session)
    takers = [each.public_id for each in providers(session, kind)]
    first = max(first or clock.today(), clock.local(earliest(rules)).date())
    days = min(days, (last_day(rules) - first).days + 1)
    if days < 1 or not takers or (provider and provider not in takers):
        return []
    found = scheduling.find_openings(
        session,
        kind,
        first=first,
        days=days,
        providers=[provider] if provider else takers,
        per_day=PER_DAY,
        limit=limit,
        earliest=earliest(rules),
        minutes=minutes,
    )
    return list({each.starts_at: each for each in reversed(found)}.values())[::-1]


def near_times(session: Session, kind: VisitType, *, provider: str, day: date) -> list[Opening]:
    """A few free times from a lost one's day on, with the same provider or, where he has none, with anybody."""
    found = free_times(session, kind, provider=provider, first=day, limit=NEAR_COUNT)
    return (found or free_times(session, kind, first=day, limit=NEAR_COUNT))[:NEAR_COUNT]


def keep(session: Session, kind: VisitType, at: str, *, key: str, mine: Sequence[str] = ()) -> Appointment:
    """Hold the place `at` (as `Opening.at`) for ten minutes; raises PlaceGone.

    `key` is the page's: the second click is the first, as is a place that the visitor keeps already (`mine`, public
    ids). Another one he lets go of first, in a transaction of its own: so nobody waits for two places at once.
    """
    provider, starts_at = read_place(session, at)
    _refuse_what_is_shut(session, kind, provider, starts_at)
    for held in _mine(session, key, mine):
        if (held.provider_id, held.starts_at, held.visit_type_id) == (provider.id, starts_at, kind.id):
            return held
    try:
        held = scheduling.hold(session, provider, kind, starts_at, lasts=HELD_FOR, why=WHILE_TYPING)
    except SchedulingConflict as taken:
        # The other half of a double click may have got it a moment ago.
        for held in _mine(session, key, ()):
            if (held.provider_id, held.starts_at) == (provider.id, starts_at):
                return held
        raise PlaceGone("Somebody else has just taken that time.") from taken
    held.reason = key
    session.flush()
    audit.record(session, "online_hold.make", subject=f"appointment:{held.public_id}", category="schedule")
    return held


def let_go(session: Session, mine: Sequence[str], *, but: str = "", kind: VisitType | None = None) -> None:
    """The visitor leaves, or wants another place than `but` (as `Opening.at`, for `kind`): what he kept is free again."""
    for held in _mine(session, "", mine):
        same = f"{clock.local(held.starts_at):%Y-%m-%dT%H:%M}~{held.provider.public_id}" == but
        if not (same and kind is not None and held.visit_type_id == kind.id):
            scheduling.release(session, held.id)


def live(session: Session, public_id: str) -> Appointment | None:
    """A place that is still kept, by its public id."""
    return session.scalar(
        select(Appointment)
        .where(
            Appointment.public_id == public_id,
            Appointment.status == "held",
            Appointment.held_until > clock.now(),
        )
        .options(joinedload(Appointment.provider), joinedload(Appointment.visit_type))
    )


def _mine(session: Session, key: str, public_ids: Sequence[str]) -> Sequence[Appointment]:
    same_page = Appointment.reason == key if key else false()
    return session.scalars(
        select(Appointment)
        .where(
            Appointment.status == "held",
            Appointment.held_for == WHILE_TYPING,
            Appointment.held_until > clock.now(),
            or_(Appointment.public_id.in_(public_ids), same_page),
        )
        .options(joinedload(Appointment.provider))
    ).all()


def read_place(session: Session, at: str) -> tuple[RenderingProvider, datetime]:
    found = re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?:~([\w-]{1,40}))", at)
    if found is None:
        raise PlaceGone("This is no time that can be booked.")
    try:
        year, month, day, hour, minute = (int(each) for each in found.groups()[:5])
        starts_at = scheduling.instant(date(year, month, day), time(hour, minute)).astimezone(UTC)
    except (ValueError, SchedulingError) as odd:
        raise PlaceGone("This is no time that can be booked.") from odd
    provider = session.scalar(
        select(RenderingProvider).where(RenderingProvider.public_id == found[6], RenderingProvider.active)
    )
    if provider is None or minute % STEP_MINUTES:
        raise PlaceGone("This is no time that can be booked.")
    return provider, starts_at


def refuse_what_is_not_offered(
    session: Session, kind: VisitType, provider: RenderingProvider, starts_at: datetime
) -> None:
    """Raise PlaceGone where this visit, this provider or this time is not booked online, whoever is free."""
    rules = policy(session)
    if not rules.active or not kind.online or not kind.active:
        raise PlaceGone("This visit is not booked online.")
    if provider not in providers(session, kind):
        raise PlaceGone("This provider does not take this visit online.")
    if starts_at < earliest(rules) or clock.local(starts_at).date() > last_day(rules):
        raise PlaceGone("This time is not booked online.")


def _refuse_what_is_shut(
    session: Session, kind: VisitType, provider: RenderingProvider, starts_at: datetime
) -> None:
    refuse_what_is_not_offered(session, kind, provider, starts_at)
    found = scheduling.cautions(
        session,
        patient_id=0,
        provider_id=provider.id,
        starts_at=starts_at,
        ends_at=starts_at + timedelta(minutes=kind.minutes),
        visit_type=kind,
    )
    if any(each.code in SHUT for each in found):
        raise PlaceGone("This is no time that can be booked.")
