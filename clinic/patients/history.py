"""What was changed in a patient's record, by whom and when, old and new: the audit trail in words (H2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import formats
from clinic.models import AuditEvent, Payer
from clinic.patients.coverages import POSITIONS, RELATIONSHIPS
from clinic.patients.merging import CHOICES

CATEGORIES = ("demographics", "coverage")
_LABELS = CHOICES | {
    "payer_id": "Payer",
    "member_id": "Member ID",
    "position": "Order of payment",
    "relationship_code": "Patient is the subscriber's",
    "effective_on": "Effective from",
    "terminated_on": "Until",
    "subscriber_born_on": "Subscriber's birth date",
    "mrn": "MRN",
    "rows": "Rows moved",
}

_ACTIONS = {
    "authorization.add": "Authorization added",
    "authorization.change": "Authorization changed",
    "authorization.count": "Visit counted",
    "benefit_order.apply": "Order of payment set",
    "benefit_order.ask": "Order of payment asked",
    "case.change": "Case changed",
    "case.open": "Case opened",
    "consent.revoke": "Signature taken back",
    "consent.sign": "Signed",
    "contact.add": "Contact added",
    "contact.end": "Contact ended",
    "coverage.add": "Coverage added",
    "coverage.change": "Coverage changed",
    "guarantor.change": "Guarantor changed",
    "patient.alike": "Maybe one person after all",
    "patient.change": "Person changed",
    "patient.confirm": "Confirmed",
    "patient.distinct": "Said to be two people",
    "patient.merge": "Records merged",
    "patient.message_consent": "Consent to messages",
    "patient.payer": "Who pays changed",
    "patient.register": "Registered",
    "patient.unmerge": "Records parted",
    "picture.add": "Picture added",
    "preference.change": "Preferences changed",
}
# A row's own number says nothing to a person.
_UNSAID = ("case_id", "provider_id")
_VALUES = {
    "position": {"0": "For a case"} | {str(place): words.capitalize() for place, words in POSITIONS.items()},
    "relationship_code": RELATIONSHIPS,
    "sex": {"F": "Female", "M": "Male", "U": "Unknown"},
    "subscriber_sex": {"F": "Female", "M": "Male", "U": "Unknown"},
    "language": {"en": "English", "es": "Spanish"},
    "guarantor_relationship": {
        "self": "The patient",
        **{key: key.capitalize() for key in ("spouse", "parent", "child")},
    },
}


_WRITTEN: dict[str, Any] = {
    "phone": formats.phone,
    "adjuster_phone": formats.phone,
    "copay": lambda value: formats.usd(Decimal(value)),
    "zip": lambda value: f"{value[:5]}-{value[5:]}" if len(value) == 9 else value,
}


@dataclass(frozen=True)
class Difference:
    """One field of a change; `before` and `after` as they are read, "" for nothing."""

    label: str
    before: str
    after: str


@dataclass(frozen=True)
class Change:
    """One save: the trail's row, what was done in words, and each field."""

    event: AuditEvent
    words: str
    differences: Sequence[Difference]


def history(
    session: Session, patient_ids: Sequence[int], *, before: int | None = None, limit: int = 50
) -> tuple[list[Change], int | None]:
    """A page of changes, the newest first, and the id after which the next page begins; two queries."""
    query = (
        select(AuditEvent)
        .where(
            AuditEvent.patient_ids.overlap(list(patient_ids)),
            AuditEvent.category.in_(CATEGORIES),
            AuditEvent.outcome == "done",
            AuditEvent.action.not_like("%.view"),
        )
        .order_by(AuditEvent.id.desc())
        .limit(limit + 1)
    )
    if before is not None:
        query = query.where(AuditEvent.id < before)
    events = list(session.scalars(query))
    shown = events[:limit]
    payers = _payers(session, shown)
    changes = [Change(event, _words(event.action), _differences(event.changes, payers)) for event in shown]
    return changes, shown[-1].id if len(events) > limit else None


def _words(action: str) -> str:
    if action in _ACTIONS:
        return _ACTIONS[action]
    noun, _, verb = action.partition(".")
    return f"{noun.replace('_', ' ').capitalize()}: {verb.replace('_', ' ')}"


def _differences(changes: dict[str, Any], payers: dict[int, str]) -> list[Difference]:
    found = []
    for name, values in changes.items():
        if name in _UNSAID:
            continue
        label = _LABELS.get(name) or re.sub(r"_(on|at|id)$", "", name).replace("_", " ").capitalize()
        old, new = values if isinstance(values, list) and len(values) == 2 else ("", values)
        found.append(Difference(label, _read(name, old, payers), _read(name, new, payers)))
    return found


def _read(name: str, value: Any, payers: dict[int, str]) -> str:
    if value in (None, ""):
        return ""
    if name == "payer_id":
        return payers.get(value, str(value))
    if str(value) in _VALUES.get(name, {}):
        return _VALUES[name][str(value)]
    if name in _WRITTEN:
        written: str = _WRITTEN[name](str(value))
        return written
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value):
        return formats.mdy(date.fromisoformat(value))
    if isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d\S*", value):
        moment = datetime.fromisoformat(value)
        return f"{formats.mdy(moment)} {formats.wall(moment)}"
    return str(value)


def _payers(session: Session, events: Sequence[AuditEvent]) -> dict[int, str]:
    """The names of payers that a coverage changed from and to."""
    ids = {
        number for event in events for number in event.changes.get("payer_id", ()) if isinstance(number, int)
    }
    if not ids:
        return {}
    return dict(session.execute(select(Payer.id, Payer.name).where(Payer.id.in_(ids))).all())
