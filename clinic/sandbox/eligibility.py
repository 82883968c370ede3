"""A 270 answered with a 271 from the plan table (E2, E4, E5)."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic import clock
from clinic.sandbox import accumulators
from clinic.sandbox.enrolment import find_member
from clinic.sandbox.mailbox import next_number
from clinic.sandbox.tables import SandboxMember, SandboxPayer
from clinic.x12 import Benefit, EligibilityAnswer, EligibilityRequest, Payer, Period, Person, Rejection
from clinic.x12.results.eligibility import Trace

SERVICE_TYPES = ("30", "1", "33", "47", "48", "50", "86", "98", "UC")
PLAN, OFFICE_VISIT = "30", ("98",)
# Kinds of office visit that the word about 98 holds for.
OFFICE_KINDS = frozenset({"98", "A0", "BY", "BZ"})
CALENDAR_YEAR, REMAINING, VISIT = "23", "29", "27"
# What the payer pays less when the clinic is not in its network.
OUT_OF_NETWORK_PERCENT = 20


def answer(session: Session, request: EligibilityRequest) -> EligibilityAnswer | None:
    """What the payer says about one patient; None when it says nothing at all."""
    payer = session.get(SandboxPayer, request.payer.id)
    if payer is None:
        return _refused(session, request, None, Rejection(level="payer", code="79", follow_up="C"))
    if payer.mode == "silent":
        return None
    if payer.mode == "down":
        return _refused(session, request, payer, Rejection(level="payer", code="42", follow_up="P"))
    asked = request.dependent or request.subscriber
    level = "dependent" if request.dependent is not None else "subscriber"
    member, fault = find_member(
        session, payer.edi_id, request.subscriber.member_id, asked.first_name, asked.birth_date
    )
    if member is None:
        return _refused(session, request, payer, Rejection(level=level, code=fault, follow_up="C"))
    day = request.service_on or clock.today()
    return replace(
        _frame(session, request, payer),
        subscriber=_known(request.subscriber, member, level == "subscriber"),
        dependent=_known(request.dependent, member, True) if request.dependent is not None else None,
        relationship=request.relationship,
        benefits=_benefits(session, member, day, request.service_types),
        periods=(Period(kind="346", start=member.effective_on),)
        if member.ended_on is None
        else (Period(kind="291", start=member.effective_on, end=member.ended_on),),
    )


def _frame(session: Session, request: EligibilityRequest, payer: SandboxPayer | None) -> EligibilityAnswer:
    """What every answer carries: whom it is about, the clinic's trace first and the payer's own after it."""
    own = next_number(session, request.payer.id, "answer")
    return EligibilityAnswer(
        reference=request.reference,
        payer=Payer(name=payer.name if payer else request.payer.name, id=request.payer.id),
        provider=request.provider,
        # The trace hangs on the patient, so an answer that is refused above still names whom it is about.
        subscriber=request.subscriber,
        dependent=request.dependent,
        traces=(Trace(request.trace, request.trace_originator), Trace(f"{own:08d}", "9PRACTICEP", kind="1")),
        answered_at=clock.local(clock.now()).replace(tzinfo=None, second=0, microsecond=0),
        control_number=request.control_number,
    )


def _refused(
    session: Session, request: EligibilityRequest, payer: SandboxPayer | None, rejection: Rejection
) -> EligibilityAnswer:
    """An answer without benefits, only with the reason."""
    return replace(_frame(session, request, payer), rejections=(rejection,))


def _known(person: Person, member: SandboxMember, itself: bool) -> Person:
    """The patient as the payer has them on file; a subscriber asked about for a child is repeated."""
    if not itself:
        return person
    return Person(
        last_name=member.last_name,
        first_name=member.first_name,
        member_id=person.member_id,
        member_id_kind=person.member_id_kind,
        birth_date=member.born_on,
        sex=person.sex,
    )


def _benefits(
    session: Session, member: SandboxMember, day: date, asked: Sequence[str]
) -> tuple[Benefit, ...]:
    plan = member.plan
    if not member.covers(day):
        return (Benefit(code="6", coverage_level="IND", service_types=("30",), plan_name=plan.plan_name),)
    met = accumulators.of(session, member)
    found = [Benefit(code="1", coverage_level="IND", service_types=SERVICE_TYPES, plan_name=plan.plan_name)]
    found += _copays(plan.copay, asked)
    percent = Decimal(plan.coinsurance_percent) / 100
    for network, patient in (
        ("Y", percent),
        ("N", min(percent + Decimal(OUT_OF_NETWORK_PERCENT) / 100, Decimal(1))),
    ):
        found.append(
            Benefit(
                code="A", coverage_level="IND", service_types=("30",), percent=patient, in_network=network
            )
        )
    if plan.copay and plan.copay_only:
        found.append(
            Benefit(
                code="A", coverage_level="IND", service_types=OFFICE_VISIT, percent=Decimal(0), in_network="Y"
            )
        )
    found += _pair("C", "IND", plan.deductible, met.deductible_left)
    if plan.family_deductible:
        found += _pair("C", "FAM", plan.family_deductible, met.family_deductible_left)
    if met.out_of_pocket_left is not None:
        found += _pair("G", "IND", plan.out_of_pocket, met.out_of_pocket_left)
    found.append(
        Benefit(
            code="C",
            coverage_level="IND",
            service_types=("30",),
            period=CALENDAR_YEAR,
            amount=plan.deductible * 2,
            in_network="N",
        )
    )
    for code in plan.needs_authorization:
        found.append(
            Benefit(
                code="CB",
                coverage_level="IND",
                authorization_required="Y",
                in_network="Y",
                procedure=str(code),
            )
        )
    return tuple(found)


def _copays(copay: Decimal, asked: Sequence[str]) -> list[Benefit]:
    """What the 835 will take: the copay once an office visit, and none for any other service that was asked about."""
    others = tuple(code for code in asked if code != PLAN and code not in OFFICE_KINDS)
    return [
        Benefit(
            code="B", coverage_level="IND", service_types=types, period=VISIT, amount=amount, in_network="Y"
        )
        for types, amount in ((OFFICE_VISIT, copay), (others, Decimal(0)))
        if types
    ]


def _pair(code: str, level: str, total: Decimal, left: Decimal) -> list[Benefit]:
    """The year's amount and what remains of it, inside the network (E4)."""
    return [
        Benefit(
            code=code,
            coverage_level=level,
            service_types=("30",),
            period=period,
            amount=amount,
            in_network="Y",
        )
        for period, amount in ((CALENDAR_YEAR, total), (REMAINING, left))
    ]
