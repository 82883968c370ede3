"""Plain words for codes, our own."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from clinic.x12 import Adjustment, codes, npi_is_sound, read_835, validate, write_835
from clinic.x12.codes import PublishedCode
from clinic.x12.codes.decisions import DECISIONS
from tests.x12 import samples

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


@pytest.mark.parametrize(
    ("table", "least"),
    [
        (codes.GROUPS, 5),
        (codes.CARC, 260),
        (codes.RARC, 130),
        (codes.CLAIM_STATUSES, 10),
        (codes.PLB_REASONS, 40),
        (codes.STATUS_CATEGORIES, 46),
        (codes.STATUS_CODES, 140),
        (codes.BENEFITS, 35),
        (codes.SERVICE_TYPES, 186),
        (codes.INSURANCE_TYPES, 45),
        (codes.PERIODS, 19),
        (codes.REJECTIONS, 55),
        (codes.FOLLOW_UPS, 8),
        (codes.PLACES, 52),
        (DECISIONS, 8),
    ],
)
def test_every_list_has_our_words_for_what_payers_use(table, least):
    assert len(table) >= least
    words = [item if isinstance(item, str) else item[0] for item in table.values()]
    assert all(0 < len(text) <= 60 and not text.endswith(".") for text in words)


@pytest.mark.parametrize(
    ("code", "good"),
    [("207Q00000X", True), ("207Q00000", False), ("207Q000000", False), ("207q00000X", False), ("", False)],
)
def test_a_taxonomy_code_is_known_by_its_form(code, good):
    assert codes.is_taxonomy(code) is good


PUBLISHED = (
    PublishedCode("45", "Some long published text", date(1995, 1, 1)),
    PublishedCode("9901", "Synthetic reason in use", date(2026, 1, 1)),
    PublishedCode("9902", "Synthetic reason of the past", date(2010, 1, 1), date(2025, 12, 31)),
    PublishedCode("9903", "Its first meaning", date(2010, 1, 1), date(2015, 12, 31)),
    PublishedCode("9903", "Its second meaning", date(2026, 1, 1)),
)


@pytest.fixture
def published():
    codes.CARC.publish(PUBLISHED)
    yield
    codes.CARC.publish(())


def test_a_published_code_has_its_published_words_and_ours_stay(published):
    assert codes.describe_carc("9901") == "Synthetic reason in use"
    assert codes.describe_carc("9903") == "Its second meaning"
    assert codes.describe_carc("45") == "Above the contract fee"


def test_a_newer_list_takes_the_place_of_the_one_before(published):
    known = len(codes.CARC)
    codes.CARC.publish(PUBLISHED[:2])
    assert len(codes.CARC) == known - 2
    assert codes.describe_carc("9902") == "9902"


def _paid_with(reason: str, on: date) -> bytes:
    line = samples.payment().lines[0]
    adjustments = (Adjustment("CO", reason, line.adjustments[0].amount), line.adjustments[1])
    claim = samples.payment(lines=(replace(line, adjustments=adjustments),))
    return write_835(samples.ENVELOPE, [samples.remittance(claim, paid_on=on)])


@pytest.mark.parametrize(
    ("reason", "on", "says"),
    [
        ("45", date(2026, 3, 2), []),
        ("9901", date(2026, 3, 2), []),
        ("9901", date(2025, 3, 2), ["'9901' was not in use on 03/02/2025."]),
        ("9902", date(2026, 3, 2), ["'9902' was not in use on 03/02/2026."]),
        ("9902", date(2020, 3, 2), []),
        ("9903", date(2020, 3, 2), ["'9903' was not in use on 03/02/2020."]),
        ("9999", date(2026, 3, 2), ["'9999' is not a reason code on our list."]),
    ],
)
def test_r12_a_reason_is_judged_by_the_day_of_the_payment_and_never_refused(published, reason, on, says):
    data = _paid_with(reason, on)
    found = validate(data)
    assert [finding.message.partition(" Nothing")[0] for finding in found] == says
    assert {finding.severity for finding in found} <= {"warning"}
    assert read_835(data)[0].is_readable
