"""Plain words for codes, our own."""

from __future__ import annotations

import pytest

from clinic.x12 import codes, npi_is_sound

DESCRIBERS = [getattr(codes, name) for name in codes.__all__ if name.startswith("describe_")]


def test_a_known_code_has_words():
    assert codes.describe_carc("197") == "Authorization missing"
    assert codes.describe_group("PR") == "Patient share"
    assert codes.describe_benefit("B") == "Copay"


@pytest.mark.parametrize("describe", DESCRIBERS, ids=lambda function: function.__name__)
def test_an_unknown_code_is_shown_as_it_is(describe):
    assert describe("?9") == "?9"


def test_e5_every_refusal_has_a_next_step():
    assert codes.next_step("75") == "Re-key the member ID; then try name and date of birth."
    assert codes.next_step("ZZ").startswith("Call the payer")
    assert all(step.endswith(".") for _, step in codes.REJECTIONS.values())


@pytest.mark.parametrize(
    "code", ["45", "253", "131", "144", "237", "16", "18", "22", "29", "50", "97", "252", "24", "23"]
)
def test_r13_every_code_that_a_rule_names_has_words(code):
    assert code in codes.CARC


@pytest.mark.parametrize(
    ("npi", "sound"), [("1234567893", True), ("1234567890", False), ("12345", False), ("١٢٣٤٥٦٧٨٩٣", False)]
)
def test_an_npi_is_checked_by_its_last_digit(npi, sound):
    assert npi_is_sound(npi) is sound
