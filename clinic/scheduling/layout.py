"""Where things stand on the schedule's grid: rows of 15 minutes, lanes side by side. Pure arithmetic."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

ROW = 15
MAX_ROWS = 48
MAX_LANES = 4


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

    def classes(self, span: Span) -> str:
        """`at-11 for-2 off-10`: what lies outside the frame is shown at its edge."""
        start = min(max(span.start, self.opening), self.whole.end - ROW)
        end = min(max(span.end, start + ROW), self.whole.end)
        row, rest = divmod(start - self.opening, ROW)
        rows = max(1, -(-(end - start) // ROW))
        rows = min(rows, self.rows - row)
        off = f" off-{rest // 5 * 5}" if rest >= 5 else ""
        return f"at-{row + 1} for-{rows}{off}"

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


def lanes(spans: Sequence[Span]) -> list[tuple[int, int]]:
    """(lane, lanes) of each span, both from 1: what overlaps stands side by side, four wide at most.

    Spans that touch one another by a chain of overlaps share the number of lanes.
    """
    order = sorted(range(len(spans)), key=lambda i: (spans[i].start, -spans[i].end))
    placed: dict[int, tuple[int, int]] = {}
    group: list[tuple[int, int]] = []
    ends: list[int] = []
    until = -1

    def close() -> None:
        width = min(len(ends), MAX_LANES)
        for index, lane in group:
            placed[index] = (min(lane, MAX_LANES), width)

    for index in order:
        span = spans[index]
        if span.start >= until:
            close()
            group, ends, until = [], [], -1
        lane = next((i for i, end in enumerate(ends) if end <= span.start), len(ends))
        if lane == len(ends):
            ends.append(span.end)
        else:
            ends[lane] = span.end
        group.append((index, lane + 1))
        until = max(until, span.end)
    close()
    return [placed[i] for i in range(len(spans))]


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


def free_places(worked: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """Free time in buttons: half an hour from the full or half hour where it is free, else a quarter."""
    busy = {minute for span in taken for minute in range(span.start // ROW * ROW, span.end, ROW)}
    free = {
        minute
        for span in worked
        for minute in range(-(-span.start // ROW) * ROW, span.end - ROW + 1, ROW)
        if minute not in busy
    }
    found = []
    for minute in sorted(free):
        if minute % 30 == 0 and minute + ROW in free:
            found.append(Span(minute, minute + 30))
        elif minute % 30 == 0 or minute - ROW not in free:
            found.append(Span(minute, minute + ROW))
    return found


def hour_label(minute: int) -> str:
    hour = minute // 60 % 24
    return f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}"


def time_label(minute: int) -> str:
    """`9:15`."""
    hour, rest = divmod(minute, 60)
    return f"{hour % 24 % 12 or 12}:{rest:02}"
