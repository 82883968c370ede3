"""Plain words for code values. An unknown code is its own description, so nothing is ever hidden.

Every `describe_*` takes the code as sent and returns one short phrase. The tables are dicts for who lists them.
"""

from __future__ import annotations

from clinic.x12.codes.adjustments import CARC, CLAIM_STATUSES, GROUPS, PLB_REASONS
from clinic.x12.codes.benefits import (
    BENEFITS,
    COVERAGE_LEVELS,
    FOLLOW_UPS,
    INSURANCE_TYPES,
    PERIODS,
    REJECTIONS,
    SERVICE_TYPES,
)
from clinic.x12.codes.decisions import (
    CERTIFICATION_TYPES,
    DECISION_REASONS,
    DECISIONS,
    REVIEW_CATEGORIES,
)
from clinic.x12.codes.places import PLACES
from clinic.x12.codes.published import CodeList, PublishedCode
from clinic.x12.codes.qualifiers import ROLES
from clinic.x12.codes.remarks import RARC
from clinic.x12.codes.statuses import STATUS_CATEGORIES, STATUS_CODES
from clinic.x12.codes.taxonomies import TAXONOMIES, is_taxonomy

PUBLISHED: dict[str, CodeList] = {
    "carc": CARC,
    "rarc": RARC,
    "status_categories": STATUS_CATEGORIES,
    "status_codes": STATUS_CODES,
    "places": PLACES,
    "taxonomies": TAXONOMIES,
}
"""The lists that are published and may be imported, by the name that a person calls them."""


def describe_group(code: str) -> str:
    """CAS01: "PR" is the patient's share (R11)."""
    return GROUPS.get(code, code)


def describe_carc(code: str) -> str:
    """Claim adjustment reason: "197" is "Authorization missing"."""
    return CARC.get(code, code)


def describe_rarc(code: str) -> str:
    """Remittance advice remark."""
    return RARC.get(code, code)


def describe_claim_status(code: str) -> str:
    """CLP02, which is no denial flag (C3)."""
    return CLAIM_STATUSES.get(code, code)


def describe_plb(code: str) -> str:
    """PLB03-1: a positive amount lowers the payment (R5)."""
    return PLB_REASONS.get(code, code)


def describe_status_category(code: str) -> str:
    """STC01-1: A2 is acceptance, A3, A4, A6, A7 and A8 are rejections (C2)."""
    return STATUS_CATEGORIES.get(code, code)


def describe_status(code: str) -> str:
    """STC01-2."""
    return STATUS_CODES.get(code, code)


def describe_entity(code: str) -> str:
    """STC01-3 or NM101: whom a status or name speaks of."""
    return ROLES.get(code, code)


def describe_benefit(code: str) -> str:
    """EB01 (E2)."""
    return BENEFITS.get(code, code)


def describe_coverage_level(code: str) -> str:
    """EB02."""
    return COVERAGE_LEVELS.get(code, code)


def describe_service_type(code: str) -> str:
    """EB03."""
    return SERVICE_TYPES.get(code, code)


def describe_insurance_type(code: str) -> str:
    """EB04 or SBR05."""
    return INSURANCE_TYPES.get(code, code)


def describe_period(code: str) -> str:
    """EB06: 29 is what remains, 23 the calendar year (E2)."""
    return PERIODS.get(code, code)


def describe_place(code: str) -> str:
    """Place of service."""
    return PLACES.get(code, code)


def describe_taxonomy(code: str) -> str:
    """A provider's specialty, once the published list is imported."""
    return TAXONOMIES.get(code, code)


def describe_rejection(code: str) -> str:
    """AAA03: why an eligibility question was refused (E5)."""
    return REJECTIONS[code][0] if code in REJECTIONS else code


def next_step(code: str) -> str:
    """What to do about AAA03 (E5), one sentence; calling the payer where the code is unknown."""
    return REJECTIONS[code][1] if code in REJECTIONS else f"Call the payer and ask about code {code}."


def describe_follow_up(code: str) -> str:
    """AAA04: whether the question may be sent again."""
    return FOLLOW_UPS.get(code, code)


def describe_decision(code: str) -> str:
    """HCR01: A1, A2 and A6 approve, A3 does not, A4 is pending."""
    return DECISIONS.get(code, code)


def describe_decision_reason(code: str) -> str:
    """HCR03, X12 list 886."""
    return DECISION_REASONS.get(code, code)


def describe_review(code: str) -> str:
    """UM01: what approval is asked for."""
    return REVIEW_CATEGORIES.get(code, code)


def describe_certification(code: str) -> str:
    """UM02: a first request, a renewal, a change, an appeal …"""
    return CERTIFICATION_TYPES.get(code, code)


__all__ = [
    "BENEFITS",
    "CARC",
    "CERTIFICATION_TYPES",
    "CLAIM_STATUSES",
    "COVERAGE_LEVELS",
    "DECISIONS",
    "DECISION_REASONS",
    "FOLLOW_UPS",
    "GROUPS",
    "INSURANCE_TYPES",
    "PERIODS",
    "PLACES",
    "PLB_REASONS",
    "PUBLISHED",
    "RARC",
    "REJECTIONS",
    "REVIEW_CATEGORIES",
    "SERVICE_TYPES",
    "STATUS_CATEGORIES",
    "STATUS_CODES",
    "TAXONOMIES",
    "CodeList",
    "PublishedCode",
    "describe_benefit",
    "describe_carc",
    "describe_certification",
    "describe_claim_status",
    "describe_coverage_level",
    "describe_decision",
    "describe_decision_reason",
    "describe_entity",
    "describe_follow_up",
    "describe_group",
    "describe_insurance_type",
    "describe_period",
    "describe_place",
    "describe_plb",
    "describe_rarc",
    "describe_rejection",
    "describe_review",
    "describe_service_type",
    "describe_status",
    "describe_status_category",
    "describe_taxonomy",
    "is_taxonomy",
    "next_step",
]
