"""From a claim's rows to the 837P claim that goes out, with everything it needs and no more (C3 to C6)."""

import re
from decimal import Decimal

from clinic import x12
from clinic.models import POINTERS, Claim, Coverage, Patient, Payer, Practice
from clinic.patients import cases


def claim_of(
    claim: Claim,
    practice: Practice,
    *,
    control_number: str,
    authorization: str = "",
    referral: str = "",
    replaces_number: str = "",
) -> x12.Claim:
    """The claim as X12 knows it. `control_number` is CLM01 of this submission (C6), `replaces_number` REF*F8 (C4)."""
    encounter, coverage = claim.encounter, claim.coverage
    provider = encounter.provider
    itself = coverage.relationship_code == "18"
    patient = _patient(claim.patient)
    case = coverage.case
    return x12.Claim(
        control_number=control_number,
        amount_billed=claim.amount_billed,
        place_of_service=encounter.place_of_service,
        billing_provider=_billing(practice),
        subscriber=_patient(claim.patient, _member_id(coverage)) if itself else _subscriber(coverage),
        patient=None if itself else patient,
        relationship=coverage.relationship_code,
        payer=x12.Payer(name=claim.payer.name, id=claim.payer.edi_id),
        lines=_lines(claim),
        diagnoses=tuple(code.replace(".", "") for code in encounter.diagnoses if code),
        sequence=claim.sequence,
        frequency=claim.frequency,
        group_number=coverage.group_number,
        plan_name=coverage.plan_name,
        # Why Medicare pays after another plan (SBR05, C9); as first payer it has no such reason.
        insurance_type="" if claim.sequence == "P" else coverage.msp_type,
        filing_code=claim.payer.filing_indicator,
        payer_control_number=replaces_number,
        prior_authorization=authorization,
        accident_causes=(cases.CAUSES[case.kind],) if case else (),
        accident_state=case.state if case and case.kind == "auto" else "",
        accident_on=case.injured_on if case else None,
        property_casualty_number=case.claim_number if case else "",
        referral_number=referral,
        rendering_provider=None
        if provider.npi == practice.npi
        else x12.Provider(
            last_name=provider.last_name,
            first_name=provider.first_name,
            is_person=True,
            npi=provider.npi,
            taxonomy=provider.taxonomy,
        ),
    )


def submitter(practice: Practice) -> x12.TradingPartner:
    """Loop 1000A."""
    contact = x12.Contact(name="BILLING", phone=_digits(practice.phone)[-10:], email=practice.email)
    return x12.TradingPartner(name=practice.legal_name, id=practice.edi_sender_id, contact=contact)


def receiver(payer: Payer) -> x12.TradingPartner:
    """Loop 1000B."""
    return x12.TradingPartner(name=payer.name, id=payer.edi_id)


def _lines(claim: Claim) -> tuple[x12.ServiceLine, ...]:
    service_on = claim.encounter.service_on
    # A pointer is a place among the diagnoses that are written, so empty rows of the slip must not count.
    places: dict[str, int] = {}
    for letter, code in zip(POINTERS, claim.encounter.diagnoses, strict=False):
        if code:
            places[letter] = len(places) + 1
    return tuple(
        x12.ServiceLine(
            procedure=line.charge.code,
            modifiers=tuple(line.charge.modifiers),
            amount_billed=line.charge.amount,
            service_from=service_on,
            units=Decimal(line.charge.units),
            pointers=tuple(places[letter] for letter in line.charge.pointers if letter in places),
            control_number=line.control_number,
        )
        for line in sorted(claim.lines, key=lambda line: line.position)
    )


def _billing(practice: Practice) -> x12.Provider:
    return x12.Provider(
        last_name=practice.legal_name,
        npi=practice.npi,
        tax_id=_digits(practice.tax_id),
        tax_id_kind=practice.tax_id_kind,
        taxonomy=practice.taxonomy,
        address=x12.Address(
            line1=practice.address,
            line2=practice.address2,
            city=practice.city,
            state=practice.state,
            zip_code=_digits(practice.zip),
        ),
    )


def _patient(row: Patient, member_id: str = "") -> x12.Person:
    return x12.Person(
        last_name=row.last_name,
        first_name=row.first_name,
        middle_name=row.middle_name,
        suffix=row.suffix,
        member_id=member_id,
        birth_date=row.born_on,
        sex=row.sex,
        address=x12.Address(
            line1=row.address, line2=row.address2, city=row.city, state=row.state, zip_code=_digits(row.zip)
        ),
    )


def _subscriber(coverage: Coverage) -> x12.Person:
    """Somebody else's policy: only who that is; their address is not asked for when they are not the patient."""
    return x12.Person(
        last_name=coverage.subscriber_last_name,
        first_name=coverage.subscriber_first_name,
        member_id=_member_id(coverage),
    )


def _member_id(coverage: Coverage) -> str:
    return re.sub(r"[\s-]", "", coverage.member_id).upper()


def _digits(text: str) -> str:
    return re.sub(r"\D", "", text)
