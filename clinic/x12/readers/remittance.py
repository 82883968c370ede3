"""835 into remittances. Streams: a claim is given out when its last segment has been read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from clinic.x12.drafting import draft_class, fill, uncollected
from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guides import REMITTANCE
from clinic.x12.reader import Node
from clinic.x12.readers.fields import Fields, contact_of, named_provider, payer_of
from clinic.x12.readers.remittance_set import figures, remittance_of
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.parties import Person
from clinic.x12.results.remittance import (
    INPATIENT_FIGURES,
    OUTPATIENT_FIGURES,
    ClaimPayment,
    Remittance,
    ServicePayment,
)
from clinic.x12.sets import OpenSet, SetReader
from clinic.x12.values import day, number
from clinic.x12.values import dollars_and_cents as exact

# No segment that is read here has more than 25 elements.
_PAD = ("",) * 25
_NO_CODE = [""]
_make = tuple.__new__
_ClaimDraft = draft_class(ClaimPayment)
_LineDraft = draft_class(ServicePayment)
_PersonDraft = draft_class(Person)


@uncollected
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
                found.append(fill(item, claims=tuple(claims)))
                claims = []
    if reader.findings:
        envelope = tuple(reader.findings)
        for item in found:
            fill(item, findings=item.findings + envelope)
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
    yield fill(remittance, findings=fields.findings(), last_position=opened.last_position)


def _claim(fields: Fields, node: Node) -> ClaimPayment:
    """One CLP. This and `_line` run for every claim of a file, so they index plainly instead of asking `Segment.get`."""
    segments = node.segments
    first = segments[0]
    clp = first.elements + _PAD
    adjustments: list[Adjustment] = []
    amounts: list[tuple[str, Decimal]] = []
    references: list[tuple[str, str]] = []
    names: dict[str, Segment] = {}
    days: dict[str, date | None] = {}
    draft = _ClaimDraft()
    # What few claims have is a tuple that grows: an empty one costs nothing.
    draft.contacts = draft.quantities = draft.inpatient = draft.outpatient = draft.remarks = ()
    for segment in segments[1:]:
        name, elements = segment.id, segment.elements
        if name == "CAS":
            _adjustments(fields, segment, "2100", adjustments)
        elif name == "NM1":
            names.setdefault(elements[1] if len(elements) > 1 else "", segment)
        elif name == "REF":
            references.append(_pair(elements))
        elif name == "DTM":
            days.setdefault(elements[1] if len(elements) > 1 else "", _day(fields, segment, "2100"))
        elif name == "AMT":
            amounts.append(_amount(fields, segment, "2100"))
        elif name == "MOA":
            draft.remarks += tuple(code for code in elements[3:8] if code)
            draft.outpatient += figures(fields, segment, OUTPATIENT_FIGURES, "2100")
        elif name == "MIA":
            draft.remarks += tuple(code for code in (segment.get(5), *elements[20:24]) if code)
            draft.inpatient += figures(fields, segment, INPATIENT_FIGURES, "2100")
        elif name == "QTY":
            draft.quantities += (_quantity(fields, segment, "2100"),)
        elif name == "PER":
            contact = contact_of([segment])
            draft.contacts += (contact,) if contact else ()
    if not clp[1]:
        fields.walker.find(
            first, "2100", "CLP01", "warning", "1", "The claim's own number (CLP01) is missing."
        )
    draft.control_number = clp[1]
    draft.status = clp[2]
    billed, paid, owed = clp[3:6]
    draft.amount_billed = Decimal(billed) if exact(billed) else fields.amount(first, 3, "2100")
    draft.amount_paid = Decimal(paid) if exact(paid) else fields.amount(first, 4, "2100")
    draft.patient_responsibility = (
        Decimal(owed) if exact(owed) else fields.amount(first, 5, "2100") if owed else None
    )
    draft.filing_code = clp[6]
    draft.payer_control_number = clp[7]
    draft.facility_code = clp[8]
    draft.frequency = clp[9]
    draft.drg = clp[11]
    draft.drg_weight = fields.number(first, 12, "2100") if clp[12] else None
    draft.discharge_fraction = fields.number(first, 13, "2100") if clp[13] else None
    _people(draft, names)
    draft.statement_from = days.get("232")
    draft.statement_to = days.get("233")
    draft.received_on = days.get("050")
    draft.coverage_expired_on = days.get("036")
    draft.group_number = _first(references, "1L")
    draft.contract_class = _first(references, "CE")
    draft.adjustments = tuple(adjustments)
    draft.amounts = tuple(amounts)
    draft.references = tuple(references)
    draft.lines = tuple([_line(fields, child) for child in node.children])
    everything = _in_order(node)
    draft.position = first.position
    draft.last_position = everything[-1].position
    draft.raw = raw_text(everything, fields.opened.delimiters)
    draft.__class__ = ClaimPayment
    done: ClaimPayment = draft
    return done


def _people(draft: Any, names: dict[str, Segment]) -> None:
    """Whom the claim speaks of, by the code of their NM1."""
    draft.patient = _named(names["QC"]) if "QC" in names else None
    draft.subscriber = _named(names["IL"]) if "IL" in names else None
    draft.corrected_patient = _named(names["74"]) if "74" in names else None
    draft.other_subscriber = _named(names["GB"]) if "GB" in names else None
    draft.rendering_provider = named_provider(names["82"]) if "82" in names else None
    draft.crossover_payer = payer_of(names["TT"]) if "TT" in names else None
    draft.priority_payer = payer_of(names["PR"]) if "PR" in names else None


def _line(fields: Fields, node: Node) -> ServicePayment:
    """One SVC."""
    segments = node.segments
    first = segments[0]
    svc = first.elements + _PAD
    adjustments: list[Adjustment] = []
    amounts: list[tuple[str, Decimal]] = []
    references: list[tuple[str, str]] = []
    draft = _LineDraft()
    draft.quantities = draft.remarks = draft.pharmacy_rejections = ()
    draft.service_from = draft.service_to = None
    draft.line_control_number = ""
    for segment in segments[1:]:
        name, elements = segment.id, segment.elements
        if name == "CAS":
            _adjustments(fields, segment, "2110", adjustments)
        elif name == "DTM":
            kind = elements[1] if len(elements) > 1 else ""
            if kind == "151":
                draft.service_to = _day(fields, segment, "2110")
            elif kind in ("472", "150"):
                draft.service_from = _day(fields, segment, "2110")
        elif name == "REF":
            pair = _pair(elements)
            if pair[0] == "6R" and not draft.line_control_number:
                draft.line_control_number = pair[1]
            else:
                references.append(pair)
        elif name == "AMT":
            amounts.append(_amount(fields, segment, "2110"))
        elif name == "LQ":
            if segment.get(1) == "RX":
                draft.pharmacy_rejections += (segment.get(2),)
            else:
                draft.remarks += (segment.get(2),)
        elif name == "QTY":
            draft.quantities += (_quantity(fields, segment, "2110"),)
    code = svc[1].split(fields.component)
    draft.procedure_kind = code[0]
    draft.procedure = code[1] if len(code) > 1 else ""
    draft.modifiers = _modifiers(code) if len(code) > 2 else ()
    draft.description = code[6] if len(code) > 6 else ""
    code = svc[6].split(fields.component) if svc[6] else _NO_CODE
    draft.billed_procedure_kind = code[0]
    draft.billed_procedure = code[1] if len(code) > 1 else ""
    draft.billed_modifiers = _modifiers(code) if len(code) > 2 else ()
    draft.billed_description = code[6] if len(code) > 6 else ""
    billed, paid = svc[2], svc[3]
    draft.amount_billed = Decimal(billed) if exact(billed) else fields.amount(first, 2, "2110")
    draft.amount_paid = Decimal(paid) if exact(paid) else fields.amount(first, 3, "2110")
    draft.revenue_code = svc[4]
    draft.units_paid = (number(svc[5]) or fields.number(first, 5, "2110")) if svc[5] else None
    draft.units_billed = (number(svc[7]) or fields.number(first, 7, "2110")) if svc[7] else None
    draft.adjustments = tuple(adjustments)
    draft.amounts = tuple(amounts)
    draft.references = tuple(references)
    draft.position = first.position
    draft.__class__ = ServicePayment
    done: ServicePayment = draft
    return done


def _adjustments(fields: Fields, segment: Segment, loop: str, found: list[Adjustment]) -> None:
    """Up to six triples: reason, amount, quantity, after the group in CAS01."""
    elements = segment.elements
    length = len(elements)
    if length == 4 and exact(elements[3]):
        # One reason without a quantity: nearly every CAS there is.
        found.append(_make(Adjustment, (elements[1], elements[2], Decimal(elements[3]), None)))
        return
    group = elements[1] if length > 1 else ""
    for place in range(2, length, 3):
        reason = elements[place]
        if not reason and not segment.get(place + 1):
            continue
        quantity = fields.number(segment, place + 2, loop) if place + 2 < length else None
        found.append(Adjustment(group, reason, fields.amount(segment, place + 1, loop), quantity))


def _amount(fields: Fields, segment: Segment, loop: str) -> tuple[str, Decimal]:
    """What an AMT says: its kind and how much."""
    elements = segment.elements
    if len(elements) == 3 and exact(elements[2]):
        return elements[1], Decimal(elements[2])
    return segment.get(1), fields.amount(segment, 2, loop)


def _quantity(fields: Fields, segment: Segment, loop: str) -> tuple[str, Decimal]:
    return segment.get(1), fields.number(segment, 2, loop) or Decimal(0)


def _day(fields: Fields, segment: Segment, loop: str) -> date | None:
    elements = segment.elements
    return (day(elements[2]) if len(elements) > 2 else None) or fields.day(segment, 2, loop)


def _pair(elements: tuple[str, ...]) -> tuple[str, str]:
    return (elements[1], elements[2]) if len(elements) > 2 else ((*elements, "")[1], "")


def _first(references: list[tuple[str, str]], kind: str) -> str:
    for reference in references:
        if reference[0] == kind:
            return reference[1]
    return ""


def _modifiers(parts: list[str]) -> tuple[str, ...]:
    return tuple([part for part in parts[2:6] if part])


def _named(segment: Segment) -> Person:
    """A person of whom an 835 says the name and number only."""
    name = segment.elements + _PAD
    draft = _PersonDraft()
    draft.last_name = name[3]
    draft.first_name = name[4]
    draft.middle_name = name[5]
    draft.suffix = name[7]
    draft.member_id = name[9]
    draft.member_id_kind = name[8] or "MI"
    draft.is_person = name[2] != "2"
    draft.birth_date = draft.address = draft.contact = None
    draft.sex = ""
    draft.secondary_ids = ()
    draft.__class__ = Person
    done: Person = draft
    return done


def _in_order(node: Node) -> list[Segment]:
    """The claim's segments as they stand in the file; some senders put one of the claim's after its lines."""
    children = node.children
    if not children:
        return node.segments
    if node.segments[-1].position > children[0].position:
        return node.everything()
    found = node.segments.copy()
    for child in children:
        found += child.segments
    return found
