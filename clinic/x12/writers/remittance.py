"""Remittances into an 835."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby, islice

from clinic.x12.envelope import Envelope
from clinic.x12.guides import REMITTANCE
from clinic.x12.results.parties import Payer, Person
from clinic.x12.results.remittance import (
    INPATIENT_FIGURES,
    INPATIENT_TOTALS,
    OUTPATIENT_FIGURES,
    PROVIDER_FIGURES,
    ClaimPayment,
    Figures,
    ProviderAdjustment,
    Remittance,
    ServicePayment,
)
from clinic.x12.writer import Cell, SetWriter, version_of, write_interchange

_SERVICE_REFERENCES = frozenset({"1S", "APC", "BB", "E9", "G1", "G3", "LU", "RB"})


def write_835(envelope: Envelope, remittances: Iterable[Remittance]) -> bytes:
    """One interchange, one ST per remittance. Nothing is balanced or corrected here: what is said is written."""
    sets = [_remittance(envelope, remittance) for remittance in remittances]
    return write_interchange(envelope, "HP", version_of(envelope, REMITTANCE.version), sets)


def _remittance(envelope: Envelope, remittance: Remittance) -> list[str]:
    # ST03 is not used in this guide.
    out = SetWriter("835", remittance.control_number, "", envelope.delimiters)
    _payment(out, remittance)
    out.add("TRN", 1, remittance.trace, remittance.originator, remittance.originator_supplement)
    if remittance.currency:
        out.add("CUR", "PR", remittance.currency)
    for kind, value in remittance.references:
        out.reference(kind, value)
    if remittance.produced_on:
        out.add("DTM", "405", remittance.produced_on)
    _parties(out, remittance)
    _claims(out, remittance)
    for _, adjustments in groupby(remittance.provider_adjustments, key=_same_segment):
        _provider_adjustments(out, list(adjustments))
    return out.finish()


def _payment(out: SetWriter, remittance: Remittance) -> None:
    """BPR. Bank details are written where they are said; BPR10 repeats TRN03 beside them."""
    electronic = bool(remittance.sender_routing or remittance.sender_account)
    out.add(
        "BPR",
        remittance.handling,
        remittance.amount,
        remittance.credit_or_debit,
        remittance.method,
        remittance.payment_format,
        remittance.sender_routing_kind if remittance.sender_routing else "",
        remittance.sender_routing,
        remittance.sender_account_kind if remittance.sender_account else "",
        remittance.sender_account,
        remittance.company_id or (remittance.originator if electronic else ""),
        remittance.company_supplement,
        remittance.receiver_routing_kind if remittance.receiver_routing else "",
        remittance.receiver_routing,
        remittance.receiver_account_kind if remittance.receiver_account else "",
        remittance.receiver_account,
        remittance.paid_on,
    )


def _parties(out: SetWriter, remittance: Remittance) -> None:
    payer, payee = remittance.payer, remittance.payee
    national = payer.id_kind == "XV" and payer.id
    out.add("N1", "PR", payer.name, "XV" if national else "", payer.id if national else "")
    out.address(payer.address)
    for kind, value in remittance.payer_references:
        out.reference(kind, value)
    for kind, contact in remittance.contacts or (("BL", payer.contact),):
        out.contact(kind, contact)
    if payee.npi:
        out.add("N1", "PE", payee.last_name, "XX", payee.npi)
    elif payee.other_id:
        out.add("N1", "PE", payee.last_name, payee.other_id_kind, payee.other_id)
    else:
        out.add("N1", "PE", payee.last_name, "FI", payee.tax_id)
    out.address(payee.address)
    for kind, value in remittance.payee_references:
        out.reference(kind, value)
    if payee.npi or payee.other_id:
        out.reference("TJ", payee.tax_id)
    if remittance.delivery:
        out.add("RDM", *remittance.delivery)


def _claims(out: SetWriter, remittance: Remittance) -> None:
    """Claims under their LX; those that no group counts follow the last one."""
    if not remittance.groups and remittance.claims:
        out.add("LX", 1)
    left = iter(remittance.claims)
    for group in remittance.groups:
        if group.number:
            out.add("LX", group.number)
        if group.provider_id:
            out.add("TS3", group.provider_id, group.facility_code, group.fiscal_year_end,
                    *_placed(group.provider_figures, PROVIDER_FIGURES)[3:])  # fmt: skip
        if group.inpatient_figures:
            out.add("TS2", *_placed(group.inpatient_figures, INPATIENT_TOTALS))
        for claim in islice(left, group.claims):
            _claim(out, claim)
    for claim in left:
        _claim(out, claim)


def _placed(figures: Figures, places: dict[int, str]) -> list[Cell]:
    """Figures at their elements, the first of the segment at 0."""
    cells: list[Cell] = [""] * max(places)
    named = dict(figures)
    for place, name in places.items():
        cells[place - 1] = named.get(name)
    return cells


def _claim(out: SetWriter, claim: ClaimPayment) -> None:
    out.add(
        "CLP",
        claim.control_number,
        claim.status,
        claim.amount_billed,
        claim.amount_paid,
        claim.patient_responsibility,
        claim.filing_code,
        claim.payer_control_number,
        claim.facility_code,
        claim.frequency,
        "",
        claim.drg,
        claim.drg_weight,
        claim.discharge_fraction,
    )
    out.adjustments(claim.adjustments)
    _person(out, "QC", claim.patient)
    _person(out, "IL", claim.subscriber)
    _person(out, "74", claim.corrected_patient)
    if claim.rendering_provider is not None:
        out.provider("82", claim.rendering_provider)
    _payer(out, "TT", claim.crossover_payer)
    _payer(out, "PR", claim.priority_payer)
    _person(out, "GB", claim.other_subscriber)
    _decision(out, claim)
    for kind, value in claim.references:
        out.reference(kind, value)
    for code, day in (("232", claim.statement_from), ("233", claim.statement_to), ("036", claim.coverage_expired_on),
                      ("050", claim.received_on)):  # fmt: skip
        if day is not None:
            out.add("DTM", code, day)
    for contact in claim.contacts:
        out.contact("CX", contact)
    for kind, amount in claim.amounts:
        out.add("AMT", kind, amount)
    for kind, quantity in claim.quantities:
        out.add("QTY", kind, quantity)
    for line in claim.lines:
        _line(out, line)


def _decision(out: SetWriter, claim: ClaimPayment) -> None:
    """MIA and MOA with the remark codes: five of them fit, and an inpatient claim has them in its MIA."""
    remarks = list(claim.remarks)
    if claim.inpatient:
        cells = _placed(claim.inpatient, INPATIENT_FIGURES)
        here, remarks = remarks[:5], remarks[5:]
        for place, remark in zip((4, 19, 20, 21, 22), here, strict=False):
            cells[place] = remark
        out.add("MIA", *cells)
    if claim.outpatient or remarks:
        cells = _placed(claim.outpatient, OUTPATIENT_FIGURES)
        cells[2:7] = (remarks[:5] + [""] * 5)[:5]
        out.add("MOA", *cells)
    for start in range(5, len(remarks), 5):
        out.add("MOA", "", "", *remarks[start : start + 5])


def _person(out: SetWriter, role: str, person: Person | None) -> None:
    if person is not None:
        out.person(role, person)


def _payer(out: SetWriter, role: str, payer: Payer | None) -> None:
    if payer is not None:
        out.add("NM1", role, 2, payer.name, "", "", "", "", payer.id_kind, payer.id)


def _line(out: SetWriter, line: ServicePayment) -> None:
    paid = _procedure(line.procedure_kind, line.procedure, line.modifiers, line.description)
    billed: Cell = ""
    if line.billed_procedure:
        kind = line.billed_procedure_kind or line.procedure_kind
        billed = _procedure(kind, line.billed_procedure, line.billed_modifiers, line.billed_description)
    out.add(
        "SVC",
        paid,
        line.amount_billed,
        line.amount_paid,
        line.revenue_code,
        line.units_paid,
        billed,
        line.units_billed,
    )
    if line.service_from is not None and line.service_to is not None:
        out.add("DTM", "150", line.service_from)
        out.add("DTM", "151", line.service_to)
    elif line.service_from is not None:
        out.add("DTM", "472", line.service_from)
    elif line.service_to is not None:
        out.add("DTM", "151", line.service_to)
    out.adjustments(line.adjustments)
    # The guide has our own number after those that name the service, before those of the rendering provider.
    before = 0
    while before < len(line.references) and line.references[before][0] in _SERVICE_REFERENCES:
        before += 1
    for kind, value in (
        *line.references[:before],
        ("6R", line.line_control_number),
        *line.references[before:],
    ):
        out.reference(kind, value)
    for kind, amount in line.amounts:
        out.add("AMT", kind, amount)
    for kind, quantity in line.quantities:
        out.add("QTY", kind, quantity)
    for remark in line.remarks:
        out.add("LQ", "HE", remark)
    for rejection in line.pharmacy_rejections:
        out.add("LQ", "RX", rejection)


def _procedure(kind: str, code: str, modifiers: tuple[str, ...], description: str) -> Cell:
    """SVC01 or SVC06: a description stands after the places of four modifiers."""
    if not description:
        return (kind, code, *modifiers)
    return (kind, code, *(*modifiers, "", "", "", "")[:4], description)


def _same_segment(adjustment: ProviderAdjustment) -> tuple[object, ...]:
    """What was read from one PLB goes out in one; what was never in a file shares one by provider and year."""
    return adjustment.provider_id, adjustment.fiscal_year_end, adjustment.position


def _provider_adjustments(out: SetWriter, adjustments: list[ProviderAdjustment]) -> None:
    """PLB holds six reasons; more start another segment."""
    for start in range(0, len(adjustments), 6):
        some = adjustments[start : start + 6]
        cells: list[Cell] = []
        for adjustment in some:
            cells += [(adjustment.reason, adjustment.reference), adjustment.amount]
        out.add("PLB", some[0].provider_id, some[0].fiscal_year_end, *cells)
