"""Claim status: which claims we ask about (276) and where each stands (277).

Both transactions are the same tree: payer, receiver, provider, subscriber, dependent, claim, line. A question has no
statuses; an answer has them at the claims and lines, or above where the payer could not look any claim up.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from decimal import Decimal

from clinic.x12.envelope import Envelope
from clinic.x12.errors import Finding
from clinic.x12.results.acknowledgment import StatusCode
from clinic.x12.results.parties import Payer, Person, Provider


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessingStatus:
    """One STC of a 277. `codes` holds STC01 and, where sent, STC10 and STC11; the first is what counts.

    `finished_on` is when the payer decided (STC06), `check_on` and `check_number` the check or EFT that paid (STC08,
    STC09), `method` the payment method where an old sender still says it (STC07). `action` and `message` (STC03, STC12)
    are not of this guide, but clearinghouses fill them.
    """

    codes: tuple[StatusCode, ...]
    effective_on: date | None = None
    amount_billed: Decimal | None = None
    amount_paid: Decimal | None = None
    finished_on: date | None = None
    method: str = ""
    check_on: date | None = None
    check_number: str = ""
    action: str = ""
    message: str = ""
    position: int = field(default=0, compare=False)

    @property
    def category(self) -> str:
        """STC01-1: P… pending, F… finished, A… acknowledged, R… more information wanted, E… could not be answered."""
        return self.codes[0].category if self.codes else ""

    @property
    def finished(self) -> bool:
        return self.category.startswith("F")

    @property
    def pending(self) -> bool:
        return self.category.startswith("P")

    @property
    def denied(self) -> bool:
        """F2: finished and denied. What a denial means for the money says the remittance alone (C3)."""
        return self.category == "F2"

    @property
    def not_found(self) -> bool:
        """A4, or D0: the payer does not know the claim."""
        return self.category in ("A4", "D0")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusLine:
    """2210 or 2220: a line of the claim. `control_number` is REF*FJ, our REF*6R; `kind` says whose code `procedure` is
    (HC procedures, NU revenue codes …); `amount_paid` and `statuses` stand only in an answer."""

    procedure: str
    amount_billed: Decimal
    amount_paid: Decimal | None = None
    kind: str = "HC"
    modifiers: tuple[str, ...] = ()
    revenue_code: str = ""
    units: Decimal | None = Decimal(1)
    control_number: str = ""
    service_from: date | None = None
    service_to: date | None = None
    statuses: tuple[ProcessingStatus, ...] = ()
    position: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusClaim:
    """2200: one claim. `trace` is our number for the question, which the answer repeats.

    `control_number` is the patient control number (REF*EJ, our CLM01), `payer_control_number` REF*1K. `amount_billed`
    (AMT*T3) is only asked with; an answer says it in its statuses. `application`, `group_number` stand only in a question,
    `voucher` only in an answer.
    """

    trace: str
    control_number: str = ""
    payer_control_number: str = ""
    bill_type: str = ""
    application: str = ""
    group_number: str = ""
    prescription_number: str = ""
    voucher: str = ""
    clearinghouse_trace: str = ""
    amount_billed: Decimal | None = None
    service_from: date | None = None
    service_to: date | None = None
    statuses: tuple[ProcessingStatus, ...] = ()
    lines: tuple[StatusLine, ...] = ()
    position: int = field(default=0, compare=False)
    raw: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusDependent:
    """2000E: a dependent who is the patient."""

    person: Person
    claims: tuple[StatusClaim, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSubscriber:
    """2000D: a subscriber, with claims where the subscriber is the patient, and the dependents."""

    person: Person
    claims: tuple[StatusClaim, ...] = ()
    dependents: tuple[StatusDependent, ...] = ()

    def patients(self) -> Iterator[tuple[Person | None, StatusClaim]]:
        """Each claim with the dependent it is for, None for the subscriber's own."""
        for claim in self.claims:
            yield None, claim
        for dependent in self.dependents:
            for claim in dependent.claims:
                yield dependent.person, claim


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusProvider:
    """2000C: who rendered or billed. `trace` and `statuses` where the payer answers for the provider as a whole."""

    provider: Provider
    trace: str = ""
    statuses: tuple[ProcessingStatus, ...] = ()
    subscribers: tuple[StatusSubscriber, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusReceiver:
    """2000B: who asks (NM1*41). `trace` and `statuses` where the payer answers the whole request at once."""

    receiver: Provider
    trace: str = ""
    statuses: tuple[ProcessingStatus, ...] = ()
    providers: tuple[StatusProvider, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusSource:
    """2000A: the payer that is asked."""

    payer: Payer
    receivers: tuple[StatusReceiver, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimStanding:
    """One claim of a tree with everyone above it, for callers that want a flat list."""

    payer: Payer
    receiver: Provider
    provider: Provider
    subscriber: Person
    dependent: Person | None
    claim: StatusClaim

    @property
    def patient(self) -> Person:
        return self.dependent or self.subscriber


@dataclass(frozen=True, slots=True, kw_only=True)
class _StatusSet:
    reference: str
    sources: tuple[StatusSource, ...]
    created_at: datetime | None = None
    control_number: str = "0001"
    envelope: Envelope | None = field(default=None, compare=False)
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    position: int = field(default=0, compare=False)

    def claims(self) -> Iterator[ClaimStanding]:
        """Every claim with payer, receiver, provider, subscriber and dependent."""
        for source in self.sources:
            for receiver in source.receivers:
                for provider in receiver.providers:
                    for subscriber in provider.subscribers:
                        for dependent, claim in subscriber.patients():
                            yield ClaimStanding(
                                payer=source.payer,
                                receiver=receiver.receiver,
                                provider=provider.provider,
                                subscriber=subscriber.person,
                                dependent=dependent,
                                claim=claim,
                            )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusRequest(_StatusSet):
    """One 276. `reference` is BHT03."""

    @classmethod
    def of_claim(
        cls,
        claim: StatusClaim,
        *,
        reference: str,
        payer: Payer,
        receiver: Provider,
        provider: Provider,
        subscriber: Person,
        dependent: Person | None = None,
        created_at: datetime | None = None,
        control_number: str = "0001",
    ) -> StatusRequest:
        """The question about one claim, which is what a practice asks. `receiver` is who asks: the clinic or its
        clearinghouse, by electronic transmitter number (`other_id_kind` "46")."""
        if dependent is None:
            patient = StatusSubscriber(person=subscriber, claims=(claim,))
        else:
            child = StatusDependent(person=dependent, claims=(claim,))
            patient = StatusSubscriber(person=subscriber, dependents=(child,))
        asks = StatusReceiver(
            receiver=receiver, providers=(StatusProvider(provider=provider, subscribers=(patient,)),)
        )
        return cls(
            reference=reference,
            sources=(StatusSource(payer=payer, receivers=(asks,)),),
            created_at=created_at,
            control_number=control_number,
        )

    def answered(
        self,
        report: Callable[[StatusClaim], StatusClaim],
        *,
        reference: str,
        created_at: datetime | None = None,
        control_number: str = "0001",
    ) -> StatusAnswer:
        """The answer to this request: every claim as `report` makes it of the one asked about, in the same tree."""

        def told(claims: tuple[StatusClaim, ...]) -> tuple[StatusClaim, ...]:
            return tuple(report(claim) for claim in claims)

        def patient(found: StatusSubscriber) -> StatusSubscriber:
            # Birth date and sex identify a patient in the question; an answer has no place for them.
            return StatusSubscriber(
                person=replace(found.person, birth_date=None, sex=""),
                claims=told(found.claims),
                dependents=tuple(
                    StatusDependent(
                        person=replace(child.person, birth_date=None, sex=""), claims=told(child.claims)
                    )
                    for child in found.dependents
                ),
            )

        def provider(found: StatusProvider) -> StatusProvider:
            return replace(found, subscribers=tuple(patient(item) for item in found.subscribers))

        def receiver(found: StatusReceiver) -> StatusReceiver:
            return replace(found, providers=tuple(provider(item) for item in found.providers))

        return StatusAnswer(
            reference=reference,
            sources=tuple(
                replace(source, receivers=tuple(receiver(item) for item in source.receivers))
                for source in self.sources
            ),
            created_at=created_at,
            control_number=control_number,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusAnswer(_StatusSet):
    """One 277 that answers a 276. `reference` is the payer's own (BHT03); ours are the `trace` of each claim, and of a
    receiver that was refused as a whole."""
