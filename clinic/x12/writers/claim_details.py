"""The parts of a professional claim that stand in one segment or one small loop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal

from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.claim import Claim, OtherLinePayment, OtherPayer, ServiceLine
from clinic.x12.results.claim_details import (
    AmbulanceTransport,
    Attachment,
    ConditionAnswer,
    Contract,
    Form,
    Repricing,
    Stop,
)
from clinic.x12.results.claim_words import OTHER_PAYER_AMOUNTS
from clinic.x12.results.parties import Address, Contact, Payer, Person, Provider, SecondaryId
from clinic.x12.writer import SetWriter

_PROVIDERS_OF_OTHER_PAYER = ("DN", "P3", "82", "77", "DQ", "85")


def dates(out: SetWriter, holder: Claim | ServiceLine, words: Mapping[str, str]) -> None:
    """The DTP of each field that has a day."""
    for code, word in words.items():
        day: date | None = getattr(holder, word)
        out.period(code, day)


def references(out: SetWriter, holder: Claim | ServiceLine, words: Mapping[str, str]) -> None:
    """The REF of each field that is not empty."""
    for code, word in words.items():
        value: str = getattr(holder, word)
        if value:
            out.add("REF", code, value)


def amounts(out: SetWriter, holder: Claim | ServiceLine | OtherPayer, words: Mapping[str, str]) -> None:
    """The AMT of each field that has an amount; 0 is one."""
    _quantities(out, "AMT", holder, words)


def quantities(out: SetWriter, holder: ServiceLine, words: Mapping[str, str]) -> None:
    """The QTY of each field that has a number."""
    _quantities(out, "QTY", holder, words)


def _quantities(
    out: SetWriter, name: str, holder: Claim | ServiceLine | OtherPayer, words: Mapping[str, str]
) -> None:
    for code, word in words.items():
        value: Decimal | None = getattr(holder, word)
        if value is not None:
            out.add(name, code, value)


def secondary_ids(out: SetWriter, ids: Iterable[SecondaryId]) -> None:
    """REF of each number, with REF04 where it says whose it is."""
    for kind, value, payer_id in ids:
        if payer_id:
            out.add("REF", kind, value, "", ("2U", payer_id))
        else:
            out.add("REF", kind, value)


def contacts(out: SetWriter, contact: Contact | None) -> None:
    """PER, and a second one where a contact has more than three numbers."""
    if contact is None:
        return
    numbers = [("TE", contact.phone), ("EX", contact.extension), ("FX", contact.fax), ("EM", contact.email),
               ("UR", contact.url)]  # fmt: skip
    said = [pair for pair in numbers if pair[1]]
    out.add("PER", "IC", contact.name, *(cell for pair in said[:3] for cell in pair))
    if said[3:]:
        out.add("PER", "IC", "", *(cell for pair in said[3:] for cell in pair))


def provider(
    out: SetWriter,
    role: str,
    found: Provider | None,
    *,
    address: bool = False,
    contact: bool = False,
    name: bool = True,
) -> None:
    """A provider's loop, where there is one."""
    if found is None:
        return
    out.provider(role, found, name=name)
    if found.taxonomy and role == "82":
        out.add("PRV", "PE", "PXC", found.taxonomy)
    if address:
        out.address(found.address)
    if found.secondary_ids:
        secondary_ids(out, found.secondary_ids)
    if contact:
        contacts(out, found.contact)


def payer(out: SetWriter, role: str, found: Payer) -> None:
    """A payer by its name, with its address."""
    out.add("NM1", role, 2, found.name, "", "", "", "", found.id_kind, found.id)
    out.address(found.address)


def stops(out: SetWriter, pick_up: Address | None, drop_off: Stop | None) -> None:
    """Where an ambulance fetched the patient, and where it went."""
    if pick_up is not None:
        out.add("NM1", "PW", 2)
        out.address(pick_up)
    if drop_off is not None:
        out.add("NM1", "45", 2, drop_off.name)
        out.address(drop_off.address)


def attachments(out: SetWriter, found: Iterable[Attachment]) -> None:
    """PWK."""
    for item in found:
        kind = "AC" if item.control_number else ""
        out.add("PWK", item.report, item.sent_by, "", "", kind, item.control_number)


