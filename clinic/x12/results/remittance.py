"""A remittance (835) as the clinic says it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.parties import Payer, Person, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePayment:
    """One SVC (2110): what the payer did with one line.

    `procedure` and `modifiers` are what was paid (SVC01); `billed_procedure` and `billed_modifiers` what we sent, where
    the payer changed it (SVC06, R9). `units_paid` is SVC05, `units_billed` SVC07 (None: not sent).
    `line_control_number` is REF*6R, our own number (C5). `remarks` are RARC codes (LQ*HE).
    `amounts` are (qualifier, amount) of AMT, never part of a balance (R4); `references` are (qualifier, value) of REF.
    """

    procedure: str
    amount_billed: Decimal
    amount_paid: Decimal
    procedure_kind: str = "HC"
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    billed_procedure: str = ""
    billed_procedure_kind: str = ""
    billed_modifiers: tuple[str, ...] = ()
    units_paid: Decimal | None = None
    units_billed: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    adjustments: tuple[Adjustment, ...] = ()
    line_control_number: str = ""
    remarks: tuple[str, ...] = ()
    amounts: tuple[tuple[str, Decimal], ...] = ()
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
    `adjustments` are those at claim level; those of a line stand on the line. `raw` is the claim's own text,
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
    crossover_payer: Payer | None = None
    priority_payer: Payer | None = None
    remarks: tuple[str, ...] = ()
    statement_from: date | None = None
    statement_to: date | None = None
    received_on: date | None = None
    coverage_expired_on: date | None = None
    group_number: str = ""
    contract_class: str = ""
    amounts: tuple[tuple[str, Decimal], ...] = ()
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
    """One reason and amount of a PLB. A positive amount lowers the payment (R5). `reference` is PLB03-2."""

    provider_id: str
    fiscal_year_end: date | None
    reason: str
    reference: str
    amount: Decimal
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remittance:
    """One transaction set of an 835, all of its claims included.

    `handling` is BPR01, `amount` BPR02, `credit_or_debit` BPR03 (C or D), `method` BPR04 (ACH, CHK, FWT, NON, BOP),
    `paid_on` BPR16, `trace` TRN02 (check or EFT number, empty where the payer left it out: R2), `originator` TRN03.
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
    sender_account: str = ""
    receiver_account: str = ""
    receiver_routing: str = ""
    produced_on: date | None = None
    payer_references: tuple[tuple[str, str], ...] = ()
    payee_references: tuple[tuple[str, str], ...] = ()
    provider_adjustments: tuple[ProviderAdjustment, ...] = ()
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    first_position: int = field(default=0, compare=False)
    last_position: int = field(default=0, compare=False)

    @property
    def is_readable(self) -> bool:
        """No finding is an error, so the set may be posted if it also balances (R1, R6)."""
        return not any(finding.severity == "error" for finding in self.findings)
