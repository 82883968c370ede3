"""L07, L09, L13: codes that meet on one day."""

from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.scrub import DraftLine, NCCIPair, Severity, Standing
from clinic.scrub.code_pairs import is_visit
from tests.scrub.drafts import (
    DAY_AFTER,
    DAY_BEFORE,
    MEDICARE,
    SEEN_ON,
    accepts,
    findings_of,
    flags,
    make_draft,
    make_line,
    make_other_claim,
    make_other_line,
    make_tables,
)

NO_GLOBAL_DAYS = make_tables(global_days=None)


def therapy(massage: Iterable[str] = (), exercise: Iterable[str] = ()) -> tuple[DraftLine, DraftLine]:
    """Two lines of a pair with indicator 1: 97140 is the first column, 97530 the second."""
    return make_line(1, "97140", modifiers=tuple(massage)), make_line(2, "97530", modifiers=tuple(exercise))


@pytest.mark.parametrize(
    ("code", "expected"),
    [("99201", False), ("99202", True), ("99499", True), ("99500", False), ("92014", True), ("92015", False),
     ("9920", False), ("G0439", False)],
)  # fmt: skip
def test_visits_are_told_by_their_range(code: str, expected: bool) -> None:
    assert is_visit(code) is expected


def test_l07_accepts_codes_that_form_no_pair() -> None:
    accepts("L07", make_draft(make_line(1), make_line(2, "36415")))


def test_l07_accepts_one_line_even_without_a_table() -> None:
    accepts("L07", make_draft(), make_tables(ncci=None))


def test_l07_accepts_a_pair_on_two_days() -> None:
    accepts("L07", make_draft(make_line(1, "97140"), make_line(2, "97530", service_on=DAY_AFTER)))


def test_l07_accepts_a_pair_that_was_not_in_force_that_day() -> None:
    on = date(2025, 12, 31)
    accepts("L07", make_draft(make_line(1, "97140", service_on=on), make_line(2, "97530", service_on=on)))


def test_l07_accepts_the_same_code_twice_because_l18_speaks_of_it() -> None:
    accepts("L07", make_draft(make_line(1, "97140"), make_line(2, "97140")))


def test_l07_accepts_a_pair_that_is_not_applied() -> None:
    accepts("L07", make_draft(make_line(1, "80053"), make_line(2, "80048")))


@pytest.mark.parametrize("modifier", ["59", "XS", "XE", "XP", "XU", "91", "LT", "F5"])
def test_l07_accepts_a_separating_modifier_on_the_second_column(modifier: str) -> None:
    accepts("L07", make_draft(*therapy(exercise=[modifier])))


def test_l07_accepts_two_different_sides() -> None:
    accepts("L07", make_draft(*therapy(["RT"], ["LT"])))


def test_l07_accepts_medicare_s_modifier_on_either_code() -> None:
    accepts("L07", make_draft(*therapy(massage=["59"]), payer=MEDICARE))


def test_l07_flags_a_modifier_on_the_first_column_as_a_warning_for_other_payers() -> None:
    flags("L07", make_draft(*therapy(massage=["59"])), "lines.2.modifiers", Severity.WARN)


@pytest.mark.parametrize(
    ("massage", "exercise"), [((), ()), (["GP"], ["GP"]), (["RT"], ["RT"]), ((), ["25"])]
)
def test_l07_flags_a_pair_without_a_modifier_that_separates(massage: list[str], exercise: list[str]) -> None:
    flags("L07", make_draft(*therapy(massage, exercise)), "lines.2.modifiers")


def test_l07_flags_the_second_column_whatever_the_order_of_lines() -> None:
    flags("L07", make_draft(make_line(1, "97530"), make_line(2, "97140")), "lines.1.modifiers")


def test_l07_flags_a_pair_that_no_modifier_separates() -> None:
    flags("L07", make_draft(make_line(1, "11042"), make_line(2, "97597", modifiers=("59",))), "lines.2.code")


def test_l07_flags_that_it_is_not_checked_without_a_table() -> None:
    flags("L07", make_draft(*therapy()), "tables.ncci", Severity.INFO, make_tables(ncci=None))


def test_l07_accepts_a_visit_that_owes_25_because_l09_speaks_of_it() -> None:
    accepts("L07", make_draft(make_line(1), make_line(2, "20610")))
    accepts("L07", make_draft(make_line(1, "20610"), make_line(2)))


def test_l07_flags_two_procedures_that_both_have_global_days() -> None:
    flags("L07", make_draft(make_line(1, "20610"), make_line(2, "11200")), "lines.2.modifiers")


