"""278 into requests for approval and the payer's decisions: one item per patient event."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source
from clinic.x12.guides import AUTHORIZATION_ANSWER, AUTHORIZATION_REQUEST
from clinic.x12.implementations import asks, purpose
from clinic.x12.reader import Node
from clinic.x12.readers.fields import Fields, address_of, payer_of, person_of, provider_of
from clinic.x12.results.authorization import (
    Admission,
    AuthorizationAnswer,
    AuthorizationEvent,
    AuthorizationRequest,
    AuthorizationService,
    Decision,
    OtherReview,
    Review,
    ReviewDiagnosis,
    ReviewProvider,
    Ride,
    TransportStop,
)
from clinic.x12.results.claim_details import Attachment, ConditionAnswer
from clinic.x12.results.dental import Tooth
from clinic.x12.results.eligibility import Delivery, Reference, Rejection, Trace
from clinic.x12.results.parties import Payer, Provider
from clinic.x12.sets import OpenSet, SetReader

_NO_SEGMENT = Segment("", (), 0)
_KEPT = ("CR2", "CR5", "CR6")
_TAX = ("EI", "SY", "TJ")


def read_278(source: Source) -> tuple[AuthorizationRequest | AuthorizationAnswer, ...]:
    """Every request and answer of a file, told apart by BHT02. What was refused above the event has none."""
    return tuple(item for opened in SetReader(source) if opened.kind == "278" for item in _items(opened))


def _items(opened: OpenSet) -> list[AuthorizationRequest | AuthorizationAnswer]:
    asked = asks(purpose(opened))
    fields = Fields(opened, AUTHORIZATION_REQUEST if asked else AUTHORIZATION_ANSWER)
    root = fields.read_all()
    start = root.first("BHT") or _NO_SEGMENT
    found: list[AuthorizationRequest | AuthorizationAnswer] = []
    for top in root.nodes("2000A") or [Node("2000A", opened.position)]:
        for said, event in _said(fields, top):
            said["event"] = _event(fields, event) if event else None
            said["reference"] = start.get(3)
            said["created_at"] = values.wall_clock(start.get(4), start.get(5))
            rejections = said.pop("rejections")
            if asked:
                reserved = start.get(6) == "RU"
                found.append(AuthorizationRequest(purpose=start.get(2), reservation=reserved, **said))
            else:
                found.append(AuthorizationAnswer(more=start.get(6), rejections=rejections, **said))
    findings = fields.findings()
    return [
        replace(
            item,
            control_number=opened.control_number,
            envelope=opened.envelope,
            findings=findings,
            position=opened.position,
        )
        for item in found
    ]


def _said(fields: Fields, top: Node) -> list[tuple[dict[str, Any], Node | None]]:
    """Everyone from the reviewer to the patient, with each event."""
    name = top.node("2010A")
    reviewer = payer_of(name.first("NM1"), name) if name else None
    rejections = _rejections(top, "payer", before_name=True) + _rejections(name, "payer")
    requester = top.node("2000B")
    asks_for = requester.node("2010B") if requester else None
    subscriber = requester.node("2000C") if requester else None
    insured = subscriber.node("2010C") if subscriber else None
    dependent = subscriber.node("2000D") if subscriber else None
    child = dependent.node("2010D") if dependent else None
    rejections += _rejections(asks_for, "provider") + _rejections(insured, "subscriber")
    rejections += _rejections(child, "dependent")
    relation = (child.first("INS") if child else None) or _NO_SEGMENT
    said: dict[str, Any] = {
        "reviewer": reviewer or Payer(name=""),
        "requester": replace(_provider(asks_for), rejections=()) if asks_for else None,
        "subscriber": person_of(fields, insured.first("NM1"), insured) if insured else None,
        "subscriber_references": _references(insured),
        "dependent": person_of(fields, child.first("NM1"), child) if child else None,
        "dependent_references": _references(child),
        "relationship": relation.get(2),
        "birth_sequence": relation.get(17),
        "rejections": rejections,
    }
    events = [node for level in (subscriber, dependent) if level for node in level.nodes("2000E")]
    return [(dict(said), event) for event in events] or [(said, None)]


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


def _references(node: Node | None, without: Segment | None = None) -> tuple[Reference, ...]:
    return tuple(
        Reference(segment.get(1), segment.get(2), segment.get(3))
        for segment in (node.all("REF") if node else [])
        if segment is not without
    )


def _provider(node: Node) -> ReviewProvider:
    name = node.first("NM1") or _NO_SEGMENT
    part = node.first("PRV") or _NO_SEGMENT
    return ReviewProvider(
        role=name.get(1),
        provider=provider_of(node) or Provider(last_name=""),
        references=_references(node, node.first("REF", *_TAX)),
        part=part.get(1),
        rejections=_rejections(node, "provider"),
    )


def _event(fields: Fields, node: Node) -> AuthorizationEvent:
    def day(code: str) -> date | None:
        return fields.days(node.first("DTP", code), "2000E")[0]

    happened = fields.days(node.first("DTP", "AAH"), "2000E")
    admitted = fields.days(node.first("DTP", "435"), "2000E")
    return AuthorizationEvent(
        review=_review(fields, node),
        traces=_traces(node),
        decision=_decision(fields, node),
        previous_authorization=(node.first("REF", "BB") or _NO_SEGMENT).get(2),
        administrative_reference=(node.first("REF", "NT") or _NO_SEGMENT).get(2),
        accident_on=day("439"),
        last_period_on=day("484"),
        birth_expected_on=day("ABC"),
        onset_on=day("431"),
        event_from=happened[0],
        event_to=happened[1],
        admitted_from=admitted[0],
        admitted_to=admitted[1],
        discharged_on=day("096"),
        diagnoses=_diagnoses(fields, node),
        delivery=_delivery(fields, node),
        conditions=tuple(
            ConditionAnswer(
                category=segment.get(1),
                applies=segment.get(2) == "Y",
                codes=tuple(code for code in segment.elements[3:8] if code),
            )
            for segment in node.all("CRC")
        ),
        admission=_admission(node.first("CL1")),
        ride=_ride(fields, node.first("CR1")),
        kept=tuple(segment.elements for segment in node.segments if segment.id in _KEPT),
        attachments=_attachments(node),
        messages=_messages(node),
        providers=tuple(_provider(child) for child in _people(node, "2010EA")),
        stops=tuple(_stop(child) for child in _stops(node)),
        other_reviews=tuple(_other_review(fields, child) for child in _reviews(node)),
        services=tuple(_service(fields, child) for child in node.nodes("2000F")),
        rejections=_rejections(node, "event"),
        position=node.position,
    )


def _named(node: Node, code: str) -> bool:
    return node.segments[0].get(1) == code


def _people(node: Node, *loops: str) -> list[Node]:
    """The providers and, in an answer, whom to send what the payer wants to see."""
    return [
        child
        for child in node.children
        if child.loop in loops or (child.loop in ("2010EB", "2010FB") and _named(child, "L5"))
    ]


_STOPS = frozenset({"45", "FS", "ND", "PW", "R3"})


def _stops(node: Node) -> list[Node]:
    """2010EB of a request, 2010EC of an answer."""
    return [child for child in node.nodes("2010EB", "2010EC") if child.segments[0].get(1) in _STOPS]


def _reviews(node: Node) -> list[Node]:
    return [child for child in node.nodes("2010EC") if child.segments[0].get(1) not in _STOPS]


def _stop(node: Node) -> TransportStop:
    name = node.segments[0]
    return TransportStop(
        role=name.get(1),
        name=name.get(3),
        address=address_of(node),
        rejections=_rejections(node, "provider"),
    )


def _other_review(fields: Fields, node: Node) -> OtherReview:
    name, when = node.segments[0], node.first("DTP")
    return OtherReview(
        role=name.get(1),
        name=name.get(3),
        references=_references(node),
        date_kind=when.get(1) if when else "",
        on=fields.days(when, node.loop)[0],
    )


def _service(fields: Fields, node: Node) -> AuthorizationService:
    start, end = fields.days(node.first("DTP", "472"), "2000F")
    said = AuthorizationService(
        service_from=start,
        service_to=end,
        traces=_traces(node),
        review=_review(fields, node),
        decision=_decision(fields, node),
        previous_authorization=(node.first("REF", "BB") or _NO_SEGMENT).get(2),
        administrative_reference=(node.first("REF", "NT") or _NO_SEGMENT).get(2),
        wanted=_diagnoses(fields, node),
        teeth=tuple(
            Tooth(segment.get(2), tuple(part for part in fields.parts(segment, 3) if part))
            for segment in node.all("TOO")
        ),
        delivery=_delivery(fields, node),
        attachments=_attachments(node),
        messages=_messages(node),
        providers=tuple(_provider(child) for child in _people(node, "2010F", "2010FA")),
        rejections=_rejections(node, "service"),
        position=node.position,
    )
    return _with_code(fields, node, said)


# Where code, amount, unit and quantity stand in each kind of service.
_SERVICES = {
    "SV1": ("professional", 1, 2, 3, 4),
    "SV2": ("institutional", 2, 3, 4, 5),
    "SV3": ("dental", 1, 2, 0, 6),
}


def _with_code(fields: Fields, node: Node, said: AuthorizationService) -> AuthorizationService:
    segment = next((segment for segment in node.segments if segment.id in _SERVICES), None)
    if segment is None:
        return said
    form, place, amount, unit, quantity = _SERVICES[segment.id]
    code = [*fields.parts(segment, place), *[""] * 8]
    return replace(
        said,
        form=form,
        kind=code[0] or "HC",
        procedure=code[1],
        modifiers=tuple(part for part in code[2:6] if part),
        description=code[6],
        procedure_to=code[7],
        revenue_code=segment.get(1) if segment.id == "SV2" else "",
        amount=fields.amount_or_none(segment, amount, "2000F"),
        unit=segment.get(unit) if unit else "",
        quantity=fields.number(segment, quantity, "2000F"),
    )


def _traces(node: Node) -> tuple[Trace, ...]:
    return tuple(
        Trace(segment.get(2), segment.get(3), segment.get(1), segment.get(4)) for segment in node.all("TRN")
    )


def _review(fields: Fields, node: Node) -> Review | None:
    segment = node.first("UM")
    if segment is None:
        return None
    place = [*fields.parts(segment, 4), ""]
    causes = [*fields.parts(segment, 5), *[""] * 5]
    return Review(
        category=segment.get(1),
        certification=segment.get(2),
        service_type=segment.get(3),
        place=place[0],
        place_kind=place[1],
        causes=tuple(part for part in causes[:3] if part),
        accident_state=causes[3],
        accident_country=causes[4],
        urgency=segment.get(6),
        condition=segment.get(7),
        prognosis=segment.get(8),
        release=segment.get(9),
        delay_reason=segment.get(10),
    )


def _decision(fields: Fields, node: Node) -> Decision | None:
    segment = node.first("HCR")
    dates = {code: fields.days(node.first("DTP", code), node.loop) for code in ("102", "036", "007")}
    if segment is None and not any(start for start, _ in dates.values()):
        return None
    said = segment or _NO_SEGMENT
    return Decision(
        action=said.get(1),
        number=said.get(2),
        reasons=fields.repeats(said, 3),
        second_opinion=said.get(4),
        issued_on=dates["102"][0],
        effective_from=dates["007"][0],
        effective_to=dates["007"][1],
        expires_on=dates["036"][0],
    )


def _diagnoses(fields: Fields, node: Node) -> tuple[ReviewDiagnosis, ...]:
    found = []
    for segment in node.all("HI"):
        for place in range(1, 13):
            parts = [*fields.parts(segment, place), "", "", ""]
            if parts[1]:
                found.append(ReviewDiagnosis(kind=parts[0], code=parts[1], on=values.day(parts[3])))
    return tuple(found)


def _delivery(fields: Fields, node: Node) -> Delivery | None:
    segment = node.first("HSD")
    if segment is None:
        return None
    return Delivery(
        quantity_kind=segment.get(1),
        quantity=fields.number(segment, 2, node.loop),
        unit=segment.get(3),
        per=fields.number(segment, 4, node.loop),
        period=segment.get(5),
        period_count=fields.number(segment, 6, node.loop),
        frequency=segment.get(7),
        time=segment.get(8),
    )


def _admission(segment: Segment | None) -> Admission | None:
    return Admission(type=segment.get(1), source=segment.get(2), status=segment.get(3)) if segment else None


def _ride(fields: Fields, segment: Segment | None) -> Ride | None:
    if segment is None:
        return None
    return Ride(
        weight_unit=segment.get(1),
        weight=fields.number(segment, 2, "2000E"),
        trip=segment.get(3),
        reason=segment.get(4),
        distance_unit=segment.get(5),
        distance=fields.number(segment, 6, "2000E"),
        round_trip_purpose=segment.get(9),
        stretcher_purpose=segment.get(10),
    )


def _attachments(node: Node) -> tuple[Attachment, ...]:
    return tuple(
        Attachment(report=segment.get(1), sent_by=segment.get(2), control_number=segment.get(6))
        for segment in node.all("PWK")
    )


def _messages(node: Node) -> tuple[str, ...]:
    return tuple(segment.get(1) for segment in node.all("MSG"))
