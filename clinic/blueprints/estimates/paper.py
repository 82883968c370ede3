"""An estimate on paper: for a patient with a plan, and as the good-faith estimate that the law describes (F1)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from clinic import clock, estimates, formats, printing
from clinic.models import Appointment, Estimate, Practice
from clinic.patients import circle
from clinic.x12 import codes

HOLDS = timedelta(days=365)


def pdf(session: Session, estimate: Estimate) -> bytes:
    """The paper of one edition. Raises OSError where pango is missing."""
    name = "print/good_faith.html" if estimate.kind == "self_pay" else "print/estimate.html"
    return printing.pdf(name, **context(session, estimate))


def context(session: Session, estimate: Estimate) -> dict[str, Any]:
    """What both papers need."""
    practice = session.scalars(select(Practice).limit(1)).one()
    patient, appointment = estimate.patient, session.get_one(Appointment, estimate.appointment_id)
    starts = clock.local(appointment.starts_at)
    made = clock.local(estimate.made_at).date()
    home = circle.mail_to_patient(patient)
    street = ", ".join(part for part in (home.address, home.address2) if part)
    address = [
        ", ".join(part for part in (practice.address, practice.address2) if part),
        f"{practice.city}, {practice.state} {practice.zip[:5]}",
    ]
    digits = "".join(character for character in practice.tax_id if character.isdigit())
    return {
        "clinic_name": practice.name,
        "clinic": {"address": address, "phone": practice.phone, "email": practice.email},
        "estimate": estimate,
        "lines": estimate.lines,
        "further": _further(estimate, estimates.recurring.visits_of(session, appointment, estimate)),
        "person": f"{patient.first_name} {patient.last_name}",
        "born_on": _long(patient.born_on),
        "home": f"{street}, {home.city}, {home.state} {home.zip[:5]}",
        "visit": f"{_long(starts.date())}, {starts:%-I:%M %p (%Z)}",
        "visit_day": f"{starts:%B %-d}",
        "provider": estimate.provider,
        "billing_npi": practice.npi,
        "tax": f"{digits[:2]}-{digits[2:]}",
        "place": ", ".join(address),
        "reason": appointment.reason or appointment.visit_type.name,
        "service_words": codes.describe_service_type(appointment.visit_type.service_type),
        "made_on": _long(made),
        "holds_until": _long(made + HOLDS),
        "answered_on": _long(clock.local(estimate.answered_at).date()) if estimate.answered_at else "",
        "phone": formats.phone(practice.phone),
    }


def _further(estimate: Estimate, visits: Sequence[Appointment]) -> dict[str, Any] | None:
    """The further visits of a series that the paper is for: how many, when, and what all of them cost (F1)."""
    if not visits:
        return None
    days = [clock.local(each.starts_at).date() for each in visits]
    return {
        "days": [_long(day) for day in days],
        "until": _long(days[-1]),
        "count": len(days) + 1,
        "whole": estimate.expected * (len(days) + 1),
    }


def _long(day: Any) -> str:
    return f"{day:%B %-d, %Y}"
