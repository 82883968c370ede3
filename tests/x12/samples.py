"""Synthetic claims, remittances and answers, shared by the tests of X12."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

from clinic.x12 import (
    Address,
    Adjustment,
    Benefit,
    Claim,
    ClaimBatch,
    ClaimPayment,
    Contact,
    EligibilityAnswer,
    EligibilityRequest,
    Envelope,
    Payer,
    Person,
    Provider,
    ProviderAdjustment,
    RelatedEntity,
    Remittance,
    ServiceLine,
    ServicePayment,
    TradingPartner,
)
from clinic.x12.results.eligibility import Trace

AT = datetime.fromisoformat("2026-03-02T14:30:00")
DAY = date(2026, 3, 2)
NPI = "1234567893"
ENVELOPE = Envelope(sender_id="CLINIC01", receiver_id="PAYER01", control_number=42, created_at=AT, usage="T")
HOME = Address(line1="12 ELM ST", city="COLUMBUS", state="OH", zip_code="432150001")
BILLING = Provider(
    last_name="ELM STREET CLINIC",
    npi=NPI,
    tax_id="999887777",
    taxonomy="207Q00000X",
    address=Address(line1="1 ELM ST", line2="SUITE 2", city="COLUMBUS", state="OH", zip_code="432150001"),
    contact=Contact(name="BILLING OFFICE", phone="5550100123"),
)
DOCTOR = Provider(
    last_name="ROWE", first_name="ANNA", is_person=True, npi="1987654328", taxonomy="207Q00000X"
)
DOCTOR_BY_NAME = Provider(last_name="ROWE", first_name="ANNA", is_person=True, npi="1987654328")
SUBSCRIBER = Person(
    last_name="DOE",
    first_name="JANE",
    member_id="M900100",
    birth_date=date(1980, 4, 5),
    sex="F",
    address=HOME,
)
CHILD = Person(last_name="DOE", first_name="TIM", birth_date=date(2015, 6, 7), sex="M", address=HOME)
PAYER = Payer(name="BLUE EXAMPLE", id="60054")
LINE = ServiceLine(
    procedure="99213",
    modifiers=("25",),
    amount_billed=Decimal("125.00"),
    service_from=DAY,
    pointers=(1, 2),
    control_number="L1",
)


def claim(**changes: object) -> Claim:
    """A claim of two lines for the subscriber."""
    values: dict[str, object] = {
        "control_number": "1042-1",
        "amount_billed": Decimal("165.50"),
        "place_of_service": "11",
        "billing_provider": BILLING,
        "subscriber": SUBSCRIBER,
        "payer": PAYER,
        "filing_code": "CI",
        "group_number": "G77",
        "diagnoses": ("J069", "R05"),
        "rendering_provider": DOCTOR,
        "lines": (
            LINE,
            ServiceLine(
                procedure="87880",
                amount_billed=Decimal("40.50"),
                service_from=DAY,
                pointers=(1,),
                control_number="L2",
            ),
        ),
    }
    return Claim(**{**values, **changes})  # type: ignore[arg-type]


def batch(*claims: Claim, control_number: str = "0001") -> ClaimBatch:
    """A batch as the clinic sends it."""
    return ClaimBatch(
        control_number=control_number,
        reference="B42",
        created_at=AT,
        submitter=TradingPartner(
            name="ELM STREET CLINIC", id="CLINIC01", contact=Contact(name="EDI DESK", phone="5550100199")
        ),
        receiver=TradingPartner(name="EXAMPLE HUB", id="HUB01"),
        claims=claims or (claim(),),
    )


def payment(**changes: object) -> ClaimPayment:
    """One paid claim with a line: 125.00 billed, 25.00 written off, 20.00 copay, 80.00 paid."""
    values: dict[str, object] = {
        "control_number": "1042-1",
        "status": "1",
        "amount_billed": Decimal("125.00"),
        "amount_paid": Decimal("80.00"),
        "patient_responsibility": Decimal("20.00"),
        "filing_code": "12",
        "payer_control_number": "ICN9001",
        "facility_code": "11",
        "frequency": "1",
        "patient": Person(last_name="DOE", first_name="JANE", member_id="M900100"),
        "lines": (
            ServicePayment(
                procedure="99213",
                modifiers=("25",),
                amount_billed=Decimal("125.00"),
                amount_paid=Decimal("80.00"),
                units_paid=Decimal(1),
                service_from=DAY,
                adjustments=(
                    Adjustment("CO", "45", Decimal("25.00")),
                    Adjustment("PR", "3", Decimal("20.00")),
                ),
                line_control_number="L1",
                remarks=("N381",),
                amounts=(("B6", Decimal("100.00")),),
            ),
        ),
    }
    return ClaimPayment(**{**values, **changes})  # type: ignore[arg-type]


def remittance(*claims: ClaimPayment, **changes: object) -> Remittance:
    """A balanced remittance of the claims given, or of one."""
    claims = claims or (payment(),)
    adjustments: tuple[ProviderAdjustment, ...] = changes.get("provider_adjustments", ())  # type: ignore[assignment]
    paid = sum((item.amount_paid for item in claims), Decimal("0.00"))
    values: dict[str, object] = {
        "control_number": "0001",
        "amount": paid - sum((item.amount for item in adjustments), Decimal("0.00")),
        "method": "ACH",
        "paid_on": DAY,
        "trace": "EFT7788",
        "originator": "1999887766",
        "payer": Payer(
            name="BLUE EXAMPLE",
            address=Address(line1="9 OAK ST", city="DAYTON", state="OH", zip_code="45402"),
            contact=Contact(name="PROVIDER LINE", phone="5550100177"),
        ),
        "payee": Provider(last_name="ELM STREET CLINIC", npi=NPI, tax_id="999887777"),
        "claims": claims,
        "payment_format": "CCP",
        "sender_routing": "999999992",
        "sender_account": "1",
        "receiver_account": "555000",
        "receiver_routing": "999999992",
        "produced_on": DAY,
    }
    return Remittance(**{**values, **changes})  # type: ignore[arg-type]


def request(**changes: object) -> EligibilityRequest:
    """A question about the subscriber."""
    values: dict[str, object] = {
        "reference": "Q1",
        "trace": "T900",
        "trace_originator": "9999887777",
        "payer": PAYER,
        "provider": Provider(last_name="ELM STREET CLINIC", npi=NPI),
        "subscriber": Person(
            last_name="DOE", first_name="JANE", member_id="M900100", birth_date=date(1980, 4, 5), sex="F"
        ),
        "service_types": ("30", "98"),
        "service_on": DAY,
        "asked_at": AT,
    }
    return EligibilityRequest(**{**values, **changes})  # type: ignore[arg-type]


def answer(**changes: object) -> EligibilityAnswer:
    """An active plan with copay, deductible and a related entity."""
    values: dict[str, object] = {
        "reference": "Q1",
        "payer": PAYER,
        "provider": Provider(last_name="ELM STREET CLINIC", npi=NPI),
        "subscriber": SUBSCRIBER,
        "traces": (Trace("T900", "9999887777"),),
        "benefits": (
            Benefit(
                code="1", coverage_level="IND", service_types=("30",), insurance_type="HM", plan_name="GOLD"
            ),
            Benefit(code="B", service_types=("98",), period="27", amount=Decimal("35.00"), in_network="Y"),
            Benefit(code="A", service_types=("30",), percent=Decimal("0.2"), in_network="Y"),
            Benefit(
                code="C",
                coverage_level="IND",
                service_types=("30",),
                period="29",
                amount=Decimal("412.50"),
                in_network="W",
                messages=("ASK THE PLAN FOR TIER TWO",),
            ),
            Benefit(
                code="L",
                entities=(
                    RelatedEntity(
                        role="P3",
                        name="ROWE",
                        first_name="ANNA",
                        is_person=True,
                        id_kind="XX",
                        id="1987654328",
                    ),
                ),
            ),
        ),
        "answered_at": AT,
    }
    return EligibilityAnswer(**{**values, **changes})  # type: ignore[arg-type]
