"""The checks that forms and edits share: S01, S03, P01, P04."""

import pytest

from clinic.scrub import (
    clean_member_id,
    mbi_is_valid,
    member_id_is_valid,
    npi_is_valid,
    taxonomy_format_is_valid,
)


@pytest.mark.parametrize("npi", ["1234567893", "1245319599", "2000000002"])
def test_an_npi_with_its_check_digit_is_valid(npi: str) -> None:
    assert npi_is_valid(npi)


@pytest.mark.parametrize(
    "npi",
    [
        "",
        "123456789",
        "12345678933",
        "1234567890",
        "1234567983",
        "3234567891",
        "123456789X",
        " 1234567893",
        "١234567893",
    ],
)
def test_an_npi_of_wrong_length_digit_or_character_is_not_valid(npi: str) -> None:
    assert not npi_is_valid(npi)


def test_changing_any_one_digit_of_an_npi_breaks_it() -> None:
    npi = "1234567893"
    changed = [npi[:at] + str(digit) + npi[at + 1 :] for at in range(10) for digit in range(10)]
    assert [each for each in changed if npi_is_valid(each)] == [npi] * 10


def test_a_medicare_number_in_the_published_pattern_is_valid() -> None:
    assert mbi_is_valid("1EG4TE5MK73")
    assert mbi_is_valid("9AA0AA0AA00")


@pytest.mark.parametrize(
    "mbi",
    ["", "1EG4TE5MK7", "1EG4TE5MK733", "0EG4TE5MK73", "1SG4TE5MK73", "1EO4TE5MK73", "1EGATE5MK73", "1eg4te5mk73",
     "1EG4-TE5-MK73", "1EG4TE5MKA3", "1EG4TE5BK73"],
)  # fmt: skip
def test_a_medicare_number_out_of_pattern_is_not_valid(mbi: str) -> None:
    assert not mbi_is_valid(mbi)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("1EG4-TE5 MK73", "1EG4TE5MK73"),
        (" evg 12.34/56 ", "EVG123456"),
        ("AB\u2013 12", "AB12"),
        ("", ""),
        ("A*1", "A*1"),
    ],
)
def test_card_decorations_are_taken_out_of_a_member_id_and_nothing_else(typed: str, stored: str) -> None:
    assert clean_member_id(typed) == stored


@pytest.mark.parametrize(
    ("member_id", "is_valid"),
    [("EVG123456789", True), ("42", True), ("A" * 80, True), ("A" * 81, False), ("A", False), ("", False),
     ("EVG-12", False), ("evg12", False), ("EVG 12", False), ("ÄVG12", False), ("EVG12\n", False)],
)  # fmt: skip
def test_a_member_id_holds_capital_letters_and_digits_only(member_id: str, is_valid: bool) -> None:
    assert member_id_is_valid(member_id) is is_valid


@pytest.mark.parametrize(
    ("code", "is_valid"),
    [("207Q00000X", True), ("207RC0000X", True), ("207Q00000", False), ("207Q000000", False), ("20Q000000X", False),
     ("207q00000X", False), ("", False)],
)  # fmt: skip
def test_a_taxonomy_code_has_ten_characters_digits_first_and_an_x_last(code: str, is_valid: bool) -> None:
    assert taxonomy_format_is_valid(code) is is_valid
