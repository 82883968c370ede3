"""The arithmetic by itself: whatever is billed, every line balances and nobody owes more than is allowed."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clinic.sandbox.adjudication import AskedLine, LineDecision, Terms, adjudicate, pay_half
from clinic.x12 import Adjustment

cents = st.integers(0, 500_00).map(lambda n: Decimal(n) / 100)
lines = st.lists(
    st.builds(
        AskedLine,
        procedure=st.sampled_from(["99213", "99214", "99396", "85025", "97110"]),
        amount_billed=cents,
        units=st.integers(1, 4).map(Decimal),
        denial=st.sampled_from([None, None, None, ("CO", "197")]),
    ),
    min_size=1,
    max_size=6,
)
terms = st.builds(
    Terms,
    copay=cents,
    copay_only=st.booleans(),
    deductible_left=cents,
    out_of_pocket_left=st.one_of(st.none(), cents),
    coinsurance_percent=st.integers(0, 100),
    allowed_percent=st.integers(0, 100),
    fees=st.dictionaries(st.sampled_from(["99213", "85025"]), cents),
)


@given(lines, terms)
def test_every_line_balances_and_the_patient_never_owes_more_than_is_allowed(asked, of):
    """R4, E8."""
    decision = adjudicate(asked, of)
    for line, decided in zip(asked, decision.lines, strict=True):
        assert line.amount_billed - sum(a.amount for a in decided.adjustments) == decided.paid
        assert 0 <= decided.paid <= decided.allowed <= line.amount_billed
        assert all(a.amount > 0 for a in decided.adjustments)
    shares = [a for line in decision.lines for a in line.adjustments if a.group == "PR"]
    assert sum(a.amount for a in shares) == decision.patient_share
    assert sum(a.amount for a in shares if a.reason == "1") == decision.deductible <= of.deductible_left
    assert sum(a.amount for a in shares if a.reason == "3") <= of.copay
    if of.out_of_pocket_left is not None:
        assert decision.patient_share <= of.out_of_pocket_left


@given(cents)
def test_half_a_payment_still_balances(paid):
    line = LineDecision(paid, paid, (Adjustment("CO", "45", Decimal("5.00")),))
    half = pay_half(line, "CO", "59")
    withheld = sum(a.amount for a in half.adjustments if a.reason == "59")
    assert half.paid + withheld == paid
    assert abs(half.paid - withheld) <= Decimal("0.01")


def test_a_preventive_visit_costs_the_patient_nothing():
    plan = Terms(
        copay=Decimal(30),
        copay_only=False,
        deductible_left=Decimal(500),
        out_of_pocket_left=None,
        coinsurance_percent=20,
        allowed_percent=70,
        fees={},
    )
    visit = AskedLine(procedure="99396", amount_billed=Decimal("250.00"), units=Decimal(1))
    decision = adjudicate([visit], plan)
    assert (decision.paid, decision.patient_share) == (Decimal("175.00"), Decimal(0))
