"""Where things stand on the schedule's grid: rows of 15 minutes, lanes side by side. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

ROW = 15
FINE = 5  # what lies between the rows is drawn to five minutes
MAX_ROWS = 48
MAX_LANES = 6


class Span(NamedTuple):
    """A stretch of a day in minutes from its midnight, clinic time."""

    start: int
    end: int

    def overlaps(self, other: "Span") -> bool:
        return self.start < other.end and other.start < self.end


@dataclass(frozen=True)
class Frame:
    """The rows of a day: `opening` is the minute of row 1."""

    opening: int
    rows: int

    @property
    def whole(self) -> Span:
        return Span(self.opening, self.opening + self.rows * ROW)

    def drawn(self, span: Span) -> Span:
        """What a stretch covers on the grid: inside the frame, to five minutes, a row high at least (24 px)."""
        close = self.opening + self.rows * ROW
        start = span.start - span.start % FINE
        end = span.end + -span.end % FINE
        if self.opening <= start and start + ROW <= end <= close:
            return Span(start, end)
        start = min(max(start, self.opening), close - ROW)
        return Span(start, min(max(end, start + ROW), close))

    def classes(self, span: Span) -> str:
        """`at-11 for-2 off-10 cut-5`: what lies outside the frame is shown at its edge."""
        start, end = self.drawn(span)
        row, off = divmod(start - self.opening, ROW)
        last, over = divmod(end - self.opening, ROW)
        text = f"at-{row + 1} for-{last + bool(over) - row}"
        if off:
            text += f" off-{off}"
        return f"{text} cut-{ROW - over}" if over else text

    def point(self, minute: int) -> str | None:
        """`at-11 off-10` of a moment, None outside the frame."""
        if not self.opening <= minute < self.whole.end:
            return None
        row, rest = divmod(minute - self.opening, ROW)
        return f"at-{row + 1}" + (f" off-{rest // 5 * 5}" if rest >= 5 else "")

    def hours(self) -> list[tuple[int, str]]:
        """(row, "9 AM") of each full hour."""
        return [
            ((minute - self.opening) // ROW + 1, hour_label(minute))
            for minute in range(self.opening, self.whole.end, 60)
        ]


def frame(spans: Sequence[Span]) -> Frame:
    """Full hours around everything that is worked or booked; 8 to 17 on a day without anything."""
    start = min((span.start for span in spans), default=8 * 60) // 60 * 60
    end = -(-max((span.end for span in spans), default=17 * 60) // 60) * 60
    return Frame(start, min((end - start) // ROW, MAX_ROWS))


def lanes(spans: Sequence[Span], ranks: Sequence[int] | None = None) -> list[tuple[int, int]]:
    """(lane, lanes) of each span, both from 1: what overlaps stands side by side; a lane past the last has no room.

    Spans that touch one another by a chain of overlaps share the number of lanes. What has a lower rank stands
    further to the left: a live visit before one that was missed, both before the place that is free beside them.
    """
    ranks = ranks or [0] * len(spans)
    placed: list[tuple[int, int]] = [(1, 1)] * len(spans)
    group: list[int] = []
    until = -1

    def close() -> None:
        if len(group) < 2:
            return
        rows: list[list[Span]] = []
        found = {}
        for index in sorted(group, key=lambda i: (ranks[i], spans[i].start, -spans[i].end)):
            span = spans[index]
            free = (n for n, row in enumerate(rows) if not any(each.overlaps(span) for each in row))
            lane = next(free, len(rows))
            if lane == len(rows):
                rows.append([])
            rows[lane].append(span)
            found[index] = lane + 1
        width = len(rows) if len(rows) < 5 else MAX_LANES
        for index, lane in found.items():
            placed[index] = (lane, width)

    for index in sorted(range(len(spans)), key=lambda i: spans[i].start):
        if spans[index].start >= until:
            close()
            group, until = [], -1
        group.append(index)
        until = max(until, spans[index].end)
    close()
    return placed


def gaps(worked: Sequence[Span], frame_: Frame) -> list[Span]:
    """The parts of the frame in which nobody works."""
    free, at = [], frame_.opening
    for span in sorted(worked, key=lambda span: span.start):
        if span.start > at:
            free.append(Span(at, span.start))
        at = max(at, span.end)
    if at < frame_.whole.end:
        free.append(Span(at, frame_.whole.end))
    return free


def free_places(
    worked: Sequence[Span], taken: Sequence[tuple[Span, object]], shut: Sequence[Span] = (), limit: int = 1
) -> list[Span]:
    """Free time in buttons: half an hour from the full or half hour where it is free, else a quarter.

    `taken` holds (stretch, lane); a quarter is free while fewer than `limit` lanes are taken in it (A4). Nothing is
    free in what is `shut`.
    """
    quarters = {
        minute for span in worked for minute in range(-(-span.start // ROW) * ROW, span.end - ROW + 1, ROW)
    }
    for span in shut:
        quarters.difference_update(range(span.start // ROW * ROW, span.end, ROW))
    held: dict[int, set[object]] = {}
    for span, lane in taken:
        for minute in range(span.start // ROW * ROW, span.end, ROW):
            held.setdefault(minute, set()).add(lane)
    none: set[object] = set()
    free = {minute for minute in quarters if len(held.get(minute, none)) < limit}
    found = []
    for minute in sorted(free):
        later = minute + ROW
        if minute % 30 == 0 and later in free and len(held.get(minute, none) | held.get(later, none)) < limit:
            found.append(Span(minute, minute + 30))
            free.discard(later)
        elif minute in free:
            found.append(Span(minute, later))
    return found


def hour_label(minute: int) -> str:
    hour = minute // 60 % 24
    return f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}"


def time_label(minute: int) -> str:
    """`9:15`."""
    hour, rest = divmod(minute, 60)
    return f"{hour % 24 % 12 or 12}:{rest:02}"
