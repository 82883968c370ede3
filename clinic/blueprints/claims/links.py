"""From a finding's field to the field that mends it: every finding lands somewhere (issue step 5)."""

from typing import Any, NamedTuple

from flask import current_app, url_for

from clinic import access
from clinic.models import Claim
from clinic.web import may

PAYER_FIELDS = {
    "active": "active",
    "electronic_id": "edi_id",
    "enrolment": "enrolment-837",
    "claim_filing_code": "filing_indicator",
    "filing_days": "filing_days",
}


class Place(NamedTuple):
    """An endpoint, its values, and the id of the field."""

    endpoint: str
    values: dict[str, Any]
    fragment: str


def field_link(claim: Claim, field: str, *, has_authorizations: bool = False) -> Place:
    """Where the field path of a finding (`scrub.FIELDS`) is mended."""
    family, _, rest = field.partition(".")
    slip = {"public_id": claim.encounter.public_id}
    own = {"public_id": claim.public_id}
    cover = {"public_id": claim.patient.public_id, "coverage_id": claim.coverage.public_id}
    if family == "coverage":
        return Place("patients.edit_coverage", cover, rest)
    if family == "diagnoses":
        return Place("charges.show", slip, f"diagnosis-{rest}")
    if family == "lines":
        number, _, part = rest.partition(".")
        return Place("charges.show", slip, f"lines-{number or 1}-{part or 'code'}")
    if family == "authorization":
        if has_authorizations:
            return Place("claims.show", own, "authorization-authorization")
        return Place("patients.new_authorization", cover, "number")
    if family == "payer":
        return Place("admin.payer", {"public_id": claim.payer.public_id}, PAYER_FIELDS[rest])
    if family in ("billing", "facility"):
        return Place("admin.practice", {}, rest)
    if family in ("rendering", "referring"):
        return Place("admin.providers", {}, rest)
    if family == "tables":
        return Place("admin.fees", {}, "")
    return Place("claims.show", own, "")


def address(place: Place) -> str:
    """The place's address for this user; "" for a page that does not exist here or that the role may not open."""
    view = current_app.view_functions.get(place.endpoint)
    permission = getattr(view, "permission", None)
    if view is None or permission not in access.PERMISSIONS or not may(permission):
        return ""
    return url_for(place.endpoint, _anchor=place.fragment or None, **place.values)
