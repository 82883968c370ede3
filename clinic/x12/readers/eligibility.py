"""270 into requests, 271 into answers: one per patient asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source
from clinic.x12.guides import ELIGIBILITY_ANSWER, ELIGIBILITY_REQUEST
from clinic.x12.reader import Node
from clinic.x12.readers.fields import (
    Fields,
    contact_of,
    pairs,
    payer_of,
    person_of,
    provider_of,
)
from clinic.x12.results.eligibility import (
    Benefit,
    Delivery,
    EligibilityAnswer,
    EligibilityRequest,
    Period,
    Rejection,
    RelatedEntity,
)
from clinic.x12.results.parties import Payer, Person, Provider
from clinic.x12.sets import OpenSet, SetReader

_NO_SEGMENT = Segment("", (), 0)


def read_270(source: Source) -> tuple[EligibilityRequest, ...]:
    """Every question of a file. The findings of a set stand on each of its questions."""
    return tuple(item for opened in SetReader(source) if opened.kind == "270" for item in _requests(opened))


def read_271(source: Source) -> tuple[EligibilityAnswer, ...]:
    """Every answer of a file. A set that was rejected above the patients gives one answer without subscriber."""
    return tuple(item for opened in SetReader(source) if opened.kind == "271" for item in _answers(opened))


def _patients(receiver: Node) -> Iterator[tuple[Node, Node | None]]:
    """Subscriber level and, for each dependent, its level; a subscriber with dependents is not asked about himself."""
    for subscriber in receiver.nodes("2000C"):
        dependents = subscriber.nodes("2000D")
        asked = subscriber.node("2100C")
        if not dependents or (asked is not None and asked.children):
            yield subscriber, None
        for dependent in dependents:
            yield subscriber, dependent


def _requests(opened: OpenSet) -> list[EligibilityRequest]:
    fields = Fields(opened, ELIGIBILITY_REQUEST)
    root = fields.read_all()
    found = [
        _request(fields, root, source, receiver, subscriber, dependent)
        for source in root.nodes("2000A")
        for receiver in source.nodes("2000B")
        for subscriber, dependent in _patients(receiver)
    ]
    findings = fields.findings()
    return [replace(item, findings=findings) for item in found]


def _request(
    fields: Fields, root: Node, source: Node, receiver: Node, subscriber: Node, dependent: Node | None
) -> EligibilityRequest:
    opened = fields.opened
    start = root.first("BHT") or _NO_SEGMENT
    insured = subscriber.node("2100C")
    person = dependent.node("2100D") if dependent else insured
    level = dependent or subscriber
    trace = level.first("TRN") or subscriber.first("TRN") or _NO_SEGMENT
    questions = person.nodes("2110C", "2110D") if person else []
    when = person.first("DTP", "291", "307", "472") if person else None
    for question in questions:
        when = when or question.first("DTP")
    service_on, service_to = fields.days(when, "2100C")
    relation = person.first("INS") if dependent and person else None
    return EligibilityRequest(
        reference=start.get(3),
        trace=trace.get(2),
        trace_originator=trace.get(3),
        payer=_payer(source) or Payer(name=""),
        provider=_provider(receiver) or Provider(last_name=""),
        subscriber=_person(fields, insured) or Person(last_name=""),
        service_types=tuple(
            code for question in questions for code in fields.repeats(question.segments[0], 1)
        ),
        dependent=_person(fields, person) if dependent else None,
        relationship=relation.get(2) if relation else "",
        group_number=_reference(insured, "6P"),
        service_on=service_on,
        service_to=service_to,
        asked_at=values.wall_clock(start.get(4), start.get(5)),
        control_number=opened.control_number,
        envelope=opened.envelope,
        position=level.position,
    )


def _payer(source: Node) -> Payer | None:
    node = source.node("2100A")
    return payer_of(node.first("NM1"), node) if node else None


def _provider(receiver: Node) -> Provider | None:
    node = receiver.node("2100B")
    return provider_of(node) if node else None


def _person(fields: Fields, node: Node | None) -> Person | None:
    return person_of(fields, node.first("NM1"), node) if node else None


def _reference(node: Node | None, code: str) -> str:
    found = node.first("REF", code) if node else None
    return found.get(2) if found else ""


def _answers(opened: OpenSet) -> list[EligibilityAnswer]:
    fields = Fields(opened, ELIGIBILITY_ANSWER)
    root = fields.read_all()
    found = []
    for source in root.nodes("2000A"):
        above = _rejections(source, "payer") + _rejections(source.node("2100A"), "payer")
        receivers = source.nodes("2000B")
        if not receivers:
            found.append(_answer(fields, root, source, None, None, None, above))
        for receiver in receivers:
            rejected = above + _rejections(receiver.node("2100B"), "provider")
            patients = list(_patients(receiver))
            if not patients:
                found.append(_answer(fields, root, source, receiver, None, None, rejected))
            for subscriber, dependent in patients:
                found.append(_answer(fields, root, source, receiver, subscriber, dependent, rejected))
    findings = fields.findings()
    return [replace(item, findings=findings) for item in found]


def _answer(
    fields: Fields,
    root: Node,
    source: Node,
    receiver: Node | None,
    subscriber: Node | None,
    dependent: Node | None,
    rejected: tuple[Rejection, ...],
) -> EligibilityAnswer:
    opened = fields.opened
    start = root.first("BHT") or _NO_SEGMENT
    insured = subscriber.node("2100C") if subscriber else None
    person = dependent.node("2100D") if dependent else insured
    level = dependent or subscriber
    traces = [
        *(level.all("TRN") if level else []),
        *(subscriber.all("TRN") if dependent and subscriber else []),
    ]
    relation = person.first("INS") if dependent and person else None
    rejected += _rejections(insured, "subscriber")
    if dependent:
        rejected += _rejections(person, "dependent")
    references = person.all("REF") if person else []
    return EligibilityAnswer(
        reference=start.get(3),
        payer=_payer(source),
        provider=_provider(receiver) if receiver else None,
        subscriber=_person(fields, insured),
        dependent=_person(fields, person) if dependent else None,
        relationship=relation.get(2) if relation else "",
        traces=tuple((trace.get(2), trace.get(3)) for trace in traces),
        benefits=tuple(_benefit(fields, node) for node in (person.nodes("2110C", "2110D") if person else [])),
        rejections=rejected,
        periods=_periods(fields, person),
        references=pairs(references),
        answered_at=values.wall_clock(start.get(4), start.get(5)),
        control_number=opened.control_number,
        envelope=opened.envelope,
        position=level.position if level else opened.position,
    )


def _rejections(node: Node | None, level: str) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(
            level=level,
            code=segment.get(3),
            follow_up=segment.get(4),
            can_answer=segment.get(1) == "Y",
            position=segment.position,
        )
        for segment in (node.all("AAA") if node else [])
    )


def _periods(fields: Fields, node: Node | None) -> tuple[Period, ...]:
    found = []
    for segment in node.all("DTP") if node else []:
        start, end = fields.days(segment, node.loop if node else "")
        found.append(Period(kind=segment.get(1), start=start, end=end))
    return tuple(found)


def _benefit(fields: Fields, node: Node) -> Benefit:
    first = node.segments[0]
    code = fields.parts(first, 13)
    related = [
        entity
        for group in node.children
        if group.loop.startswith("LS")
        for entity in group.nodes("2120C", "2120D")
    ]
    return Benefit(
        code=first.get(1),
        coverage_level=first.get(2),
        service_types=fields.repeats(first, 3),
        insurance_type=first.get(4),
        plan_name=first.get(5),
        period=first.get(6),
        amount=fields.amount_or_none(first, 7, "2110"),
        percent=fields.number(first, 8, "2110"),
        quantity_kind=first.get(9),
        quantity=fields.number(first, 10, "2110"),
        authorization_required=first.get(11),
        in_network=first.get(12),
        procedure=code[1] if len(code) > 1 else "",
        modifiers=tuple(part for part in code[2:6] if part),
        messages=tuple(segment.get(1) for segment in node.all("MSG")),
        periods=_periods(fields, node),
        deliveries=tuple(_delivery(fields, segment) for segment in node.all("HSD")),
        references=pairs(node.all("REF")),
        entities=tuple(_entity(entity) for entity in related),
        rejections=_rejections(node, "benefit"),
        position=first.position,
    )


def _delivery(fields: Fields, segment: Segment) -> Delivery:
    return Delivery(
        quantity_kind=segment.get(1),
        quantity=fields.number(segment, 2, "2110"),
        unit=segment.get(3),
        per=fields.number(segment, 4, "2110"),
        period=segment.get(5),
        period_count=fields.number(segment, 6, "2110"),
        frequency=segment.get(7),
        time=segment.get(8),
    )


def _entity(node: Node) -> RelatedEntity:
    name = node.segments[0]
    return RelatedEntity(
        role=name.get(1),
        name=name.get(3),
        first_name=name.get(4),
        is_person=name.get(2) == "1",
        id_kind=name.get(8),
        id=name.get(9),
        contact=contact_of(node.all("PER")),
    )
