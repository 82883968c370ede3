"""K01, K02, K04, K05, K11: the claim as a whole and its payer."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from clinic.scrub import (
    ClaimDraft,
    DraftEnrolment,
    DraftLine,
    EnrolmentState,
    FilingStart,
    Sequence,
    Severity,
)
from tests.scrub.drafts import (
    DAY_AFTER,
    DAY_BEFORE,
    MEDICARE,
    PAYER,
    SEEN_ON,
    TODAY,
    accepts,
    fields_of,
    findings_of,
    flags,
    make_authorization,
    make_draft,
    make_line,
    make_tables,
)

ZERO = Decimal("0.00")
THERAPY = make_line(1, "97110", units=Decimal(2))


def asks(*lines: DraftLine, **changes: Any) -> ClaimDraft:
    """A draft whose payer wants authorization for 97110."""
    return make_draft(*(lines or (THERAPY,)), authorization_codes=frozenset({"97110"}), **changes)


def test_k01_accepts_a_total_that_is_the_sum_of_the_lines() -> None:
    accepts("K01", make_draft(make_line(1), make_line(2, charge=Decimal("0.10"))))


def test_k01_accepts_fifty_lines_and_flags_fifty_one() -> None:
    lines = [make_line(number) for number in range(1, 52)]
    accepts("K01", make_draft(*lines[:50]))
    flags("K01", make_draft(*lines), "lines")


def test_k01_flags_a_claim_without_lines() -> None:
    flags("K01", make_draft(lines=(), total=ZERO), "lines")


@pytest.mark.parametrize("total", ["119.99", "120.01"])
def test_k01_flags_a_total_that_is_a_cent_off(total: str) -> None:
    flags("K01", make_draft(total=Decimal(total)), "claim.total")


def test_k01_accepts_a_total_of_zero_when_every_line_is_on_the_zero_charge_list() -> None:
    accepts("K01", make_draft(make_line(1, "99024", charge=ZERO), make_line(2, "3074F", charge=ZERO)))


def test_k01_flags_a_total_of_zero_when_one_line_is_not_on_the_list() -> None:
    draft = make_draft(make_line(1, "99024", charge=ZERO), make_line(2, charge=ZERO))
    flags("K01", draft, "claim.total")
    flags(
        "K01",
        make_draft(make_line(1, "99024", charge=ZERO)),
        "claim.total",
        tables=make_tables(zero_charge=None),
    )


def test_k02_accepts_a_claim_that_needs_no_authorization() -> None:
    accepts("K02", make_draft(authorization_demanded=False))
    accepts("K02", make_draft(make_line(1), authorization_codes=frozenset({"97110"})))


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"codes": frozenset()},
        {"units_left": None, "visits_left": None},
        {"units_left": Decimal(2), "visits_left": 1},
        {"starts_on": SEEN_ON, "ends_on": SEEN_ON},
        {"provider_npi": "1245319599"},
    ],
)
def test_k02_accepts_an_authorization_that_covers_codes_days_provider_and_units(
    changes: dict[str, Any],
) -> None:
    accepts("K02", asks(authorization_number="AUTH900", authorizations=(make_authorization(**changes),)))


def test_k02_accepts_other_lines_that_the_authorization_does_not_name() -> None:
    draft = asks(
        make_line(2), THERAPY, authorization_number="AUTH900", authorizations=(make_authorization(),)
    )
    accepts("K02", draft)


def test_k02_flags_a_missing_number() -> None:
    finding = flags("K02", asks(), "authorization.number")
    assert finding.suggestion == ""
    assert "for 97110" in finding.message


def test_k02_flags_a_missing_number_and_suggests_the_one_on_file_that_fits() -> None:
    on_file = (
        make_authorization(number="OLD", ends_on=date(2026, 3, 2)),
        make_authorization(number="OTHER", payer_id=99),
        make_authorization(),
    )
    assert flags("K02", asks(authorizations=on_file), "authorization.number").suggestion == "AUTH900"


def test_k02_flags_a_number_that_is_not_on_file_for_this_payer_as_a_warning() -> None:
    on_file = (make_authorization(payer_id=99),)
    draft = asks(authorization_number="AUTH900", authorizations=on_file)
    flags("K02", draft, "authorization.number", Severity.WARN)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"codes": frozenset({"97112"})}, "authorization.codes"),
        ({"starts_on": DAY_AFTER}, "authorization.dates"),
        ({"ends_on": DAY_BEFORE}, "authorization.dates"),
        ({"provider_npi": "1234567893"}, "authorization.provider"),
        ({"units_left": Decimal(1)}, "authorization.units"),
        ({"visits_left": 0}, "authorization.units"),
    ],
)
def test_k02_flags_what_the_authorization_does_not_cover(changes: dict[str, Any], field: str) -> None:
    flags("K02", asks(authorization_number="AUTH900", authorizations=(make_authorization(**changes),)), field)


def test_k02_flags_a_line_that_runs_past_the_authorization() -> None:
    line = replace(THERAPY, through_on=DAY_AFTER)
    authorization = make_authorization(ends_on=SEEN_ON)
    flags(
        "K02",
        asks(line, authorization_number="AUTH900", authorizations=(authorization,)),
        "authorization.dates",
    )


def test_k02_flags_everything_that_is_wrong_at_once() -> None:
    authorization = make_authorization(starts_on=DAY_AFTER, units_left=Decimal(0), visits_left=0)
    findings = findings_of("K02", asks(authorization_number="AUTH900", authorizations=(authorization,)))
    assert fields_of(findings) == ["authorization.dates", "authorization.units", "authorization.units"]


def test_k02_flags_a_missing_number_when_the_eligibility_answer_demands_one() -> None:
    flags("K02", make_draft(authorization_demanded=True), "authorization.number")


def test_k02_accepts_an_authorization_for_one_line_when_the_answer_did_not_say_which() -> None:
    draft = make_draft(
        make_line(2), THERAPY, authorization_demanded=True, authorization_number="AUTH900",
        authorizations=(make_authorization(),),
    )  # fmt: skip
    accepts("K02", draft)


def test_k02_flags_an_authorization_for_no_line_at_all_when_the_answer_demands_one() -> None:
    draft = make_draft(
        authorization_demanded=True, authorization_number="AUTH900", authorizations=(make_authorization(),)
    )
    flags("K02", draft, "authorization.codes")


def on_day_of_limit(left: int, days: int, **changes: Any) -> ClaimDraft:
    """A draft with `left` days to the end of a limit of `days` from its day of service."""
    return make_draft(today=SEEN_ON + timedelta(days=days - left), **changes)


@pytest.mark.parametrize("left", [15, 16, 180])
def test_k04_accepts_fifteen_days_or_more_before_the_limit(left: int) -> None:
    accepts("K04", on_day_of_limit(left, 180))


@pytest.mark.parametrize("left", [14, 1, 0])
def test_k04_flags_the_last_two_weeks_and_the_very_last_day_as_a_warning(left: int) -> None:
    finding = flags("K04", on_day_of_limit(left, 180), "claim.filing", Severity.WARN)
    assert ("ends today" in finding.message) is (left == 0)


def test_k04_flags_the_day_after_the_limit() -> None:
    flags("K04", on_day_of_limit(-1, 180), "claim.filing")


def test_k04_flags_a_late_claim_with_a_reason_for_delay_as_a_warning() -> None:
    flags("K04", on_day_of_limit(-1, 180, delay_reason_code="3"), "claim.filing", Severity.WARN)


def test_k04_flags_by_the_first_day_of_service() -> None:
    lines = make_line(1), make_line(2, service_on=SEEN_ON - timedelta(days=3))
    flags("K04", make_draft(*lines, today=SEEN_ON + timedelta(days=178)), "claim.filing")


def test_k04_flags_a_replacement_by_the_limit_for_corrected_claims() -> None:
    accepts("K04", on_day_of_limit(-1, 180, frequency="7"))
    flags("K04", on_day_of_limit(-1, 365, frequency="7"), "claim.filing")


def test_k04_flags_a_replacement_from_its_remittance_where_the_payer_counts_so() -> None:
    remitted_on = SEEN_ON + timedelta(days=40)
    changes = {
        "frequency": "7",
        "corrected_counts_from": FilingStart.REMITTANCE,
        "original_adjudicated_on": remitted_on,
    }
    accepts("K04", make_draft(today=remitted_on + timedelta(days=350), **changes))
    flags("K04", make_draft(today=remitted_on + timedelta(days=366), **changes), "claim.filing")


def test_k04_accepts_a_replacement_whose_remittance_day_is_not_known() -> None:
    accepts("K04", make_draft(frequency="7", corrected_counts_from=FilingStart.REMITTANCE))


def test_k04_flags_a_secondary_claim_from_the_first_payers_decision() -> None:
    changes = {"sequence": Sequence.SECONDARY, "prior_payer_adjudicated_on": date(2026, 12, 1)}
    accepts("K04", make_draft(today=date(2026, 12, 2), **changes))
    flags("K04", make_draft(today=date(2027, 3, 2), **changes), "claim.filing")


def test_k04_flags_a_secondary_claim_by_its_service_while_the_first_payers_day_is_not_known() -> None:
    flags("K04", on_day_of_limit(-1, 180, sequence=Sequence.SECONDARY), "claim.filing")


@pytest.mark.parametrize(
    "changes", [{"filing_days_original": None}, {"frequency": "7", "filing_days_corrected": None}]
)
def test_k04_flags_that_it_is_not_checked_without_a_limit(changes: dict[str, Any]) -> None:
    flags("K04", make_draft(**changes), "payer.filing_days", Severity.INFO)


def test_k04_accepts_a_claim_without_lines_because_k01_speaks_of_it() -> None:
    accepts("K04", make_draft(lines=(), total=ZERO))


def test_k05_accepts_an_original_without_and_a_correction_with_the_payers_number() -> None:
    accepts("K05", make_draft())
    accepts("K05", make_draft(frequency="7", payer_claim_number="EVG-778", original_adjudicated=True))
    accepts("K05", make_draft(frequency="8", payer_claim_number="EVG-778", original_adjudicated=True))


@pytest.mark.parametrize("frequency", ["7", "8"])
def test_k05_flags_a_correction_without_the_payers_number(frequency: str) -> None:
    flags("K05", make_draft(frequency=frequency, original_adjudicated=True), "claim.payer_claim_number")


def test_k05_flags_an_original_with_the_payers_number() -> None:
    flags("K05", make_draft(payer_claim_number="EVG-778"), "claim.payer_claim_number")


@pytest.mark.parametrize("frequency", ["7", "8"])
@pytest.mark.parametrize("number", ["", "EVG-778"])
def test_k05_flags_the_correction_of_a_claim_that_is_not_decided(frequency: str, number: str) -> None:
    flags("K05", make_draft(frequency=frequency, payer_claim_number=number), "claim.frequency")


@pytest.mark.parametrize("frequency", ["", "6", "2", "07"])
def test_k05_flags_an_unknown_frequency(frequency: str) -> None:
    flags("K05", make_draft(frequency=frequency), "claim.frequency")


def test_k05_flags_a_replacement_to_a_payer_that_takes_none_as_a_warning() -> None:
    draft = make_draft(
        frequency="7",
        payer_claim_number="1234",
        original_adjudicated=True,
        payer=MEDICARE,
        accepts_replacements=False,
    )
    flags("K05", draft, "claim.frequency", Severity.WARN)


@pytest.mark.parametrize(
    "enrolment",
    [
        DraftEnrolment(EnrolmentState.ACTIVE, TODAY),
        DraftEnrolment(EnrolmentState.ACTIVE, None),
        DraftEnrolment(EnrolmentState.NOT_REQUIRED, None),
    ],
)
def test_k11_accepts_an_active_payer_with_an_enrolment_in_force_or_none_needed(
    enrolment: DraftEnrolment,
) -> None:
    accepts("K11", make_draft(enrolment=enrolment))


@pytest.mark.parametrize(
    "enrolment",
    [
        None,
        DraftEnrolment(EnrolmentState.ASKED, None),
        DraftEnrolment(EnrolmentState.ENDED, date(2025, 1, 1)),
        DraftEnrolment(EnrolmentState.ACTIVE, TODAY + timedelta(days=1)),
    ],
)
def test_k11_flags_an_enrolment_that_is_missing_asked_for_ended_or_not_begun(
    enrolment: DraftEnrolment | None,
) -> None:
    flags("K11", make_draft(enrolment=enrolment), "payer.enrolment")


def test_k11_flags_a_payer_that_is_switched_off() -> None:
    flags("K11", make_draft(is_active=False), "payer.active")


def test_k11_flags_a_payer_without_electronic_id() -> None:
    flags("K11", make_draft(electronic_id=""), "payer.electronic_id")


@pytest.mark.parametrize(
    ("payer_type", "code"),
    [("commercial", "CI"), ("medicare", "MB"), ("medicare_advantage", "16"), ("medicaid", "MC"), ("bcbs", "BL"),
     ("hmo", "HM"), ("a kind of its own", "ZZ")],
)  # fmt: skip
def test_k11_accepts_the_claim_filing_code_of_the_kind_of_payer(payer_type: str, code: str) -> None:
    accepts("K11", make_draft(payer=replace(PAYER, payer_type=payer_type, claim_filing_code=code)))


@pytest.mark.parametrize(
    ("payer_type", "code", "suggestion"),
    [("commercial", "MB", ""), ("medicare", "CI", ""), ("tricare", "CI", "CH"), ("commercial", "", ""),
     ("a kind of its own", "XX", "")],
)  # fmt: skip
def test_k11_flags_a_claim_filing_code_of_another_kind(payer_type: str, code: str, suggestion: str) -> None:
    draft = make_draft(payer=replace(PAYER, payer_type=payer_type, claim_filing_code=code))
    assert flags("K11", draft, "payer.claim_filing_code").suggestion == suggestion
