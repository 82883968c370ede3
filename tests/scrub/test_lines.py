"""L01, L02, L03, L18: each line for itself, and none billed twice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from clinic.scrub import Sequence, Severity, Standing
from tests.scrub.drafts import (
    DAY_AFTER,
    DAY_BEFORE,
    SEEN_ON,
    accepts,
    fields_of,
    findings_of,
    flags,
    make_draft,
    make_line,
    make_other_claim,
    make_other_line,
    make_tables,
)


def test_l01_accepts_a_listed_code_and_its_first_and_last_day() -> None:
    accepts("L01", make_draft(make_line(1), make_line(2, "99214")))


@pytest.mark.parametrize("on", [DAY_BEFORE, DAY_AFTER])
def test_l01_flags_a_code_before_it_began_and_after_it_ended(on: date) -> None:
    assert flags("L01", make_draft(make_line(1, "99214", service_on=on)), "lines.1.code").suggestion == ""


def test_l01_flags_a_deleted_code_and_suggests_what_took_its_place() -> None:
    assert flags("L01", make_draft(make_line(1, "99241")), "lines.1.code").suggestion == "99242"


def test_l01_flags_a_code_that_the_list_does_not_hold() -> None:
    flags("L01", make_draft(make_line(1), make_line(2, "99999")), "lines.2.code")


@pytest.mark.parametrize("code", ["", "9921", "992133", "9921a", "99 13", "AB123"])
def test_l01_flags_a_malformed_code_even_without_a_list(code: str) -> None:
    draft = make_draft(make_line(1, code))
    flags("L01", draft, "lines.1.code")
    flags("L01", draft, "lines.1.code", tables=make_tables(procedures=None))


def test_l01_flags_that_it_is_not_checked_without_a_list_and_says_so_once() -> None:
    draft = make_draft(make_line(1), make_line(2, "J3301"), make_line(3, "3074F"))
    flags("L01", draft, "tables.procedures", Severity.INFO, make_tables(procedures=None))


def test_l01_flags_that_a_kind_of_code_is_not_checked_where_no_list_covers_it() -> None:
    flags("L01", make_draft(make_line(1), make_line(2, "0001A")), "tables.procedures", Severity.INFO)


@pytest.mark.parametrize("pointers", [("A",), ("B", "A"), ("A", "B", "C", "D")])
def test_l02_accepts_one_to_four_pointers_at_diagnoses_of_the_claim(pointers: tuple[str, ...]) -> None:
    accepts("L02", make_draft(make_line(pointers=pointers), diagnoses=("E11.9", "I10", "E13.9", "U09.9")))


def test_l02_flags_a_line_without_pointer() -> None:
    flags("L02", make_draft(make_line(1), make_line(2, pointers=())), "lines.2.pointers")


def test_l02_flags_five_pointers() -> None:
    draft = make_draft(
        make_line(pointers=tuple("ABCDE")), diagnoses=("E11.9", "I10", "E13.9", "U09.9", "T14.8XXA")
    )
    flags("L02", draft, "lines.1.pointers")


@pytest.mark.parametrize("letter", ["B", "C", "E", "M", "a", "", "AB"])
def test_l02_flags_a_pointer_at_a_row_without_diagnosis(letter: str) -> None:
    draft = make_draft(make_line(pointers=("A", letter)), diagnoses=("E11.9", "", "", "I10"))
    flags("L02", draft, "lines.1.pointers")


def test_l02_flags_a_pointer_given_twice() -> None:
    flags("L02", make_draft(make_line(pointers=("A", "A"))), "lines.1.pointers")


def test_l02_flags_a_cause_of_injury_in_first_place_as_a_warning() -> None:
    diagnoses = ("W19.XXXA", "T14.8XXA")
    flags("L02", make_draft(diagnoses=diagnoses), "lines.1.pointers", Severity.WARN)
    accepts("L02", make_draft(make_line(pointers=("B", "A")), diagnoses=diagnoses))


@pytest.mark.parametrize("charge", ["0.01", "120.00"])
def test_l03_accepts_any_charge_above_zero(charge: str) -> None:
    accepts("L03", make_draft(make_line(charge=Decimal(charge))))


def test_l03_accepts_a_zero_charge_for_a_code_on_the_clinics_list() -> None:
    accepts("L03", make_draft(make_line(1, "99024", charge=Decimal("0.00"))))


def test_l03_flags_a_zero_charge() -> None:
    flags("L03", make_draft(make_line(charge=Decimal("0.00"))), "lines.1.charge")


def test_l03_flags_a_zero_charge_for_any_code_when_the_clinic_keeps_no_list() -> None:
    draft = make_draft(make_line(1, "99024", charge=Decimal("0.00")))
    flags("L03", draft, "lines.1.charge", tables=make_tables(zero_charge=None))


def test_l03_flags_a_negative_charge_even_for_a_code_on_the_list() -> None:
    flags("L03", make_draft(make_line(1, "99024", charge=Decimal("-0.01"))), "lines.1.charge")


def test_l18_accepts_lines_that_differ_in_day_code_or_modifiers() -> None:
    lines = (
        make_line(1, "20610", modifiers=("RT",)),
        make_line(2, "20610", modifiers=("LT",)),
        make_line(3, "20610", modifiers=("RT",), service_on=DAY_AFTER),
        make_line(4, "99213"),
    )
    accepts("L18", make_draft(*lines))


@pytest.mark.parametrize("modifier", ["76", "77", "91"])
def test_l18_accepts_a_repeat_that_is_marked(modifier: str) -> None:
    draft = make_draft(make_line(1), make_line(2, modifiers=(modifier,)), make_line(3, modifiers=(modifier,)))
    accepts("L18", replace(draft, other_claims=(make_other_claim(make_other_line(modifiers=(modifier,))),)))


def test_l18_flags_every_later_line_that_repeats_one() -> None:
    lines = make_line(1, modifiers=("25", "GC")), make_line(2, "99214"), make_line(3, modifiers=("GC", "25"))
    flags("L18", make_draft(*lines), "lines.3.code")
    findings = findings_of("L18", make_draft(make_line(1), make_line(2), make_line(3)))
    assert fields_of(findings) == ["lines.2.code", "lines.3.code"]


def test_l18_flags_a_line_that_stands_on_another_claim_and_names_it() -> None:
    finding = flags("L18", make_draft(other_claims=(make_other_claim(),)), "lines.1.code")
    assert "C-501" in finding.message


@pytest.mark.parametrize("standing", [Standing.REJECTED, Standing.VOIDED, Standing.REPLACED])
def test_l18_accepts_a_repeat_of_a_claim_that_no_longer_stands(standing: Standing) -> None:
    accepts("L18", make_draft(other_claims=(make_other_claim(standing=standing),)))


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_l18_accepts_the_claim_that_this_one_replaces(frequency: str) -> None:
    accepts("L18", make_draft(frequency=frequency, replaces_claim_id=501, other_claims=(make_other_claim(),)))


@pytest.mark.parametrize(
    "changes",
    [{"payer_id": 99}, {"sequence": Sequence.SECONDARY}, {"rendering_npi": "1234567893"}],
)
def test_l18_accepts_the_same_service_for_another_payer_turn_or_provider(changes: dict[str, Any]) -> None:
    accepts("L18", make_draft(other_claims=(make_other_claim(**changes),)))


@pytest.mark.parametrize(
    "changes",
    [{"code": "99214"}, {"modifiers": ("25",)}, {"service_on": DAY_AFTER}, {"charge": Decimal("120.01")}],
)
def test_l18_accepts_another_claim_whose_line_differs(changes: dict[str, Any]) -> None:
    accepts("L18", make_draft(other_claims=(make_other_claim(make_other_line(**changes)),)))


def test_l18_flags_the_right_line_of_several_when_the_billing_provider_rendered() -> None:
    other = make_other_claim(make_other_line("99214"), rendering_npi="1234567893")
    draft = make_draft(make_line(1), make_line(2, "99214"), rendering=None, other_claims=(other,))
    assert flags("L18", draft, "lines.2.code").line == 2
    assert draft.service_on == SEEN_ON
