"""TA1, 999 and 277CA from what one side says about the other's files."""

from __future__ import annotations

from collections.abc import Iterable

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
)
from clinic.x12.writer import SetWriter, clock, finish_interchange, write_interchange


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
    sets = [_acknowledgment(envelope, item) for item in acknowledgments]
    return write_interchange(envelope, "FA", ACKNOWLEDGMENT_999.version, sets)


def _acknowledgment(envelope: Envelope, item: Acknowledgment999) -> list[str]:
    out = SetWriter("999", item.control_number, ACKNOWLEDGMENT_999.version, envelope.delimiters)
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
    if error.business_unit[0]:
        out.add("CTX", error.business_unit)
    for element in error.elements:
        place = (str(element.element), str(element.component or ""), str(element.repeat or ""))
        out.add("IK4", place, element.reference, element.code, element.value)


def write_277ca(envelope: Envelope, acknowledgments: Iterable[ClaimAcknowledgment]) -> bytes:
    """One interchange, one ST per acknowledgment (X214)."""
    sets = [_claim_acknowledgment(envelope, item) for item in acknowledgments]
    return write_interchange(envelope, "HN", CLAIM_ACKNOWLEDGMENT_277.version, sets)


def _claim_acknowledgment(envelope: Envelope, item: ClaimAcknowledgment) -> list[str]:
    out = SetWriter("277", item.control_number, CLAIM_ACKNOWLEDGMENT_277.version, envelope.delimiters)
    out.add("BHT", "0085", "08", item.reference, *clock(item.created_at), "TH")
    top = out.level("20", 0, True)
    source = item.source
    out.add(
        "NM1",
        item.source_role,
        2,
        source.name,
        "",
        "",
        "",
        "",
        source.id_kind if source.id else "",
        source.id,
    )
    out.add("TRN", 1, item.source_trace)
    out.period("050", item.received_on)
    out.period("009", item.processed_on)
    receiver = out.level("21", top, bool(item.providers))
    out.provider(item.receiver_role, item.receiver)
    out.add("TRN", 2, item.batch_reference)
    _statuses(out, item.statuses)
    _tally(out, item.tally, "90", "AA")
    for provider in item.providers:
        _provider(out, receiver, provider)
    return out.finish()


def _provider(out: SetWriter, parent: int, item: ProviderAcknowledgment) -> None:
    level = out.level("19", parent, bool(item.claims))
    out.provider("85", item.provider)
    if item.trace or item.statuses or item.tally != Tally():
        out.add("TRN", 1, item.trace or "0")
        _statuses(out, item.statuses)
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
    out.period("472", claim.service_from, claim.service_to)
    for line in claim.lines:
        _line(out, line)


def _line(out: SetWriter, line: LineStatus) -> None:
    out.add("SVC", ("HC", line.procedure, *line.modifiers), line.amount_billed)
    _statuses(out, line.statuses)
    out.reference("FJ", line.control_number)
    out.period("472", line.service_from, line.service_to)


def _statuses(out: SetWriter, statuses: Iterable[Status]) -> None:
    for status in statuses:
        codes = [(code.category, code.code, code.entity) for code in status.codes] + [("",)] * 3
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
