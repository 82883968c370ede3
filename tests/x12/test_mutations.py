"""One fault at a time in a valid file of twenty claims or payments: each is found at its place, with its severity.

The table is that of the two oracles' comparison; most of its lower half neither of them sees.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

import pytest

from clinic.x12 import (
    ProviderAdjustment,
    acknowledge,
    read_999,
    validate,
    write_835,
    write_837p,
    write_999,
)
from tests.x12 import samples
from tests.x12.oracles import pyx12_faults

Lines = list[str]
CLAIMS = write_837p(
    samples.ENVELOPE,
    [
        samples.batch(
            *[
                samples.claim(
                    control_number=f"1042-{number}",
                    **(
                        {"patient": samples.CHILD, "relationship": "19"}
                        if number % 4 == 0
                        else {"accident_causes": ("OA",), "accident_on": samples.DAY}
                        if number % 5 == 0
                        else {"frequency": "7", "payer_control_number": "ICN9001"}
                        if number % 7 == 0
                        else {}
                    ),
                )
                for number in range(1, 21)
            ]
        )
    ],
).decode()


def _taken(reference: str, amount: str) -> ProviderAdjustment:
    return ProviderAdjustment(
        provider_id=samples.NPI, fiscal_year_end=samples.DAY, reason="WO", reference=reference, amount=Decimal(amount)
    )  # fmt: skip


PAYMENTS = write_835(
    samples.ENVELOPE,
    [
        samples.remittance(
            *[samples.payment(control_number=f"1042-{number}") for number in range(1, 21)],
            provider_adjustments=(_taken("A1", "10.00"),),
        )
    ],
).decode()


class Mutation(NamedTuple):
    """`change` works on the segments in place and returns the place (from 0) where the fault is to be found."""

    name: str
    change: Callable[[Lines], int]
    element: str
    inbound: str
    outbound: str


def _at(lines: Lines, start: str, which: int = 0) -> int:
    return [place for place, line in enumerate(lines) if line.startswith(start)][which]


def _swap(start: str, old: str, new: str, which: int = 0) -> Callable[[Lines], int]:
    def change(lines: Lines) -> int:
        place = _at(lines, start, which)
        assert old in lines[place], lines[place]
        lines[place] = lines[place].replace(old, new, 1)
        return place

    return change


def _drop(start: str, which: int = 0, back: int = 1) -> Callable[[Lines], int]:
    """Without the segment; the fault is said `back` places before it. SE01 stays right."""

    def change(lines: Lines) -> int:
        place = _at(lines, start, which)
        del lines[place]
        _count(lines)
        return place - back

    return change


def _add(start: str, line: str, which: int = 0) -> Callable[[Lines], int]:
    def change(lines: Lines) -> int:
        place = _at(lines, start, which) + 1
        lines.insert(place, line)
        _count(lines)
        return place

    return change


def _count(lines: Lines) -> None:
    end = _at(lines, "SE*")
    lines[end] = re.sub(r"\*\d+\*", f"*{end - _at(lines, 'ST*') + 1}*", lines[end], count=1)


def _above(start: str, change: Callable[[Lines], int]) -> Callable[[Lines], int]:
    """The fault is said at the nearest segment before it that begins so."""

    def changed(lines: Lines) -> int:
        place = change(lines)
        return max(n for n, line in enumerate(lines[: place + 1]) if line.startswith(start))

    return changed


def _group_of_remittances(lines: Lines) -> int:
    _swap("GS*", "GS*HC", "GS*HP")(lines)
    return _at(lines, "ST*")


def _last_level_without_flag(lines: Lines) -> int:
    place = next(n for n, line in enumerate(lines) if line.startswith("HL*") and line.endswith("*22*1"))
    lines[place] = lines[place][:-1] + "0"
    return place


IN_CLAIMS = [
    # What both oracles, or one of them, catch.
    Mutation("CLM05 missing", _swap("CLM*", "*11:B:1", "*", 8), "CLM05-1", "error", "error"),
    Mutation("SE01 too small", _swap("SE*", "SE*", "SE*1"), "SE01", "error", "error"),
    Mutation("SE02 another", _swap("SE*", "*0001", "*0002"), "SE02", "error", "error"),
    Mutation("GE01 wrong", _swap("GE*", "GE*1", "GE*2"), "GE01", "error", "error"),
    Mutation("GE02 wrong", _swap("GE*", "*42", "*43"), "GE02", "error", "error"),
    Mutation("IEA01 wrong", _swap("IEA*", "IEA*1", "IEA*2"), "IEA01", "error", "error"),
    Mutation("ISA13 is not IEA02", _swap("IEA*", "000000042", "000000041"), "IEA02", "error", "error"),
    Mutation("HL02 names a wrong level", _swap("HL*3*", "HL*3*1*", "HL*3*9*"), "HL02", "error", "error"),
    Mutation("HL01 skips a number", _swap("HL*3*", "HL*3*", "HL*4*"), "HL01", "error", "error"),
    Mutation("bad date", _swap("DTP*472", "20260302", "20260230", 9), "DTP03", "error", "error"),
    Mutation("bad time", _swap("BHT*", "*1430*", "*2530*"), "BHT05", "error", "error"),
    Mutation("unit XX", _swap("SV1*", "*UN*", "*XX*", 3), "SV103", "error", "error"),
    Mutation("unknown segment", _add("CLM*", "ZZZ*1", 4), "", "warning", "error"),
    Mutation("segment of another loop", _add("LX*", "BHT*0019*00*1*20260302*1430*CH", 4), "", "warning", "error"),
    Mutation("payer loop missing", _above("HL*", _drop("NM1*PR*", 2)), "", "error", "error"),
    Mutation("diagnoses missing", _drop("HI*", 3, back=1), "", "error", "error"),
    Mutation("name of 61 characters", _swap("NM1*IL*1*DOE", "*DOE*", "*" + "D" * 61 + "*"), "NM103", "error", "error"),
    Mutation("POS 88", _swap("CLM*", "*11:B:1", "*88:B:1", 2), "CLM05-1", "warning", "error"),
    Mutation("LX twice", _swap("LX*2", "LX*2", "LX*1", 5), "LX01", "error", "error"),
    Mutation("modifier of three", _swap("SV1*", "HC:99213:25", "HC:99213:255", 4), "SV101-3", "error", "error"),
    Mutation("CLM02 is not the sum of SV102", _swap("CLM*", "*165.5*", "*165.49*", 8), "CLM02", "error", "error"),
    # What neither sees.
    Mutation("NPI check digit", _swap("NM1*82", "1987654328", "1987654329", 1), "NM109", "warning", "error"),
    Mutation("NPI of nine digits", _swap("NM1*82", "1987654328", "198765432", 1), "NM109", "warning", "error"),
    Mutation("pointer to an absent diagnosis", _swap("SV1*", "*1:2", "*1:3", 4), "SV107-2", "error", "error"),
    Mutation("ICD with a dot", _swap("HI*", "ABK:J069", "ABK:J06.9", 3), "HI01-2", "error", "error"),
    Mutation("ICD that no code looks like", _swap("HI*", "ABK:J069", "ABK:JJ69", 3), "HI01-2", "warning", "error"),
    Mutation("taxonomy", _swap("PRV*BI", "207Q00000X", "207Q"), "PRV03", "warning", "error"),
    Mutation("N4 without ZIP", _swap("N4*", "*432150001", "", 2), "N403", "warning", "error"),
    Mutation("ZIP of four digits", _swap("N4*", "*432150001", "*4321", 2), "N403", "warning", "error"),
    Mutation("billing ZIP of five digits", _swap("N4*", "*432150001", "*43215"), "N403", "warning", "error"),
    Mutation("PO box as billing address", _swap("N3*", "1 ELM ST", "P.O. BOX 12"), "N301", "warning", "error"),
    Mutation("SBR02 empty for the subscriber's own claim", _swap("SBR*", "*18*", "**", 2), "SBR02", "warning", "error"),
    Mutation("SBR02 is 18 over a patient", _swap("SBR*P**", "P**", "P*18*"), "SBR02", "warning", "error"),
    Mutation("HL04 says no level below", _last_level_without_flag, "HL04", "warning", "error"),
    Mutation("accident without its date", _above("CLM*", _drop("DTP*439*")), "", "warning", "error"),
    Mutation("replacement without the payer's number", _above("CLM*", _drop("REF*F8*")), "", "warning", "error"),
    Mutation("first claim that names an earlier one", _add("CLM*", "REF*F8*ICN1", 0), "", "warning", "error"),
    Mutation("frequency 5", _swap("CLM*", ":B:1", ":B:5", 3), "CLM05-3", "error", "error"),
    Mutation("amount that is none", _swap("SV1*", "*125*", "*12A*", 4), "SV102", "error", "error"),
    Mutation("parts of a cent", _swap("SV1*", "*125*", "*125.001*", 4), "SV102", "error", "error"),
    Mutation("lower case", _swap("NM1*IL*1*DOE", "JANE", "Jane"), "", "warning", "warning"),
    Mutation("letter beyond ASCII", _swap("NM1*IL*1*DOE", "JANE", "ZOË"), "", "warning", "warning"),
    Mutation("group of another kind", _group_of_remittances, "ST01", "warning", "error"),
    Mutation("no test or production", _swap("ISA*", "*T*:", "*X*:"), "ISA15", "warning", "error"),
]  # fmt: skip

IN_PAYMENTS = [
    Mutation("TRN missing", _drop("TRN*"), "", "error", "error"),
    Mutation("CLP02 = 99", _swap("CLP*", "*1*125", "*99*125", 3), "CLP02", "error", "error"),
    Mutation("CLP is not what CAS leaves", _swap("CLP*", "*125*80*", "*125*79.99*", 3), "CLP04", "error", "error"),
    Mutation("line is not what CAS leaves", _above("SVC*", _swap("CAS*CO", "*25", "*24.99", 5)), "SVC03", "error", "error"),
    Mutation("lines are not what was billed", _above("CLP*", _swap("SVC*", "*125*80*", "*126*81*", 5)), "CLP03", "error", "error"),
    Mutation("BPR02 is not claims less PLB", _swap("BPR*", "*1590*", "*1600*"), "BPR02", "error", "error"),
    Mutation("unknown CARC", _swap("CAS*CO", "*45*", "*999*", 5), "CAS02", "warning", "warning"),
    Mutation("unknown RARC", _swap("LQ*", "*N381", "*N9999", 5), "LQ02", "warning", "warning"),
    Mutation("unknown group", _swap("CAS*CO", "*CO*", "*XX*", 5), "CAS01", "warning", "error"),
    Mutation("unknown PLB reason", _swap("PLB*", "*WO:", "*QQ:"), "PLB03-1", "warning", "warning"),
    Mutation("NPI of the payee", _swap("N1*PE", samples.NPI, "1234567890"), "N104", "warning", "error"),
    Mutation("bad date of payment", _swap("BPR*", "*20260302", "*20260332"), "BPR16", "error", "error"),
    Mutation("SE01 too big", _swap("SE*", "SE*", "SE*1"), "SE01", "error", "error"),
    Mutation("lower case", _swap("NM1*QC", "JANE", "Jane"), "", "warning", "warning"),
]  # fmt: skip


def _mutated(text: str, mutation: Mutation) -> tuple[bytes, int]:
    lines = text.split("~\n")
    place = mutation.change(lines)
    return "~\n".join(lines).encode(), place + 1


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("text", [CLAIMS, PAYMENTS], ids=["837P", "835"])
def test_a_valid_file_has_no_finding(text, direction):
    assert validate(text.encode(), direction) == ()
    assert text.count("~\nCLM*") == 20 or text.count("~\nCLP*") == 20


def test_strangers_find_the_base_valid_too():
    assert pyx12_faults(CLAIMS.encode()) == []
    assert pyx12_faults(PAYMENTS.encode()) == []


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("mutation", IN_CLAIMS, ids=lambda item: item.name)
def test_each_fault_of_a_claim_file_is_found_at_its_place(mutation, direction):
    _check(CLAIMS, mutation, direction)


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("mutation", IN_PAYMENTS, ids=lambda item: item.name)
def test_each_fault_of_a_remittance_is_found_at_its_place(mutation, direction):
    _check(PAYMENTS, mutation, direction)


def _check(text: str, mutation: Mutation, direction: str) -> None:
    data, position = _mutated(text, mutation)
    findings = validate(data, direction)
    wanted = mutation.inbound if direction == "in" else mutation.outbound
    found = [(f.position, f.element, f.severity) for f in findings]
    assert (position, mutation.element, wanted) in found, found
    # Nothing else is made of it: what a fault entails is at most at its own claim.
    assert len(findings) <= 4, found
    assert all(f.message and f.advice and f.advice.endswith(".") for f in findings)
    if wanted == "warning":
        assert not [f for f in findings if f.severity == "error"], found


def test_r5_two_plb_are_legal_though_both_strangers_refuse_them():
    two = write_835(
        samples.ENVELOPE,
        [
            samples.remittance(
                provider_adjustments=tuple(_taken(f"A{number}", "1.00") for number in range(9)),
            )
        ],
    )
    assert two.count(b"\nPLB*") == 2
    assert validate(two) == validate(two, "out") == ()
    assert pyx12_faults(two) != []


def test_c2_each_fault_is_answered_by_a_999_that_is_valid_and_rejects_errors_alone():
    """All answers in one file, so that the oracle loads its guide once."""
    groups = []
    for mutation in IN_CLAIMS:
        data, _ = _mutated(CLAIMS, mutation)
        answer = acknowledge(data, samples.ENVELOPE, set_control_number=len(groups) + 1)
        if not answer.groups:
            assert (answer.ta1.code, mutation.element[:3]) == ("R", "IEA"), mutation.name
            continue
        (group,) = answer.groups
        wanted = (
            ("R",)
            if mutation.inbound == "error"
            # What a 999 has no code for is accepted as it is.
            else ("E", "A")
        )
        if mutation.element.startswith("GE"):
            assert (group.code, group.syntax_codes) in (("R", ("4",)), ("R", ("5",)))
        else:
            assert group.sets[0].code in wanted, mutation.name
            assert group.code == group.sets[0].code
        groups.append(group)
    written = write_999(samples.ENVELOPE, groups)
    assert len(groups) > 40
    faults = pyx12_faults(written)
    # The guide has two kinds of CTX at one place; the oracle counts them as one kind.
    false = [fault for fault in faults if fault[0] == "CTX" and "Found 2, should have 1" in fault[3]]
    assert faults == false
    assert len(false) == written.count(b"~\nCTX*SITUATIONAL TRIGGER*CLM*") > 0
    assert read_999(written)[0].sets == groups[0].sets


def test_c2_what_is_missing_is_answered_with_the_segment_that_asks_for_it():
    mutation = next(one for one in IN_CLAIMS if one.name == "accident without its date")
    data, position = _mutated(CLAIMS, mutation)
    text = acknowledge(data, samples.ENVELOPE).text_999.decode()
    claim = position - 2
    assert (
        f"IK3*DTP*{claim}*2300*I6~\nCTX*SITUATIONAL TRIGGER*CLM*{claim}*2300*11:1~\nCTX*CLM01:1042-5~" in text
    )


def test_c2_sets_of_one_group_are_accepted_noted_and_rejected_each_by_itself():
    batches = [
        samples.batch(),
        samples.batch(samples.claim(place_of_service="88"), control_number="0002"),
        samples.batch(samples.claim(amount_billed=Decimal("1.00")), control_number="0003"),
        samples.batch(control_number="0004"),
    ]
    answer = acknowledge(write_837p(samples.ENVELOPE, batches), samples.ENVELOPE)
    (group,) = answer.groups
    assert [one.code for one in group.sets] == ["A", "E", "R", "A"]
    assert (group.code, group.sets_received, group.sets_accepted) == ("P", 4, 3)
    assert "AK9*P*4*4*3~" in answer.text_999.decode()
    assert pyx12_faults(answer.text_999) == []