def contract(out: SetWriter, found: Contract | None) -> None:
    """CN1."""
    if found is not None:
        out.add(
            "CN1", found.kind, found.amount, found.percent, found.code, found.discount_percent, found.version
        )


def ambulance(out: SetWriter, found: AmbulanceTransport | None) -> None:
    """CR1."""
    if found is not None:
        weight = "LB" if found.patient_weight is not None else ""
        out.add("CR1", weight, found.patient_weight, "", found.reason, "DH", found.distance, "", "",
                found.round_trip_purpose, found.stretcher_purpose)  # fmt: skip


def conditions(out: SetWriter, found: Iterable[ConditionAnswer], order: tuple[str, ...]) -> None:
    """CRC, in the order of the guide: `order` holds the categories."""
    for item in sorted(found, key=lambda item: order.index(item.category) if item.category in order else 99):
        out.add("CRC", item.category, "Y" if item.applies else "N", *item.codes)


def repricing(out: SetWriter, found: Repricing | None) -> None:
    """HCP."""
    if found is not None:
        out.add(
            "HCP",
            found.method,
            found.allowed,
            found.savings,
            found.organization_id,
            found.rate,
            found.group_code,
            found.group_amount,
            found.revenue_code,
            found.procedure_kind,
            found.procedure,
            found.unit,
            found.units,
            found.reject_reason,
            found.compliance,
            found.exception,
        )


def file_information(out: SetWriter, found: Iterable[str]) -> None:
    """K3."""
    for text in found:
        out.add("K3", text)


def forms(out: SetWriter, found: Iterable[Form]) -> None:
    """2440."""
    for form in found:
        out.add("LQ", form.kind, form.id)
        for answer in form.answers:
            out.add("FRM", answer.question, answer.yes_no, answer.text, answer.on, answer.percent)


def other_payer(out: SetWriter, other: OtherPayer) -> None:
    """2320 and 2330: what another payer of this claim is and did (C7)."""
    out.add(
        "SBR",
        other.sequence,
        other.relationship,
        other.group_number,
        "" if other.group_number else other.plan_name,
        other.insurance_type,
        "",
        "",
        "",
        other.filing_code,
    )
    out.adjustments(_by_group(other.adjustments))
    amounts(out, other, OTHER_PAYER_AMOUNTS)
    signature = other.patient_signature_source
    out.add("OI", "", "", other.benefits_assigned, signature, "", other.release_of_information)
    outcome = (other.reimbursement_rate, other.hcpcs_payable, other.esrd_paid, other.professional_component)
    if other.remarks or outcome != (None, None, None, None):
        remarks = (*other.remarks, "", "", "", "", "")[:5]
        out.add("MOA", outcome[0], outcome[1], *remarks, outcome[2], outcome[3])
    _other_insured(out, other.subscriber)
    payer(out, "PR", other.payer)
    out.period("573", other.paid_on)
    secondary_ids(out, other.payer.secondary_ids)
    out.reference("G1", other.prior_authorization)
    out.reference("9F", other.referral_number)
    out.reference("T4", "Y" if other.adjusted_before else "")
    out.reference("F8", other.claim_control_number)
    for role in _PROVIDERS_OF_OTHER_PAYER:
        for known in other.providers:
            if known.role == role:
                out.add("NM1", role, 1 if known.is_person else 2)
                secondary_ids(out, known.ids)


def _by_group(found: tuple[Adjustment, ...]) -> list[Adjustment]:
    """Each group once, in the order in which groups first appear: payers refuse a claim that names a group twice."""
    groups = list(dict.fromkeys(item.group for item in found))
    return sorted(found, key=lambda item: groups.index(item.group))


def _other_insured(out: SetWriter, insured: Person) -> None:
    out.person("IL", insured)
    out.address(insured.address)
    secondary_ids(out, insured.secondary_ids)


def line_payment(out: SetWriter, paid: OtherLinePayment) -> None:
    """2430: what another payer did with a line."""
    modifiers = (*paid.modifiers, "", "", "", "")[:4]
    code = (paid.procedure_kind, paid.procedure, *modifiers, paid.description)
    out.add("SVD", paid.payer_id, paid.amount_paid, code, "", paid.units, paid.bundled_into or "")
    out.adjustments(_by_group(paid.adjustments))
    out.period("573", paid.paid_on)
    if paid.patient_liability is not None:
        out.add("AMT", "EAF", paid.patient_liability)
