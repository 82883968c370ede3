"""A clinic's rules that are one row, id 1: changed under a lock by whoever saw the last of them, told in the audit trail."""

from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from clinic import audit
from clinic.db import ClinicError
from clinic.models import OnlinePolicy, ReminderPolicy, WaitPolicy

Policy = TypeVar("Policy", ReminderPolicy, WaitPolicy, OnlinePolicy)


class PolicyChanged(ClinicError):
    """Somebody else changed the rules first."""


def read(session: Session, kind: type[Policy], **usual: Any) -> Policy:
    """The rules, or the usual ones where none were written: version 0, in no session."""
    return session.get(kind, 1) or kind(id=1, version=0, **usual)


def write(session: Session, kind: type[Policy], version: int, **after: Any) -> Policy:
    """Write all of the rules; the same again (a second click) changes nothing.

    Raises PolicyChanged where they are no longer of `version`, the one that was shown (0: none were written yet).
    """
    first = insert(kind).values(id=1, version=1, **after).on_conflict_do_nothing().returning(kind.id)
    new = session.scalar(first) is not None
    found = session.scalars(
        select(kind).where(kind.id == 1).with_for_update().execution_options(populate_existing=True)
    ).one()
    changes = {
        name: [None if new else getattr(found, name), value]
        for name, value in after.items()
        if new or getattr(found, name) != value
    }
    if not changes:
        return found
    if not new and found.version != version:
        raise PolicyChanged("Somebody changed these rules since you opened them. Look at them again.")
    for name, value in after.items():
        setattr(found, name, value)
    session.flush()
    name = kind.__tablename__
    audit.record(session, f"{name}.change", subject=f"{name}:1", changes=changes)
    return found
