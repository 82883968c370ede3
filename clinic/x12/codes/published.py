"""Code lists that others publish several times a year: our own short words, and what an import adds to them.

Nothing here reads a file or a database: whoever has the published rows hands them over with `publish`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import NamedTuple


class PublishedCode(NamedTuple):
    """One value as it is published. `starts` and `ends` are the first and last day of its use (None: without limit)."""

    code: str
    description: str
    starts: date | None = None
    ends: date | None = None

    def in_force(self, on: date) -> bool:
        return (self.starts is None or self.starts <= on) and (self.ends is None or on <= self.ends)


class CodeList(dict[str, str]):
    """Code to words. Our own words stand before the published ones, which are long; `periods` are the published days."""

    def __init__(self, own: Mapping[str, str]) -> None:
        super().__init__(own)
        self._own = dict(own)
        self.periods: Mapping[str, tuple[PublishedCode, ...]] = {}

    def publish(self, rows: Iterable[PublishedCode]) -> None:
        """Take the published list in the place of the one before; without rows only our own words are left."""
        periods: dict[str, tuple[PublishedCode, ...]] = {}
        for row in rows:
            periods[row.code] = (*periods.get(row.code, ()), row)
        # The newest words of a code that was used twice.
        words = {code: max(some, key=_starts).description for code, some in periods.items()} | self._own
        self.update(words)
        for code in self.keys() - words.keys():
            del self[code]
        self.periods = periods

    def stopped(self, code: str, on: date) -> bool:
        """The published list has the code, but not for that day. False where no list says anything."""
        periods = self.periods.get(code, ())
        return bool(periods) and not any(period.in_force(on) for period in periods)


def _starts(row: PublishedCode) -> date:
    return row.starts or date.min
