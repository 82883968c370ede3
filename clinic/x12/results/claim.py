"""A professional claim (837P) as the clinic says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.parties import Address, Payer, Person, Provider, TradingPartner


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLinePayment:
    """What another payer did with one line (2430): its own proof is line charge = paid + adjustments (C7)."""

    payer_id: str
    amount_paid: Decimal
    procedure: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()
    paid_on: date | None = None
    patient_liability: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """Another payer of the same claim (2320/2330) and what it answered (C7). `sequence` is "P", "S" or "T"."""

    payer: Payer
    subscriber: Person
    sequence: str
    relationship: str = "18"
    group_number: str = ""
    plan_name: str = ""
    insurance_type: str = ""
    filing_code: str = ""
    amount_paid: Decimal | None = None
    patient_liability: Decimal | None = None
    adjustments: tuple[Adjustment, ...] = ()
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    claim_control_number: str = ""
    paid_on: date | None = None
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One line of a claim. `pointers` are 1-based places in `Claim.diagnoses`; `control_number` is REF*6R (C5).

    `number` is LX01; the writer counts it, so it is only informative on a claim that was read.
    """

    procedure: str
    amount_billed: Decimal
    service_from: date | None
    service_to: date | None = None
    units: Decimal = Decimal(1)
    unit: str = "UN"
    modifiers: tuple[str, ...] = ()
    description: str = ""
    pointers: tuple[int, ...] = ()
    place_of_service: str = ""
    emergency: bool = False
    control_number: str = ""
    prior_authorization: str = ""
    ndc: str = ""
    ndc_units: Decimal | None = None
    ndc_unit: str = ""
    note: str = ""
    rendering_provider: Provider | None = None
    other_payments: tuple[OtherLinePayment, ...] = ()
    number: int = field(default=0, compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One CLM. `patient` is None when the subscriber is the patient; else `relationship` is PAT01 (19 child, 01 spouse).

    `diagnoses` are ICD-10-CM codes without the dot, principal first, at most 12. `frequency` is 1, 7 or 8 (C4), and
    `payer_control_number` (REF*F8) belongs to 7 and 8 only. `sequence` is the payer's place: P, S or T.
    `raw` is the claim's own text from CLM to its last segment; `position` the CLM's number in the file.
    """

    control_number: str
    amount_billed: Decimal
    place_of_service: str
    billing_provider: Provider
    subscriber: Person
    payer: Payer
    lines: tuple[ServiceLine, ...]
    diagnoses: tuple[str, ...]
    patient: Person | None = None
    relationship: str = "18"
    sequence: str = "P"
    frequency: str = "1"
    group_number: str = ""
    plan_name: str = ""
    insurance_type: str = ""
    filing_code: str = ""
    provider_signature: str = "Y"
    accepts_assignment: str = "A"
    benefits_assigned: str = "Y"
    release_of_information: str = "Y"
    pay_to_address: Address | None = None
    payer_control_number: str = ""
    prior_authorization: str = ""
    referral_number: str = ""
    clia_number: str = ""
    patient_paid: Decimal | None = None
    accident_causes: tuple[str, ...] = ()
    accident_state: str = ""
    accident_on: date | None = None
    onset_on: date | None = None
    admitted_on: date | None = None
    note: str = ""
    referring_provider: Provider | None = None
    rendering_provider: Provider | None = None
    supervising_provider: Provider | None = None
    facility: Provider | None = None
    other_payers: tuple[OtherPayer, ...] = ()
    position: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBatch:
    """One transaction set of an 837P. `reference` is BHT03, which a 277CA repeats; `purpose` BHT02 (00 or 18)."""

    control_number: str
    reference: str
    created_at: datetime | None
    submitter: TradingPartner
    receiver: TradingPartner
    claims: tuple[Claim, ...]
    purpose: str = "00"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)
