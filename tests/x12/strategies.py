"""Hypothesis strategies: anything that a clinic or a payer may say, in characters that X12 can carry."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from clinic.x12 import (
    Address,
    Adjustment,
    Benefit,
    Claim,
    ClaimPayment,
    Delivery,
    EligibilityAnswer,
    Period,
    Person,
    Provider,
    ProviderAdjustment,
    Rejection,
    RelatedEntity,
    Remittance,
    ServiceLine,
    ServicePayment,
)
from clinic.x12.results.eligibility import Reference, Trace
from tests.x12 import samples

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
words = st.text(LETTERS + " -.'&/", min_size=1, max_size=20).map(lambda text: text.strip() or "X")
cities = st.text("ABCDEFGHIJ ", min_size=4, max_size=20).map(lambda text: "NEW" + text.strip())
ids = st.text(LETTERS, min_size=2, max_size=12)
maybe_id = st.one_of(st.just(""), ids)
cents = st.decimals(Decimal("-9999.99"), Decimal("99999.99"), places=2)
positive = st.decimals(Decimal("0.00"), Decimal("99999.99"), places=2)
units = st.integers(1, 999).map(Decimal)
days = st.dates(date(2015, 1, 1), date(2035, 12, 31))
maybe_day = st.none() | days
modifiers = st.lists(st.text(LETTERS, min_size=2, max_size=2), max_size=4).map(tuple)
codes = st.from_regex(r"[A-TV-Z][0-9][0-9A-Z]{1,4}", fullmatch=True)
zips = st.from_regex(r"[0-9]{5}([0-9]{4})?", fullmatch=True)
references = st.lists(st.tuples(st.sampled_from(["1L", "CE", "G1", "EA"]), ids), max_size=4).map(tuple)

addresses = st.builds(
    Address,
    line1=words,
    line2=st.just("") | words,
    city=cities,
    state=st.sampled_from(["OH", "NY"]),
    zip_code=zips,
)
people = st.builds(
    Person,
    last_name=words,
    first_name=words,
    middle_name=st.just("") | words,
    member_id=ids,
    birth_date=days,
    sex=st.sampled_from(["M", "F", "U"]),
    address=st.none() | addresses,
)
named_people = st.builds(Person, last_name=words, first_name=words, member_id=ids)
children = st.builds(
    Person,
    last_name=words,
    first_name=words,
    birth_date=days,
    sex=st.sampled_from(["M", "F", "U"]),
    address=addresses,
)
doctors = st.builds(
    Provider,
    last_name=words,
    first_name=words,
    is_person=st.just(True),
    npi=st.just(samples.NPI),
    taxonomy=maybe_id,
)
named_doctors = st.builds(
    Provider, last_name=words, first_name=words, is_person=st.just(True), npi=st.just(samples.NPI)
)
adjustments = st.lists(
    st.builds(Adjustment, st.sampled_from(["CO", "OA", "PI", "PR"]), ids, cents, st.none() | units),
    max_size=20,
).map(tuple)

claim_lines = st.builds(
    ServiceLine,
    procedure=ids,
    modifiers=modifiers,
    amount_billed=positive,
    service_from=days,
    units=units,
    pointers=st.lists(st.integers(1, 12), min_size=1, max_size=4).map(tuple),
    place_of_service=st.sampled_from(["", "11", "22"]),
    emergency=st.booleans(),
    control_number=maybe_id,
    prior_authorization=maybe_id,
    note=st.just("") | words,
    rendering_provider=st.none() | doctors,
)


@st.composite
def claims(draw: st.DrawFn) -> Claim:
    patient = draw(st.none() | children)
    frequency = draw(st.sampled_from(["1", "7", "8"]))
    group = draw(maybe_id)
    return samples.claim(
        control_number=draw(ids),
        amount_billed=draw(positive),
        subscriber=draw(people),
        patient=patient,
        relationship="18" if patient is None else draw(st.sampled_from(["01", "19", "G8"])),
        sequence=draw(st.sampled_from(["P", "S", "T"])),
        frequency=frequency,
        group_number=group,
        plan_name="" if group else draw(st.just("") | words),
        payer_control_number="" if frequency == "1" else draw(ids),
        prior_authorization=draw(maybe_id),
        referral_number=draw(maybe_id),
        clia_number=draw(maybe_id),
        patient_paid=draw(st.none() | positive),
        accident_on=draw(maybe_day),
        onset_on=draw(maybe_day),
        note=draw(st.just("") | words),
        diagnoses=tuple(draw(st.lists(codes, min_size=1, max_size=12))),
        rendering_provider=draw(st.none() | doctors),
        referring_provider=draw(st.none() | named_doctors),
        supervising_provider=draw(st.none() | named_doctors),
        pay_to_address=draw(st.none() | addresses),
        lines=tuple(draw(st.lists(claim_lines, min_size=1, max_size=5))),
    )


service_payments = st.builds(
    ServicePayment,
    procedure=ids,
    modifiers=modifiers,
    amount_billed=cents,
    amount_paid=cents,
    units_paid=st.none() | units,
    units_billed=st.none() | units,
    service_from=days,
    adjustments=adjustments,
    line_control_number=ids,
    remarks=st.lists(ids, max_size=3).map(tuple),
    amounts=st.lists(st.tuples(st.sampled_from(["B6", "KH"]), cents), max_size=2).map(tuple),
    references=st.lists(st.tuples(st.sampled_from(["1S", "LU"]), ids), max_size=2).map(tuple),
)


@st.composite
def payments(draw: st.DrawFn) -> ClaimPayment:
    said = draw(references)
    return samples.payment(
        control_number=draw(ids),
        status=draw(st.sampled_from(["1", "2", "4", "19", "22"])),
        amount_billed=draw(cents),
        amount_paid=draw(cents),
        patient_responsibility=draw(st.none() | positive),
        payer_control_number=draw(ids),
        adjustments=draw(adjustments),
        patient=draw(named_people),
        subscriber=draw(st.none() | named_people),
        corrected_patient=draw(st.none() | named_people),
        rendering_provider=draw(st.none() | named_doctors),
        remarks=tuple(draw(st.lists(ids, max_size=5))),
        references=said,
        group_number=next((value for kind, value in said if kind == "1L"), ""),
        contract_class=next((value for kind, value in said if kind == "CE"), ""),
        statement_from=draw(maybe_day),
        received_on=draw(maybe_day),
        amounts=tuple(draw(st.lists(st.tuples(st.sampled_from(["I", "AU"]), cents), max_size=2))),
        lines=tuple(draw(st.lists(service_payments, max_size=4))),
    )


provider_adjustments = st.builds(
    ProviderAdjustment,
    provider_id=st.just(samples.NPI),
    fiscal_year_end=days,
    reason=st.sampled_from(["WO", "FB", "72", "L6"]),
    reference=maybe_id,
    amount=cents,
)


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    return samples.remittance(
        *draw(st.lists(payments(), min_size=1, max_size=4)),
        amount=draw(positive),
        paid_on=draw(days),
        trace=draw(ids),
        provider_adjustments=tuple(draw(st.lists(provider_adjustments, max_size=14))),
    )


periods = st.builds(Period, kind=st.sampled_from(["346", "291"]), start=days)
maybe_number = st.none() | units
benefits = st.builds(
    Benefit,
    code=st.sampled_from(["1", "6", "A", "B", "C", "G", "I", "R", "CB"]),
    coverage_level=st.sampled_from(["", "IND", "FAM"]),
    service_types=st.lists(st.sampled_from(["30", "98", "UC", "MH"]), max_size=4).map(tuple),
    plan_name=st.just("") | words,
    period=st.sampled_from(["", "23", "29"]),
    amount=st.none() | positive,
    percent=st.none() | st.sampled_from([Decimal("0.2"), Decimal("0.35"), Decimal(1)]),
    authorization_required=st.sampled_from(["", "Y", "N", "U"]),
    in_network=st.sampled_from(["", "Y", "N", "W"]),
    messages=st.lists(words, max_size=3).map(tuple),
    periods=st.lists(periods, max_size=2).map(tuple),
    deliveries=st.lists(
        st.builds(
            Delivery,
            quantity_kind=st.just("VS"),
            quantity=units,
            period=st.just("29"),
            period_count=maybe_number,
        ),
        max_size=2,
    ).map(tuple),
    entities=st.lists(
        st.builds(RelatedEntity, role=st.just("P3"), name=words, id_kind=st.just("PI"), id=ids), max_size=2
    ).map(tuple),
    rejections=st.lists(
        st.builds(
            Rejection, level=st.just("benefit"), code=st.sampled_from(["70", "60"]), follow_up=st.just("C")
        ),
        max_size=2,
    ).map(tuple),
)


traces = st.builds(Trace, ids, ids, st.sampled_from(["1", "2"]), maybe_id)
named_references = st.builds(Reference, st.sampled_from(["6P", "18", "1L", "Q4"]), ids, st.just("") | words)


@st.composite
def answers(draw: st.DrawFn) -> EligibilityAnswer:
    dependent = draw(st.none() | children)
    levels = ["payer", "provider", "subscriber"] + (["dependent"] if dependent else [])
    refused = draw(
        st.lists(st.tuples(st.sampled_from(levels), st.sampled_from(["72", "75", "42"])), max_size=3)
    )
    refused.sort(key=lambda item: levels.index(item[0]))
    return samples.answer(
        subscriber=draw(people),
        dependent=dependent,
        relationship="" if dependent is None else draw(st.sampled_from(["01", "19"])),
        traces=tuple(draw(st.lists(traces, max_size=2))),
        benefits=tuple(draw(st.lists(benefits, max_size=6))),
        rejections=tuple(Rejection(level=level, code=code, follow_up="C") for level, code in refused),
        references=draw(st.lists(named_references, max_size=2).map(tuple)),
        periods=tuple(draw(st.lists(periods, max_size=2))),
    )
