"""270 into requests, 271 into answers: one per patient asked about."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from clinic.x12 import values
from clinic.x12.drafting import draft_class
from clinic.x12.envelope import Segment, Source
from clinic.x12.guides import ELIGIBILITY_ANSWER, ELIGIBILITY_REQUEST
from clinic.x12.reader import Node
from clinic.x12.readers.fields import (
    Fields,
    address_of,
    contact_of,
    payer_of,
    person_of,
    provider_of,
)
from clinic.x12.results.eligibility import (
    Benefit,
    Circumstance,
    Delivery,
    EligibilityAnswer,
    EligibilityRequest,
    Involved,
    Period,
    Question,
    Reference,
    Rejection,
    RelatedEntity,
    Standing,
    Trace,
)
from clinic.x12.results.parties import Contact, Payer, Person, Provider
from clinic.x12.sets import OpenSet, SetReader

_NO_SEGMENT = Segment("", (), 0)
# EB has fourteen elements.
_PAD = ("",) * 15
_NO_CODE = [""]
_BenefitDraft = draft_class(Benefit)


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
    questions = [_question(fields, node) for node in (person.nodes("2110C", "2110D") if person else [])]
    service = person.first("DTP", "291", "307", "472") if person else None
    elsewhere = next((period for question in questions for period in question.periods), None)
    service_on, service_to = fields.days(service, "2100C")
    if service is None and elsewhere is not None:
        service_on, service_to = elsewhere.start, elsewhere.end
    types = tuple(code for question in questions for code in question.service_types)
    plain = all(question == Question(service_types=question.service_types[:1]) for question in questions)
    standing = _standing(fields, level, person, without=(trace, service))
    return EligibilityRequest(
        reference=start.get(3),
        trace=trace.get(2),
        trace_originator=trace.get(3),
        trace_supplement=trace.get(4),
        payer=_payer(source) or Payer(name=""),
        payer_role=_role(source.node("2100A")) or "PR",
        provider=_provider(receiver) or Provider(last_name=""),
        provider_role=_role(receiver.node("2100B")) or "1P",
        provider_references=_provider_references(receiver.node("2100B")),
        provider_part=_provider_part(receiver.node("2100B")),
        subscriber=_person(fields, insured) or Person(last_name=""),
        service_types=types,
        questions=() if plain else tuple(questions),
        dependent=_person(fields, person) if dependent else None,
        relationship=standing.relationship,
        group_number=_reference(insured, "6P"),
        service_on=service_on,
        service_to=service_to,
        service_kind=""
        if service is None and elsewhere is not None
        else service.get(1)
        if service
        else "291",
        standing=replace(_without_group(standing, None if dependent else insured), relationship=""),
        subscriber_standing=_without_group(_standing_above(fields, subscriber, dependent), insured),
        purpose=start.get(2),
        transaction_type=start.get(6),
        asked_at=values.wall_clock(start.get(4), start.get(5)),
        control_number=opened.control_number,
        envelope=opened.envelope,
        position=level.position,
    )


def _question(fields: Fields, node: Node) -> Question:
    first = node.segments[0]
    code = fields.parts(first, 2)
    return Question(
        service_types=fields.repeats(first, 1),
        procedure_kind=code[0] or "HC",
        procedure=code[1] if len(code) > 1 else "",
        modifiers=tuple(part for part in code[2:6] if part),
        coverage_level=first.get(3),
        pointers=tuple(part for part in fields.parts(first, 5) if part),
        amounts=tuple((segment.get(1), fields.amount(segment, 2, node.loop)) for segment in node.all("AMT")),
        circumstances=_circumstances(node),
        references=_references(node),
        periods=_periods(fields, node),
    )


def _standing(
    fields: Fields, level: Node, person: Node | None, without: tuple[Segment | None, ...] = ()
) -> Standing:
    """What a level says beside the name; the segments of `without` are told elsewhere."""
    if person is None:
        return Standing(traces=_traces(level, without))
    relation = person.first("INS") or _NO_SEGMENT
    diagnoses = person.first("HI") or _NO_SEGMENT
    composites = [fields.parts(diagnoses, place) for place in range(1, len(diagnoses.elements))]
    military = person.first("MPI") or _NO_SEGMENT
    return Standing(
        relationship=relation.get(2),
        maintenance=relation.get(3),
        maintenance_reason=relation.get(4),
        birth_sequence=relation.get(17),
        traces=_traces(level, without),
        references=_references(person),
        involved=_involved(person),
        diagnoses=tuple((parts[0], parts[1]) for parts in composites if len(parts) > 1),
        periods=_periods(fields, person, without),
        military=military.elements[1:],
    )


def _standing_above(fields: Fields, subscriber: Node | None, dependent: Node | None) -> Standing:
    """Of the subscriber of a dependent; a subscriber who is asked about too has that in an item of her own."""
    insured = subscriber.node("2100C") if subscriber else None
    if subscriber is None or dependent is None or (insured is not None and insured.children):
        return Standing()
    return _standing(fields, subscriber, insured)


def _without_group(standing: Standing, insured: Node | None) -> Standing:
    """The group number (REF*6P of the subscriber) has its own field."""
    group = insured.first("REF", "6P") if insured else None
    references = standing.references
    if group is not None and references:
        place = references.index(Reference(group.get(1), group.get(2), group.get(3)))
        references = references[:place] + references[place + 1 :]
    return replace(standing, references=references)


def _traces(node: Node, without: tuple[Segment | None, ...] = ()) -> tuple[Trace, ...]:
    return tuple(
        Trace(segment.get(2), segment.get(3), segment.get(1), segment.get(4))
        for segment in node.all("TRN")
        if segment not in without
    )


def _references(node: Node | None) -> tuple[Reference, ...]:
    found = node.all("REF") if node else []
    return tuple(Reference(segment.get(1), segment.get(2), segment.get(3)) for segment in found)


def _involved(node: Node) -> tuple[Involved, ...]:
    return tuple(
        Involved(segment.get(1), segment.get(2) or "PXC", segment.get(3)) for segment in node.all("PRV")
    )


def _circumstances(node: Node) -> tuple[Circumstance, ...]:
    return tuple(
        Circumstance(segment.get(1), segment.get(2), segment.get(3), segment.get(4))
        for segment in node.all("III")
    )


def _role(node: Node | None) -> str:
    name = node.first("NM1") if node else None
    return name.get(1) if name else ""


def _provider_references(node: Node | None) -> tuple[Reference, ...]:
    """All but the tax number, which the provider has."""
    tax = node.first("REF", "EI", "SY", "TJ") if node else None
    return tuple(
        Reference(segment.get(1), segment.get(2), segment.get(3))
        for segment in (node.all("REF") if node else [])
        if segment is not tax
    )


def _provider_part(node: Node | None) -> str:
    found = node.first("PRV") if node else None
    return found.get(1) if found and found.get(3) else "BI"


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
        above = _rejections(source, "payer", before_name=True) + _rejections(source.node("2100A"), "payer")
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
    rejected += _rejections(insured, "subscriber")
    if dependent:
        rejected += _rejections(person, "dependent")
    who = source.node("2100A")
    contacts = who.all("PER") if who else []
    client = receiver.node("2100B") if receiver else None
    standing = _standing(fields, level, person) if level else Standing()
    return EligibilityAnswer(
        reference=start.get(3),
        payer=_payer(source),
        payer_role=_role(who) or "PR",
        payer_contacts=_contacts(contacts) if len(contacts) > 1 else (),
        provider=_provider(receiver) if receiver else None,
        provider_role=_role(client) or "1P",
        provider_references=_provider_references(client),
        provider_part=_provider_part(client),
        subscriber=_person(fields, insured),
        dependent=_person(fields, person) if dependent else None,
        relationship=standing.relationship,
        traces=standing.traces,
        benefits=tuple(_benefit(fields, node) for node in (person.nodes("2110C", "2110D") if person else [])),
        rejections=rejected,
        periods=standing.periods,
        references=standing.references,
        # These four are the answer's own.
        standing=replace(standing, relationship="", traces=(), periods=(), references=()),
        subscriber_standing=_standing_above(fields, subscriber, dependent),
        purpose=start.get(2),
        answered_at=values.wall_clock(start.get(4), start.get(5)),
        control_number=opened.control_number,
        envelope=opened.envelope,
        position=level.position if level else opened.position,
    )


def _contacts(segments: list[Segment]) -> tuple[Contact, ...]:
    return tuple(contact for segment in segments if (contact := contact_of([segment])) is not None)


def _rejections(node: Node | None, level: str, *, before_name: bool = False) -> tuple[Rejection, ...]:
    return tuple(
        Rejection(
            level=level,
            code=segment.get(3),
            follow_up=segment.get(4),
            can_answer=segment.get(1) == "Y",
            before_name=before_name,
            position=segment.position,
        )
        for segment in (node.all("AAA") if node else [])
    )


def _periods(
    fields: Fields, node: Node | None, without: tuple[Segment | None, ...] = ()
) -> tuple[Period, ...]:
    found = []
    for segment in node.all("DTP") if node else []:
        if segment not in without:
            start, end = fields.days(segment, node.loop if node else "")
            found.append(Period(kind=segment.get(1), start=start, end=end))
    return tuple(found)


def _benefit(fields: Fields, node: Node) -> Benefit:
    """One EB. An answer may have a hundred thousand, nearly all of one segment: those cost what their EB says."""
    segments, children = node.segments, node.children
    first = segments[0]
    eb = first.elements + _PAD
    code = fields.parts(first, 13) if eb[13] else _NO_CODE
    more = len(segments) > 1
    draft = _BenefitDraft()
    draft.code = eb[1]
    draft.coverage_level = eb[2]
    draft.service_types = fields.repeats(first, 3) if eb[3] else ()
    draft.insurance_type = eb[4]
    draft.plan_name = eb[5]
    draft.period = eb[6]
    draft.amount = fields.amount_or_none(first, 7, "2110") if eb[7] else None
    draft.percent = fields.number(first, 8, "2110") if eb[8] else None
    draft.quantity_kind = eb[9]
    draft.quantity = fields.number(first, 10, "2110") if eb[10] else None
    draft.authorization_required = eb[11]
    draft.in_network = eb[12]
    draft.procedure_kind = code[0] or "HC"
    draft.procedure = code[1] if len(code) > 1 else ""
    draft.modifiers = tuple([part for part in code[2:6] if part])
    draft.pointers = tuple([part for part in fields.parts(first, 14) if part]) if eb[14] else ()
    draft.circumstances = _circumstances_inside(children) if children else ()
    draft.messages = tuple([segment.get(1) for segment in node.all("MSG")]) if more else ()
    draft.periods = _periods(fields, node) if more else ()
    draft.deliveries = tuple([_delivery(fields, segment) for segment in node.all("HSD")]) if more else ()
    draft.references = _references(node) if more else ()
    draft.entities = _entities(children) if children else ()
    draft.rejections = _rejections(node, "benefit") if more else ()
    draft.position = first.position
    draft.__class__ = Benefit
    done: Benefit = draft
    return done


def _circumstances_inside(children: Sequence[Node]) -> tuple[Circumstance, ...]:
    groups = [group for group in children if group.loop.startswith("2115")]
    return tuple(found for group in groups for found in _circumstances(group))


def _entities(children: Sequence[Node]) -> tuple[RelatedEntity, ...]:
    """Those between LS and LE."""
    groups = [group for group in children if group.loop.startswith("LS")]
    return tuple(_entity(entity) for group in groups for entity in group.nodes("2120C", "2120D"))


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
        middle_name=name.get(5),
        suffix=name.get(7),
        address=address_of(node),
        contacts=_contacts(node.all("PER")),
        involved=_involved(node),
    )
