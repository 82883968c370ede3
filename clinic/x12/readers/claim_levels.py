"""What the three kinds of 837 share: partners, levels above a claim, other payers and what they did with a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from operator import attrgetter
from typing import Any, TypeVar

from clinic.x12 import values
from clinic.x12.envelope import Segment
from clinic.x12.reader import Node
from clinic.x12.readers.claim_details import (
    NO_PAYER,
    NO_PROVIDER,
    NO_SEGMENT,
    NOBODY,
    a_payer,
    a_person,
    a_provider,
    address_in,
    adjustments,
    amounts,
    dates,
    procedure,
    reference,
    secondary_ids,
)
from clinic.x12.readers.fields import Fields, contact_of
from clinic.x12.results.claim import OtherLinePayment, OtherPayer
from clinic.x12.results.claim_details import ProviderIds
from clinic.x12.results.claim_words import OTHER_PAYER_AMOUNTS
from clinic.x12.results.parties import Payer, Person, Provider, SecondaryId, TradingPartner

C = TypeVar("C")

PAYER_IDS = ("2U", "EI", "FY", "NF")
PLAN_IDS = ("2U", "FY", "NF", "EI")


@dataclass(frozen=True, slots=True)
class Levels:
    """What stands above claims: read once and shared by all claims of a subscriber or patient."""

    billing: Node
    subscriber: Node
    patient: Node | None
    billing_provider: Provider
    insured: Person
    payer: Payer
    billing_provider_ids: tuple[SecondaryId, ...]
    person: Person | None
    coverage: Segment
    relation: Segment

    @property
    def relationship(self) -> str:
        return self.relation.get(1) if self.patient else self.coverage.get(2) or "18"

    @property
    def property_casualty_number(self) -> str:
        own = reference(self.patient.node("2010CA"), "Y4") if self.patient else ""
        return own or reference(self.subscriber.node("2010BA"), "Y4")


def claims_of(fields: Fields, root: Node) -> Iterator[tuple[Levels, Node]]:
    """Every 2300 of a set with the levels above it; a subscriber's own claims come before those of dependents."""
    for billing in root.nodes("2000A"):
        provider = _billing_provider(fields, billing)
        for subscriber in billing.nodes("2000B"):
            payer = subscriber.node("2010BB")
            levels = Levels(
                billing=billing,
                subscriber=subscriber,
                patient=None,
                billing_provider=provider,
                insured=a_person(fields, subscriber.node("2010BA")) or NOBODY,
                payer=a_payer(fields, payer, PAYER_IDS) or NO_PAYER,
                billing_provider_ids=secondary_ids(fields, payer, PAYER_IDS) if payer else (),
                person=None,
                coverage=subscriber.first("SBR") or NO_SEGMENT,
                relation=subscriber.first("PAT") or NO_SEGMENT,
            )
            for claim in subscriber.nodes("2300"):
                yield levels, claim
            for patient in subscriber.nodes("2000C"):
                of_patient = replace(
                    levels,
                    patient=patient,
                    person=a_person(fields, patient.node("2010CA")),
                    relation=patient.first("PAT") or NO_SEGMENT,
                )
                for claim in patient.nodes("2300"):
                    yield of_patient, claim


def in_file_order(claims: Iterable[C]) -> tuple[C, ...]:
    """Claims as they stand in the file, whatever the level they were found at."""
    return tuple(sorted(claims, key=attrgetter("position")))


def batch_fields(fields: Fields, root: Node) -> dict[str, Any]:
    """What every batch says but its claims. Read the claims first: `findings` are whole only then."""
    opened = fields.opened
    start = root.first("BHT") or NO_SEGMENT
    return {
        "control_number": opened.control_number,
        "reference": start.get(3),
        "created_at": values.wall_clock(start.get(4), start.get(5)),
        "submitter": partner(root.node("1000A")),
        "receiver": partner(root.node("1000B")),
        "purpose": start.get(2) or "00",
        "contents": start.get(6) or "CH",
        "envelope": opened.envelope,
        "findings": fields.findings(),
        "position": opened.position,
    }


