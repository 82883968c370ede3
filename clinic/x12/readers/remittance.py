"""835 into remittances. Streams: a claim is given out when its last segment has been read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source
from clinic.x12.errors import Finding
from clinic.x12.guides import REMITTANCE
from clinic.x12.reader import Node
from clinic.x12.readers.fields import (
    Fields,
    address_of,
    contact_of,
    named_provider,
    pairs,
    payer_of,
    person_of,
)
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.parties import Payer, Provider
from clinic.x12.results.remittance import ClaimPayment, ProviderAdjustment, Remittance, ServicePayment
from clinic.x12.sets import OpenSet, SetReader


def read_835(source: Source) -> tuple[Remittance, ...]:
    """Every remittance of a file, in its order; sets that are no 835 are passed over.

    Findings of the envelope (GE, IEA) stand on every remittance of the file. Raises X12Error where it is no X12.
    """
    found: list[Remittance] = []
    claims: list[ClaimPayment] = []
    reader = SetReader(source)
    for opened in reader:
        if opened.kind != "835":
            continue
        for item in _read_set(opened):
            if isinstance(item, ClaimPayment):
                claims.append(item)
            else:
                found.append(replace(item, claims=tuple(claims)))
                claims = []
    if reader.findings:
        envelope = tuple(reader.findings)
        found = [replace(item, findings=item.findings + envelope) for item in found]
    return tuple(found)


def stream_835(source: Source) -> Iterator[ClaimPayment | Remittance]:
    """Each claim as soon as it is whole, then the remittance that it belongs to with `claims` empty.

    Memory stays bounded whatever the size of a set. Findings of the envelope that follow the last set are lost here: use
    `read_835` or `validate` where they matter.
    """
    for opened in SetReader(source):
        if opened.kind == "835":
            yield from _read_set(opened)


def _read_set(opened: OpenSet) -> Iterator[ClaimPayment | Remittance]:
    fields = Fields(opened, REMITTANCE, cut="2100")
    for node in fields.walker.walk(opened.body):
        yield _claim(fields, node)
    remittance = _remittance(fields, fields.walker.root)
    yield replace(remittance, findings=fields.findings(), last_position=opened.last_position)


def _remittance(fields: Fields, root: Node) -> Remittance:
    opened = fields.opened
    payment = root.first("BPR") or Segment("BPR", ("BPR",), opened.position)
    trace = root.first("TRN")
    produced = root.first("DTM", "405")
    payer, payee = root.node("1000A"), root.node("1000B")
    if trace is None or not trace.get(2):
        fields.walker.find(trace or payment, "835", "TRN02", "warning", "1",
                           "The check or EFT number is missing; it has to be given by hand.")  # fmt: skip
    currency = root.first("CUR")
    if currency is not None and currency.get(2) not in ("", "USD"):
        fields.walker.find(currency, "835", "CUR02", "error", "7",
                           f"The remittance is in {currency.get(2)!r}, not in US dollars.", currency.get(2))  # fmt: skip
    return Remittance(
        control_number=opened.control_number,
        amount=fields.amount(payment, 2, "835"),
        method=payment.get(4),
        paid_on=fields.day(payment, 16, "835"),
        trace=trace.get(2) if trace else "",
        originator=trace.get(3) if trace else "",
        payer=_payer(payer),
        payee=_payee(payee),
        claims=(),
        handling=payment.get(1),
        credit_or_debit=payment.get(3) or "C",
        originator_supplement=trace.get(4) if trace else "",
        sender_account=payment.get(9),
        receiver_routing=payment.get(13),
        receiver_account=payment.get(15),
        produced_on=fields.day(produced, 2, "835"),
        payer_references=pairs(payer.all("REF")) if payer else (),
        payee_references=pairs([s for s in payee.all("REF") if s.get(1) != "TJ"]) if payee else (),
        provider_adjustments=tuple(
            adjustment for node in root.nodes("PLB") for adjustment in _provider_adjustments(fields, node)
        ),
        envelope=opened.envelope,
        first_position=opened.position,
    )


def _payer(node: Node | None) -> Payer:
    name = node.first("N1") if node else None
    if node is None or name is None:
        return Payer(name="")
    return Payer(
        name=name.get(2),
        id=name.get(4),
        id_kind=name.get(3) or "PI",
        address=address_of(node),
        contact=contact_of(node.all("PER")),
    )


def _payee(node: Node | None) -> Provider:
    name = node.first("N1") if node else None
    if node is None or name is None:
        return Provider(last_name="")
    kind, number = name.get(3), name.get(4)
    tax = node.first("REF", "TJ")
    tax_id = number if kind == "FI" else tax.get(2) if tax else ""
    return Provider(
        last_name=name.get(2),
        npi=number if kind == "XX" else "",
        other_id_kind="" if kind in ("XX", "FI") else kind,
        other_id="" if kind in ("XX", "FI") else number,
        tax_id=tax_id,
        tax_id_kind="EI",
        address=address_of(node),
    )


def _provider_adjustments(fields: Fields, node: Node) -> Iterator[ProviderAdjustment]:
    segment = node.segments[0]
    elements = segment.elements
    for place in range(3, len(elements) - 1, 2):
        if not elements[place] and not elements[place + 1]:
            continue
        reason, _, reference = elements[place].partition(fields.component)
        yield ProviderAdjustment(
            provider_id=segment.get(1),
            fiscal_year_end=fields.day(segment, 2, "PLB"),
            reason=reason,
            reference=reference,
            amount=fields.amount(segment, place + 1, "PLB"),
            position=segment.position,
        )


def _claim(fields: Fields, node: Node) -> ClaimPayment:
    segments = node.segments
    first = segments[0]
    get = first.get
    adjustments: list[Adjustment] = []
    amounts: list[tuple[str, Decimal]] = []
    references: list[tuple[str, str]] = []
    names: dict[str, Segment] = {}
    days: dict[str, Segment] = {}
    remarks: tuple[str, ...] = ()
    for segment in segments:
        name = segment[0]
        if name == "CAS":
            _adjustments(fields, segment, "2100", adjustments)
        elif name == "NM1":
            names.setdefault(segment.get(1), segment)
        elif name == "REF":
            references.append((segment.get(1), segment.get(2)))
        elif name == "DTM":
            days.setdefault(segment.get(1), segment)
        elif name == "AMT":
            amounts.append((segment.get(1), fields.amount(segment, 2, "2100")))
        elif name == "MOA":
            remarks += tuple(code for code in segment[1][3:8] if code)
        elif name == "MIA":
            remarks += tuple(code for code in (segment.get(5), *segment[1][20:24]) if code)
    lines = tuple([_line(fields, child) for child in node.children])
    everything = (
        segments if not node.children else [*segments, *(s for c in node.children for s in c.segments)]
    )
    delimiters = fields.opened.delimiters
    join, end = delimiters.element.join, delimiters.segment.strip() + "\n"
    if not get(1):
        fields.walker.find(
            first, "2100", "CLP01", "warning", "1", "The claim's own number (CLP01) is missing."
        )
    return ClaimPayment(
        control_number=get(1),
        status=get(2),
        amount_billed=fields.amount(first, 3, "2100"),
        amount_paid=fields.amount(first, 4, "2100"),
        patient_responsibility=fields.amount_or_none(first, 5, "2100"),
        filing_code=get(6),
        payer_control_number=get(7),
        facility_code=get(8),
        frequency=get(9),
        adjustments=tuple(adjustments),
        patient=person_of(fields, names.get("QC")),
        subscriber=person_of(fields, names.get("IL")),
        corrected_patient=person_of(fields, names.get("74")),
        rendering_provider=named_provider(names.get("82")),
        crossover_payer=payer_of(names.get("TT")),
        priority_payer=payer_of(names.get("PR")),
        remarks=remarks,
        statement_from=fields.day(days.get("232"), 2, "2100"),
        statement_to=fields.day(days.get("233"), 2, "2100"),
        received_on=fields.day(days.get("050"), 2, "2100"),
        coverage_expired_on=fields.day(days.get("036"), 2, "2100"),
        group_number=next((value for kind, value in references if kind == "1L"), ""),
        contract_class=next((value for kind, value in references if kind == "CE"), ""),
        amounts=tuple(amounts),
        references=tuple(references),
        lines=lines,
        position=first.position,
        last_position=max([segment[2] for segment in everything]),
        raw=end.join([join(segment[1]) for segment in everything]) + end.rstrip(),
    )


def _line(fields: Fields, node: Node) -> ServicePayment:
    segments = node.segments
    first = segments[0]
    adjustments: list[Adjustment] = []
    amounts: list[tuple[str, Decimal]] = []
    references: list[tuple[str, str]] = []
    remarks: list[str] = []
    control_number = ""
    service_from = service_to = None
    for segment in segments:
        name = segment[0]
        if name == "CAS":
            _adjustments(fields, segment, "2110", adjustments)
        elif name == "DTM":
            if segment.get(1) == "151":
                service_to = fields.day(segment, 2, "2110")
            elif segment.get(1) in ("150", "472"):
                service_from = fields.day(segment, 2, "2110")
        elif name == "REF":
            kind = segment.get(1)
            if kind == "6R" and not control_number:
                control_number = segment.get(2)
            else:
                references.append((kind, segment.get(2)))
        elif name == "AMT":
            amounts.append((segment.get(1), fields.amount(segment, 2, "2110")))
        elif name == "LQ":
            remarks.append(segment.get(2))
    paid = first.get(1).split(fields.component)
    billed = first.get(6).split(fields.component)
    return ServicePayment(
        procedure=paid[1] if len(paid) > 1 else "",
        procedure_kind=paid[0],
        modifiers=tuple([part for part in paid[2:6] if part]),
        amount_billed=fields.amount(first, 2, "2110"),
        amount_paid=fields.amount(first, 3, "2110"),
        revenue_code=first.get(4),
        billed_procedure=billed[1] if len(billed) > 1 else "",
        billed_procedure_kind=billed[0],
        billed_modifiers=tuple([part for part in billed[2:6] if part]),
        units_paid=fields.number(first, 5, "2110"),
        units_billed=fields.number(first, 7, "2110"),
        service_from=service_from,
        service_to=service_to,
        adjustments=tuple(adjustments),
        line_control_number=control_number,
        remarks=tuple(remarks),
        amounts=tuple(amounts),
        references=tuple(references),
        position=first[2],
    )


def _adjustments(fields: Fields, segment: Segment, loop: str, found: list[Adjustment]) -> None:
    """Up to six triples: reason, amount, quantity, after the group in CAS01."""
    elements = segment[1]
    group = elements[1] if len(elements) > 1 else ""
    for place in range(2, len(elements), 3):
        reason = elements[place]
        text = elements[place + 1] if place + 1 < len(elements) else ""
        if not reason and not text:
            continue
        value = values.cents(text)
        if value is None:
            value = fields.amount(segment, place + 1, loop)
        quantity = fields.number(segment, place + 2, loop) if place + 2 < len(elements) else None
        found.append(Adjustment(group, reason, value, quantity))


__all__ = ["Finding", "read_835", "stream_835"]
