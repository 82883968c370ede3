"""The parts of a claim that stand in one segment or one small loop, of any of the three kinds of 837."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal

from clinic.x12.envelope import Segment
from clinic.x12.reader import Node
from clinic.x12.readers.fields import ZERO, Fields, address_of, contact_of, payer_of, person_of, provider_of
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.claim_details import (
    AmbulanceTransport,
    Attachment,
    ConditionAnswer,
    Contract,
    Form,
    FormAnswer,
    Repricing,
    Stop,
)
from clinic.x12.results.parties import Address, Payer, Person, Provider, SecondaryId

NO_SEGMENT = Segment("", (), 0)
NOBODY = Person(last_name="")
NO_PAYER = Payer(name="")
NO_PROVIDER = Provider(last_name="")
_TAX = ("EI", "SY", "TJ")


def references(node: Node, words: Mapping[str, str]) -> dict[str, str]:
    """{field: REF02} of the references that `words` names; the first of each code wins."""
    found: dict[str, str] = {}
    for segment in node.segments:
        if segment.id == "REF":
            word = words.get(segment.get(1))
            if word is not None and not segment.get(4):
                found.setdefault(word, segment.get(2))
    return found


def dates(fields: Fields, node: Node, words: Mapping[str, str]) -> dict[str, date | None]:
    """{field: day} of the DTP segments that `words` names; a range counts from its start."""
    found: dict[str, date | None] = {}
    for segment in node.segments:
        if segment.id == "DTP":
            word = words.get(segment.get(1))
            if word is not None and word not in found:
                found[word] = fields.days(segment, node.loop)[0]
    return found


def amounts(fields: Fields, node: Node, words: Mapping[str, str]) -> dict[str, Decimal | None]:
    """{field: AMT02}."""
    found: dict[str, Decimal | None] = {}
    for segment in node.segments:
        if segment.id == "AMT":
            word = words.get(segment.get(1))
            if word is not None and word not in found:
                found[word] = fields.amount_or_none(segment, 2, node.loop)
    return found


def reference(node: Node | None, *codes: str) -> str:
    """REF02 of the first reference with one of `codes`."""
    found = node.first("REF", *codes) if node else None
    return found.get(2) if found else ""


def secondary_ids(fields: Fields, node: Node, without: tuple[str, ...] = ()) -> tuple[SecondaryId, ...]:
    """Every REF of a loop but those that have a field of their own; nothing is lost."""
    return tuple(
        secondary_id(fields, segment)
        for segment in node.segments
        if segment.id == "REF" and segment.get(1) not in without
    )


def secondary_id(fields: Fields, segment: Segment) -> SecondaryId:
    """One REF, with the payer of REF04."""
    whose = fields.parts(segment, 4) if segment.get(4) else []
    return SecondaryId(segment.get(1), segment.get(2), whose[1] if len(whose) > 1 else "")


def a_provider(fields: Fields, node: Node | None) -> Provider | None:
    """A provider with the numbers beside its NPI."""
    found = provider_of(node) if node else None
    if node is None or found is None:
        return None
    others = secondary_ids(fields, node, _TAX)
    return replace(found, secondary_ids=others) if others else found


def provider_called(fields: Fields, node: Node, loop: str, code: str = "") -> Provider | None:
    """The provider of the first loop `loop`, whose NM101 is `code` where given."""
    for child in node.children:
        if child.loop == loop and (not code or child.segments[0].get(1) == code):
            return a_provider(fields, child)
    return None


def a_person(fields: Fields, node: Node | None, without: tuple[str, ...] = ("Y4",)) -> Person | None:
    """A subscriber or patient with contact and the numbers beside the member's."""
    found = person_of(fields, node.first("NM1"), node) if node else None
    if node is None or found is None:
        return None
    others = secondary_ids(fields, node, without)
    contact = contact_of(node.all("PER"))
    return replace(found, secondary_ids=others, contact=contact) if others or contact else found


def a_payer(fields: Fields, node: Node | None, kinds: tuple[str, ...]) -> Payer | None:
    """A payer with those of its other numbers that are of `kinds`."""
    found = payer_of(node.first("NM1"), node) if node else None
    if node is None or found is None:
        return None
    others = tuple(item for item in secondary_ids(fields, node) if item.kind in kinds)
    return replace(found, secondary_ids=others) if others else found


def address_in(node: Node, loop: str) -> Address | None:
    """The address of a loop that has little else."""
    found = node.node(loop)
    return address_of(found) if found else None


def stop_in(node: Node, loop: str) -> Stop | None:
    """Where an ambulance left the patient."""
    found = node.node(loop)
    if found is None:
        return None
    return Stop(address=address_of(found) or Address(), name=found.segments[0].get(3))


