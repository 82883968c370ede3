"""What the edits look at: one claim to one payer, before it leaves, in the clinic's words.

`claims` builds a `ClaimDraft` from its rows, so every edit can be tested without a database. Money is `Decimal`
with two places, dates are clinic dates, codes are plain text as printed. An id stands here only where the screen
must jump to the thing it names.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum

LETTERS = "ABCDEFGHIJKL"
"""Diagnosis letters: a claim carries at most twelve, and a line points at them by letter."""


class Sequence(StrEnum):
    """Whose turn it is to pay."""

    PRIMARY = "P"
    SECONDARY = "S"
    TERTIARY = "T"


class Frequency(StrEnum):
    """C4: what this claim is to the payer."""

    ORIGINAL = "1"
    REPLACEMENT = "7"
    VOID = "8"


class FilingStart(StrEnum):
    """C10: the day from which a payer counts the limit of a corrected claim."""

    SERVICE = "service"
    REMITTANCE = "remittance"


class Standing(StrEnum):
    """Whether another claim of the patient still stands at the payer; only `OPEN` can be duplicated (L18)."""

    OPEN = "open"
    REJECTED = "rejected"
    VOIDED = "voided"
    REPLACED = "replaced"


class EnrolmentState(StrEnum):
    """Where the clinic's enrolment for sending claims to a payer stands."""

    ASKED = "asked"
    ACTIVE = "active"
    ENDED = "ended"
    NOT_REQUIRED = "not_required"


@dataclass(frozen=True, slots=True)
class DraftPerson:
    """The patient or the subscriber."""

    last_name: str
    first_name: str
    birth_on: date | None
    id: int | None = None


@dataclass(frozen=True, slots=True)
class DraftPayer:
    """The payer as the clinic has set it up.

    Filing limits are days and None while the clinic has not entered them: limits differ by payer and change, so
    they are data (C10). `authorization_codes` are the procedure codes this payer wants authorized beforehand.
    """

    id: int
    name: str
    electronic_id: str
    is_active: bool
    payer_type: str
    claim_filing_code: str
    filing_days_original: int | None
    filing_days_corrected: int | None
    filing_days_secondary: int | None = None
    corrected_counts_from: FilingStart = FilingStart.SERVICE
    accepts_replacements: bool = True
    requires_rendering_taxonomy: bool = False
    authorization_codes: frozenset[str] = frozenset()

    @property
    def is_medicare(self) -> bool:
        """Medicare itself, which prints an MBI on its card; a Medicare Advantage plan prints its own ID."""
        return self.claim_filing_code in {"MA", "MB"}


@dataclass(frozen=True, slots=True)
class DraftCoverage:
    """The coverage that this claim is sent under. `terminated_on` is the last covered day; None is open."""

    id: int
    payer: DraftPayer
    member_id: str
    effective_on: date | None
    terminated_on: date | None

    def covers(self, on: date) -> bool:
        after_start = self.effective_on is None or self.effective_on <= on
        before_end = self.terminated_on is None or on <= self.terminated_on
        return after_start and before_end


@dataclass(frozen=True, slots=True)
class DraftEnrolment:
    """The clinic's enrolment with the payer for sending claims; `taxonomy` is the one that the payer has on file."""

    state: EnrolmentState
    effective_on: date | None
    taxonomy: str = ""


@dataclass(frozen=True, slots=True)
class DraftProvider:
    """A billing, rendering or referring provider; tax id, ZIP and address are used for the billing provider."""

    name: str
    npi: str
    taxonomy: str = ""
    tax_id: str = ""
    tax_id_type: str = ""
    address: str = ""
    zip_code: str = ""
    id: int | None = None


@dataclass(frozen=True, slots=True)
class DraftFacility:
    """Where the service was given, when that is not the billing address (P10)."""

    name: str
    npi: str
    zip_code: str
    id: int | None = None


@dataclass(frozen=True, slots=True)
class DraftLine:
    """One service line. `number` counts from 1 as on the slip; `charge` is the whole line, not the unit fee."""

    number: int
    code: str
    modifiers: tuple[str, ...]
    pointers: tuple[str, ...]
    units: Decimal
    charge: Decimal
    service_on: date
    through_on: date | None = None
    place_of_service: str = ""
    id: int | None = None

    @property
    def last_on(self) -> date:
        return self.through_on or self.service_on


