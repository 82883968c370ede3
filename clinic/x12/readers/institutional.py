"""837I into batches of facility claims."""

from __future__ import annotations

from datetime import datetime, time
from decimal import Decimal
from typing import Any

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guides import INSTITUTIONAL_CLAIM
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
    reference,
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
from clinic.x12.readers.fields import ZERO, Fields
from clinic.x12.results.institutional import (
    Diagnosis,
    InstitutionalBatch,
    InstitutionalClaim,
    InstitutionalLine,
    Occurrence,
    ValueCode,
)
from clinic.x12.sets import OpenSet, SetReader

_REFERENCES = {
    "4N": "service_authorization_exception",
    "9F": "referral_number",
    "G1": "prior_authorization",
    "F8": "payer_control_number",
    "9A": "repriced_claim_number",
    "9C": "adjusted_repriced_claim_number",
    "LX": "investigational_device",
    "D9": "clearinghouse_number",
    "LU": "accident_state",
    "EA": "medical_record_number",
    "P4": "demonstration_project",
    "G4": "review_authorization",
}
_DIAGNOSES = {
    "ABK": "principal",
    "BK": "principal",
    "ABJ": "admitting",
    "BJ": "admitting",
    "APR": "reason",
    "PR": "reason",
    "ABN": "cause",
    "BN": "cause",
    "ABF": "other",
    "BF": "other",
}


def read_837i(source: Source) -> tuple[InstitutionalBatch, ...]:
    """One batch per 837I set of the file; other sets are passed over. Raises X12Error where it is no X12."""
    return tuple(_batch(opened) for opened in SetReader(source) if opened.kind == "837I")


def _batch(opened: OpenSet) -> InstitutionalBatch:
    fields = Fields(opened, INSTITUTIONAL_CLAIM)
    root = fields.read_all()
    claims = in_file_order(_claim(fields, levels, node) for levels, node in claims_of(fields, root))
    return InstitutionalBatch(claims=claims, **batch_fields(fields, root))


def _claim(fields: Fields, levels: Levels, node: Node) -> InstitutionalClaim:
    first = node.segments[0]
    place = [*fields.parts(first, 5), "", ""]
    stay = node.first("CL1") or NO_SEGMENT
    start, end = fields.days(node.first("DTP", "434"), "2300")
    discharged = node.first("DTP", "096")
    said: dict[str, Any] = level_fields(fields, levels)
    said |= references(node, _REFERENCES)
    said |= dates(fields, node, {"050": "repricer_received_on"})
    said |= amounts(fields, node, {"F3": "estimated_due"})
    said |= _codes(fields, node)
    return InstitutionalClaim(
        control_number=first.get(1),
        amount_billed=fields.amount(first, 2, "2300"),
        facility_type=place[0],
        frequency=place[2],
        accepts_assignment=first.get(7),
        benefits_assigned=first.get(8),
        release_of_information=first.get(9),
        delay_reason=first.get(20),
        lines=tuple(_line(fields, child) for child in line_nodes(node, "SV2")),
        statement_from=start,
        statement_to=end,
        admitted_at=_moment(fields, node.first("DTP", "435")),
        discharge_hour=discharged.get(3) if discharged else "",
        admission_type=stay.get(1),
        admission_source=stay.get(2),
        patient_status=stay.get(3),
        attachments=attachments(node),
        contract=contract(fields, node),
        repricing=repricing(fields, node),
        file_information=file_information(node),
        notes=tuple((segment.get(1), segment.get(2)) for segment in node.all("NTE")),
        attending_provider=provider_called(fields, node, "2310A"),
        operating_provider=provider_called(fields, node, "2310B"),
        other_operating_provider=provider_called(fields, node, "2310C"),
        rendering_provider=provider_called(fields, node, "2310D"),
        facility=provider_called(fields, node, "2310E"),
        referring_provider=provider_called(fields, node, "2310F"),
        other_payers=tuple(other_payer(fields, child) for child in node.nodes("2320")),
        position=first.position,
        raw=raw_text(node.everything(), fields.opened.delimiters),
        **said,
    )


