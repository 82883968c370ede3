"""837P into batches of claims."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from clinic.x12 import values
from clinic.x12.envelope import Segment, Source, raw_text
from clinic.x12.guides import PROFESSIONAL_CLAIM
from clinic.x12.reader import Node
from clinic.x12.readers.fields import (
    Fields,
    address_of,
    contact_of,
    payer_of,
    person_of,
    provider_of,
)
from clinic.x12.results.adjustment import Adjustment
from clinic.x12.results.claim import Claim, ClaimBatch, OtherLinePayment, OtherPayer, ServiceLine
from clinic.x12.results.parties import Payer, Person, Provider, TradingPartner
from clinic.x12.sets import OpenSet, SetReader

_NOBODY = Person(last_name="")
_NO_PAYER = Payer(name="")
_NO_PROVIDER = Provider(last_name="")
_NO_SEGMENT = Segment("", (), 0)


def read_837p(source: Source) -> tuple[ClaimBatch, ...]:
    """One batch per 837P set of the file; other sets are passed over. Raises X12Error where it is no X12."""
    reader = SetReader(source)
    batches = [_batch(opened) for opened in reader if opened.kind == "837P"]
    return tuple(batches)


def _batch(opened: OpenSet) -> ClaimBatch:
    fields = Fields(opened, PROFESSIONAL_CLAIM)
    root = fields.read_all()
    start = root.first("BHT") or _NO_SEGMENT
    claims = []
    for billing in root.nodes("2000A"):
        for subscriber in billing.nodes("2000B"):
            claims += [_claim(fields, billing, subscriber, None, node) for node in subscriber.nodes("2300")]
            for patient in subscriber.nodes("2000C"):
                claims += [
                    _claim(fields, billing, subscriber, patient, node) for node in patient.nodes("2300")
                ]
    claims.sort(key=lambda claim: claim.position)
    return ClaimBatch(
        control_number=opened.control_number,
        reference=start.get(3),
        created_at=values.wall_clock(start.get(4), start.get(5)),
        submitter=_partner(root.node("1000A")),
        receiver=_partner(root.node("1000B")),
        claims=tuple(claims),
        purpose=start.get(2) or "00",
        envelope=opened.envelope,
        findings=fields.findings(),
        position=opened.position,
    )


def _partner(node: Node | None) -> TradingPartner:
    name = node.first("NM1") if node else None
    if node is None or name is None:
        return TradingPartner(name="", id="")
    return TradingPartner(name=name.get(3), id=name.get(9), contact=contact_of(node.all("PER")))


def _claim(fields: Fields, billing: Node, subscriber: Node, patient: Node | None, node: Node) -> Claim:
    first = node.segments[0]
    coverage = subscriber.first("SBR") or _NO_SEGMENT
    place = fields.parts(first, 5)
    causes = fields.parts(first, 11)
    insured = subscriber.node("2010BA")
    payer = subscriber.node("2010BB")
    person = patient.node("2010CA") if patient else None
    relation = patient.first("PAT") if patient else None
    paid = node.first("AMT", "F5")
    note = node.first("NTE")
    provider = billing.node("2010AA")
    pay_to = billing.node("2010AB")
    return Claim(
        control_number=first.get(1),
        amount_billed=fields.amount(first, 2, "2300"),
        place_of_service=place[0],
        frequency=place[2] if len(place) > 2 else "",
        billing_provider=_with_taxonomy(provider_of(provider) if provider else None, billing),
        subscriber=_person(fields, insured) or _NOBODY,
        payer=(payer_of(payer.first("NM1"), payer) if payer else None) or _NO_PAYER,
        lines=tuple(_line(fields, child) for child in node.nodes("2400")),
        diagnoses=_diagnoses(fields, node),
        patient=_person(fields, person),
        relationship=relation.get(1) if relation else coverage.get(2) or "18",
        sequence=coverage.get(1),
        group_number=coverage.get(3),
        plan_name=coverage.get(4),
        insurance_type=coverage.get(5),
        filing_code=coverage.get(9),
        provider_signature=first.get(6),
        accepts_assignment=first.get(7),
        benefits_assigned=first.get(8),
        release_of_information=first.get(9),
        pay_to_address=address_of(pay_to) if pay_to else None,
        payer_control_number=_reference(node, "F8"),
        prior_authorization=_reference(node, "G1"),
        referral_number=_reference(node, "9F"),
        clia_number=_reference(node, "X4"),
        patient_paid=fields.amount_or_none(paid, 2, "2300") if paid else None,
        accident_causes=tuple(part for part in causes[:2] if part),
        accident_state=causes[3] if len(causes) > 3 else "",
        accident_on=_date(fields, node, "439"),
        onset_on=_date(fields, node, "431"),
        admitted_on=_date(fields, node, "435"),
        note=note.get(2) if note else "",
        referring_provider=_provider(node, "2310A"),
        rendering_provider=_provider(node, "2310B"),
        supervising_provider=_provider(node, "2310D"),
        facility=_provider(node, "2310C"),
        other_payers=tuple(_other_payer(fields, child) for child in node.nodes("2320")),
        position=first.position,
        raw=raw_text(node.everything(), fields.opened.delimiters),
    )


def _person(fields: Fields, node: Node | None) -> Person | None:
    return person_of(fields, node.first("NM1"), node) if node else None


def _provider(node: Node, loop: str) -> Provider | None:
    found = node.node(loop)
    return provider_of(found) if found else None


def _with_taxonomy(provider: Provider | None, billing: Node) -> Provider:
    """The billing provider's PRV stands beside its loop, in 2000A."""
    if provider is None:
        return _NO_PROVIDER
    found = billing.first("PRV")
    if found is None:
        return provider
    return replace(provider, taxonomy=found.get(3))


