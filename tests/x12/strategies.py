"""Hypothesis strategies: anything that a clinic or a payer may say, in characters that X12 can carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

from hypothesis import strategies as st

from clinic.x12 import (
    Address,
    Adjustment,
    Benefit,
    Claim,
    ClaimPayment,
    Contact,
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
from clinic.x12.results.eligibility import Circumstance, Involved, Reference, Standing, Trace
from clinic.x12.results.remittance import (
    INPATIENT_FIGURES,
    INPATIENT_TOTALS,
    OUTPATIENT_FIGURES,
    PROVIDER_FIGURES,
    ClaimGroup,
)
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


quantities = st.lists(st.tuples(st.sampled_from(["ZK", "ZL"]), units), max_size=2).map(tuple)
contacts = st.builds(Contact, name=st.just("") | words, phone=st.just("5550100123"), email=st.just("") | ids)


def figures(names: dict[int, str], most: int = 5) -> st.SearchStrategy[tuple[tuple[str, Decimal], ...]]:
    """Some named numbers in the order of their segment."""
    order = list(names.values())
    return st.lists(st.sampled_from(order), max_size=most, unique=True).flatmap(
        lambda chosen: st.tuples(
            *[st.tuples(st.just(name), positive) for name in sorted(chosen, key=order.index)]
        )
    )


@st.composite
def service_payments(draw: st.DrawFn) -> ServicePayment:
    payment = draw(plain_service_payments)
    changes: dict[str, object] = {"description": draw(st.just("") | words)}
    if draw(st.booleans()):
        changes["service_to"] = draw(days)
    if draw(st.booleans()):
        changes |= {
            "billed_procedure": draw(ids),
            "billed_procedure_kind": "HC",
            "billed_modifiers": draw(modifiers),
            "billed_description": draw(st.just("") | words),
        }
    return replace(payment, **changes)  # type: ignore[arg-type]


plain_service_payments = st.builds(
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
    references=st.lists(st.tuples(st.sampled_from(["1S", "LU", "HPI", "0K"]), ids), max_size=3).map(tuple),
    revenue_code=st.sampled_from(["", "0450"]),
    pharmacy_rejections=st.lists(ids, max_size=2).map(tuple),
    quantities=quantities,
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
        inpatient=draw(figures(INPATIENT_FIGURES)),
        outpatient=draw(figures(OUTPATIENT_FIGURES)),
        remarks=tuple(draw(st.lists(ids, max_size=5))),
        other_subscriber=draw(st.none() | named_people),
        drg=draw(maybe_id),
        drg_weight=draw(st.none() | positive),
        discharge_fraction=draw(st.none() | st.just(Decimal("0.5"))),
        contacts=tuple(draw(st.lists(contacts, max_size=2))),
        quantities=draw(quantities),
        references=said,
        group_number=next((value for kind, value in said if kind == "1L"), ""),
        contract_class=next((value for kind, value in said if kind == "CE"), ""),
        statement_from=draw(maybe_day),
        received_on=draw(maybe_day),
        amounts=tuple(draw(st.lists(st.tuples(st.sampled_from(["I", "AU"]), cents), max_size=2))),
        lines=tuple(draw(st.lists(service_payments(), max_size=4))),
    )


provider_adjustments = st.builds(
    ProviderAdjustment,
    provider_id=st.just(samples.NPI),
    fiscal_year_end=days,
    reason=st.sampled_from(["WO", "FB", "72", "L6", "J1", "50", "51", "CS", "IR", "LE"]),
    reference=maybe_id,
    amount=cents,
)


@st.composite
def claim_groups(draw: st.DrawFn, claims: int) -> tuple[ClaimGroup, ...]:
    """The LX of a remittance of so many claims; none at all is one LX numbered 1."""
    found = []
    while claims or (not found and draw(st.booleans())):
        some = draw(st.integers(1, claims)) if claims else 0
        claims -= some
        totals = draw(st.booleans())
        found.append(
            ClaimGroup(
                number=draw(st.sampled_from(["2", "110212"])),
                claims=some,
                provider_id=samples.NPI if totals else "",
                facility_code="11" if totals else "",
                fiscal_year_end=draw(days) if totals else None,
                provider_figures=draw(figures(PROVIDER_FIGURES)) if totals else (),
                inpatient_figures=draw(figures(INPATIENT_TOTALS)),
            )
        )
    return tuple(found)


@st.composite
def remittances(draw: st.DrawFn) -> Remittance:
    claims = draw(st.lists(payments(), max_size=4))
    return samples.remittance(
        *claims,
        claims=tuple(claims),
        groups=draw(claim_groups(len(claims))) if not claims or draw(st.booleans()) else (),
        payment_format=draw(st.sampled_from(["", "CCP", "CTX"])),
        company_id=draw(maybe_id),
        references=draw(st.lists(st.tuples(st.sampled_from(["EV", "F2"]), ids), max_size=2).map(tuple)),
        payer_references=draw(st.lists(st.tuples(st.just("2U"), ids), max_size=2).map(tuple)),
        payee_references=draw(st.lists(st.tuples(st.sampled_from(["0B", "PQ"]), ids), max_size=2).map(tuple)),
        currency=draw(st.sampled_from(["", "USD"])),
        delivery=draw(st.sampled_from([(), ("BM",), ("EM", "DESK", "DESK@EXAMPLE.COM")])),
        **_contacts_of_payer(draw),
        amount=draw(positive),
        paid_on=draw(days),
        trace=draw(ids),
        provider_adjustments=tuple(draw(st.lists(provider_adjustments, max_size=14))),
    )


def _contacts_of_payer(draw: st.DrawFn) -> dict[str, object]:
    """One technical contact is the payer's own; anything else says of each what it is for."""
    if draw(st.booleans()):
        return {}
    kinds = ["CX", *draw(st.lists(st.just("BL"), max_size=2))]
    said = tuple((kind, draw(contacts)) for kind in kinds)
    merged = Contact(
        name=next((contact.name for _, contact in said if contact.name), ""),
        phone=said[0][1].phone,
        email=next((contact.email for _, contact in said if contact.email), ""),
    )
    return {"contacts": said, "payer": replace(samples.remittance().payer, contact=merged)}


