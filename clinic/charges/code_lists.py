"""Code lists as their owners publish them (reasons, remarks, claim status, place of service, taxonomy), taken in whole.

The words that we ship are our own; a published list adds the codes that we have no words for and the days on which each
code is in use. Its rows stand in the database; `publish` hands them to `clinic.x12.codes` of this process.
"""

import csv
import io
import re
import time
from collections.abc import Iterator
from datetime import date
from typing import NamedTuple

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import audit, clock, formats
from clinic.charges.payers import MAX_ROWS, Loaded, TableRefused
from clinic.models import ListedCode
from clinic.x12 import codes

# What each list is called, where it is published, and how its codes look.
KINDS: dict[str, tuple[str, str, str]] = {
    "carc": ("Adjustment reasons (CARC)", "x12.org", r"[A-Z]?[0-9]{1,4}"),
    "rarc": ("Remittance remarks (RARC)", "x12.org", r"(M|MA|N)[0-9]{1,4}"),
    "status_categories": ("Claim status categories", "x12.org", r"[A-Z]{1,2}[0-9]{0,2}[A-Z]?"),
    "status_codes": ("Claim status codes", "x12.org", r"[0-9]{1,4}"),
    "places": ("Places of service", "cms.gov", r"[0-9]{2}"),
    "taxonomies": ("Provider taxonomy", "nucc.org", r"[0-9]{3}[0-9A-Z]{6}X"),
}
BEGINNING = date(1900, 1, 1)
REFRESH_SECONDS = 30.0
LONGEST = 4_000
_NAMES = {
    "code": ("code", "place of service code(s)", "place of service code", "carc", "rarc"),
    "description": ("description", "display name", "place of service name", "name", "definition"),
    "effective_on": ("effective_on", "effective date", "start", "start date"),
    "ended_on": ("ended_on", "stop", "stop date", "end date", "deactivation date", "termination date"),
    "modified_on": ("modified_on", "last modified", "last modified date", "modified", "modified date"),
}


class Row(NamedTuple):
    """One code of a file. `effective_on` is BEGINNING where the file does not say."""

    code: str
    description: str
    effective_on: date
    ended_on: date | None
    modified_on: date | None


def load(session: Session, kind: str, content: bytes) -> Loaded:
    """Take in a published list; all of it or, with the line that is wrong, nothing (TableRefused).

    CSV, or text with tabs, whose first line names the columns: code and description, and where they are published the
    days of start, stop and last change. A code that is not in the file stays as it was. Twice changes nothing.
    """
    rows = read(kind, content)
    standing = {
        (row.code, row.effective_on): row
        for row in session.scalars(select(ListedCode).where(ListedCode.kind == kind))
    }
    added = changed = 0
    for row in rows:
        found = standing.get((row.code, row.effective_on))
        if found is None:
            session.add(ListedCode(kind=kind, changed_at=clock.now(), **row._asdict()))
            added += 1
        elif (found.description, found.ended_on, found.modified_on) != (row.description, *row[3:]):
            found.description, found.ended_on, found.modified_on = row.description, *row[3:]
            found.changed_at = clock.now()
            changed += 1
    session.flush()
    audit.record(
        session, f"code_table.load_{kind}", changes={"added": [None, added], "changed": [None, changed]}
    )
    return Loaded(added, changed, len(rows) - added - changed)


def read(kind: str, content: bytes) -> list[Row]:
    """The rows of a file. Raises TableRefused, with the number of the line, for what is no such list."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise TableRefused("The file is not a text in UTF-8. Nothing was loaded.") from error
    found: dict[tuple[str, date], Row] = {}
    for number, columns in _lines(text):
        try:
            row = _row(kind, columns)
            if row is None:
                continue
            if (row.code, row.effective_on) in found:
                raise ValueError(f"{row.code} stands in the file twice with the same first day.")
        except ValueError as error:
            raise TableRefused(f"Line {number}: {error} Nothing was loaded.") from error
        found[row.code, row.effective_on] = row
    if not found:
        raise TableRefused("The file has no code. Nothing was loaded.")
    return list(found.values())


def counts(session: Session) -> dict[str, int]:
    """How many codes of each list are stored."""
    found = dict.fromkeys(KINDS, 0)
    for kind, count in session.execute(select(ListedCode.kind, func.count()).group_by(ListedCode.kind)):
        found[kind] = count
    return found


def publish(session: Session) -> None:
    """Hand what is stored to this process."""
    lists: dict[str, list[codes.PublishedCode]] = {kind: [] for kind in KINDS}
    for row in session.scalars(select(ListedCode).order_by(ListedCode.id)):
        starts = None if row.effective_on == BEGINNING else row.effective_on
        lists[row.kind].append(codes.PublishedCode(row.code, row.description, starts, row.ended_on))
    for kind, rows in lists.items():
        codes.PUBLISHED[kind].publish(rows)


class Keeper:
    """Keeps one process at what is stored: it looks at most every half minute, and reads only what has changed."""

    def __init__(self) -> None:
        self._looked = -REFRESH_SECONDS
        self._stamp: object = None

    def keep_current(self, session: Session, *, now: float | None = None) -> bool:
        """True when the lists were read again."""
        at = time.monotonic() if now is None else now
        if at - self._looked < REFRESH_SECONDS:
            return False
        self._looked = at
        stamp = session.execute(select(func.count(), func.max(ListedCode.changed_at))).one()
        if stamp == self._stamp or (self._stamp is None and not stamp[0]):
            return False
        publish(session)
        self._stamp = stamp
        return True


keeper = Keeper()


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and our names for the columns of each row that is not empty."""
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text), delimiter="\t" if "\t" in first else ",")
    try:
        header = [name.strip().lower() for name in next(reader, [])]
        places = {
            name: next(header.index(alias) for alias in aliases if alias in header)
            for name, aliases in _NAMES.items()
            if set(aliases) & set(header)
        }
        missing = {"code", "description"} - places.keys()
        if missing:
            raise TableRefused(
                f"The first line must name the columns code and description; {' and '.join(sorted(missing))} "
                "is not there. Nothing was loaded."
            )
        for cells in reader:
            if reader.line_num > MAX_ROWS:
                raise TableRefused(f"The file has more than {MAX_ROWS} lines. Nothing was loaded.")
            if any(cell.strip() for cell in cells):
                yield (
                    reader.line_num,
                    {name: cells[at].strip() if at < len(cells) else "" for name, at in places.items()},
                )
    except csv.Error as error:
        raise TableRefused(f"Line {reader.line_num}: the file is not a CSV. Nothing was loaded.") from error


def _row(kind: str, columns: dict[str, str]) -> Row | None:
    """None for a range of codes that nobody uses (28-30 Unassigned)."""
    code, description = columns["code"].upper(), " ".join(columns["description"].split())
    if description.lower().startswith("unassigned"):
        return None
    if not re.fullmatch(KINDS[kind][2], code):
        raise ValueError(f"{columns['code'][:20]!r} does not look like one of the {KINDS[kind][0].lower()}.")
    if not description or len(description) > LONGEST or "\0" in description:
        raise ValueError(f"{code} needs a description of at most {LONGEST} characters.")
    effective_on = _day(columns.get("effective_on")) or BEGINNING
    ended_on = _day(columns.get("ended_on"))
    if ended_on is not None and ended_on < effective_on:
        raise ValueError(f"{code} ends on {formats.mdy(ended_on)}, before it begins.")
    return Row(code, description, effective_on, ended_on, _day(columns.get("modified_on")))


def _day(text: str | None) -> date | None:
    return formats.parse_date(text) if text else None
