"""837I, 837D and 997, of which the clinic sends none: read into a biller's words, and judged by tables of their own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal

import pytest
from x12sdk.generate import generate_837i

from clinic.x12 import (
    Diagnosis,
    Occurrence,
    Tooth,
    ToothStatus,
    ValueCode,
    read_837d,
    read_837i,
    read_837p,
    read_997,
    read_999,
    validate,
)

_TOP = """\
ISA*00*          *00*          *ZZ*HOSPITAL01     *ZZ*PAYER01        *260302*1430*^*00501*000000007*0*T*:~
GS*HC*HOSPITAL01*PAYER01*20260302*1430*7*X*{version}~
ST*837*0001*{version}~
BHT*0019*00*B7*20260302*1430*CH~
NM1*41*2*ELM HOSPITAL*****46*HOSPITAL01~
PER*IC*EDI DESK*TE*5550100199~
NM1*40*2*EXAMPLE HUB*****46*HUB01~
HL*1**20*1~
PRV*BI*PXC*282N00000X~
NM1*85*2*ELM HOSPITAL*****XX*1234567893~
N3*1 ELM ST~
N4*COLUMBUS*OH*432150001~
REF*EI*999887777~
HL*2*1*22*0~
SBR*P*18*G77******MB~
NM1*IL*1*DOE*JANE****MI*M900100~
N3*12 ELM ST~
N4*COLUMBUS*OH*432150001~
DMG*D8*19800405*F~
NM1*PR*2*BLUE EXAMPLE*****PI*60054~
"""
_INSTITUTIONAL = """\
CLM*H1*350.25***13:A:7**A*Y*Y~
DTP*096*TM*1130~
DTP*434*RD8*20260201-20260203~
DTP*435*DT*202602010915~
CL1*3*1*01~
AMT*F3*20~
REF*G1*AUTH7~
REF*F8*ICN7~
REF*EA*MR7~
NTE*ADD*BROUGHT BY A NEIGHBOUR~
HI*ABK:S72001A:::::::Y~
HI*ABJ:R103~
HI*APR:R103*APR:R110~
HI*ABN:W010XXA:::::::N~
HI*DR:470~
HI*ABF:E119:::::::Y*ABF:I10:::::::U~
HI*BBR:0SR9019:D8:20260201~
HI*BBQ:02139Y3:D8:20260202~
HI*BI:70:RD8:20260101-20260103~
HI*BH:11:D8:20260131~
HI*BE:A1:::15.31~
HI*BG:09*BG:17~
NM1*71*1*ROWE*ANNA****XX*1987654328~
PRV*AT*PXC*207Q00000X~
NM1*72*1*POE*IDA****XX*1234567893~
SBR*S*01*******CI~
CAS*PR*1*7.93**2*2.07~
AMT*D*100~
OI***Y***Y~
NM1*IL*1*DOE*TIM****MI*M7~
NM1*PR*2*OTHER PLAN*****PI*OTHER1~
LX*1~
SV2*0305*HC:85025:QW*100.25*UN*1**5~
DTP*472*D8*20260201~
REF*6R*L1~
LIN**N4*00054123401~
CTP****2*UN~
LX*2~
SV2*0120**250*DA*2~
SVD*OTHER1*100**0120*2~
CAS*CO*45*150~
DTP*573*D8*20260220~
"""
_DENTAL = """\
CLM*D1*750***11:B:1*Y*A*Y*Y***********~
DTP*472*D8*20260210~
DN1*36*27~
DN2*4*M****JP~
DN2*5*E****JP~
REF*G3*PRE7~
HI*ABK:K0262~
NM1*82*1*ROWE*ANNA****XX*1987654328~
PRV*PE*PXC*1223G0001X~
NM1*DD*1*POE*IDA****XX*1234567893~
LX*1~
SV3*AD:D2750*600**10:20*I*1*****1~
TOO*JP*12*L:O~
TOO*JP*13~
DTP*441*D8*20200101~
REF*6R*L1~
LX*2~
SV3*AD:D1110:22*150****1~
"""


def _file(version: str, claim: str) -> str:
    text = _TOP.format(version=version) + claim
    return text + f"SE*{text.count('~') - 1}*0001~\nGE*1*7~\nIEA*1*000000007~\n"


INSTITUTIONAL = _file("005010X223A2", _INSTITUTIONAL)
DENTAL = _file("005010X224A2", _DENTAL)


def _errors(text: str) -> list[str]:
    return [str(finding) for finding in validate(text) if finding.severity == "error"]


def test_a_hospitals_claim_is_read_into_its_words():
    assert _errors(INSTITUTIONAL) == []
    (batch,) = read_837i(INSTITUTIONAL)
    (claim,) = batch.claims
    assert (batch.reference, batch.submitter.name) == ("B7", "ELM HOSPITAL")
    assert (claim.facility_type + claim.frequency, claim.amount_billed) == ("137", Decimal("350.25"))
    assert (claim.statement_from, claim.statement_to) == (date(2026, 2, 1), date(2026, 2, 3))
    assert (claim.admitted_at, claim.discharge_hour) == (datetime(2026, 2, 1, 9, 15), "1130")  # noqa: DTZ001
    assert (claim.admission_type, claim.admission_source, claim.patient_status) == ("3", "1", "01")
    assert claim.diagnoses == (
        Diagnosis("principal", "S72001A", "Y"),
        Diagnosis("admitting", "R103"),
        Diagnosis("reason", "R103"),
        Diagnosis("reason", "R110"),
        Diagnosis("cause", "W010XXA", "N"),
        Diagnosis("other", "E119", "Y"),
        Diagnosis("other", "I10", "U"),
    )
    assert claim.diagnosis_related_group == "470"
    assert claim.principal_procedure == Occurrence("0SR9019", date(2026, 2, 1))
    assert claim.other_procedures == (Occurrence("02139Y3", date(2026, 2, 2)),)
    assert claim.occurrence_spans == (Occurrence("70", date(2026, 1, 1), date(2026, 1, 3)),)
    assert claim.occurrences == (Occurrence("11", date(2026, 1, 31)),)
    assert claim.value_codes == (ValueCode("A1", Decimal("15.31")),)
    assert claim.condition_codes == ("09", "17")
    assert (claim.estimated_due, claim.prior_authorization) == (Decimal("20.00"), "AUTH7")
    assert (claim.payer_control_number, claim.medical_record_number) == ("ICN7", "MR7")
    assert claim.notes == (("ADD", "BROUGHT BY A NEIGHBOUR"),)
    assert claim.attending_provider.last_name == "ROWE"
    assert claim.operating_provider.last_name == "POE"
    assert (claim.patient, claim.subscriber.member_id, claim.payer.id) == (None, "M900100", "60054")
    assert claim.billing_provider.taxonomy == "282N00000X"
    assert [item.reason for item in claim.other_payers[0].adjustments] == ["1", "2"]


def test_a_hospitals_lines_are_read_into_their_words():
    first, second = read_837i(INSTITUTIONAL)[0].claims[0].lines
    assert (first.revenue_code, first.procedure, first.modifiers) == ("0305", "85025", ("QW",))
    assert (first.amount_billed, first.non_covered) == (Decimal("100.25"), Decimal("5.00"))
    assert (first.control_number, first.ndc, first.ndc_units) == ("L1", "00054123401", Decimal(2))
    assert (second.revenue_code, second.procedure, second.unit, second.units) == (
        "0120",
        "",
        "DA",
        Decimal(2),
    )
    (paid,) = second.other_payments
    assert paid.amount_paid + sum(item.amount for item in paid.adjustments) == second.amount_billed


def test_a_dentists_claim_is_read_into_its_words():
    assert _errors(DENTAL) == []
    (claim,) = read_837d(DENTAL)[0].claims
    assert (claim.place_of_service, claim.service_from) == ("11", date(2026, 2, 10))
    assert (claim.orthodontic_months, claim.orthodontic_months_left) == (Decimal(36), Decimal(27))
    assert claim.tooth_statuses == (ToothStatus("4", "M"), ToothStatus("5", "E"))
    assert (claim.predetermination, claim.predetermination_number) == (False, "PRE7")
    assert claim.diagnoses == ("K0262",)
    assert claim.assistant_surgeon.last_name == "POE"
    crown, cleaning = claim.lines
    assert (crown.procedure, crown.areas, crown.prosthesis, crown.pointers) == (
        "D2750",
        ("10", "20"),
        "I",
        (1,),
    )
    assert crown.teeth == (Tooth("12", ("L", "O")), Tooth("13"))
    assert crown.prior_placement_on == date(2020, 1, 1)
    assert (cleaning.procedure, cleaning.modifiers, cleaning.amount_billed) == (
        "D1110",
        ("22",),
        Decimal("150.00"),
    )


@pytest.mark.parametrize(
    ("text", "old", "new", "place"),
    [
        (INSTITUTIONAL, "13:A:7", "13:B:7", "CLM05-2"),
        (INSTITUTIONAL, "SV2*0305*HC:85025:QW*100.25*UN", "SV2*0305*HC:85025:QW*100.25*XX", "SV204"),
        (INSTITUTIONAL, "DTP*096*TM*1130", "DTP*096*TM*2575", "DTP03"),
        (INSTITUTIONAL, "HI*BE:A1:::15.31", "HI*BE:A1:::MUCH", "HI01-5"),
        (DENTAL, "SV3*AD:D2750", "SV3*HC:D2750", "SV301-1"),
        (DENTAL, "TOO*JP*12", "TOO*XX*12", "TOO01"),
        (DENTAL, "DN2*4*M", "DN2*4*Q", "DN202"),
    ],
)
def test_a_wrong_value_is_named_at_its_place(text, old, new, place):
    assert old in text
    found = [f.element for f in validate(text.replace(old, new)) if f.severity == "error"]
    assert place in found


@pytest.mark.parametrize(
    ("text", "loop"), [(INSTITUTIONAL, "CL1*3*1*01~\n"), (DENTAL, "SV3*AD:D1110:22*150****1~\n")]
)
def test_a_missing_segment_is_named(text, loop):
    name = loop.partition("*")[0]
    missing = [f.segment for f in validate(text.replace(loop, "")) if "is missing from the loop" in f.message]
    assert missing == [name]


def test_each_reader_passes_over_the_claims_of_others():
    assert read_837p(INSTITUTIONAL) == read_837d(INSTITUTIONAL) == read_837i(DENTAL) == ()


@pytest.mark.parametrize("version", ["005010X223A3", "005010X292", "005010X299"])
def test_other_guides_of_hospitals_are_read_by_the_same_words(version):
    (claim,) = read_837i(INSTITUTIONAL.replace("005010X223A2", version))[0].claims
    assert len(claim.lines) == 2


@pytest.mark.parametrize("seed", range(10))
def test_a_strangers_837i_gives_no_false_alarm(seed):
    text = generate_837i(seed=seed, claims=8)
    assert _errors(text) == []
    claims = read_837i(text)[0].claims
    assert len(claims) == 8
    assert all(sum(line.amount_billed for line in claim.lines) == claim.amount_billed for claim in claims)


def test_a_997_says_what_a_999_says():
    old = """\