def test_l07_flags_an_add_on_to_a_visit_because_l09_does_not_speak_of_it() -> None:
    draft = make_draft(make_line(1, "20610"), make_line(2, "99417"))
    assert flags("L07", draft, "lines.2.modifiers").suggestion == ""


def test_l07_accepts_a_visit_with_25() -> None:
    accepts("L07", make_draft(make_line(1, modifiers=("25",)), make_line(2, "20610")), NO_GLOBAL_DAYS)


def test_l07_accepts_a_visit_with_25_that_is_the_first_column() -> None:
    pairs = make_tables(ncci=lambda one, two, on: NCCIPair("99213", "36415", "1") if one == "99213" else None)
    accepts("L07", make_draft(make_line(1, modifiers=("25",)), make_line(2, "36415")), pairs)


def test_l07_flags_a_visit_at_its_own_line_when_the_global_days_are_not_loaded() -> None:
    draft = make_draft(make_line(1), make_line(2, "20610"))
    assert flags("L07", draft, "lines.1.modifiers", tables=NO_GLOBAL_DAYS).suggestion == "25"


def test_l07_flags_a_pair_with_a_line_of_another_claim_at_our_own_line() -> None:
    other = make_other_claim(make_other_line("97140"), make_other_line("97140", service_on=DAY_AFTER))
    finding = flags("L07", make_draft(make_line(1, "97530"), other_claims=(other,)), "lines.1.modifiers")
    assert "C-501" in finding.message
    flags("L07", make_draft(make_line(1, "97140"), other_claims=(make_other_claim(make_other_line("97530")),)),
          "lines.1.modifiers")  # fmt: skip


def test_l07_flags_our_procedure_beside_a_visit_on_another_claim_and_our_visit_beside_its_procedure() -> None:
    procedure = make_draft(make_line(1, "20610"), other_claims=(make_other_claim(make_other_line("99213")),))
    assert flags("L07", procedure, "lines.1.modifiers").suggestion == ""
    visit = make_draft(make_line(1), other_claims=(make_other_claim(make_other_line("20610")),))
    assert flags("L07", visit, "lines.1.modifiers", tables=NO_GLOBAL_DAYS).suggestion == "25"
    accepts("L07", visit)


@pytest.mark.parametrize(
    "changes", [{"standing": Standing.VOIDED}, {"rendering_npi": "1234567893"}, {"payer_id": 9}]
)
def test_l07_accepts_a_pair_with_a_voided_claim_another_provider_or_payer(changes: dict[str, Any]) -> None:
    other = make_other_claim(make_other_line("97140"), **changes)
    accepts("L07", make_draft(make_line(1, "97530"), other_claims=(other,)))


@pytest.mark.parametrize(
    ("modifiers", "procedure"),
    [((), "36415"), ((), "J3301"), (("25",), "20610"), (("25",), "11200"), (("57",), "27447")],
)
def test_l09_accepts_a_visit_with_the_modifier_that_its_procedure_asks_for(
    modifiers: tuple[str, ...], procedure: str
) -> None:
    accepts("L09", make_draft(make_line(1, modifiers=modifiers), make_line(2, procedure)))


@pytest.mark.parametrize(
    ("modifiers", "procedure", "owed"),
    [
        ((), "20610", "25"),
        ((), "11200", "25"),
        (("57",), "20610", "25"),
        ((), "27447", "57"),
        (("25",), "27447", "57"),
    ],
)
def test_l09_flags_a_visit_beside_a_procedure_and_suggests_the_modifier(
    modifiers: tuple[str, ...], procedure: str, owed: str
) -> None:
    draft = make_draft(make_line(1, procedure), make_line(2, modifiers=modifiers))
    finding = flags("L09", draft, "lines.2.modifiers")
    assert finding.suggestion == owed
    assert "on the same day" in finding.message


def test_l09_accepts_a_visit_two_days_before_a_surgery_and_a_visit_the_day_before_a_small_procedure() -> None:
    accepts("L09", make_draft(make_line(1), make_line(2, "27447", service_on=SEEN_ON + timedelta(days=2))))
    accepts("L09", make_draft(make_line(1), make_line(2, "11200", service_on=DAY_AFTER)))


def test_l09_flags_a_visit_the_day_before_a_surgery() -> None:
    draft = make_draft(make_line(1), make_line(2, "27447", service_on=DAY_AFTER))
    finding = flags("L09", draft, "lines.1.modifiers")
    assert finding.suggestion == "57"
    assert "on the day before" in finding.message


