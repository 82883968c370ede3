"""A series before it is booked or moved: each date free or not, why not, and what is offered in its place (A7, A8).

Everything is read once for all dates; each date is then judged in memory, so that a year costs what a week costs.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from clinic import clock, formats
from clinic.models import Appointment, RenderingProvider, VisitType
from clinic.models.practice import provider_name
from clinic.models.scheduling import ENDED, NO_VISIT
from clinic.scheduling import capacity, openings, places
from clinic.scheduling.errors import SchedulingError

LOOKED_AFTER = 7
"""Days after a date that cannot be, on which another place is looked for."""
SKIP, ANYWAY = "skip", "anyway"
_STAMP = "%Y%m%dT%H%MZ"


@dataclass(frozen=True)
class Place:
    """A start with a provider; `why` says of an offered one how it differs from what was asked."""

    starts_at: datetime
    provider: RenderingProvider
    why: str = ""

    @property
    def day(self) -> date:
        return clock.local(self.starts_at).date()

    @property
    def token(self) -> str:
        """What stands in the form: the instant, so that an hour that comes twice is no question (A8)."""
        return f"{self.starts_at.astimezone(UTC):{_STAMP}}~{self.provider.public_id}"


@dataclass(frozen=True)
class Wanted:
    """One date of a rule. `visit` is the one that is to be moved there; None books a new one."""

    number: int
    on: date
    wall: time
    provider: RenderingProvider
    visit: Appointment | None = None

    @property
    def key(self) -> str:
        return self.visit.public_id if self.visit else self.on.isoformat()

    @property
    def length(self) -> timedelta | None:
        """How long the visit is that is to be moved: one that was made longer by hand stays so."""
        return self.visit.ends_at - self.visit.starts_at if self.visit else None


@dataclass
class Planned:
    """What becomes of one date: `state` is free, chosen, anyway, skipped or open (somebody must choose)."""

    wanted: Wanted
    state: str
    place: Place | None
    problems: list[str] = field(default_factory=list)
    can_keep: bool = False
    needs_reason: bool = False  # kept there it would stand at a closed time
    choice: str = ""
    options: list[Place] = field(default_factory=list)


@dataclass
class Plan:
    """All dates in order. `seen` are the patients whose names stand in it, for the record of what was shown."""

    dates: list[Planned]
    seen: set[int]
    rooms: list[int] | None
    devices: list[int] | None
    days: openings.Days

    @property
    def open(self) -> list[Planned]:
        return [each for each in self.dates if each.state == "open"]

    @property
    def placed(self) -> list[Planned]:
        return [each for each in self.dates if each.place is not None]

    @property
    def skipped(self) -> list[Planned]:
        return [each for each in self.dates if each.state == "skipped"]

    @property
    def closed(self) -> list[Planned]:
        """What would be booked at a closed time: a permission and a reason (A4)."""
        return [each for each in self.dates if each.state == "anyway" and each.needs_reason]


@dataclass(frozen=True)
class _Against:
    """Something against a place; `holders` are the visits that have it, named later in one question."""

    sentence: str
    hard: bool
    closed: bool = False
    holders: tuple[int, ...] = ()


def plan(
    session: Session,
    patient_id: int,
    visit_type: VisitType,
    minutes: int,
    wanted: Sequence[Wanted],
    choices: Mapping[str, str] | None = None,
    *,
    offer: bool = True,
) -> Plan:
    """Judge every date; `choices` maps its key to "", "skip", "anyway" or the token of an offered place.

    `offer` False looks for no other places: who holds the locks only asks what is free. "skip" leaves a date out, or a visit that is to be moved where it is. Nothing is held and nothing changes.
    """
    choices = choices or {}
    places.end_of(clock.now(), minutes)
    people = session.scalars(
        select(RenderingProvider)
        .where(RenderingProvider.active)
        .order_by(RenderingProvider.position, RenderingProvider.id)
    ).all()
    first = max(min(each.on for each in wanted), clock.today())
    last = max(max(each.on for each in wanted), first) + timedelta(days=LOOKED_AFTER)
    read = openings.read_days(session, people, visit_type, first, last)
    own = {each.visit.id for each in wanted if each.visit}
    read.drop(own)
    elsewhere = _elsewhere(session, patient_id, own, first, last)
    judge = _Judge(visit_type, timedelta(minutes=minutes), people, read, elsewhere)
    found, against = [], []
    # First what stays or was chosen: a date that is only being looked at gives way to it.
    order = sorted(wanted, key=lambda each: (not choices.get(each.key), each.on, each.number))
    for each in order:
        planned, problems = judge.decide(each, choices.get(each.key, ""))
        found.append(planned)
        against.append((planned, problems))
    if not offer:
        against = []
    names = _holders(session, {held for _, problems in against for one in problems for held in one.holders})
    for planned, problems in against:
        planned.problems = [_sentence(one, names) for one in problems]
        if problems:
            planned.options = judge.options(planned)
    found.sort(key=lambda each: (each.wanted.on, each.wanted.number))
    seen = {row.patient_id for row in names.values() if row.patient_id}
    return Plan(found, seen, read.rooms, read.devices, read)


class _Judge:
    """Says of a place what is against it, from what was read; keeps the places that the series itself takes."""

    def __init__(
        self,
        visit_type: VisitType,
        length: timedelta,
        people: Sequence[RenderingProvider],
        read: openings.Days,
        elsewhere: Sequence[Any],
    ) -> None:
        self.visit_type, self.people = visit_type, people
        self.usual = self.length = length  # that of the date that is being judged
        self.read, self.elsewhere = read, elsewhere
        self.by_public_id = {each.public_id: each for each in people}
        self.mine: list[tuple[datetime, datetime, int]] = []
        self.itself = 0  # the date that other places are looked for is in nobody's way
        self._starts: dict[tuple[int, date, timedelta], list[datetime]] = {}

    def decide(self, wanted: Wanted, choice: str) -> tuple[Planned, list[_Against]]:
        """What becomes of a date by the choice that was made for it, and what is against the date itself."""
        self.length = wanted.length or self.usual
        try:
            asked: Place | None = Place(places.instant(wanted.on, wanted.wall), wanted.provider)
            problems = self.against(asked) if asked else []
        except SchedulingError as error:
            asked, problems = None, [_Against(str(error), hard=True)]
        can_keep = asked is not None and bool(problems) and not any(each.hard for each in problems)
        planned = Planned(wanted, "open", None, can_keep=can_keep, choice=choice)
        planned.needs_reason = can_keep and any(each.closed for each in problems)
        if choice == SKIP:
            planned.state = "skipped"
            if wanted.visit is not None:
                self._take(wanted.visit.starts_at, wanted.visit.ends_at, wanted.number)
            return planned, problems
        chosen = self._chosen(choice)
        if chosen is not None and not self.against(chosen):
            planned.state, planned.place = "chosen", chosen
        elif not problems:
            planned.state, planned.place, planned.choice = "free", asked, ""
        elif choice == ANYWAY and can_keep:
            planned.state, planned.place = "anyway", asked
        else:
            planned.choice = ""
        if planned.place is not None:
            start = planned.place.starts_at
            self._take(start, start + self.length, wanted.number)
        return planned, problems

    def _take(self, starts_at: datetime, ends_at: datetime, number: int) -> None:
        part = capacity.busy(self.visit_type, starts_at, ends_at)
        begins = min(starts_at, part["busy_from"] or starts_at)
        self.mine.append((begins, max(ends_at, part["busy_until"] or ends_at), number))

    def _chosen(self, token: str) -> Place | None:
        stamp, _, public_id = token.partition("~")
        provider = self.by_public_id.get(public_id)
        if provider is None:
            return None
        try:
            return Place(datetime.strptime(stamp, _STAMP).replace(tzinfo=UTC), provider)
        except ValueError:
            return None

    def against(self, place: Place) -> list[_Against]:
        start, end = place.starts_at, place.starts_at + self.length
        day = clock.local(start).date()
        if start < clock.now():
            return [_Against("That time has passed.", hard=True)]
        begins, _ = clock.day_bounds(day)
        # What lasts until midnight is filed under the next day too, where it is over.
        specials = [
            each for each in self.read.specials.get((place.provider.id, day), []) if each.ends_at > begins
        ]
        usual = self.read.usual(place.provider.id, day)
        soft = [
            *places.against_hours(place.provider, usual, specials, start, end),
            *places.against_blocks(specials, self.visit_type.id, start, end),
        ]
        found = [_Against(each.sentence, hard=False, closed=each.needs_reason) for each in soft]
        other = self._other_date(start, end)
        if other is not None:
            found.append(_Against(f"Visit {other} of this series is then.", hard=True))
        found += self._capacity(place, start, end)
        for row in self.elsewhere:
            if row.starts_at < end and row.ends_at > start:
                who = provider_name(row.first_name, row.last_name, row.credential)
                at = formats.wall(row.starts_at)
                found.append(_Against(f"The patient has another visit at {at} with {who}.", hard=False))
        return found

    def _capacity(self, place: Place, start: datetime, end: datetime) -> list[_Against]:
        """What the database would refuse (A4, A5)."""
        visits = self.read.visits.get(clock.local(start).date(), ())
        mine = [row for row in visits if row.provider_id == place.provider.id]
        found = []
        if not openings.provider_free(place.provider, self.visit_type, start, end, mine):
            part = capacity.busy(self.visit_type, start, end)
            begins, ends = part["busy_from"] or start, part["busy_until"] or end
            held = tuple(row.id for row in mine if row.busy_from < ends and row.busy_until > begins)
            found.append(_Against(place.provider.name, hard=True, holders=held))
        kinds = ((self.read.rooms, "room_id", f"{self.visit_type.room_kind} room"),)
        kinds += ((self.read.devices, "device_id", self.visit_type.device_kind),)
        for things, column, word in kinds:
            if not openings.one_free(things, column, start, end, visits):
                found.append(_Against(f"Every {word} is taken then.", hard=True))
        return found

    def _other_date(self, start: datetime, end: datetime) -> int | None:
        return next(
            (
                number
                for begins, ends, number in self.mine
                if number != self.itself and begins < end and ends > start
            ),
            None,
        )

    def options(self, planned: Planned) -> list[Place]:
        """Other places for a date, the likeliest first; the one that was chosen is always among them."""
        wanted, provider = planned.wanted, planned.wanted.provider
        self.itself, self.length = wanted.number, wanted.length or self.usual
        found = self._both_hours(wanted)
        found += self._nearest(wanted, provider, wanted.on, "same day", 2)
        others = [
            each for each in self.people if each.id != provider.id and self.visit_type.taken_by(each.id)
        ]
        beside = [
            place for other in others for place in self._nearest(wanted, other, wanted.on, "same day", 1)
        ]
        beside.sort(key=lambda place: self._distance(place.starts_at, wanted))
        found += beside[:2]
        found += self._next_day(wanted, [provider])
        if not beside:
            found += self._next_day(wanted, others)
        if planned.state == "chosen" and planned.place and planned.place not in found:
            known = {place.token for place in found}
            if planned.place.token not in known:
                found.insert(0, Place(planned.place.starts_at, planned.place.provider, "chosen"))
        return found

    def _both_hours(self, wanted: Wanted) -> list[Place]:
        """The two instants of a wall time that comes twice, as far as they are free (A8)."""
        try:
            both = {places.instant(wanted.on, wanted.wall, fold) for fold in (0, 1)}
        except SchedulingError:
            return []
        if len(both) == 1:
            return []
        first, second = sorted(both)
        pair = (
            Place(first, wanted.provider, "the first, before the clocks go back"),
            Place(second, wanted.provider, "the second, after the clocks went back"),
        )
        return [each for each in pair if not self.against(each)]

    def _nearest(
        self, wanted: Wanted, provider: RenderingProvider, day: date, why: str, most: int
    ) -> list[Place]:
        free = [
            start
            for start in self._free(provider, day)
            if self._other_date(start, start + self.length) is None
        ]
        free.sort(key=lambda start: self._distance(start, wanted))
        chosen: list[datetime] = []
        for start in free:
            if all(abs(start - other) >= self.length for other in chosen):
                chosen.append(start)
            if len(chosen) == most:
                break
        return [Place(start, provider, why) for start in chosen]

    def _free(self, provider: RenderingProvider, day: date) -> list[datetime]:
        key = (provider.id, day, self.length)
        if key not in self._starts:
            starts = openings.starts_of(
                provider, day, self.visit_type, self.length, self.read, clock.now(), None, None
            )
            self._starts[key] = [
                start
                for start in starts
                if not any(
                    row.starts_at < start + self.length and row.ends_at > start for row in self.elsewhere
                )
            ]
        return self._starts[key]

    def _next_day(self, wanted: Wanted, people: Iterable[RenderingProvider]) -> list[Place]:
        people = list(people)
        for ahead in range(1, LOOKED_AFTER + 1):
            day = wanted.on + timedelta(days=ahead)
            found = [place for one in people for place in self._nearest(wanted, one, day, "next free day", 1)]
            if found:
                return sorted(found, key=lambda place: self._distance(place.starts_at, wanted))[:1]
        return []

    @staticmethod
    def _distance(start: datetime, wanted: Wanted) -> tuple[int, datetime]:
        local = clock.local(start)
        minutes = local.hour * 60 + local.minute - wanted.wall.hour * 60 - wanted.wall.minute
        return abs(minutes), start


def _elsewhere(
    session: Session, patient_id: int, own: Iterable[int], first: date, last: date
) -> Sequence[Any]:
    """The patient's other visits of those days."""
    begins, ends = clock.day_bounds(first)[0], clock.day_bounds(last)[1]
    query = (
        select(
            Appointment.starts_at,
            Appointment.ends_at,
            RenderingProvider.first_name,
            RenderingProvider.last_name,
            RenderingProvider.credential,
        )
        .join(RenderingProvider, RenderingProvider.id == Appointment.provider_id)
        .where(
            Appointment.patient_id == patient_id,
            Appointment.status.not_in(NO_VISIT),
            Appointment.id.not_in(list(own)),
            Appointment.starts_at < ends,
            Appointment.ends_at > begins,
        )
        .order_by(Appointment.starts_at)
    )
    return session.connection().execute(query).all()


def _holders(session: Session, numbers: set[int]) -> dict[int, Appointment]:
    if not numbers:
        return {}
    rows = session.scalars(
        select(Appointment)
        .where(Appointment.id.in_(numbers), Appointment.status.not_in(ENDED))
        .options(joinedload(Appointment.patient))
    )
    return {row.id: row for row in rows}


def _sentence(one: _Against, names: Mapping[int, Appointment]) -> str:
    if not one.holders:
        return one.sentence
    held = [names[each] for each in one.holders if each in names]
    parts = [
        f"{row.patient.name if row.patient else 'a held place'} from {formats.wall(row.starts_at)} to "
        f"{formats.wall(row.ends_at)}"
        for row in sorted(held, key=lambda row: row.starts_at)
    ]
    return f"{one.sentence} has {', '.join(parts)}." if parts else f"{one.sentence} is taken."
