"""Moving what belongs to one patient record to another, row by row, and back.

Every table that refers to a patient is found from the models, so that a new one is not forgotten; tables that are only
added to keep what they say.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import Column, Table, func, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clinic import clock
from clinic.db import Base
from clinic.models import (
    Charge,
    Claim,
    Coverage,
    Guarantor,
    JournalEntry,
    Patient,
    PayLink,
    Posting,
    Statement,
)
from clinic.models.database_rules import APPEND_ONLY

if TYPE_CHECKING:
    from clinic.patients.merging import CoverageMove

# Rows in words, for the preview; the rest counts as "other entries".
WORDS = {
    "appointment": "visits on the schedule",
    "appointment_series": "series of visits",
    "encounter": "charge slips",
    "claim": "claims",
    "coverage": "coverages",
    "open_item": "open balances",
    "unapplied_item": "amounts of money held",
    "patient_scan": "pictures and card scans",
    "message": "messages",
    "patient_case": "accident cases",
    "patient_contact": "contacts",
    "consent": "signatures",
}
# Where one of them is said otherwise than without its last letter.
ONE = {
    "visits on the schedule": "visit on the schedule",
    "series of visits": "series of visits",
    "amounts of money held": "amount of money held",
    "pictures and card scans": "picture or card scan",
    "other entries": "other entry",
}
# Who is not who is no part of what somebody looks for before a merge: the preview says it of these two by itself.
_UNSAID = ("patient_distinction",)
_PATIENT = Patient.__table__
_GUARANTOR = Guarantor.__table__
_COVERAGE = Coverage.__table__
Moved = list[Any]  # [table, column, key, before, after]


def counts(session: Session, patient_id: int) -> list[tuple[str, int]]:
    """How many rows of which kind would move; kinds without rows are left out."""
    found: dict[str, int] = {}
    for table, column in _referring(_PATIENT):
        number = session.scalar(select(func.count()).select_from(table).where(column == patient_id)) or 0
        if number and table.name not in _UNSAID:
            words = WORDS.get(table.name, "other entries")
            found[words] = found.get(words, 0) + number
    return sorted(
        (ONE.get(words, words[:-1]) if number == 1 else words, number) for words, number in found.items()
    )


def move(
    session: Session, survivor: Patient, other: Patient, coverages: "Sequence[CoverageMove]"
) -> list[Moved]:
    """Move everything of `other` to `survivor`; returns every row that was moved, in order."""
    moved: list[Moved] = []
    for each in coverages:
        if each.twin is not None:
            for table, column in _referring(_COVERAGE):
                moved += _repoint(session, table, column, each.coverage.id, each.twin.id)
        elif each.position != each.coverage.position:
            moved += _set(session, _COVERAGE, _COVERAGE.c.position, [each.coverage.id], each.position)
    staying = {each.coverage.id for each in coverages if each.twin is not None}
    for table, column in _referring(_PATIENT):
        moved += _repoint(
            session, table, column, other.id, survivor.id, but=staying if table is _COVERAGE else ()
        )
    return moved + _bills(session, survivor, other)


def move_back(session: Session, moved: Sequence[Moved]) -> None:
    """Undo `move`, the last row first; `built_on` has made sure that nothing was changed since."""
    for name, column, key, before, _ in reversed(moved):
        table = Base.metadata.tables[name]
        session.execute(
            update(table).where(_key(table) == key).values({column: _value(table, column, before)})
        )


def built_on(session: Session, moved: Sequence[Moved], since: datetime) -> str:
    """What was built on moved rows after the merge, as the beginning of a sentence; "" for nothing."""
    for name, column, key, _, after in moved:
        table = Base.metadata.tables[name]
        now = session.execute(select(table.c[column]).where(_key(table) == key)).first()
        if now is None or now[0] != _value(table, column, after):
            return f"A row of {name.replace('_', ' ')} was changed"
    visits = [key for name, _, key, _, _ in moved if name == "encounter"]
    receipts = [key for name, _, key, _, _ in moved if name == "unapplied_item"]
    charges = select(Charge.id).where(Charge.encounter_id.in_(visits))
    posted = session.scalar(
        select(func.count())
        .select_from(Posting)
        .join(JournalEntry)
        .where(
            JournalEntry.created_at > since,
            Posting.charge_id.in_(charges) | Posting.receipt_id.in_(receipts),
        )
    )
    if posted:
        return "Money was posted on moved charges"
    if session.scalar(
        select(func.count())
        .select_from(Claim)
        .where(Claim.encounter_id.in_(visits), Claim.created_at > since)
    ):
        return "A claim was made from moved charges"
    return ""


def _bills(session: Session, survivor: Patient, other: Patient) -> list[Moved]:
    """What the two records' guarantors owe and hold for this one person goes to the survivor's."""
    stays, goes = survivor.guarantor_id, other.guarantor_id
    moved: list[Moved] = []
    for name in ("open_item", "unapplied_item"):
        table = Base.metadata.tables[name]
        mine = select(_key(table)).where(table.c.patient_id == survivor.id, table.c.guarantor_id != stays)
        moved += _set(session, table, table.c.guarantor_id, session.scalars(mine).all(), stays)
    others = session.scalar(
        select(func.count(Patient.id)).where(
            Patient.guarantor_id == goes,
            Patient.id.not_in((survivor.id, other.id)),
            Patient.merged_into_id.is_(None),
        )
    )
    if stays == goes or others:
        return moved
    for table, column in _referring(_GUARANTOR):
        if table is not _PATIENT:
            moved += _repoint(session, table, column, goes, stays)
    # A bill of the same batch as one of the survivor's stays where it is; nobody may pay it any more.
    links = (
        select(PayLink.id).join(Statement).where(Statement.guarantor_id == goes, PayLink.revoked_at.is_(None))
    )
    table = PayLink.__table__
    return moved + _set(session, table, table.c.revoked_at, session.scalars(links).all(), clock.now())


def _referring(target: Any) -> Iterator[tuple[Table, Column[Any]]]:
    """The columns that name a row of a table, but for those of history."""
    for table in Base.metadata.sorted_tables:
        if table.name in APPEND_ONLY or table.name == "patient_merge":
            continue
        for column in table.columns:
            if any(key.column is target.c.id for key in column.foreign_keys):
                yield table, column


def _repoint(
    session: Session, table: Table, column: Column[Any], before: int, after: int, but: Any = ()
) -> list[Moved]:
    keys = session.scalars(
        select(_key(table)).where(column == before, _key(table).not_in(but)).order_by(_key(table))
    )
    moved = []
    for key in keys.all():
        try:
            with session.begin_nested():
                moved += _set(session, table, column, [key], after)
        except IntegrityError:
            # The survivor has what there may be only one of; the other one's stays with the record that goes.
            continue
    return moved


def _set(session: Session, table: Any, column: Column[Any], keys: Sequence[Any], after: Any) -> list[Moved]:
    moved = []
    for key in keys:
        before = session.scalar(select(column).where(_key(table) == key))
        session.execute(update(table).where(_key(table) == key).values({column.name: after}))
        moved.append(
            [table.name, column.name, after if column is _key(table) else key, plain(before), plain(after)]
        )
    return moved


def _key(table: Any) -> Column[Any]:
    (key,) = table.primary_key.columns
    found: Column[Any] = key
    return found


def plain(value: Any) -> Any:
    """A value as the record of a merge holds it."""
    return value.isoformat() if isinstance(value, date) else value


def _value(table: Table, column: str, kept: Any) -> Any:
    kind = table.c[column].type.python_type
    return kind.fromisoformat(kept) if kept is not None and issubclass(kind, date) else kept
