"""A dental claim (837D) as a biller says it. It is read only."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from clinic.x12.results.batch import Batch
from clinic.x12.results.claim import OtherLinePayment, OtherPayer
from clinic.x12.results.claim_details import Attachment, Contract, Repricing
from clinic.x12.results.parties import Address, Payer, Person, Provider


class Tooth(NamedTuple):
    """A tooth by its number or letter, and the surfaces that were worked on ("M", "O", "D" and so on)."""

    number: str
    surfaces: tuple[str, ...] = ()


class ToothStatus(NamedTuple):
    """A tooth that is missing ("M") or will be taken out ("E")."""

    number: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DentalLine:
    """One SV3. `areas` are parts of the mouth, `prosthesis` is "I" for a first one and "R" for a replacement."""

    procedure: str
    amount_billed: Decimal
    procedure_kind: str = "AD"
    modifiers: tuple[str, ...] = ()
    description: str = ""
    place_of_service: str = ""
    areas: tuple[str, ...] = ()
    prosthesis: str = ""
    units: Decimal | None = None
    pointers: tuple[int, ...] = ()
    teeth: tuple[Tooth, ...] = ()
    service_from: date | None = None
    service_to: date | None = None
    prior_placement_on: date | None = None
    appliance_placed_on: date | None = None
    replaced_on: date | None = None
    treatment_started_on: date | None = None
    treatment_completed_on: date | None = None
    control_number: str = ""
    prior_authorization: str = ""
    predetermination_number: str = ""
    referral_number: str = ""
    sales_tax: Decimal | None = None
    contract: Contract | None = None
    repricing: Repricing | None = None
    rendering_provider: Provider | None = None
    assistant_surgeon: Provider | None = None
    supervising_provider: Provider | None = None
    facility: Provider | None = None
    other_payments: tuple[OtherLinePayment, ...] = ()
    number: int = 0
    position: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DentalClaim:
    """One CLM of an 837D. `predetermination` asks what would be paid (CLM19). `patient` is None when the subscriber is
    the patient. `service_from` holds for every line that says no day of its own."""

    control_number: str
    amount_billed: Decimal
    place_of_service: str
    frequency: str
    billing_provider: Provider
    subscriber: Person
    payer: Payer
    lines: tuple[DentalLine, ...]
    patient: Person | None = None
    relationship: str = "18"
    sequence: str = "P"
    group_number: str = ""
    plan_name: str = ""
    filing_code: str = ""
    provider_signature: str = ""
    accepts_assignment: str = ""
    benefits_assigned: str = ""
    release_of_information: str = ""
    special_program: str = ""
    predetermination: bool = False
    delay_reason: str = ""
    accident_causes: tuple[str, ...] = ()
    accident_state: str = ""
    pay_to_address: Address | None = None
    pay_to_plan: Payer | None = None
    property_casualty_number: str = ""
    accident_on: date | None = None
    appliance_placed_on: date | None = None
    service_from: date | None = None
    service_to: date | None = None
    repricer_received_on: date | None = None
    orthodontic_months: Decimal | None = None
    orthodontic_months_left: Decimal | None = None
    tooth_statuses: tuple[ToothStatus, ...] = ()
    diagnoses: tuple[str, ...] = ()
    patient_paid: Decimal | None = None
    attachments: tuple[Attachment, ...] = ()
    contract: Contract | None = None
    repricing: Repricing | None = None
    predetermination_number: str = ""
    service_authorization_exception: str = ""
    payer_control_number: str = ""
    referral_number: str = ""
    prior_authorization: str = ""
    repriced_claim_number: str = ""
    adjusted_repriced_claim_number: str = ""
    clearinghouse_number: str = ""
    file_information: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    referring_provider: Provider | None = None
    primary_care_provider: Provider | None = None
    rendering_provider: Provider | None = None
    facility: Provider | None = None
    assistant_surgeon: Provider | None = None
    supervising_provider: Provider | None = None
    other_payers: tuple[OtherPayer, ...] = ()
    position: int = 0
    raw: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DentalBatch(Batch):
    """One transaction set of an 837D."""

    claims: tuple[DentalClaim, ...]