def level_fields(fields: Fields, levels: Levels) -> dict[str, Any]:
    """What a claim takes from the levels above it, in any of the three kinds."""
    coverage = levels.coverage
    return {
        "billing_provider": levels.billing_provider,
        "pay_to_address": address_in(levels.billing, "2010AB"),
        "pay_to_plan": a_payer(fields, levels.billing.node("2010AC"), PLAN_IDS),
        "subscriber": levels.insured,
        "payer": levels.payer,
        "patient": levels.person,
        "relationship": levels.relationship,
        "property_casualty_number": levels.property_casualty_number,
        "sequence": coverage.get(1),
        "group_number": coverage.get(3),
        "plan_name": coverage.get(4),
        "filing_code": coverage.get(9),
    }


def partner(node: Node | None) -> TradingPartner:
    """1000A or 1000B."""
    name = node.first("NM1") if node else None
    if node is None or name is None:
        return TradingPartner(name="", id="")
    return TradingPartner(
        name=name.get(3),
        id=name.get(9),
        contact=contact_of(node.all("PER")),
        first_name=name.get(4),
        middle_name=name.get(5),
        is_person=name.get(2) == "1",
    )


def _billing_provider(fields: Fields, billing: Node) -> Provider:
    """Its PRV stands beside its loop, in 2000A."""
    found = a_provider(fields, billing.node("2010AA")) or NO_PROVIDER
    taxonomy = billing.first("PRV")
    return replace(found, taxonomy=taxonomy.get(3)) if taxonomy else found


def other_payer(fields: Fields, node: Node) -> OtherPayer:
    """2320 with its 2330 loops."""
    coverage = node.segments[0]
    consent = node.first("OI") or NO_SEGMENT
    payer = node.node("2330B")
    outcome = node.first("MOA") or NO_SEGMENT
    money = amounts(fields, node, OTHER_PAYER_AMOUNTS)
    return OtherPayer(
        payer=a_payer(fields, payer, PAYER_IDS) or NO_PAYER,
        subscriber=a_person(fields, node.node("2330A"), ()) or NOBODY,
        sequence=coverage.get(1),
        relationship=coverage.get(2),
        group_number=coverage.get(3),
        plan_name=coverage.get(4),
        insurance_type=coverage.get(5),
        filing_code=coverage.get(9),
        amount_paid=money.get("amount_paid"),
        non_covered=money.get("non_covered"),
        patient_liability=money.get("patient_liability"),
        adjustments=adjustments(fields, node),
        benefits_assigned=consent.get(3),
        patient_signature_source=consent.get(4),
        release_of_information=consent.get(6),
        claim_control_number=reference(payer, "F8"),
        prior_authorization=reference(payer, "G1"),
        referral_number=reference(payer, "9F"),
        adjusted_before=reference(payer, "T4") == "Y",
        paid_on=dates(fields, payer, {"573": "paid_on"}).get("paid_on") if payer else None,
        remarks=tuple(code for code in outcome.elements[3:8] if code),
        reimbursement_rate=fields.number(outcome, 1, "2320"),
        hcpcs_payable=fields.amount_or_none(outcome, 2, "2320"),
        esrd_paid=fields.amount_or_none(outcome, 8, "2320"),
        professional_component=fields.amount_or_none(outcome, 9, "2320"),
        providers=tuple(
            ProviderIds(
                role=child.segments[0].get(1),
                is_person=child.segments[0].get(2) == "1",
                ids=secondary_ids(fields, child),
            )
            for child in node.children
            if child.loop not in ("2330A", "2330B")
        ),
    )


def line_payment(fields: Fields, node: Node) -> OtherLinePayment:
    """2430."""
    first = node.segments[0]
    kind, code, modifiers, description = procedure(fields.parts(first, 3))
    return OtherLinePayment(
        payer_id=first.get(1),
        amount_paid=fields.amount(first, 2, "2430"),
        procedure_kind=kind or "HC",
        procedure=code,
        modifiers=modifiers,
        description=description,
        units=fields.number(first, 5, "2430") or Decimal(0),
        bundled_into=fields.count(first, 6),
        adjustments=adjustments(fields, node),
        paid_on=dates(fields, node, {"573": "paid_on"}).get("paid_on"),
        patient_liability=amounts(fields, node, OTHER_PAYER_AMOUNTS).get("patient_liability"),
    )
