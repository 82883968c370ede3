"""From the benefits of E3 to the terms of a visit: the ambiguous widens the range, the likely stays the least (E3, E8)."""

from decimal import Decimal

import pytest

from clinic.estimates.arithmetic import NO_LIMIT, ZERO
from clinic.estimates.terms import Known, plan_of, weakest

D = Decimal


def value(low, high=None, of="98"):
    return {"in": {"low": low, "high": high or low, "service_type": of, "messages": []}, "out": None}


def row(code, level, remaining=None, total=None):
    def ends(pair):
        return None if pair is None else dict(zip(("low", "high"), pair, strict=True))

    names = {"C": "Deductible", "G": "Out-of-pocket maximum"}
    return {
        "name": f"{names[code]}, {level}", "code": code, "level": level, "side": "in",
        "remaining": ends(remaining), "total": ends(total), "met": None, "messages": [],
    }  # fmt: skip


def known(**changes):
    benefits = {
        "copay": value("25.00"),
        "coinsurance": value("0"),
        "coinsurance_plan": value("0.2", of="30"),
        "amounts": [row("C", "IND", ("312.40", "312.40"), ("500.00", "500.00"))],
    }
    benefits |= changes.pop("benefits", {})
    return Known(payer="Meridian", **({"benefits": benefits} | changes))


def texts(reasons):
    return " / ".join(reason.text for reason in reasons)


def test_a_copay_with_no_coinsurance_on_the_visit_is_all_that_the_visit_costs_e8():
    plan, reasons = plan_of(known())
    assert plan.low == plan.expected
    assert (plan.high.copay, plan.high.copay_only, plan.high.other_rate) == (D("25.00"), True, D("0.2"))
    assert plan.high.deductible == D("312.40")
    assert "Coinsurance for the rest: 20%" in texts(reasons)


def test_several_copays_make_a_range_and_the_least_is_likely_unless_the_card_names_one_e3():
    several = {"copay": value("20.00", "45.00")}
    plan, reasons = plan_of(known(benefits=several))
    assert (plan.low.copay, plan.expected.copay, plan.high.copay) == (D("20.00"), D("20.00"), D("45.00"))
    assert "several values for copay, $20.00 to $45.00: read its answer" in texts(reasons)
    assert any(reason.warns for reason in reasons)
    plan, _ = plan_of(known(benefits=several, card_copay=D("30.00")))
    assert plan.expected.copay == D("30.00")


def test_the_smaller_of_the_individual_and_the_family_deductible_counts_e8():
    amounts = [row("C", "IND", ("312.40", "312.40")), row("C", "FAM", ("90.00", "90.00"))]
    plan, _ = plan_of(known(benefits={"amounts": amounts}))
    assert plan.expected.deductible == D("90.00")


def test_a_family_deductible_alone_is_an_aggregate_one_e8():
    plan, _ = plan_of(known(benefits={"amounts": [row("C", "FAM", ("2400.00", "2400.00"))]}))
    assert plan.expected.deductible == D("2400.00")


def test_what_our_own_visits_use_up_is_taken_off_first_but_not_at_the_most_e8():
    plan, reasons = plan_of(known(spent=D("100.00")))
    assert (plan.expected.deductible, plan.high.deductible) == (D("212.40"), D("312.40"))
    assert [reason.amount for reason in reasons if "other visits here" in reason.text] == [D("-100.00")]
    plan, _ = plan_of(known(spent=D("1000.00")))
    assert plan.expected.deductible == ZERO


def test_an_answer_about_last_year_leaves_the_whole_deductible_e8():
    plan, _ = plan_of(known(new_year=True))
    assert plan.expected.deductible == D("500.00")


def test_what_is_left_of_a_deductible_that_the_payer_does_not_name_may_be_anything_up_to_it_e4():
    plan, reasons = plan_of(known(benefits={"amounts": [row("C", "IND", None, ("500.00", "500.00"))]}))
    assert (plan.expected.deductible, plan.high.deductible) == (ZERO, D("500.00"))
    assert "names the deductible and not what is left" in texts(reasons)
    plan, _ = plan_of(known(benefits={"amounts": []}))
    assert (plan.expected.deductible, plan.high.deductible) == (ZERO, NO_LIMIT)


def test_medicaid_pays_all_but_the_copay_of_its_own_answer_e8():
    plan, _ = plan_of(known(medicaid=True, card_copay=D("40.00")))
    assert (plan.high.copay, plan.high.deductible, plan.high.rate) == (D("25.00"), ZERO, ZERO)
    plan, _ = plan_of(Known(payer="Medicaid", medicaid=True, card_copay=D("40.00")))
    assert plan.high.copay == ZERO


def test_without_an_answer_the_card_is_asked_and_the_most_is_everything_allowed_e8():
    plan, reasons = plan_of(Known(payer="Meridian", card_copay=D("30.00")))
    assert (plan.expected.copay, plan.expected.deductible, plan.high.deductible) == (
        D("30.00"),
        ZERO,
        NO_LIMIT,
    )
    assert "has not answered" in reasons[0].text


def test_the_payers_answer_goes_before_the_card_where_it_names_coinsurance_and_no_copay_e3():
    plan, reasons = plan_of(known(benefits={"copay": None}, card_copay=D("30.00")))
    assert (plan.expected.copay, plan.high.copay) == (ZERO, ZERO)
    assert "The card says a copay of $30.00; the payer names none for this visit" in texts(reasons)
    plan, _ = plan_of(
        known(benefits={"copay": None, "coinsurance": None, "coinsurance_plan": None}, card_copay=D("30.00"))
    )
    assert plan.expected.copay == D("30.00")


def test_a_visit_type_without_copay_asks_for_none_e8():
    plan, _ = plan_of(known(takes_copay=False))
    assert plan.high.copay == ZERO


@pytest.mark.parametrize(
    ("coinsurance", "only"),
    [(value("0.2"), (True, False, False)), (value("0.2", of="30"), (True, True, False))],
)
def test_a_copay_and_coinsurance_add_up_where_the_payer_says_so_of_the_visit_e8(coinsurance, only):
    plan, _ = plan_of(known(benefits={"coinsurance": coinsurance}))
    assert (plan.low.copay_only, plan.expected.copay_only, plan.high.copay_only) == only


def test_an_estimate_rests_on_its_weakest_source():
    assert weakest(["contract", "paid", "charge"]) == "charge"
    assert weakest(["contract", "paid"]) == "paid"
