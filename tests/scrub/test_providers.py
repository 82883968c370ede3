"""P01, P04, P06: who gave the service and where."""

from dataclasses import replace
from datetime import date

import pytest

from clinic.scrub import DraftEnrolment, EnrolmentState, Severity
from tests.scrub.drafts import (
    BILLING,
    CARDIOLOGY,
    FACILITY,
    FAMILY,
    RENDERING,
    UNLISTED,
    accepts,
    fields_of,
    findings_of,
    flags,
    make_draft,
    make_tables,
)

BAD_NPI = "1234567890"


def test_p01_accepts_right_check_digits() -> None:
    accepts("P01", make_draft(referring=RENDERING, facility=replace(FACILITY, npi="1234567893")))


def test_p01_accepts_a_claim_rendered_by_the_billing_provider() -> None:
    accepts("P01", make_draft(rendering=None))


def test_p01_accepts_a_facility_without_npi() -> None:
    accepts("P01", make_draft(facility=FACILITY))


@pytest.mark.parametrize("place", ["billing", "rendering", "referring"])
@pytest.mark.parametrize("npi", ["", BAD_NPI, "12345"])
def test_p01_flags_a_missing_or_mistyped_npi_at_its_own_provider(place: str, npi: str) -> None:
    flags("P01", make_draft(**{place: replace(BILLING, npi=npi)}), f"{place}.npi")


def test_p01_flags_a_mistyped_npi_of_the_facility() -> None:
    flags("P01", make_draft(facility=replace(FACILITY, npi=BAD_NPI)), "facility.npi")


def test_p01_flags_every_wrong_npi_at_once() -> None:
    wrong = replace(BILLING, npi=BAD_NPI)
    findings = findings_of("P01", make_draft(billing=wrong, rendering=wrong))
    assert fields_of(findings) == ["billing.npi", "rendering.npi"]


def test_p04_accepts_a_listed_taxonomy() -> None:
    accepts("P04", make_draft())


def test_p04_accepts_a_rendering_provider_without_taxonomy_where_the_payer_needs_none() -> None:
    accepts("P04", make_draft(rendering=replace(RENDERING, taxonomy="")))


def test_p04_accepts_any_well_formed_code_without_the_list() -> None:
    accepts(
        "P04",
        make_draft(billing=replace(BILLING, taxonomy=UNLISTED), rendering=None),
        make_tables(taxonomy=None),
    )


@pytest.mark.parametrize("on_file", ["", FAMILY])
def test_p04_accepts_the_taxonomy_that_the_payer_has_or_when_that_is_unknown(on_file: str) -> None:
    accepts("P04", make_draft(enrolment=DraftEnrolment(EnrolmentState.ACTIVE, date(2025, 1, 1), on_file)))


def test_p04_accepts_a_claim_without_enrolment_because_k11_speaks_of_it() -> None:
    accepts("P04", make_draft(enrolment=None))


@pytest.mark.parametrize("taxonomy", ["", "207Q", UNLISTED])
def test_p04_flags_a_missing_malformed_or_unlisted_billing_taxonomy(taxonomy: str) -> None:
    flags("P04", make_draft(billing=replace(BILLING, taxonomy=taxonomy)), "billing.taxonomy")


def test_p04_flags_a_missing_rendering_taxonomy_where_the_payer_needs_it() -> None:
    draft = make_draft(rendering=replace(RENDERING, taxonomy=""), requires_rendering_taxonomy=True)
    flags("P04", draft, "rendering.taxonomy")


def test_p04_flags_a_malformed_rendering_taxonomy_even_where_none_is_needed() -> None:
    flags("P04", make_draft(rendering=replace(RENDERING, taxonomy="FAMILY")), "rendering.taxonomy")


def test_p04_flags_another_taxonomy_than_the_payer_has_as_a_warning() -> None:
    draft = make_draft(enrolment=DraftEnrolment(EnrolmentState.ACTIVE, date(2025, 1, 1), CARDIOLOGY))
    assert flags("P04", draft, "billing.taxonomy", Severity.WARN).suggestion == CARDIOLOGY


def test_p04_flags_a_missing_taxonomy_once_though_the_payer_has_one() -> None:
    enrolment = DraftEnrolment(EnrolmentState.ACTIVE, date(2025, 1, 1), CARDIOLOGY)
    flags("P04", make_draft(billing=replace(BILLING, taxonomy=""), enrolment=enrolment), "billing.taxonomy")


@pytest.mark.parametrize("zip_code", ["606011234", "60601-1234"])
def test_p06_accepts_nine_digits(zip_code: str) -> None:
    accepts("P06", make_draft(billing=replace(BILLING, zip_code=zip_code), facility=FACILITY))


@pytest.mark.parametrize(
    "zip_code", ["", "60601", "60601-0000", "606010000", "6060112345", "6060A1234", "60601 1234"]
)
def test_p06_flags_a_billing_zip_without_nine_digits_or_ending_in_0000(zip_code: str) -> None:
    flags("P06", make_draft(billing=replace(BILLING, zip_code=zip_code)), "billing.zip")


def test_p06_flags_the_facility_zip_at_the_facility() -> None:
    flags("P06", make_draft(facility=replace(FACILITY, zip_code="60601")), "facility.zip")
