"""Eligibility questions into a 270, answers into a 271."""

from __future__ import annotations

from collections.abc import Iterable

from clinic.x12.envelope import Envelope
from clinic.x12.guides import ELIGIBILITY_ANSWER, ELIGIBILITY_REQUEST
from clinic.x12.results.eligibility import (
    Benefit,
    EligibilityAnswer,
    EligibilityRequest,
    Period,
    Rejection,
    RelatedEntity,
)
from clinic.x12.results.parties import Payer, Person, Provider
from clinic.x12.writer import SetWriter, clock, write_interchange


def write_270(envelope: Envelope, requests: Iterable[EligibilityRequest]) -> bytes:
    """One interchange, one ST per question (E1)."""
    sets = [_request(envelope, request) for request in requests]
    return write_interchange(envelope, "HS", ELIGIBILITY_REQUEST.version, sets)


def write_271(envelope: Envelope, answers: Iterable[EligibilityAnswer]) -> bytes:
    """One interchange, one ST per answer."""
    sets = [_answer(envelope, answer) for answer in answers]
    return write_interchange(envelope, "HB", ELIGIBILITY_ANSWER.version, sets)


def _request(envelope: Envelope, request: EligibilityRequest) -> list[str]:
    out = SetWriter("270", request.control_number, ELIGIBILITY_REQUEST.version, envelope.delimiters)
    out.add("BHT", "0022", "13", request.reference, *clock(request.asked_at))
    top = out.level("20", 0, True)
    _payer(out, request.payer)
    receiver = out.level("21", top, True)
    _provider(out, request.provider)
    level = out.level("22", receiver, request.dependent is not None)
    if request.dependent is None:
        _trace(out, "1", ((request.trace, request.trace_originator),))
    _person(out, "IL", request.subscriber, (("6P", request.group_number),))
    if request.dependent is not None:
        out.level("23", level, False)
        _trace(out, "1", ((request.trace, request.trace_originator),))
        _person(out, "03", request.dependent, ())
        if request.relationship:
            out.add("INS", "N", request.relationship)
    out.period("291", request.service_on, request.service_to)
    for code in request.service_types:
        out.add("EQ", code)
    return out.finish()


def _payer(out: SetWriter, payer: Payer) -> None:
    out.add("NM1", "PR", 2, payer.name, "", "", "", "", payer.id_kind if payer.id else "", payer.id)


def _provider(out: SetWriter, provider: Provider) -> None:
    out.provider("1P", provider)
    out.reference(provider.tax_id_kind, provider.tax_id)
    out.address(provider.address)


def _trace(out: SetWriter, kind: str, traces: Iterable[tuple[str, str]]) -> None:
    for number, originator in traces:
        out.add("TRN", kind, number, originator)


def _person(out: SetWriter, role: str, person: Person, references: Iterable[tuple[str, str]]) -> None:
    out.person(role, person)
    for code, value in references:
        out.reference(code, value)
    out.address(person.address)
    # DMG follows AAA and PRV in an answer; those are written by the caller where they exist.
    out.birth(person, sex_alone=True)


def _answer(envelope: Envelope, answer: EligibilityAnswer) -> list[str]:
    out = SetWriter("271", answer.control_number, ELIGIBILITY_ANSWER.version, envelope.delimiters)
    out.add("BHT", "0022", "11", answer.reference, *clock(answer.answered_at))
    by_level: dict[str, list[Rejection]] = {}
    for rejection in answer.rejections:
        by_level.setdefault(rejection.level, []).append(rejection)
    top = out.level("20", 0, answer.provider is not None)
    if answer.payer is not None:
        _payer(out, answer.payer)
        out.contact("IC", answer.payer.contact)
    _rejections(out, by_level.get("payer", ()))
    if answer.provider is None:
        return out.finish()
    receiver = out.level("21", top, answer.subscriber is not None)
    out.provider("1P", answer.provider)
    out.reference(answer.provider.tax_id_kind, answer.provider.tax_id)
    out.address(answer.provider.address)
    _rejections(out, by_level.get("provider", ()))
    if answer.subscriber is None:
        return out.finish()
    level = out.level("22", receiver, answer.dependent is not None)
    itself = answer.dependent is None
    if itself:
        _trace(out, "2", answer.traces)
    _answered(
        out, "IL", answer.subscriber, answer.references if itself else (), by_level.get("subscriber", ())
    )
    if answer.dependent is not None:
        out.level("23", level, False)
        _trace(out, "2", answer.traces)
        _answered(out, "03", answer.dependent, answer.references, by_level.get("dependent", ()))
        if answer.relationship:
            out.add("INS", "N", answer.relationship)
    _periods(out, answer.periods)
    for benefit in answer.benefits:
        _benefit(out, benefit)
    return out.finish()


def _answered(
    out: SetWriter,
    role: str,
    person: Person,
    references: Iterable[tuple[str, str]],
    rejections: Iterable[Rejection],
) -> None:
    out.person(role, person)
    for code, value in references:
        out.reference(code, value)
    out.address(person.address)
    _rejections(out, rejections)
    out.birth(person, sex_alone=True)


def _rejections(out: SetWriter, rejections: Iterable[Rejection]) -> None:
    for rejection in rejections:
        out.add("AAA", "Y" if rejection.can_answer else "N", "", rejection.code, rejection.follow_up)


def _periods(out: SetWriter, periods: Iterable[Period]) -> None:
    for period in periods:
        out.period(period.kind, period.start, period.end)


def _benefit(out: SetWriter, benefit: Benefit) -> None:
    out.add(
        "EB",
        benefit.code,
        benefit.coverage_level,
        list(benefit.service_types),
        benefit.insurance_type,
        benefit.plan_name,
        benefit.period,
        benefit.amount,
        benefit.percent,
        benefit.quantity_kind,
        benefit.quantity,
        benefit.authorization_required,
        benefit.in_network,
        ("HC", benefit.procedure, *benefit.modifiers) if benefit.procedure else "",
    )
    for delivery in benefit.deliveries:
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
    for code, value in benefit.references:
        out.reference(code, value)
    _periods(out, benefit.periods)
    _rejections(out, benefit.rejections)
    for message in benefit.messages:
        out.add("MSG", message)
    if benefit.entities:
        out.add("LS", "2120")
        for entity in benefit.entities:
            _entity(out, entity)
        out.add("LE", "2120")


def _entity(out: SetWriter, entity: RelatedEntity) -> None:
    out.add(
        "NM1",
        entity.role,
        1 if entity.is_person else 2,
        entity.name,
        entity.first_name,
        "",
        "",
        "",
        entity.id_kind,
        entity.id,
    )
    out.contact("IC", entity.contact)
