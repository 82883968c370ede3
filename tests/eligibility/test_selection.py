"""Which EB segments count for a visit (E2, E3, E4, E6), each read from the bytes of a 271."""

from datetime import date, datetime

from clinic import x12
from clinic.eligibility import selection

DAY = date(2026, 3, 10)
HEAD = (
    "ISA*00*          *00*          *ZZ*PAYER          *ZZ*CLINIC         *260310*1041*^*00501*000000001*0*T*:~"
    "GS*HB*PAYER*CLINIC*20260310*1041*1*X*005010X279A1~ST*271*0001*005010X279A1~BHT*0022*11*000417733*20260310*1041~"
    "HL*1**20*1~NM1*PR*2*MERIDIAN HEALTH*****PI*MERID~HL*2*1*21*1~NM1*1P*2*RIVERSIDE*****XX*1000000012~"
    "HL*3*2*22*0~TRN*2*000417733*9931234567~NM1*IL*1*WHITFIELD*DANIEL****MI*MHP1~"
)


def chosen(*segments, service_type="98", day=DAY):
    body = HEAD + "".join(f"{each}~" for each in segments)
    count = body[body.index("ST*") :].count("~") + 1
    answers = x12.read_271(f"{body}SE*{count}*0001~GE*1*1~IEA*1*000000001~".encode())
    assert len(answers) == 1
    return selection.select(answers[0], service_type, day)


def row(found, name, side="in"):
    return next(each for each in found["amounts"] if (each["name"], each["side"]) == (name, side))


def test_the_visits_own_service_type_comes_before_98_and_98_before_30():
    segments = ["EB*B*IND*30***27*50*****Y", "EB*B*IND*98***27*25*****Y", "EB*B*IND*PT***27*35*****Y"]
    assert chosen(*segments, service_type="PT")["copay"]["in"]["low"] == "35.00"
    assert chosen(*segments, service_type="98")["copay"]["in"]["low"] == "25.00"
    assert chosen(segments[0], service_type="98")["copay"]["in"]["low"] == "50.00"


def test_an_answer_keeps_the_copay_of_every_kind_of_visit():
    segments = ["EB*B*IND*98***27*25*****Y", "EB*B*IND*PT***27*0*****Y", "EB*B*IND*30***27*50*****Y"]
    found = chosen(*segments, service_type="PT")
    low = {code: selection.copay_inside(found, code)["low"] for code in ("PT", "98", "BZ", "AD", "30")}
    assert low == {"PT": "0.00", "98": "25.00", "BZ": "25.00", "AD": "50.00", "30": "50.00"}
    assert selection.copay_inside(chosen(segments[1], service_type="PT"), "98") is None
    del found["copays"]
    assert selection.copay_inside(found, "98")["low"] == "0.00"
    assert selection.copay_inside({}, "98") is None


def test_98_counts_for_office_visits_only():
    segments = ["EB*B*IND*98***27*25*****Y", "EB*B*IND*30***27*50*****Y"]
    assert chosen(*segments, service_type="BZ")["copay"]["in"]["low"] == "25.00"
    assert chosen(*segments, service_type="PT")["copay"]["in"]["low"] == "50.00"


def test_a_repeated_service_type_counts_for_each_of_its_codes():
    assert chosen("EB*B*IND*98^PT^UC***27*25*****Y", service_type="UC")["copay"]["in"]["low"] == "25.00"


def test_the_other_side_of_the_network_is_never_taken():
    found = chosen("EB*B*IND*98***27*25*****Y")
    assert found["copay"]["out"] is None
    assert chosen("EB*B*IND*98***27*60*****N")["copay"]["in"] is None


def test_the_named_side_comes_before_both_and_both_before_none():
    named, both = "EB*A*IND*98*****.1****Y", "EB*A*IND*98*****.2****W"
    blank = "EB*A*IND*98*****.3"
    assert chosen(blank, both, named)["coinsurance"]["in"]["low"] == "0.1"
    assert chosen(blank, both)["coinsurance"]["in"]["low"] == "0.2"
    assert chosen(blank, both)["coinsurance"]["out"]["low"] == "0.2"
    assert chosen(blank)["coinsurance"]["in"]["low"] == "0.3"
    assert chosen(blank)["coinsurance"]["out"] is None


def test_a_copay_is_an_amount_and_never_a_percentage():
    """E2."""
    assert chosen("EB*B*IND*98*****.2****Y")["copay"]["in"] is None


def test_remaining_is_preferred_to_total_less_year_to_date():
    found = chosen(
        "EB*C*IND*30***23*2000*****Y", "EB*C*IND*30***24*1000*****Y", "EB*C*IND*30***29*687.4*****Y"
    )
    deductible = row(found, "Deductible, individual")
    assert deductible["total"] == {"low": "2000.00", "high": "2000.00"}
    assert (deductible["remaining"]["low"], deductible["met"]) == ("687.40", "1312.60")


