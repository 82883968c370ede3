"""276 and 277: the question where our claims stand, and the answer (C2, C3)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.x12 import (
    Contact,
    Payer,
    Person,
    ProcessingStatus,
    Provider,
    StatusAnswer,
    StatusClaim,
    StatusCode,
    StatusDependent,
    StatusLine,
    StatusProvider,
    StatusReceiver,
    StatusRequest,
    StatusSource,
    StatusSubscriber,
    inspect,
    read_276,
    read_277,
    read_277ca,
    validate,
    write_276,
    write_277,
)
from tests.x12 import samples, strategies
from tests.x12.oracles import x12sdk_models
from tests.x12.rewriting import CORPUS, corpus_files, plain_segments

READ = {"276": read_276, "277": read_277}
WRITE = {"276": write_276, "277": write_277}
# Files that are defective, each with what is wrong. All others of these kinds are clean.
DEFECTIVE = {
    "imsweb__x12-parser/x12_277_x212.txt": "IEA02 is not the control number of its ISA",
}
NOT_HERE = pytest.mark.skipif(
    not corpus_files("276"), reason="the public sample files are not on this machine"
)

HUB = Provider(last_name="EXAMPLE HUB", other_id_kind="46", other_id="HUB01")
CLINIC = Provider(last_name="ELM STREET CLINIC", npi=samples.NPI)
WIFE = Person(last_name="DOE", first_name="JANE", member_id="M900100", birth_date=date(1980, 4, 5), sex="F")
SON = Person(last_name="DOE", first_name="TIM", birth_date=date(2015, 6, 7), sex="M")
CLAIM = StatusClaim(
    trace="T1",
    control_number="1042-1",
    payer_control_number="ICN9001",
    group_number="G77",
    amount_billed=Decimal("165.50"),
    service_from=samples.DAY,
    lines=(
        StatusLine(
            procedure="99213",
            modifiers=("25",),
            amount_billed=Decimal("125.00"),
            units=Decimal(1),
            control_number="L1",
            service_from=samples.DAY,
        ),
    ),
)


def question(claim: StatusClaim = CLAIM, **changes: object) -> StatusRequest:
    """What a practice asks: one claim."""
    about: dict[str, object] = {
        "reference": "B42",
        "payer": samples.PAYER,
        "receiver": HUB,
        "provider": CLINIC,
        "subscriber": WIFE,
        "created_at": samples.AT,
    }
    return StatusRequest.of_claim(claim, **{**about, **changes})  # type: ignore[arg-type]


def status(category: str, code: str, **changes: object) -> ProcessingStatus:
    """One STC of the day."""
    about: dict[str, object] = {
        "codes": (StatusCode(category=category, code=code),),
        "effective_on": samples.DAY,
    }
    return ProcessingStatus(**{**about, **changes})  # type: ignore[arg-type]


def paid(claim: StatusClaim) -> StatusClaim:
    """The payer paid 80.00 by check."""
    done = status(
        "F1",
        "65",
        amount_billed=claim.amount_billed,
        amount_paid=Decimal("80.00"),
        finished_on=samples.DAY,
        check_on=samples.DAY,
        check_number="CHK900",
    )
    return replace(
        claim,
        payer_control_number="ICN9001",
        amount_billed=None,
        group_number="",
        statuses=(done,),
        lines=tuple(
            replace(line, amount_paid=Decimal("80.00"), statuses=(status("F1", "65"),))
            for line in claim.lines
        ),
    )


def test_a_question_reads_back_and_x12sdk_takes_it():
    requests = [question(), question(dependent=SON, control_number="0002")]
    data = write_276(samples.ENVELOPE, requests)
    assert list(read_276(data)) == requests
    assert validate(data) == ()
    assert len(x12sdk_models(data)) == 2


def test_the_answer_to_a_question_says_the_same_people_and_our_trace_and_x12sdk_takes_it():
    (asked,) = read_276(write_276(samples.ENVELOPE, [question(dependent=SON)]))
    answer = asked.answered(paid, reference="P900", created_at=samples.AT)
    data = write_277(samples.ENVELOPE, [answer])
    (found,) = read_277(data)
    assert found == answer
    assert validate(data) == ()
    assert len(x12sdk_models(data)) == 1
    (told,) = found.claims()
    assert (told.claim.trace, told.patient.first_name, told.payer) == ("T1", "TIM", samples.PAYER)
    (said,) = told.claim.statuses
    assert (said.amount_paid, said.check_number, said.finished) == (Decimal("80.00"), "CHK900", True)
    assert told.claim.lines[0].amount_paid == Decimal("80.00")


def test_a_pending_claim_is_neither_finished_nor_denied():
    assert (status("P3", "317").pending, status("P3", "317").finished) == (True, False)
    assert (status("F2", "88").denied, status("F2", "88").finished) == (True, True)
    assert status("A4", "35").not_found
    assert not status("F1", "65").denied


def test_a_payer_may_refuse_the_whole_request_or_one_provider():
    refused = StatusProvider(provider=CLINIC, trace="0", statuses=(status("E0", "24"),))
    whole = StatusReceiver(receiver=HUB, trace="B42", statuses=(status("E0", "0"),))
    payer = replace(samples.PAYER, contact=Contact(name="STATUS DESK", phone="5550100123"))
    answers = [
        StatusAnswer(reference="P1", sources=(StatusSource(payer=payer, receivers=(whole,)),)),
        StatusAnswer(
            reference="P2",
            sources=(
                StatusSource(payer=payer, receivers=(StatusReceiver(receiver=HUB, providers=(refused,)),)),
            ),
            created_at=samples.AT,
            control_number="0002",
        ),
    ]
    data = write_277(samples.ENVELOPE, answers)
    assert list(read_277(data)) == answers
    assert [list(item.claims()) for item in answers] == [[], []]


def test_a_claim_acknowledgment_is_no_status_answer():
    data = write_277(samples.ENVELOPE, [question().answered(paid, reference="P1", created_at=samples.AT)])
    assert inspect(data)["kind"] == "277"
    assert read_277ca(data) == ()
    as_acknowledgment = data.replace(b"005010X212", b"005010X214")
    assert read_277(as_acknowledgment) == ()
    assert inspect(as_acknowledgment)["kind"] == "277CA"


@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        (b"STC*F1:65*20260302", b"STC**20260302", "STC01"),
        (b"STC*F1:65*20260302", b"STC*F1:65*20260399", "STC02"),
        (b"*PI*60054", b"", "NM108"),
        (b"TRN*2*T1", b"TRN*9*T1", "TRN01"),
        (b"REF*1K*", b"REF*ZZ*", "REF01"),
        (b"DTP*472*D8*20260302", b"DTP*472*D8*20261302", "DTP03"),
    ],
)
def test_what_a_payer_gets_wrong_is_named_at_its_place(was, becomes, place):
    data = write_277(samples.ENVELOPE, [question().answered(paid, reference="P1", created_at=samples.AT)])
    assert was in data
    found = validate(data.replace(was, becomes, 1))
    assert place in [finding.element for finding in found]


ids = strategies.maybe_id
statuses = st.builds(
    ProcessingStatus,
    codes=st.lists(
        st.builds(
            StatusCode,
            category=st.sampled_from(["P1", "F1", "F2", "A4", "R3"]),
            code=st.sampled_from(["20", "65", "562"]),
            entity=st.sampled_from(["", "85", "QC"]),
            code_list=st.sampled_from(["", "RX"]),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
    effective_on=strategies.days,
    amount_billed=st.none() | strategies.positive,
    amount_paid=st.none() | strategies.positive,
    finished_on=strategies.maybe_day,
    method=st.sampled_from(["", "CHK"]),
    check_on=strategies.maybe_day,
    check_number=ids,
    message=st.just("") | strategies.words,
)


def _several(items: st.SearchStrategy, most: int = 2, least: int = 0) -> st.SearchStrategy:
    return st.lists(items, min_size=least, max_size=most).map(tuple)


def _claims(answer: bool) -> st.SearchStrategy:
    told = _several(statuses, 3, 1) if answer else st.just(())
    lines = st.builds(
        StatusLine,
        procedure=strategies.ids,
        amount_billed=strategies.positive,
        amount_paid=strategies.positive if answer else st.none(),
        kind=st.sampled_from(["HC", "AD"]),
        modifiers=strategies.modifiers,
        revenue_code=ids,
        units=strategies.units,
        control_number=ids,
        service_from=strategies.days,
        statuses=told,
    )
    only_asked = {
        "application": ids,
        "group_number": ids,
        "amount_billed": st.none() | strategies.positive,
    }
    return st.builds(
        StatusClaim,
        trace=strategies.ids,
        control_number=ids,
        payer_control_number=ids,
        bill_type=ids,
        prescription_number=ids,
        clearinghouse_trace=ids,
        service_from=strategies.maybe_day,
        statuses=told,
        lines=_several(lines, 3),
        **({"voucher": ids} if answer else only_asked),
    )


def _sources(answer: bool) -> st.SearchStrategy:
    """Whole trees, as deep as they go. A patient who is asked about has a birth date, nobody who is told of."""
    names = {"last_name": strategies.words, "first_name": strategies.words}
    nobody = st.builds(Person, member_id=strategies.ids, **names)
    born = {} if answer else {"birth_date": strategies.days, "sex": st.sampled_from(["", "M", "F"])}
    patient = st.builds(Person, member_id=strategies.ids, **names, **born)
    claims = _several(_claims(answer), 2, 1)
    above = {"trace": strategies.ids, "statuses": _several(statuses, 2, 1)} if answer else {}
    dependents = st.builds(StatusDependent, person=st.builds(Person, **names, **born), claims=claims)
    subscribers = st.builds(StatusSubscriber, person=patient, claims=claims) | st.builds(
        StatusSubscriber, person=nobody, dependents=_several(dependents, 2, 1)
    )
    providers = st.builds(
        StatusProvider, provider=strategies.named_doctors, subscribers=_several(subscribers, 2, 1)
    )
    receivers = st.builds(StatusReceiver, receiver=st.just(HUB), providers=_several(providers, 2, 1))
    if answer:
        providers |= st.builds(StatusProvider, provider=strategies.named_doctors, **above)
        receivers |= st.builds(StatusReceiver, receiver=st.just(HUB), providers=_several(providers), **above)
    payers = st.builds(Payer, name=strategies.words, id=strategies.ids)
    return _several(st.builds(StatusSource, payer=payers, receivers=_several(receivers, 2, 1)), 2, 1)


SLOW = settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOW
@given(_sources(False))
def test_a_written_question_reads_back_as_it_was_asked(sources):
    asked = StatusRequest(reference="B1", sources=sources, created_at=samples.AT)
    data = write_276(samples.ENVELOPE, [asked])
    assert read_276(data) == (asked,)
    assert validate(data, "out") == ()


@SLOW
@given(_sources(True))
def test_a_written_answer_reads_back_as_it_was_said(sources):
    told = StatusAnswer(reference="P1", sources=sources, created_at=samples.AT)
    data = write_277(samples.ENVELOPE, [told])
    assert read_277(data) == (told,)
    assert validate(data, "out") == ()


def _with_one_line(claim: StatusClaim) -> StatusClaim:
    return replace(claim, lines=claim.lines[:1])


# x12sdk loses segments where a set has several payers or a claim several lines, so it judges one of each at a time.
@SLOW
@given(_claims(False).map(_with_one_line), _claims(True).map(_with_one_line), st.booleans())
def test_x12sdk_takes_whatever_is_asked_or_said_of_a_claim(asked, told, of_a_child):
    request = question(asked, dependent=SON if of_a_child else None)
    assert len(x12sdk_models(write_276(samples.ENVELOPE, [request]))) == 1
    answer = request.answered(lambda claim: told, reference="P1", created_at=samples.AT)
    assert len(x12sdk_models(write_277(samples.ENVELOPE, [answer]))) == 1


def test_a_patient_without_a_claim_is_asked_about_for_nothing():
    asked = question()
    nobody = StatusSubscriber(person=WIFE)
    provider = StatusProvider(provider=CLINIC, subscribers=(nobody,))
    receiver = StatusReceiver(receiver=HUB, providers=(provider,))
    empty = replace(asked, sources=(StatusSource(payer=samples.PAYER, receivers=(receiver,)),))
    (finding,) = validate(write_276(samples.ENVELOPE, [empty]))
    assert (finding.severity, finding.loop, finding.segment) == ("error", "2000D", "TRN")


@NOT_HERE
@pytest.mark.parametrize("path", corpus_files("276", "277"))
def test_every_public_file_is_read_and_only_a_defective_one_has_errors(path):
    data = (CORPUS / path).read_bytes()
    kind = inspect(data)["kind"]
    found = READ[kind](data)
    assert found
    assert all(item.sources for item in found)
    errors = [finding for finding in validate(data) if finding.severity == "error"]
    assert bool(errors) is (path in DEFECTIVE), errors


@NOT_HERE
@pytest.mark.parametrize("path", corpus_files("276", "277"))
def test_what_was_read_is_written_as_the_segments_of_the_file(path):
    data = (CORPUS / path).read_bytes()
    kind = inspect(data)["kind"]
    assert plain_segments(WRITE[kind](samples.ENVELOPE, READ[kind](data))) == plain_segments(data)


@NOT_HERE
def test_the_payer_s_words_about_three_claims_of_a_public_answer():
    (answer,) = read_277((CORPUS / "LinuxForHealth__x12/demo.277").read_bytes())
    told = {item.claim.control_number: item for item in answer.claims()}
    assert {number: item.claim.statuses[0].category for number, item in told.items()} == {
        "SM123456": "P3",
        "J0234567": "F0",
        "MA345678": "F2",
    }
    assert told["MA345678"].patient.first_name == "JOSEPH"
    assert told["MA345678"].claim.lines[0].amount_billed == Decimal("150.00")
    assert told["J0234567"].claim.statuses[0].amount_paid == Decimal("7599.00")
