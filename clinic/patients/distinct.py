"""Two records that look alike and are two people: somebody says so once, by name, and may take it back (K14)."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Select, and_, exists, or_, select, union
from sqlalchemy.orm import Session, joinedload

from clinic import audit, clock, tasks
from clinic.models import Patient, PatientDistinction, User
from clinic.patients import changes
from clinic.patients.errors import PatientError

_STANDS = PatientDistinction.taken_back_at.is_(None)


def say(session: Session, patient: Patient, other: Patient) -> PatientDistinction:
    """Keep that two records are two people; said again it is the first one. Raises PatientError for one record.

    They are no longer shown as alike, and the question that billing was asked about them is answered.
    """
    if patient.id == other.id:
        raise PatientError("This is one record.")
    one, two = sorted((patient, other), key=lambda each: each.id)
    for each in (one, two):
        changes.reread(session, each)
    standing = session.scalars(select(PatientDistinction).where(_STANDS, _of(one.id, two.id))).first()
    if standing is not None:
        return standing
    row = PatientDistinction(one=one, other=two, said_at=clock.now(), said_by=audit.actor().user_id)
    session.add(row)
    session.flush()
    tasks.end(session, "Two people.", asked(one, two))
    _record(session, "patient.distinct", row)
    return row


def take_back(session: Session, row: PatientDistinction) -> None:
    """The two may be one person after all; a second click changes nothing."""
    changes.reread(session, row)
    if row.taken_back_at is None:
        row.taken_back_at, row.taken_back_by = clock.now(), audit.actor().user_id
        session.flush()
        _record(session, "patient.alike", row)


def from_patient(patient_id: int) -> Select[Any]:
    """The ids of the records that are said to be somebody else than this one, as a query within a query."""
    pair = PatientDistinction
    return select(
        union(
            select(pair.other_id.label("id")).where(_STANDS, pair.one_id == patient_id),
            select(pair.one_id).where(_STANDS, pair.other_id == patient_id),
        ).subquery()
    )


def told_apart(one: Any, two: Any) -> Any:
    """The condition that two columns of ids name records that are said to be two people."""
    return exists().where(_STANDS, _of(one, two)).correlate_except(PatientDistinction)


def standing(
    session: Session, patient_id: int | None = None, limit: int = 50
) -> Sequence[tuple[PatientDistinction, str]]:
    """What was said and stands, the last first, with who said it: of one patient, or of all."""
    query = (
        select(PatientDistinction, User.name)
        .outerjoin(User, User.id == PatientDistinction.said_by)
        .where(_STANDS)
        .options(joinedload(PatientDistinction.one), joinedload(PatientDistinction.other))
        .order_by(PatientDistinction.id.desc())
        .limit(limit)
    )
    if patient_id is not None:
        pair = PatientDistinction
        query = query.where(or_(pair.one_id == patient_id, pair.other_id == patient_id))
    return [(row, name or "the system") for row, name in session.execute(query)]


def between(session: Session, one: Patient, two: Patient) -> tuple[PatientDistinction, str] | None:
    """What was said about these two, with who said it; None where nobody did."""
    for row, name in standing(session, one.id):
        if two.id in (row.one_id, row.other_id):
            return row, name
    return None


def asked(one: Patient, two: Patient) -> str:
    """The key of the task that asks whether two records are one person."""
    low, high = sorted((one.id, two.id))
    return f"merge:{low}:{high}"


def _of(one: Any, two: Any) -> Any:
    pair = PatientDistinction
    return or_(and_(pair.one_id == one, pair.other_id == two), and_(pair.one_id == two, pair.other_id == one))


def _record(session: Session, action: str, row: PatientDistinction) -> None:
    numbers = f"{row.one.mrn} and {row.other.mrn}"
    audit.record(
        session,
        action,
        patients=[row.one_id, row.other_id],
        subject=f"patient_distinction:{row.public_id}",
        category="demographics",
        changes={"mrn": ["", numbers] if action == "patient.distinct" else [numbers, ""]},
    )
