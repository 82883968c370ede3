"""What a trainer can tell the practice payer, and what then comes back as files."""

from decimal import Decimal

import pytest

from clinic import clock, sandbox, x12
from tests.sandbox.clinic_files import CASCADE, MERIDIAN, claim, claims_file, line


def pay(exchange, days=14):
    """The remittance of a later day, as read; it may be out of balance on purpose."""
    clock.set_days_ahead(clock.days_ahead() + days)
    (read,) = x12.read_835(exchange.turn()["835"])
    return read


def adjustments(service):
    return [(a.group, a.reason, a.amount) for a in service.adjustments]


def test_reject_999_rejects_the_set_and_names_the_claim(exchange):
    """C2: nothing of the set reaches the payer."""
    sandbox.instruct(exchange.session, "reject_999", control_number="1042-1")
    found = exchange.turn(claims_file(1, claim()))
    assert list(found) == ["999", "TA1"] or set(found) == {"TA1", "999"}
    (group,) = x12.read_999(found["999"])
    (answered,) = group.sets
    assert (group.code, answered.code, answered.accepted, group.sets_accepted) == ("R", "R", False, 0)
    (error,) = answered.errors
    assert (error.segment, error.business_unit) == ("CLM", ("CLM01", "1042-1"))
    sent = claims_file(1, claim())
    (kept,) = x12.read_interchanges(sent)[0].sets
    assert kept.segments[error.set_position - 1].id == "CLM", "the position counts from ST in our own file"
    clock.set_days_ahead(60)
    assert exchange.turn() == {}


def test_reject_277ca_rejects_with_the_code_that_was_given(exchange):
    sandbox.instruct(exchange.session, "reject_277CA", edi_id=MERIDIAN, reason_code="562")
    found = exchange.turn(claims_file(1, claim()))
    status = x12.read_277ca(found["277CA"])[0].providers[0].claims[0]
    assert status.rejected
    assert (status.statuses[0].category, status.statuses[0].codes[0].code) == ("A7", "562")
    assert status.payer_control_number == ""


@pytest.mark.parametrize(
    ("given", "group", "carc", "remarks"),
    [("197", "CO", "197", ()), ("pr-204", "PR", "204", ()), ("CO-16", "CO", "16", ("N382",))],
)
def test_deny_pays_nothing_with_the_reason_that_was_given(exchange, given, group, carc, remarks):
    """C3: the CAS decides; it balances all the same (R4)."""
    sandbox.instruct(exchange.session, "deny", edi_id=MERIDIAN, reason_code=given)
    exchange.turn(claims_file(1, claim()))
    read = pay(exchange)
    assert x12.prove(read).ok
    (one,) = read.claims
    assert (read.amount, read.method, one.amount_paid) == (Decimal(0), "NON", Decimal(0))
    assert adjustments(one.lines[0]) == [(group, carc, Decimal("185.00"))]
    assert one.lines[0].remarks == remarks
    assert one.patient_responsibility == (Decimal("185.00") if group == "PR" else Decimal(0))


def test_an_instruction_serves_the_next_claim_only(exchange):
    sandbox.instruct(exchange.session, "deny", edi_id=MERIDIAN, reason_code="50")
    exchange.turn(claims_file(1, claim(), claim("1043-1", [line("85025", "40.00", "K1")])))
    clock.set_days_ahead(30)
    (read,) = x12.read_835(exchange.turn()["835"])
    assert [one.amount_paid > 0 for one in sorted(read.claims, key=lambda c: c.control_number)] == [
        False,
        False,
    ]
    reasons = {one.control_number: adjustments(one.lines[0])[0][1] for one in read.claims}
    assert reasons == {"1042-1": "50", "1043-1": "45"}, (
        "the second is allowed; its 20 fall under the deductible"
    )


def test_a_claim_already_accepted_can_still_be_denied_by_its_number(exchange):
    exchange.turn(claims_file(1, claim()))
    sandbox.instruct(exchange.session, "deny", control_number="1042-1", reason_code="50")
    assert adjustments(pay(exchange).claims[0].lines[0]) == [("CO", "50", Decimal("185.00"))]


def test_partial_denies_the_last_line_of_several(exchange):
    sandbox.instruct(exchange.session, "partial", edi_id=MERIDIAN)
    exchange.turn(claims_file(1, claim("P-1", [line(number="P1"), line("85025", "40.00", "P2")])))
    read = pay(exchange)
    assert x12.prove(read).ok
    visit, count = read.claims[0].lines
    assert visit.amount_paid > 0
    assert adjustments(count) == [("CO", "97", Decimal("40.00"))]


