"""S01, S03, S09: who is insured."""

from dataclasses import replace
from datetime import date

import pytest

from clinic.scrub import Severity
from tests.scrub.drafts import (
    COVERAGE,
    DAY_AFTER,
    DAY_BEFORE,
    MEDICARE,
    PAYER,
    SEEN_ON,
    accepts,
    flags,
    make_draft,
    make_line,
)


def test_s01_accepts_a_member_id_of_letters_and_digits() -> None:
    accepts("S01", make_draft(member_id="EVG123456789"))


@pytest.mark.parametrize("member_id", ["", "  ", " - "])
def test_s01_flags_a_missing_member_id(member_id: str) -> None:
    finding = flags("S01", make_draft(member_id=member_id), "coverage.member_id")
    assert finding.suggestion == ""


def test_s01_flags_spaces_and_dashes_and_offers_the_id_without_them() -> None:
    finding = flags("S01", make_draft(member_id="evg-123 456"), "coverage.member_id")
    assert finding.suggestion == "EVG123456"


def test_s01_flags_characters_that_no_card_has_and_offers_nothing() -> None:
    assert flags("S01", make_draft(member_id="EVG*123"), "coverage.member_id").suggestion == ""


def test_s03_accepts_a_well_formed_medicare_number() -> None:
    accepts("S03", make_draft(payer=MEDICARE, member_id="1EG4TE5MK73"))


def test_s03_accepts_dashes_because_s01_speaks_of_them() -> None:
    accepts("S03", make_draft(payer=MEDICARE, member_id="1EG4-TE5-MK73"))


def test_s03_accepts_a_missing_id_because_s01_speaks_of_it() -> None:
    accepts("S03", make_draft(payer=MEDICARE, member_id=""))


def test_s03_accepts_any_id_of_a_medicare_advantage_plan() -> None:
    plan = replace(PAYER, payer_type="medicare_advantage", claim_filing_code="16")
    accepts("S03", make_draft(payer=plan, member_id="H1234"))


def test_s03_flags_a_number_out_of_pattern() -> None:
    finding = flags("S03", make_draft(payer=MEDICARE, member_id="1EG4TE5MKO3"), "coverage.member_id")
    assert "S, L, O, I, B" in finding.fix


@pytest.mark.parametrize("number", ["900000001A", "900000001B6", "WD900000", "A900000001"])
def test_s03_flags_the_old_number_by_name(number: str) -> None:
    finding = flags("S03", make_draft(payer=MEDICARE, member_id=number), "coverage.member_id")
    assert "old Medicare number" in finding.message


@pytest.mark.parametrize(
    ("effective_on", "terminated_on"),
    [(None, None), (SEEN_ON, SEEN_ON), (DAY_BEFORE, None), (None, DAY_AFTER)],
)
def test_s09_accepts_service_on_the_first_and_the_last_covered_day(
    effective_on: date | None, terminated_on: date | None
) -> None:
    accepts("S09", make_draft(effective_on=effective_on, terminated_on=terminated_on))


def test_s09_flags_service_before_the_coverage_began() -> None:
    flags("S09", make_draft(effective_on=DAY_AFTER), "coverage.effective_on")


@pytest.mark.parametrize("effective_on", [None, date(2025, 1, 1)])
def test_s09_flags_service_after_the_coverage_ended(effective_on: date | None) -> None:
    flags("S09", make_draft(effective_on=effective_on, terminated_on=DAY_BEFORE), "coverage.terminated_on")


def test_s09_flags_a_line_that_runs_past_the_end() -> None:
    line = make_line(through_on=DAY_AFTER)
    flags("S09", make_draft(line, terminated_on=SEEN_ON), "coverage.terminated_on")


def test_s09_flags_an_ended_coverage_and_names_the_one_that_was_in_force() -> None:
    other = replace(COVERAGE, id=11, payer=replace(PAYER, id=3, name="Northside Mutual"))
    ended = replace(COVERAGE, id=12, terminated_on=date(2026, 1, 31))
    draft = make_draft(terminated_on=DAY_BEFORE, other_coverages=(ended, other))
    finding = flags("S09", draft, "coverage.terminated_on", Severity.BLOCK)
    assert "Northside Mutual" in finding.fix
