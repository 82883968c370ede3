"""Requests for approval, and the payer's decisions, into a 278."""

from __future__ import annotations

from collections.abc import Iterable

from clinic.x12.envelope import Envelope
from clinic.x12.guides import AUTHORIZATION_REQUEST
from clinic.x12.results.authorization import (
    AuthorizationAnswer,
    AuthorizationEvent,
    AuthorizationRequest,
    AuthorizationService,
    Decision,
    Review,
    ReviewDiagnosis,
    ReviewProvider,
    Ride,
)
from clinic.x12.results.claim_details import Attachment
from clinic.x12.results.eligibility import Delivery, Reference, Rejection, Trace
from clinic.x12.results.parties import Person
from clinic.x12.writer import Cell, SetWriter, clock, write_interchange


def write_278_request(envelope: Envelope, requests: Iterable[AuthorizationRequest]) -> bytes:
    """One interchange, one ST per request (X217)."""
    sets = []
    for request in requests:
        out = _open(envelope, request)
        kind = "RU" if request.reservation else ""
        out.add("BHT", "0007", request.purpose, request.reference, *clock(request.created_at), kind)
        sets.append(_finish(out, request, ()))
    return write_interchange(envelope, "HI", AUTHORIZATION_REQUEST.version, sets)


def write_278_response(envelope: Envelope, answers: Iterable[AuthorizationAnswer]) -> bytes:
    """One interchange, one ST per answer (X217)."""
    sets = []
    for answer in answers:
        out = _open(envelope, answer)
        out.add("BHT", "0007", "11", answer.reference, *clock(answer.created_at), answer.more)
        sets.append(_finish(out, answer, answer.rejections))
    return write_interchange(envelope, "HI", AUTHORIZATION_REQUEST.version, sets)


def _open(envelope: Envelope, item: AuthorizationRequest | AuthorizationAnswer) -> SetWriter:
    return SetWriter("278", item.control_number, AUTHORIZATION_REQUEST.version, envelope.delimiters)


def _finish(
    out: SetWriter, item: AuthorizationRequest | AuthorizationAnswer, rejections: Iterable[Rejection]
) -> list[str]:
    """From the reviewer down; a level that was not reached is left out, and all below it."""
    refused: dict[str, list[Rejection]] = {}
    for rejection in rejections:
        refused.setdefault("before" if rejection.before_name else rejection.level, []).append(rejection)
    level = out.level("20", 0, item.requester is not None)
    _rejections(out, refused.get("before", ()))
    reviewer = item.reviewer
    out.add(
        "NM1", "X3", 2, reviewer.name, "", "", "", "", reviewer.id_kind if reviewer.id else "", reviewer.id
    )
    out.contact("IC", reviewer.contact)
    _rejections(out, refused.get("payer", ()))
    if item.requester is None:
        return out.finish()
    level = out.level("21", level, item.subscriber is not None)
    _provider(out, item.requester, refused.get("provider", ()))
    if item.subscriber is None:
        return out.finish()
    level = out.level("22", level, item.dependent is not None or item.event is not None)
    _person(out, "IL", item.subscriber, item.subscriber_references, refused.get("subscriber", ()))
    if item.dependent is not None:
        level = out.level("23", level, item.event is not None)
        _person(out, "QC", item.dependent, item.dependent_references, refused.get("dependent", ()))
        if item.relationship:
            out.add("INS", "N", item.relationship, *[""] * 14, item.birth_sequence)
    if item.event is not None:
        _event(out, level, item.event)
    return out.finish()


def _rejections(out: SetWriter, rejections: Iterable[Rejection]) -> None:
    for rejection in rejections:
        out.add("AAA", "Y" if rejection.can_answer else "N", "", rejection.code, rejection.follow_up)


def _references(out: SetWriter, references: Iterable[Reference]) -> None:
    for reference in references:
        out.add("REF", *reference)


def _provider(out: SetWriter, item: ReviewProvider, rejections: Iterable[Rejection] = ()) -> None:
    provider = item.provider
    out.provider(item.role, provider)
    out.reference(provider.tax_id_kind, provider.tax_id)
    _references(out, item.references)
    out.address(provider.address)
    out.contact("IC", provider.contact)
    _rejections(out, [*rejections, *item.rejections])
    if provider.taxonomy:
        out.add("PRV", item.part or "PE", "PXC", provider.taxonomy)


def _person(
    out: SetWriter,
    role: str,
    person: Person,
    references: Iterable[Reference],
    rejections: Iterable[Rejection],
) -> None:
    out.person(role, person)
    _references(out, references)
    out.address(person.address)
    _rejections(out, rejections)
    out.birth(person)


