"""270 in, 271 out, through real files (E2, E4, E5)."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from clinic import clock, sandbox, x12
from tests.sandbox.clinic_files import (
    CASCADE,
    MERIDIAN,
    OKAFOR,
    WHITFIELD,
    claim,
    claims_file,
    envelope,
    question,
)


def ask(exchange, *requests, number=1):
    found = exchange.turn(x12.write_270(envelope(number), requests))
    return x12.read_271(found["271"]) if "271" in found else ()


def amounts(answer, code, level="IND", network="Y"):
    return {
        benefit.period: benefit.amount
        for benefit in answer.benefits
        if (benefit.code, benefit.coverage_level, benefit.in_network) == (code, level, network)
    }


def test_an_active_member_learns_plan_copay_deductible_coinsurance_and_limit(exchange):
    """E4: base and remaining amounts, in and out of network."""
    (answer,) = ask(exchange, question())
    assert not [finding for finding in answer.findings if finding.severity == "error"]
    assert answer.envelope.usage == "T"
    assert answer.trace == "T0001"
    assert (answer.subscriber.first_name, answer.payer.name) == ("DANIEL", "MERIDIAN HEALTH PPO")
    active = answer.benefits[0]
    assert (active.code, active.plan_name, "98" in active.service_types) == ("1", "PPO 80", True)
    assert amounts(answer, "B") == {"27": Decimal(25)}
    assert amounts(answer, "C") == {"23": Decimal(50), "29": Decimal(50)}
    assert amounts(answer, "C", network="N") == {"23": Decimal(100)}
    assert amounts(answer, "G") == {"23": Decimal(1000), "29": Decimal(1000)}
    shares = {benefit.in_network: benefit.percent for benefit in answer.benefits if benefit.code == "A"}
    assert shares == {"Y": Decimal("0.2"), "N": Decimal("0.4")}
    assert [benefit.procedure for benefit in answer.benefits if benefit.authorization_required == "Y"] == [
        "97110"
    ]


def test_what_remains_goes_down_with_what_was_paid(exchange):
    exchange.turn(claims_file(1, claim()))
    clock.set_days_ahead(20)
    exchange.turn()
    (answer,) = ask(exchange, question(), number=2)
    assert amounts(answer, "C") == {"23": Decimal(50), "29": Decimal(0)}
    assert amounts(answer, "G")["29"] == Decimal(911)


def test_a_new_year_starts_the_deductible_again(exchange, march):
    exchange.turn(claims_file(1, claim()))
    clock.set_days_ahead(20)
    exchange.turn()
    clock.set_days_ahead(320)
    assert clock.today() == date(2027, 1, 17)
    (answer,) = ask(exchange, question(), number=2)
    assert amounts(answer, "C")["29"] == Decimal(50)


def test_a_child_is_answered_as_the_dependant_with_the_family_deductible(exchange):
    child = x12.Person(last_name="OKAFOR", first_name="THEO", birth_date=date(2019, 8, 9), sex="M")
    (answer,) = ask(exchange, question(CASCADE, OKAFOR, dependent=child, relationship="19"))
    assert answer.dependent.first_name == "THEO"
    assert answer.trace == "T0001"
    assert amounts(answer, "C", "FAM") == {"23": Decimal(900), "29": Decimal(900)}


@pytest.mark.parametrize(
    ("person", "code"),
    [
        (replace(WHITFIELD, member_id="NOSUCH"), "72"),
        (replace(WHITFIELD, birth_date=date(1970, 1, 1)), "71"),
        (replace(WHITFIELD, first_name="IVY", birth_date=date(1970, 1, 1)), "75"),
    ],
)
def test_a_member_who_is_not_found_is_refused_with_the_reason(exchange, person, code):
    """E5."""
    (answer,) = ask(exchange, question(subscriber=person))
    assert [(one.level, one.code, one.follow_up) for one in answer.rejections] == [("subscriber", code, "C")]
    assert answer.trace == "T0001"
    assert answer.benefits == ()


def test_an_unknown_payer_is_refused_by_its_number(exchange):
    (answer,) = ask(exchange, question("NOBODY"))
    assert [(one.level, one.code) for one in answer.rejections] == [("payer", "79")]


def test_ended_coverage_is_inactive_and_says_until_when(exchange):
    rosa = replace(
        WHITFIELD,
        last_name="LINDQVIST",
        first_name="ROSA",
        member_id="MHP500500",
        birth_date=date(1980, 5, 5),
        sex="F",
    )
    (answer,) = ask(exchange, question(subscriber=rosa))
    assert [benefit.code for benefit in answer.benefits] == ["6"]
    assert [(period.kind, period.end) for period in answer.periods] == [("291", date(2025, 12, 31))]


def test_a_payer_that_is_down_says_so_and_a_silent_one_says_nothing(exchange):
    """E5: 42 is tried again later; a silence is the clinic's own time-out."""
    sandbox.set_mode(exchange.session, MERIDIAN, "down")
    (answer,) = ask(exchange, question())
    assert [(one.code, one.follow_up) for one in answer.rejections] == [("42", "P")]
    sandbox.set_mode(exchange.session, MERIDIAN, "silent")
    assert ask(exchange, question(), number=2) == ()
    sandbox.set_mode(exchange.session, MERIDIAN, "answers")
    assert ask(exchange, question(), number=3)[0].benefits


def test_a_question_that_is_not_marked_as_a_test_stays_unanswered(exchange):
    """Z1, the wall."""
    assert exchange.turn(x12.write_270(envelope(1, usage="P"), [question()])) == {}


def test_every_answer_is_sound_by_its_own_guide(exchange):
    found = exchange.turn(x12.write_270(envelope(1), [question(), question(CASCADE, OKAFOR, trace="T0002")]))
    assert len(x12.read_271(found["271"])) == 2
    assert [f for f in x12.validate(found["271"]) if f.severity == "error"] == []
