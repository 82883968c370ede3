"""Authorization (278): what we ask the payer to approve, and what it decides.

A request is about one patient event (an admission, a referral, a course of treatment) with its services. The decision
stands at the event, at single services, or at both; where they differ, the service's own is what holds for it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.claim_details import Attachment, ConditionAnswer
from clinic.x12.results.dental import Tooth
from clinic.x12.results.eligibility import Delivery, Reference, Rejection, Trace
from clinic.x12.results.parties import Address, Payer, Person, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class Review:
    """What kind of approval is meant (UM).

    `category` is "AR" admission, "HS" services, "SC" specialist or "IN" individual; `certification` "I" initial, "R" renewal,
    "S" revised, "4" extension, "3" cancellation, "1" and "2" appeals; `service_type` an EB03 code; `place` with `place_kind`
    "B" a place of service, with "A" a bill type; `urgency` "U" urgent, "03" emergency, "E" elective. `causes` are "AA" auto,
    "EM" work, "AP" another party, "OA" other, with the state and country of an accident.
    """

    category: str
    certification: str = "I"
    service_type: str = ""
    place: str = ""
    place_kind: str = ""
    causes: tuple[str, ...] = ()
    accident_state: str = ""
    accident_country: str = ""
    urgency: str = ""
    condition: str = ""
    prognosis: str = ""
    release: str = ""
    delay_reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What the payer decided (HCR). `action` is "A1" approved, "A2" partly, "A3" not approved, "A4" pended, "A6" approved
    with changes, "C" cancelled, "CT" call the payer, "NA" none needed; empty where only dates were sent.

    `number` is the authorization (or, while pended, the reference) number; `reasons` are X12 list 886.
    """

    action: str
    number: str = ""
    reasons: tuple[str, ...] = ()
    second_opinion: str = ""
    issued_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    expires_on: date | None = None

    @property
    def approved(self) -> bool:
        """A1, A2 and A6 give an authorization number that a claim may carry; A2 and A6 not for all that was asked."""
        return self.action in ("A1", "A2", "A6")

    @property
    def changed(self) -> bool:
        return self.action in ("A2", "A6")

    @property
    def pended(self) -> bool:
        """The payer will say more later (A4), or wants to be called (CT)."""
        return self.action in ("A4", "CT")

    @property
    def denied(self) -> bool:
        return self.action == "A3"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDiagnosis:
    """One HI composite: `kind` is "ABK" principal, "ABF" another, "ABJ" admitting; "LOI" is no diagnosis but a code for
    what the payer wants to know."""

    code: str
    kind: str = "ABK"
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewProvider:
    """Who asks, or has a part in the event or service. `role` is NM101 ("1P" and "FA" ask; "SJ" performs, "71" attends,
    "DK" orders, "DN" refers, "FA" is the facility; "L5" is whom to send what the payer wants to see); `part` PRV01."""

    role: str
    provider: Provider
    references: tuple[Reference, ...] = ()
    part: str = ""
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TransportStop:
    """A place of a ride: `role` "PW" pick-up, "45" drop-off, "ND" next, "R3" next but one, "FS" final destination."""

    role: str
    name: str = ""
    address: Address | None = None
    rejections: tuple[Rejection, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherReview:
    """Another reviewer who said no before: name, reasons (REF) and when, with the code of that date."""

    role: str
    name: str = ""
    references: tuple[Reference, ...] = ()
    date_kind: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ride:
    """Ambulance (CR1): `trip` is "I" there, "R" back, "T" transfer, "X" round trip; weights in pounds, distance in miles
    unless the units say otherwise."""

    trip: str
    reason: str = ""
    weight_unit: str = ""
    weight: Decimal | None = None
    distance_unit: str = ""
    distance: Decimal | None = None
    round_trip_purpose: str = ""
    stretcher_purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """CL1: type ("1" emergency, "2" urgent, "3" elective), source, patient status."""

    type: str = ""
    source: str = ""
    status: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationService:
    """One service of the event (2000F). `form` is "professional" (SV1), "institutional" (SV2) or "dental" (SV3), empty
    where only a kind of review says what it is; `kind` whose code `procedure` is (HC, N4, WK …)."""

    form: str = ""
    procedure: str = ""
    kind: str = "HC"
    modifiers: tuple[str, ...] = ()
    description: str = ""
    procedure_to: str = ""
    revenue_code: str = ""
    amount: Decimal | None = None
    unit: str = ""
    quantity: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    traces: tuple[Trace, ...] = ()
    review: Review | None = None
    decision: Decision | None = None
    previous_authorization: str = ""
    administrative_reference: str = ""
    wanted: tuple[ReviewDiagnosis, ...] = ()
    teeth: tuple[Tooth, ...] = ()
    delivery: Delivery | None = None
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[str, ...] = ()
    providers: tuple[ReviewProvider, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationEvent:
    """The patient event (2000E): why, when, who, and the services. `kept` are home care, oxygen and spinal details (CR2,
    CR5, CR6), element by element as they stand."""

    review: Review | None
    traces: tuple[Trace, ...] = ()
    decision: Decision | None = None
    previous_authorization: str = ""
    administrative_reference: str = ""
    accident_on: date | None = None
    last_period_on: date | None = None
    birth_expected_on: date | None = None
    onset_on: date | None = None
    event_from: date | None = None
    event_to: date | None = None
    admitted_from: date | None = None
    admitted_to: date | None = None
    discharged_on: date | None = None
    diagnoses: tuple[ReviewDiagnosis, ...] = ()
    delivery: Delivery | None = None
    conditions: tuple[ConditionAnswer, ...] = ()
    admission: Admission | None = None
    ride: Ride | None = None
    kept: tuple[tuple[str, ...], ...] = ()
    attachments: tuple[Attachment, ...] = ()
    messages: tuple[str, ...] = ()
    providers: tuple[ReviewProvider, ...] = ()
    stops: tuple[TransportStop, ...] = ()
    other_reviews: tuple[OtherReview, ...] = ()
    services: tuple[AuthorizationService, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    position: int = field(default=0, compare=False)

    @property
    def trace(self) -> str:
        """The first trace number, ours when the payer repeats what was sent."""
        return self.traces[0].number if self.traces else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class _AuthorizationSet:
    reference: str
    reviewer: Payer
    requester: ReviewProvider | None
    subscriber: Person | None
    event: AuthorizationEvent | None
    dependent: Person | None = None
    relationship: str = ""
    birth_sequence: str = ""
    subscriber_references: tuple[Reference, ...] = ()
    dependent_references: tuple[Reference, ...] = ()
    created_at: datetime | None = None
    control_number: str = "0001"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)

    @property
    def patient(self) -> Person | None:
        """The dependent where there is one, else the subscriber."""
        return self.dependent or self.subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationRequest(_AuthorizationSet):
    """One 278 that asks. `reviewer` is the payer or who reviews for it; `purpose` is "13" request, "01" cancellation or
    "36" use of a reservation; `reservation` says that services are only held (BHT06 RU)."""

    purpose: str = "13"
    reservation: bool = False

    def answered(
        self,
        decision: Decision | None,
        *,
        more: str = "18",
        created_at: datetime | None = None,
        control_number: str = "0001",
    ) -> AuthorizationAnswer:
        """The answer that says one decision for the whole event ("19" in `more` where another will follow), with all that
        was asked but what an answer has no place for: where the requester is, conditions, and other reviewers."""
        requester, event = self.requester, self.event
        if requester is not None:
            there = replace(requester.provider, address=None, contact=None)
            requester = replace(requester, provider=there)
        if event is not None:
            event = replace(
                event,
                traces=tuple(trace._replace(kind="2") for trace in event.traces),
                decision=decision,
                conditions=(),
                other_reviews=(),
                services=tuple(
                    replace(service, traces=tuple(trace._replace(kind="2") for trace in service.traces))
                    for service in event.services
                ),
            )
        return AuthorizationAnswer(
            reference=self.reference,
            reviewer=self.reviewer,
            requester=requester,
            subscriber=self.subscriber,
            subscriber_references=self.subscriber_references,
            dependent=self.dependent,
            dependent_references=self.dependent_references,
            relationship=self.relationship,
            birth_sequence=self.birth_sequence,
            event=event,
            more="RU" if self.reservation else more,
            created_at=created_at,
            control_number=control_number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorizationAnswer(_AuthorizationSet):
    """One 278 that answers. `reference` repeats the request's; `more` is BHT06: "18" nothing more will follow, "19" it will,
    "AT" administrative, "RU" reservation.

    `rejections` are those above the event (AAA, with their level): then no review took place at all.
    """

    more: str = "18"
    rejections: tuple[Rejection, ...] = ()

    @property
    def decision(self) -> Decision | None:
        """Of the event, or of the first service where the event has none; None where the request was refused unreviewed."""
        if self.event is None:
            return None
        decided = [self.event.decision, *(service.decision for service in self.event.services)]
        return next((one for one in decided if one is not None and one.action), None)

    @property
    def refused(self) -> bool:
        """The payer could not review it (AAA at any level). It is no denial: mend what is wrong and send it again."""
        if self.event is None:
            return True
        return bool(self.rejections or self.event.rejections) and self.decision is None
