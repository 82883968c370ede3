"""ICD-10-CM as the charge slip and the scrubber ask for it."""

import time
from datetime import date

from clinic.charges import diagnoses

COVERED = date(2026, 3, 10)


def test_a_complete_code_is_billable_with_or_without_its_dot():
    for code in ("E11.65", "e1165"):
        found = diagnoses.status(code, COVERED)
        assert found.is_known
        assert found.billable
        assert found.description == "Type 2 diabetes mellitus with hyperglycemia"


def test_a_heading_names_complete_codes_below_it_d01():
    found = diagnoses.status("E11", COVERED)
    assert found.is_known
    assert not found.billable
    assert len(found.choices) == 6
    assert all(diagnoses.status(code, COVERED).billable for code, _ in found.choices)


def test_only_the_stem_directly_above_extended_codes_names_seventh_characters_d02():
    assert diagnoses.status("T14.8", COVERED).seventh_characters == "ADS"
    assert "A" in diagnoses.status("S52.501", COVERED).seventh_characters
    assert diagnoses.status("S52", COVERED).seventh_characters == ""


def test_a_code_nobody_knows_is_unknown_inside_the_release_and_not_checked_outside_d01():
    assert not diagnoses.status("Q99.99", COVERED).is_known
    assert diagnoses.status("Q99.99", date(2026, 12, 1)) is None
    assert diagnoses.status("E11.65", date(2024, 1, 1)) is None
    assert diagnoses.status("E11.65", date(2026, 12, 1)).billable


def test_search_finds_by_code_and_by_words_in_any_order():
    assert diagnoses.search("e11.6", COVERED)[0].code.startswith("E11.6")
    assert diagnoses.search("hyperglycemia type 2", COVERED)[0].code == "E11.65"
    assert diagnoses.search("essential hypertension", COVERED)[0].code == "I10"
    assert len(diagnoses.search("fracture radius", COVERED, limit=7)) == 7
    assert diagnoses.search("x", COVERED) == []


def test_search_returns_complete_codes_only():
    found = diagnoses.search("diabetes", COVERED, limit=50)
    assert len(found) == 50
    assert all(diagnoses.status(each.code, COVERED).billable for each in found)


def test_search_over_all_codes_takes_less_than_a_blink():
    diagnoses.warm()
    start = time.perf_counter()
    for words in ("pain in right knee", "pneumonia", "laceration right hand"):
        assert diagnoses.search(words, COVERED)
    assert (time.perf_counter() - start) / 3 < 0.3
