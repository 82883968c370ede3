"""837D into batches of dental claims."""

from __future__ import annotations

from typing import Any

from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guides import DENTAL_CLAIM
from clinic.x12.reader import Node
from clinic.x12.readers.claim_details import (
    NO_SEGMENT,
    amounts,
    attachments,
    coded,
    contract,
    dates,
    file_information,
    line_nodes,
    procedure,
    provider_called,
    references,
    repricing,
)
from clinic.x12.readers.claim_levels import (
    Levels,
    batch_fields,
    claims_of,
    in_file_order,
    level_fields,
    line_payment,
    other_payer,
)
from clinic.x12.readers.claim_lines import pointers
from clinic.x12.readers.fields import Fields
from clinic.x12.results.dental import DentalBatch, DentalClaim, DentalLine, Tooth, ToothStatus
from clinic.x12.sets import OpenSet, SetReader

_DATES = {"439": "accident_on", "452": "appliance_placed_on", "050": "repricer_received_on"}
_REFERENCES = {
    "G3": "predetermination_number",
    "4N": "service_authorization_exception",
    "F8": "payer_control_number",
    "9F": "referral_number",
    "G1": "prior_authorization",
    "9A": "repriced_claim_number",
    "9C": "adjusted_repriced_claim_number",
    "D9": "clearinghouse_number",
}
_LINE_DATES = {
    "441": "prior_placement_on",
    "452": "appliance_placed_on",
    "446": "replaced_on",
    "139": "treatment_started_on",
    "196": "treatment_started_on",
    "198": "treatment_completed_on",
}
_LINE_REFERENCES = {
    "6R": "control_number",
    "G1": "prior_authorization",
    "G3": "predetermination_number",
    "9F": "referral_number",
}


def read_837d(source: Source) -> tuple[DentalBatch, ...]:
    """One batch per 837D set of the file; other sets are passed over. Raises X12Error where it is no X12."""
    return tuple(_batch(opened) for opened in SetReader(source) if opened.kind == "837D")


def _batch(opened: OpenSet) -> DentalBatch:
    fields = Fields(opened, DENTAL_CLAIM)
    root = fields.read_all()
    claims = in_file_order(_claim(fields, levels, node) for levels, node in claims_of(fields, root))
    return DentalBatch(claims=claims, **batch_fields(fields, root))


def _claim(fields: Fields, levels: Levels, node: Node) -> DentalClaim:
    first = node.segments[0]
    place = [*fields.parts(first, 5), "", ""]
    causes = [*fields.parts(first, 11), "", "", "", ""]
    braces = node.first("DN1") or NO_SEGMENT
    start, end = fields.days(node.first("DTP", "472"), "2300")
    said: dict[str, Any] = level_fields(fields, levels)
    said |= references(node, _REFERENCES)
    said |= dates(fields, node, _DATES)
    said |= amounts(fields, node, {"F5": "patient_paid"})
    return DentalClaim(
        control_number=first.get(1),
        amount_billed=fields.amount(first, 2, "2300"),
        place_of_service=place[0],
        frequency=place[2],
        provider_signature=first.get(6),
        accepts_assignment=first.get(7),
        benefits_assigned=first.get(8),
        release_of_information=first.get(9),
        accident_causes=tuple(part for part in causes[:2] if part),
        accident_state=causes[3],
        special_program=first.get(12),
        predetermination=first.get(19) == "PB",
        delay_reason=first.get(20),
        lines=tuple(_line(fields, child) for child in line_nodes(node, "SV3")),
        service_from=start,
        service_to=end,
        orthodontic_months=fields.number(braces, 1, "2300"),
        orthodontic_months_left=fields.number(braces, 2, "2300"),
        tooth_statuses=tuple(ToothStatus(segment.get(1), segment.get(2)) for segment in node.all("DN2")),
        diagnoses=tuple(parts[1] for parts in coded(fields, node, "ABK", "BK", "ABF", "BF", "TQ")),
        attachments=attachments(node),
        contract=contract(fields, node),
        repricing=repricing(fields, node),
        file_information=file_information(node),
        notes=tuple(segment.get(2) for segment in node.all("NTE")),
        referring_provider=provider_called(fields, node, "2310A", "DN"),
        primary_care_provider=provider_called(fields, node, "2310A", "P3"),
        rendering_provider=provider_called(fields, node, "2310B"),
        facility=provider_called(fields, node, "2310C"),
        assistant_surgeon=provider_called(fields, node, "2310D"),
        supervising_provider=provider_called(fields, node, "2310E"),
        other_payers=tuple(other_payer(fields, child) for child in node.nodes("2320")),
        position=first.position,
        raw=raw_text(node.everything(), fields.opened.delimiters),
        **said,
    )


def _line(fields: Fields, node: Node) -> DentalLine:
    service = node.first("SV3") or Segment("SV3", ("SV3",), node.position)
    kind, code, modifiers, description = procedure(fields.parts(service, 1))
    start, end = fields.days(node.first("DTP", "472"), "2400")
    said: dict[str, Any] = references(node, _LINE_REFERENCES)
    said |= dates(fields, node, _LINE_DATES)
    said |= amounts(fields, node, {"T": "sales_tax"})
    return DentalLine(
        procedure_kind=kind or "AD",
        procedure=code,
        modifiers=modifiers,
        description=description,
        amount_billed=fields.amount(service, 2, "2400"),
        place_of_service=service.get(3),
        areas=tuple(part for part in fields.parts(service, 4) if part),
        prosthesis=service.get(5),
        units=fields.number(service, 6, "2400"),
        pointers=pointers(fields, service, 11),
        teeth=tuple(
            Tooth(segment.get(2), tuple(part for part in fields.parts(segment, 3) if part))
            for segment in node.all("TOO")
        ),
        service_from=start,
        service_to=end,
        contract=contract(fields, node),
        repricing=repricing(fields, node),
        rendering_provider=provider_called(fields, node, "2420A"),
        assistant_surgeon=provider_called(fields, node, "2420B"),
        supervising_provider=provider_called(fields, node, "2420C"),
        facility=provider_called(fields, node, "2420D"),
        other_payments=tuple(line_payment(fields, child) for child in node.nodes("2430")),
        number=fields.count(node.segments[0], 1),
        position=node.position,
        **said,
    )
