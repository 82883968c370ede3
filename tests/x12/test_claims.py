"""837P: what we write is what was said, and two strangers agree that it is legal (C4 to C7)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from clinic.x12 import (
    Adjustment,
    OtherLinePayment,
    OtherPayer,
    Payer,
    Provider,
    ServiceLine,
    read_837p,
    validate,
    write_837p,
)
from tests.x12 import samples, strategies
from tests.x12.oracles import pyx12_faults, x12sdk_models

COB = OtherPayer(
    payer=Payer(name="MEDICARE EXAMPLE", id="MCARE"),
    # 2330A has no place for birth date and sex.
    subscriber=replace(samples.SUBSCRIBER, birth_date=None, sex=""),
    sequence="P",
    filing_code="MB",
    amount_paid=Decimal("100.00"),
    claim_control_number="ICN55",
)
FULL = samples.claim(
    patient=samples.CHILD,
    relationship="19",
    sequence="S",
    frequency="7",
    payer_control_number="ICN9001",
    prior_authorization="AUTH1",
    referral_number="REF1",
    clia_number="11D1111111",
    patient_paid=Decimal("5.00"),
    accident_causes=("AA",),
    accident_state="OH",
    accident_on=samples.DAY,
    onset_on=date(2026, 2, 20),
    note="SEEN WITH MOTHER",
    pay_to_address=samples.HOME,
    facility=Provider(last_name="ELM STREET LAB", npi=samples.NPI, address=samples.HOME),
    referring_provider=Provider(last_name="POE", first_name="IDA", is_person=True, npi=samples.NPI),
    supervising_provider=Provider(last_name="ROE", first_name="UMA", is_person=True, npi=samples.NPI),
    diagnoses=(
        "J069",
        "R05",
        "E119",
        "I10",
        "M545",
        "F329",
        "K219",
        "N390",
        "R109",
        "Z0000",
        "E785",
        "J45909",
    ),
    other_payers=(COB,),
    lines=(
        ServiceLine(
            procedure="J1100",
            modifiers=("25", "59", "LT", "RT"),
            amount_billed=Decimal("165.50"),
            service_from=samples.DAY,
            service_to=date(2026, 3, 4),
            units=Decimal("1.5"),
            pointers=(1, 2, 3, 12),
            place_of_service="22",
            emergency=True,
            control_number="L7",
            prior_authorization="AUTH2",
            note="HALF VIAL",
            ndc="00054123401",
            ndc_units=Decimal("1.5"),
            ndc_unit="ML",
            rendering_provider=samples.DOCTOR,
            other_payments=(
                OtherLinePayment(
                    payer_id="MCARE",
                    amount_paid=Decimal("100.00"),
                    procedure="J1100",
                    modifiers=("25",),
                    adjustments=(
                        Adjustment("CO", "45", Decimal("60.50")),
                        Adjustment("PR", "1", Decimal("3.00")),
                        Adjustment("PR", "2", Decimal("2.00")),
                    ),
                    paid_on=samples.DAY,
                    patient_liability=Decimal("5.00"),
                ),
            ),
        ),
    ),
)


@settings(
    max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(st.lists(strategies.claims(), min_size=1, max_size=4))
def test_a_written_claim_reads_back_as_it_was_said(claims):
    batch = samples.batch(*claims)
    (found,) = read_837p(write_837p(samples.ENVELOPE, [batch]))
    assert found == batch
    assert not [finding for finding in found.findings if finding.severity == "error"]


@pytest.mark.parametrize("claim", [samples.claim(), FULL], ids=["plain", "everything at once"])
def test_c7_pyx12_and_we_ourselves_find_no_fault_in_what_we_write(claim):
    data = write_837p(
        samples.ENVELOPE, [samples.batch(claim, samples.claim()), samples.batch(control_number="0002")]
    )
    assert pyx12_faults(data) == []
    assert validate(data) == ()
    assert read_837p(data)[0].claims[0] == claim


# Without shrinking: the oracle takes half a second a file.
@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.lists(strategies.claims(), min_size=1, max_size=3))
def test_pyx12_finds_no_fault_in_any_claim(claims):
    assert pyx12_faults(write_837p(samples.ENVELOPE, [samples.batch(*claims)])) == []


def test_the_oracle_itself_sees_a_fault():
    data = write_837p(samples.ENVELOPE, [samples.batch(samples.claim(place_of_service="88"))])
    assert [fault[0] for fault in pyx12_faults(data)] == ["CLM05"]


def test_x12sdk_agrees_on_totals():
    assert len(x12sdk_models(write_837p(samples.ENVELOPE, [samples.batch(samples.claim())]))) == 1


@pytest.mark.parametrize(("frequency", "sent"), [("1", False), ("7", True), ("8", True)])
def test_c4_the_payers_number_goes_with_a_replacement_or_void_only(frequency, sent):
    claim = samples.claim(frequency=frequency, payer_control_number="ICN9001")
    data = write_837p(samples.ENVELOPE, [samples.batch(claim)])
    assert (b"REF*F8*ICN9001" in data) is sent


def test_hierarchy_and_counts_are_computed():
    other = samples.claim(subscriber=samples.CHILD, control_number="7")
    text = write_837p(samples.ENVELOPE, [samples.batch(samples.claim(), FULL, other)]).decode()
    levels = [line for line in text.splitlines() if line.startswith("HL*")]
    # FULL is paid to another address, so its billing level stands alone.
    assert levels == [
        "HL*1**20*1~",
        "HL*2*1*22*0~",
        "HL*3**20*1~",
        "HL*4*3*22*1~",
        "HL*5*4*23*0~",
        "HL*6**20*1~",
        "HL*7*6*22*0~",
    ]
    body = text[text.index("ST*") : text.index("GE*")]
    assert f"SE*{body.count('~')}*0001~" in body


def test_no_delimiter_and_no_odd_letter_leaves_in_data():
    subscriber = samples.Person(last_name="Müñoz*~:^ O’Brien", first_name="Zoë", member_id="a-1", sex="F")
    text = write_837p(samples.ENVELOPE, [samples.batch(samples.claim(subscriber=subscriber))]).decode("ascii")
    assert "NM1*IL*1*MUNOZ     O'BRIEN*ZOE****MI*A-1~" in text
    assert pyx12_faults(text.encode()) == []


@pytest.mark.parametrize(
    "changes",
    [{"lines": ()}, {"diagnoses": ()}, {"diagnoses": ("J069",) * 13}, {"lines": (samples.LINE,) * 51}],
)
def test_what_could_only_be_a_broken_file_is_not_written(changes):
    with pytest.raises(ValueError, match="1042-1"):
        write_837p(samples.ENVELOPE, [samples.batch(samples.claim(**changes))])


def test_a_claim_keeps_its_own_text_and_place():
    data = write_837p(samples.ENVELOPE, [samples.batch(samples.claim(), samples.claim(control_number="2"))])
    first, second = read_837p(data)[0].claims
    assert first.raw.startswith("CLM*1042-1*165.5*")
    assert "CLM*2*" not in first.raw
    assert data.decode().splitlines()[second.position - 1].startswith("CLM*2*")