ISA*00*          *00*          *ZZ*PAYER01        *ZZ*CLINIC01       *260302*1430*U*00401*000000009*0*T*:~
GS*FA*PAYER01*CLINIC01*20260302*1430*9*X*004010~
ST*997*0001~
AK1*HC*42~
AK2*837*0021~
AK3*NM1*8*2010AA*8~
AK4*9:1*67*7*12AB~
AK5*R*5~
AK2*837*0022~
AK5*A~
AK9*P*2*2*1~
SE*10*0001~
GE*1*9~
IEA*1*000000009~
"""
    assert _errors(old) == []
    (answer,) = read_997(old)
    assert (answer.functional_id, answer.group_control_number, answer.code) == ("HC", "42", "P")
    assert (answer.sets_included, answer.sets_received, answer.sets_accepted) == (2, 2, 1)
    refused, taken = answer.sets
    assert (refused.control_number, refused.code, refused.syntax_codes) == ("0021", "R", ("5",))
    (error,) = refused.errors
    assert (error.segment, error.set_position, error.loop, error.code) == ("NM1", 8, "2010AA", "8")
    (element,) = error.elements
    assert (element.element, element.component, element.code, element.value) == (9, 1, "7", "12AB")
    assert (taken.control_number, taken.code, taken.errors) == ("0022", "A", ())
    assert read_999(old) == ()
