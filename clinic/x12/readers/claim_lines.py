"""The lines (2400) of a professional claim."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from clinic.x12.envelope import Segment
from clinic.x12.reader import Node
from clinic.x12.readers.claim_details import (
    address_in,
    ambulance,
    amounts,
    attachments,
    conditions,
    contract,
    dates,
    file_information,
    forms,
    procedure,
    provider_called,
    reference,
    references,
    repricing,
    secondary_id,
    stop_in,
)
from clinic.x12.readers.claim_levels import line_payment
from clinic.x12.readers.fields import ZERO, Fields
from clinic.x12.results.claim import ServiceLine
from clinic.x12.results.claim_details import (
    Equipment,
    EquipmentCertification,
    Measurement,
    PurchasedService,
)
from clinic.x12.results.claim_words import (
    LINE_AMOUNTS,
    LINE_DATES,
    LINE_QUANTITIES,
    LINE_REFERENCES_BEFORE_AUTHORIZATION,
    LINE_REFERENCES_BEFORE_REFERRAL,
)

_REFERENCES = {
    **LINE_REFERENCES_BEFORE_AUTHORIZATION,
    **LINE_REFERENCES_BEFORE_REFERRAL,
    "G1": "prior_authorization",
    "9F": "referral_number",
}


def service_line(fields: Fields, node: Node) -> ServiceLine:
    """One 2400 loop."""
    service = node.first("SV1") or Segment("SV1", ("SV1",), node.position)
    kind, code, modifiers, description = procedure(fields.parts(service, 1))
    start, end = fields.days(node.first("DTP", "472"), "2400")
    note = node.first("NTE", "ADD", "DCP") or Segment("", (), 0)
    for_repricer = node.first("NTE", "TPO")
    said: dict[str, Any] = references(node, _REFERENCES)
    said |= dates(fields, node, LINE_DATES)
    said |= amounts(fields, node, LINE_AMOUNTS)
    said |= _quantities(fields, node)
    said |= _drug(fields, node.node("2410"))
    said |= _providers(fields, node)
    return ServiceLine(
        procedure_kind=kind or "HC",
        procedure=code,
        modifiers=modifiers,
        description=description,
        amount_billed=fields.amount(service, 2, "2400"),
        unit=service.get(3),
        units=fields.number(service, 4, "2400") or Decimal(0),
        place_of_service=service.get(5),
        pointers=pointers(fields, service, 7),
        emergency=service.get(9) == "Y",
        epsdt=service.get(11) == "Y",
        family_planning=service.get(12) == "Y",
        copay_exempt=service.get(15) == "0",
        service_from=start,
        service_to=end,
        equipment=_equipment(fields, node),
        equipment_certification=_certification(fields, node),
        attachments=attachments(node),
        ambulance=ambulance(fields, node),
        conditions=conditions(node),
        measurements=tuple(
            Measurement(
                about=segment.get(1),
                what=segment.get(2),
                value=fields.number(segment, 3, "2400") or Decimal(0),
            )
            for segment in node.all("MEA")
        ),
        contract=contract(fields, node),
        further_references=_further(fields, node),
        file_information=file_information(node),
        note=note.get(2),
        note_kind=note.get(1) or "ADD",
        third_party_note=for_repricer.get(2) if for_repricer else "",
        purchased_service=_purchased(fields, node),
        repricing=repricing(fields, node),
        other_payments=tuple(line_payment(fields, child) for child in node.nodes("2430")),
        forms=forms(fields, node),
        number=fields.count(node.segments[0], 1),
        position=node.position,
        **said,
    )


def pointers(fields: Fields, service: Segment, place: int) -> tuple[int, ...]:
    """Diagnosis pointers of a service."""
    return tuple(
        int(part)
        for part in fields.parts(service, place)
        if part.isascii() and part.isdigit() and len(part) < 3
    )


def _further(fields: Fields, node: Node) -> tuple[Any, ...]:
    """Authorisations and referrals beyond the claim's own payer's: with REF04, or after the first of their kind."""
    found = []
    for code in ("G1", "9F"):
        own = True
        for segment in node.all("REF", code):
            if own and not segment.get(4):
                own = False
            else:
                found.append(secondary_id(fields, segment))
    return tuple(found)


def _quantities(fields: Fields, node: Node) -> dict[str, Decimal | None]:
    found: dict[str, Decimal | None] = {}
    for segment in node.all("QTY"):
        word = LINE_QUANTITIES.get(segment.get(1))
        if word:
            found.setdefault(word, fields.number(segment, 2, "2400"))
    return found


def _drug(fields: Fields, node: Node | None) -> dict[str, Any]:
    if node is None:
        return {}
    named, dose = node.segments[0], node.first("CTP")
    return {
        "ndc_kind": named.get(2),
        "ndc": named.get(3),
        "ndc_units": fields.number(dose, 4, "2410") if dose else None,
        "ndc_unit": fields.parts(dose, 5)[0] if dose else "",
        "prescription_number": reference(node, "XZ"),
        "drug_link_number": reference(node, "VY"),
    }


def _providers(fields: Fields, node: Node) -> dict[str, Any]:
    if not node.children:
        return {}
    return {
        "rendering_provider": provider_called(fields, node, "2420A"),
        "purchased_from": provider_called(fields, node, "2420B"),
        "facility": provider_called(fields, node, "2420C"),
        "supervising_provider": provider_called(fields, node, "2420D"),
        "ordering_provider": provider_called(fields, node, "2420E"),
        "referring_provider": provider_called(fields, node, "2420F", "DN"),
        "primary_care_provider": provider_called(fields, node, "2420F", "P3"),
        "ambulance_pick_up": address_in(node, "2420G"),
        "ambulance_drop_off": stop_in(node, "2420H"),
    }


def _equipment(fields: Fields, node: Node) -> Equipment | None:
    found = node.first("SV5")
    if found is None:
        return None
    return Equipment(
        procedure=procedure(fields.parts(found, 1))[1],
        days=fields.number(found, 3, "2400") or Decimal(0),
        rental_price=fields.amount_or_none(found, 4, "2400") or ZERO,
        purchase_price=fields.amount_or_none(found, 5, "2400") or ZERO,
        billed_each=found.get(6),
    )


def _certification(fields: Fields, node: Node) -> EquipmentCertification | None:
    found = node.first("CR3")
    if found is None:
        return None
    return EquipmentCertification(kind=found.get(1), months=fields.number(found, 3, "2400") or Decimal(0))


def _purchased(fields: Fields, node: Node) -> PurchasedService | None:
    found = node.first("PS1")
    if found is None:
        return None
    return PurchasedService(provider_id=found.get(1), amount=fields.amount(found, 2, "2400"))
