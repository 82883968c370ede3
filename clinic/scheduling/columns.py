"""One provider's day as a column of the schedule: cards, free places, closed time, each with its place on the grid."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from clinic import clock
from clinic.models.scheduling import COMING, ENDED
from clinic.scheduling import rows
from clinic.scheduling.history import WORDS
from clinic.scheduling.layout import Frame, Span, free_places, gaps, lanes, time_label
from clinic.scheduling.pattern import Special

TINTS = {
    "requested": "st-scheduled",
    "booked": "st-scheduled",
    "reminded": "st-scheduled",
    "confirmed": "st-confirmed",
    "arrived": "st-arrived",
    "checked_in": "st-arrived",
    "roomed": "st-room",
    "with_provider": "st-room",
    "checked_out": "st-out",
    "closed": "st-out",
}
TONES = {"st-confirmed": "info", "st-arrived": "warn", "st-room": "ok", "st-noshow": "danger"}
TINY = 2
# So many ended visits of one place are drawn beside it; earlier ones stand in the list.
ENDED_SHOWN = 3
ZERO = Decimal(0)
MINUTE = timedelta(minutes=1)
# A visit as it was read, with its minutes of that day.
Placed = tuple[Any, Span]


# A day has more than a hundred of each; a named tuple is made several times faster than a frozen dataclass.
class Visit(NamedTuple):
    """One card: times are the clinic's; `classes` place and tint it."""

    public_id: str
    patient_id: int
    name: str
    born_on: date
    sex: str
    mrn: str
    phone: str
    provider: str
    starts_at: datetime
    start: str
    time: str
    minutes: int
    reason: str
    note: str
    visit_type: str
    room: str
    status: str
    word: str
    tone: str
    version: int
    flag: str
    danger: bool
    payer: str
    copay: Decimal | None
    owed: Decimal
    movable: bool
    color: str
    classes: str

    @property
    def label(self) -> str:
        """The card in one sentence, for who hears the page."""
        why = self.reason if self.reason == self.visit_type else f"{self.reason}, {self.visit_type}"
        text = f"{self.time}, {self.name}, {why}, {self.word}, {self.minutes} minutes"
        return f"{text}, {self.flag}" if self.flag else text


class Slot(NamedTuple):
    """A free place: where, when, and the words for it."""

    start: str
    time: str
    classes: str


@dataclass(frozen=True, slots=True)
class Column:
    """A provider's day; `worked` is False when he does not work on it.

    `wide` is the most that stands side by side; a visit without classes has no room and stands in the list alone.
    """

    key: str
    title: str
    note: str
    day: date
    provider: str
    start: str
    worked: bool
    wide: int
    blocks: Sequence[tuple[str, str]]
    slots: Sequence[Slot]
    visits: Sequence[Visit]


def span_of(starts_at: datetime, ends_at: datetime, on: date) -> Span:
    """Minutes of a clinic's day by its wall clock; what runs past midnight ends there."""
    start, end = clock.local(starts_at), clock.local(ends_at)
    first = start.hour * 60 + start.minute if start.date() == on else 0
    last = end.hour * 60 + end.minute if end.date() == on else 24 * 60
    return Span(first, max(last, first + 1))


def _closes(each: Special, provider: rows.Provider) -> bool:
    """A held place is one of those that its provider has at once; where he has one alone it is closed and says why."""
    return each.kind == "block" or (each.kind == "held" and provider.limit == 1)


def free_of(
    provider: rows.Provider,
    on: date,
    worked: Sequence[Span],
    live: Sequence[Placed],
    specials: Sequence[tuple[Span, Special]],
) -> list[Span]:
    """What is free in a provider's day beside the visits that stand, held places and closed time (A4, A5, A6)."""
    taken: list[tuple[Span, object]] = [
        (_busy(row, span, on), (row.lane, row.id if row.overbooked else 0)) for row, span in live
    ]
    shut = []
    for span, each in specials:
        if _closes(each, provider):
            shut.append(span)
        elif each.kind == "held":
            taken.append((span, span))
    return free_places(worked, taken, shut, provider.limit)