@dataclass(frozen=True, slots=True)
class DraftAuthorization:
    """One prior authorization on file. No codes means any code, no provider means any, None left means no limit.

    `units_left` and `visits_left` leave this claim itself out of what was used.
    """

    id: int
    payer_id: int
    number: str
    codes: frozenset[str]
    starts_on: date
    ends_on: date
    units_left: Decimal | None = None
    visits_left: int | None = None
    visits_allowed: int | None = None
    provider_npi: str = ""


@dataclass(frozen=True, slots=True)
class OtherLine:
    """A line of another claim, as far as a duplicate or a code pair needs it."""

    code: str
    modifiers: tuple[str, ...]
    service_on: date
    charge: Decimal


@dataclass(frozen=True, slots=True)
class OtherClaim:
    """Another claim of the same patient. The draft itself is not among them."""

    id: int
    label: str
    payer_id: int
    sequence: Sequence
    standing: Standing
    rendering_npi: str
    lines: tuple[OtherLine, ...]


@dataclass(frozen=True, slots=True)
class ClaimDraft:
    """One claim to one payer as it would go out today.

    `frequency` stays plain text because a wrong one must reach K05. `diagnoses` are in order A to L; an empty text
    is an empty row. `payer_claim_number` is the payer's own number for the claim that this one replaces or voids.
    `original_adjudicated` says that the payer has decided that claim. `authorization_demanded` is what the payer's
    eligibility answer said: True, False, or None when it said nothing. `delay_reason_code` is the reason given for
    filing late. `rendering` is None when the billing provider rendered the service.
    """

    today: date
    frequency: str
    sequence: Sequence
    place_of_service: str
    patient: DraftPerson
    subscriber: DraftPerson
    relationship: str
    coverage: DraftCoverage
    enrolment: DraftEnrolment | None
    billing: DraftProvider
    rendering: DraftProvider | None
    diagnoses: tuple[str, ...]
    lines: tuple[DraftLine, ...]
    total: Decimal
    facility: DraftFacility | None = None
    referring: DraftProvider | None = None
    payer_claim_number: str = ""
    original_adjudicated: bool = False
    original_adjudicated_on: date | None = None
    prior_payer_adjudicated_on: date | None = None
    replaces_claim_id: int | None = None
    authorization_number: str = ""
    authorization_demanded: bool | None = None
    authorizations: tuple[DraftAuthorization, ...] = ()
    other_coverages: tuple[DraftCoverage, ...] = ()
    other_claims: tuple[OtherClaim, ...] = ()
    delay_reason_code: str = ""
    id: int | None = None

    @property
    def payer(self) -> DraftPayer:
        return self.coverage.payer

    @property
    def is_void(self) -> bool:
        return self.frequency == Frequency.VOID

    @property
    def is_correction(self) -> bool:
        return self.frequency in {Frequency.REPLACEMENT, Frequency.VOID}

    @property
    def rendering_npi(self) -> str:
        return self.rendering.npi if self.rendering else self.billing.npi

    @property
    def service_on(self) -> date | None:
        """The first day of service, from which payers count the filing limit."""
        return min((line.service_on for line in self.lines), default=None)

    def diagnosis(self, letter: str) -> str:
        """The code in row `letter`, or empty text."""
        position = LETTERS.find(letter) if len(letter) == 1 else -1
        return self.diagnoses[position] if 0 <= position < len(self.diagnoses) else ""

    def service_days(self) -> Iterator[date]:
        """Every first and last day of a line, each once, in order."""
        yield from sorted({day for line in self.lines for day in (line.service_on, line.last_on)})

    def standing_claims(self) -> Iterator[OtherClaim]:
        """The claims that stand beside this one at the same payer in the same turn.

        Rejected, voided and replaced claims are out, and so is the claim that this one replaces.
        """
        for claim in self.other_claims:
            same_payer = (claim.payer_id, claim.sequence) == (self.payer.id, self.sequence)
            if same_payer and claim.standing is Standing.OPEN and claim.id != self.replaces_claim_id:
                yield claim
