"""People and organisations as they stand in any of the transactions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Address:
    """`zip_code` is five or nine digits without a dash."""

    line1: str = ""
    line2: str = ""
    city: str = ""
    state: str = ""
    zip_code: str = ""
    country: str = ""
    subdivision: str = ""


class SecondaryId(NamedTuple):
    """A number beside the first one (REF): `kind` such as "G2" (the payer's number for a provider), "0B" (state
    licence), "SY" (social security), "2U" (payer). `payer_id` names whose it is, where a line says so."""

    kind: str
    value: str
    payer_id: str = ""


@dataclass(frozen=True, slots=True)
class Contact:
    """Phone and fax are digits only."""

    name: str = ""
    phone: str = ""
    extension: str = ""
    fax: str = ""
    email: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A clinic, clinician or facility. An organisation has its whole name in `last_name` and `is_person` False.

    `npi` is ten digits; `other_id` (with `other_id_kind`, such as "SV") stands in for it where a sender has none.
    `tax_id_kind` is "EI" (employer number) or "SY" (social security number).
    """

    last_name: str
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    is_person: bool = False
    npi: str = ""
    other_id_kind: str = ""
    other_id: str = ""
    tax_id: str = ""
    tax_id_kind: str = "EI"
    taxonomy: str = ""
    address: Address | None = None
    contact: Contact | None = None
    secondary_ids: tuple[SecondaryId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A subscriber or patient. `sex` is "M", "F", "U" or empty; `member_id` as printed on the card."""

    last_name: str
    first_name: str = ""
    middle_name: str = ""
    suffix: str = ""
    member_id: str = ""
    member_id_kind: str = "MI"
    birth_date: date | None = None
    sex: str = ""
    address: Address | None = None
    is_person: bool = True
    contact: Contact | None = None
    secondary_ids: tuple[SecondaryId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Payer:
    """`id_kind` is "PI" (payer's number) or "XV" (national plan number)."""

    name: str
    id: str = ""
    id_kind: str = "PI"
    address: Address | None = None
    contact: Contact | None = None
    secondary_ids: tuple[SecondaryId, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TradingPartner:
    """A submitter (1000A) or receiver (1000B) of a batch; `id` is its electronic transmitter number."""

    name: str
    id: str
    contact: Contact | None = None
    first_name: str = ""
    middle_name: str = ""
    is_person: bool = False
