"""Each rule of the order of benefits by itself (C9), as pure answers and plans."""

from dataclasses import replace
from datetime import date

import pytest

from clinic.patients.benefits import Answers, Plan, asks, faults, propose

TODAY = date(2026, 11, 22)
OWN = Plan("own", "Meridian PPO", "commercial", "18", "Ana", date(1958, 5, 1), date(2020, 1, 1), 1)
MEDICARE = Plan("medicare", "Medicare", "medicare", "18", "Ana", date(1958, 5, 1), date(2023, 5, 1), 2)
MEDICAID = Plan("medicaid", "State Medicaid", "medicaid", "18", "Ana", date(1958, 5, 1), date(2019, 1, 1), 1)
MOTHER = Plan("mother", "Cascade", "bcbs", "19", "Ruth", date(1990, 9, 30), date(2022, 1, 1), 1)
FATHER = Plan("father", "Summit", "hmo", "19", "Omar", date(1970, 3, 2), date(2024, 1, 1), 2)


def order(plans, on=TODAY, **answers):
    return [(place.plan.key, place.rule) for place in propose(plans, Answers(**answers), on).places]


def first(plans, on=TODAY, **answers):
    return order(plans, on, **answers)[0]


@pytest.mark.parametrize(
    ("works", "employees", "pays_first"),
    [
        ("self", "20to99", "own"),
        ("spouse", "100up", "own"),
        ("self", "under20", "medicare"),
        ("family", "100up", "medicare"),
        ("no", "", "medicare"),
    ],
)
def test_working_aged_twenty_employees_and_only_the_patients_or_spouses_work_c9(works, employees, pays_first):
    said = {"because": "age", "works": works, "employees": employees}
    found = order([OWN, MEDICARE], **said)
    assert found[0][0] == pays_first
    assert found[0][1] == ("Working aged" if pays_first == "own" else "Medicare")


@pytest.mark.parametrize(
    ("employees", "pays_first"), [("under20", "medicare"), ("20to99", "medicare"), ("100up", "own")]
)
def test_disability_counts_a_hundred_employees_and_any_member_of_the_family_c9(employees, pays_first):
    found = first([OWN, MEDICARE], because="disability", works="family", employees=employees)
    assert found[0] == pays_first


@pytest.mark.parametrize(
    ("since", "pays_first"),
    [
        (date(2026, 11, 1), "own"),
        (date(2024, 6, 1), "own"),  # the thirtieth month
        (date(2024, 5, 1), "medicare"),  # the thirty-first
    ],
)
def test_kidney_failure_puts_the_group_plan_first_for_thirty_months_whether_anybody_works_or_not_c9(
    since, pays_first
):
    assert first([OWN, MEDICARE], because="kidney", kidney_since=since)[0] == pays_first


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"because": "age", "works": "self", "employees": "20to99"}, "12"),
        ({"because": "kidney", "kidney_since": date(2026, 1, 1)}, "13"),
        ({"because": "disability", "works": "spouse", "employees": "100up"}, "43"),
        ({"because": "age", "works": "no"}, ""),
    ],
)
def test_medicare_as_second_payer_carries_its_reason_for_the_claim_sbr05_c9(said, code):
    places = propose([MEDICARE, OWN], Answers(**said), TODAY).places
    assert next(place.msp_type for place in places if place.plan.key == "medicare") == code
    assert all(place.msp_type == "" for place in places if place.plan.key != "medicare")


def test_medicaid_pays_last_whatever_place_it_has_c9():
    said = {"because": "age", "works": "no"}
    assert order([MEDICAID, OWN, MEDICARE], **said)[-1] == ("medicaid", "Medicaid last")
    assert first([MEDICAID, MEDICARE])[0] == "medicare"


def test_tricare_pays_before_medicaid_and_after_the_rest_c9():
    tricare = replace(OWN, key="tricare", tricare=True)
    assert [key for key, _ in order([tricare, MEDICAID, OWN])] == ["own", "tricare", "medicaid"]


