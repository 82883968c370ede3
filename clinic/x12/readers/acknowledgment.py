"""TA1, 999, 997 and 277CA into what the other side says about our files."""

from __future__ import annotations

from dataclasses import replace

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guide import Guide
from clinic.x12.guides import ACKNOWLEDGMENT_997, ACKNOWLEDGMENT_999, CLAIM_ACKNOWLEDGMENT_277
from clinic.x12.reader import Node
from clinic.x12.readers.fields import Fields, pairs, payer_of, person_of, provider_of
from clinic.x12.results.acknowledgment import (
    Acknowledgment999,
    ClaimAcknowledgment,
    ClaimStatus,
    ElementError,
    InterchangeAcknowledgment,
    LineStatus,
    ProviderAcknowledgment,
    SegmentError,
    SetAcknowledgment,
    Status,
    StatusCode,
    Tally,
    Trigger,
)
from clinic.x12.results.parties import Payer, Provider
from clinic.x12.sets import OpenSet, SetReader

_NO_SEGMENT = Segment("", (), 0)
_NO_NODE = Node("", 0)


def read_ta1(source: Source) -> tuple[InterchangeAcknowledgment, ...]:
    """Every TA1 of a file, whether alone or before a group."""
    reader = SetReader(source)
    for _ in reader:
        pass
    return interchange_acknowledgments(reader)


def interchange_acknowledgments(reader: SetReader) -> tuple[InterchangeAcknowledgment, ...]:
    """The TA1 segments that a reader met."""
    return tuple(
        InterchangeAcknowledgment(
            control_number=int(segment.get(1))
            if segment.get(1).isascii() and segment.get(1).isdigit()
            else 0,
            sent_at=values.wall_clock("20" + segment.get(2), segment.get(3)),
            code=segment.get(4),
            note=segment.get(5),
            envelope=envelope,
            position=segment.position,
        )
        for envelope, segment in reader.acknowledgments
    )


def read_999(source: Source) -> tuple[Acknowledgment999, ...]:
    """Every 999 of a file; each answers one group of ours."""
    return tuple(
        _acknowledgment(opened, ACKNOWLEDGMENT_999) for opened in SetReader(source) if opened.kind == "999"
    )


def read_997(source: Source) -> tuple[Acknowledgment999, ...]:
    """Every 997 of a file, in the words of a 999: its AK3, AK4 and AK5 say what IK3, IK4 and IK5 say."""
    return tuple(
        _acknowledgment(opened, ACKNOWLEDGMENT_997) for opened in SetReader(source) if opened.kind == "997"
    )


def _acknowledgment(opened: OpenSet, guide: Guide) -> Acknowledgment999:
    fields = Fields(opened, guide)
    root = fields.read_all()
    group = root.first("AK1") or _NO_SEGMENT
    last = root.node("AK9")
    end = last.segments[0] if last else _NO_SEGMENT
    return Acknowledgment999(
        control_number=opened.control_number,
        functional_id=group.get(1).strip(),
        group_control_number=group.get(2),
        version=group.get(3),
        code=end.get(1),
        sets=tuple(_set(fields, node) for node in root.nodes("2000")),
        sets_included=fields.count(end, 2),
        sets_received=fields.count(end, 3),
        sets_accepted=fields.count(end, 4),
        syntax_codes=tuple(code for code in end.elements[5:10] if code),
        envelope=opened.envelope,
        findings=fields.findings(),
        position=opened.position,
    )


def _set(fields: Fields, node: Node) -> SetAcknowledgment:
    first = node.segments[0]
    end = node.first("IK5") or node.first("AK5") or _NO_SEGMENT
    return SetAcknowledgment(
        transaction=first.get(1),
        control_number=first.get(2),
        version=first.get(3),
        code=end.get(1),
        errors=tuple(_segment_error(fields, child) for child in node.nodes("2100")),
        syntax_codes=tuple(code for code in end.elements[2:7] if code),
        position=first.position,
    )


