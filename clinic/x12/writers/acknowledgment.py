"""TA1, 999 and 277CA from what one side says about the other's files."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from clinic.x12.envelope import Envelope
from clinic.x12.guides import ACKNOWLEDGMENT_999, CLAIM_ACKNOWLEDGMENT_277
from clinic.x12.results.acknowledgment import (
    Acknowledgment999,
    ClaimAcknowledgment,
    ClaimStatus,
    InterchangeAcknowledgment,
    LineStatus,
    ProviderAcknowledgment,
    SegmentError,
    Status,
    Tally,
    Trigger,
)
from clinic.x12.writer import Cell, SetWriter, clock, finish_interchange, version_of, write_interchange


def write_ta1(envelope: Envelope, acknowledgments: Iterable[InterchangeAcknowledgment]) -> bytes:
    """One interchange of TA1 segments, right after the ISA and without a group."""
    join = envelope.delimiters.element.join
    lines = []
    for item in acknowledgments:
        at = item.sent_at
        lines.append(
            join(
                [
                    "TA1",
                    f"{item.control_number:09d}",
                    f"{at:%y%m%d}" if at else "",
                    f"{at:%H%M}" if at else "",
                    item.code,
                    item.note,
                ]
            )
        )
    return finish_interchange(envelope, lines, 0)


def write_999(envelope: Envelope, acknowledgments: Iterable[Acknowledgment999]) -> bytes:
    """One interchange, one ST per acknowledged group (X231A1)."""
    version = version_of(envelope, ACKNOWLEDGMENT_999.version)
    sets = [_acknowledgment(envelope, version, item) for item in acknowledgments]
    return write_interchange(envelope, "FA", version, sets)


def _acknowledgment(envelope: Envelope, version: str, item: Acknowledgment999) -> list[str]:
    out = SetWriter("999", item.control_number, version, envelope.delimiters)
    out.add("AK1", item.functional_id, item.group_control_number, item.version)
    for answered in item.sets:
        out.add("AK2", answered.transaction, answered.control_number, answered.version)
        for error in answered.errors:
            _segment_error(out, error)
        out.add("IK5", answered.code, *answered.syntax_codes[:5])
    out.add(
        "AK9", item.code, item.sets_included, item.sets_received, item.sets_accepted, *item.syntax_codes[:5]
    )
    return out.finish()


def _segment_error(out: SetWriter, error: SegmentError) -> None:
    # IK303 has four places: 2010BB goes out as 2010.
    out.add("IK3", error.segment, error.set_position, error.loop[:4], error.code)
    units = (error.business_unit, *error.more_units) if error.business_unit[0] else error.more_units
    _contexts(out, units, error.triggers)
    for element in error.elements:
        place = _places(element.element, element.component, element.repeat)
        out.add("IK4", place, element.reference, element.code, element.value)
        _contexts(out, element.units, element.triggers)


def _contexts(out: SetWriter, units: Iterable[tuple[str, str]], triggers: Iterable[Trigger]) -> None:
    """CTX: what made a situational rule apply, then what names the claim."""
    for trigger in triggers:
        place = _places(trigger.element, trigger.component, trigger.repeat)
        position = trigger.set_position or ""
        out.add(
            "CTX", "SITUATIONAL TRIGGER", trigger.segment, position, trigger.loop, place, trigger.references
        )
    for unit in units:
        out.add("CTX", unit)


def _places(*places: int) -> tuple[Cell, ...]:
    return tuple(str(place or "") for place in places)


def write_277ca(envelope: Envelope, acknowledgments: Iterable[ClaimAcknowledgment]) -> bytes:
    """One interchange, one ST per acknowledgment (X214)."""
    version = version_of(envelope, CLAIM_ACKNOWLEDGMENT_277.version)
    sets = [
        _claim_acknowledgments(envelope, version, list(some))
        for _, some in groupby(acknowledgments, key=lambda item: item.control_number)
    ]
    return write_interchange(envelope, "HN", version, sets)


def _claim_acknowledgments(envelope: Envelope, version: str, items: list[ClaimAcknowledgment]) -> list[str]:
    first = items[0]
    out = SetWriter("277", first.control_number, version, envelope.delimiters)
    out.add("BHT", "0085", "08", first.reference, *clock(first.created_at), "TH")
    for _, of_source in groupby(items, key=_source_of):
        some = list(of_source)
        top = _source(out, some[0])
        for item in some:
            receiver = out.level("21", top, bool(item.providers))
            out.provider(item.receiver_role, item.receiver)
            out.add("TRN", 2, item.batch_reference)
            _statuses(out, item.statuses)
            _tally(out, item.tally, "90", "AA")
            for provider in item.providers:
                _provider(out, receiver, provider)
    return out.finish()


def _source_of(item: ClaimAcknowledgment) -> tuple[object, ...]:
    return item.source, item.source_role, item.source_trace, item.received_on, item.processed_on


def _source(out: SetWriter, item: ClaimAcknowledgment) -> int:
    """2000A: who speaks, and when the file came in and was looked at."""
    top = out.level("20", 0, True)
    source = item.source
    kind = source.id_kind if source.id else ""
    out.add("NM1", item.source_role, 2, source.name, "", "", "", "", kind, source.id)
    out.add("TRN", 1, item.source_trace)
    out.period("050", item.received_on)
    out.period("009", item.processed_on)
    return top


def _provider(out: SetWriter, parent: int, item: ProviderAcknowledgment) -> None:
    level = out.level("19", parent, bool(item.claims))
    out.provider("85", item.provider)
    if item.trace or item.statuses or item.references or item.tally != Tally():
        out.add("TRN", 1, item.trace or "0")
        _statuses(out, item.statuses)
        for kind, value in item.references:
            out.reference(kind, value)
        _tally(out, item.tally, "QA", "QC")
    for claim in item.claims:
        _claim(out, level, claim)


def _claim(out: SetWriter, parent: int, claim: ClaimStatus) -> None:
    out.level_without_children_flag("PT", parent)
    if claim.patient is not None:
        out.person("QC", claim.patient)
    out.add("TRN", 2, claim.control_number)
    _statuses(out, claim.statuses)
    out.reference("1K", claim.payer_control_number)
    out.reference("D9", claim.clearinghouse_trace)
    out.reference("BLT", claim.bill_type)
    out.period("472", claim.service_from, claim.service_to)
    for line in claim.lines:
        _line(out, line)


def _line(out: SetWriter, line: LineStatus) -> None:
    procedure = (line.procedure_kind, line.procedure, *line.modifiers)
    out.add("SVC", procedure, line.amount_billed, "", line.revenue_code, "", "", line.units)
    _statuses(out, line.statuses)
    out.reference("FJ", line.control_number)
    out.reference("XZ", line.prescription_number)
    out.period("472", line.service_from, line.service_to)


def _statuses(out: SetWriter, statuses: Iterable[Status]) -> None:
    for status in statuses:
        said = [(code.category, code.code, code.entity, code.code_list) for code in status.codes]
        codes: list[Cell] = [*said, "", "", ""]
        out.add(
            "STC",
            codes[0],
            status.effective_on,
            status.action,
            status.amount,
            "",
            "",
            "",
            "",
            "",
            codes[1],
            codes[2],
            status.message,
        )


def _tally(out: SetWriter, tally: Tally, accepted: str, rejected: str) -> None:
    if tally.accepted is not None:
        out.add("QTY", accepted, tally.accepted)
    if tally.rejected is not None:
        out.add("QTY", rejected, tally.rejected)
    if tally.amount_accepted is not None:
        out.add("AMT", "YU", tally.amount_accepted)
    if tally.amount_rejected is not None:
        out.add("AMT", "YY", tally.amount_rejected)
