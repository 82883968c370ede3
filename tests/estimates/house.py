"""A visit to estimate: a covered patient, the clinic's fees, and what the payer is taken to have answered."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sqlalchemy.orm import Session

from clinic import clock, db, estimates
from clinic.models import Appointment, Coverage, EligibilityCheck, Patient, Payer
from tests import factories

FEES = {
    "c99213": "135.00", "c99396": "245.00", "c83036": "35.00", "c80053": "48.00", "c97110": "74.00",
    "c99024": "0.00", "c20610": "212.00",
}  # fmt: skip


def value(low: str, high: str = "", of: str = "98") -> dict[str, Any]:
    return {"in": {"low": low, "high": high or low, "service_type": of, "messages": []}, "out": None}


def left(code: str, level: str, remaining: str, total: str) -> dict[str, Any]:
    return {
        "name": "Deductible" if code == "C" else "Out-of-pocket maximum", "code": code, "level": level,
        "side": "in", "remaining": {"low": remaining, "high": remaining}, "total": {"low": total, "high": total},
        "met": None, "service_type": "30", "messages": [],
    }  # fmt: skip


BENEFITS = {
    "status": "1",
    "service_type": "98",
    "copay": value("25.00"),
    "coinsurance": value("0"),
    "coinsurance_plan": value("0.2", of="30"),
    "amounts": [left("C", "IND", "20.00", "500.00"), left("G", "IND", "3000.00", "4000.00")],
    "qmb": False,
    "starts_on": "",
    "ends_on": "",
    "notes": [],
    "unclear": [],
    "other_payers": [],
    "omitted": [],
    "authorization": {"in": "", "out": ""},
    "authorization_codes": [],
    "visits": {"in": None, "out": None},
}


@dataclass
class Visit:
    patient: Patient
    payer: Payer
    coverage: Coverage | None
    appointment: Appointment


def visit(session: Session, *, covered: bool = True, days: int = 0, **changes: Any) -> Visit:
    """Changes: `payer`, `coverage`, `patient`, `visit_type`, `appointment` as dicts for the factories."""
    if not db.session.query(factories.Practice).first():
        factories.make_practice(session)
        factories.make_fees(session, **FEES)
        estimates.seed_exemptions(session)
    payer = factories.make_payer(session, **changes.get("payer", {}))
    patient = factories.make_patient(session, **changes.get("patient", {}))
    coverage = (
        factories.make_coverage(session, patient, payer, **changes.get("coverage", {})) if covered else None
    )
    kind = factories.make_visit_type(session, **changes.get("visit_type", {}))
    starts_at = clock.at(clock.today() + timedelta(days=days), time(10))
    appointment = factories.make_appointment(
        session, patient, starts_at=starts_at, visit_type_id=kind.id, **changes.get("appointment", {})
    )
    return Visit(patient, payer, coverage, appointment)


def answered(
    session: Session, coverage: Coverage, *, active: bool = True, **benefits: Any
) -> EligibilityCheck:
    """The payer answered a moment ago; `benefits` change BENEFITS."""
    check = EligibilityCheck(
        coverage_id=coverage.id,
        service_on=clock.today(),
        service_types=["30", "98"],
        trace=f"{coverage.id:09d}{len(benefits)}{active}{clock.now().timestamp()}",
        state="answered",
        active=active,
        benefits=BENEFITS | benefits,
        asked_at=clock.now(),
        answered_at=clock.now(),
    )
    session.add(check)
    session.flush()
    return check


def contract(session: Session, payer: Payer, **amounts: str) -> None:
    """What a payer's contract allows: `contract(session, payer, c99213="92.00")`."""
    schedule = factories.FeeSchedule(name="Contract", payer_id=payer.id, effective_on=date(2026, 1, 1))
    session.add(schedule)
    session.flush()
    for name, amount in amounts.items():
        session.add(factories.Fee(schedule_id=schedule.id, code=name[1:], amount=Decimal(amount)))
    session.flush()
