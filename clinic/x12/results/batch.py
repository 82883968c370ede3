"""What a set of claims says of itself, whichever kind its claims are."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.parties import TradingPartner


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One transaction set of an 837. `reference` is BHT03, which a 277CA repeats; `purpose` BHT02 (00 or 18).

    `contents` is BHT06: "CH" claims, "RP" encounters that are only reported, "31" a payer's claim upon another.
    """

    control_number: str
    reference: str
    created_at: datetime | None
    submitter: TradingPartner
    receiver: TradingPartner
    purpose: str = "00"
    contents: str = "CH"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)
