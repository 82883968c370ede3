"""D01, D02: complete codes, valid on the day of service."""

from datetime import date

import pytest

from clinic.scrub import DiagnosisStatus, Severity
from tests.scrub.drafts import accepts, fields_of, findings_of, flags, make_draft, make_line, make_tables

OCTOBER_1, SEPTEMBER_30 = date(2021, 10, 1), date(2021, 9, 30)


def test_d01_accepts_complete_codes_in_force() -> None:
    accepts("D01", make_draft(diagnoses=("E11.9", "I10", "T14.8XXA")))


def test_d01_accepts_an_empty_row_between_diagnoses() -> None:
    accepts("D01", make_draft(diagnoses=("E11.9", "", "I10")))


@pytest.mark.parametrize(("code", "on"), [("U09.9", OCTOBER_1), ("M54.5", SEPTEMBER_30)])
def test_d01_accepts_a_code_on_its_first_and_on_its_last_day(code: str, on: date) -> None:
    accepts("D01", make_draft(make_line(service_on=on), diagnoses=(code,)))


@pytest.mark.parametrize(("code", "on"), [("U09.9", SEPTEMBER_30), ("M54.5", OCTOBER_1)])
def test_d01_flags_a_code_on_the_day_before_and_the_day_after(code: str, on: date) -> None:
    flags("D01", make_draft(make_line(service_on=on), diagnoses=(code,)), "diagnoses.A")


def test_d01_flags_an_unknown_code_at_its_own_letter() -> None:
    flags("D01", make_draft(diagnoses=("E11.9", "I10", "", "Q99.99")), "diagnoses.D")


def test_d01_flags_a_heading_and_names_the_codes_below_it() -> None:
    finding = flags("D01", make_draft(diagnoses=("M25.56",)), "diagnoses.A")
    assert "M25.561 right knee" in finding.fix
    assert finding.suggestion == ""


def test_d01_flags_a_heading_with_one_code_below_and_suggests_it() -> None:
    assert flags("D01", make_draft(diagnoses=("E13",)), "diagnoses.A").suggestion == "E13.9"


def test_d01_flags_a_heading_without_choices() -> None:
    flags("D01", make_draft(diagnoses=("E08",)), "diagnoses.A")


def test_d01_flags_by_the_day_of_the_lines_that_point_at_the_code() -> None:
    before, after = make_line(1, service_on=SEPTEMBER_30), make_line(2, service_on=OCTOBER_1, pointers=("B",))
    accepts("D01", make_draft(before, after, diagnoses=("M54.5", "U09.9")))
    findings = findings_of("D01", make_draft(before, after, diagnoses=("U09.9", "M54.5")))
    assert fields_of(findings) == ["diagnoses.A", "diagnoses.B"]


def test_d01_flags_a_code_once_though_it_is_wrong_on_two_days() -> None:
    lines = make_line(1, service_on=date(2021, 8, 1)), make_line(2, service_on=date(2021, 8, 2))
    flags("D01", make_draft(*lines, diagnoses=("U09.9",)), "diagnoses.A")


def test_d01_flags_a_code_that_nothing_points_at() -> None:
    flags("D01", make_draft(diagnoses=("E11.9", "U07.99")), "diagnoses.B")


def test_d01_accepts_what_only_lacks_its_seventh_character_because_d02_speaks_of_it() -> None:
    accepts("D01", make_draft(diagnoses=("T14.8",)))


@pytest.mark.parametrize("edit", ["D01", "D02"])
def test_d01_d02_flag_that_they_are_not_checked_without_a_table(edit: str) -> None:
    flags(edit, make_draft(), "tables.icd10", Severity.INFO, make_tables(icd10=None))


@pytest.mark.parametrize("edit", ["D01", "D02"])
def test_d01_d02_flag_once_that_no_release_covers_the_day(edit: str) -> None:
    draft = make_draft(make_line(service_on=date(2019, 5, 5)), diagnoses=("E11.9", "I10"))
    flags(edit, draft, "tables.icd10", Severity.INFO)


@pytest.mark.parametrize("edit", ["D01", "D02"])
def test_d01_d02_accept_a_claim_without_diagnoses_even_without_a_table(edit: str) -> None:
    accepts(edit, make_draft(diagnoses=("", "")), make_tables(icd10=None))


@pytest.mark.parametrize("code", ["T14.8XXA", "E11.9", "M25.56", "Q99.99"])
def test_d02_accepts_complete_codes_and_what_is_wrong_in_other_ways(code: str) -> None:
    accepts("D02", make_draft(diagnoses=(code,)))


@pytest.mark.parametrize("code", ["T14.8", "T14.8X", "T14.8XX"])
def test_d02_flags_a_missing_seventh_character_and_lists_the_legal_codes(code: str) -> None:
    finding = flags("D02", make_draft(diagnoses=("E11.9", code)), "diagnoses.B")
    assert "T14.8XXA, T14.8XXD, T14.8XXS" in finding.fix
    assert finding.suggestion == ""


def test_d02_flags_a_missing_seventh_character_and_suggests_the_only_legal_one() -> None:
    assert flags("D02", make_draft(diagnoses=("O36.011",)), "diagnoses.A").suggestion == "O36.0110"


@pytest.mark.parametrize("code", ["T14.8XXQ", "t148xxq"])
def test_d02_flags_an_illegal_seventh_character(code: str) -> None:
    finding = flags("D02", make_draft(diagnoses=(code,)), "diagnoses.A")
    assert "end in Q" in finding.message


def test_d02_flags_a_forgotten_placeholder_and_suggests_the_whole_code() -> None:
    assert flags("D02", make_draft(diagnoses=("T14.8A",)), "diagnoses.A").suggestion == "T14.8XXA"


def test_d02_flags_the_seventh_character_of_a_category_of_three_characters() -> None:
    assert "T07.XXXA" in flags("D02", make_draft(diagnoses=("T07",)), "diagnoses.A").fix
    assert flags("D02", make_draft(diagnoses=("T07A",)), "diagnoses.A").suggestion == "T07.XXXA"
    flags("D02", make_draft(diagnoses=("T07.XXXQ",)), "diagnoses.A")


@pytest.mark.parametrize("code", ["T14.8Q", "T14.8XXS", "T14.8QQA", "E11.9XXA", "ZZ", "E11.9A"])
def test_d02_accepts_what_never_was_a_code_and_d01_flags_it(code: str) -> None:
    accepts("D02", make_draft(diagnoses=(code,)))
    flags("D01", make_draft(diagnoses=(code,)), "diagnoses.A")


def test_d02_accepts_a_code_whose_stem_no_release_covers() -> None:
    tables = make_tables(icd10=lambda code, on: DiagnosisStatus(code, False) if len(code) > 5 else None)
    accepts("D02", make_draft(diagnoses=("T14.8XXQ",)), tables)
