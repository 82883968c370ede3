"""From a coverage's rows to the 270 that goes out, with everything it needs and no more (E1)."""

import re

from clinic import clock, x12
from clinic.models import Coverage, EligibilityCheck, Patient, Practice

SELF = "18"


def request_of(check: EligibilityCheck, practice: Practice) -> x12.EligibilityRequest:
    """The question as X12 knows it: the patient is the subscriber, or the dependent of one who holds the card.

    The trace is also the reference (BHT03), which a payer repeats even where it refuses before it reads the patient.
    """
    coverage = check.coverage
    itself = coverage.relationship_code == SELF
    subscriber, dependent = people(coverage)
    return x12.EligibilityRequest(
        reference=check.trace,
        trace=check.trace,
        trace_originator=originator(practice),
        payer=x12.Payer(name=coverage.payer.name, id=coverage.payer.edi_id),
        provider=x12.Provider(last_name=practice.legal_name, npi=practice.npi),
        subscriber=subscriber,
        dependent=dependent,
        relationship="" if itself else coverage.relationship_code,
        group_number=coverage.group_number,
        service_on=check.service_on,
        service_types=tuple(check.service_types),
        asked_at=clock.local(check.asked_at).replace(tzinfo=None),
    )


def originator(practice: Practice) -> str:
    """TRN03: who wrote the trace, ten characters."""
    return "9" + re.sub(r"\D", "", practice.tax_id).zfill(9)[-9:]


def people(coverage: Coverage) -> tuple[x12.Person, x12.Person | None]:
    """The subscriber, and the patient where that is somebody else."""
    patient = coverage.patient
    if coverage.relationship_code == SELF:
        return _patient(patient, member_id(coverage)), None
    return _subscriber(coverage), _patient(patient)


def member_id(coverage: Coverage) -> str:
    """As on the card, without the spaces and dashes that only make it readable."""
    return re.sub(r"[\s-]", "", coverage.member_id).upper()


def _patient(row: Patient, number: str = "") -> x12.Person:
    return x12.Person(
        last_name=row.last_name,
        first_name=row.first_name,
        middle_name=row.middle_name,
        suffix=row.suffix,
        member_id=number,
        birth_date=row.born_on,
        sex=row.sex if row.sex in ("M", "F") else "",
    )


def _subscriber(coverage: Coverage) -> x12.Person:
    return x12.Person(
        last_name=coverage.subscriber_last_name,
        first_name=coverage.subscriber_first_name,
        member_id=member_id(coverage),
        birth_date=coverage.subscriber_born_on,
        sex=coverage.subscriber_sex if coverage.subscriber_sex in ("M", "F") else "",
    )
