"""The pieces of a made claim: people, places, numbers and the small parts, each from a random source."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random
from typing import TypeVar

from clinic.x12 import (
    Address,
    AmbulanceTransport,
    Attachment,
    ConditionAnswer,
    Contact,
    Contract,
    Equipment,
    EquipmentCertification,
    Form,
    FormAnswer,
    Measurement,
    Payer,
    Person,
    Provider,
    PurchasedService,
    Repricing,
    SecondaryId,
    Stop,
)
from tests.x12 import samples

Thing = TypeVar("Thing")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
FIRST = ["JANE", "TIM", "UMA", "IDA", "OLE", "ANNA", "MARIE-LOU", "O'NEIL"]
LAST = ["DOE", "ROWE", "POE", "SMITHSON", "VAN DER BERG", "LI", "ST. JOHN"]
_CITIES = [("COLUMBUS", "OH", "432150001"), ("ALBANY", "NY", "122070001"), ("MESA", "AZ", "852010001")]
_NPIS = [samples.NPI, "1987654328", "1245319599"]


def ride_conditions(draw: Random) -> tuple[ConditionAnswer | None, ...]:
    codes = tuple(draw.sample(["01", "04", "05", "06", "07", "08", "09", "12"], draw.randint(1, 5)))
    return (maybe(draw, lambda random: ConditionAnswer(category="07", applies=True, codes=codes), 0.15),)


def a_ride(draw: Random) -> AmbulanceTransport:
    return AmbulanceTransport(
        reason=draw.choice("ABCDE"),
        distance=Decimal(draw.randint(1, 90)),
        patient_weight=draw.choice([None, Decimal(140)]),
        round_trip_purpose=draw.choice(["", "DIALYSIS"]),
        stretcher_purpose=draw.choice(["", "UNCONSCIOUS"]),
    )


def a_contract(draw: Random) -> Contract:
    return Contract(
        kind=draw.choice(["02", "03", "05", "09"]),
        amount=maybe(draw, money, 0.5),
        percent=draw.choice([None, Decimal("12.5")]),
        code=draw.choice(["", "K7"]),
        discount_percent=draw.choice([None, Decimal(2)]),
        version=draw.choice(["", "1"]),
    )


def a_repricing(draw: Random) -> Repricing:
    return Repricing(
        method=draw.choice(["01", "03", "07"]),
        allowed=money(draw),
        savings=maybe(draw, money, 0.5),
        organization_id=draw.choice(["", "333001234"]),
        rate=draw.choice([None, Decimal("0.85")]),
        reject_reason=draw.choice(["", "T1"]),
        compliance=draw.choice(["", "2"]),
        exception=draw.choice(["", "4"]),
    )


def an_attachment(draw: Random) -> Attachment:
    way = draw.choice(["AA", "EL", "FX", "BM"])
    number = "" if way == "AA" else a_number(draw)
    return Attachment(report=draw.choice(["OZ", "B4", "CT", "03"]), sent_by=way, control_number=number)


def some_equipment(draw: Random, procedure: str) -> Equipment:
    return Equipment(
        procedure=procedure,
        days=Decimal(draw.randint(1, 90)),
        rental_price=money(draw),
        purchase_price=money(draw),
        billed_each=draw.choice("146"),
    )


def a_certification(draw: Random) -> EquipmentCertification:
    return EquipmentCertification(kind=draw.choice("IRS"), months=Decimal(draw.randint(1, 12)))


def a_measurement(draw: Random) -> Measurement:
    return Measurement(
        about=draw.choice(["OG", "TR"]), what=draw.choice(["HT", "R1", "R2"]), value=Decimal("11.5")
    )


def a_purchase(draw: Random) -> PurchasedService:
    return PurchasedService(provider_id=a_number(draw), amount=money(draw))


def a_form(draw: Random) -> Form:
    answers = (
        FormAnswer(question="1A", text="J0234"),
        FormAnswer(question="4", yes_no=draw.choice("YNW")),
        FormAnswer(question="5A", on=a_day(draw)),
        FormAnswer(question="7", percent=Decimal("87.5")),
    )
    return Form(kind="UT", id=draw.choice(["01.02", "484.3"]), answers=answers[: draw.randint(1, 4)])


def a_billing_provider(draw: Random) -> Provider:
    provider = replace(samples.BILLING, address=an_address(draw))
    if draw.random() < 0.3:
        provider = replace(
            provider,
            last_name=draw.choice(LAST),
            first_name=draw.choice(FIRST),
            is_person=True,
            tax_id="900110002",
            tax_id_kind="SY",
        )
    contact = Contact(
        name="BILLING", phone="5550100123", extension="7", fax="5550100124", email="B@EXAMPLE.COM"
    )
    return replace(
        provider,
        contact=draw.choice([None, provider.contact, contact]),
        taxonomy=draw.choice(["", provider.taxonomy]),
        secondary_ids=some_ids(draw, ["0B", "1G"], 0.2),
    )


def a_subscriber(draw: Random) -> Person:
    return Person(
        last_name=draw.choice(LAST),
        first_name=draw.choice(FIRST),
        middle_name=draw.choice(["", "Q"]),
        suffix=draw.choice(["", "", "JR"]),
        member_id=a_number(draw),
        birth_date=a_day(draw, 1940, 2005),
        sex=draw.choice("FMU"),
        address=an_address(draw),
        secondary_ids=(SecondaryId("SY", "900110003"),) if draw.random() < 0.1 else (),
        contact=Contact(name="HOME", phone="5550100150") if draw.random() < 0.1 else None,
    )


def a_patient(draw: Random) -> Person:
    return Person(
        last_name=draw.choice(LAST),
        first_name=draw.choice(FIRST),
        birth_date=a_day(draw, 1990, 2025),
        sex=draw.choice("FMU"),
        address=an_address(draw),
        secondary_ids=(SecondaryId(draw.choice(["1W", "SY"]), "900110004"),) if draw.random() < 0.1 else (),
        contact=Contact(name="HOME", phone="5550100151") if draw.random() < 0.1 else None,
    )


def a_payer(draw: Random) -> Payer:
    return Payer(
        name=samples.PAYER.name,
        id=samples.PAYER.id,
        address=maybe(draw, an_address, 0.3),
        secondary_ids=some_ids(draw, ["2U", "FY", "NF"], 0.2),
    )


def a_pay_to_plan(draw: Random) -> Payer:
    ids = (SecondaryId("2U", a_number(draw)), SecondaryId("EI", "999887776"))
    return Payer(
        name="STATE PLAN", id="STATE1", address=an_address(draw), secondary_ids=ids[draw.randint(0, 1) :]
    )


def a_doctor(draw: Random) -> Provider:
    return Provider(
        last_name=draw.choice(LAST),
        first_name=draw.choice(FIRST),
        middle_name=draw.choice(["", "B"]),
        is_person=True,
        npi=draw.choice(_NPIS),
        secondary_ids=some_ids(draw, ["0B", "1G", "G2"], 0.2),
    )


def a_rendering_provider(draw: Random) -> Provider:
    return replace(a_doctor(draw), taxonomy=draw.choice(["", "207Q00000X"]))


def a_facility(draw: Random) -> Provider:
    return Provider(
        last_name="ELM STREET LAB",
        npi=draw.choice(_NPIS),
        address=an_address(draw),
        secondary_ids=some_ids(draw, ["G2", "LU"], 0.2),
        contact=Contact(name="FRONT DESK", phone="5550100152", extension="9")
        if draw.random() < 0.3
        else None,
    )


def without_contact(provider: Provider | None) -> Provider | None:
    return replace(provider, contact=None) if provider else None


def a_contact(draw: Random) -> Contact:
    return Contact(name="ORDERS", phone="5550100153", fax=draw.choice(["", "5550100154"]))


def a_stop(draw: Random) -> Stop:
    return Stop(address=an_address(draw), name=draw.choice(["", "MERCY EXAMPLE"]))


def an_address(draw: Random) -> Address:
    city, state, zip_code = draw.choice(_CITIES)
    street = f"{draw.randint(1, 999)} {draw.choice(['ELM', 'OAK', 'ASH'])} ST"
    return Address(
        line1=street, line2=draw.choice(["", "SUITE 2"]), city=city, state=state, zip_code=zip_code
    )


def some_ids(draw: Random, kinds: list[str], chance: float) -> tuple[SecondaryId, ...]:
    """Numbers in the order of the guide, one of a kind."""
    return tuple(SecondaryId(kind, a_number(draw)) for kind in kinds if draw.random() < chance)


def pointers(draw: Random, count: int) -> tuple[int, ...]:
    return tuple(draw.sample(range(1, count + 1), draw.randint(1, min(4, count))))


def some_numbers(draw: Random, words: dict[str, str]) -> dict[str, str]:
    return {word: a_number(draw) for word in words.values() if draw.random() < 0.12}


def some_days(draw: Random, words: dict[str, str]) -> dict[str, date]:
    return {word: a_day(draw) for word in words.values() if draw.random() < 0.12}


def maybe(draw: Random, make: Callable[[Random], Thing], chance: float) -> Thing | None:
    return make(draw) if draw.random() < chance else None


def several(
    draw: Random, make: Callable[[Random], Thing], most: int, chance: float = 0.2
) -> tuple[Thing, ...]:
    return tuple(make(draw) for _ in range(draw.randint(1, most))) if draw.random() < chance else ()


def a_number(draw: Random) -> str:
    return draw.choice(_LETTERS) + "".join(draw.choices(_LETTERS + "0123456789", k=draw.randint(2, 10)))


def money(draw: Random) -> Decimal:
    return Decimal(draw.randint(100, 99_999)).scaleb(-2)


def a_weight(draw: Random) -> Decimal:
    return Decimal(draw.randint(4, 250))


def a_day(draw: Random, first: int = 2024, last: int = 2026) -> date:
    return date(draw.randint(first, last), draw.randint(1, 12), draw.randint(1, 28))
