"""835: read as said, proved to the cent (R1, R4 to R7, R16)."""

from __future__ import annotations

import itertools
import tracemalloc
from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings

from clinic.x12 import (
    Adjustment,
    ClaimPayment,
    Prover,
    ProviderAdjustment,
    Remittance,
    prove,
    raw_segments,
    read_835,
    stream_835,
    validate,
    write_835,
)
from clinic.x12.results.remittance import ClaimGroup
from tests.x12 import generated_remittances, samples, strategies
from tests.x12.oracles import pyx12_faults, x12sdk_models

CENT = Decimal("0.01")


_SLOW = [HealthCheck.too_slow, HealthCheck.data_too_large]


# The 200 remittances below read back too: here it is what nobody thought of.
@settings(max_examples=25, deadline=None, suppress_health_check=_SLOW)
@given(strategies.remittances())
def test_a_written_remittance_reads_back_as_it_was_said(remittance):
    _reads_back(remittance)


@pytest.mark.long
@settings(max_examples=1_000, deadline=None, suppress_health_check=_SLOW)
@given(strategies.remittances())
def test_1000_written_remittances_read_back_as_they_were_said(remittance):
    _reads_back(remittance)


def _reads_back(remittance: Remittance) -> None:
    (found,) = read_835(write_835(samples.ENVELOPE, [remittance]))
    assert found == remittance
    assert found.is_readable


@settings(max_examples=15, deadline=None, suppress_health_check=_SLOW)
@given(strategies.remittances())
def test_a_stream_gives_the_same_claims_and_the_same_proof(remittance):
    data = write_835(samples.ENVELOPE, [remittance])
    prover = Prover()
    claims = []
    for item in stream_835(data):
        if isinstance(item, ClaimPayment):
            prover.add(item)
            claims.append(item)
        else:
            assert isinstance(item, Remittance)
            assert prover.finish(item).failures == prove(read_835(data)[0]).failures
    assert tuple(claims) == remittance.claims


def test_pyx12_and_x12sdk_find_no_fault_in_what_we_write():
    second = samples.remittance(
        samples.payment(
            rendering_provider=samples.DOCTOR,
            crossover_payer=samples.PAYER,
            remarks=("MA18", "N89"),
            statement_from=samples.DAY,
            received_on=samples.DAY,
            amounts=(("I", Decimal("1.00")),),
        ),
        control_number="0002",
        provider_adjustments=(_plb("WO", "-5.00", "ICN1"), _plb("L6", "-1.00")),
    )
    data = write_835(samples.ENVELOPE, [samples.remittance(), second])
    assert pyx12_faults(data) == []
    assert len(x12sdk_models(write_835(samples.ENVELOPE, [samples.remittance()]))) == 1
    assert all(prove(item).ok for item in read_835(data))


@pytest.mark.parametrize("start", range(0, 200, 20))
def test_pyx12_finds_no_fault_in_200_remittances_but_that_it_allows_one_plb(start):
    said = [generated_remittances.remittance(seed) for seed in range(start, start + 20)]
    data = write_835(samples.ENVELOPE, said)
    assert {text for _, _, _, text in pyx12_faults(data)} <= {
        f"Loop FOOTER exceeded max count.  Found {count}, should have 1" for count in (2, 3)
    }
    assert validate(data) == ()
    found = read_835(data)
    assert list(found) == said
    assert all(prove(item).ok for item in found)


def test_the_200_remittances_hold_what_public_files_lack():
    said = [generated_remittances.remittance(seed) for seed in range(200)]
    claims = [claim for item in said for claim in item.claims]
    reasons = {each.reason for item in said for each in item.provider_adjustments}
    assert {"L6", "J1", "50", "51", "WO", "FB", "72", "CS"} <= reasons
    assert any(len(item.provider_adjustments) > 6 for item in said)
    assert any(claim.is_reversal for claim in claims)
    assert any(("I", Decimal("1.25")) in claim.amounts for claim in claims)
    assert any(each.reason == "253" for claim in claims for each in claim.adjustments)
    assert any(not claim.lines for claim in claims)
    assert any(line.billed_procedure for claim in claims for line in claim.lines)
    assert {item.method for item in said} == {"NON", "ACH", "CHK", "FWT"}


def _plb(reason: str, amount: str, reference: str = "", npi: str = samples.NPI) -> ProviderAdjustment:
    return ProviderAdjustment(
        provider_id=npi,
        fiscal_year_end=date(2026, 12, 31),
        reason=reason,
        reference=reference,
        amount=Decimal(amount),
    )


