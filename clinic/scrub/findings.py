"""A finding: what an edit has to say, how much it matters, where to mend it, and what to do."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from clinic.scrub.draft import ClaimDraft
from clinic.scrub.tables import TO_LOAD, Tables


class Severity(StrEnum):
    """Block stops the claim, Warn asks for a look, Info tells."""

    BLOCK = "Block"
    WARN = "Warn"
    INFO = "Info"

    @property
    def rank(self) -> int:
        """0 is the worst."""
        return list(Severity).index(self)


FIELDS = (
    "coverage.member_id",
    "coverage.effective_on",
    "coverage.terminated_on",
    "billing.npi",
    "billing.taxonomy",
    "billing.zip",
    "rendering.npi",
    "rendering.taxonomy",
    "referring.npi",
    "facility.npi",
    "facility.zip",
    "diagnoses.*",
    "lines",
    "lines.*.code",
    "lines.*.modifiers",
    "lines.*.pointers",
    "lines.*.charge",
    "authorization.number",
    "authorization.codes",
    "authorization.dates",
    "authorization.units",
    "authorization.provider",
    "payer.active",
    "payer.electronic_id",
    "payer.enrolment",
    "payer.claim_filing_code",
    "payer.filing_days",
    "claim.total",
    "claim.filing",
    "claim.frequency",
    "claim.payer_claim_number",
    "tables.*",
)
"""Every place that a finding may point at. `*` is a line number from 1, a diagnosis letter, or a table's name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to mend. `suggestion` is the very text to put into the field when the edit knows it, else empty."""

    edit: str
    severity: Severity
    field: str
    message: str
    fix: str
    line: int | None = None
    suggestion: str = ""


Rule = Callable[[ClaimDraft, Tables], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Edit:
    """One rule of the scrubber. Its function's docstring is its documentation page.

    `severity` is the worst it can say. An edit works from `effective_on` through `ends_on` (None: still in force),
    both compared with the clinic's day. A void repeats the original as it was sent, so only edits with
    `on_void` look at it (C4).
    """

    id: str
    version: int
    effective_on: date
    title: str
    severity: Severity
    function: Rule
    reference: str
    on_void: bool = False
    ends_on: date | None = None


def not_checked(edit: str, table: str) -> Finding:
    """The finding of an edit whose table is not loaded, or does not cover the day."""
    return Finding(
        edit,
        Severity.INFO,
        f"tables.{table}",
        "Not checked: the table for this edit is not loaded for the day of service.",
        f"Load {TO_LOAD[table]}, then scrub the claim again.",
    )
