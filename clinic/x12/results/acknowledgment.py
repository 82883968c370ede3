"""What the other side says about a file of ours: TA1 (interchange), 999 (syntax), 277CA (claims)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.parties import Payer, Person, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class InterchangeAcknowledgment:
    """One TA1. `control_number` is the ISA13 it answers; `code` A accepted, E accepted with errors, R rejected;
    `note` the reason (000 when there is none)."""

    control_number: int
    sent_at: datetime | None
    code: str
    note: str = "000"
    envelope: Envelope | None = field(default=None, compare=False)
    position: int = field(default=0, compare=False)

    @property
    def accepted(self) -> bool:
        """A and E are taken in; R is not, and every claim in the file has to be sent again (C2)."""
        return self.code in ("A", "E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One CTX that says which segment of ours made a situational rule apply; `set_position` counts from ST = 1."""

    segment: str
    set_position: int = 0
    loop: str = ""
    element: int = 0
    component: int = 0
    repeat: int = 0
    references: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ElementError:
    """One IK4. `element` and `component` are places in the segment (component 0: none), `code` IK403.

    `units` and `triggers` are its own CTX.
    """

    element: int
    code: str
    component: int = 0
    repeat: int = 0
    reference: str = ""
    value: str = ""
    units: tuple[tuple[str, str], ...] = ()
    triggers: tuple[Trigger, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentError:
    """One IK3 with its CTX and IK4. `set_position` counts from ST = 1 in *our* file; `code` IK304.

    `business_unit` is the CTX that names the claim (such as ("CLM01", "1042-1")), empty where there is none;
    `more_units` are those after it, `triggers` the segments that made a situational rule apply.
    """

    segment: str
    set_position: int
    code: str
    loop: str = ""
    business_unit: tuple[str, str] = ("", "")
    more_units: tuple[tuple[str, str], ...] = ()
    triggers: tuple[Trigger, ...] = ()
    elements: tuple[ElementError, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAcknowledgment:
    """One AK2 to IK5. `code` is A accepted, E accepted with errors, R M W X rejected, P partly (C2)."""

    transaction: str
    control_number: str
    code: str
    version: str = ""
    errors: tuple[SegmentError, ...] = ()
    syntax_codes: tuple[str, ...] = ()
    position: int = field(default=0, compare=False)

    @property
    def accepted(self) -> bool:
        """A and E are receipts (never the payer's acceptance of a claim); R, M, W and X reject every claim of it."""
        return self.code in ("A", "E")


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgment999:
    """One transaction set of a 999: it answers one functional group of ours (`group_control_number` = our GS06).

    `code` is AK901: A, E, P (look at each set) or R.
    """

    control_number: str
    functional_id: str
    group_control_number: str
    version: str
    code: str
    sets: tuple[SetAcknowledgment, ...]
    sets_included: int
    sets_received: int
    sets_accepted: int
    syntax_codes: tuple[str, ...] = ()
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusCode:
    """One STC composite: category (A1, A2, A3 …), status (19, 20, 562 …), entity (IL, 85 …).

    `code_list` is "RX" where `code` is a pharmacy reject code instead of a claim status.
    """

    category: str
    code: str
    entity: str = ""
    code_list: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """One STC. `codes` holds STC01 and, where sent, STC10 and STC11. `action` is WQ accept or U reject (C2)."""

    codes: tuple[StatusCode, ...]
    effective_on: date | None = None
    action: str = ""
    amount: Decimal | None = None
    message: str = ""
    position: int = field(default=0, compare=False)

    @property
    def category(self) -> str:
        return self.codes[0].category if self.codes else ""

    @property
    def rejected(self) -> bool:
        """U, or a category that says so: A3, A4, A6, A7, A8 (C2). A2 is acceptance; A0, A1 and A5 are neither."""
        return self.action == "U" or self.category in ("A3", "A4", "A6", "A7", "A8")


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStatus:
    """2220: one line of a claim. `control_number` is REF*FJ, our REF*6R; `prescription_number` REF*XZ."""

    procedure: str
    procedure_kind: str = "HC"
    amount_billed: Decimal | None = None
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    units: Decimal | None = None
    control_number: str = ""
    prescription_number: str = ""
    service_from: date | None = None
    service_to: date | None = None
    statuses: tuple[Status, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStatus:
    """2200D: one claim. `control_number` is our CLM01, `payer_control_number` REF*1K, `bill_type` REF*BLT."""

    control_number: str
    statuses: tuple[Status, ...]
    patient: Person | None = None
    payer_control_number: str = ""
    clearinghouse_trace: str = ""
    bill_type: str = ""
    service_from: date | None = None
    service_to: date | None = None
    lines: tuple[LineStatus, ...] = ()
    position: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False, repr=False)

    @property
    def rejected(self) -> bool:
        return any(status.rejected for status in self.statuses)

    @property
    def accepted(self) -> bool:
        """The sender took the claim in for adjudication (A2) and rejected nothing."""
        return not self.rejected and any(status.category == "A2" for status in self.statuses)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """QTY and AMT of a level: how many claims and how much money were accepted and rejected (None: not sent)."""

    accepted: int | None = None
    rejected: int | None = None
    amount_accepted: Decimal | None = None
    amount_rejected: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAcknowledgment:
    """2000C: a billing provider. A U in `statuses` rejects every claim of it, listed or not (C2).

    `references` are (qualifier, value) of its other numbers.
    """

    provider: Provider
    references: tuple[tuple[str, str], ...] = ()
    trace: str = ""
    statuses: tuple[Status, ...] = ()
    tally: Tally = Tally()
    claims: tuple[ClaimStatus, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAcknowledgment:
    """One 277CA set. `source` is who speaks: the payer ("PR") or the clearinghouse ("AY"), see `source_role`.

    `batch_reference` is TRN02 at receiver level, our BHT03; a U in `statuses` rejects every claim of that batch (C2).
    Acknowledgments that follow each other with one `control_number` stand in one set.
    """

    control_number: str
    reference: str
    source: Payer
    source_role: str
    source_trace: str
    received_on: date | None
    processed_on: date | None
    receiver: Provider
    batch_reference: str
    statuses: tuple[Status, ...]
    receiver_role: str = "41"
    tally: Tally = Tally()
    providers: tuple[ProviderAcknowledgment, ...] = ()
    created_at: datetime | None = None
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)
