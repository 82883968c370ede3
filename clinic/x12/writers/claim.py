"""Batches of claims into an 837P."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from itertools import groupby

from clinic.x12.envelope import Envelope
from clinic.x12.guides import PROFESSIONAL_CLAIM
from clinic.x12.results.claim import Claim, ClaimBatch, OtherPayer, ServiceLine
from clinic.x12.results.parties import Address, Contact, Payer, Provider
from clinic.x12.writer import SetWriter, clock, write_interchange


def write_837p(envelope: Envelope, batches: Iterable[ClaimBatch]) -> bytes:
    """One interchange, one ST per batch. Neighbouring claims of one billing provider and one subscriber share their
    loops; the order of claims is kept. REF*F8 is written with frequency 7 and 8 only (C4).

    Raises ValueError for what could only be written as a broken file: a claim without lines or diagnosis, more than 50
    lines, 12 diagnoses, four modifiers or four pointers.
    """
    version = PROFESSIONAL_CLAIM.version
    return write_interchange(envelope, "HC", version, [_batch(envelope, batch) for batch in batches])


def _batch(envelope: Envelope, batch: ClaimBatch) -> list[str]:
    out = SetWriter("837", batch.control_number, PROFESSIONAL_CLAIM.version, envelope.delimiters)
    out.add("BHT", "0019", batch.purpose, batch.reference, *clock(batch.created_at), "CH")
    out.add("NM1", "41", 2, batch.submitter.name, "", "", "", "", "46", batch.submitter.id)
    out.contact("IC", batch.submitter.contact or Contact(name=batch.submitter.name))
    out.add("NM1", "40", 2, batch.receiver.name, "", "", "", "", "46", batch.receiver.id)
    for (provider, pay_to), claims in groupby(batch.claims, key=lambda claim: (claim.billing_provider,
                                                                              claim.pay_to_address)):  # fmt: skip
        top = out.level("20", 0, True)
        _billing(out, provider, pay_to)
        for _, of_subscriber in groupby(claims, key=_subscriber_key):
            _subscriber(out, top, list(of_subscriber))
    return out.finish()


def _subscriber_key(claim: Claim) -> tuple[object, ...]:
    return (
        claim.subscriber,
        claim.payer,
        claim.sequence,
        claim.group_number,
        claim.plan_name,
        claim.insurance_type,
        claim.filing_code,
        claim.patient is None,
    )


def _billing(out: SetWriter, provider: Provider, pay_to: Address | None) -> None:
    if provider.taxonomy:
        out.add("PRV", "BI", "PXC", provider.taxonomy)
    out.provider("85", provider)
    out.address(provider.address)
    out.reference(provider.tax_id_kind, provider.tax_id)
    out.contact("IC", provider.contact)
    if pay_to is not None:
        out.add("NM1", "87", 1 if provider.is_person else 2)
        out.address(pay_to)


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
    out.person("IL", first.subscriber)
    out.address(first.subscriber.address)
    out.birth(first.subscriber)
    _payer(out, first.payer)
    if itself:
        for claim in claims:
            _claim(out, claim)
        return
    for (patient, relationship), of_patient in groupby(
        claims, key=lambda claim: (claim.patient, claim.relationship)
    ):
        if patient is None:
            continue
        out.level("23", level, False)
        out.add("PAT", relationship)
        out.person("QC", patient, with_id=False)
        out.address(patient.address)
        out.birth(patient)
        for claim in of_patient:
            _claim(out, claim)


def _payer(out: SetWriter, payer: Payer) -> None:
    out.add("NM1", "PR", 2, payer.name, "", "", "", "", payer.id_kind, payer.id)
    out.address(payer.address)


def _claim(out: SetWriter, claim: Claim) -> None:
    _check(claim)
    causes = (*claim.accident_causes, "", "")[:2]
    out.add(
        "CLM",
        claim.control_number,
        claim.amount_billed,
        "",
        "",
        (claim.place_of_service, "B", claim.frequency),
        claim.provider_signature,
        claim.accepts_assignment,
        claim.benefits_assigned,
        claim.release_of_information,
        "",
        (*causes, "", claim.accident_state),
    )
    out.period("431", claim.onset_on)
    out.period("439", claim.accident_on)
    out.period("435", claim.admitted_on)
    if claim.patient_paid is not None:
        out.add("AMT", "F5", claim.patient_paid)
    out.reference("9F", claim.referral_number)
    out.reference("G1", claim.prior_authorization)
    if claim.frequency in ("7", "8"):
        out.reference("F8", claim.payer_control_number)
    out.reference("X4", claim.clia_number)
    if claim.note:
        out.add("NTE", "ADD", claim.note)
    codes = [("ABK" if place == 0 else "ABF", code) for place, code in enumerate(claim.diagnoses)]
    out.add("HI", *codes)
    _providers(out, claim)
    for other in claim.other_payers:
        _other_payer(out, other)
    for number, line in enumerate(claim.lines, 1):
        _line(out, number, line)


def _providers(out: SetWriter, claim: Claim) -> None:
    if claim.referring_provider is not None:
        out.provider("DN", claim.referring_provider)
    if claim.rendering_provider is not None:
        _rendering(out, claim.rendering_provider)
    if claim.facility is not None:
        out.provider("77", claim.facility)
        out.address(claim.facility.address)
    if claim.supervising_provider is not None:
        out.provider("DQ", claim.supervising_provider)


def _rendering(out: SetWriter, provider: Provider) -> None:
    out.provider("82", provider)
    if provider.taxonomy:
        out.add("PRV", "PE", "PXC", provider.taxonomy)


def _check(claim: Claim) -> None:
    name = f"claim {claim.control_number!r}"
    if not 1 <= len(claim.lines) <= 50:
        raise ValueError(f"{name} has {len(claim.lines)} lines; a claim holds 1 to 50")
    if not 1 <= len(claim.diagnoses) <= 12:
        raise ValueError(f"{name} has {len(claim.diagnoses)} diagnoses; a claim holds 1 to 12")
    for line in claim.lines:
        if len(line.modifiers) > 4 or len(line.pointers) > 4:
            raise ValueError(f"{name}: a line holds four modifiers and four pointers at most")


def _other_payer(out: SetWriter, other: OtherPayer) -> None:
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
    out.adjustments(other.adjustments)
    if other.amount_paid is not None:
        out.add("AMT", "D", other.amount_paid)
    if other.patient_liability is not None:
        out.add("AMT", "EAF", other.patient_liability)
    out.add("OI", "", "", other.benefits_assigned, "", "", other.release_of_information)
    if other.remarks:
        out.add("MOA", "", "", *other.remarks[:5])
    out.person("IL", other.subscriber)
    out.address(other.subscriber.address)
    _payer(out, other.payer)
    out.period("573", other.paid_on)
    out.reference("F8", other.claim_control_number)


def _line(out: SetWriter, number: int, line: ServiceLine) -> None:
    out.add("LX", number)
    modifiers = (*line.modifiers, "", "", "", "")[:4]
    out.add(
        "SV1",
        ("HC", line.procedure, *modifiers, line.description),
        line.amount_billed,
        line.unit,
        line.units,
        line.place_of_service,
        "",
        line.pointers,
        "",
        "Y" if line.emergency else "",
    )
    out.period("472", line.service_from, line.service_to)
    out.reference("G1", line.prior_authorization)
    out.reference("6R", line.control_number)
    if line.note:
        out.add("NTE", "ADD", line.note)
    if line.ndc:
        out.add("LIN", "", "N4", line.ndc)
        out.add("CTP", "", "", "", line.ndc_units or Decimal(0), (line.ndc_unit or "UN",))
    if line.rendering_provider is not None:
        _rendering(out, line.rendering_provider)
    for paid in line.other_payments:
        code = ("HC", paid.procedure, *paid.modifiers)
        out.add("SVD", paid.payer_id, paid.amount_paid, code, "", paid.units)
        out.adjustments(paid.adjustments)
        out.period("573", paid.paid_on)
        if paid.patient_liability is not None:
            out.add("AMT", "EAF", paid.patient_liability)
