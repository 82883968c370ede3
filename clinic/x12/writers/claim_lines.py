"""The lines (2400) of a professional claim."""

from __future__ import annotations

from decimal import Decimal

from clinic.x12.results.claim import ServiceLine
from clinic.x12.results.claim_words import (
    LINE_AMOUNTS,
    LINE_DATES,
    LINE_QUANTITIES,
    LINE_REFERENCES_BEFORE_AUTHORIZATION,
    LINE_REFERENCES_BEFORE_REFERRAL,
)
from clinic.x12.writer import Cell, SetWriter
from clinic.x12.writers import claim_details as details


def write_line(out: SetWriter, number: int, line: ServiceLine) -> None:
    """One 2400 loop; `number` is its LX01."""
    out.add("LX", number)
    _service(out, line)
    if line.equipment is not None:
        rent = line.equipment
        out.add(
            "SV5",
            ("HC", rent.procedure),
            "DA",
            rent.days,
            rent.rental_price,
            rent.purchase_price,
            rent.billed_each,
        )
    details.attachments(out, line.attachments)
    details.ambulance(out, line.ambulance)
    if line.equipment_certification is not None:
        out.add("CR3", line.equipment_certification.kind, "MO", line.equipment_certification.months)
    details.conditions(out, line.conditions, ("07", "70", "09"))
    out.period("472", line.service_from, line.service_to)
    details.dates(out, line, LINE_DATES)
    details.quantities(out, line, LINE_QUANTITIES)
    for measured in line.measurements:
        out.add("MEA", measured.about, measured.what, measured.value)
    details.contract(out, line.contract)
    _references(out, line)
    details.amounts(out, line, LINE_AMOUNTS)
    details.file_information(out, line.file_information)
    if line.note:
        out.add("NTE", line.note_kind, line.note)
    if line.third_party_note:
        out.add("NTE", "TPO", line.third_party_note)
    if line.purchased_service is not None:
        out.add("PS1", line.purchased_service.provider_id, line.purchased_service.amount)
    details.repricing(out, line.repricing)
    _drug(out, line)
    _providers(out, line)
    for paid in line.other_payments:
        details.line_payment(out, paid)
    details.forms(out, line.forms)


def _service(out: SetWriter, line: ServiceLine) -> None:
    modifiers = (*line.modifiers, "", "", "", "")[:4]
    cells: list[Cell] = [
        (line.procedure_kind, line.procedure, *modifiers, line.description),
        line.amount_billed,
        line.unit,
        line.units,
        line.place_of_service,
        "",
        line.pointers,
        "",
        "Y" if line.emergency else "",
        "",
        "Y" if line.epsdt else "",
        "Y" if line.family_planning else "",
    ]
    if line.copay_exempt:
        cells += ["", "", "0"]
    out.add("SV1", *cells)


def _references(out: SetWriter, line: ServiceLine) -> None:
    details.references(out, line, LINE_REFERENCES_BEFORE_AUTHORIZATION)
    out.reference("G1", line.prior_authorization)
    details.secondary_ids(out, (item for item in line.further_references if item.kind == "G1"))
    details.references(out, line, LINE_REFERENCES_BEFORE_REFERRAL)
    out.reference("9F", line.referral_number)
    details.secondary_ids(out, (item for item in line.further_references if item.kind == "9F"))


def _drug(out: SetWriter, line: ServiceLine) -> None:
    if not line.ndc:
        return
    out.add("LIN", "", line.ndc_kind, line.ndc)
    out.add("CTP", "", "", "", line.ndc_units or Decimal(0), (line.ndc_unit or "UN",))
    out.reference("XZ", line.prescription_number)
    if not line.prescription_number:
        out.reference("VY", line.drug_link_number)


def _providers(out: SetWriter, line: ServiceLine) -> None:
    details.provider(out, "82", line.rendering_provider)
    details.provider(out, "QB", line.purchased_from, name=False)
    details.provider(out, "77", line.facility, address=True)
    details.provider(out, "DQ", line.supervising_provider)
    details.provider(out, "DK", line.ordering_provider, address=True, contact=True)
    details.provider(out, "DN", line.referring_provider)
    details.provider(out, "P3", line.primary_care_provider)
    details.stops(out, line.ambulance_pick_up, line.ambulance_drop_off)
