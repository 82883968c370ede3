"""TA1, 999 and 277CA, read, written, and made from findings (C2)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clinic.x12 import (
    Acknowledgment999,
    ClaimAcknowledgment,
    ClaimStatus,
    ElementError,
    InterchangeAcknowledgment,
    LineStatus,
    Payer,
    Person,
    Provider,
    ProviderAcknowledgment,
    SegmentError,
    SetAcknowledgment,
    Status,
    StatusCode,
    Tally,
    X12Error,
    acknowledge,
    read_277ca,
    read_999,
    read_interchanges,
    read_ta1,
    validate,
    write_277ca,
    write_837p,
    write_999,
    write_ta1,
)
from clinic.x12.results.acknowledgment import Trigger
from tests.x12 import samples, strategies_answering
from tests.x12.oracles import pyx12_faults


def _claims(**changes: object) -> bytes:
    return write_837p(samples.ENVELOPE, [samples.batch(samples.claim(**changes))])


MIXED = Acknowledgment999(
    control_number="0001",
    functional_id="HC",
    group_control_number="42",
    version="005010X222A1",
    code="P",
    sets=(
        SetAcknowledgment(transaction="837", control_number="0001", version="005010X222A1", code="A"),
        SetAcknowledgment(
            transaction="837",
            control_number="0002",
            version="005010X222A1",
            code="E",
            errors=(
                SegmentError(
                    segment="CLM",
                    set_position=20,
                    loop="2300",
                    code="8",
                    business_unit=("CLM01", "1042-1"),
                    elements=(ElementError(element=5, component=1, code="7", value="88"),),
                ),
            ),
            syntax_codes=("5",),
        ),
        SetAcknowledgment(
            transaction="837",
            control_number="0003",
            version="005010X222A1",
            code="R",
            errors=(SegmentError(segment="HI", set_position=21, loop="2300", code="3"),),
            syntax_codes=("5",),
        ),
    ),
    sets_included=3,
    sets_received=3,
    sets_accepted=2,
)


def test_c2_a_999_with_a_e_p_and_r_reads_back_and_pyx12_takes_it():
    data = write_999(samples.ENVELOPE, [MIXED])
    assert read_999(data) == (MIXED,)
    assert pyx12_faults(data) == []
    assert [item.accepted for item in MIXED.sets] == [True, True, False]


def test_a_999_keeps_what_names_the_claim_and_what_made_a_rule_apply():
    trigger = Trigger(
        segment="CLM", set_position=20, loop="2300", element=11, component=1, references=("C024", "1362")
    )
    error = SegmentError(
        segment="DTP",
        set_position=24,
        loop="2300",
        code="3",
        business_unit=("CLM01", "1042-1"),
        more_units=(("NM109", "M900100"),),
        triggers=(trigger, Trigger(segment="HI", set_position=25)),
        elements=(ElementError(element=3, code="I9", triggers=(trigger,), units=(("CLM01", "1042-1"),)),),
    )
    acknowledgment = replace(MIXED, sets=(replace(MIXED.sets[2], errors=(error,)),))
    data = write_999(samples.ENVELOPE, [acknowledgment])
    assert b"CTX*SITUATIONAL TRIGGER*CLM*20*2300*11:1*C024:1362~" in data
    assert read_999(data) == (acknowledgment,)
    assert validate(data) == ()


def test_pyx12_takes_100_generated_999():
    draw = Random(999)
    for _ in range(100):
        sets = tuple(
            replace(draw.choice(MIXED.sets), control_number=f"{number:04d}")
            for number in range(1, draw.randrange(2, 8))
        )
        accepted = sum(item.accepted for item in sets)
        code = "A" if all(item.code == "A" for item in sets) else "P" if accepted else "R"
        if accepted == len(sets) and code == "P":
            code = "E"
        said = replace(
            MIXED,
            sets=sets,
            code=code,
            sets_included=len(sets),
            sets_received=len(sets),
            sets_accepted=accepted,
        )
        data = write_999(samples.ENVELOPE, [said])
        assert pyx12_faults(data) == []
        assert read_999(data) == (said,)


_SOME = settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)


@_SOME
@given(strategies_answering.acknowledgments)
def test_a_written_999_reads_back_as_it_was_said(acknowledgment):
    assert read_999(write_999(samples.ENVELOPE, [acknowledgment])) == (acknowledgment,)


@_SOME
@given(strategies_answering.claim_acknowledgments)
def test_a_written_277ca_reads_back_as_it_was_said(acknowledgment):
    assert read_277ca(write_277ca(samples.ENVELOPE, [acknowledgment])) == (acknowledgment,)


@_SOME
@given(st.lists(strategies_answering.interchange_acknowledgments, min_size=1, max_size=4))
def test_written_ta1_read_back_as_they_were_said(acknowledgments):
    assert list(read_ta1(write_ta1(samples.ENVELOPE, acknowledgments))) == acknowledgments


def test_a_ta1_reads_back_and_stands_without_a_group():
    answer = InterchangeAcknowledgment(control_number=42, sent_at=samples.AT, code="R", note="001")
    data = write_ta1(samples.ENVELOPE, [answer])
    assert read_ta1(data) == (answer,)
    assert read_interchanges(data)[0].kinds == ("TA1",)
    assert b"GS*" not in data
    assert not answer.accepted


def _status(category: str, code: str = "20", action: str = "WQ", message: str = "") -> Status:
    return Status(
        codes=(StatusCode(category=category, code=code, entity="PR"),),
        effective_on=date(2026, 3, 3),
        action=action,
        amount=Decimal("165.50"),
        message=message,
    )


def _claim_status(category: str, **changes: object) -> ClaimStatus:
    values: dict[str, object] = {
        "control_number": "1042-1",
        "statuses": (_status(category, action="U" if category in ("A3", "A6", "A7", "A8") else "WQ"),),
        "patient": Person(last_name="DOE", first_name="JANE", member_id="M900100"),
        "payer_control_number": "ICN9001" if category == "A2" else "",
        "service_from": samples.DAY,
    }
    return ClaimStatus(**{**values, **changes})  # type: ignore[arg-type]


EVERY_LEVEL = ClaimAcknowledgment(
    control_number="0001",
    reference="ACK1",
    source=Payer(name="BLUE EXAMPLE", id="60054"),
    source_role="PR",
    source_trace="S1",
    received_on=samples.DAY,
    processed_on=date(2026, 3, 3),
    receiver=Provider(last_name="ELM STREET CLINIC", other_id_kind="46", other_id="CLINIC01"),
    batch_reference="B42",
    statuses=(_status("A1", "19"),),
    tally=Tally(accepted=1, rejected=4, amount_accepted=Decimal("165.50"), amount_rejected=Decimal("12.00")),
    providers=(
        ProviderAcknowledgment(
            provider=Provider(last_name="ELM STREET CLINIC", npi=samples.NPI),
            trace="0",
            statuses=(_status("A8", "562", "U", "NPI NOT ON FILE"),),
            tally=Tally(accepted=1, rejected=4),
            claims=(
                _claim_status("A2"),
                _claim_status("A3", control_number="2"),
                _claim_status("A6", control_number="3"),
                _claim_status("A7", control_number="4"),
                _claim_status(
                    "A8",
                    control_number="5",
                    lines=(
                        LineStatus(
                            procedure="99213",
                            modifiers=("25",),
                            amount_billed=Decimal("125.00"),
                            control_number="L1",
                            service_from=samples.DAY,
                            statuses=(_status("A8", "454", "U"),),
                        ),
                    ),
                ),
            ),
        ),
    ),
    created_at=samples.AT,
)


def test_c2_a_277ca_keeps_the_statuses_of_every_level():
    data = write_277ca(samples.ENVELOPE, [EVERY_LEVEL])
    (found,) = read_277ca(data)
    assert found == EVERY_LEVEL
    assert validate(data) == ()
    claims = found.providers[0].claims
    assert [claim.accepted for claim in claims] == [True, False, False, False, False]
    assert [claim.rejected for claim in claims] == [False, True, True, True, True]
    assert found.providers[0].statuses[0].rejected


def test_the_status_of_a_provider_or_a_line_needs_no_day_of_its_own():
    """As in the published examples of X214; the receiver's and a claim's always have one."""
    text = write_277ca(samples.ENVELOPE, [EVERY_LEVEL]).decode()
    day = next(line for line in text.splitlines() if line.startswith("STC*A1:19")).split("*")[2]
    for said, error in (("STC*A8:562", False), ("STC*A8:454", False), ("STC*A1:19", True), ("STC*A2", True)):
        undated = re.sub(rf"({re.escape(said)}[^*]*)\*{day}\*", r"\1**", text, count=1)
        assert undated != text
        assert [one.element for one in validate(undated.encode())] == ["STC02"] * error
        assert read_277ca(undated.encode())[0].providers[0].claims[0].accepted


CATEGORIES = ["A1", "A2", "A3", "A6", "A7", "A8"]


@pytest.mark.parametrize("category", CATEGORIES)
@pytest.mark.parametrize("level", ["receiver", "provider", "claim", "line"])
def test_c2_every_category_is_read_at_every_level(category, level):
    said = (_status(category, action="U" if category > "A2" else "WQ"), _status("A1", "19"))
    line = LineStatus(
        procedure="99213", amount_billed=Decimal("125.00"), statuses=said if level == "line" else ()
    )
    claim = _claim_status("A2", lines=(line,), **({"statuses": said} if level == "claim" else {}))
    provider = ProviderAcknowledgment(
        provider=Provider(last_name="ELM STREET CLINIC", npi=samples.NPI),
        trace="1",
        statuses=said if level == "provider" else (),
        claims=(claim,),
    )
    acknowledgment = replace(
        EVERY_LEVEL, providers=(provider,), **({"statuses": said} if level == "receiver" else {})
    )
    data = write_277ca(samples.ENVELOPE, [acknowledgment])
    (found,) = read_277ca(data)
    assert found == acknowledgment
    assert validate(data) == ()
    read = {
        "receiver": found.statuses,
        "provider": found.providers[0].statuses,
        "claim": found.providers[0].claims[0].statuses,
        "line": found.providers[0].claims[0].lines[0].statuses,
    }[level]
    assert [status.category for status in read] == [category, "A1"]
    assert any(status.rejected for status in read) is (category > "A2")


def test_a_277ca_for_two_batches_of_ours_stands_in_one_set():
    both = (EVERY_LEVEL, replace(EVERY_LEVEL, batch_reference="B43", providers=()))
    data = write_277ca(samples.ENVELOPE, both)
    assert data.count(b"ST*277") == 1
    assert read_277ca(data) == both
    assert validate(data) == ()


@pytest.mark.parametrize(
    ("category", "accepted", "rejected"),
    [
        ("A0", False, False),
        ("A1", False, False),
        ("A2", True, False),
        ("A4", False, True),
        ("A5", False, False),
    ],
)
def test_c2_only_a2_is_acceptance_and_receipts_are_neither(category, accepted, rejected):
    claim = _claim_status(category)
    assert (claim.accepted, claim.rejected) == (accepted, rejected)


def test_a_good_file_is_accepted_by_ta1_and_999():
    answer = acknowledge(_claims(), samples.ENVELOPE)
    assert answer.accepted
    assert (answer.ta1.code, answer.ta1.note) == ("A", "000")
    assert [(group.code, group.sets[0].code) for group in answer.groups] == [("A", "A")]
    assert answer.groups[0].group_control_number == "42"
    assert pyx12_faults(answer.text_999) == []


FAULTS = [
    ("a place of service that is not on the list", b"CLM*1042-1*165.5***11:B:1", b"CLM*1042-1*165.5***88:B:1",
     "E", "CLM", "8", [(5, 1, "7", "88")]),
    ("an amount that is none", b"*165.5*", b"*ABC*", "R", "CLM", "8", [(2, 0, "6", "ABC")]),
    ("a diagnosis with a dot", b"ABK:J069", b"ABK:J06.9", "R", "HI", "8", [(1, 2, "6", "J06.9")]),
    ("a date that is none", b"DTP*472*D8*20260302", b"DTP*472*D8*20260230", "R", "DTP", "8", [(3, 0, "8", "20260230")]),
    ("a modifier of three", b"HC:99213:25", b"HC:99213:255", "R", "SV1", "8", [(1, 3, "5", "255")]),
    ("an NPI with a wrong check digit", b"1987654328", b"1987654321", "E", "NM1", "8", [(9, 0, "I12", "1987654321")]),
    ("a frequency that does not exist", b"***11:B:1", b"***11:B:5", "R", "CLM", "8", [(5, 3, "7", "5")]),
    ("a level with a wrong parent", b"HL*2*1*22", b"HL*2*7*22", "R", "HL", "8", [(2, 0, "7", "7")]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "old", "new", "code", "segment", "error", "elements"), FAULTS, ids=[f[0] for f in FAULTS]
)
def test_a_fault_in_an_element_becomes_an_ik4_with_its_claim(name, old, new, code, segment, error, elements):
    data = _claims()
    assert old in data
    answer = acknowledge(data.replace(old, new, 1), samples.ENVELOPE)
    (one,) = read_999(answer.text_999)[0].sets
    assert one.code == code
    found = [
        (e.segment, e.code, [(i.element, i.component, i.code, i.value) for i in e.elements])
        for e in one.errors
    ]
    assert found == [(segment, error, elements)]
    at = data[data.index(b"ST*") : data.index(old)].count(b"~") + 1
    assert one.errors[0].set_position == at
    if data.index(b"CLM*") <= data.index(old):
        assert one.errors[0].business_unit == ("CLM01", "1042-1")
    assert pyx12_faults(answer.text_999) == []


def test_a_missing_segment_and_a_missing_loop_become_ik3():
    data = _claims()
    start = data.index(b"HI*ABK")
    cut = data[:start] + data[data.index(b"\n", start) + 1 :]
    payer = cut.index(b"NM1*PR*")
    cut = cut[:payer] + cut[cut.index(b"\n", payer) + 1 :]
    (one,) = acknowledge(cut, samples.ENVELOPE).groups[0].sets
    assert one.code == "R"
    assert {(error.segment, error.code, error.loop) for error in one.errors} == {
        ("HI", "3", "2300"),
        ("NM1", "I7", "2010BB"),
    }


def test_c2_one_bad_set_does_not_reject_its_neighbours():
    batches = [
        samples.batch(),
        samples.batch(samples.claim(diagnoses=("J06.9",)), control_number="0002"),
        samples.batch(samples.claim(place_of_service="88"), control_number="0003"),
    ]
    (group,) = acknowledge(write_837p(samples.ENVELOPE, batches), samples.ENVELOPE).groups
    assert (group.code, group.sets_included, group.sets_accepted) == ("P", 3, 2)
    assert [item.code for item in group.sets] == ["A", "R", "E"]


@pytest.mark.parametrize(
    ("old", "new", "note"),
    [
        (b"IEA*1*000000042", b"IEA*1*000000041", "001"),
        (b"IEA*1*", b"IEA*7*", "021"),
        (b"IEA*1*000000042~", b"", "023"),
    ],
)
def test_a_broken_interchange_is_rejected_by_ta1_alone(old, new, note):
    answer = acknowledge(_claims().replace(old, new), samples.ENVELOPE)
    assert (answer.ta1.code, answer.ta1.note) == ("R", note)
    assert answer.text_999 == b""
    assert not answer.accepted
    assert read_ta1(answer.ta1_text)[0].control_number == 42


@pytest.mark.parametrize(
    ("old", "new", "code"), [(b"SE*3", b"SE*9", "4"), (b"*0001~\nGE", b"*0009~\nGE", "3")]
)
def test_a_broken_set_is_rejected_with_its_code(old, new, code):
    data = _claims()
    assert old in data
    (one,) = acknowledge(data.replace(old, new), samples.ENVELOPE).groups[0].sets
    assert (one.code, one.syntax_codes) == ("R", (code,))


def test_what_is_no_x12_cannot_be_answered():
    with pytest.raises(X12Error):
        acknowledge(b"hello", samples.ENVELOPE)