def column(
    provider: rows.Provider,
    on: date,
    grid: Frame,
    found: Sequence[Placed],
    specials: Sequence[Special],
    rooms: Collection[str] = (),
    *,
    week: bool,
) -> Column:
    """The column of a provider's day; with `rooms` (public ids) a visit elsewhere only says that he is taken."""
    begins, ends = clock.day_bounds(on)
    here = [
        (span_of(each.starts_at, each.ends_at, on), each)
        for each in specials
        if each.provider_id == provider.id and each.starts_at < ends and each.ends_at > begins
    ]
    worked = worked_on(provider, on, specials)
    # Lunch has no row on a day that is drawn from its one visit in the evening, and nothing is kept free on a day
    # that is not worked.
    drawn = [each for each in here if each[0].overlaps(grid.whole) and (worked or each[1].kind == "held")]
    blocked = [(span, each.label) for span, each in drawn if _closes(each, provider)]
    # Reserved time can be clicked: whoever books something else there is asked.
    reserved = [
        (span, f"Reserved: {each.label}")
        for span, each in drawn
        if each.kind == "reserved" and not each.free_for_all
    ]
    live = [(row, span) for row, span in found if row.status not in ENDED]
    free = free_of(provider, on, worked, live, here)
    elsewhere = []
    if rooms:
        elsewhere = [(span, "In another room") for row, span in live if row.room_key not in rooms]
        found = [each for each in found if each[0].room_key in rooms]
    places, slots, wide = _side_by_side(
        found, free, grid, own_part=provider.limit > 1 or any(r.busy_from for r, _ in live)
    )
    visits = [
        _visit(row, provider.name, span, on, grid, place)
        for (row, span), place in zip(found, places, strict=True)
    ]
    not_in = next((_why(each) for _, each in here if each.kind in ("closure", "away")), "Not in")
    away = [(grid.classes(span), _away(span, grid, worked, not_in)) for span in gaps(worked, grid)]
    day_text = on.isoformat()
    rooms = sorted({row.room for row, _ in found if row.room})
    return Column(
        key=f"{provider.public_id}-{day_text}",
        title=f"{on:%a} {on:%-m/%-d}" if week else provider.name,
        note=_note(f"{len(live)} visit{'' if len(live) == 1 else 's'}" if week else ", ".join(rooms), visits),
        day=on,
        provider=provider.public_id,
        start=_wall(on, grid.opening),
        worked=bool(worked),
        wide=wide,
        blocks=away + [(grid.classes(span), label) for span, label in (*blocked, *reserved, *elsewhere)],
        slots=[Slot(_wall(on, span.start), time_label(span.start), classes) for span, classes in slots],
        visits=visits,
    )


def _side_by_side(
    found: Sequence[Placed], free: Sequence[Span], grid: Frame, *, own_part: bool
) -> tuple[list[tuple[int, int]], list[tuple[Span, str]], int]:
    """The lane of each visit, the free places with their classes, and the most lanes: nothing covers anything.

    A place that is free although a card lies over it (its visit was missed, or its provider has more than one lane
    or only a part in it) stands beside that card, so that both can be pressed.
    """
    drawn = [grid.drawn(span) for _, span in found]
    ended = [row.status in ENDED for row, _ in found]
    shown = _newest(found, drawn)
    over = [span for span, over, here in zip(drawn, ended, shown, strict=True) if here and (over or own_part)]
    beside = [slot for slot in free if any(slot.overlaps(span) for span in over)] if over else []
    cards = [n for n, here in enumerate(shown) if here]
    placed = lanes([drawn[n] for n in cards] + beside, [int(ended[n]) for n in cards] + [2] * len(beside))
    wide = max((width for _, width in placed), default=1)
    places = [(0, 0)] * len(found)
    for n, (lane, width) in zip(cards, placed, strict=False):
        places[n] = (min(lane, width), width)
    lane_of = dict(zip(beside, placed[len(cards) :], strict=True))
    slots = []
    for slot in free:
        lane, width = lane_of.get(slot, (1, 1))
        if lane <= width:
            slots.append((slot, grid.classes(slot) + (f" lane-{lane}of{width}" if width > 1 else "")))
    return places, slots, wide