def test_l09_flags_a_visit_beside_a_procedure_of_another_claim() -> None:
    draft = make_draft(other_claims=(make_other_claim(make_other_line("20610")),))
    flags("L09", draft, "lines.1.modifiers")


def test_l09_flags_25_on_a_visit_with_nothing_else_that_day_as_a_warning() -> None:
    line, later = make_line(1, modifiers=("25",)), make_line(2, "36415", service_on=DAY_AFTER)
    flags("L09", make_draft(line), "lines.1.modifiers", Severity.WARN)
    flags("L09", make_draft(line, later), "lines.1.modifiers", Severity.WARN)


def test_l09_accepts_25_when_the_other_service_stands_on_another_claim() -> None:
    draft = make_draft(
        make_line(modifiers=("25",)), other_claims=(make_other_claim(make_other_line("20610")),)
    )
    accepts("L09", draft)


@pytest.mark.parametrize(("code", "days"), [("11200", 10), ("27447", 90)])
def test_l09_flags_a_visit_on_the_last_day_after_a_surgery_and_accepts_the_next(code: str, days: int) -> None:
    inside = make_other_claim(make_other_line(code, service_on=SEEN_ON - timedelta(days=days)))
    outside = make_other_claim(make_other_line(code, service_on=SEEN_ON - timedelta(days=days + 1)))
    flags("L09", make_draft(other_claims=(inside,)), "lines.1.modifiers", Severity.WARN)
    accepts("L09", make_draft(other_claims=(outside,)))


def test_l09_accepts_24_on_a_visit_in_the_days_after_a_surgery() -> None:
    surgery = make_other_claim(make_other_line("27447", service_on=DAY_BEFORE))
    accepts("L09", make_draft(make_line(modifiers=("24",)), other_claims=(surgery,)))


def test_l09_flags_that_it_is_not_checked_without_a_table_only_when_something_stands_beside_the_visit() -> (
    None
):
    flags(
        "L09",
        make_draft(make_line(1), make_line(2, "20610")),
        "tables.global_days",
        Severity.INFO,
        NO_GLOBAL_DAYS,
    )
    accepts("L09", make_draft(), NO_GLOBAL_DAYS)
    accepts("L09", make_draft(make_line(1, "20610"), make_line(2, "11200")), NO_GLOBAL_DAYS)


def test_l09_accepts_two_visits_and_an_add_on_in_the_visits_range() -> None:
    accepts("L09", make_draft(make_line(1), make_line(2, "99406")))
    accepts("L09", make_draft(make_line(1, "99417"), make_line(2, "20610")))


def test_l09_flags_an_add_on_like_any_visit_while_add_ons_are_not_loaded() -> None:
    draft = make_draft(make_line(1, "99417"), make_line(2, "20610"))
    flags("L09", draft, "lines.1.modifiers", tables=make_tables(add_on=None))


def test_l13_accepts_an_add_on_with_one_of_its_primaries() -> None:
    accepts("L13", make_draft(make_line(1, "90461"), make_line(2, "90460")))


def test_l13_accepts_a_claim_without_add_ons() -> None:
    accepts("L13", make_draft())


def test_l13_accepts_a_primary_on_another_claim_of_the_day() -> None:
    accepts(
        "L13", make_draft(make_line(1, "90461"), other_claims=(make_other_claim(make_other_line("90460")),))
    )


def test_l13_accepts_any_other_service_where_the_payer_names_the_primaries() -> None:
    accepts("L13", make_draft(make_line(1, "99417"), make_line(2, "99215")))


@pytest.mark.parametrize("code", ["90461", "99417", "11045"])
def test_l13_flags_an_add_on_alone(code: str) -> None:
    flags("L13", make_draft(make_line(1, code)), "lines.1.code")


def test_l13_flags_an_add_on_whose_primary_has_another_day() -> None:
    draft = make_draft(make_line(1, "90460", service_on=DAY_BEFORE), make_line(2, "90461"))
    flags("L13", draft, "lines.2.code")


def test_l13_flags_two_add_ons_that_have_only_each_other() -> None:
    draft = make_draft(
        make_line(1, "99417"), make_line(2, "90461"), make_line(3, "90460", service_on=DAY_AFTER)
    )
    assert [finding.line for finding in findings_of("L13", draft)] == [1, 2]


def test_l13_flags_that_it_is_not_checked_without_a_table() -> None:
    flags("L13", make_draft(), "tables.add_on", Severity.INFO, make_tables(add_on=None))


def test_l13_accepts_a_claim_without_lines_even_without_a_table() -> None:
    accepts("L13", make_draft(lines=(), total=Decimal("0.00")), make_tables(add_on=None))
