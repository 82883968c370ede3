"""Hypothesis strategies for eligibility questions and for the three kinds of acknowledgment."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import strategies as st

from clinic.x12 import (
    Acknowledgment999,
    ClaimAcknowledgment,
    ClaimStatus,
    EligibilityRequest,
    InterchangeAcknowledgment,
    LineStatus,
    Payer,
    Provider,
    ProviderAcknowledgment,
    SegmentError,
    SetAcknowledgment,
    Status,
    StatusCode,
    Tally,
)
from clinic.x12.results.acknowledgment import ElementError, Trigger
from clinic.x12.results.eligibility import Circumstance, Question, Reference, Standing
from tests.x12 import samples
from tests.x12.strategies import (
    addresses,
    children,
    days,
    ids,
    maybe_day,
    maybe_id,
    modifiers,
    named_people,
    people,
    periods,
    positive,
    standings,
    standings_above,
    traces,
    units,
    words,
)

plain_references = st.tuples(st.sampled_from(["18", "1L", "SY"]), ids).map(lambda pair: Reference(*pair))
some_references = st.lists(plain_references, max_size=2).map(tuple)
types = st.sampled_from(["30", "98", "UC", "MH"])
questions = st.builds(
    Question,
    service_types=st.lists(types, min_size=2, max_size=4).map(tuple),
    procedure=maybe_id,
    modifiers=st.just(()),
    coverage_level=st.sampled_from(["", "IND"]),
    pointers=st.sampled_from([(), ("1", "2")]),
    amounts=st.lists(st.tuples(st.just("R"), positive), max_size=1).map(tuple),
    circumstances=st.lists(st.just(Circumstance("ZZ", "11")), max_size=1).map(tuple),
    references=st.lists(st.just(Reference("9F", "REF1")), max_size=1).map(tuple),
    periods=st.lists(periods, max_size=1).map(tuple),
)


@st.composite
def requests(draw: st.DrawFn) -> EligibilityRequest:
    dependent = draw(st.none() | children)
    asked = tuple(draw(st.lists(questions, max_size=3)))
    simple = tuple(draw(st.lists(types, min_size=1, max_size=3)))
    # A date that a question has itself is the service date, and then stands nowhere else.
    own = next((period for question in asked for period in question.periods), None)
    on = own.start if own else draw(maybe_day)
    return samples.request(
        subscriber=draw(people),
        dependent=dependent,
        relationship=draw(st.sampled_from(["", "18"] if dependent is None else ["01", "19"])),
        group_number=draw(maybe_id),
        service_types=tuple(code for question in asked for code in question.service_types)
        if asked
        else simple,
        questions=asked,
        service_on=on,
        service_to=own.end if own else None,
        service_kind="" if own else draw(st.sampled_from(["291", "307"])) if on else "291",
        standing=replace(
            draw(standings),
            traces=tuple(draw(st.lists(traces, max_size=1))),
            references=draw(some_references),
            military=(),
        ),
        subscriber_standing=Standing()
        if dependent is None
        else replace(draw(standings_above()), military=(), references=draw(some_references)),
        provider=Provider(
            last_name=draw(words),
            npi=samples.NPI,
            tax_id=draw(maybe_id),
            taxonomy=draw(maybe_id),
            address=draw(st.none() | addresses),
        ),
        provider_references=draw(st.lists(st.just(Reference("1C", "77")), max_size=1).map(tuple)),
        provider_role=draw(st.sampled_from(["1P", "FA"])),
        provider_part="BI",
        trace_supplement=draw(maybe_id),
        transaction_type=draw(st.sampled_from(["", "RT"])),
    )


places = st.integers(0, 24)
triggers = st.builds(
    Trigger,
    segment=st.just("CLM"),
    set_position=places,
    loop=st.sampled_from(["", "2300"]),
    element=places,
    component=st.just(0),
    repeat=st.just(0),
    references=st.sampled_from([(), ("1325",), ("C023", "1325")]),
)
business_units = st.tuples(st.sampled_from(["CLM01", "NM109", "SBR02"]), ids)
element_errors = st.builds(
    ElementError,
    element=st.integers(1, 24),
    component=places,
    repeat=places,
    reference=maybe_id,
    code=st.sampled_from(["1", "7", "I12"]),
    value=maybe_id,
    units=st.lists(business_units, max_size=1).map(tuple),
    triggers=st.lists(triggers, max_size=1).map(tuple),
)


@st.composite
def segment_errors(draw: st.DrawFn) -> SegmentError:
    unit = draw(st.just(("", "")) | business_units)
    return SegmentError(
        segment=draw(st.sampled_from(["CLM", "NM1", "SV1"])),
        set_position=draw(st.integers(1, 999)),
        loop=draw(st.sampled_from(["", "2300", "2010"])),
        code=draw(st.sampled_from(["1", "3", "8", "I6"])),
        business_unit=unit,
        more_units=tuple(draw(st.lists(business_units, max_size=2))) if unit[0] else (),
        triggers=tuple(draw(st.lists(triggers, max_size=2))),
        elements=tuple(draw(st.lists(element_errors, max_size=3))),
    )


set_acknowledgments = st.builds(
    SetAcknowledgment,
    transaction=st.sampled_from(["837", "270", "276"]),
    control_number=ids.map(lambda text: text[:9]),
    code=st.sampled_from(["A", "E", "M", "R", "W", "X"]),
    version=st.sampled_from(["", "005010X222A1"]),
    errors=st.lists(segment_errors(), max_size=3).map(tuple),
    syntax_codes=st.lists(st.sampled_from(["1", "4", "5"]), max_size=5).map(tuple),
)
acknowledgments = st.builds(
    Acknowledgment999,
    control_number=st.just("0001"),
    functional_id=st.sampled_from(["HC", "HS"]),
    group_control_number=st.integers(1, 999_999_999).map(str),
    version=st.sampled_from(["", "005010X222A1"]),
    code=st.sampled_from(["A", "E", "P", "R"]),
    sets=st.lists(set_acknowledgments, max_size=4).map(tuple),
    sets_included=places,
    sets_received=places,
    sets_accepted=places,
    syntax_codes=st.lists(st.sampled_from(["1", "5"]), max_size=5).map(tuple),
)
interchange_acknowledgments = st.builds(
    InterchangeAcknowledgment,
    control_number=st.integers(0, 999_999_999),
    sent_at=st.none() | st.just(samples.AT),
    code=st.sampled_from(["A", "E", "R"]),
    note=st.integers(0, 31).map("{:03d}".format),
)

status_codes = st.builds(
    StatusCode,
    category=st.sampled_from(["A1", "A2", "A3", "A6", "A7", "A8"]),
    code=st.sampled_from(["19", "20", "21", "562"]),
    entity=st.sampled_from(["", "IL", "85"]),
    code_list=st.just(""),
)
statuses = st.lists(
    st.builds(
        Status,
        codes=st.lists(status_codes, min_size=1, max_size=3).map(tuple),
        effective_on=days,
        action=st.sampled_from(["", "U", "WQ"]),
        amount=st.none() | positive,
        message=st.just("") | words,
    ),
    min_size=1,
    max_size=3,
).map(tuple)
line_statuses = st.builds(
    LineStatus,
    procedure=ids,
    procedure_kind=st.just("HC"),
    amount_billed=positive,
    modifiers=modifiers,
    revenue_code=st.sampled_from(["", "0450"]),
    units=st.none() | units,
    control_number=maybe_id,
    prescription_number=maybe_id,
    service_from=maybe_day,
    statuses=statuses,
)
claim_statuses = st.builds(
    ClaimStatus,
    control_number=ids,
    statuses=statuses,
    patient=named_people,
    payer_control_number=maybe_id,
    clearinghouse_trace=maybe_id,
    bill_type=st.sampled_from(["", "111"]),
    service_from=maybe_day,
    lines=st.lists(line_statuses, max_size=2).map(tuple),
)
tallies = st.builds(
    Tally,
    accepted=st.none() | places,
    rejected=st.none() | places,
    amount_accepted=st.none() | positive,
    amount_rejected=st.none() | positive,
)
provider_acknowledgments = st.builds(
    ProviderAcknowledgment,
    provider=st.just(Provider(last_name="ELM STREET CLINIC", npi=samples.NPI)),
    references=st.lists(st.tuples(st.sampled_from(["0B", "TJ"]), ids), max_size=2).map(tuple),
    trace=ids,
    statuses=st.just(()) | statuses,
    tally=tallies,
    claims=st.lists(claim_statuses, max_size=3).map(tuple),
)
claim_acknowledgments = st.builds(
    ClaimAcknowledgment,
    control_number=st.just("0001"),
    reference=ids,
    source=st.builds(Payer, name=words, id=ids),
    source_role=st.sampled_from(["AY", "PR"]),
    source_trace=ids,
    received_on=days,
    processed_on=days,
    receiver=st.just(Provider(last_name="ELM STREET CLINIC", other_id_kind="46", other_id="CLINIC01")),
    batch_reference=ids,
    statuses=statuses,
    tally=tallies,
    providers=st.lists(provider_acknowledgments, max_size=2).map(tuple),
    created_at=st.just(samples.AT),
)
__all__ = [
    "acknowledgments",
    "claim_acknowledgments",
    "interchange_acknowledgments",
    "requests",
]