def test_without_remaining_it_is_total_less_year_to_date():
    found = chosen("EB*G*IND*30***23*6500*****Y", "EB*G*IND*30***24*1741.1*****Y")
    maximum = row(found, "Out-of-pocket maximum")
    assert (maximum["remaining"]["low"], maximum["met"]) == ("4758.90", "1741.10")


def test_what_was_met_is_never_below_zero():
    found = chosen("EB*C*IND*30***23*500*****Y", "EB*C*IND*30***29*900*****Y")
    assert row(found, "Deductible, individual")["met"] == "0.00"


def test_individual_and_family_are_both_kept():
    found = chosen("EB*C*IND*30***23*2000*****Y", "EB*C*FAM*30***23*4000*****Y")
    assert row(found, "Deductible, individual")["total"]["low"] == "2000.00"
    assert row(found, "Deductible, family")["total"]["low"] == "4000.00"


def test_several_values_are_a_range_marked_unclear_with_the_payers_words():
    found = chosen(
        "EB*B*IND*98***27*25*****Y",
        "MSG*PRIMARY CARE",
        "EB*B*IND*98***27*50*****Y",
        "MSG*SPECIALIST",
    )
    assert (found["copay"]["in"]["low"], found["copay"]["in"]["high"]) == ("25.00", "50.00")
    assert found["unclear"] == [
        {
            "name": "Copay",
            "side": "in",
            "low": "25.00",
            "high": "50.00",
            "messages": ["PRIMARY CARE", "SPECIALIST"],
        }
    ]


def test_the_same_value_twice_is_not_ambiguous():
    assert chosen("EB*B*IND*98***27*25*****Y", "EB*B*IND*98***27*25*****Y")["unclear"] == []


def test_last_years_deductible_does_not_count_this_year():
    found = chosen(
        "EB*C*IND*30***23*1500*****Y",
        "DTP*291*RD8*20250101-20251231",
        "EB*C*IND*30***23*2000*****Y",
        "DTP*291*RD8*20260101-20261231",
    )
    assert row(found, "Deductible, individual")["total"]["low"] == "2000.00"


def test_authorization_and_visits_are_read_for_the_visits_service_type():
    found = chosen(
        "EB*B*IND*PT***27*35****Y*Y",
        "EB*F*IND*PT***23***VS*30**Y",
        "EB*F*IND*PT***29***VS*22**Y",
        "EB*CB*IND*30*******N*Y",
        service_type="PT",
    )
    assert found["authorization"] == {"in": "Y", "out": ""}
    assert found["visits"]["in"] == {"left": "22", "of": "30"}


def test_the_plans_dates_and_the_other_payer_are_kept():
    """E6: the Medicare Advantage plan behind a Medicare card."""
    found = chosen(
        "EB*1*IND*30",
        "DTP*291*RD8*20260101-20261231",
        "EB*R*IND*30",
        "LS*2120",
        "NM1*PRP*2*SUNRISE ADVANTAGE*****PI*SUN01",
        "LE*2120",
    )
    assert (found["starts_on"], found["ends_on"]) == ("2026-01-01", "2026-12-31")
    assert found["other_payers"] == ["SUNRISE ADVANTAGE SUN01"]


def test_what_the_payer_left_out_is_listed():
    """E4."""
    found = chosen("EB*1*IND*30", "EB*B*IND*98***27*25*****Y", "EB*C*IND*30***23*2000*****Y")
    assert found["omitted"] == [
        "copay out",
        "coinsurance in",
        "coinsurance out",
        "deductible remaining in",
        "deductible out",
        "deductible remaining out",
    ]


def test_not_covered_and_reserved_coverage_are_said_in_words():
    found = chosen("EB*5*IND*30", "EB*I*IND*PT", service_type="PT")
    assert found["notes"][0] == "The payer's word is: active, pending investigation."
    assert "does not cover" in found["notes"][1]


def test_active_is_read_for_the_visits_service_type_first():
    answer = x12.EligibilityAnswer(
        reference="1",
        payer=None,
        provider=None,
        subscriber=None,
        benefits=(
            x12.Benefit(code="1", service_types=("30",), plan_name="CHOICE"),
            x12.Benefit(code="6", service_types=("PT",)),
        ),
        answered_at=datetime(2026, 3, 10, 10, 41),  # noqa: DTZ001
    )
    assert selection.plan_of(answer, "PT") == (False, "CHOICE")
    assert selection.plan_of(answer, "98") == (True, "CHOICE")
    assert selection.plan_of(
        x12.EligibilityAnswer(reference="1", payer=None, provider=None, subscriber=None), "98"
    ) == (None, "")