def _segment_error(fields: Fields, node: Node) -> SegmentError:
    first = node.segments[0]
    units, triggers = _contexts(fields, node)
    return SegmentError(
        segment=first.get(1),
        set_position=fields.count(first, 2),
        loop=first.get(3),
        code=first.get(4),
        business_unit=units[0] if units else ("", ""),
        more_units=units[1:],
        triggers=triggers,
        elements=tuple(_element_error(fields, child) for child in node.nodes("2110")),
        position=first.position,
    )


def _contexts(fields: Fields, node: Node) -> tuple[tuple[tuple[str, str], ...], tuple[Trigger, ...]]:
    """CTX in its two uses: what names the claim, and the segment that made a situational rule apply."""
    units = []
    triggers = []
    for segment in node.all("CTX"):
        name, _, value = segment.get(1).partition(fields.component)
        if name.startswith("SITUATIONAL TRIGGER"):
            element, component, repeat = _places(fields, segment, 5)
            triggers.append(
                Trigger(
                    segment=segment.get(2),
                    set_position=fields.count(segment, 3),
                    loop=segment.get(4),
                    element=element,
                    component=component,
                    repeat=repeat,
                    references=tuple(part for part in fields.parts(segment, 6) if part),
                )
            )
        elif name:
            units.append((name, value))
    return tuple(units), tuple(triggers)


def _places(fields: Fields, segment: Segment, place: int) -> tuple[int, int, int]:
    """Element, component and repetition of a composite; 0 where there is none."""
    parts = [*fields.parts(segment, place), "", ""]
    places = [int(part) if part.isascii() and part.isdigit() else 0 for part in parts[:3]]
    return places[0], places[1], places[2]


def _element_error(fields: Fields, node: Node) -> ElementError:
    segment = node.segments[0]
    element, component, repeat = _places(fields, segment, 1)
    units, triggers = _contexts(fields, node)
    return ElementError(
        element=element,
        component=component,
        repeat=repeat,
        reference=segment.get(2),
        code=segment.get(3),
        value=segment.get(4),
        units=units,
        triggers=triggers,
    )


def read_277ca(source: Source) -> tuple[ClaimAcknowledgment, ...]:
    """Every 277CA of a file, with the statuses of each level (C2)."""
    return tuple(
        found
        for opened in SetReader(source)
        if opened.kind == "277CA"
        for found in _claim_acknowledgments(opened)
    )


def _claim_acknowledgments(opened: OpenSet) -> list[ClaimAcknowledgment]:
    fields = Fields(opened, CLAIM_ACKNOWLEDGMENT_277)
    root = fields.read_all()
    levels = [(source, receiver) for source in root.nodes("2000A") for receiver in source.nodes("2000B")]
    found = [_claim_acknowledgment(fields, root, source, receiver) for source, receiver in levels]
    findings = fields.findings()
    return [replace(item, findings=findings) for item in found]


def _claim_acknowledgment(fields: Fields, root: Node, source: Node, receiver: Node) -> ClaimAcknowledgment:
    opened = fields.opened
    start = root.first("BHT") or _NO_SEGMENT
    who = source.node("2100A") or _NO_NODE
    dates = source.node("2200A") or _NO_NODE
    name = who.first("NM1") or _NO_SEGMENT
    client = receiver.node("2100B") or _NO_NODE
    client_name = client.first("NM1")
    answer = receiver.node("2200B") or _NO_NODE
    return ClaimAcknowledgment(
        control_number=opened.control_number,
        reference=start.get(3),
        source=payer_of(name) or Payer(name=""),
        source_role=name.get(1),
        source_trace=(dates.first("TRN") or _NO_SEGMENT).get(2),
        received_on=fields.days(dates.first("DTP", "050"), "2200A")[0],
        processed_on=fields.days(dates.first("DTP", "009"), "2200A")[0],
        receiver=provider_of(client) or Provider(last_name=""),
        receiver_role=client_name.get(1) if client_name else "",
        batch_reference=(answer.first("TRN") or _NO_SEGMENT).get(2),
        statuses=_statuses(fields, answer),
        tally=_tally(fields, answer),
        providers=tuple(_provider(fields, node) for node in receiver.nodes("2000C")),
        created_at=values.wall_clock(start.get(4), start.get(5)),
        envelope=opened.envelope,
        position=opened.position,
    )


