"""Synthetic requests for authorization and answers, and strategies for all that they may say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from clinic.x12 import (
    Admission,
    AuthorizationAnswer,
    AuthorizationEvent,
    AuthorizationRequest,
    AuthorizationService,
    Contact,
    Decision,
    Delivery,
    OtherReview,
    Payer,
    Person,
    Provider,
    Rejection,
    Review,
    ReviewDiagnosis,
    ReviewProvider,
    Ride,
    Tooth,
    TransportStop,
)
from clinic.x12.results.claim_details import Attachment, ConditionAnswer
from clinic.x12.results.eligibility import Reference, Trace
from tests.x12 import samples, strategies

REVIEWER = Payer(name="BLUE EXAMPLE", id="60054")
REQUESTER = ReviewProvider(
    role="1P",
    provider=Provider(
        last_name="ROWE",
        first_name="ANNA",
        is_person=True,
        npi=samples.NPI,
        tax_id="999887777",
        taxonomy="207Q00000X",
        contact=Contact(name="DESK", phone="5550100123", fax="5550100124"),
    ),
    part="PC",
)
PATIENT = Person(
    last_name="DOE", first_name="JANE", member_id="M900100", birth_date=date(1980, 4, 5), sex="F"
)
THERAPY = AuthorizationService(
    form="professional",
    procedure="97110",
    modifiers=("GP",),
    unit="UN",
    quantity=Decimal(12),
    service_from=samples.DAY,
    service_to=date(2026, 5, 31),
    delivery=Delivery(
        quantity_kind="VS", quantity=Decimal(2), unit="WK", period="35", period_count=Decimal(6)
    ),
)
EVENT = AuthorizationEvent(
    review=Review(
        category="HS", certification="I", service_type="PT", place="11", place_kind="B", release="Y"
    ),
    traces=(Trace("T900", "9CLINIC01X", "1"),),
    event_from=samples.DAY,
    diagnoses=(ReviewDiagnosis(code="M545"), ReviewDiagnosis(code="M6281", kind="ABF")),
    messages=("FALL AT HOME IN JANUARY",),
    providers=(ReviewProvider(role="SJ", provider=Provider(last_name="OAK THERAPY", npi="1987654328")),),
    services=(THERAPY,),
)
REQUEST = AuthorizationRequest(
    reference="B42",
    reviewer=REVIEWER,
    requester=REQUESTER,
    subscriber=PATIENT,
    event=EVENT,
    created_at=samples.AT,
)
# Everything that the other cases of this file do not say.
FULL = replace(
    REQUEST,
    control_number="0002",
    reservation=True,
    subscriber_references=(Reference("6P", "G77"), Reference("EJ", "1042")),
    dependent=samples.CHILD,
    dependent_references=(Reference("EJ", "1043"),),
    relationship="19",
    event=replace(
        EVENT,
        review=Review(
            category="AR",
            certification="R",
            service_type="2",
            place="21",
            place_kind="B",
            causes=("AA", "AP"),
            accident_state="OH",
            urgency="03",
            condition="1",
            prognosis="2",
            release="Y",
            delay_reason="7",
        ),
        previous_authorization="AUTH1",
        administrative_reference="ADM1",
        accident_on=date(2026, 1, 3),
        onset_on=date(2026, 1, 4),
        admitted_from=samples.DAY,
        admitted_to=date(2026, 3, 5),
        discharged_on=date(2026, 3, 6),
        conditions=(ConditionAnswer(category="07", applies=True, codes=("01", "09")),),
        admission=Admission(type="1", source="7", status="30"),
        ride=Ride(
            trip="X",
            reason="A",
            weight_unit="LB",
            weight=Decimal(150),
            distance_unit="DH",
            distance=Decimal("27.5"),
            round_trip_purpose="DIALYSIS AND BACK",
        ),
        kept=(("CR6", "1", "20260302", "RD8", "20260302-20260601", "", "", "W", "I"),),
        attachments=(Attachment(report="M1", sent_by="EL", control_number="ATT900"),),
        stops=(TransportStop(role="PW", name="HOME", address=samples.HOME), TransportStop(role="45", name="CLINIC")),
        other_reviews=(
            OtherReview(role="CA", name="OTHER PLAN", references=(Reference("1G", "X1"),), date_kind="598",
                        on=samples.DAY),
        ),
        services=(
            THERAPY,
            AuthorizationService(
                form="institutional",
                procedure="33510",
                revenue_code="0360",
                amount=Decimal("1200.50"),
                unit="UN",
                quantity=Decimal(1),
                traces=(Trace("T901", "9CLINIC01X", "1"),),
                review=Review(category="HS", certification="I", service_type="2"),
            ),
            AuthorizationService(form="dental", procedure="D2740", kind="AD", quantity=Decimal(1),
                                 teeth=(Tooth("30", ("M", "O")),)),
            AuthorizationService(form="professional", procedure="T1019", procedure_to="T1021", description="HOME AIDE",
                                 messages=("WEEKDAYS",)),
        ),
    ),
)  # fmt: skip


def answered(decision: Decision | None, **changes: object) -> AuthorizationAnswer:
    """The payer's answer to REQUEST."""
    event = replace(EVENT, traces=(Trace("T900", "9CLINIC01X", "2"),), decision=decision)
    about: dict[str, object] = {
        "reference": "B42",
        "reviewer": REVIEWER,
        "requester": REQUESTER,
        "subscriber": PATIENT,
        "event": event,
        "created_at": samples.AT,
    }
    return AuthorizationAnswer(**{**about, **changes})  # type: ignore[arg-type]


