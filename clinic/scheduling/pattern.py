"""What the patterns say of a day: hours worked, days that differ, time kept free or for some visits (A6, A8)."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import NamedTuple

from sqlalchemy import bindparam, or_, select, text
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import ProviderHours


class Special(NamedTuple):
    """Something that holds for a provider between two instants beside his weekly hours.

    `kind`: block (nobody), reserved (only `visit_type_ids`, until `released_on`), closure, away, hours (worked
    instead of the pattern), held (kept for somebody who is deciding; it is a place that is taken, not a rule).
    """

    kind: str
    provider_id: int
    starts_at: datetime
    ends_at: datetime
    label: str
    visit_type_ids: Sequence[int]
    released_on: date | None

    @property
    def free_for_all(self) -> bool:
        """Whether reserved time is open to everybody by now."""
        return self.kind == "reserved" and self.released_on is not None and clock.today() >= self.released_on

    def keeps_out(self, visit_type_id: int | None) -> bool:
        """Whether a visit of this type should not stand here; None asks for a visit of any type."""
        if self.kind in ("hours", "held") or self.free_for_all:
            return False
        return self.kind != "reserved" or visit_type_id is None or visit_type_id not in self.visit_type_ids


# One statement, so that a day is drawn and a visit is booked with as many questions as before there were patterns.
# IS NOT NULL says nothing new of `held_until`, but tells PostgreSQL, before it knows the moment, that few are held:
# so one plan serves every day, and none is made for each.
_SPECIAL = text(
    """
    SELECT 'block' AS kind, provider_id, starts_at, ends_at, label, CAST('{}' AS integer[]), CAST(NULL AS date)
      FROM schedule_block
     WHERE starts_at < :ends AND ends_at > :begins AND provider_id = COALESCE(:provider, provider_id)
    UNION ALL
    SELECT CASE WHEN cardinality(r.visit_type_ids) > 0 THEN 'reserved' ELSE 'block' END, r.provider_id,
           (d.day + r.starts) AT TIME ZONE :zone, (d.day + r.ends) AT TIME ZONE :zone, r.label, r.visit_type_ids,
           d.day - r.release_days
      FROM (SELECT CAST(:first AS date) + n AS day FROM generate_series(0, :days) AS n) AS d
      JOIN reserved_time r ON r.weekday = CAST(EXTRACT(isodow FROM d.day) AS integer) - 1
           AND r.effective_on <= d.day AND (r.ended_on IS NULL OR r.ended_on >= d.day)
     WHERE r.provider_id = COALESCE(:provider, r.provider_id)
    UNION ALL
    SELECT 'closure', p.id, CAST(c."on" AS timestamp) AT TIME ZONE :zone,
           CAST(c."on" + 1 AS timestamp) AT TIME ZONE :zone, c.name, '{}', NULL
      FROM clinic_closure c CROSS JOIN rendering_provider p
     WHERE c."on" BETWEEN :first AND :last AND p.id = COALESCE(:provider, p.id)
    UNION ALL
    SELECT CASE WHEN e.starts IS NULL THEN 'away' ELSE 'hours' END, e.provider_id,
           (e."on" + COALESCE(e.starts, time '00:00')) AT TIME ZONE :zone,
           CASE WHEN e.ends IS NULL THEN CAST(e."on" + 1 AS timestamp) ELSE e."on" + e.ends END AT TIME ZONE :zone,
           e.reason, '{}', NULL
      FROM hours_exception e
     WHERE e."on" BETWEEN :first AND :last AND e.provider_id = COALESCE(:provider, e.provider_id)
    UNION ALL
    SELECT 'held', provider_id, COALESCE(busy_from, starts_at), COALESCE(busy_until, ends_at),
           'Held for ' || held_for || ' until ' || to_char(held_until AT TIME ZONE :zone, 'FMHH12:MI AM'), '{}', NULL
      FROM appointment
     WHERE held_until IS NOT NULL AND held_until - :now > interval '0' AND starts_at < :ends AND ends_at > :begins AND provider_id = COALESCE(:provider, provider_id)
     ORDER BY 3
    """
)


def special(session: Session, first: date, last: date, provider_id: int | None = None) -> list[Special]:
    """Everything of the days `first` to `last` that is not weekly hours, of one provider or of all, in one query."""
    begins, ends = clock.day_bounds(first)[0], clock.day_bounds(last)[1]
    values = {
        "begins": begins,
        "ends": ends,
        "provider": provider_id,
        "zone": clock.zone().key,
        "now": clock.now(),
        "first": first,
        "last": last,
        "days": (last - first).days,
    }
    return [Special(*row) for row in session.connection().execute(_SPECIAL, values)]


_HOURS = select(ProviderHours.starts, ProviderHours.ends).where(
    ProviderHours.provider_id == bindparam("provider"),
    ProviderHours.weekday == bindparam("weekday"),
    ProviderHours.effective_on <= bindparam("day"),
    or_(ProviderHours.ended_on.is_(None), ProviderHours.ended_on >= bindparam("day")),
)
Stretch = tuple[time, time]


def weekly(session: Session, provider_id: int, day: date) -> list[Stretch]:
    """The wall times a provider works by the pattern in force on a day, in order."""
    values = {"provider": provider_id, "weekday": day.weekday(), "day": day}
    return sorted((row.starts, row.ends) for row in session.connection().execute(_HOURS, values))


def worked(
    usual: Iterable[Stretch], specials: Iterable[Special], provider_id: int, day: date
) -> list[Stretch]:
    """What is really worked on a day: other hours go before the pattern, nothing when away or closed (A6)."""
    begins, ends = clock.day_bounds(day)
    mine = [each for each in specials if each.provider_id == provider_id and begins <= each.starts_at < ends]
    if any(each.kind in ("away", "closure") for each in mine):
        return []
    other = [(_wall(each.starts_at, day), _wall(each.ends_at, day)) for each in mine if each.kind == "hours"]
    return sorted(other or usual)


def _wall(instant: datetime, day: date) -> time:
    local = clock.local(instant)
    return local.time() if local.date() == day else time.max


def instants(day: date, stretch: Stretch) -> tuple[datetime, datetime]:
    """The UTC instants of a stretch; an edge in an hour that comes twice takes in both of them (A8)."""
    start = datetime.combine(day, stretch[0], clock.zone())
    end = datetime.combine(day, stretch[1], clock.zone()).replace(fold=1)
    return start.astimezone(UTC), end.astimezone(UTC)
