"""Batches of claims into an 837P."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from clinic.x12.envelope import Envelope
from clinic.x12.guides import PROFESSIONAL_CLAIM
from clinic.x12.results.claim import Claim, ClaimBatch
from clinic.x12.results.claim_words import CLAIM_DATES, CLAIM_REFERENCES, LATER_CLAIM_DATES
from clinic.x12.results.parties import Contact
from clinic.x12.writer import Cell, SetWriter, clock, write_interchange
from clinic.x12.writers import claim_details as details
from clinic.x12.writers.claim_lines import write_line

_CONDITIONS = ("07", "E1", "E2", "E3", "75", "ZZ")


def write_837p(envelope: Envelope, batches: Iterable[ClaimBatch]) -> bytes:
    """One interchange, one ST per batch. Neighbouring claims of one billing provider and one subscriber share their
    loops; the order of claims is kept. REF*F8 is written with frequency 7 and 8 only (C4), the link number of a drug
    only where there is no prescription number.

    Raises ValueError for what could only be written as a broken file: a claim without lines or diagnosis, more than 50
    lines, 12 diagnoses, four modifiers or four pointers, and so on (`_MOST`).
    """
    version = PROFESSIONAL_CLAIM.version
    return write_interchange(envelope, "HC", version, [_batch(envelope, batch) for batch in batches])


def _batch(envelope: Envelope, batch: ClaimBatch) -> list[str]:
    out = SetWriter("837", batch.control_number, PROFESSIONAL_CLAIM.version, envelope.delimiters)
    out.add("BHT", "0019", batch.purpose, batch.reference, *clock(batch.created_at), batch.contents)
    for role, partner in (("41", batch.submitter), ("40", batch.receiver)):
        kind = 1 if partner.is_person else 2
        name = (partner.name, partner.first_name, partner.middle_name)
        out.add("NM1", role, kind, *name, "", "", "46", partner.id)
        if role == "41":
            details.contacts(out, partner.contact or Contact(name=partner.name))
    for _, claims in groupby(batch.claims, key=_billing_key):
        of_provider = list(claims)
        top = out.level("20", 0, True)
        _billing(out, of_provider[0])
        for _, of_subscriber in groupby(of_provider, key=_subscriber_key):
            _subscriber(out, top, list(of_subscriber))
    return out.finish()


def _billing_key(claim: Claim) -> tuple[object, ...]:
    return (
        claim.billing_provider,
        claim.currency,
        claim.pay_to_address,
        claim.pay_to_is_person,
        claim.pay_to_plan,
    )


def _subscriber_key(claim: Claim) -> tuple[object, ...]:
    return (
        claim.subscriber,
        claim.payer,
        claim.billing_provider_ids,
        claim.sequence,
        claim.group_number,
        claim.plan_name,
        claim.insurance_type,
        claim.filing_code,
        _patient_key(claim) if claim.patient is None else None,
    )


def _patient_key(claim: Claim) -> tuple[object, ...]:
    return (
        claim.patient,
        claim.relationship,
        claim.patient_died_on,
        claim.patient_weight,
        claim.patient_pregnant,
        claim.property_casualty_number,
    )


def _billing(out: SetWriter, claim: Claim) -> None:
    provider = claim.billing_provider
    if provider.taxonomy:
        out.add("PRV", "BI", "PXC", provider.taxonomy)
    if claim.currency:
        out.add("CUR", "85", claim.currency)
    out.provider("85", provider)
    out.address(provider.address)
    out.reference(provider.tax_id_kind, provider.tax_id)
    details.secondary_ids(out, provider.secondary_ids)
    details.contacts(out, provider.contact)
    if claim.pay_to_address is not None:
        person = provider.is_person if claim.pay_to_is_person is None else claim.pay_to_is_person
        out.add("NM1", "87", 1 if person else 2)
        out.address(claim.pay_to_address)
    if claim.pay_to_plan is not None:
        details.payer(out, "PE", claim.pay_to_plan)
        # The tax number comes last, whatever the order in which the numbers were given.
        details.secondary_ids(
            out, sorted(claim.pay_to_plan.secondary_ids, key=lambda item: item.kind == "EI")
        )


def _subscriber(out: SetWriter, top: int, claims: list[Claim]) -> None:
    first = claims[0]
    itself = first.patient is None
    level = out.level("22", top, not itself)
    out.add(
        "SBR",
        first.sequence,
        "18" if itself else "",
        first.group_number,
        "" if first.group_number else first.plan_name,
        first.insurance_type,
        "",
        "",
        "",
        first.filing_code,
    )
    if itself:
        _patient_facts(out, first, "")
    out.person("IL", first.subscriber)
    out.address(first.subscriber.address)
    out.birth(first.subscriber)
    details.secondary_ids(out, first.subscriber.secondary_ids)
    if itself:
        out.reference("Y4", first.property_casualty_number)
    details.contacts(out, first.subscriber.contact)
    details.payer(out, "PR", first.payer)
    details.secondary_ids(out, first.payer.secondary_ids)
    details.secondary_ids(out, first.billing_provider_ids)
    if itself:
        for claim in claims:
            _claim(out, claim)
        return
    for _, of_patient in groupby(claims, key=_patient_key):
        _patient(out, level, list(of_patient))


def _patient(out: SetWriter, level: int, claims: list[Claim]) -> None:
    first = claims[0]
    if first.patient is None:
        return
    out.level("23", level, False)
    _patient_facts(out, first, first.relationship)
    out.person("QC", first.patient, with_id=False)
    out.address(first.patient.address)
    out.birth(first.patient)
    out.reference("Y4", first.property_casualty_number)
    details.secondary_ids(out, first.patient.secondary_ids)
    details.contacts(out, first.patient.contact)
    for claim in claims:
        _claim(out, claim)


def _patient_facts(out: SetWriter, claim: Claim, relationship: str) -> None:
    """PAT, where there is anything to say."""
    died = ("D8", claim.patient_died_on) if claim.patient_died_on else ("", "")
    weight = ("01", claim.patient_weight) if claim.patient_weight is not None else ("", "")
    pregnant = "Y" if claim.patient_pregnant else ""
    if relationship or died[0] or weight[0] or pregnant:
        out.add("PAT", relationship, "", "", "", *died, *weight, pregnant)


def _claim(out: SetWriter, claim: Claim) -> None:
    _check(claim)
    _opening(out, claim)
    details.dates(out, claim, CLAIM_DATES)
    _disability(out, claim)
    details.dates(out, claim, LATER_CLAIM_DATES)
    details.attachments(out, claim.attachments)
    details.contract(out, claim.contract)
    if claim.patient_paid is not None:
        out.add("AMT", "F5", claim.patient_paid)
    for code, word in CLAIM_REFERENCES.items():
        if code != "F8" or claim.frequency in ("7", "8"):
            out.reference(code, getattr(claim, word))
    details.file_information(out, claim.file_information)
    if claim.note:
        out.add("NTE", claim.note_kind, claim.note)
    details.ambulance(out, claim.ambulance)
    if claim.spinal_manipulation is not None:
        spine = claim.spinal_manipulation
        out.add(
            "CR2", "", "", "", "", "", "", "", spine.condition, "", spine.description, spine.more_description
        )
    details.conditions(out, claim.conditions, _CONDITIONS)
    _codes(out, claim)
    details.repricing(out, claim.repricing)
    details.provider(out, "DN", claim.referring_provider)
    details.provider(out, "P3", claim.primary_care_provider)
    details.provider(out, "82", claim.rendering_provider)
    details.provider(out, "77", claim.facility, address=True, contact=True)
    details.provider(out, "DQ", claim.supervising_provider)
    details.stops(out, claim.ambulance_pick_up, claim.ambulance_drop_off)
    for other in claim.other_payers:
        details.other_payer(out, other)
    for number, line in enumerate(claim.lines, 1):
        write_line(out, number, line)


def _opening(out: SetWriter, claim: Claim) -> None:
    causes = (*claim.accident_causes, "", "")[:2]
    cells: list[Cell] = [
        claim.control_number,
        claim.amount_billed,
        "",
        "",
        (claim.place_of_service, "B", claim.frequency),
        claim.provider_signature,
        claim.accepts_assignment,
        claim.benefits_assigned,
        claim.release_of_information,
        claim.patient_signature_source,
        (*causes, "", claim.accident_state, claim.accident_country),
        claim.special_program,
    ]
    if claim.delay_reason:
        cells += [""] * 7 + [claim.delay_reason]
    out.add("CLM", *cells)


def _disability(out: SetWriter, claim: Claim) -> None:
    start, end = claim.disability_from, claim.disability_to
    if start and end:
        # A range even where it is one day, or its end would be lost.
        out.add("DTP", "314", "RD8", f"{start:%Y%m%d}-{end:%Y%m%d}")
    else:
        out.period("360", start)
        out.period("361", end)


def _codes(out: SetWriter, claim: Claim) -> None:
    principal, other = ("BK", "BF") if claim.icd9 else ("ABK", "ABF")
    codes = [(principal if place == 0 else other, code) for place, code in enumerate(claim.diagnoses)]
    out.add("HI", *codes)
    if claim.anesthesia_procedures:
        procedures = zip(("BP", "BO"), claim.anesthesia_procedures, strict=False)
        out.add("HI", *procedures)
    for start in range(0, len(claim.condition_codes), 12):
        out.add("HI", *[("BG", code) for code in claim.condition_codes[start : start + 12]])


_MOST = {
    "lines": 50,
    "diagnoses": 12,
    "other_payers": 10,
    "attachments": 10,
    "file_information": 10,
    "condition_codes": 24,
    "anesthesia_procedures": 2,
    "accident_causes": 2,
}
_MOST_OF_A_LINE = {
    "modifiers": 4,
    "pointers": 4,
    "attachments": 11,
    "measurements": 5,
    "file_information": 10,
    "other_payments": 15,
}


def _check(claim: Claim) -> None:
    name = f"claim {claim.control_number!r}"
    if not claim.lines or not claim.diagnoses:
        raise ValueError(f"{name} has no {'diagnoses' if claim.lines else 'lines'}")
    for holder, limits in ((claim, _MOST), *((line, _MOST_OF_A_LINE) for line in claim.lines)):
        for word, most in limits.items():
            if len(getattr(holder, word)) > most:
                raise ValueError(
                    f"{name} has {len(getattr(holder, word))} {word.replace('_', ' ')}, {most} at most"
                )
    for answer in (*claim.conditions, *(answer for line in claim.lines for answer in line.conditions)):
        if not 1 <= len(answer.codes) <= 5:
            raise ValueError(f"{name}: a yes or no about conditions holds one to five codes")