PENDED = answered(Decision(action="A4", number="REF900"), more="19")
APPROVED = answered(
    Decision(
        action="A1",
        number="AUTH900",
        issued_on=samples.DAY,
        effective_from=samples.DAY,
        effective_to=date(2026, 5, 31),
        expires_on=date(2026, 5, 31),
    )
)


references = st.lists(
    st.builds(Reference, st.sampled_from(["1G", "ZH", "0B"]), strategies.ids, strategies.maybe_id), max_size=2
).map(tuple)
rejections = {
    level: st.lists(
        st.builds(
            Rejection,
            level=st.just(level),
            code=st.sampled_from(["33", "52", "57"]),
            follow_up=st.sampled_from(["C", "N"]),
            can_answer=st.booleans(),
        ),
        max_size=2,
    ).map(tuple)
    for level in ("event", "service", "provider")
}
reviews = st.builds(
    Review,
    category=st.sampled_from(["AR", "HS", "SC", "IN"]),
    certification=st.sampled_from(["I", "R", "S", "3", "4"]),
    service_type=st.sampled_from(["", "1", "PT", "BF"]),
    place=st.sampled_from(["11", "22"]),
    place_kind=st.just("B"),
    causes=st.lists(st.sampled_from(["AA", "AP", "EM"]), max_size=3).map(tuple),
    urgency=st.sampled_from(["", "U", "03"]),
    release=st.sampled_from(["", "Y"]),
)
decisions = st.builds(
    Decision,
    action=st.sampled_from(["", "A1", "A2", "A3", "A4", "A6", "CT", "NA", "C"]),
    number=strategies.maybe_id,
    reasons=st.lists(strategies.ids, max_size=3).map(tuple),
    second_opinion=st.sampled_from(["", "Y", "N"]),
    issued_on=strategies.maybe_day,
    effective_from=strategies.maybe_day,
    expires_on=strategies.maybe_day,
).map(lambda said: _whole(said))
deliveries = st.builds(
    Delivery,
    quantity_kind=st.sampled_from(["VS", "DY", "HS"]),
    quantity=strategies.units,
    unit=st.sampled_from(["", "WK", "DA"]),
    per=st.none() | strategies.units,
    period=st.sampled_from(["", "34", "35"]),
    period_count=st.none() | strategies.units,
)
attachments = st.lists(
    st.builds(
        Attachment,
        report=st.just("M1"),
        sent_by=st.sampled_from(["EL", "FX"]),
        control_number=strategies.maybe_id,
    ),
    max_size=2,
).map(tuple)
traces = st.lists(
    st.builds(
        Trace,
        strategies.ids,
        st.text(strategies.LETTERS, min_size=9, max_size=10),
        st.sampled_from(["1", "2"]),
        strategies.maybe_id,
    ),
    max_size=3,
).map(tuple)


def _whole(said: Decision) -> Decision | None:
    """Without an action there is no HCR, only dates; without these there is nothing."""
    if said.action:
        return said
    dates = Decision(
        action="", issued_on=said.issued_on, effective_from=said.effective_from, expires_on=said.expires_on
    )
    return dates if dates != Decision(action="") else None


def _providers(answer: bool) -> st.SearchStrategy:
    return st.lists(
        st.builds(
            ReviewProvider,
            role=st.sampled_from(["SJ", "DK", "DN", "71", "FA"]),
            provider=strategies.named_doctors,
            references=references,
            rejections=rejections["provider"] if answer else st.just(()),
        ),
        max_size=2,
    ).map(tuple)


def services(answer: bool) -> st.SearchStrategy:
    return st.builds(
        AuthorizationService,
        form=st.just("professional"),
        procedure=strategies.ids,
        modifiers=strategies.modifiers,
        description=st.just("") | strategies.words,
        amount=st.none() | strategies.positive,
        unit=st.just("UN"),
        quantity=st.none() | strategies.units,
        service_from=strategies.maybe_day,
        traces=traces,
        review=st.none() | reviews,
        decision=decisions if answer else st.none(),
        previous_authorization=strategies.maybe_id,
        delivery=st.none() | deliveries,
        attachments=attachments,
        messages=st.lists(strategies.words, max_size=1).map(tuple),
        providers=_providers(answer),
        rejections=rejections["service"] if answer else st.just(()),
    )


def events(answer: bool) -> st.SearchStrategy:
    return st.builds(
        AuthorizationEvent,
        review=reviews,
        traces=traces,
        decision=decisions if answer else st.none(),
        previous_authorization=strategies.maybe_id,
        administrative_reference=strategies.maybe_id,
        accident_on=strategies.maybe_day,
        onset_on=strategies.maybe_day,
        event_from=strategies.maybe_day,
        admitted_from=strategies.maybe_day,
        discharged_on=strategies.maybe_day,
        diagnoses=st.lists(
            st.builds(
                ReviewDiagnosis,
                code=strategies.codes,
                kind=st.sampled_from(["ABK", "ABF"]),
                on=strategies.maybe_day,
            ),
            max_size=12,
        ).map(tuple),
        delivery=st.none() | deliveries,
        attachments=attachments,
        messages=st.lists(strategies.words, max_size=1).map(tuple),
        providers=_providers(answer),
        services=st.lists(services(answer), max_size=3).map(tuple),
        rejections=rejections["event"] if answer else st.just(()),
    )