def _provider(fields: Fields, node: Node) -> ProviderAcknowledgment:
    who = node.node("2100C") or _NO_NODE
    answer = node.node("2200C") or _NO_NODE
    return ProviderAcknowledgment(
        provider=provider_of(who) or Provider(last_name=""),
        references=pairs(answer.all("REF")),
        trace=(answer.first("TRN") or _NO_SEGMENT).get(2),
        statuses=_statuses(fields, answer),
        tally=_tally(fields, answer),
        claims=tuple(
            _claim(fields, patient, claim)
            for patient in node.nodes("2000D")
            for claim in patient.nodes("2200D")
        ),
        position=node.position,
    )


def _claim(fields: Fields, patient: Node, node: Node) -> ClaimStatus:
    who = patient.node("2100D")
    start, end = fields.days(node.first("DTP", "472"), "2200D")
    return ClaimStatus(
        control_number=node.segments[0].get(2),
        statuses=_statuses(fields, node),
        patient=person_of(fields, who.first("NM1"), who) if who else None,
        payer_control_number=_reference(node, "1K"),
        clearinghouse_trace=_reference(node, "D9"),
        bill_type=_reference(node, "BLT"),
        service_from=start,
        service_to=end,
        lines=tuple(_line(fields, child) for child in node.nodes("2220D")),
        position=node.position,
        raw=raw_text(node.everything(), fields.opened.delimiters),
    )


def _line(fields: Fields, node: Node) -> LineStatus:
    first = node.segments[0]
    code = fields.parts(first, 1)
    start, end = fields.days(node.first("DTP", "472"), "2220D")
    return LineStatus(
        procedure_kind=code[0],
        procedure=code[1] if len(code) > 1 else "",
        modifiers=tuple(part for part in code[2:6] if part),
        amount_billed=fields.amount_or_none(first, 2, "2220D"),
        revenue_code=first.get(4),
        units=fields.number(first, 7, "2220D"),
        control_number=_reference(node, "FJ"),
        prescription_number=_reference(node, "XZ"),
        service_from=start,
        service_to=end,
        statuses=_statuses(fields, node),
        position=first.position,
    )


def _reference(node: Node, code: str) -> str:
    found = node.first("REF", code)
    return found.get(2) if found else ""


def _statuses(fields: Fields, node: Node) -> tuple[Status, ...]:
    found = []
    for segment in node.all("STC"):
        codes = []
        for place in (1, 10, 11):
            category, code, entity, code_list = (*fields.parts(segment, place), "", "", "")[:4]
            if category:
                codes.append(StatusCode(category=category, code=code, entity=entity, code_list=code_list))
        found.append(
            Status(
                codes=tuple(codes),
                effective_on=fields.day(segment, 2, node.loop),
                action=segment.get(3),
                amount=fields.amount_or_none(segment, 4, node.loop),
                message=segment.get(12),
                position=segment.position,
            )
        )
    return tuple(found)


def _tally(fields: Fields, node: Node) -> Tally:
    counts = {segment.get(1): fields.count(segment, 2) for segment in node.all("QTY")}
    amounts = {segment.get(1): fields.amount_or_none(segment, 2, node.loop) for segment in node.all("AMT")}
    return Tally(
        accepted=counts.get("90", counts.get("QA")),
        rejected=counts.get("AA", counts.get("QC")),
        amount_accepted=amounts.get("YU"),
        amount_rejected=amounts.get("YY"),
    )
