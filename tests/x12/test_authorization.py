"""278: the request for approval and what the payer decides (X217)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.x12 import (
    AuthorizationAnswer,
    AuthorizationRequest,
    Contact,
    Decision,
    Provider,
    Rejection,
    ReviewDiagnosis,
    ReviewProvider,
    acknowledge,
    codes,
    inspect,
    read_278,
    validate,
    write_278_request,
    write_278_response,
)
from clinic.x12.explaining import explain
from tests.x12 import samples, strategies
from tests.x12.authorizations import (
    APPROVED,
    EVENT,
    FULL,
    PATIENT,
    PENDED,
    REQUEST,
    THERAPY,
    answered,
    events,
)
from tests.x12.rewriting import CORPUS, corpus_files, plain_segments

_UPSIDE_DOWN = "the patient stands at the level of the reviewer, and a 277's STC takes the place of HCR"
# Files that are defective, each with what is wrong. All others of this kind are clean.
DEFECTIVE = {
    "irobayna__stupidedi/admission-request-for-review.edi": "SE01 counts one segment too few",
    "irobayna__stupidedi/request-for-home-health-care.edi": "SE01 counts one segment too few",
    "apimeister__x12-types/_278_test-embedded2.edi": "SE02 is not the control number of its ST",
    "apimeister__x12-types/_278_test-embedded9.edi": "the reviewer is named as a payer (PR), not as a reviewer (X3)",
    "aurelianware__hipaa-attachments/x215-inquiry-by-member-response.edi": "SE01 counts one segment too few",
    "aurelianware__hipaa-attachments/x217-error-response.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/x217-inpatient-request.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/x217-inpatient-response-approved.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/x217-inpatient-response-pended.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/x217-outpatient-response.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/x217-referral-request.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/x217-revision-request.edi": _UPSIDE_DOWN,
    "aurelianware__hipaa-attachments/test-x12-278-review-request.edi": "a request that decides; its dependent is nobody",
}
# Without an error, but said in a way that nobody should repeat.
NOT_REWRITTEN = {
    "irobayna__stupidedi/request-for-non-emergency-transportation.edi": "HL02 names the service before as the level above",
    "apimeister__x12-types/_278_test-embedded1.edi": "HL04 promises levels that do not follow (a warning)",
}
NOT_HERE = pytest.mark.skipif(
    not corpus_files("278"), reason="the public sample files are not on this machine"
)


def test_a_request_reads_back_and_has_no_findings_before_it_leaves():
    data = write_278_request(samples.ENVELOPE, [REQUEST, FULL])
    assert list(read_278(data)) == [REQUEST, FULL]
    assert validate(data, "out") == ()
    assert inspect(data)["kind"] == "278"
    assert [item.patient for item in (REQUEST, FULL)] == [PATIENT, samples.CHILD]


def test_a_request_is_pended_first_and_approved_later():
    first, later = (
        read_278(write_278_response(samples.ENVELOPE, [answer]))[0] for answer in (PENDED, APPROVED)
    )
    assert (first, later) == (PENDED, APPROVED)
    assert isinstance(first, AuthorizationAnswer)
    assert isinstance(later, AuthorizationAnswer)
    assert first.event is not None
    assert first.event.trace == REQUEST.event.trace
    assert first.decision is not None
    assert (first.decision.pended, first.decision.approved, first.more) == (True, False, "19")
    assert later.decision is not None
    assert (later.decision.pended, later.decision.approved, later.decision.number) == (False, True, "AUTH900")
    assert later.decision.expires_on == date(2026, 5, 31)
    assert (
        validate(write_278_response(samples.ENVELOPE, [PENDED, replace(APPROVED, control_number="0002")]))
        == ()
    )


@pytest.mark.parametrize("asked", [REQUEST, FULL], ids=["plain", "full"])
def test_the_payer_s_side_answers_what_it_read_and_says_our_traces_back(asked):
    (read,) = read_278(write_278_request(samples.ENVELOPE, [asked]))
    assert isinstance(read, AuthorizationRequest)
    pending = read.answered(Decision(action="A4", number="REF900"), more="19", created_at=samples.AT)
    data = write_278_response(samples.ENVELOPE, [pending])
    (found,) = read_278(data)
    assert found == pending
    assert validate(data, "out") == ()
    assert found.patient == asked.patient
    assert found.event is not None
    assert found.event.services[0].quantity == Decimal(12)
    assert {trace.kind for trace in found.event.traces} == {"2"}


@pytest.mark.parametrize(
    ("action", "approved", "changed", "pended", "denied"),
    [
        ("A1", True, False, False, False),
        ("A2", True, True, False, False),
        ("A3", False, False, False, True),
        ("A4", False, False, True, False),
        ("A6", True, True, False, False),
        ("C", False, False, False, False),
        ("CT", False, False, True, False),
        ("NA", False, False, False, False),
    ],
)
def test_what_each_action_of_a_payer_means(action, approved, changed, pended, denied):
    said = Decision(action=action)
    assert (said.approved, said.changed, said.pended, said.denied) == (approved, changed, pended, denied)
    assert codes.describe_decision(action) != action


def test_a_service_may_be_approved_where_the_event_says_nothing():
    service = replace(THERAPY, decision=Decision(action="A6", number="AUTH901", reasons=("25",)))
    answer = answered(None, event=replace(EVENT, services=(THERAPY, service)))
    (found,) = read_278(write_278_response(samples.ENVELOPE, [answer]))
    assert found == answer
    assert isinstance(found, AuthorizationAnswer)
    assert found.decision == Decision(action="A6", number="AUTH901", reasons=("25",))
    assert not found.refused


def test_e5_a_payer_that_could_not_review_says_so_at_any_level_and_that_is_no_denial():
    here = (
        Rejection(level="payer", code="42", follow_up="P", before_name=True),
        Rejection(level="payer", code="79", follow_up="N"),
        Rejection(level="provider", code="51", follow_up="C"),
        Rejection(level="subscriber", code="75", follow_up="C"),
        Rejection(level="dependent", code="67", follow_up="C"),
    )
    event = replace(
        EVENT,
        rejections=(Rejection(level="event", code="33", follow_up="C"),),
        services=(replace(THERAPY, rejections=(Rejection(level="service", code="57", follow_up="C"),)),),
    )
    answers = [
        answered(None, rejections=here, dependent=samples.CHILD, relationship="19", event=event),
        answered(None, rejections=here[3:4], event=None, control_number="0002"),
        answered(
            None, rejections=here[:2], requester=None, subscriber=None, event=None, control_number="0003"
        ),
    ]
    data = write_278_response(samples.ENVELOPE, answers)
    assert list(read_278(data)) == answers
    assert all(answer.refused and answer.decision is None for answer in answers)
    assert not APPROVED.refused


def test_a_payer_may_name_whom_to_send_what_it_wants_to_see():
    wanted = ReviewProvider(
        role="L5",
        provider=Provider(
            last_name="RECORDS DESK", contact=Contact(phone="5550100150"), address=samples.HOME
        ),
    )
    service = replace(THERAPY, wanted=(ReviewDiagnosis(code="18803-7", kind="LOI"),), providers=(wanted,))
    event = replace(EVENT, providers=(*EVENT.providers, wanted), services=(service,))
    answer = answered(Decision(action="A4"), event=event)
    (found,) = read_278(write_278_response(samples.ENVELOPE, [answer]))
    assert found == answer


def test_two_events_of_one_patient_are_two_answers():
    data = write_278_response(samples.ENVELOPE, [answered(Decision(action="A1", number="AUTH1"), event=replace(
        EVENT, services=(), decision=Decision(action="A1", number="AUTH1")))])  # fmt: skip
    lines = data.decode().split("~\n")
    first = next(place for place, line in enumerate(lines) if "*EV*" in line)
    last = next(place for place, line in enumerate(lines) if line.startswith("SE*"))
    again = [line.replace("HL*4", "HL*5").replace("AUTH1", "AUTH2") for line in lines[first:last]]
    found = read_278("~\n".join([*lines[:last], *again, *lines[last:]]).encode())
    assert [item.decision.number for item in found] == ["AUTH1", "AUTH2"]


def test_bht02_tells_the_answer_from_the_request():
    request = write_278_request(samples.ENVELOPE, [REQUEST])
    assert isinstance(read_278(request)[0], AuthorizationRequest)
    as_answer = request.replace(b"BHT*0007*13", b"BHT*0007*11")
    assert isinstance(read_278(as_answer)[0], AuthorizationAnswer)
    # A decision has no place in a request.
    decided = write_278_response(samples.ENVELOPE, [APPROVED]).replace(b"BHT*0007*11", b"BHT*0007*13")
    assert "HCR" in [finding.segment for finding in validate(decided)]
    assert "HCR" not in [
        finding.segment for finding in validate(write_278_response(samples.ENVELOPE, [APPROVED]))
    ]


def test_a_278_of_another_guide_is_read_but_not_judged_by_this_one():
    data = write_278_response(samples.ENVELOPE, [APPROVED]).replace(b"005010X217", b"005010X216")
    assert len(read_278(data)) == 1
    (finding,) = validate(data.replace(b"NM1*X3*", b"NM1*ZZ*"))
    assert (finding.severity, finding.value) == ("note", "005010X216")
    assert "X216" in finding.message


@pytest.mark.parametrize(
    ("was", "becomes", "place"),
    [
        (b"NM1*X3*", b"NM1*PR*", "NM101"),
        (b"UM*HS*I*", b"UM*QQ*I*", "UM01"),
        (b"UM*HS*I*", b"UM*HS**", "UM02"),
        (b"HI*ABK:M545*", b"HI*ABK:M54.5*", "HI01-2"),
        (b"DTP*472*RD8*20260302-20260531", b"DTP*472*RD8*20260302-20260199", "DTP03"),
        (b"HSD*VS*2", b"HSD*VS*TWO", "HSD02"),
        (b"HL*5*4*SS*0", b"HL*5*9*SS*0", "HL02"),
        (b"SV1*HC:97110:GP", b"SV1*:97110:GP", "SV101-1"),
        (b"*MI*M900100", b"", "NM109"),
    ],
)
def test_what_is_wrong_in_a_request_is_named_at_its_place(was, becomes, place):
    data = write_278_request(samples.ENVELOPE, [REQUEST])
    assert was in data
    found = [finding for finding in validate(data.replace(was, becomes, 1)) if finding.severity == "error"]
    assert place in [finding.element for finding in found]
    assert acknowledge(data.replace(was, becomes, 1), samples.ENVELOPE).groups[0].code == "R"


def test_a_request_without_an_event_asks_for_nothing():
    data = write_278_request(samples.ENVELOPE, [replace(REQUEST, event=None)])
    (found,) = read_278(data)
    assert found.event is None
    (finding,) = validate(data)
    assert (finding.severity, finding.segment, finding.code) == ("error", "HL", "I7")
    refusal = answered(None, event=None, rejections=(Rejection(level="subscriber", code="75"),))
    assert validate(write_278_response(samples.ENVELOPE, [refusal])) == ()


def test_an_approval_without_a_number_is_noted():
    data = write_278_response(samples.ENVELOPE, [answered(Decision(action="A1"))])
    (finding,) = validate(data)
    assert (finding.severity, finding.element) == ("warning", "HCR02")


def test_an_answer_is_explained_in_the_loops_of_an_answer():
    told = {item.segment.id: item for item in explain(write_278_response(samples.ENVELOPE, [APPROVED]))}
    assert told["HCR"].said == "Approved, number AUTH900"
    assert told["HSD"].said == "2 visits per week for 6 weeks"
    assert told["NM1"].loop == "2010EA"
    assert told["SV1"].said == "97110-GP, 12 units"


SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@SLOW
@given(events(False), strategies.people, st.none() | strategies.children)
def test_a_written_request_reads_back_as_it_was_asked(event, subscriber, dependent):
    asked = replace(REQUEST, event=event, subscriber=subscriber, dependent=dependent)
    data = write_278_request(samples.ENVELOPE, [asked])
    assert read_278(data) == (asked,)
    assert validate(data, "out") == ()


@SLOW
@given(events(True), strategies.people, st.none() | strategies.children)
def test_a_written_answer_reads_back_as_it_was_said(event, subscriber, dependent):
    said = answered(None, event=event, subscriber=subscriber, dependent=dependent)
    data = write_278_response(samples.ENVELOPE, [said])
    assert read_278(data) == (said,)
    assert not [finding for finding in validate(data) if finding.severity == "error"]


@NOT_HERE
@pytest.mark.parametrize("path", corpus_files("278"))
def test_every_public_file_is_read_and_only_a_defective_one_has_errors(path):
    data = (CORPUS / path).read_bytes()
    assert read_278(data)
    errors = [finding for finding in validate(data) if finding.severity == "error"]
    assert bool(errors) is (path in DEFECTIVE), errors


@NOT_HERE
@pytest.mark.parametrize("path", corpus_files("278"))
def test_what_was_read_is_written_as_the_segments_of_the_file(path):
    data = (CORPUS / path).read_bytes()
    found = read_278(data)
    write = write_278_request if isinstance(found[0], AuthorizationRequest) else write_278_response
    same = plain_segments(write(samples.ENVELOPE, found)) == plain_segments(data)
    assert same is (path not in DEFECTIVE and path not in NOT_REWRITTEN)


@NOT_HERE
def test_a_public_answer_approves_five_of_seven_days():
    asked, told = (
        read_278((CORPUS / "irobayna__stupidedi" / name).read_bytes())[0]
        for name in ("admission-request-for-review.edi", "admission-response-to-request-for-review.edi")
    )
    assert (asked.event.delivery.quantity, told.event.delivery.quantity) == (Decimal(7), Decimal(5))
    assert (told.decision.action, told.decision.number, told.decision.changed) == ("A6", "AUTH0002", True)
    assert told.event.services[0].decision.action == "A1"
    assert told.event.trace == asked.event.trace == "97021001"
    assert [item.role for item in told.event.services[0].providers] == ["SJ"]