def test_r5_several_plb_are_read_and_a_positive_one_lowers_the_payment():
    adjustments = (
        _plb("WO", "30.00", "ICN1"),
        _plb("L6", "-2.50"),
        _plb("J1", "1.00", npi="1987654328"),
        _plb("FB", "-4.00", "ICN3", npi="1987654328"),
        _plb("50", "0.25"),
        _plb("51", "0.25"),
    )
    remittance = samples.remittance(provider_adjustments=adjustments)
    assert remittance.amount == Decimal("80.00") - Decimal("25.00")
    data = write_835(samples.ENVELOPE, [remittance])
    assert data.count(b"PLB*") == 3
    (found,) = read_835(data)
    assert found.provider_adjustments == adjustments
    assert prove(found).check.ok


def _unbalance(remittance: Remittance, level: str) -> Remittance:
    claim = remittance.claims[0]
    line = claim.lines[0]
    if level == "line":
        wrong = replace(line, adjustments=(line.adjustments[0]._replace(amount=line.adjustments[0].amount - CENT),
                                           line.adjustments[1]))  # fmt: skip
        claim = replace(claim, adjustments=(Adjustment("CO", "45", CENT),), lines=(wrong,))
    elif level == "claim":
        claim = replace(claim, adjustments=(Adjustment("OA", "23", CENT),))
    elif level == "lines":
        claim = replace(
            claim, amount_billed=claim.amount_billed + CENT, adjustments=(Adjustment("CO", "45", CENT),)
        )
    else:
        return replace(remittance, amount=remittance.amount + CENT)
    return replace(remittance, claims=(claim,))


@pytest.mark.parametrize(
    ("level", "segment"), [("line", "SVC"), ("claim", "CLP"), ("lines", "CLP"), ("check", "ST")]
)
def test_r4_one_cent_missing_at_any_level_is_found_with_its_segment(level, segment):
    data = write_835(samples.ENVELOPE, [_unbalance(samples.remittance(), level)])
    proof = prove(read_835(data)[0])
    assert not proof.ok
    failure = next(failure for failure in proof.failures if failure.level == level)
    assert abs(failure.difference) == CENT
    assert raw_segments(data, failure.position, failure.position)[0].startswith(segment)


def test_r4_amt_never_counts_and_claim_level_adjustments_do():
    claim = samples.payment(
        amount_paid=Decimal("78.40"),
        adjustments=(Adjustment("CO", "253", Decimal("1.60")),),
        amounts=(("I", Decimal("3.33")),),
    )
    assert prove(samples.remittance(claim)).ok


def test_r4_every_triple_of_a_full_cas_counts():
    reasons = tuple(Adjustment("CO", str(number), Decimal("1.00"), Decimal(1)) for number in range(1, 9))
    line = replace(samples.payment().lines[0], adjustments=reasons, amount_paid=Decimal("117.00"))
    claim = samples.payment(lines=(line,), amount_paid=Decimal("117.00"), patient_responsibility=None)
    data = write_835(samples.ENVELOPE, [samples.remittance(claim)])
    assert data.count(b"CAS*CO") == 2
    (found,) = read_835(data)
    assert found.claims[0].lines[0].adjustments == reasons
    assert prove(found).ok


def test_r7_a_wrong_clp05_is_a_warning_and_never_a_failure():
    proof = prove(samples.remittance(samples.payment(patient_responsibility=Decimal("19.99"))))
    assert proof.ok
    assert [warning.difference for warning in proof.warnings] == [Decimal("-0.01")]
    reversal = samples.payment(status="22", patient_responsibility=Decimal("1.00"))
    assert prove(samples.remittance(reversal)).warnings == ()


@pytest.mark.parametrize(
    ("text", "wrong", "place", "says"),
    [
        ("CLP*1042-1*1*125*", "CLP*1042-1*1*ABC*", "loop 2100, CLP03", "'ABC' is not an amount."),
        ("CLP*1042-1*1*125*", "CLP*1042-1*1*125.001*", "loop 2100, CLP03", "more than two decimals"),
        ("SVC*HC:99213:25*125*80", "SVC*HC:99213:25*125*NAN", "loop 2110, SVC03", "is not an amount"),
        ("CAS*CO*45*25", "CAS*CO*45*1E2", "loop 2110, CAS03", "is not an amount"),
        ("DTM*472*20260302", "DTM*472*20260231", "loop 2110, DTM02", "is not a date"),
        ("BPR*I*80*", "BPR*I**", "loop 835, BPR02", "is missing"),
    ],
)
def test_r1_what_cannot_be_read_is_an_error_that_names_its_segment(text, wrong, place, says):
    data = write_835(samples.ENVELOPE, [samples.remittance()]).decode()
    assert text in data
    (found,) = read_835(data.replace(text, wrong).encode())
    (error,) = [finding for finding in found.findings if finding.severity == "error"]
    position = data[: data.index(text)].count("~") + 1
    assert str(error).startswith(f"segment {position}, {place}: ")
    assert says in error.message
    assert not found.is_readable


