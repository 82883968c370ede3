"""837P into batches of claims."""

from __future__ import annotations

from typing import Any

from clinic.x12.envelope import Source, raw_text
from clinic.x12.guides import PROFESSIONAL_CLAIM
from clinic.x12.reader import Node
from clinic.x12.readers.claim_details import (
    NO_SEGMENT,
    address_in,
    ambulance,
    amounts,
    attachments,
    coded,
    conditions,
    contract,
    dates,
    file_information,
    line_nodes,
    provider_called,
    references,
    repricing,
    stop_in,
)
from clinic.x12.readers.claim_levels import (
    Levels,
    batch_fields,
    claims_of,
    in_file_order,
    level_fields,
    other_payer,
)
from clinic.x12.readers.claim_lines import service_line
from clinic.x12.readers.fields import Fields
from clinic.x12.results.claim import Claim, ClaimBatch
from clinic.x12.results.claim_details import SpinalManipulation
from clinic.x12.results.claim_words import CLAIM_DATES, CLAIM_REFERENCES, LATER_CLAIM_DATES
from clinic.x12.sets import OpenSet, SetReader

_DATES = {**CLAIM_DATES, **LATER_CLAIM_DATES}


def read_837p(source: Source) -> tuple[ClaimBatch, ...]:
    """One batch per 837P set of the file; other sets are passed over. Raises X12Error where it is no X12."""
    reader = SetReader(source)
    batches = [_batch(opened) for opened in reader if opened.kind == "837P"]
    return tuple(batches)


def _batch(opened: OpenSet) -> ClaimBatch:
    fields = Fields(opened, PROFESSIONAL_CLAIM)
    root = fields.read_all()
    claims = in_file_order(_claim(fields, levels, node) for levels, node in claims_of(fields, root))
    return ClaimBatch(claims=claims, **batch_fields(fields, root))


def _claim(fields: Fields, levels: Levels, node: Node) -> Claim:
    first = node.segments[0]
    currency = levels.billing.first("CUR")
    place = [*fields.parts(first, 5), "", ""]
    causes = [*fields.parts(first, 11), "", "", "", ""]
    note = node.first("NTE") or NO_SEGMENT
    kinds = coded(fields, node, "ABK", "BK", "ABF", "BF")
    said: dict[str, Any] = level_fields(fields, levels)
    said |= references(node, CLAIM_REFERENCES)
    said |= dates(fields, node, _DATES)
    said |= amounts(fields, node, {"F5": "patient_paid"})
    said |= _disability(fields, node)
    said |= _providers(fields, node)
    return Claim(
        control_number=first.get(1),
        amount_billed=fields.amount(first, 2, "2300"),
        place_of_service=place[0],
        frequency=place[2],
        currency=currency.get(2) if currency else "",
        pay_to_is_person=_pay_to_is_person(levels),
        billing_provider_ids=levels.billing_provider_ids,
        patient_died_on=fields.day(levels.relation, 6, "2000B"),
        patient_weight=fields.number(levels.relation, 8, "2000B"),
        patient_pregnant=levels.relation.get(9) == "Y",
        insurance_type=levels.coverage.get(5),
        provider_signature=first.get(6),
        accepts_assignment=first.get(7),
        benefits_assigned=first.get(8),
        release_of_information=first.get(9),
        patient_signature_source=first.get(10),
        accident_causes=tuple(part for part in causes[:2] if part),
        accident_state=causes[3],
        accident_country=causes[4],
        special_program=first.get(12),
        delay_reason=first.get(20),
        lines=tuple(service_line(fields, child) for child in line_nodes(node, "SV1")),
        diagnoses=tuple(parts[1] for parts in kinds),
        icd9=bool(kinds) and kinds[0][0] == "BK",
        anesthesia_procedures=tuple(parts[1] for parts in coded(fields, node, "BP", "BO")),
        condition_codes=tuple(parts[1] for parts in coded(fields, node, "BG")),
        attachments=attachments(node),
        contract=contract(fields, node),
        file_information=file_information(node),
        note=note.get(2),
        note_kind=note.get(1) or "ADD",
        ambulance=ambulance(fields, node),
        spinal_manipulation=_spinal(node),
        conditions=conditions(node),
        repricing=repricing(fields, node),
        other_payers=tuple(other_payer(fields, child) for child in node.nodes("2320")),
        position=first.position,
        raw=raw_text(node.everything(), fields.opened.delimiters),
        **said,
    )


def _providers(fields: Fields, node: Node) -> dict[str, Any]:
    return {
        "referring_provider": provider_called(fields, node, "2310A", "DN"),
        "primary_care_provider": provider_called(fields, node, "2310A", "P3"),
        "rendering_provider": provider_called(fields, node, "2310B"),
        "facility": provider_called(fields, node, "2310C"),
        "supervising_provider": provider_called(fields, node, "2310D"),
        "ambulance_pick_up": address_in(node, "2310E"),
        "ambulance_drop_off": stop_in(node, "2310F"),
    }


def _pay_to_is_person(levels: Levels) -> bool | None:
    found = levels.billing.node("2010AB")
    if found is None or found.segments[0].get(2) not in ("1", "2"):
        return None
    person = found.segments[0].get(2) == "1"
    return None if person == levels.billing_provider.is_person else person


def _disability(fields: Fields, node: Node) -> dict[str, Any]:
    """A range (314), or one end of it (360 began, 361 ended)."""
    found = node.first("DTP", "314", "360", "361")
    if found is None:
        return {}
    start, end = fields.days(found, "2300")
    if found.get(1) == "361":
        return {"disability_to": start}
    if found.get(1) == "360":
        return {"disability_from": start}
    return {"disability_from": start, "disability_to": end or start}


def _spinal(node: Node) -> SpinalManipulation | None:
    found = node.first("CR2")
    if found is None:
        return None
    return SpinalManipulation(
        condition=found.get(8), description=found.get(10), more_description=found.get(11)
    )
