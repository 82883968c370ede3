"""Eligibility questions into a 270, answers into a 271."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeVar

from clinic.x12.envelope import Envelope
from clinic.x12.guides import ELIGIBILITY_ANSWER, ELIGIBILITY_REQUEST
from clinic.x12.results.eligibility import (
    Benefit,
    Circumstance,
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
from clinic.x12.results.parties import Payer, Person, Provider
from clinic.x12.writer import Cell, SetWriter, clock, version_of, write_interchange

Item = TypeVar("Item", EligibilityRequest, EligibilityAnswer)


def write_270(envelope: Envelope, requests: Iterable[EligibilityRequest]) -> bytes:
    """One interchange, one ST per question (E1); neighbours with one control number share it."""
    version = version_of(envelope, ELIGIBILITY_REQUEST.version)
    sets = [_requests(envelope, version, list(some)) for _, some in groupby(requests, key=_number)]
    return write_interchange(envelope, "HS", version, sets)


def write_271(envelope: Envelope, answers: Iterable[EligibilityAnswer]) -> bytes:
    """One interchange, one ST per answer; neighbours with one control number share it."""
    version = version_of(envelope, ELIGIBILITY_ANSWER.version)
    sets = [_answers(envelope, version, list(some)) for _, some in groupby(answers, key=_number)]
    return write_interchange(envelope, "HB", version, sets)


def _number(item: EligibilityRequest | EligibilityAnswer) -> str:
    return item.control_number


def _families(items: Sequence[Item]) -> Iterator[list[Item]]:
    """Items of one subscriber level: the subscriber first, where asked about, then dependents."""
    family: list[Item] = []
    for item in items:
        together = family and item.dependent is not None and item.subscriber == family[0].subscriber
        if family and not together:
            yield family
            family = []
        family.append(item)
    if family:
        yield family


def _requests(envelope: Envelope, version: str, requests: list[EligibilityRequest]) -> list[str]:
    first = requests[0]
    out = SetWriter("270", first.control_number, version, envelope.delimiters)
    out.add("BHT", "0022", first.purpose, first.reference, *clock(first.asked_at), first.transaction_type)
    for (role, payer), of_payer in groupby(requests, key=lambda item: (item.payer_role, item.payer)):
        top = out.level("20", 0, True)
        _payer(out, role, payer)
        for _, of_provider in groupby(of_payer, key=lambda item: (item.provider_role, item.provider)):
            asked = list(of_provider)
            receiver = out.level("21", top, True)
            _provider(out, asked[0])
            _taxonomy(out, asked[0])
            for family in _families(asked):
                _asked_family(out, receiver, family)
    return out.finish()


def _asked_family(out: SetWriter, parent: int, family: list[EligibilityRequest]) -> None:
    first = family[0]
    itself = first.dependent is None
    level = out.level("22", parent, any(item.dependent is not None for item in family))
    group = (Reference("6P", first.group_number),) if first.group_number else ()
    if itself:
        _own_traces(out, first)
        _request_person(out, "IL", first, first.subscriber, group)
    else:
        above = first.subscriber_standing
        _traces(out, above.traces)
        out.person("IL", first.subscriber)
        _references(out, (*group, *above.references))
        out.address(first.subscriber.address)
        _rest(out, first.subscriber, above, "Y", above.relationship)
        _periods(out, above.periods)
    for item in family:
        if item.dependent is not None:
            out.level("23", level, False)
            _own_traces(out, item)
            _request_person(out, "03", item, item.dependent, ())


def _own_traces(out: SetWriter, item: EligibilityRequest) -> None:
    if item.trace:
        _traces(out, (Trace(item.trace, item.trace_originator, "1", item.trace_supplement),))
    _traces(out, item.standing.traces)


def _request_person(
    out: SetWriter, role: str, item: EligibilityRequest, person: Person, references: tuple[Reference, ...]
) -> None:
    out.person(role, person)
    _references(out, (*references, *item.standing.references))
    out.address(person.address)
    _rest(out, person, item.standing, "Y" if role == "IL" else "N", item.relationship)
    if item.service_kind:
        out.period(item.service_kind, item.service_on, item.service_to)
    _periods(out, item.standing.periods)
    for question in item.questions or [Question(service_types=(code,)) for code in item.service_types]:
        _question(out, question)


def _question(out: SetWriter, question: Question) -> None:
    out.add(
        "EQ",
        list(question.service_types),
        _procedure(question.procedure_kind, question.procedure, question.modifiers),
        question.coverage_level,
        "",
        question.pointers,
    )
    for kind, amount in question.amounts:
        out.add("AMT", kind, amount)
    _circumstances(out, question.circumstances)
    _references(out, question.references)
    _periods(out, question.periods)


def _procedure(kind: str, code: str, modifiers: tuple[str, ...]) -> Cell:
    return (kind, code, *modifiers) if code else ""


def _payer(out: SetWriter, role: str, payer: Payer) -> None:
    out.add("NM1", role, 2, payer.name, "", "", "", "", payer.id_kind if payer.id else "", payer.id)


def _provider(out: SetWriter, item: EligibilityRequest | EligibilityAnswer) -> None:
    provider = item.provider or Provider(last_name="")
    out.provider(item.provider_role, provider)
    out.reference(provider.tax_id_kind, provider.tax_id)
    _references(out, item.provider_references)
    out.address(provider.address)


def _taxonomy(out: SetWriter, item: EligibilityRequest | EligibilityAnswer) -> None:
    if item.provider is not None and item.provider.taxonomy:
        out.add("PRV", item.provider_part, "PXC", item.provider.taxonomy)


def _traces(out: SetWriter, traces: Iterable[tuple[str, ...]]) -> None:
    for number, originator, kind, supplement in (Trace(*trace) for trace in traces):
        out.add("TRN", kind, number, originator, supplement)


def _references(out: SetWriter, references: Iterable[tuple[str, ...]]) -> None:
    for kind, value, description in (Reference(*reference) for reference in references):
        out.add("REF", kind, value, description)


def _involved(out: SetWriter, involved: Iterable[Involved]) -> None:
    for part, id_kind, number in involved:
        out.add("PRV", part, id_kind if number else "", number)


def _circumstances(out: SetWriter, circumstances: Iterable[Circumstance]) -> None:
    for circumstance in circumstances:
        out.add("III", *circumstance)


def _rest(out: SetWriter, person: Person, standing: Standing, itself: str, relationship: str) -> None:
    """PRV, DMG, INS and HI, in the order that both transactions have."""
    _involved(out, standing.involved)
    out.birth(person, sex_alone=True)
    if relationship:
        out.add("INS", itself, relationship, standing.maintenance, standing.maintenance_reason, *[""] * 12,
                standing.birth_sequence)  # fmt: skip
    if standing.diagnoses:
        out.add("HI", *standing.diagnoses)


def _answers(envelope: Envelope, version: str, answers: list[EligibilityAnswer]) -> list[str]:
    first = answers[0]
    out = SetWriter("271", first.control_number, version, envelope.delimiters)
    out.add("BHT", "0022", first.purpose, first.reference, *clock(first.answered_at))
    for (role, payer), of_payer in groupby(answers, key=lambda item: (item.payer_role, item.payer)):
        told = list(of_payer)
        refused = [rejection for rejection in told[0].rejections if rejection.level == "payer"]
        top = out.level("20", 0, told[0].provider is not None)
        _rejections(out, [rejection for rejection in refused if rejection.before_name])
        if payer is not None:
            _payer(out, role, payer)
            for contact in told[0].payer_contacts or (payer.contact,):
                out.contact("IC", contact)
        _rejections(out, [rejection for rejection in refused if not rejection.before_name])
        for (_, provider), of_provider in groupby(told, key=lambda item: (item.provider_role, item.provider)):
            if provider is not None:
                _receiver(out, top, list(of_provider))
    return out.finish()


def _receiver(out: SetWriter, top: int, answers: list[EligibilityAnswer]) -> None:
    first = answers[0]
    receiver = out.level("21", top, any(item.subscriber is not None for item in answers))
    _provider(out, first)
    _rejections(out, [rejection for rejection in first.rejections if rejection.level == "provider"])
    _taxonomy(out, first)
    for family in _families(answers):
        if family[0].subscriber is not None:
            _told_family(out, receiver, family, family[0].subscriber)


def _told_family(out: SetWriter, parent: int, family: list[EligibilityAnswer], subscriber: Person) -> None:
    first = family[0]
    refused = [rejection for rejection in first.rejections if rejection.level == "subscriber"]
    level = out.level("22", parent, any(item.dependent is not None for item in family))
    if first.dependent is None:
        _told_patient(out, "IL", first, subscriber, refused)
    else:
        above = first.subscriber_standing
        _traces(out, above.traces)
        _told(out, "IL", subscriber, above.references, refused)
        _rest(out, subscriber, above, "Y", above.relationship)
        _periods(out, above.periods)
        _military(out, above)
    for item in family:
        if item.dependent is not None:
            out.level("23", level, False)
            own = [rejection for rejection in item.rejections if rejection.level == "dependent"]
            _told_patient(out, "03", item, item.dependent, own)


def _told_patient(
    out: SetWriter, role: str, answer: EligibilityAnswer, person: Person, rejections: list[Rejection]
) -> None:
    """TRN, then everything of the person who was asked about, with the benefits."""
    _traces(out, answer.traces)
    _told(out, role, person, answer.references, rejections)
    _rest(out, person, answer.standing, "Y" if role == "IL" else "N", answer.relationship)
    _periods(out, answer.periods)
    _military(out, answer.standing)
    for benefit in answer.benefits:
        _benefit(out, benefit)


def _told(
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


def _military(out: SetWriter, standing: Standing) -> None:
    if standing.military:
        out.add("MPI", *standing.military)


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
        _procedure(benefit.procedure_kind, benefit.procedure, benefit.modifiers),
        benefit.pointers,
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
    _references(out, benefit.references)
    _periods(out, benefit.periods)
    _rejections(out, benefit.rejections)
    for message in benefit.messages:
        out.add("MSG", message)
    _circumstances(out, benefit.circumstances)
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
        entity.middle_name,
        "",
        entity.suffix,
        entity.id_kind,
        entity.id,
    )
    out.address(entity.address)
    for contact in entity.contacts:
        out.contact("IC", contact)
    _involved(out, entity.involved)