def test_partial_pays_half_of_a_single_line(exchange):
    sandbox.instruct(exchange.session, "partial", edi_id=MERIDIAN)
    exchange.turn(claims_file(1, claim()))
    read = pay(exchange)
    assert x12.prove(read).ok
    assert read.amount == Decimal("15.50")
    assert adjustments(read.claims[0].lines[0])[-1] == ("CO", "59", Decimal("15.50"))


def test_reverse_takes_the_payment_back_without_a_correction(exchange):
    """R19, R20: status 22, amounts negated, and a balance carried to later (R21)."""
    exchange.turn(claims_file(1, claim()))
    first = pay(exchange)
    sandbox.instruct(exchange.session, "reverse", control_number="1042-1")
    read = pay(exchange, days=1)
    assert x12.prove(read).ok
    (reversal,) = read.claims
    assert reversal.is_reversal
    assert reversal.amount_paid == -first.claims[0].amount_paid
    assert [item.reason for item in read.provider_adjustments] == ["WO"]
    assert exchange.turn() == {}, "taken back once"


def test_reverse_with_its_correction_pays_a_tenth_less_in_the_same_file(exchange):
    exchange.turn(claims_file(1, claim()))
    pay(exchange)
    sandbox.instruct(exchange.session, "reverse", edi_id=MERIDIAN, reason_code="correct")
    read = pay(exchange, days=1)
    assert x12.prove(read).ok
    assert [(one.status, one.amount_paid) for one in read.claims] == [
        ("22", Decimal("-31.00")),
        ("1", Decimal("27.90")),
    ]


def test_out_of_balance_is_off_by_exactly_one_cent_at_line_and_claim(exchange):
    """R6: for practice with a remittance that must not be posted."""
    sandbox.instruct(exchange.session, "out_of_balance", edi_id=MERIDIAN)
    exchange.turn(claims_file(1, claim()))
    proof = x12.prove(pay(exchange))
    assert not proof.ok
    assert {one.level for one in proof.failures} == {"line", "claim"}
    assert {abs(one.difference) for one in proof.failures} == {Decimal("0.01")}


def test_silent_takes_the_file_and_says_nothing_of_the_claim(exchange):
    """A 999 is a receipt of the clearinghouse, not the payer's acceptance (C2)."""
    sandbox.instruct(exchange.session, "silent", edi_id=MERIDIAN)
    assert set(exchange.turn(claims_file(1, claim()))) == {"TA1", "999"}
    clock.set_days_ahead(90)
    assert exchange.turn() == {}


def test_a_silent_payer_pays_nothing_until_it_speaks_again(exchange):
    exchange.turn(claims_file(1, claim()))
    sandbox.set_mode(exchange.session, MERIDIAN, "silent")
    clock.set_days_ahead(30)
    assert exchange.turn() == {}
    sandbox.set_mode(exchange.session, MERIDIAN, "answers")
    assert set(exchange.turn()) == {"835"}


def test_an_instruction_for_another_payer_is_left_for_it(exchange):
    told = sandbox.instruct(exchange.session, "deny", edi_id=CASCADE, reason_code="50")
    exchange.turn(claims_file(1, claim()))
    assert told.used_at is None
    assert pay(exchange).amount > 0


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "explode", "edi_id": MERIDIAN},
        {"action": "deny", "edi_id": MERIDIAN},
        {"action": "deny", "edi_id": MERIDIAN, "reason_code": "no reason"},
        {"action": "deny", "edi_id": "NOBODY", "reason_code": "197"},
        {"action": "silent"},
        {"action": "reverse", "edi_id": MERIDIAN, "reason_code": "197"},
    ],
)
def test_what_makes_no_sense_is_refused_with_a_sentence(exchange, wrong):
    action = wrong.pop("action")
    with pytest.raises(sandbox.SandboxError) as refused:
        sandbox.instruct(exchange.session, action, **wrong)
    assert str(refused.value).endswith(".")


def test_the_same_key_gives_one_instruction_and_a_withdrawn_one_is_not_followed(exchange):
    first = sandbox.instruct(exchange.session, "deny", edi_id=MERIDIAN, reason_code="50", key="k1")
    assert sandbox.instruct(exchange.session, "deny", edi_id=MERIDIAN, reason_code="50", key="k1") is first
    assert sandbox.withdraw(exchange.session, "k1")
    exchange.turn(claims_file(1, claim()))
    assert pay(exchange).amount == Decimal("31.00")