def test_r1_an_unknown_segment_is_kept_and_said_and_never_fatal():
    data = write_835(samples.ENVELOPE, [samples.remittance()]).decode()
    data = data.replace("DTM*472", "ZZZ*1~\nDTM*472").replace("SE*21*", "SE*22*")
    (found,) = read_835(data.encode())
    assert found.is_readable
    assert [finding.message for finding in found.findings] == [
        "'ZZZ' is not a segment of this transaction; it is kept and shown."
    ]
    assert "ZZZ*1" in found.claims[0].raw


def test_r1_a_missing_patient_is_a_warning_in_a_remittance_and_an_error_of_its_guide():
    data = write_835(samples.ENVELOPE, [samples.remittance(samples.payment(patient=None))])
    (found,) = read_835(data)
    assert found.is_readable
    says = ["NM1*QC is missing from the loop."]
    assert [finding.message for finding in found.findings] == says
    assert [finding.message for finding in validate(data) if finding.severity == "error"] == says


def test_a_payer_may_group_its_claims_under_totals():
    figures = (("claims", Decimal(2)), ("billed", Decimal("250.00")))
    groups = (
        ClaimGroup(number="110212", claims=2, provider_id=samples.NPI, facility_code="11",
                   fiscal_year_end=samples.DAY, provider_figures=figures,
                   inpatient_figures=(("drg_amount", Decimal("100.00")),)),
        ClaimGroup(number="130212", claims=1),
    )  # fmt: skip
    said = samples.remittance(*[samples.payment()] * 3, groups=groups)
    data = write_835(samples.ENVELOPE, [said])
    assert [line[:9] for line in data.split(b"~\n") if line[:3] in (b"LX*", b"TS3", b"TS2", b"CLP")] == [
        b"LX*110212", b"TS3*12345", b"TS2*100", b"CLP*1042-", b"CLP*1042-", b"LX*130212", b"CLP*1042-",
    ]  # fmt: skip
    assert read_835(data) == (said,)
    assert validate(data) == ()


def test_the_bank_details_of_a_payment_are_written_as_said_and_never_invented():
    said = samples.remittance(sender_routing="", sender_account="", receiver_routing="", receiver_account="")
    data = write_835(samples.ENVELOPE, [said])
    assert b"BPR*I*80*C*ACH*CCP***********20260302~" in data
    assert read_835(data) == (said,)


def test_claims_without_lx_are_read():
    data = (
        write_835(samples.ENVELOPE, [samples.remittance()])
        .replace(b"LX*1~\n", b"")
        .replace(b"SE*21*", b"SE*20*")
    )
    (found,) = read_835(data)
    assert len(found.claims) == 1
    assert prove(found).ok


def test_r16_amounts_keep_their_sign():
    line = replace(
        samples.payment().lines[0],
        amount_billed=Decimal("-125.00"),
        amount_paid=Decimal("-80.00"),
        adjustments=(Adjustment("CO", "45", Decimal("-25.00")), Adjustment("PR", "3", Decimal("-20.00"))),
    )
    claim = samples.payment(
        status="22", amount_billed=Decimal("-125.00"), amount_paid=Decimal("-80.00"), lines=(line,)
    )
    (found,) = read_835(write_835(samples.ENVELOPE, [samples.remittance(claim)]))
    assert found.claims[0].is_reversal
    assert found.claims[0].lines[0].adjustments == line.adjustments
    assert prove(found).ok


def test_a_claim_keeps_its_own_text():
    data = write_835(
        samples.ENVELOPE, [samples.remittance(samples.payment(), samples.payment(control_number="B"))]
    )
    first, second = read_835(data)[0].claims
    assert first.raw.splitlines()[0].startswith("CLP*1042-1*1*125*80*20*12*ICN9001")
    assert "LQ*HE*N381~" in first.raw
    assert raw_segments(data, second.position, second.position)[0].startswith("CLP*B*")


class _Long:
    """A file of `claims` claims that is never whole in memory."""

    def __init__(self, claims: int) -> None:
        text = write_835(samples.ENVELOPE, [samples.remittance()])
        start, end = text.index(b"CLP*"), text.index(b"SE*")
        self._pieces = itertools.chain(
            [text[:start]], itertools.repeat(text[start:end], claims), [text[end:]]
        )

    def read(self, size: int = -1) -> bytes:
        return next(self._pieces, b"")


def _peak(claims: int) -> int:
    tracemalloc.start()
    try:
        assert sum(isinstance(item, ClaimPayment) for item in stream_835(_Long(claims))) == claims
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_memory_does_not_grow_with_the_length_of_a_set():
    _peak(10)
    assert _peak(1_200) < 1.2 * _peak(300)
