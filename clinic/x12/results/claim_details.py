"""The parts of a claim that only some claims have: attachments, ambulance, equipment, repricing, forms."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from clinic.x12.results.parties import Address, SecondaryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Attachment:
    """Paper or images that go beside the claim (PWK). `report` is the kind of report ("OZ" support data, "CT" a
    certificate), `sent_by` the way ("EL" electronically, "FX" fax, "AA" kept by the provider); `control_number` is what
    the attachment itself carries."""

    report: str
    sent_by: str
    control_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What the payer's contract says about the price (CN1). `kind` is "02" per diem, "05" capitated and so on."""

    kind: str
    amount: Decimal | None = None
    percent: Decimal | None = None
    code: str = ""
    discount_percent: Decimal | None = None
    version: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AmbulanceTransport:
    """One ride (CR1). `distance` in miles, `patient_weight` in pounds; `reason` is "A" (nearest facility) to "E"."""

    reason: str
    distance: Decimal
    patient_weight: Decimal | None = None
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SpinalManipulation:
    """What a chiropractor says of the patient's state (CR2). `condition` is "A" acute, "C" chronic and so on."""

    condition: str
    description: str = ""
    more_description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAnswer:
    """One yes or no about conditions (CRC). `category` is "07" ambulance, "E1" to "E3" glasses and lenses, "75"
    homebound, "ZZ" EPSDT referral, "70" hospice, "09" equipment; `codes` at most five."""

    category: str
    applies: bool
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Repricing:
    """What a repricer made of a claim or line (HCP). The last fields before the reasons stand on lines only."""

    method: str
    allowed: Decimal
    savings: Decimal | None = None
    organization_id: str = ""
    rate: Decimal | None = None
    group_code: str = ""
    group_amount: Decimal | None = None
    revenue_code: str = ""
    procedure_kind: str = ""
    procedure: str = ""
    unit: str = ""
    units: Decimal | None = None
    reject_reason: str = ""
    compliance: str = ""
    exception: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """Rented or bought equipment (SV5): `days` needed, prices, and how often the rent is billed ("1" weekly,
    "4" monthly, "6" daily)."""

    procedure: str
    days: Decimal
    rental_price: Decimal
    purchase_price: Decimal
    billed_each: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EquipmentCertification:
    """For how long equipment is certified (CR3). `kind` is "I" initial, "R" renewal, "S" revised."""

    kind: str
    months: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One test result (MEA): `about` is "TR" a test or "OG" the first dose; `what` is "HT" height, "R1" to "R4"."""

    about: str
    what: str
    value: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchasedService:
    """A service bought from somebody else (PS1): who sold it, and for how much."""

    provider_id: str
    amount: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class FormAnswer:
    """One answer of a form (FRM); exactly one of the values is usual. `yes_no` is "Y", "N" or "W"."""

    question: str
    yes_no: str = ""
    text: str = ""
    on: date | None = None
    percent: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A filled form that goes with a line (2440), as oxygen and wheelchairs need. `kind` "UT" is CMS's, "AS" a list."""

    kind: str
    id: str
    answers: tuple[FormAnswer, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Where an ambulance left the patient."""

    address: Address
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderIds:
    """The numbers by which another payer knows one of the claim's providers (2330C to G). `role` is the entity code of
    the loop: "DN" or "P3" referring, "82" rendering, "77" facility, "DQ" supervising, "85" billing."""

    role: str
    is_person: bool
    ids: tuple[SecondaryId, ...]
