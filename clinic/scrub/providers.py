"""Edits about who gave the service and where: P01, P04, P06."""

import re
from collections.abc import Iterator

from clinic.scrub.draft import ClaimDraft
from clinic.scrub.findings import Finding, Severity
from clinic.scrub.identifiers import npi_is_valid, taxonomy_format_is_valid
from clinic.scrub.tables import Tables

_NINE_DIGITS = re.compile(r"[0-9]{5}-?[0-9]{4}")


def check_npis(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """Every NPI on the claim has ten digits and a right check digit.

    One mistyped digit always breaks the check digit, and the claim is rejected. The billing NPI must be there; the
    rendering and the referring provider carry one when they stand on the claim; the facility's may be empty.
    """
    places = [("billing", "billing provider", draft.billing.npi, True)]
    if draft.rendering:
        places.append(("rendering", "rendering provider", draft.rendering.npi, True))
    if draft.referring:
        places.append(("referring", "referring provider", draft.referring.npi, True))
    if draft.facility:
        places.append(("facility", "facility", draft.facility.npi, False))
    for place, who, npi, is_required in places:
        if npi and not npi_is_valid(npi):
            message = f"The NPI of the {who} is wrong: it needs ten digits, and the last one must check."
            fix = "Look the NPI up again and key it anew; one digit is probably mistyped."
            yield Finding("P01", Severity.BLOCK, f"{place}.npi", message, fix)
        elif is_required and not npi:
            message = f"The {who} has no NPI."
            yield Finding("P01", Severity.BLOCK, f"{place}.npi", message, "Enter the provider's NPI.")


def check_taxonomies(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The billing provider's taxonomy is there, well formed, listed, and the one the payer has on file.

    Taxonomy says what kind of provider bills; a payer that stores another one rejects or misprices the claim (a Warn,
    for the clinic's record of it may be old). The rendering provider needs one where the payer asks for it. Existence
    is checked where the clinic has loaded the NUCC list; without it only the form of the code is.
    """
    providers = [("billing", "billing provider", draft.billing.taxonomy, True)]
    if draft.rendering:
        needed = draft.payer.requires_rendering_taxonomy
        providers.append(("rendering", "rendering provider", draft.rendering.taxonomy, needed))
    for place, who, taxonomy, is_required in providers:
        field = f"{place}.taxonomy"
        if not taxonomy:
            if is_required:
                message = f"The {who} has no taxonomy code, and {draft.payer.name} needs it."
                yield Finding(
                    "P04", Severity.BLOCK, field, message, "Enter the taxonomy code from the NPI record."
                )
        elif not taxonomy_format_is_valid(taxonomy):
            message = f"{taxonomy} is not a taxonomy code: ten characters, three digits first and an X last."
            yield Finding(
                "P04", Severity.BLOCK, field, message, "Copy the code from the provider's NPI record."
            )
        elif tables.taxonomy is not None and not tables.taxonomy(taxonomy):
            message = f"Taxonomy {taxonomy} of the {who} is not in the NUCC list."
            yield Finding(
                "P04", Severity.BLOCK, field, message, "Copy the code from the provider's NPI record."
            )
    on_file = draft.enrolment.taxonomy if draft.enrolment else ""
    if on_file and draft.billing.taxonomy and on_file != draft.billing.taxonomy:
        message = (
            f"{draft.payer.name} has taxonomy {on_file} on file, the claim says {draft.billing.taxonomy}."
        )
        fix = "Bill with the taxonomy of the enrolment, or ask the payer to change theirs."
        yield Finding("P04", Severity.WARN, "billing.taxonomy", message, fix, suggestion=on_file)


def check_zip_codes(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The ZIP codes of the billing address and the facility have nine digits, and the last four are not 0000.

    Payers route and price by the full ZIP; five digits come back as a rejection (277CA status 500).
    """
    addresses = [("billing", "billing address", draft.billing.zip_code)]
    if draft.facility:
        addresses.append(("facility", "facility", draft.facility.zip_code))
    for place, what, zip_code in addresses:
        if not _NINE_DIGITS.fullmatch(zip_code):
            message = f"The ZIP code of the {what} needs nine digits."
        elif zip_code.endswith("0000"):
            message = f"The ZIP code of the {what} ends in 0000, which is no delivery area."
        else:
            continue
        fix = "Look up the full ZIP+4 of the street address and enter all nine digits."
        yield Finding("P06", Severity.BLOCK, f"{place}.zip", message, fix)
