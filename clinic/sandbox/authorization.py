"""A 278 answered: none needed, approved, cut down, pended or denied, by the plan and the visits asked for."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from sqlalchemy.orm import Session

from clinic import clock
from clinic.sandbox.enrolment import find_member
from clinic.sandbox.mailbox import next_number
from clinic.sandbox.tables import SandboxPayer
from clinic.x12 import AuthorizationAnswer, AuthorizationEvent, AuthorizationRequest, Decision, Rejection

APPROVED_UP_TO, CUT_UP_TO, PENDED_UP_TO = 12, 20, 40
"""Visits: so many are approved; more are cut down to them; still more wait for a person; the rest is denied."""
GOOD_FOR = timedelta(days=90)
NEEDS_REVIEW, NOT_NECESSARY = "0W", "05"
TOO_MANY = "MORE VISITS THAN THE RECORDS SHOW A NEED FOR"


def answer(session: Session, request: AuthorizationRequest) -> AuthorizationAnswer | None:
    """What the payer decides about one request; None when it says nothing at all."""
    payer = session.get(SandboxPayer, request.reviewer.id)
    if payer is None:
        return _refused(request, Rejection(level="payer", code="79", follow_up="C"))
    if payer.mode == "silent":
        return None
    if payer.mode == "down":
        return _refused(request, Rejection(level="payer", code="42", follow_up="P"))
    asked, subscriber, event = request.patient, request.subscriber, request.event
    if asked is None or subscriber is None or event is None:
        return _refused(request, Rejection(level="subscriber", code="15", follow_up="C"))
    member, fault = find_member(
        session, payer.edi_id, subscriber.member_id, asked.first_name, asked.birth_date
    )
    if member is None:
        level = "subscriber" if request.dependent is None else "dependent"
        return _refused(request, Rejection(level=level, code=fault, follow_up="C"))
    named = {service.procedure for service in event.services}
    if named and not named & set(member.plan.needs_authorization):
        return _said(request, Decision(action="NA"))
    return _reviewed(session, request, event, payer)


def _reviewed(
    session: Session, request: AuthorizationRequest, event: AuthorizationEvent, payer: SandboxPayer
) -> AuthorizationAnswer:
    visits = _visits(event)
    number = f"{next_number(session, payer.edi_id, 'authorization'):06d}"
    if visits > PENDED_UP_TO:
        denied = _said(request, Decision(action="A3", reasons=(NOT_NECESSARY,)))
        return replace(denied, event=denied.event and replace(denied.event, messages=(TOO_MANY,)))
    if visits > CUT_UP_TO:
        return _said(request, Decision(action="A4", number=f"R{number}", reasons=(NEEDS_REVIEW,)), more="19")
    begins = event.event_from or clock.today()
    decision = Decision(
        action="A1" if visits <= APPROVED_UP_TO else "A6",
        number=f"A{number}",
        issued_on=clock.today(),
        effective_from=begins,
        effective_to=min(event.event_to or begins + GOOD_FOR, begins + GOOD_FOR),
    )
    said = _said(request, decision)
    if visits <= APPROVED_UP_TO or said.event is None:
        return said
    granted = Decimal(APPROVED_UP_TO)
    cut = replace(
        said.event,
        delivery=said.event.delivery and replace(said.event.delivery, quantity=granted),
        services=tuple(
            replace(
                each, quantity=granted, delivery=each.delivery and replace(each.delivery, quantity=granted)
            )
            for each in said.event.services
        ),
    )
    return replace(said, event=cut)


def _visits(event: AuthorizationEvent) -> int:
    said = [each.delivery for each in event.services] + [event.delivery]
    return max((int(each.quantity) for each in said if each is not None and each.quantity), default=1)


def _said(request: AuthorizationRequest, decision: Decision, more: str = "18") -> AuthorizationAnswer:
    return request.answered(
        decision,
        more=more,
        created_at=clock.local(clock.now()).replace(tzinfo=None, second=0, microsecond=0),
        control_number=request.control_number,
    )


def _refused(request: AuthorizationRequest, rejection: Rejection) -> AuthorizationAnswer:
    """No review took place: only the reason, at the level that is wrong (E5)."""
    said = replace(_said(request, Decision(action="")), rejections=(rejection,))
    event = said.event and replace(said.event, decision=None)
    return replace(said, event=event)