def _newest(found: Sequence[Placed], drawn: Sequence[Span]) -> list[bool]:
    """Which visits are drawn: all that stand, and of the ended ones of a place the newest few."""
    shown = [row.status not in ENDED for row, _ in found]
    kept: list[Span] = []
    for n in sorted((n for n, live in enumerate(shown) if not live), key=lambda n: -found[n][0].id):
        shown[n] = sum(drawn[n].overlaps(other) for other in kept) < ENDED_SHOWN
        if shown[n]:
            kept.append(drawn[n])
    return shown


def _note(text: str, visits: Sequence[Visit]) -> str:
    left_out = sum(not visit.classes for visit in visits)
    return f"{text}{' · ' if text else ''}{left_out} more in the list" if left_out else text


def _busy(row: Any, span: Span, on: date) -> Span:
    """The part of a visit that holds its provider (A5)."""
    return span if row.busy_from is None else span_of(row.busy_from, row.busy_until, on)


def worked_on(provider: rows.Provider, on: date, specials: Sequence[Special]) -> list[Span]:
    """The stretches really worked on a day: exceptions and closures go before the pattern (A6)."""
    begins, ends = clock.day_bounds(on)
    mine = [each for each in specials if each.provider_id == provider.id and begins <= each.starts_at < ends]
    if any(each.kind in ("closure", "away") for each in mine):
        return []
    other = [span_of(each.starts_at, each.ends_at, on) for each in mine if each.kind == "hours"]
    return other or provider.worked(on)


def _why(each: Special) -> str:
    word = "Closed" if each.kind == "closure" else "Away"
    return f"{word}: {each.label}" if each.label else word


def _away(span: Span, grid: Frame, worked: Sequence[Span], not_in: str) -> str:
    if not worked:
        return not_in
    if span.start == grid.opening:
        return f"Out until {time_label(span.end)}"
    if span.end == grid.whole.end:
        return f"Out from {time_label(span.start)}"
    return f"Out until {time_label(span.end)}"


def _wall(on: date, minute: int) -> str:
    return f"{on.isoformat()}T{minute // 60:02}:{minute % 60:02}"


def _visit(
    row: Any,
    provider: str,
    span: Span,
    on: date,
    grid: Frame,
    lane: tuple[int, int],
) -> Visit:
    tint = TINTS.get(row.status, "st-noshow")
    minutes = (row.ends_at - row.starts_at) // MINUTE
    number, width = lane
    classes = f"{tint} {grid.classes(span)}" if width else ""
    if width > 1:
        classes += f" lane-{number}of{width}"
    if width and row.color:
        classes += f" vt-{row.color}"
    if width and minutes <= 15:
        classes += " appt-line"
    if width >= TINY and minutes <= 30:
        classes += " appt-tiny"
    flag = rows.flag_of(row, on) if tint != "st-noshow" else None
    middle = f" {row.middle_name[0]}." if row.middle_name else ""
    suffix = f" {row.suffix}" if row.suffix else ""
    return Visit(
        public_id=row.public_id,
        patient_id=row.patient_id,
        name=f"{row.last_name.upper()}{suffix}, {row.first_name}{middle}",
        born_on=row.born_on,
        sex=row.sex,
        mrn=row.mrn,
        phone=row.phone,
        provider=provider,
        starts_at=row.starts_at,
        start=_wall(on, span.start),
        time=time_label(span.start),
        minutes=minutes,
        reason=row.reason or row.visit_type,
        note=row.note,
        visit_type=row.visit_type,
        room=row.room or "",
        status=row.status,
        word=status_word(row.status, row.arrived_at, row.roomed_at),
        tone=TONES.get(tint, ""),
        version=row.version,
        flag=flag.text if flag else "",
        danger=flag.danger if flag else False,
        payer=row.payer or "Self-pay",
        copay=row.copay if row.takes_copay and row.payer else None,
        owed=max(row.owed or ZERO, ZERO),
        movable=row.status in COMING,
        color=row.color,
        classes=classes,
    )


def status_word(status: str, arrived_at: datetime | None, roomed_at: datetime | None) -> str:
    """`Arrived 8 min`, `In room 12 min`: how long the patient has been waiting, today."""
    since = {"arrived": arrived_at, "checked_in": arrived_at, "roomed": roomed_at}.get(status)
    if since is None or clock.local(since).date() != clock.today():
        return WORDS[status]
    return f"{WORDS[status]} {max(int((clock.now() - since).total_seconds() // 60), 0)} min"
