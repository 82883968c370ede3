"""Rules and quirks as CONTRIBUTING shows them: one line each, and they work."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from clinic.x12 import conditions, read_835, rules, validate, write_835, write_837p
from tests.x12 import samples

SHOWN = Path(__file__).parents[2].joinpath("CONTRIBUTING.md").read_text()


def _shown(name: str) -> object:
    """The line of CONTRIBUTING that calls `name`, as Python reads it."""
    lines = [line for line in SHOWN.splitlines() if line.startswith(f"{name}(")]
    assert len(lines) == 1
    return eval(lines[0], vars(conditions) | vars(rules))  # noqa: S307 (our own text)


def test_the_rule_that_contributing_shows_works_as_it_stands(monkeypatch):
    data = write_837p(samples.ENVELOPE, [samples.batch(samples.claim(place_of_service="21"))])
    assert validate(data) == ()
    monkeypatch.setitem(rules.RULES, "837P", (*rules.RULES["837P"], _shown("needs")))
    (found,) = validate(data)
    assert (found.severity, found.loop, found.segment, found.code) == ("warning", "2300", "DTP", "I6")
    assert found.message == "An inpatient visit has no date of admission (DTP*435)."
    assert found.advice == "Add the day of admission."
    assert [one.severity for one in validate(data, "out")] == ["error"]
    assert validate(write_837p(samples.ENVELOPE, [samples.batch()])) == ()


def test_the_quirk_that_contributing_shows_works_for_its_sender_alone(monkeypatch):
    text = write_835(samples.ENVELOPE, [samples.remittance()]).decode()
    text = re.sub(r"NM1\*QC[^~]*~\n", "", text).replace("SE*21*", "SE*20*")
    monkeypatch.setitem(rules.QUIRKS, "835", (_shown("forgive"),))
    (missing,) = validate(text.encode())
    assert (missing.severity, missing.segment) == ("error", "NM1")
    swapped = text.replace("CLINIC01       ", "PAYER01        ")
    (forgiven,) = validate(swapped.encode())
    assert forgiven.severity == "note"
    assert forgiven.message.endswith("This payer leaves names out of reversals.")
    assert [one.severity for one in read_835(text.encode())[0].findings] == ["warning"]
    assert [one.severity for one in read_835(swapped.encode())[0].findings] == ["note"]


@pytest.mark.parametrize("place", ["clm01", "CLM5", "CLM05-", "C", "CLM05-3=a"])
def test_a_place_that_cannot_be_read_is_refused_when_the_table_is_loaded(place):
    with pytest.raises(ValueError, match="names no place"):
        conditions.needs("2300", place, "REF*F8", "", "")


@pytest.mark.parametrize("equation", ["CLM02 = what", "CLM02 = 2400 / SV102", "CLM02 = XYZ"])
def test_a_sum_that_cannot_be_read_is_refused_when_the_table_is_loaded(equation):
    with pytest.raises((ValueError, KeyError)):
        conditions.sums("2300", equation, "", "")


def test_every_rule_says_what_to_do():
    for table in rules.RULES.values():
        assert all(rule.advice.endswith(".") for rule in table)
    assert all(quirk.reason.endswith(".") for table in rules.QUIRKS.values() for quirk in table)
