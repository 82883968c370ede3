"""A file as its page shows it: what it is on top, a stretch of segments in words beside the raw ones, findings at their place."""

from collections import OrderedDict
from dataclasses import dataclass, field

from clinic import x12

STRETCH = 200
"""Segments a page or a click shows."""
OPENED = 1000
"""Segments of a file that was only opened, which has no next page."""
CHECKED_AT_ONCE = 500_000
"""Bytes up to which a file is checked before its page is sent; a larger one is checked while the page is being read."""
LARGEST_CHECKED = 12 * 1024 * 1024
_REMEMBERED = 16
_MOST_FINDINGS = 2000


@dataclass(frozen=True)
class Checked:
    """What is wrong with a file: the first findings, and how many there are of each severity."""

    findings: tuple[x12.Finding, ...]
    errors: int
    warnings: int
    total: int

    def after(self, position: int) -> x12.Finding | None:
        """The first finding behind a segment."""
        return next((each for each in self.findings if each.position > position), None)


@dataclass
class Stretch:
    """Segments `first` to `last`. `broken` is the sentence where reading had to stop."""

    first: int
    last: int
    lines: list[x12.Explained] = field(default_factory=list)
    broken: str = ""


_seen: OrderedDict[str, Checked] = OrderedDict()


def checked(content: bytes, sha256: str, *, now: bool) -> Checked | None:
    """The findings of a file; None where they are not known yet and `now` does not ask for them.

    A process remembers the last few files: stored bytes never change.
    """
    known = _seen.get(sha256)
    if known is not None:
        _seen.move_to_end(sha256)
        return known
    if len(content) > LARGEST_CHECKED or not (now or len(content) <= CHECKED_AT_ONCE):
        return None
    try:
        found = x12.validate(content)
    except x12.X12Error as error:
        found = (error.as_finding(),)
    made = Checked(
        found[:_MOST_FINDINGS],
        sum(each.severity == "error" for each in found),
        sum(each.severity == "warning" for each in found),
        len(found),
    )
    _seen[sha256] = made
    while len(_seen) > _REMEMBERED:
        _seen.popitem(last=False)
    return made


def summary(content: bytes) -> x12.Summary | None:
    """What the file is; None where it is no X12."""
    try:
        return x12.summarize(content)
    except x12.X12Error:
        return None


def stretch(content: bytes, first: int, checks: Checked | None, length: int = STRETCH) -> Stretch:
    """The segments from `first` on, each with its words and findings."""
    findings = checks.findings if checks else ()
    shown = Stretch(first, first - 1)
    try:
        for line in x12.explain(content, findings, first, first + length - 1):
            shown.lines.append(line)
            shown.last = line.segment.position
    except x12.X12Error as error:
        shown.broken = str(error)
    return shown


def beginning(content: bytes, most: int = 4000) -> str:
    """How a file begins that is no X12, with dots for what cannot be shown."""
    text = content[:most].decode("utf-8", errors="replace")
    return "".join(letter if letter.isprintable() or letter in "\r\n\t" else "·" for letter in text)


def first_of(position: int) -> int:
    """Where the stretch with a segment begins, with some segments before it."""
    return max(1, position - 10)
