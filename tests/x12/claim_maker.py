"""Claims of every kind that a professional 837 can carry, from a random source: the same seed makes the same claims.

What a claim has beside its lines is drawn piece by piece, so any mix of loops comes up. Values keep to the guide: the
oracles must have nothing to say.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from random import Random

from clinic.x12 import (
    Adjustment,
    Claim,
    ConditionAnswer,
    OtherLinePayment,
    OtherPayer,
    Payer,
    Person,
    Provider,
    ProviderIds,
    SecondaryId,
    ServiceLine,
    SpinalManipulation,
)
from clinic.x12.results import claim_words
from tests.x12 import samples
from tests.x12.claim_pieces import (
    FIRST,
    LAST,
    a_billing_provider,
    a_certification,
    a_contact,
    a_contract,
    a_day,
    a_doctor,
    a_facility,
    a_form,
    a_measurement,
    a_number,
    a_patient,
    a_pay_to_plan,
    a_payer,
    a_purchase,
    a_rendering_provider,
    a_repricing,
    a_ride,
    a_stop,
    a_subscriber,
    a_weight,
    an_address,
    an_attachment,
    maybe,
    money,
    pointers,
    ride_conditions,
    several,
    some_days,
    some_equipment,
    some_ids,
    some_numbers,
    without_contact,
)

_NPIS = [samples.NPI, "1987654328", "1245319599"]
_ICD = ["J069", "R05", "E119", "I10", "M545", "F329", "K219", "N390", "R109", "Z0000", "E785", "J45909"]
_PROCEDURES = ["99213", "99214", "87880", "36415", "J1100", "E0570", "A0428", "98940", "97110"]


def make_claims(seed: int, count: int) -> list[Claim]:
    """`count` claims whose totals and proofs agree (C7), each with its own control number."""
    draw = Random(seed)
    return [make_claim(draw, f"G{seed}-{number}") for number in range(1, count + 1)]


def make_claim(draw: Random, control_number: str = "1042-1") -> Claim:
    """One claim: one to four lines, and each situational part with a chance of its own."""
    patient = maybe(draw, a_patient, 0.4)
    others = _other_payers(draw)
    lines = tuple(_line(draw, number, others) for number in range(1, draw.randint(1, 4) + 1))
    diagnoses = draw.sample(_ICD, draw.randint(1, 12))
    lines = tuple(replace(line, pointers=pointers(draw, len(diagnoses))) for line in lines)
    group = maybe(draw, a_number, 0.5) or ""
    claim = Claim(
        control_number=control_number,
        amount_billed=sum((line.amount_billed for line in lines), Decimal("0.00")),
        place_of_service=draw.choice(["11", "22", "41", "10"]),
        frequency=draw.choice(["1", "1", "7", "8"]),
        billing_provider=a_billing_provider(draw),
        subscriber=a_subscriber(draw),
        patient=patient,
        relationship=draw.choice(["01", "19", "20", "G8"]) if patient else "18",
        payer=a_payer(draw),
        sequence="PST"[len(others)],
        group_number=group,
        plan_name="" if group else draw.choice(["", "GOLD PLAN"]),
        insurance_type="12" if others and draw.random() < 0.3 else "",
        filing_code=draw.choice(["CI", "MB", "BL", "WC"]),
        diagnoses=tuple(diagnoses),
        lines=lines,
        other_payers=others,
    )
    claim = replace(claim, **some_numbers(draw, claim_words.CLAIM_REFERENCES))  # type: ignore[arg-type]
    claim = replace(
        claim,
        payer_control_number=a_number(draw) if claim.frequency != "1" else "",
        **some_days(draw, {**claim_words.CLAIM_DATES, **claim_words.LATER_CLAIM_DATES}),  # type: ignore[arg-type]
    )
    return _providers_of(draw, _clinical(draw, _administrative(draw, claim)))


def _administrative(draw: Random, claim: Claim) -> Claim:
    accident = draw.random() < 0.2
    start = a_day(draw)
    end = start + timedelta(days=draw.randint(0, 20))
    return replace(
        claim,
        provider_signature=draw.choice("YN"),
        accepts_assignment=draw.choice("ABC"),
        benefits_assigned=draw.choice("YNW"),
        release_of_information=draw.choice("IY"),
        patient_signature_source=draw.choice(["", "P"]),
        accident_causes=tuple(draw.sample(["AA", "EM", "OA"], draw.randint(1, 2))) if accident else (),
        accident_state="OH" if accident else "",
        accident_on=a_day(draw) if accident else None,
        special_program=draw.choice(["", "", "02", "03", "05", "09"]),
        delay_reason=draw.choice(["", "", "1", "11"]),
        currency=draw.choice(["", "", "CAD"]),
        pay_to_address=maybe(draw, an_address, 0.2),
        pay_to_plan=maybe(draw, a_pay_to_plan, 0.1),
        billing_provider_ids=some_ids(draw, ["G2", "LU"], 0.2),
        property_casualty_number=maybe(draw, a_number, 0.2) or "",
        patient_died_on=maybe(draw, a_day, 0.1),
        patient_weight=maybe(draw, a_weight, 0.1),
        patient_pregnant=draw.random() < 0.1,
        disability_from=draw.choice([None, start]),
        disability_to=draw.choice([None, end]),
        attachments=several(draw, an_attachment, 3),
        contract=maybe(draw, a_contract, 0.15),
        patient_paid=maybe(draw, money, 0.3),
        file_information=several(draw, lambda random: f"STATE LINE {random.randint(1, 99)}", 2),
        note=draw.choice(["", "SEEN WITH MOTHER"]),
        repricing=maybe(draw, a_repricing, 0.1),
    )


def _clinical(draw: Random, claim: Claim) -> Claim:
    spine = SpinalManipulation(condition="A", description="LOW BACK PAIN", more_description="SINCE MONDAY")
    rides = (
        *ride_conditions(draw),
        maybe(draw, lambda random: ConditionAnswer(category="E1", applies=True, codes=("L1", "L3")), 0.1),
        maybe(draw, lambda random: ConditionAnswer(category="75", applies=True, codes=("IH",)), 0.1),
        maybe(draw, lambda random: ConditionAnswer(category="ZZ", applies=True, codes=("AV", "ST")), 0.1),
    )
    return replace(
        claim,
        note_kind=draw.choice(["ADD", "CER", "DCP", "DGN", "TPO"]) if claim.note else "ADD",
        ambulance=maybe(draw, a_ride, 0.15),
        spinal_manipulation=draw.choice([None, None, None, spine]),
        conditions=tuple(item for item in rides if item),
        anesthesia_procedures=draw.choice([(), (), ("00740",), ("00740", "00810")]),
        condition_codes=several(draw, lambda random: random.choice(["17", "A1", "G0"]), 14, 0.15),
        ambulance_pick_up=maybe(draw, an_address, 0.1),
        ambulance_drop_off=maybe(draw, a_stop, 0.1),
    )


def _providers_of(draw: Random, claim: Claim) -> Claim:
    return replace(
        claim,
        referring_provider=maybe(draw, a_doctor, 0.3),
        primary_care_provider=maybe(draw, a_doctor, 0.1),
        rendering_provider=maybe(draw, a_rendering_provider, 0.6),
        supervising_provider=maybe(draw, a_doctor, 0.15),
        facility=maybe(draw, a_facility, 0.2),
    )


def _line(draw: Random, number: int, others: tuple[OtherPayer, ...]) -> ServiceLine:
    start = a_day(draw)
    billed = money(draw)
    line = ServiceLine(
        procedure=draw.choice(_PROCEDURES),
        modifiers=tuple(draw.sample(["25", "59", "LT", "RT", "GA"], draw.randint(0, 4))),
        description=draw.choice(["", "LOCAL DRUG"]),
        amount_billed=billed,
        service_from=start,
        service_to=draw.choice([None, start + timedelta(days=2)]),
        units=draw.choice([Decimal(1), Decimal(3), Decimal("1.5")]),
        unit=draw.choice(["UN", "UN", "MJ"]),
        place_of_service=draw.choice(["", "11", "22"]),
        emergency=draw.random() < 0.1,
        epsdt=draw.random() < 0.1,
        family_planning=draw.random() < 0.1,
        copay_exempt=draw.random() < 0.1,
        other_payments=tuple(_payment(draw, other, billed) for other in others if draw.random() < 0.8),
        **some_numbers(  # type: ignore[arg-type]
            draw,
            {
                **claim_words.LINE_REFERENCES_BEFORE_AUTHORIZATION,
                **claim_words.LINE_REFERENCES_BEFORE_REFERRAL,
                "G1": "prior_authorization",
                "9F": "referral_number",
            },
        ),
        **some_days(draw, claim_words.LINE_DATES),  # type: ignore[arg-type]
    )
    return _line_providers(draw, _line_details(draw, replace(line, control_number=f"L{number}")))


def _line_details(draw: Random, line: ServiceLine) -> ServiceLine:
    rides = (
        *ride_conditions(draw),
        maybe(draw, lambda random: ConditionAnswer(category="70", applies=True, codes=("65",)), 0.1),
        maybe(draw, lambda random: ConditionAnswer(category="09", applies=False, codes=("38", "ZV")), 0.1),
    )
    further = tuple(
        SecondaryId(kind, a_number(draw), samples.PAYER.id) for kind in ("G1", "9F") if draw.random() < 0.15
    )
    line = replace(
        line,
        equipment=maybe(draw, lambda random: some_equipment(random, line.procedure), 0.1),
        equipment_certification=maybe(draw, a_certification, 0.1),
        attachments=several(draw, an_attachment, 2),
        ambulance=maybe(draw, a_ride, 0.1),
        conditions=tuple(item for item in rides if item),
        ambulance_patients=maybe(draw, lambda random: Decimal(random.randint(2, 4)), 0.1),
        obstetric_units=maybe(draw, lambda random: Decimal(random.randint(1, 9)), 0.1),
        measurements=several(draw, a_measurement, 2),
        contract=maybe(draw, a_contract, 0.1),
        further_references=further,
        sales_tax=maybe(draw, money, 0.1),
        postage=maybe(draw, money, 0.1),
        file_information=several(draw, lambda random: f"LINE {random.randint(1, 99)}", 2),
        third_party_note=draw.choice(["", "", "PRICED BY RULE 7"]),
        repricing=maybe(draw, a_repricing, 0.1),
        purchased_service=maybe(draw, a_purchase, 0.1),
        forms=several(draw, a_form, 2, 0.1),
    )
    if draw.random() < 0.3:
        line = replace(line, note="HALF VIAL", note_kind=draw.choice(["ADD", "DCP"]))
    return _drug(draw, line) if draw.random() < 0.3 else line


def _drug(draw: Random, line: ServiceLine) -> ServiceLine:
    link = draw.choice(["", "prescription_number", "drug_link_number"])
    line = replace(
        line,
        ndc="00054123401",
        ndc_units=draw.choice([Decimal(1), Decimal("1.5")]),
        ndc_unit=draw.choice(["ML", "UN", "GR", "ME", "F2"]),
    )
    return replace(line, **{link: a_number(draw)}) if link else line  # type: ignore[arg-type]


def _line_providers(draw: Random, line: ServiceLine) -> ServiceLine:
    bought = Provider(last_name="", is_person=False, npi=draw.choice(_NPIS))
    ordering = maybe(draw, a_doctor, 0.15)
    if ordering is not None:
        ordering = replace(
            ordering, address=draw.choice([None, an_address(draw)]), contact=maybe(draw, a_contact, 0.5)
        )
    return replace(
        line,
        rendering_provider=maybe(draw, a_rendering_provider, 0.2),
        purchased_from=bought if line.purchased_service else None,
        facility=without_contact(maybe(draw, a_facility, 0.1)),
        supervising_provider=maybe(draw, a_doctor, 0.1),
        ordering_provider=ordering,
        referring_provider=maybe(draw, a_doctor, 0.1),
        primary_care_provider=maybe(draw, a_doctor, 0.05),
        ambulance_pick_up=maybe(draw, an_address, 0.05),
        ambulance_drop_off=maybe(draw, a_stop, 0.05),
    )


def _other_payers(draw: Random) -> tuple[OtherPayer, ...]:
    return tuple(_other_payer(draw, place) for place in range(draw.choice([0, 0, 0, 1, 1, 2])))


def _other_payer(draw: Random, place: int) -> OtherPayer:
    paid_here = draw.random() < 0.5
    return OtherPayer(
        payer=Payer(
            name="OTHER EXAMPLE PLAN",
            id=f"OTHER{place}",
            address=maybe(draw, an_address, 0.3),
            secondary_ids=some_ids(draw, ["2U", "NF"], 0.2),
        ),
        # 2330A has no place for birth date and sex.
        subscriber=Person(
            last_name=draw.choice(LAST),
            first_name=draw.choice(FIRST),
            member_id=a_number(draw),
            address=maybe(draw, an_address, 0.5),
            secondary_ids=(SecondaryId("SY", "900110001"),) if draw.random() < 0.2 else (),
        ),
        sequence="PS"[place],
        relationship=draw.choice(["18", "01", "19"]),
        group_number=maybe(draw, a_number, 0.4) or "",
        insurance_type=draw.choice(["", "", "47"]),
        filing_code=draw.choice(["CI", "MB"]),
        amount_paid=money(draw),
        non_covered=maybe(draw, money, 0.1),
        patient_liability=maybe(draw, money, 0.3),
        adjustments=_adjustments(draw, Decimal("20.00")) if paid_here else (),
        benefits_assigned=draw.choice("YNW"),
        release_of_information=draw.choice("IY"),
        patient_signature_source=draw.choice(["", "P"]),
        remarks=draw.choice([(), ("MA01",), ("MA01", "MA18")]),
        reimbursement_rate=maybe(draw, lambda random: Decimal("0.8"), 0.1),
        hcpcs_payable=maybe(draw, money, 0.1),
        esrd_paid=maybe(draw, money, 0.05),
        professional_component=maybe(draw, money, 0.05),
        prior_authorization=maybe(draw, a_number, 0.2) or "",
        referral_number=maybe(draw, a_number, 0.2) or "",
        adjusted_before=draw.random() < 0.1,
        claim_control_number=maybe(draw, a_number, 0.7) or "",
        paid_on=maybe(draw, a_day, 0.3),
        providers=_several_roles(draw),
    )


def _several_roles(draw: Random) -> tuple[ProviderIds, ...]:
    kinds = {"DN": True, "P3": True, "82": True, "77": False, "DQ": True, "85": False}
    return tuple(
        ProviderIds(role=role, is_person=person, ids=(SecondaryId("G2", a_number(draw)),))
        for role, person in kinds.items()
        if draw.random() < 0.1
    )


def _payment(draw: Random, other: OtherPayer, billed: Decimal) -> OtherLinePayment:
    """What the other payer did; its proof is billed = paid + adjusted (C7)."""
    paid = (billed * draw.randint(0, 100) / 100).quantize(Decimal("0.01"))
    return OtherLinePayment(
        payer_id=other.payer.id,
        amount_paid=paid,
        procedure=draw.choice(_PROCEDURES),
        modifiers=tuple(draw.sample(["25", "59"], draw.randint(0, 2))),
        units=Decimal(draw.randint(1, 4)),
        bundled_into=draw.choice([0, 0, 1]),
        adjustments=_adjustments(draw, billed - paid),
        paid_on=a_day(draw),
        patient_liability=maybe(draw, money, 0.3),
    )


def _adjustments(draw: Random, total: Decimal) -> tuple[Adjustment, ...]:
    """Several reasons in one group and several groups, up to `total`."""
    if not total:
        return ()
    reasons = [("CO", "45"), ("CO", "253"), ("OA", "23"), ("PR", "1"), ("PR", "2"), ("PR", "3")]
    chosen = sorted(draw.sample(reasons, draw.randint(1, 6)))
    part = (total / len(chosen)).quantize(Decimal("0.01"))
    amounts = [part] * (len(chosen) - 1)
    amounts.append(total - sum(amounts, Decimal("0.00")))
    return tuple(
        Adjustment(group, reason, amount, Decimal(1) if draw.random() < 0.1 else None)
        for (group, reason), amount in zip(chosen, amounts, strict=True)
    )
