"""Remittances into an 835."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from clinic.x12.envelope import Envelope
from clinic.x12.guides import REMITTANCE
from clinic.x12.results.parties import Payer, Person
from clinic.x12.results.remittance import ClaimPayment, ProviderAdjustment, Remittance, ServicePayment
from clinic.x12.writer import Cell, SetWriter, write_interchange


def write_835(envelope: Envelope, remittances: Iterable[Remittance]) -> bytes:
    """One interchange, one ST per remittance. Nothing is balanced or corrected here: what is said is written."""
    sets = [_remittance(envelope, remittance) for remittance in remittances]
    return write_interchange(envelope, "HP", REMITTANCE.version, sets)


def _remittance(envelope: Envelope, remittance: Remittance) -> list[str]:
    # ST03 is not used in this guide.
    out = SetWriter("835", remittance.control_number, "", envelope.delimiters)
    electronic = remittance.method in ("ACH", "FWT", "BOP")
    out.add(
        "BPR",
        remittance.handling,
        remittance.amount,
        remittance.credit_or_debit,
        remittance.method,
        "CCP" if remittance.method == "ACH" else "",
        "01" if electronic else "",
        "999999992" if electronic else "",
        "DA" if electronic else "",
        remittance.sender_account or ("1" if electronic else ""),
        remittance.originator if electronic else "",
        "",
        "01" if remittance.receiver_routing else "",
        remittance.receiver_routing,
        "DA" if remittance.receiver_account else "",
        remittance.receiver_account,
        remittance.paid_on,
    )
    out.add("TRN", 1, remittance.trace, remittance.originator, remittance.originator_supplement)
    if remittance.produced_on:
        out.add("DTM", "405", remittance.produced_on)
    _parties(out, remittance)
    if remittance.claims:
        out.add("LX", 1)
    for claim in remittance.claims:
        _claim(out, claim)
    for _, adjustments in groupby(remittance.provider_adjustments, key=_same_segment):
        _provider_adjustments(out, list(adjustments))
    return out.finish()


def _parties(out: SetWriter, remittance: Remittance) -> None:
    payer, payee = remittance.payer, remittance.payee
    national = payer.id_kind == "XV" and payer.id
    out.add("N1", "PR", payer.name, "XV" if national else "", payer.id if national else "")
    out.address(payer.address)
    for kind, value in remittance.payer_references:
        out.reference(kind, value)
    if payer.contact is not None:
        out.contact("BL", payer.contact)
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
    )
    out.adjustments(claim.adjustments)
    _person(out, "QC", claim.patient)
    _person(out, "IL", claim.subscriber)
    _person(out, "74", claim.corrected_patient)
    if claim.rendering_provider is not None:
        out.provider("82", claim.rendering_provider)
    _payer(out, "TT", claim.crossover_payer)
    _payer(out, "PR", claim.priority_payer)
    for start in range(0, len(claim.remarks), 5):
        out.add("MOA", "", "", *claim.remarks[start : start + 5])
    for kind, value in claim.references:
        out.reference(kind, value)
    for code, day in (("232", claim.statement_from), ("233", claim.statement_to), ("036", claim.coverage_expired_on),
                      ("050", claim.received_on)):  # fmt: skip
        if day is not None:
            out.add("DTM", code, day)
    for kind, amount in claim.amounts:
        out.add("AMT", kind, amount)
    for line in claim.lines:
        _line(out, line)


def _person(out: SetWriter, role: str, person: Person | None) -> None:
    if person is not None:
        out.person(role, person)


def _payer(out: SetWriter, role: str, payer: Payer | None) -> None:
    if payer is not None:
        out.add("NM1", role, 2, payer.name, "", "", "", "", payer.id_kind, payer.id)


def _line(out: SetWriter, line: ServicePayment) -> None:
    paid: Cell = (line.procedure_kind, line.procedure, *line.modifiers)
    billed: Cell = ""
    if line.billed_procedure:
        billed = (
            line.billed_procedure_kind or line.procedure_kind,
            line.billed_procedure,
            *line.billed_modifiers,
        )
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
    out.adjustments(line.adjustments)
    out.reference("6R", line.line_control_number)
    for kind, value in line.references:
        out.reference(kind, value)
    for kind, amount in line.amounts:
        out.add("AMT", kind, amount)
    for remark in line.remarks:
        out.add("LQ", "HE", remark)


def _same_segment(adjustment: ProviderAdjustment) -> tuple[object, ...]:
    return adjustment.provider_id, adjustment.fiscal_year_end


def _provider_adjustments(out: SetWriter, adjustments: list[ProviderAdjustment]) -> None:
    """PLB holds six reasons; more start another segment."""
    for start in range(0, len(adjustments), 6):
        some = adjustments[start : start + 6]
        cells: list[Cell] = []
        for adjustment in some:
            cells += [(adjustment.reason, adjustment.reference), adjustment.amount]
        out.add("PLB", some[0].provider_id, some[0].fiscal_year_end, *cells)
