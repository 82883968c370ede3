"""Eligibility: what is asked (270) and what is answered (271)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.parties import Contact, Payer, Person, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityRequest:
    """One question about one patient (E1). `dependent` is None when the subscriber is the patient.

    `trace` is our TRN02, which the answer repeats; `trace_originator` (TRN03) is ten characters, "9" and our own id.
    `service_types` are EB03 codes (30, 98 …).
    """

    reference: str
    trace: str
    trace_originator: str
    payer: Payer
    provider: Provider
    subscriber: Person
    service_types: tuple[str, ...] = ("30",)
    dependent: Person | None = None
    relationship: str = ""
    group_number: str = ""
    service_on: date | None = None
    service_to: date | None = None
    asked_at: datetime | None = None
    control_number: str = "0001"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One AAA (E5). `level` is "payer", "provider", "subscriber", "dependent" or "benefit"; `code` is AAA03,
    `follow_up` AAA04 (whether sending again is allowed), `can_answer` AAA01 = Y."""

    level: str
    code: str
    follow_up: str = ""
    can_answer: bool = False
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One DTP: `kind` is its qualifier (291 plan, 346 plan begin, 356/357 eligibility begin/end …)."""

    kind: str
    start: date | None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One HSD (how often a service is covered): X12 codes, `quantity` of `quantity_kind` per `period_count` `period`."""

    quantity_kind: str = ""
    quantity: Decimal | None = None
    unit: str = ""
    per: Decimal | None = None
    period: str = ""
    period_count: Decimal | None = None
    frequency: str = ""
    time: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedEntity:
    """Who an EB speaks of (LS/NM1 2120): primary care, other payer, facility … `role` is NM101."""

    role: str
    name: str
    first_name: str = ""
    is_person: bool = False
    id_kind: str = ""
    id: str = ""
    contact: Contact | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """One EB with everything that belongs to it (E2).

    `code` EB01, `coverage_level` EB02 (IND, FAM …), `service_types` EB03, `insurance_type` EB04, `plan_name` EB05,
    `period` EB06 (23 calendar year, 29 remaining …), `amount` EB07 in dollars, `percent` EB08 as the patient's share
    (0.2 is 20 %), `authorization_required` EB11 and `in_network` EB12 ("Y", "N", "U", "W" or empty).
    """

    code: str
    coverage_level: str = ""
    service_types: tuple[str, ...] = ()
    insurance_type: str = ""
    plan_name: str = ""
    period: str = ""
    amount: Decimal | None = None
    percent: Decimal | None = None
    quantity_kind: str = ""
    quantity: Decimal | None = None
    authorization_required: str = ""
    in_network: str = ""
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    messages: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    entities: tuple[RelatedEntity, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityAnswer:
    """The answer about one patient. `traces` are (TRN02, TRN03) pairs, ours among them; empty when a payer rejected
    the request before it reached a patient. `rejections` of every level above stand here too."""

    reference: str
    payer: Payer | None
    provider: Provider | None
    subscriber: Person | None
    dependent: Person | None = None
    relationship: str = ""
    traces: tuple[tuple[str, str], ...] = ()
    benefits: tuple[Benefit, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    periods: tuple[Period, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    answered_at: datetime | None = None
    control_number: str = "0001"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)

    @property
    def patient(self) -> Person | None:
        """The dependent where there is one, else the subscriber."""
        return self.dependent or self.subscriber

    @property
    def trace(self) -> str:
        """The first trace number, ours when the payer repeats what was sent."""
        return self.traces[0][0] if self.traces else ""
