"""What x12sdk 2.2.0 refuses although the guide of the 837P has it: claims are shown to it without these parts.

Seen one by one with 2,000 made claims. All of it stays in the claims that pyx12 and our own checks judge.
"""

from __future__ import annotations

from dataclasses import replace

from clinic.x12 import Claim, OtherPayer, Payer, Person, Provider, ServiceLine


def as_x12sdk_can_read(claim: Claim) -> Claim:
    """The same claim without what x12sdk has no model for."""
    return replace(
        claim,
        subscriber=_of_known_sex(claim.subscriber),
        patient=_of_known_sex(claim.patient) if claim.patient else None,
        pay_to_plan=_without_number(claim.pay_to_plan) if claim.pay_to_plan else None,
        # It takes a single 2310A, and a provider's number in 2310D for another name.
        primary_care_provider=None if claim.referring_provider else claim.primary_care_provider,
        supervising_provider=_without_numbers(claim.supervising_provider),
        other_payers=tuple(_other_payer(other) for other in claim.other_payers),
        lines=tuple(_line(line) for line in claim.lines),
    )


def _of_known_sex(person: Person) -> Person:
    """DMG03 U."""
    return replace(person, sex="F") if person.sex == "U" else person


def _without_number(plan: Payer) -> Payer:
    """REF*2U in 2010AC."""
    return replace(plan, secondary_ids=plan.secondary_ids[-1:])


def _without_numbers(provider: Provider | None) -> Provider | None:
    return replace(provider, secondary_ids=()) if provider else None


def _other_payer(other: OtherPayer) -> OtherPayer:
    """OI03 W, and providers of 2330C to G, for whom it asks a name that the guide forbids."""
    assigned = "N" if other.benefits_assigned == "W" else other.benefits_assigned
    return replace(other, benefits_assigned=assigned, providers=())


def _line(line: ServiceLine) -> ServiceLine:
    """REF04; CRC*07; CN1 with more than a kind; names in 2420B, G and H, which have none or may have none. Of two 2430 or
    2420F it forgets one, and then finds SE01 wrong."""
    return replace(
        line,
        further_references=(),
        other_payments=line.other_payments[:1],
        primary_care_provider=None if line.referring_provider else line.primary_care_provider,
        conditions=tuple(item for item in line.conditions if item.category != "07"),
        contract=None,
        purchased_from=None,
        ambulance_pick_up=None,
        ambulance_drop_off=line.ambulance_drop_off
        if line.ambulance_drop_off and line.ambulance_drop_off.name
        else None,
    )
