"""The X12 files that came and went: narrowed by what the biller knows of them, newest first, one page at a time."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from datetime import time as wall_time
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from clinic import clock
from clinic.models import FileKey, StoredFile

PAGE = 50
STATES = {
    "stored": ("Stored", ""),
    "sent": ("Sent", "info"),
    "taken_in": ("Taken in", "ok"),
    "unmatched": ("Fits nothing of ours", "warn"),
    "duplicate": ("Duplicate", ""),
    "refused": ("Refused", "danger"),
    "unreadable": ("Unreadable", "danger"),
}
"""State to words and tone."""

_EXCHANGED = and_(StoredFile.direction != "made", StoredFile.media_type == "application/edi-x12")
# Stored with a reason is what nobody here takes in.
_LOOK = or_(
    StoredFile.state.in_(("unreadable", "refused", "unmatched")),
    and_(StoredFile.state == "stored", StoredFile.direction == "in", StoredFile.reason != ""),
    StoredFile.balances.is_(False),
)
VIEWS: dict[str, tuple[str, ColumnElement[bool]]] = {
    "all": ("All files", _EXCHANGED),
    "in": ("Received", and_(_EXCHANGED, StoredFile.direction == "in")),
    "out": ("Sent", and_(_EXCHANGED, StoredFile.direction == "out")),
    "look": ("To look at", and_(_EXCHANGED, _LOOK)),
}
"""Saved views: key to words and condition."""

# What may be typed in part; control numbers are typed whole.
_IN_PART = ("claim", "payer_claim", "trace", "payer")
_SHORTEST = 3


@dataclass(frozen=True)
class Filters:
    """What narrows the list; empty is any. `to` is included. `search` is a number or a payer's name."""

    kind: str = ""
    state: str = ""
    first: date | None = None
    to: date | None = None
    search: str = ""


@dataclass(frozen=True)
class Page:
    """One page, newest first. `newer` and `older` are public ids to go on from, "" at the ends; `found_by` says for each
    row id by which of its numbers the search found it."""

    rows: Sequence[StoredFile]
    total: int
    newer: str = ""
    older: str = ""
    found_by: dict[int, list[tuple[str, str]]] = field(default_factory=dict)


def page(session: Session, view: str, filters: Filters, *, before: str = "", after: str = "") -> Page:
    """A page of at most PAGE files: older than `before`, or newer than `after` (public ids), else the newest.

    Goes along the index, so that the ten-thousandth file costs what the first does.
    """
    chosen = _narrowed(view, filters)
    total = session.scalar(select(func.count()).select_from(chosen.subquery())) or 0
    edge = _row_id(session, before or after)
    query = chosen.with_only_columns(StoredFile)
    if edge is not None and after:
        query = query.where(StoredFile.id > edge).order_by(StoredFile.id)
    elif edge is not None:
        query = query.where(StoredFile.id < edge).order_by(StoredFile.id.desc())
    else:
        query = query.order_by(StoredFile.id.desc())
    rows = list(session.scalars(query.limit(PAGE + 1)))
    more = len(rows) > PAGE
    rows = rows[:PAGE]
    if after and edge is not None:
        rows.reverse()
        newer, older = more, bool(rows)
    else:
        newer, older = edge is not None and bool(rows), more
    return Page(
        rows,
        total,
        rows[0].public_id if rows and newer else "",
        rows[-1].public_id if rows and older else "",
        _found_by(session, rows, filters.search) if filters.search else {},
    )


def view_counts(session: Session) -> dict[str, int]:
    """How many files each view holds."""
    counted = select(*(func.count().filter(condition) for _, condition in VIEWS.values())).select_from(
        StoredFile
    )
    row = session.execute(counted.where(StoredFile.direction != "made")).one()
    return dict(zip(VIEWS, row, strict=True))


def kinds(session: Session) -> list[str]:
    """The kinds that there are, for who chooses among them."""
    return list(
        session.scalars(select(StoredFile.kind).where(_EXCHANGED).distinct().order_by(StoredFile.kind))
    )


def answers(session: Session, file: StoredFile) -> Sequence[StoredFile]:
    """The TA1 and 999 that answer a file of ours, or the file that one of theirs answers: the nearest few in time."""
    own = select(FileKey.kind, FileKey.value).where(FileKey.file_id == file.id)
    keys = {
        (kind, value)
        for kind, value in session.execute(own.where(FileKey.kind.in_(("gs", "isa", "answers"))))
    }
    numbers = {value for kind, value in keys if (kind == "answers") == (file.kind in ("TA1", "999", "997"))}
    if not numbers:
        return []
    if file.kind in ("TA1", "999", "997"):
        wanted: ColumnElement[bool] = FileKey.kind.in_(("gs", "isa"))
        order = StoredFile.id.desc()
        nearby = and_(StoredFile.id < file.id, StoredFile.kind.not_in(("TA1", "999", "997")))
    else:
        wanted, order = FileKey.kind == "answers", StoredFile.id.asc()
        nearby = and_(StoredFile.id > file.id, StoredFile.kind.in_(("TA1", "999", "997")))
    ids = select(FileKey.file_id).where(wanted, FileKey.value.in_(numbers))
    other = StoredFile.direction == ("out" if file.direction == "in" else "in")
    query = select(StoredFile).where(_EXCHANGED, other, nearby, StoredFile.id.in_(ids))
    if file.kind not in ("TA1", "999", "997") and file.partner:
        query = query.where(StoredFile.partner.in_((file.partner, "")))
    return session.scalars(query.order_by(order).limit(5)).all()


def _narrowed(view: str, filters: Filters) -> Select[Any]:
    query = select(StoredFile.id).where(VIEWS[view][1])
    if filters.kind:
        query = query.where(StoredFile.kind == filters.kind)
    if filters.state:
        query = query.where(StoredFile.state == filters.state)
    if filters.first:
        query = query.where(StoredFile.created_at >= clock.at(filters.first, wall_time()))
    if filters.to:
        query = query.where(StoredFile.created_at < clock.at(filters.to + timedelta(days=1), wall_time()))
    if filters.search:
        query = query.where(StoredFile.id.in_(select(FileKey.file_id).where(_matches(filters.search))))
    return query


def _matches(search: str) -> ColumnElement[bool]:
    """A key that equals what was typed, or begins with it where it may be typed in part."""
    text = " ".join(search.upper().split())
    exact = [text]
    if text.isascii() and text.isdigit():
        exact.append(text.lstrip("0"))
    found: ColumnElement[bool] = FileKey.value.in_(exact)
    if len(text) < _SHORTEST:
        return found
    begins = FileKey.value.like(text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%")
    return or_(found, and_(FileKey.kind.in_(_IN_PART), begins))


def _found_by(session: Session, rows: Sequence[StoredFile], search: str) -> dict[int, list[tuple[str, str]]]:
    query = select(FileKey.file_id, FileKey.kind, FileKey.value).where(
        FileKey.file_id.in_([row.id for row in rows]), _matches(search)
    )
    found: dict[int, list[tuple[str, str]]] = {}
    for file_id, kind, value in session.execute(query.order_by(FileKey.id).limit(PAGE * 20)):
        found.setdefault(file_id, []).append((kind, value))
    return found


def _row_id(session: Session, public_id: str) -> int | None:
    return (
        session.scalar(select(StoredFile.id).where(StoredFile.public_id == public_id)) if public_id else None
    )
