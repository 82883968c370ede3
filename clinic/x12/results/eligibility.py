"""Eligibility: what is asked (270) and what is answered (271)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.parties import Address, Contact, Payer, Person, Provider


class Trace(NamedTuple):
    """One TRN. `kind` is "1" for the speaker's own number, "2" for one that it repeats; `supplement` is TRN04."""

    number: str
    originator: str = ""
    kind: str = "2"
    supplement: str = ""


class Reference(NamedTuple):
    """One REF: qualifier, value and, in an answer, what it is called (REF03: a plan or group by name)."""

    kind: str
    value: str
    description: str = ""


class Involved(NamedTuple):
    """One PRV: the part that a provider plays ("BI" bills, "PC" primary care, "PE" performs) and its number, mostly
    the taxonomy ("PXC")."""

    part: str
    id_kind: str = "PXC"
    id: str = ""


class Circumstance(NamedTuple):
    """One III: where or under which diagnosis a benefit holds; "ZZ" with a place of service, "BF" with a diagnosis."""

    kind: str = ""
    code: str = ""
    category: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """One DTP: `kind` is its qualifier (291 plan, 346 plan begin, 356/357 eligibility begin/end …)."""

    kind: str
    start: date | None
    end: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """What is said of an insured person beside the name: REF, TRN, PRV, INS, HI, DTP and MPI of one level.

    `relationship`, `maintenance`, `maintenance_reason` and `birth_sequence` are INS02, 03, 04 and 17; `diagnoses` are
    (qualifier, code); `military` are the elements of MPI.
    """

    relationship: str = ""
    maintenance: str = ""
    maintenance_reason: str = ""
    birth_sequence: str = ""
    traces: tuple[Trace, ...] = ()
    references: tuple[Reference, ...] = ()
    involved: tuple[Involved, ...] = ()
    diagnoses: tuple[tuple[str, str], ...] = ()
    periods: tuple[Period, ...] = ()
    military: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One EQ with what belongs to it: service types or a procedure, spend-down amounts, circumstances, an authorization
    (`references`) and dates."""

    service_types: tuple[str, ...] = ()
    procedure_kind: str = "HC"
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    coverage_level: str = ""
    pointers: tuple[str, ...] = ()
    amounts: tuple[tuple[str, Decimal], ...] = ()
    circumstances: tuple[Circumstance, ...] = ()
    references: tuple[Reference, ...] = ()
    periods: tuple[Period, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityRequest:
    """One question about one patient (E1). `dependent` is None when the subscriber is the patient.

    `trace` is our TRN02, which the answer repeats; `trace_originator` (TRN03) is ten characters, "9" and our own id.
    `service_types` are EB03 codes (30, 98 …), one EQ each; `questions` says the same with more detail and then stands
    in their place. `service_kind` is the qualifier of the service date, empty where it stands in a question. `standing`
    is what else is said of the patient, `subscriber_standing` of the subscriber where only a dependent is asked about.
    Requests that follow each other with one `control_number` stand in one set.
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
    service_kind: str = "291"
    questions: tuple[Question, ...] = ()
    standing: Standing = Standing()
    subscriber_standing: Standing = Standing()
    payer_role: str = "PR"
    provider_role: str = "1P"
    provider_references: tuple[Reference, ...] = ()
    provider_part: str = "BI"
    trace_supplement: str = ""
    purpose: str = "13"
    transaction_type: str = ""
    asked_at: datetime | None = None
    control_number: str = "0001"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """One AAA (E5). `level` is "payer", "provider", "subscriber", "dependent" or "benefit"; `code` is AAA03,
    `follow_up` AAA04 (whether sending again is allowed), `can_answer` AAA01 = Y. `before_name`: it stands at the payer's
    level before the payer is named (2000A)."""

    level: str
    code: str
    follow_up: str = ""
    can_answer: bool = False
    before_name: bool = False
    position: int = field(default=0, compare=False)


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
    middle_name: str = ""
    suffix: str = ""
    address: Address | None = None
    contacts: tuple[Contact, ...] = ()
    involved: tuple[Involved, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Benefit:
    """One EB with everything that belongs to it (E2).

    `code` EB01, `coverage_level` EB02 (IND, FAM …), `service_types` EB03, `insurance_type` EB04, `plan_name` EB05,
    `period` EB06 (23 calendar year, 29 remaining …), `amount` EB07 in dollars, `percent` EB08 as the patient's share
    (0.2 is 20 %), `authorization_required` EB11 and `in_network` EB12 ("Y", "N", "U", "W" or empty). `pointers` name
    the diagnoses of the patient that it is about (EB14).
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
    procedure_kind: str = "HC"
    procedure: str = ""
    modifiers: tuple[str, ...] = ()
    pointers: tuple[str, ...] = ()
    circumstances: tuple[Circumstance, ...] = ()
    messages: tuple[str, ...] = ()
    periods: tuple[Period, ...] = ()
    deliveries: tuple[Delivery, ...] = ()
    references: tuple[Reference, ...] = ()
    entities: tuple[RelatedEntity, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibilityAnswer:
    """The answer about one patient. `traces` are those of the patient's level, ours among them; empty when a payer
    rejected the request before it reached a patient. `rejections` of every level above stand here too.

    `references` and `periods` are the patient's; `standing` has what else is said of the patient and
    `subscriber_standing` of the subscriber above a dependent, where the set has no answer about her. Answers that follow each other with one `control_number`
    stand in one set.
    """

    reference: str
    payer: Payer | None
    provider: Provider | None
    subscriber: Person | None
    dependent: Person | None = None
    relationship: str = ""
    traces: tuple[Trace, ...] = ()
    benefits: tuple[Benefit, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    periods: tuple[Period, ...] = ()
    references: tuple[Reference, ...] = ()
    standing: Standing = Standing()
    subscriber_standing: Standing = Standing()
    payer_role: str = "PR"
    payer_contacts: tuple[Contact, ...] = ()
    provider_role: str = "1P"
    provider_references: tuple[Reference, ...] = ()
    provider_part: str = "BI"
    purpose: str = "11"
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
    def every_trace(self) -> tuple[Trace, ...]:
        """Those of the patient, then those that a payer hangs on the subscriber of a dependent."""
        return (*self.traces, *self.subscriber_standing.traces)

    @property
    def trace(self) -> str:
        """The first trace number, ours when the payer repeats what was sent."""
        every = self.every_trace
        return every[0][0] if every else ""
