"""276 into what is asked about claims, 277 into where they stand."""

from __future__ import annotations

from typing import Any

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guides import STATUS_ANSWER, STATUS_REQUEST
from clinic.x12.reader import Node
from clinic.x12.readers.fields import Fields, named_provider, payer_of, person_of
from clinic.x12.results.acknowledgment import StatusCode
from clinic.x12.results.parties import Payer, Person, Provider
from clinic.x12.results.status import (
    ProcessingStatus,
    StatusAnswer,
    StatusClaim,
    StatusDependent,
    StatusLine,
    StatusProvider,
    StatusReceiver,
    StatusRequest,
    StatusSource,
    StatusSubscriber,
)
from clinic.x12.sets import SetReader

_NO_SEGMENT = Segment("", (), 0)


def read_276(source: Source) -> tuple[StatusRequest, ...]:
    """Every status request of a file."""
    return tuple(
        StatusRequest(**_read(Fields(opened, STATUS_REQUEST)))
        for opened in SetReader(source)
        if opened.kind == "276"
    )


def read_277(source: Source) -> tuple[StatusAnswer, ...]:
    """Every status answer of a file. Acknowledgments of claims are `read_277ca`."""
    return tuple(
        StatusAnswer(**_read(Fields(opened, STATUS_ANSWER)))
        for opened in SetReader(source)
        if opened.kind == "277"
    )


def _read(fields: Fields) -> dict[str, Any]:
    root = fields.read_all()
    start = root.first("BHT") or _NO_SEGMENT
    sources = tuple(_source(fields, node) for node in root.nodes("2000A"))
    return {
        "reference": start.get(3),
        "sources": sources,
        "created_at": values.wall_clock(start.get(4), start.get(5)),
        "control_number": fields.opened.control_number,
        "envelope": fields.opened.envelope,
        "findings": fields.findings(),
        "position": fields.opened.position,
    }


def _source(fields: Fields, node: Node) -> StatusSource:
    name = node.node("2100A")
    payer = payer_of(name.first("NM1"), name) if name else None
    return StatusSource(
        payer=payer or Payer(name=""),
        receivers=tuple(_receiver(fields, child) for child in node.nodes("2000B")),
    )


def _receiver(fields: Fields, node: Node) -> StatusReceiver:
    trace, statuses = _level_statuses(fields, node, "2200B")
    return StatusReceiver(
        receiver=_named(node, "2100B"),
        trace=trace,
        statuses=statuses,
        providers=tuple(_provider(fields, child) for child in node.nodes("2000C")),
    )


def _provider(fields: Fields, node: Node) -> StatusProvider:
    trace, statuses = _level_statuses(fields, node, "2200C")
    return StatusProvider(
        provider=_named(node, "2100C"),
        trace=trace,
        statuses=statuses,
        subscribers=tuple(_subscriber(fields, child) for child in node.nodes("2000D")),
    )


def _named(node: Node, loop: str) -> Provider:
    name = node.node(loop)
    return named_provider(name.first("NM1") if name else None) or Provider(last_name="")


def _level_statuses(fields: Fields, node: Node, loop: str) -> tuple[str, tuple[ProcessingStatus, ...]]:
    found = node.node(loop)
    return (found.segments[0].get(2), _statuses(fields, found)) if found else ("", ())


def _subscriber(fields: Fields, node: Node) -> StatusSubscriber:
    return StatusSubscriber(
        person=_person(fields, node, "2100D"),
        claims=tuple(_claim(fields, child) for child in node.nodes("2200D")),
        dependents=tuple(
            StatusDependent(
                person=_person(fields, child, "2100E"),
                claims=tuple(_claim(fields, claim) for claim in child.nodes("2200E")),
            )
            for child in node.nodes("2000E")
        ),
    )


def _person(fields: Fields, level: Node, loop: str) -> Person:
    """DMG stands at the level, before the name."""
    name = level.node(loop)
    return person_of(fields, name.first("NM1") if name else None, level) or Person(last_name="")


def _claim(fields: Fields, node: Node) -> StatusClaim:
    amount = node.first("AMT")
    start, end = fields.days(node.first("DTP", "472"), node.loop)
    return StatusClaim(
        trace=node.segments[0].get(2),
        control_number=_reference(node, "EJ"),
        payer_control_number=_reference(node, "1K"),
        bill_type=_reference(node, "BLT"),
        application=_reference(node, "LU"),
        group_number=_reference(node, "6P"),
        prescription_number=_reference(node, "XZ"),
        voucher=_reference(node, "VV"),
        clearinghouse_trace=_reference(node, "D9"),
        amount_billed=fields.amount_or_none(amount, 2, node.loop) if amount else None,
        service_from=start,
        service_to=end,
        statuses=_statuses(fields, node),
        lines=tuple(_line(fields, child) for child in node.nodes("2210D", "2210E", "2220D", "2220E")),
        position=node.position,
        raw=raw_text(node.everything(), fields.opened.delimiters),
    )


def _line(fields: Fields, node: Node) -> StatusLine:
    first = node.segments[0]
    code = [*fields.parts(first, 1), ""]
    start, end = fields.days(node.first("DTP", "472"), node.loop)
    return StatusLine(
        procedure=code[1],
        amount_billed=fields.amount(first, 2, node.loop),
        amount_paid=fields.amount_or_none(first, 3, node.loop),
        kind=code[0],
        modifiers=tuple(part for part in code[2:6] if part),
        revenue_code=first.get(4),
        units=fields.number(first, 7, node.loop),
        control_number=_reference(node, "FJ"),
        service_from=start,
        service_to=end,
        statuses=_statuses(fields, node),
        position=first.position,
    )


def _reference(node: Node, code: str) -> str:
    found = node.first("REF", code)
    return found.get(2) if found else ""


def _statuses(fields: Fields, node: Node) -> tuple[ProcessingStatus, ...]:
    return tuple(_status(fields, segment, node.loop) for segment in node.all("STC"))


def _status(fields: Fields, segment: Segment, loop: str) -> ProcessingStatus:
    codes = []
    for place in (1, 10, 11):
        parts = [*fields.parts(segment, place), "", "", ""]
        if parts[0]:
            codes.append(StatusCode(category=parts[0], code=parts[1], entity=parts[2], code_list=parts[3]))
    return ProcessingStatus(
        codes=tuple(codes),
        effective_on=fields.day(segment, 2, loop),
        action=segment.get(3),
        amount_billed=fields.amount_or_none(segment, 4, loop),
        amount_paid=fields.amount_or_none(segment, 5, loop),
        finished_on=fields.day(segment, 6, loop),
        method=segment.get(7),
        check_on=fields.day(segment, 8, loop),
        check_number=segment.get(9),
        message=segment.get(12),
        position=segment.position,
    )
