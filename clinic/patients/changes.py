"""What a change was: before and after for the audit trail, and who was faster when two people saved."""

from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, formats
from clinic.db import Base
from clinic.models import AuditEvent, Patient
from clinic.patients.errors import ChangedMeanwhile

Row = TypeVar("Row", bound=Base)


def lock(session: Session, row: Row, version: int, patient_id: int, what: str) -> Row:
    """Lock a row and refuse an old version, in words: who saved first, and when."""
    reread(session, row)
    if row.version != version:  # type: ignore[attr-defined]
        raise ChangedMeanwhile(faster(session, patient_id, what))
    return row


def reread(session: Session, row: Row) -> None:
    """Lock a row and read it anew; a plain refresh would repeat the outer joins it was loaded with."""
    kind: Any = type(row)
    session.scalars(
        select(kind)
        .where(kind.id == row.id)  # type: ignore[attr-defined]
        .with_for_update(of=kind)
        .execution_options(populate_existing=True)
    ).one()


def made_before(session: Session, kind: type[Row], patient: Patient, public_id: str | None) -> Row | None:
    """What the same page made by its first click: the row of this patient's with the page's public id."""
    table: Any = kind
    query = select(kind).where(table.public_id == public_id, table.patient_id == patient.id)
    return session.scalar(query) if public_id is not None else None


def apply(row: Base, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set the fields that differ; returns {field: [before, after]} as `audit.record` keeps it."""
    changes = {}
    for name, value in values.items():
        before = getattr(row, name)
        if before != value:
            setattr(row, name, value)
            changes[name] = [before, value]
    return changes


def faster(session: Session, patient_id: int, what: str) -> str:
    """The sentence for the slower of two: the trail knows who changed this patient's record last."""
    last = session.execute(
        select(AuditEvent.actor, AuditEvent.at)
        .where(
            AuditEvent.patient_ids.contains([patient_id]),
            AuditEvent.outcome == "done",
            AuditEvent.action.not_like("%.view"),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    ).first()
    if last is None:
        return f"{what} was changed since you opened it. Look at it again."
    when = formats.wall(last.at)
    if clock.local(last.at).date() != clock.local(clock.wall_now()).date():
        when += f" on {formats.mdy(last.at)}"
    return f"{what} was changed by {last.actor} at {when}. Look at it again before you save yours."
