"""A claim as the payer keeps it: plain values in its own row, and the same said again in a remittance."""

from datetime import date
from decimal import Decimal
from typing import Any

from clinic.sandbox.adjudication import LineDecision
from clinic.sandbox.tables import SandboxClaim
from clinic.x12 import Address, Adjustment, Claim, ClaimPayment, Person, Provider, ServicePayment

Content = dict[str, Any]
# The reference of a claim's remark says that an appeal is possible; a full denial carries it.
APPEAL_REMARK = "MA01"
# CLP06 knows fewer kinds of plan than SBR09 of a claim; a commercial payer answers as a PPO.
_PLAN_KINDS = frozenset(
    [
        "12",
        "13",
        "14",
        "15",
        "16",
        "17",
        "AM",
        "CH",
        "DS",
        "HM",
        "LM",
        "MA",
        "MB",
        "MC",
        "OF",
        "TV",
        "VA",
        "WC",
    ]
)
_COMMERCIAL, _PPO = ("CI", "BL"), "12"


def freeze(claim: Claim, partner: dict[str, str]) -> Content:
    """What the payer must remember of a claim; amounts and dates as text."""
    billing = claim.billing_provider
    address = billing.address
    return {
        "partner": partner,
        "billed": str(claim.amount_billed),
        "place": claim.place_of_service,
        "filing_code": claim.filing_code,
        "group_number": claim.group_number,
        "subscriber": _person(claim.subscriber),
        "patient": _person(claim.patient or claim.subscriber),
        "payee": {
            "name": billing.last_name,
            "npi": billing.npi,
            "tax_id": billing.tax_id,
            "address": [address.line1, address.city, address.state, address.zip_code] if address else [],
        },
        "rendering": _rendering(claim.rendering_provider),
        "authorization": claim.prior_authorization,
        "lines": [
            {
                "procedure": line.procedure,
                "modifiers": list(line.modifiers),
                "billed": str(line.amount_billed),
                "units": str(line.units),
                "control_number": line.control_number,
                "from": line.service_from.isoformat() if line.service_from else "",
                "to": line.service_to.isoformat() if line.service_to else "",
                "authorization": line.prior_authorization or claim.prior_authorization,
            }
            for line in claim.lines
        ],
    }


def _person(person: Person) -> dict[str, str]:
    return {
        "last": person.last_name,
        "first": person.first_name,
        "middle": person.middle_name,
        "suffix": person.suffix,
        "member_id": person.member_id,
    }


def _rendering(provider: Provider | None) -> dict[str, str]:
    if provider is None:
        return {}
    return {"last": provider.last_name, "first": provider.first_name, "npi": provider.npi}


def services(content: Content) -> set[tuple[str, ...]]:
    """What makes two lines the same service: code, modifiers, day and charge (CARC 18)."""
    return {
        (line["procedure"], *sorted(line["modifiers"]), line["from"], line["billed"])
        for line in content["lines"]
    }


def payee(content: Content) -> Provider:
    """The billing provider, to be paid."""
    kept = content["payee"]
    line1, city, state, zip_code = kept["address"] or ("", "", "", "")
    return Provider(
        last_name=kept["name"],
        npi=kept["npi"],
        tax_id=kept["tax_id"],
        address=Address(line1=line1, city=city, state=state, zip_code=zip_code) if city else None,
    )


def freeze_decision(lines: tuple[LineDecision, ...]) -> list[Content]:
    """A decision's lines as plain values."""
    return [
        {
            "allowed": str(line.allowed),
            "paid": str(line.paid),
            "adjustments": [[a.group, a.reason, str(a.amount)] for a in line.adjustments],
            "remarks": list(line.remarks),
        }
        for line in lines
    ]


def payment(claim: SandboxClaim) -> ClaimPayment:
    """The claim and its decision as one CLP; CLP05 is the sum of the PR adjustments (R7)."""
    content, decision = claim.content, claim.decision
    lines = tuple(
        _service(asked, decided) for asked, decided in zip(content["lines"], decision["lines"], strict=True)
    )
    patient_part = sum((a.amount for line in lines for a in line.adjustments if a.group == "PR"), Decimal(0))
    patient, subscriber = content["patient"], content["subscriber"]
    rendering = content["rendering"]
    interest = Decimal(decision.get("interest", "0"))
    return ClaimPayment(
        control_number=claim.control_number,
        status=decision["status"],
        amount_billed=Decimal(content["billed"]),
        amount_paid=sum((line.amount_paid for line in lines), Decimal(0)),
        patient_responsibility=patient_part,
        filing_code=_plan_kind(content["filing_code"]),
        payer_control_number=claim.payer_claim_number,
        facility_code=content["place"],
        frequency=claim.frequency,
        patient=_said(patient, subscriber["member_id"]),
        subscriber=_said(subscriber, subscriber["member_id"]) if patient != subscriber else None,
        rendering_provider=Provider(
            last_name=rendering["last"], first_name=rendering["first"], is_person=True, npi=rendering["npi"]
        )
        if rendering.get("npi")
        else None,
        remarks=(APPEAL_REMARK,) if decision["denied"] else (),
        received_on=claim.received_on,
        group_number=content["group_number"],
        amounts=(("I", interest),) if interest else (),
        lines=lines,
    )


def _plan_kind(filing_code: str) -> str:
    if filing_code in _PLAN_KINDS:
        return filing_code
    return _PPO if filing_code in _COMMERCIAL else "ZZ"


def _said(kept: dict[str, str], member_id: str) -> Person:
    return Person(
        last_name=kept["last"],
        first_name=kept["first"],
        middle_name=kept["middle"],
        suffix=kept["suffix"],
        member_id=member_id,
    )


def _service(asked: Content, decided: Content) -> ServicePayment:
    allowed = Decimal(decided["allowed"])
    return ServicePayment(
        procedure=asked["procedure"],
        modifiers=tuple(asked["modifiers"]),
        amount_billed=Decimal(asked["billed"]),
        amount_paid=Decimal(decided["paid"]),
        units_paid=Decimal(asked["units"]),
        service_from=_day(asked["from"]),
        service_to=_day(asked["to"]) if asked["to"] != asked["from"] else None,
        adjustments=tuple(
            Adjustment(group, reason, Decimal(amount)) for group, reason, amount in decided["adjustments"]
        ),
        line_control_number=asked["control_number"],
        remarks=tuple(decided["remarks"]),
        amounts=(("B6", allowed),) if allowed else (),
    )


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