def adjustments(fields: Fields, node: Node) -> tuple[Adjustment, ...]:
    """Every triple of the CAS segments, in their order (OpenEMR lost the second reason of a group)."""
    found = []
    for segment in node.all("CAS"):
        for place in range(2, len(segment.elements), 3):
            if segment.get(place) or segment.get(place + 1):
                amount = fields.amount(segment, place + 1, node.loop)
                quantity = fields.number(segment, place + 2, node.loop)
                found.append(Adjustment(segment.get(1), segment.get(place), amount, quantity))
    return tuple(found)


def attachments(node: Node) -> tuple[Attachment, ...]:
    """PWK."""
    return tuple(
        Attachment(report=segment.get(1), sent_by=segment.get(2), control_number=segment.get(6))
        for segment in node.all("PWK")
    )


def contract(fields: Fields, node: Node) -> Contract | None:
    """CN1."""
    found = node.first("CN1")
    if found is None:
        return None
    return Contract(
        kind=found.get(1),
        amount=fields.amount_or_none(found, 2, node.loop),
        percent=fields.number(found, 3, node.loop),
        code=found.get(4),
        discount_percent=fields.number(found, 5, node.loop),
        version=found.get(6),
    )


def ambulance(fields: Fields, node: Node) -> AmbulanceTransport | None:
    """CR1."""
    found = node.first("CR1")
    if found is None:
        return None
    return AmbulanceTransport(
        reason=found.get(4),
        distance=fields.number(found, 6, node.loop) or Decimal(0),
        patient_weight=fields.number(found, 2, node.loop),
        round_trip_purpose=found.get(9),
        stretcher_purpose=found.get(10),
    )


def conditions(node: Node) -> tuple[ConditionAnswer, ...]:
    """CRC."""
    return tuple(
        ConditionAnswer(
            category=segment.get(1),
            applies=segment.get(2) == "Y",
            codes=tuple(code for code in segment.elements[3:8] if code),
        )
        for segment in node.all("CRC")
    )


def repricing(fields: Fields, node: Node) -> Repricing | None:
    """HCP."""
    found = node.first("HCP")
    if found is None:
        return None
    return Repricing(
        method=found.get(1),
        allowed=fields.amount_or_none(found, 2, node.loop) or ZERO,
        savings=fields.amount_or_none(found, 3, node.loop),
        organization_id=found.get(4),
        rate=fields.number(found, 5, node.loop),
        group_code=found.get(6),
        group_amount=fields.amount_or_none(found, 7, node.loop),
        revenue_code=found.get(8),
        procedure_kind=found.get(9),
        procedure=found.get(10),
        unit=found.get(11),
        units=fields.number(found, 12, node.loop),
        reject_reason=found.get(13),
        compliance=found.get(14),
        exception=found.get(15),
    )


def file_information(node: Node) -> tuple[str, ...]:
    """K3."""
    return tuple(segment.get(1) for segment in node.all("K3"))


def forms(fields: Fields, node: Node) -> tuple[Form, ...]:
    """2440: LQ and the answers under it."""
    return tuple(
        Form(
            kind=child.segments[0].get(1),
            id=child.segments[0].get(2),
            answers=tuple(
                FormAnswer(
                    question=segment.get(1),
                    yes_no=segment.get(2),
                    text=segment.get(3),
                    on=fields.day(segment, 4, "2440"),
                    percent=fields.number(segment, 5, "2440"),
                )
                for segment in child.all("FRM")
            ),
        )
        for child in node.nodes("2440")
    )


def line_nodes(node: Node, service: str) -> list[Node]:
    """The 2400 loops of a claim, and a service (`service` is its segment) that has lost its LX as a line of its own."""
    found = node.nodes("2400")
    strays: list[Node] = []
    for place in (node, *node.children):
        if place.loop == "2400":
            continue
        line: Node | None = None
        for segment in place.segments:
            if segment.id == service:
                line = Node("2400", segment.position)
                strays.append(line)
            if line is not None:
                line.segments.append(segment)
    return sorted([*found, *strays], key=lambda line: line.position) if strays else found


def coded(fields: Fields, node: Node, *kinds: str) -> list[list[str]]:
    """The composites of all HI segments whose kind is one of `kinds`: [kind, code, …]."""
    found = []
    for segment in node.segments:
        if segment.id == "HI":
            for place in range(1, len(segment.elements)):
                parts = fields.parts(segment, place)
                if parts[0] in kinds and len(parts) > 1 and parts[1]:
                    found.append(parts)
    return found


def procedure(parts: list[str]) -> tuple[str, str, tuple[str, ...], str]:
    """A procedure composite: kind, code, modifiers, description."""
    padded = [*parts, *[""] * 7][:7]
    return padded[0], padded[1], tuple(part for part in padded[2:6] if part), padded[6]
