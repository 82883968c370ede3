"""270 and 271 (E1, E2, E5)."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import HealthCheck, given, settings

from clinic.x12 import Benefit, Payer, Person, Rejection, read_270, read_271, validate, write_270, write_271
from tests.x12 import samples, strategies, strategies_answering
from tests.x12.oracles import x12sdk_models

DEPENDENT = samples.request(
    control_number="0002", dependent=Person(last_name="DOE", first_name="TIM", sex="M"), relationship="19"
)


def test_e1_a_question_reads_back_and_x12sdk_takes_it():
    requests = [samples.request(group_number="G1"), DEPENDENT]
    data = write_270(samples.ENVELOPE, requests)
    assert list(read_270(data)) == requests
    assert validate(data) == ()
    assert len(x12sdk_models(data)) == 2


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(strategies_answering.requests())
def test_a_written_question_reads_back_as_it_was_asked(request):
    (found,) = read_270(write_270(samples.ENVELOPE, [request]))
    assert found == request
    assert not found.findings


@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(strategies.answers())
def test_a_written_answer_reads_back_as_it_was_said(answer):
    (found,) = read_271(write_271(samples.ENVELOPE, [answer]))
    assert found == answer
    assert not found.findings


def test_e2_x12sdk_takes_an_answer_with_every_kind_of_benefit():
    answers = [
        samples.answer(),
        samples.answer(dependent=samples.CHILD, relationship="19", control_number="0002"),
    ]
    data = write_271(samples.ENVELOPE, answers)
    assert len(x12sdk_models(data)) == 2
    assert validate(data) == ()
    assert [item.trace for item in read_271(data)] == ["T900", "T900"]


def test_e2_what_follows_an_eb_belongs_to_it():
    benefits = tuple(
        Benefit(code="C", amount=Decimal(number), messages=(f"NOTE {number}",)) for number in range(70)
    )
    (found,) = read_271(write_271(samples.ENVELOPE, [samples.answer(benefits=benefits)]))
    assert [(item.amount, item.messages) for item in found.benefits] == [
        (Decimal(number), (f"NOTE {number}",)) for number in range(70)
    ]


def test_e5_a_payer_that_cannot_answer_says_so_before_any_patient():
    refused = samples.answer(
        provider=None,
        subscriber=None,
        traces=(),
        benefits=(),
        rejections=(Rejection(level="payer", code="42", follow_up="R", can_answer=True),),
    )
    (found,) = read_271(write_271(samples.ENVELOPE, [refused]))
    assert found.rejections == refused.rejections
    assert found.subscriber is None
    assert found.payer == Payer(name="BLUE EXAMPLE", id="60054")
