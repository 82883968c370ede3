"""ICD-10-CM: what a code is, whether it was valid on a day, and the search over all of it (D01, D02).

The release stands in a flat file beside this module (`import_icd10` writes it) and is read once a process, on first
use, in a fraction of a second.
"""

import gzip
import re
import sys
import threading
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import NamedTuple

from clinic.scrub import DiagnosisStatus

RELEASE = "ICD-10-CM 2026, April update"
RELEASED_ON = date(2025, 10, 1)
RELEASE_ENDS_ON = date(2026, 9, 30)
FILE = Path(__file__).with_name("icd10cm-2026.tsv.gz")
CHOICES = 6
_reading = threading.Lock()


class _Row(NamedTuple):
    code: str
    description: str
    billable: bool
    seventh: str


@dataclass(frozen=True)
class Diagnosis:
    """A complete code with its official text."""

    code: str
    description: str


@dataclass(frozen=True)
class _Release:
    rows: tuple[_Row, ...]  # in the order of the code without its dot
    plain: tuple[str, ...]
    haystack: tuple[str, ...]

    def find(self, plain: str) -> _Row | None:
        place = bisect_left(self.plain, plain)
        found = place < len(self.plain) and self.plain[place] == plain
        return self.rows[place] if found else None

    def below(self, plain: str) -> Iterator[_Row]:
        """Every row whose code begins with `plain`, in order."""
        for place in range(bisect_left(self.plain, plain), len(self.plain)):
            if not self.plain[place].startswith(plain):
                return
            yield self.rows[place]


def warm() -> None:
    """Read the release now, so that the first person who searches does not wait."""
    _release()


def status(code: str, on: date) -> DiagnosisStatus | None:
    """What the code, with or without its dot, was on a day; None when no release that is loaded can tell.

    A day after the end of the newest release is answered from it while the code is in it, for nearly every code
    lives on; a code that it does not know may be new by then, so the answer is None and never "unknown" (D01).
    """
    if on < RELEASED_ON:
        return None
    plain = _plain(code)
    row = _release().find(plain)
    if row is None:
        return DiagnosisStatus(code, is_known=False) if on <= RELEASE_ENDS_ON else None
    choices = () if row.billable else _choices(plain)
    return DiagnosisStatus(
        code=row.code,
        is_known=True,
        billable=row.billable,
        description=row.description,
        seventh_characters=row.seventh,
        choices=choices,
        valid_from=RELEASED_ON,
    )


def describe(code: str) -> str:
    """The official text of a code, "" when it is not in the release."""
    row = _release().find(_plain(code))
    return row.description if row else ""


def search(text: str, on: date, limit: int = 20) -> list[Diagnosis]:
    """Complete codes for the beginning of a code or for words of its text, best first.

    Every word must occur, in any order. Codes that begin with what was typed come first, then texts that begin
    with it, then shorter texts. `on` is the day of service. Returns [] for fewer than two characters.
    """
    words = [word for word in re.split(r"[^a-z0-9.]+", text.lower()) if word]
    if sum(len(word) for word in words) < 2:
        return []
    release = _release()
    typed = _plain(text)
    by_code = [row for row in release.below(typed) if row.billable] if re.match(r"[A-Z]\d", typed) else []
    first = by_code[:limit]
    if len(first) < limit:
        have = {row.code for row in first}
        found = [
            row
            for row, hay in zip(release.rows, release.haystack, strict=True)
            if all(word in hay for word in words) and row.code not in have
        ]
        phrase = " ".join(words)
        found.sort(key=lambda row: _rank(row, words, phrase))
        first += found[: limit - len(first)]
    return [Diagnosis(row.code, row.description) for row in first]


def _rank(row: _Row, words: list[str], phrase: str) -> tuple[int, int, str]:
    text = row.description.lower()
    starts = set(re.split(r"[^a-z0-9.]+", text))
    whole = sum(word not in starts for word in words)
    return (0 if text.startswith(phrase) else 1 + whole, len(text), row.code)


def _choices(plain: str) -> tuple[tuple[str, str], ...]:
    complete = (row for row in _release().below(plain) if row.billable)
    return tuple((row.code, row.description) for row, _ in zip(complete, range(CHOICES), strict=False))


def _plain(code: str) -> str:
    return code.replace(".", "").strip().upper()


def _release() -> _Release:
    with _reading:
        return _read()


@cache
def _read() -> _Release:
    rows = []
    for line in gzip.decompress(FILE.read_bytes()).decode().splitlines():
        code, billable, seventh, description = line.split("\t")
        rows.append(_Row(code, description, bool(billable), sys.intern(seventh)))
    return _Release(
        rows=tuple(rows),
        plain=tuple(_plain(row.code) for row in rows),
        haystack=tuple(f"{row.code} {row.description}".lower() if row.billable else "" for row in rows),
    )