def _moment(fields: Fields, found: Segment | None) -> datetime | None:
    """DTP*435: a day, or a day with its hour."""
    if found is None or not found.get(3):
        return None
    text = found.get(3)
    if len(text) == 12:
        exact = values.wall_clock(text[:8], text[8:])
        if exact is not None:
            return exact
    day = fields.days(found, "2300")[0]
    return datetime.combine(day, time()) if day else None


def _codes(fields: Fields, node: Node) -> dict[str, Any]:
    """Everything that stands in HI."""
    diagnoses = [
        Diagnosis(_DIAGNOSES[parts[0]], parts[1], parts[8] if len(parts) > 8 else "")
        for parts in coded(fields, node, *_DIAGNOSES)
    ]
    groups = coded(fields, node, "DR")
    principal = _occurrences(coded(fields, node, "BBR", "BR", "CAH"))
    return {
        "diagnoses": tuple(diagnoses),
        "diagnosis_related_group": groups[0][1] if groups else "",
        "principal_procedure": principal[0] if principal else None,
        "other_procedures": _occurrences(coded(fields, node, "BBQ", "BQ")),
        "occurrences": _occurrences(coded(fields, node, "BH")),
        "occurrence_spans": _occurrences(coded(fields, node, "BI")),
        "value_codes": tuple(
            ValueCode(parts[1], values.amount(parts[4] if len(parts) > 4 else "") or ZERO)
            for parts in coded(fields, node, "BE")
        ),
        "condition_codes": tuple(parts[1] for parts in coded(fields, node, "BG")),
        "treatment_codes": tuple(parts[1] for parts in coded(fields, node, "TC")),
    }


def _occurrences(found: list[list[str]]) -> tuple[Occurrence, ...]:
    said = []
    for parts in found:
        kind, text = [*parts, "", ""][2:4]
        start, end = values.days(kind, text) if text else (None, None)
        said.append(Occurrence(parts[1], start, end))
    return tuple(said)


def _line(fields: Fields, node: Node) -> InstitutionalLine:
    service = node.first("SV2") or Segment("SV2", ("SV2",), node.position)
    kind, code, modifiers, description = procedure(fields.parts(service, 2))
    start, end = fields.days(node.first("DTP", "472"), "2400")
    drug = node.node("2410")
    dose = drug.first("CTP") if drug else None
    for_repricer = node.first("NTE", "TPO")
    said: dict[str, Any] = amounts(fields, node, {"GT": "service_tax", "N8": "facility_tax"})
    return InstitutionalLine(
        revenue_code=service.get(1),
        procedure_kind=kind,
        procedure=code,
        modifiers=modifiers,
        description=description,
        amount_billed=fields.amount(service, 3, "2400"),
        unit=service.get(4),
        units=fields.number(service, 5, "2400") or Decimal(0),
        non_covered=fields.amount_or_none(service, 7, "2400"),
        service_from=start,
        service_to=end,
        control_number=reference(node, "6R"),
        ndc=drug.segments[0].get(3) if drug else "",
        ndc_units=fields.number(dose, 4, "2410") if dose else None,
        ndc_unit=fields.parts(dose, 5)[0] if dose else "",
        prescription_number=reference(drug, "XZ"),
        third_party_note=for_repricer.get(2) if for_repricer else "",
        attachments=attachments(node),
        repricing=repricing(fields, node),
        operating_provider=provider_called(fields, node, "2420A"),
        other_operating_provider=provider_called(fields, node, "2420B"),
        rendering_provider=provider_called(fields, node, "2420C"),
        referring_provider=provider_called(fields, node, "2420D"),
        other_payments=tuple(line_payment(fields, child) for child in node.nodes("2430")),
        number=fields.count(node.segments[0], 1),
        position=node.position,
        **said,
    )