def _event(out: SetWriter, parent: int, event: AuthorizationEvent) -> None:
    level = out.level("EV", parent, bool(event.services))
    _traces(out, event.traces)
    _rejections(out, event.rejections)
    _review(out, event.review)
    _decision(out, event.decision)
    out.reference("BB", event.previous_authorization)
    out.reference("NT", event.administrative_reference)
    out.period("439", event.accident_on)
    out.period("484", event.last_period_on)
    out.period("ABC", event.birth_expected_on)
    out.period("431", event.onset_on)
    out.period("AAH", event.event_from, event.event_to)
    out.period("435", event.admitted_from, event.admitted_to)
    out.period("096", event.discharged_on)
    _decision_dates(out, event.decision)
    _diagnoses(out, event.diagnoses)
    _delivery(out, event.delivery)
    for condition in event.conditions:
        out.add("CRC", condition.category, "Y" if condition.applies else "N", *condition.codes[:5])
    if event.admission is not None:
        out.add("CL1", event.admission.type, event.admission.source, event.admission.status)
    _ride(out, event.ride)
    for elements in event.kept:
        out.add(*elements)
    _papers(out, event.attachments, event.messages)
    for provider in event.providers:
        _provider(out, provider)
    for stop in event.stops:
        out.add("NM1", stop.role, 2, stop.name)
        out.address(stop.address)
        _rejections(out, stop.rejections)
    for other in event.other_reviews:
        out.add("NM1", other.role, 2, other.name)
        _references(out, other.references)
        out.period(other.date_kind, other.on)
    for service in event.services:
        _service(out, level, service)


def _service(out: SetWriter, parent: int, service: AuthorizationService) -> None:
    out.level("SS", parent, False)
    _traces(out, service.traces)
    _rejections(out, service.rejections)
    _review(out, service.review)
    _decision(out, service.decision)
    out.reference("BB", service.previous_authorization)
    out.reference("NT", service.administrative_reference)
    out.period("472", service.service_from, service.service_to)
    _decision_dates(out, service.decision)
    _diagnoses(out, service.wanted)
    _service_code(out, service)
    for tooth in service.teeth:
        out.add("TOO", "JP", tooth.number, tooth.surfaces)
    _delivery(out, service.delivery)
    _papers(out, service.attachments, service.messages)
    for provider in service.providers:
        _provider(out, provider)


def _service_code(out: SetWriter, service: AuthorizationService) -> None:
    modifiers = [*service.modifiers, *[""] * 4][:4]
    code: Cell = (service.kind, service.procedure, *modifiers, service.description, service.procedure_to)
    if not service.procedure:
        code = ""
    if service.form == "professional":
        out.add("SV1", code, service.amount, service.unit, service.quantity)
    elif service.form == "institutional":
        out.add("SV2", service.revenue_code, code, service.amount, service.unit, service.quantity)
    elif service.form == "dental":
        out.add("SV3", code, service.amount, "", "", "", service.quantity)


def _traces(out: SetWriter, traces: Iterable[Trace]) -> None:
    for trace in traces:
        out.add("TRN", trace.kind, trace.number, trace.originator, trace.supplement)


def _review(out: SetWriter, review: Review | None) -> None:
    if review is None:
        return
    causes = [*review.causes, "", "", ""][:3]
    out.add(
        "UM",
        review.category,
        review.certification,
        review.service_type,
        (review.place, review.place_kind),
        (*causes, review.accident_state, review.accident_country),
        review.urgency,
        review.condition,
        review.prognosis,
        review.release,
        review.delay_reason,
    )


def _decision(out: SetWriter, decision: Decision | None) -> None:
    if decision is not None and decision.action:
        out.add("HCR", decision.action, decision.number, list(decision.reasons), decision.second_opinion)


def _decision_dates(out: SetWriter, decision: Decision | None) -> None:
    if decision is not None:
        out.period("102", decision.issued_on)
        out.period("036", decision.expires_on)
        out.period("007", decision.effective_from, decision.effective_to)


def _diagnoses(out: SetWriter, diagnoses: Iterable[ReviewDiagnosis]) -> None:
    cells: list[Cell] = [
        (one.kind, one.code, "D8", one.on) if one.on else (one.kind, one.code) for one in diagnoses
    ]
    if cells:
        out.add("HI", *cells)


def _delivery(out: SetWriter, delivery: Delivery | None) -> None:
    if delivery is None:
        return
    out.add(
        "HSD",
        delivery.quantity_kind,
        delivery.quantity,
        delivery.unit,
        delivery.per,
        delivery.period,
        delivery.period_count,
        delivery.frequency,
        delivery.time,
    )


def _ride(out: SetWriter, ride: Ride | None) -> None:
    if ride is None:
        return
    out.add(
        "CR1",
        ride.weight_unit,
        ride.weight,
        ride.trip,
        ride.reason,
        ride.distance_unit,
        ride.distance,
        "",
        "",
        ride.round_trip_purpose,
        ride.stretcher_purpose,
    )


def _papers(out: SetWriter, attachments: Iterable[Attachment], messages: Iterable[str]) -> None:
    for paper in attachments:
        number = paper.control_number
        out.add("PWK", paper.report, paper.sent_by, "", "", "AC" if number else "", number)
    for message in messages:
        out.add("MSG", message)
