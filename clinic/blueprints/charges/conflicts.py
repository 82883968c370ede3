"""Two people on one slip: who was faster, and where the two differ."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic.blueprints.charges.forms import Row, SlipForm
from clinic.charges.slips import dotted
from clinic.models import POINTERS, AuditEvent, Encounter


def last_change(session: Session, encounter: Encounter) -> tuple[str, datetime | None]:
    """Who wrote the slip last, and when, from the audit trail."""
    event = session.scalar(
        select(AuditEvent)
        .where(
            AuditEvent.patient_ids.contains([encounter.patient_id]),
            AuditEvent.subject == f"encounter:{encounter.id}",
            AuditEvent.action.in_(("encounter.save", "encounter.mend", "encounter.sign")),
        )
        .order_by(AuditEvent.id.desc())
        .limit(1)
    )
    return (event.actor, event.at) if event else ("Somebody", None)


def differences(theirs: SlipForm, yours: SlipForm) -> list[tuple[str, str, str]]:
    """(what, theirs, yours) for every row that differs, in reading order."""
    found = []
    for letter, kept, typed in zip(POINTERS, theirs.diagnoses, yours.diagnoses, strict=True):
        if dotted(kept) != dotted(typed):
            found.append((f"Diagnosis {letter}", kept or "empty", typed or "empty"))
    for place in range(max(len(theirs.rows), len(yours.rows))):
        kept_row = _said(theirs.rows[place]) if place < len(theirs.rows) else "no line"
        typed_row = _said(yours.rows[place]) if place < len(yours.rows) else "no line"
        if kept_row != typed_row:
            found.append((f"Line {place + 1}", kept_row, typed_row))
    return found


def _said(row: Row) -> str:
    pointers = "".join(each for each in row.pointers if each.isalnum())
    words = [row.code.upper(), *(each for each in row.modifiers if each), pointers]
    return " ".join([*words, f"{row.units or '1'} x {row.fee}"])
