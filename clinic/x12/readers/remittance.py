"""835 into remittances. Streams: a claim is given out when its last segment has been read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guides import REMITTANCE
from clinic.x12.reader import Node
from clinic.x12.readers.fields import Fields, contact_of, named_provider, payer_of
from clinic.x12.readers.remittance_set import figures, remittance_of
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.drafting import draft_class
from clinic.x12.results.parties import Contact, Person
from clinic.x12.results.remittance import (
    INPATIENT_FIGURES,
    OUTPATIENT_FIGURES,
    ClaimPayment,
    Figures,
    Remittance,
    ServicePayment,
)
from clinic.x12.sets import OpenSet, SetReader
from clinic.x12.values import dollars_and_cents, number

# No segment that is read here has more than 25 elements.
_PAD = ("",) * 25
_NO_CODE = [""]
_make = tuple.__new__
_ClaimDraft = draft_class(ClaimPayment)
_LineDraft = draft_class(ServicePayment)
_PersonDraft = draft_class(Person)


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
    # A payer that leaves a name out has still paid: only what touches counts, money and dates is an error (R1).
    fields = Fields(opened, REMITTANCE, cut="2100", lenient=True)
    root = fields.walker.root
    # How many claims were read while so many loops of the set were closed: that tells which LX they belong to.
    counts: dict[int, int] = {}
    for node in fields.walker.walk(opened.body):
        closed = len(root.children)
        counts[closed] = counts.get(closed, 0) + 1
        yield _claim(fields, node)
    remittance = remittance_of(fields, root, counts)
    yield replace(remittance, findings=fields.findings(), last_position=opened.last_position)


def _claim(fields: Fields, node: Node) -> ClaimPayment:
    """One CLP. This and `_line` run for every claim of a file, so they index plainly instead of asking `Segment.get`."""
    segments = node.segments
    first = segments[0]
    clp = first[1] + _PAD
    adjustments: list[Adjustment] = []
    amounts: list[tuple[str, Decimal]] = []
    references: list[tuple[str, str]] = []
    names: dict[str, Segment] = {}
    days: dict[str, date | None] = {}
    # What few claims have is a tuple that grows: an empty one costs nothing.
    quantities: tuple[tuple[str, Decimal], ...] = ()
    contacts: tuple[Contact, ...] = ()
    inpatient: Figures = ()
    outpatient: Figures = ()
    remarks: tuple[str, ...] = ()
    for segment in segments[1:]:
        name, elements = segment[0], segment[1]
        if name == "CAS":
            _adjustments(fields, segment, "2100", adjustments)
        elif name == "NM1":
            names.setdefault(elements[1] if len(elements) > 1 else "", segment)
        elif name == "REF":
            references.append(_pair(elements))
        elif name == "DTM":
            days.setdefault(segment.get(1), _day(fields, segment, "2100"))
        elif name == "AMT":
            amounts.append((segment.get(1), _money(fields, segment, 2, "2100")))
        elif name == "MOA":
            remarks += tuple(code for code in elements[3:8] if code)
            outpatient += figures(fields, segment, OUTPATIENT_FIGURES, "2100")
        elif name == "MIA":
            remarks += tuple(code for code in (segment.get(5), *elements[20:24]) if code)
            inpatient += figures(fields, segment, INPATIENT_FIGURES, "2100")
        elif name == "QTY":
            quantities += (_quantity(fields, segment, "2100"),)
        elif name == "PER":
            contact = contact_of([segment])
            contacts += (contact,) if contact else ()
    if not clp[1]:
        fields.walker.find(
            first, "2100", "CLP01", "warning", "1", "The claim's own number (CLP01) is missing."
        )
    everything = _in_order(node)
    draft = _ClaimDraft(
        control_number=clp[1],
        status=clp[2],
        amount_billed=_money(fields, first, 3, "2100"),
        amount_paid=_money(fields, first, 4, "2100"),
        patient_responsibility=_money(fields, first, 5, "2100") if clp[5] else None,
        filing_code=clp[6],
        payer_control_number=clp[7],
        facility_code=clp[8],
        frequency=clp[9],
        adjustments=tuple(adjustments),
        patient=_named(names.get("QC")),
        subscriber=_named(names.get("IL")),
        corrected_patient=_named(names.get("74")),
        rendering_provider=named_provider(names.get("82")) if "82" in names else None,
        other_subscriber=_named(names.get("GB")),
        crossover_payer=payer_of(names.get("TT")) if "TT" in names else None,
        priority_payer=payer_of(names.get("PR")) if "PR" in names else None,
        inpatient=inpatient,
        outpatient=outpatient,
        remarks=remarks,
        statement_from=days.get("232"),
        statement_to=days.get("233"),
        received_on=days.get("050"),
        coverage_expired_on=days.get("036"),
        group_number=_first(references, "1L"),
        contract_class=_first(references, "CE"),
        drg=clp[11],
        drg_weight=fields.number(first, 12, "2100") if clp[12] else None,
        discharge_fraction=fields.number(first, 13, "2100") if clp[13] else None,
        contacts=contacts,
        amounts=tuple(amounts),
        quantities=quantities,
        references=tuple(references),
        lines=tuple([_line(fields, child) for child in node.children]),
        position=first[2],
        last_position=everything[-1][2],
        raw=raw_text(everything, fields.opened.delimiters),
    )
    draft.__class__ = ClaimPayment
    done: ClaimPayment = draft
    return done


def _line(fields: Fields, node: Node) -> ServicePayment:
    segments = node.segments
    first = segments[0]
    svc = first[1] + _PAD
    adjustments: list[Adjustment] = []
    amounts: list[tuple[str, Decimal]] = []
    references: list[tuple[str, str]] = []
    quantities: tuple[tuple[str, Decimal], ...] = ()
    remarks: tuple[str, ...] = ()
    rejections: tuple[str, ...] = ()
    control_number = ""
    service_from = service_to = None
    for segment in segments[1:]:
        name = segment[0]
        if name == "CAS":
            _adjustments(fields, segment, "2110", adjustments)
        elif name == "DTM":
            kind = segment[1][1] if len(segment[1]) > 1 else ""
            if kind == "151":
                service_to = _day(fields, segment, "2110")
            elif kind in ("472", "150"):
                service_from = _day(fields, segment, "2110")
        elif name == "REF":
            pair = _pair(segment[1])
            if pair[0] == "6R" and not control_number:
                control_number = pair[1]
            else:
                references.append(pair)
        elif name == "AMT":
            amounts.append((segment.get(1), _money(fields, segment, 2, "2110")))
        elif name == "LQ":
            if segment.get(1) == "RX":
                rejections += (segment.get(2),)
            else:
                remarks += (segment.get(2),)
        elif name == "QTY":
            quantities += (_quantity(fields, segment, "2110"),)
    component = fields.component
    paid = svc[1].split(component)
    billed = svc[6].split(component) if svc[6] else _NO_CODE
    draft = _LineDraft(
        procedure=paid[1] if len(paid) > 1 else "",
        amount_billed=_money(fields, first, 2, "2110"),
        amount_paid=_money(fields, first, 3, "2110"),
        procedure_kind=paid[0],
        modifiers=_modifiers(paid) if len(paid) > 2 else (),
        description=paid[6] if len(paid) > 6 else "",
        revenue_code=svc[4],
        billed_procedure=billed[1] if len(billed) > 1 else "",
        billed_procedure_kind=billed[0],
        billed_modifiers=_modifiers(billed) if len(billed) > 2 else (),
        billed_description=billed[6] if len(billed) > 6 else "",
        units_paid=(number(svc[5]) or fields.number(first, 5, "2110")) if svc[5] else None,
        units_billed=(number(svc[7]) or fields.number(first, 7, "2110")) if svc[7] else None,
        service_from=service_from,
        service_to=service_to,
        adjustments=tuple(adjustments),
        line_control_number=control_number,
        remarks=remarks,
        pharmacy_rejections=rejections,
        amounts=tuple(amounts),
        quantities=quantities,
        references=tuple(references),
        position=first[2],
    )
    draft.__class__ = ServicePayment
    done: ServicePayment = draft
    return done


def _adjustments(fields: Fields, segment: Segment, loop: str, found: list[Adjustment]) -> None:
    """Up to six triples: reason, amount, quantity, after the group in CAS01."""
    elements = segment[1]
    length = len(elements)
    if length == 4 and dollars_and_cents(elements[3]):
        # One reason without a quantity: nearly every CAS there is.
        found.append(_make(Adjustment, (elements[1], elements[2], Decimal(elements[3]), None)))
        return
    group = elements[1] if length > 1 else ""
    for place in range(2, length, 3):
        reason = elements[place]
        if not reason and not segment.get(place + 1):
            continue
        quantity = fields.number(segment, place + 2, loop) if place + 2 < length else None
        found.append(Adjustment(group, reason, _money(fields, segment, place + 1, loop), quantity))


def _money(fields: Fields, segment: Segment, place: int, loop: str) -> Decimal:
    elements = segment[1]
    if place < len(elements) and dollars_and_cents(elements[place]):
        return Decimal(elements[place])
    return fields.amount(segment, place, loop)


def _quantity(fields: Fields, segment: Segment, loop: str) -> tuple[str, Decimal]:
    return segment.get(1), fields.number(segment, 2, loop) or Decimal(0)


def _day(fields: Fields, segment: Segment, loop: str) -> date | None:
    elements = segment[1]
    return (values.day(elements[2]) if len(elements) > 2 else None) or fields.day(segment, 2, loop)


def _pair(elements: tuple[str, ...]) -> tuple[str, str]:
    return (elements[1], elements[2]) if len(elements) > 2 else ((*elements, "")[1], "")


def _first(references: list[tuple[str, str]], kind: str) -> str:
    for reference in references:
        if reference[0] == kind:
            return reference[1]
    return ""


def _modifiers(parts: list[str]) -> tuple[str, ...]:
    return tuple([part for part in parts[2:6] if part])


def _named(segment: Segment | None) -> Person | None:
    """A person of whom an 835 says the name and number only."""
    if segment is None:
        return None
    name = segment[1] + _PAD
    draft = _PersonDraft(
        last_name=name[3],
        first_name=name[4],
        middle_name=name[5],
        suffix=name[7],
        member_id=name[9],
        member_id_kind=name[8] or "MI",
        birth_date=None,
        sex="",
        address=None,
        is_person=name[2] != "2",
        contact=None,
        secondary_ids=(),
    )
    draft.__class__ = Person
    done: Person = draft
    return done


def _in_order(node: Node) -> list[Segment]:
    """The claim's segments as they stand in the file; some senders put one of the claim's after its lines."""
    children = node.children
    if not children:
        return node.segments
    if node.segments[-1][2] > children[0].position:
        return node.everything()
    found = node.segments.copy()
    for child in children:
        found += child.segments
    return found