periods = st.builds(Period, kind=st.sampled_from(["346", "291"]), start=days)
maybe_number = st.none() | units
traces = st.builds(Trace, ids, ids, st.sampled_from(["1", "2"]), maybe_id)
named_references = st.builds(Reference, st.sampled_from(["6P", "18", "1L", "Q4"]), ids, st.just("") | words)
involved = st.builds(Involved, st.sampled_from(["PC", "BI"]), st.just("PXC"), ids)
standings = st.builds(
    Standing,
    involved=st.lists(involved, max_size=1).map(tuple),
    diagnoses=st.lists(st.tuples(st.sampled_from(["ABK", "ABF"]), codes), max_size=3).map(tuple),
    military=st.sampled_from([(), ("A", "AE", "A")]),
)


@st.composite
def standings_above(draw: st.DrawFn) -> Standing:
    """What a payer says of the subscriber when a dependent was asked about."""
    return replace(
        draw(standings),
        relationship=draw(st.sampled_from(["", "18"])),
        traces=tuple(draw(st.lists(traces, max_size=1))),
        references=tuple(draw(st.lists(named_references, max_size=2))),
        periods=tuple(draw(st.lists(periods, max_size=2))),
    )


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
    quantity_kind=st.just("VS"),
    quantity=maybe_number,
    procedure=maybe_id,
    pointers=st.sampled_from([(), ("1",), ("1", "3")]),
    circumstances=st.lists(st.just(Circumstance("ZZ", "11")), max_size=2).map(tuple),
    references=st.lists(named_references, max_size=2).map(tuple),
    entities=st.lists(
        st.builds(
            RelatedEntity,
            role=st.sampled_from(["P3", "PRP", "X3"]),
            name=words,
            id_kind=st.just("PI"),
            id=ids,
            address=st.none() | addresses,
            contacts=st.lists(contacts, max_size=2).map(tuple),
            involved=st.lists(involved, max_size=1).map(tuple),
        ),
        max_size=3,
    ).map(tuple),
    rejections=st.lists(
        st.builds(
            Rejection, level=st.just("benefit"), code=st.sampled_from(["70", "60"]), follow_up=st.just("C")
        ),
        max_size=2,
    ).map(tuple),
)


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
        relationship=draw(st.sampled_from(["", "18"] if dependent is None else ["01", "19"])),
        standing=draw(standings),
        subscriber_standing=Standing() if dependent is None else draw(standings_above()),
        provider_references=tuple(
            draw(st.lists(st.tuples(st.just("1C"), ids).map(lambda pair: Reference(*pair)), max_size=1))
        ),
        traces=tuple(draw(st.lists(traces, max_size=2))),
        benefits=tuple(draw(st.lists(benefits, max_size=6))),
        rejections=tuple(Rejection(level=level, code=code, follow_up="C") for level, code in refused),
        references=draw(st.lists(named_references, max_size=2).map(tuple)),
        periods=tuple(draw(st.lists(periods, max_size=2))),
    )