def test_the_birthday_rule_looks_at_month_and_day_and_never_at_the_year_c9():
    assert order([MOTHER, FATHER], parents="together") == [
        ("father", "Birthday rule"),
        ("mother", "Birthday rule"),
    ]
    younger = replace(FATHER, holder_born_on=date(1999, 3, 2))
    assert first([MOTHER, younger], parents="together")[0] == "father"
    december = replace(FATHER, holder_born_on=date(1950, 12, 1))
    assert first([MOTHER, december], parents="joint")[0] == "mother"


def test_on_the_same_birthday_the_plan_longer_in_force_pays_first_c9():
    twin = replace(FATHER, holder_born_on=date(1980, 9, 30))
    assert first([twin, MOTHER], parents="together") == ("mother", "Longer in force")


def test_custody_goes_before_the_birthday_and_a_court_order_before_custody_c9():
    plans = [FATHER, MOTHER]
    assert first(plans, parents="apart", custody_plan="mother") == ("mother", "Custody")
    said = {"parents": "apart", "custody_plan": "mother", "court_plan": "father"}
    assert first(plans, **said) == ("father", "Court order")
    assert first(plans, parents="together", court_plan="mother") == ("mother", "Court order")


def test_ones_own_plan_pays_before_one_as_a_dependent_c9():
    as_spouse = replace(OWN, key="spouse", relationship="01", since=date(2010, 1, 1))
    assert first([as_spouse, OWN]) == ("own", "Own plan first")


def test_present_work_pays_before_former_work_c9():
    other = replace(OWN, key="other", since=date(2025, 1, 1))
    assert first([OWN, other], former=("own",)) == ("other", "Present work first")
    assert first([OWN, other]) == ("own", "Longer in force")


def test_a_plan_of_former_work_beside_medicare_supplements_it_c9():
    retired = replace(OWN, key="retired")
    said = {"because": "age", "works": "spouse", "employees": "100up", "former": ("retired",)}
    assert [key for key, _ in order([retired, OWN, MEDICARE], **said)] == ["own", "medicare", "retired"]


@pytest.mark.parametrize("injury", ["work", "auto", "other"])
def test_an_injury_that_somebody_answers_for_goes_before_every_plan_c9(injury):
    proposal = propose([OWN], Answers(injury=injury), TODAY)
    assert "pays before every plan" in proposal.notes[0]
    assert not proposal.changes


def test_a_medicare_advantage_plan_beside_medicare_is_called_out_e6():
    advantage = replace(MEDICARE, key="ma", name="Evergreen Advantage", kind="medicare_advantage")
    notes = propose([MEDICARE, advantage], Answers(), TODAY).notes
    assert notes == [
        "Evergreen Advantage stands in the place of Medicare: end the Medicare coverage, it pays nothing."
    ]


def test_only_the_questions_that_decide_something_are_asked_and_must_be_answered():
    assert asks([OWN]) == asks([MEDICARE]) == asks([OWN, MEDICAID]) == set()
    assert asks([OWN, MEDICARE]) == {"medicare"}
    assert asks([MOTHER, FATHER]) == {"parents", "former"}
    plans = [OWN, MEDICARE]
    assert set(faults(plans, Answers())) == {"because"}
    assert set(faults(plans, Answers(because="age"))) == {"works"}
    assert set(faults(plans, Answers(because="age", works="self"))) == {"employees"}
    assert set(faults(plans, Answers(because="kidney"))) == {"kidney_since"}
    this_month = Answers(because="kidney", kidney_since=date(2026, 11, 30))
    assert faults(plans, this_month, today=TODAY) == {}
    next_month = replace(this_month, kidney_since=date(2026, 12, 1))
    assert "future" in faults(plans, next_month, today=TODAY)["kidney_since"]
    assert set(faults([MOTHER, FATHER], Answers(parents="apart", custody_plan="other"))) == {"custody_plan"}


def test_two_plans_that_no_rule_tells_apart_stay_as_they_are():
    other = replace(OWN, key="other", position=2)
    assert order([OWN, other]) == [("own", "As it is"), ("other", "As it is")]
    assert not propose([OWN, other], Answers(), TODAY).changes
