"""Status questions into a 276, their answers into a 277."""

from __future__ import annotations

from collections.abc import Iterable

from clinic.x12.envelope import Envelope
from clinic.x12.guides import STATUS_ANSWER, STATUS_REQUEST
from clinic.x12.results.parties import Person
from clinic.x12.results.status import (
    ProcessingStatus,
    StatusAnswer,
    StatusClaim,
    StatusLine,
    StatusProvider,
    StatusReceiver,
    StatusRequest,
    StatusSource,
    StatusSubscriber,
)
from clinic.x12.writer import Cell, SetWriter, clock, write_interchange

_ASKED, _TOLD = "1", "2"


def write_276(envelope: Envelope, requests: Iterable[StatusRequest]) -> bytes:
    """One interchange, one ST per request; a request may hold many claims."""
    sets = [_set(envelope, request, _ASKED) for request in requests]
    return write_interchange(envelope, "HR", STATUS_REQUEST.version, sets)


def write_277(envelope: Envelope, answers: Iterable[StatusAnswer]) -> bytes:
    """One interchange, one ST per answer (X212; acknowledgments of claims are `write_277ca`)."""
    sets = [_set(envelope, answer, _TOLD) for answer in answers]
    return write_interchange(envelope, "HN", STATUS_ANSWER.version, sets)


def _set(envelope: Envelope, item: StatusRequest | StatusAnswer, kind: str) -> list[str]:
    guide = STATUS_REQUEST if kind == _ASKED else STATUS_ANSWER
    out = SetWriter(guide.kind, item.control_number, guide.version, envelope.delimiters)
    purpose = ("13", "") if kind == _ASKED else ("08", "DG")
    out.add("BHT", "0010", purpose[0], item.reference, *clock(item.created_at), purpose[1])
    for source in item.sources:
        _source(out, source, kind)
    return out.finish()


def _source(out: SetWriter, source: StatusSource, kind: str) -> None:
    level = out.level("20", 0, bool(source.receivers))
    payer = source.payer
    out.add("NM1", "PR", 2, payer.name, "", "", "", "", payer.id_kind if payer.id else "", payer.id)
    if kind == _TOLD:
        out.contact("IC", payer.contact)
    for receiver in source.receivers:
        _receiver(out, level, receiver, kind)


def _receiver(out: SetWriter, parent: int, item: StatusReceiver, kind: str) -> None:
    level = out.level("21", parent, bool(item.providers))
    out.provider("41", item.receiver)
    _level_statuses(out, "2", item.trace, item.statuses)
    for provider in item.providers:
        _provider(out, level, provider, kind)


def _provider(out: SetWriter, parent: int, item: StatusProvider, kind: str) -> None:
    level = out.level("19", parent, bool(item.subscribers))
    out.provider("1P", item.provider)
    _level_statuses(out, "1", item.trace, item.statuses)
    for subscriber in item.subscribers:
        _subscriber(out, level, subscriber, kind)


def _level_statuses(out: SetWriter, code: str, trace: str, statuses: Iterable[ProcessingStatus]) -> None:
    if trace or statuses:
        # A payer that has no trace to repeat at this level says 0.
        out.add("TRN", code, trace or "0")
        for status in statuses:
            _status(out, status)


def _subscriber(out: SetWriter, parent: int, item: StatusSubscriber, kind: str) -> None:
    level = out.level("22", parent, bool(item.dependents))
    _person(out, "IL", item.person, kind)
    for claim in item.claims:
        _claim(out, claim, kind)
    for dependent in item.dependents:
        out.level_without_children_flag("23", level)
        _person(out, "QC", dependent.person, kind)
        for claim in dependent.claims:
            _claim(out, claim, kind)


def _person(out: SetWriter, role: str, person: Person, kind: str) -> None:
    if kind == _ASKED:
        out.birth(person)
    out.person(role, person)


def _claim(out: SetWriter, claim: StatusClaim, kind: str) -> None:
    out.add("TRN", kind, claim.trace)
    for status in claim.statuses:
        _status(out, status)
    out.reference("1K", claim.payer_control_number)
    out.reference("BLT", claim.bill_type)
    out.reference("LU", claim.application)
    out.reference("6P", claim.group_number)
    out.reference("EJ", claim.control_number)
    out.reference("XZ", claim.prescription_number)
    out.reference("VV", claim.voucher)
    out.reference("D9", claim.clearinghouse_trace)
    if claim.amount_billed is not None:
        out.add("AMT", "T3", claim.amount_billed)
    out.period("472", claim.service_from, claim.service_to)
    for line in claim.lines:
        _line(out, line)


def _line(out: SetWriter, line: StatusLine) -> None:
    code: Cell = (line.kind, line.procedure, *line.modifiers)
    out.add("SVC", code, line.amount_billed, line.amount_paid, line.revenue_code, "", "", line.units)
    for status in line.statuses:
        _status(out, status)
    out.reference("FJ", line.control_number)
    out.period("472", line.service_from, line.service_to)


def _status(out: SetWriter, status: ProcessingStatus) -> None:
    codes: list[Cell] = [(code.category, code.code, code.entity, code.code_list) for code in status.codes]
    codes += ["", "", ""]
    out.add(
        "STC",
        codes[0],
        status.effective_on,
        status.action,
        status.amount_billed,
        status.amount_paid,
        status.finished_on,
        status.method,
        status.check_on,
        status.check_number,
        codes[1],
        codes[2],
        status.message,
    )
