"""A remittance (835) as the clinic says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.parties import Contact, Payer, Person, Provider

Figures = tuple[tuple[str, Decimal], ...]
"""Named numbers, in the order of the segment that they come from: (("covered_days", 4), ("drg_amount", 138018.40))."""

INPATIENT_FIGURES: dict[int, str] = {
    1: "covered_days", 2: "operating_outlier", 3: "lifetime_psychiatric_days", 4: "drg_amount", 6: "disproportionate_share",
    7: "secondary_payer_passthrough", 8: "capital", 9: "capital_federal_share", 10: "capital_hospital_share",
    11: "capital_disproportionate_share", 12: "old_capital", 13: "capital_medical_education",
    14: "operating_hospital_share", 15: "cost_report_days", 16: "operating_federal_share", 17: "capital_outlier",
    18: "indirect_teaching", 19: "professional_component", 24: "capital_exception",
}  # fmt: skip
"""MIA by element, in our words; 05 and 20 to 23 are remarks."""

OUTPATIENT_FIGURES: dict[int, str] = {
    1: "reimbursement_rate", 2: "payable_amount", 8: "kidney_disease_amount", 9: "professional_component",
}  # fmt: skip
"""MOA by element; 03 to 07 are remarks."""

PROVIDER_FIGURES: dict[int, str] = {
    4: "claims", 5: "billed", 6: "covered", 7: "not_covered", 8: "denied", 9: "provider_payment", 10: "interest",
    11: "contractual_adjustment", 12: "budget_reduction", 13: "secondary_payer_amount", 14: "blood_deductible",
    15: "billed_other_than_laboratory", 16: "coinsurance", 17: "procedures_billed", 18: "procedures_payable",
    19: "deductible", 20: "professional_component", 21: "patient_liability_met", 22: "patient_reimbursement",
    23: "interim_claims", 24: "interim_adjustment",
}  # fmt: skip
"""TS3 by element, from the fourth on."""

INPATIENT_TOTALS: dict[int, str] = {
    1: "drg_amount", 2: "federal_share", 3: "hospital_share", 4: "disproportionate_share", 5: "capital",
    6: "indirect_medical_education", 7: "outlier_days", 8: "day_outlier", 9: "cost_outlier", 10: "average_stay",
    11: "discharges", 12: "cost_report_days", 13: "covered_days", 14: "not_covered_days",
    15: "secondary_payer_passthrough", 16: "average_drg_weight", 17: "capital_federal_share",
    18: "capital_hospital_share", 19: "capital_disproportionate_share",
}  # fmt: skip
"""TS2 by element."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePayment:
    """One SVC (2110): what the payer did with one line.

    `procedure` and `modifiers` are what was paid (SVC01); `billed_procedure` and `billed_modifiers` what we sent, where
    the payer changed it (SVC06, R9). `units_paid` is SVC05, `units_billed` SVC07 (None: not sent).
    `line_control_number` is REF*6R, our own number (C5). `remarks` are RARC codes (LQ*HE).
    `pharmacy_rejections` are those of LQ*RX. `amounts` are (qualifier, amount) of AMT, never part of a balance (R4);
    `quantities` the same of QTY; `references` are (qualifier, value) of REF.
    """

    procedure: str
    amount_billed: Decimal
    amount_paid: Decimal
    procedure_kind: str = "HC"
    modifiers: tuple[str, ...] = ()
    description: str = ""
    revenue_code: str = ""
    billed_procedure: str = ""
    billed_procedure_kind: str = ""
    billed_modifiers: tuple[str, ...] = ()
    billed_description: str = ""
    units_paid: Decimal | None = None
    units_billed: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    line_control_number: str = ""
    remarks: tuple[str, ...] = ()
    pharmacy_rejections: tuple[str, ...] = ()
    amounts: tuple[tuple[str, Decimal], ...] = ()
    quantities: tuple[tuple[str, Decimal], ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    position: int = field(default=0, compare=False)

    @property
    def amount_allowed(self) -> Decimal | None:
        """AMT*B6 as sent: a cross-check only (R18)."""
        return next((amount for kind, amount in self.amounts if kind == "B6"), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimPayment:
    """One CLP (2100). `status` is CLP02, which is no denial flag (C3); 22 is a reversal (R19).

    `patient_responsibility` is CLP05 (None: not sent), only a cross-check of the PR adjustments (R7).
    `adjustments` are those at claim level; those of a line stand on the line. `inpatient` and `outpatient` are the figures
    of MIA and MOA, whose remark codes are `remarks`. `amounts` (AMT, such as "I" interest and "AU" coverage) never
    count in a balance (R4). `drg`, `drg_weight` and `discharge_fraction` are CLP11 to CLP13. `raw` is the claim's own text,
    `position` and `last_position` its first and last segment in the file.
    """

    control_number: str
    status: str
    amount_billed: Decimal
    amount_paid: Decimal
    patient_responsibility: Decimal | None = None
    filing_code: str = ""
    payer_control_number: str = ""
    facility_code: str = ""
    frequency: str = ""
    adjustments: tuple[Adjustment, ...] = ()
    patient: Person | None = None
    subscriber: Person | None = None
    corrected_patient: Person | None = None
    rendering_provider: Provider | None = None
    other_subscriber: Person | None = None
    crossover_payer: Payer | None = None
    priority_payer: Payer | None = None
    inpatient: Figures = ()
    outpatient: Figures = ()
    remarks: tuple[str, ...] = ()
    statement_from: date | None = None
    statement_to: date | None = None
    received_on: date | None = None
    coverage_expired_on: date | None = None
    group_number: str = ""
    contract_class: str = ""
    drg: str = ""
    drg_weight: Decimal | None = None
    discharge_fraction: Decimal | None = None
    contacts: tuple[Contact, ...] = ()
    amounts: tuple[tuple[str, Decimal], ...] = ()
    quantities: tuple[tuple[str, Decimal], ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    lines: tuple[ServicePayment, ...] = ()
    position: int = field(default=0, compare=False)
    last_position: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False, repr=False)

    @property
    def is_reversal(self) -> bool:
        """CLP02 = 22: amounts are negated (R19)."""
        return self.status == "22"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAdjustment:
    """One reason and amount of a PLB. A positive amount lowers the payment (R5). `reference` is PLB03-2.

    Adjustments of one segment have its `position`.
    """

    provider_id: str
    fiscal_year_end: date | None
    reason: str
    reference: str
    amount: Decimal
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimGroup:
    """One LX (2000): a payer that groups its claims says so by its `number` (empty: the claims stand under no LX).

    `claims` counts those of the remittance that belong to it, in their order. TS3 names the provider, facility and end
    of the fiscal year, with `provider_figures`; `inpatient_figures` are TS2.
    """

    number: str
    claims: int
    provider_id: str = ""
    facility_code: str = ""
    fiscal_year_end: date | None = None
    provider_figures: Figures = ()
    inpatient_figures: Figures = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """One transaction set of an 835, all of its claims included.

    `handling` is BPR01, `amount` BPR02, `credit_or_debit` BPR03 (C or D), `method` BPR04 (ACH, CHK, FWT, NON, BOP),
    `paid_on` BPR16, `trace` TRN02 (check or EFT number, empty where the payer left it out: R2), `originator` TRN03.
    `company_id` is BPR10 where it differs from `originator`; `payment_format` BPR05 (CCP, CTX). `references` are those of
    the set (EV receiver, F2 version). `contacts` are (kind, contact) of the payer's PER: CX claims office, BL technical,
    IC web site; left empty, `payer.contact` is the one technical contact. `delivery` is RDM (how, to whom, number).
    `groups` is empty where there is one LX, numbered 1 and without totals.
    `first_position` and `last_position` are ST and SE in the file.
    """

    control_number: str
    amount: Decimal
    method: str
    paid_on: date | None
    trace: str
    originator: str
    payer: Payer
    payee: Provider
    claims: tuple[ClaimPayment, ...]
    handling: str = "I"
    credit_or_debit: str = "C"
    originator_supplement: str = ""
    payment_format: str = ""
    sender_routing_kind: str = "01"
    sender_routing: str = ""
    sender_account_kind: str = "DA"
    sender_account: str = ""
    company_id: str = ""
    company_supplement: str = ""
    receiver_routing_kind: str = "01"
    receiver_routing: str = ""
    receiver_account_kind: str = "DA"
    receiver_account: str = ""
    currency: str = ""
    references: tuple[tuple[str, str], ...] = ()
    produced_on: date | None = None
    contacts: tuple[tuple[str, Contact], ...] = ()
    payer_references: tuple[tuple[str, str], ...] = ()
    payee_references: tuple[tuple[str, str], ...] = ()
    delivery: tuple[str, ...] = ()
    groups: tuple[ClaimGroup, ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    first_position: int = field(default=0, compare=False)
    last_position: int = field(default=0, compare=False)

    @property
    def is_readable(self) -> bool:
        """No finding is an error, so the set may be posted if it also balances (R1, R6)."""
        return not any(finding.severity == "error" for finding in self.findings)
