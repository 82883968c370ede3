"""A hospital's or facility's claim (837I) as a biller says it. It is read only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from clinic.x12.results.batch import Batch
from clinic.x12.results.claim import OtherLinePayment, OtherPayer
from clinic.x12.results.claim_details import Attachment, Contract, Repricing
from clinic.x12.results.parties import Address, Payer, Person, Provider


class Diagnosis(NamedTuple):
    """`kind` is "principal", "admitting", "reason" (for the visit), "cause" (external) or "other";
    `present_on_admission` is "Y", "N", "U", "W" or empty."""

    kind: str
    code: str
    present_on_admission: str = ""


class Occurrence(NamedTuple):
    """An occurrence code, or a procedure code, and its day; a span has an end too."""

    code: str
    on: date | None
    until: date | None = None


class ValueCode(NamedTuple):
    """A value code and its amount."""

    code: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionalLine:
    """One SV2. `procedure` is empty where the revenue code says enough; `units` are days where `unit` is "DA"."""

    revenue_code: str
    amount_billed: Decimal
    units: Decimal
    unit: str = "UN"
    procedure_kind: str = ""
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    description: str = ""
    non_covered: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    control_number: str = ""
    ndc: str = ""
    ndc_units: Decimal | None = None
    ndc_unit: str = ""
    prescription_number: str = ""
    third_party_note: str = ""
    service_tax: Decimal | None = None
    facility_tax: Decimal | None = None
    attachments: tuple[Attachment, ...] = ()
    repricing: Repricing | None = None
    operating_provider: Provider | None = None
    other_operating_provider: Provider | None = None
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    other_payments: tuple[OtherLinePayment, ...] = ()
    number: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionalClaim:
    """One CLM of an 837I. `facility_type` and `frequency` make the type of bill ("13" and "1": 131).

    `patient` is None when the subscriber is the patient. `admitted_at` has midnight where only a day was said;
    `discharge_hour` is HHMM. `diagnoses` stand in the order of the file. `notes` are (kind, text).
    """

    control_number: str
    amount_billed: Decimal
    facility_type: str
    frequency: str
    billing_provider: Provider
    subscriber: Person
    payer: Payer
    lines: tuple[InstitutionalLine, ...]
    patient: Person | None = None
    relationship: str = "18"
    sequence: str = "P"
    group_number: str = ""
    plan_name: str = ""
    filing_code: str = ""
    accepts_assignment: str = ""
    benefits_assigned: str = ""
    release_of_information: str = ""
    delay_reason: str = ""
    pay_to_address: Address | None = None
    pay_to_plan: Payer | None = None
    property_casualty_number: str = ""
    statement_from: date | None = None
    statement_to: date | None = None
    admitted_at: datetime | None = None
    discharge_hour: str = ""
    repricer_received_on: date | None = None
    admission_type: str = ""
    admission_source: str = ""
    patient_status: str = ""
    diagnoses: tuple[Diagnosis, ...] = ()
    diagnosis_related_group: str = ""
    principal_procedure: Occurrence | None = None
    other_procedures: tuple[Occurrence, ...] = ()
    occurrences: tuple[Occurrence, ...] = ()
    occurrence_spans: tuple[Occurrence, ...] = ()
    value_codes: tuple[ValueCode, ...] = ()
    condition_codes: tuple[str, ...] = ()
    treatment_codes: tuple[str, ...] = ()
    estimated_due: Decimal | None = None
    attachments: tuple[Attachment, ...] = ()
    contract: Contract | None = None
    repricing: Repricing | None = None
    service_authorization_exception: str = ""
    referral_number: str = ""
    prior_authorization: str = ""
    payer_control_number: str = ""
    repriced_claim_number: str = ""
    adjusted_repriced_claim_number: str = ""
    investigational_device: str = ""
    clearinghouse_number: str = ""
    accident_state: str = ""
    medical_record_number: str = ""
    demonstration_project: str = ""
    review_authorization: str = ""
    file_information: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    attending_provider: Provider | None = None
    operating_provider: Provider | None = None
    other_operating_provider: Provider | None = None
    rendering_provider: Provider | None = None
    referring_provider: Provider | None = None
    facility: Provider | None = None
    other_payers: tuple[OtherPayer, ...] = ()
    position: int = 0
    raw: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InstitutionalBatch(Batch):
    """One transaction set of an 837I."""

    claims: tuple[InstitutionalClaim, ...]
