"""A clinic with one insured patient who has arrived: what every test of a slip begins with."""

from datetime import date, time, timedelta
from decimal import Decimal
from types import SimpleNamespace

from sqlalchemy.orm import Session

from clinic import charges, clock, ledger
from clinic.models import Appointment, Encounter
from tests import factories


def arrived(session: Session, *, insured: bool = True, **changes: object) -> SimpleNamespace:
    """`patient`, `coverage`, `payer`, `provider`, `appointment`; the clinic's fees are loaded."""
    factories.make_practice(session)
    factories.make_fees(session)
    patient = factories.make_patient(session)
    coverage = factories.make_coverage(session, patient) if insured else None
    provider = factories.make_provider(session)
    appointment = factories.make_appointment(
        session, patient, provider, **({"status": "checked_in"} | changes)
    )
    return SimpleNamespace(
        patient=patient,
        coverage=coverage,
        payer=coverage.payer if coverage else None,
        provider=provider,
        appointment=appointment,
    )


def slip(session: Session, appointment: Appointment, *lines: charges.Line) -> Encounter:
    """A saved draft with two diagnoses; by default one visit and one A1c."""
    encounter = charges.open_slip(session, appointment)
    lines = lines or (charges.Line("99213"), charges.Line("83036", pointers="A"))
    return charges.save_draft(session, encounter, encounter.version, ["E11.65", "I10"], lines)


def collect_copay(
    session: Session, visit: SimpleNamespace, amount: str = "25.00", key: str = "copay"
) -> ledger:
    """A copay taken at check-in: a receipt that names its visit."""
    return ledger.receive(
        session,
        guarantor_id=visit.patient.guarantor_id,
        patient_id=visit.patient.id,
        appointment_id=visit.appointment.id,
        amount=Decimal(amount),
        method="cash",
        purpose="copay",
        key=key,
    )


def days_ago(days: int) -> object:
    """Ten in the morning, some days ago."""
    day: date = clock.today() - timedelta(days=days)
    return clock.at(day, time(10))
