"""The patient's part to the cent, in three cases whose order holds whatever the terms are (E8)."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from clinic.estimates.arithmetic import CENT, NO_LIMIT, ZERO, Item, Plan, Range, Terms, shares, work_out

D = Decimal


def item(allowed, charge=None, visit=False, exempt=""):
    return Item("99213", D(charge or allowed), Range.of(D(allowed)), visit, exempt)


def same(**terms):
    one = Terms(**{name: D(value) if isinstance(value, str) else value for name, value in terms.items()})
    return Plan(one, one, one)


def test_a_copay_is_taken_once_a_visit_and_never_above_what_is_allowed_e8():
    plan = same(copay="25.00")
    both = work_out([item("92.00", visit=True), item("110.00", visit=True)], plan)
    assert both.total == Range.of(D("25.00"))
    assert [part.copay for part in both.parts] == [D("25.00"), ZERO]
    assert work_out([item("12.00", visit=True)], plan).total.expected == D("12.00")


def test_deductible_comes_before_coinsurance_and_never_above_what_is_left_e8():
    found = work_out(
        [item("92.00", visit=True), item("200.00")], same(deductible="150.00", rate="0.2", other_rate="0.2")
    )
    assert [part.deductible for part in found.parts] == [D("92.00"), D("58.00")]
    assert [part.coinsurance for part in found.parts] == [ZERO, D("28.40")]
    assert found.total.expected == D("178.40")


def test_a_visit_that_costs_the_copay_alone_leaves_the_rest_to_deductible_and_coinsurance_e8():
    plan = same(copay="25.00", copay_only=True, deductible="10.00", rate="0.2", other_rate="0.2")
    found = work_out([item("92.00", visit=True), item("60.00")], plan)
    assert [part.share for part in found.parts] == [D("25.00"), D("20.00")]
    plus = same(copay="25.00", copay_only=False, deductible="10.00", rate="0.2", other_rate="0.2")
    assert work_out([item("92.00", visit=True)], plus).total.expected == D("25.00") + D("10.00") + D("16.40")


def test_the_out_of_pocket_limit_ends_what_is_asked_and_says_how_much_it_spares_e8():
    found = work_out([item("90.00"), item("90.00")], same(deductible="500.00", limit="100.00"))
    assert [part.share for part in found.parts] == [D("90.00"), D("10.00")]
    assert found.parts[1].spared == D("80.00")


def test_an_exempt_service_costs_nothing_and_uses_no_deductible_e8():
    found = work_out([item("245.00", exempt="preventive"), item("40.00")], same(deductible="50.00"))
    assert [part.share for part in found.parts] == [ZERO, D("40.00")]


def test_a_second_plan_is_asked_about_what_the_first_one_leaves_e8():
    first, second = same(deductible="100.00"), same(other_rate="0.2")
    found = work_out([item("100.00")], first, second)
    assert found.total.expected == D("20.00")
    assert found.parts[0].second == D("80.00")


def test_halves_of_a_cent_are_carried_so_that_the_lines_sum_to_the_rounded_whole_e8():
    found = work_out([item("0.33"), item("0.33"), item("0.33")], same(other_rate="0.15"))
    assert found.total.expected == D("0.15")
    assert sum(part.share for part in found.parts) == D("0.15")


money = st.integers(0, 500_00).map(lambda cents: D(cents) * CENT)
rates = st.sampled_from(["0", "0.1", "0.2", "0.335", "0.5", "1"]).map(D)


@st.composite
def some_terms(draw):
    return Terms(
        copay=draw(money),
        copay_only=draw(st.booleans()),
        deductible=draw(st.one_of(money, st.just(NO_LIMIT))),
        rate=draw(rates),
        other_rate=draw(rates),
        limit=draw(st.one_of(st.none(), money)),
    )


plans = st.builds(Plan, some_terms(), some_terms(), some_terms())


@st.composite
def services(draw):
    low, expected, high = sorted(draw(st.lists(money, min_size=3, max_size=3)))
    return Item(
        "99213",
        draw(money),
        Range(low, expected, high),
        draw(st.booleans()),
        draw(st.sampled_from(["", "", "x"])),
    )


@given(st.lists(services(), max_size=6), plans, st.one_of(st.none(), plans))
def test_none_is_below_zero_and_low_expected_and_high_are_in_order_and_within_the_charge_e8(
    items, first, second
):
    found = work_out(items, first, second)
    charge = sum((one.charge for one in items), ZERO)
    assert ZERO <= found.total.low <= found.total.expected <= found.total.high <= charge
    assert sum((part.share for part in found.parts), ZERO) == found.total.expected
    for one, part in zip(items, found.parts, strict=True):
        assert ZERO <= part.share <= min(one.charge, one.allowed.expected)
        assert part.share == part.share.quantize(CENT)


@given(st.lists(services(), max_size=6), some_terms())
def test_a_visit_never_costs_more_than_its_copay_deductible_and_coinsurance_allow_e8(items, terms):
    found = shares(items, "expected", Plan(terms, terms, terms))
    assert sum((part.copay for part in found), ZERO) <= terms.copay
    assert sum((part.deductible for part in found), ZERO) <= terms.deductible
    if terms.limit is not None:
        assert sum((part.share for part in found), ZERO) <= terms.limit
    assert all(part.share == ZERO for one, part in zip(items, found, strict=True) if one.exempt)
