"""A professional claim (837P) as the clinic says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.batch import Batch
from clinic.x12.results.claim_details import (
    AmbulanceTransport,
    Attachment,
    ConditionAnswer,
    Contract,
    Equipment,
    EquipmentCertification,
    Form,
    Measurement,
    ProviderIds,
    PurchasedService,
    Repricing,
    SpinalManipulation,
    Stop,
)
from clinic.x12.results.parties import Address, Payer, Person, Provider, SecondaryId


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherLinePayment:
    """What another payer did with one line (2430): its own proof is line charge = paid + adjustments (C7).

    `bundled_into` is the LX number of the line that this one was paid with, 0 where it was paid by itself.
    """

    payer_id: str
    amount_paid: Decimal
    procedure: str
    modifiers: tuple[str, ...] = ()
    units: Decimal = Decimal(1)
    adjustments: tuple[Adjustment, ...] = ()
    paid_on: date | None = None
    patient_liability: Decimal | None = None
    procedure_kind: str = "HC"
    description: str = ""
    bundled_into: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherPayer:
    """Another payer of the same claim (2320/2330) and what it answered (C7). `sequence` is "P", "S" or "T".

    `remarks` to `professional_component` are its outpatient adjudication (MOA). `providers` are the numbers by which it
    knows the claim's providers.
    """

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
    non_covered: Decimal | None = None
    patient_signature_source: str = ""
    reimbursement_rate: Decimal | None = None
    hcpcs_payable: Decimal | None = None
    esrd_paid: Decimal | None = None
    professional_component: Decimal | None = None
    prior_authorization: str = ""
    referral_number: str = ""
    adjusted_before: bool = False
    providers: tuple[ProviderIds, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLine:
    """One line of a claim. `pointers` are 1-based places in `Claim.diagnoses`; `control_number` is REF*6R (C5).

    `number` is LX01; the writer counts it, so it is only informative on a claim that was read. Providers stand here
    only where they are not those of the claim. `further_references` are authorisations ("G1") and referrals ("9F") of
    other payers. `note_kind` is "ADD" or "DCP" (goals of rehabilitation); `third_party_note` is for repricers.
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
    procedure_kind: str = "HC"
    epsdt: bool = False
    family_planning: bool = False
    copay_exempt: bool = False
    equipment: Equipment | None = None
    equipment_certification: EquipmentCertification | None = None
    attachments: tuple[Attachment, ...] = ()
    ambulance: AmbulanceTransport | None = None
    conditions: tuple[ConditionAnswer, ...] = ()
    prescribed_on: date | None = None
    certification_revised_on: date | None = None
    therapy_began_on: date | None = None
    last_certified_on: date | None = None
    last_seen_on: date | None = None
    hemoglobin_tested_on: date | None = None
    creatinine_tested_on: date | None = None
    shipped_on: date | None = None
    last_xray_on: date | None = None
    initial_treatment_on: date | None = None
    ambulance_patients: Decimal | None = None
    obstetric_units: Decimal | None = None
    measurements: tuple[Measurement, ...] = ()
    contract: Contract | None = None
    repriced_line_number: str = ""
    adjusted_repriced_line_number: str = ""
    mammography_number: str = ""
    clia_number: str = ""
    referring_clia_number: str = ""
    immunization_batch: str = ""
    referral_number: str = ""
    further_references: tuple[SecondaryId, ...] = ()
    sales_tax: Decimal | None = None
    postage: Decimal | None = None
    file_information: tuple[str, ...] = ()
    note_kind: str = "ADD"
    third_party_note: str = ""
    purchased_service: PurchasedService | None = None
    repricing: Repricing | None = None
    ndc_kind: str = "N4"
    prescription_number: str = ""
    drug_link_number: str = ""
    purchased_from: Provider | None = None
    facility: Provider | None = None
    supervising_provider: Provider | None = None
    ordering_provider: Provider | None = None
    referring_provider: Provider | None = None
    primary_care_provider: Provider | None = None
    ambulance_pick_up: Address | None = None
    ambulance_drop_off: Stop | None = None
    forms: tuple[Form, ...] = ()
    number: int = field(default=0, compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """One CLM. `patient` is None when the subscriber is the patient; else `relationship` is PAT01 (19 child, 01 spouse).

    `diagnoses` are ICD-10-CM codes without the dot, principal first, at most 12. `frequency` is 1, 7 or 8 (C4), and
    `payer_control_number` (REF*F8) belongs to 7 and 8 only. `sequence` is the payer's place: P, S or T.
    `raw` is the claim's own text from CLM to its last segment; `position` the CLM's number in the file.

    What is situational is empty or None where it is not said: dates end in `_on` (disability has `_from` and `_to`),
    `patient_weight` is in pounds, `special_program` CLM12, `delay_reason` CLM20, `billing_provider_ids` are the numbers
    by which this payer knows the billing provider, `file_information` fixed format lines that a state asks for.
    `pay_to_is_person` None means: as the billing provider is.
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
    currency: str = ""
    pay_to_is_person: bool | None = None
    pay_to_plan: Payer | None = None
    billing_provider_ids: tuple[SecondaryId, ...] = ()
    patient_died_on: date | None = None
    patient_weight: Decimal | None = None
    patient_pregnant: bool = False
    property_casualty_number: str = ""
    patient_signature_source: str = ""
    accident_country: str = ""
    special_program: str = ""
    delay_reason: str = ""
    initial_treatment_on: date | None = None
    last_seen_on: date | None = None
    acute_manifestation_on: date | None = None
    last_menstrual_period_on: date | None = None
    last_xray_on: date | None = None
    lenses_prescribed_on: date | None = None
    disability_from: date | None = None
    disability_to: date | None = None
    last_worked_on: date | None = None
    return_to_work_on: date | None = None
    discharged_on: date | None = None
    care_assumed_on: date | None = None
    care_relinquished_on: date | None = None
    first_contact_on: date | None = None
    repricer_received_on: date | None = None
    attachments: tuple[Attachment, ...] = ()
    contract: Contract | None = None
    service_authorization_exception: str = ""
    medicare_crossover: str = ""
    mammography_number: str = ""
    repriced_claim_number: str = ""
    adjusted_repriced_claim_number: str = ""
    investigational_device: str = ""
    clearinghouse_number: str = ""
    medical_record_number: str = ""
    demonstration_project: str = ""
    care_plan_oversight: str = ""
    file_information: tuple[str, ...] = ()
    note_kind: str = "ADD"
    ambulance: AmbulanceTransport | None = None
    spinal_manipulation: SpinalManipulation | None = None
    conditions: tuple[ConditionAnswer, ...] = ()
    icd9: bool = False
    anesthesia_procedures: tuple[str, ...] = ()
    condition_codes: tuple[str, ...] = ()
    repricing: Repricing | None = None
    primary_care_provider: Provider | None = None
    ambulance_pick_up: Address | None = None
    ambulance_drop_off: Stop | None = None
    position: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimBatch(Batch):
    """One transaction set of an 837P."""

    claims: tuple[Claim, ...]