def _reference(node: Node, code: str) -> str:
    found = node.first("REF", code)
    return found.get(2) if found else ""


def _date(fields: Fields, node: Node, code: str) -> date | None:
    return fields.days(node.first("DTP", code), node.loop)[0]


def _diagnoses(fields: Fields, node: Node) -> tuple[str, ...]:
    found = []
    for segment in node.all("HI"):
        for place in range(1, len(segment.elements)):
            kind, _, code = segment.get(place).partition(fields.component)
            if kind in ("ABK", "BK", "ABF", "BF") and code:
                found.append(code.split(fields.component)[0])
    return tuple(found)


def _line(fields: Fields, node: Node) -> ServiceLine:
    service = node.first("SV1") or Segment("SV1", ("SV1",), node.position)
    code = fields.parts(service, 1)
    pointers = [
        int(part) for part in fields.parts(service, 7) if part.isascii() and part.isdigit() and len(part) < 3
    ]
    start, end = fields.days(node.first("DTP", "472"), "2400")
    note = node.first("NTE")
    drug = node.node("2410")
    named = drug.first("LIN") if drug else None
    dose = drug.first("CTP") if drug else None
    return ServiceLine(
        procedure=code[1] if len(code) > 1 else "",
        modifiers=tuple(part for part in code[2:6] if part),
        description=code[6] if len(code) > 6 else "",
        amount_billed=fields.amount(service, 2, "2400"),
        unit=service.get(3),
        units=fields.number(service, 4, "2400") or Decimal(0),
        place_of_service=service.get(5),
        pointers=tuple(pointers),
        emergency=service.get(9) == "Y",
        service_from=start,
        service_to=end,
        control_number=_reference(node, "6R"),
        prior_authorization=_reference(node, "G1"),
        ndc=named.get(3) if named else "",
        ndc_units=fields.number(dose, 4, "2410") if dose else None,
        ndc_unit=fields.parts(dose, 5)[0] if dose else "",
        note=note.get(2) if note else "",
        rendering_provider=_provider(node, "2420A"),
        other_payments=tuple(_line_payment(fields, child) for child in node.nodes("2430")),
        number=fields.count(node.segments[0], 1),
        position=node.position,
    )


def _adjustments(fields: Fields, node: Node) -> tuple[Adjustment, ...]:
    found = []
    for segment in node.all("CAS"):
        for place in range(2, len(segment.elements), 3):
            if segment.get(place) or segment.get(place + 1):
                amount = fields.amount(segment, place + 1, node.loop)
                quantity = fields.number(segment, place + 2, node.loop)
                found.append(Adjustment(segment.get(1), segment.get(place), amount, quantity))
    return tuple(found)


def _amount(fields: Fields, node: Node, code: str) -> Decimal | None:
    found = node.first("AMT", code)
    return fields.amount_or_none(found, 2, node.loop) if found else None


def _other_payer(fields: Fields, node: Node) -> OtherPayer:
    coverage = node.segments[0]
    consent = node.first("OI") or _NO_SEGMENT
    insured, payer = node.node("2330A"), node.node("2330B")
    remarks = node.first("MOA")
    return OtherPayer(
        payer=(payer_of(payer.first("NM1"), payer) if payer else None) or _NO_PAYER,
        subscriber=_person(fields, insured) or _NOBODY,
        sequence=coverage.get(1),
        relationship=coverage.get(2),
        group_number=coverage.get(3),
        plan_name=coverage.get(4),
        insurance_type=coverage.get(5),
        filing_code=coverage.get(9),
        amount_paid=_amount(fields, node, "D"),
        patient_liability=_amount(fields, node, "EAF"),
        adjustments=_adjustments(fields, node),
        benefits_assigned=consent.get(3),
        release_of_information=consent.get(6),
        claim_control_number=_reference(payer, "F8") if payer else "",
        paid_on=_date(fields, payer, "573") if payer else None,
        remarks=tuple(code for code in remarks.elements[3:8] if code) if remarks else (),
    )


def _line_payment(fields: Fields, node: Node) -> OtherLinePayment:
    first = node.segments[0]
    code = fields.parts(first, 3)
    return OtherLinePayment(
        payer_id=first.get(1),
        amount_paid=fields.amount(first, 2, "2430"),
        procedure=code[1] if len(code) > 1 else "",
        modifiers=tuple(part for part in code[2:6] if part),
        units=fields.number(first, 5, "2430") or Decimal(0),
        adjustments=_adjustments(fields, node),
        paid_on=_date(fields, node, "573"),
        patient_liability=_amount(fields, node, "EAF"),
    )
