"""The people whose bills one guarantor pays: their next visits and balances, and one more of them registered (T1)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from clinic import clock, ledger
from clinic.models import Appointment, Coverage, Patient
from clinic.models.scheduling import ENDED
from clinic.patients.coverages import EDITABLE, coverages_on


@dataclass(frozen=True)
class Member:
    """One of a household with the next visit and what is open."""

    patient: Patient
    next_at: datetime | None
    balance: ledger.Balance


def household(session: Session, guarantor_id: int) -> list[Member]:
    """Everybody whose bills one guarantor pays, the oldest first; four queries for any number of them."""
    people = session.scalars(
        select(Patient)
        .where(Patient.guarantor_id == guarantor_id, Patient.merged_into_id.is_(None))
        .order_by(Patient.born_on, Patient.id)
    ).all()
    ids = [each.id for each in people]
    coming = dict(
        session.execute(
            select(Appointment.patient_id, func.min(Appointment.starts_at))
            .where(
                Appointment.patient_id.in_(ids),
                Appointment.starts_at >= clock.now(),
                Appointment.status.not_in(ENDED),
            )
            .group_by(Appointment.patient_id)
        ).all()
    )
    balances = ledger.patient_balances(session, ids)
    return [Member(each, coming.get(each.id), balances[each.id]) for each in people]


def copied_coverage(coverage: Coverage, of: Patient, relationship: str) -> dict[str, Any]:
    """A relative's coverage as a new member of the family has it: the same card, its holder as the subscriber.

    `relationship` is what the new patient is to the subscriber (X12). `of` is whose coverage it is.
    """
    fields = {name: getattr(coverage, name) for name in EDITABLE if name != "payer_id"}
    if coverage.relationship_code == "18":
        fields |= {
            "subscriber_first_name": of.first_name,
            "subscriber_last_name": of.last_name,
            "subscriber_born_on": of.born_on,
            "subscriber_sex": of.sex,
        }
    return fields | {"relationship_code": relationship}


def shared_coverages(session: Session, of: Patient) -> list[Coverage]:
    """The plans in force of a relative that a family shares: not those of one person alone."""
    return [
        each
        for each in coverages_on(session, of.id, clock.today())
        if each.payer.kind not in ("medicare", "medicare_advantage", "medicaid")
    ]
