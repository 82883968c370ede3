"""Edits about who is insured: S01, S03, S09."""

import re
from collections.abc import Iterator

from clinic.scrub.draft import ClaimDraft
from clinic.scrub.findings import Finding, Severity
from clinic.scrub.identifiers import clean_member_id, mbi_is_valid, member_id_is_valid
from clinic.scrub.tables import Tables

_OLD_MEDICARE_NUMBER = re.compile(r"[0-9]{9}[A-Z][A-Z0-9]?|[A-Z]{1,3}[0-9]{6}(?:[0-9]{3})?")
"""The Social Security based number, also the railroad's with its letters in front, that MBIs replaced in 2020."""


def check_member_id(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The member ID is there, and holds capital letters and digits only.

    Cards print spaces and dashes that the payer does not store; with them, or without an ID, the payer cannot find
    the member and rejects the claim before it is read. Mend the ID on the coverage.
    """
    member_id = draft.coverage.member_id
    cleaned = clean_member_id(member_id)
    if not cleaned:
        message = f"The coverage with {draft.payer.name} has no member ID."
        fix = "Enter the ID as it stands on the card."
        yield Finding("S01", Severity.BLOCK, "coverage.member_id", message, fix)
    elif not member_id_is_valid(member_id):
        message = (
            "The member ID holds characters that payers do not take: only capital letters and digits count."
        )
        if member_id_is_valid(cleaned):
            fix = "Take out spaces and dashes and use capital letters."
            yield Finding("S01", Severity.BLOCK, "coverage.member_id", message, fix, suggestion=cleaned)
        else:
            fix = "Key the ID again from the card."
            yield Finding("S01", Severity.BLOCK, "coverage.member_id", message, fix)


def check_medicare_number(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """A Medicare claim carries a well-formed Medicare number (MBI).

    An MBI has eleven characters in a fixed order of letters and digits, never S, L, O, I, B or Z. The older number,
    made from a Social Security number, is refused by Medicare. A missing ID is S01's, so this edit is silent there.
    """
    number = clean_member_id(draft.coverage.member_id)
    if not draft.payer.is_medicare or not number or mbi_is_valid(number):
        return
    if _OLD_MEDICARE_NUMBER.fullmatch(number):
        message = "This looks like the old Medicare number, which Medicare no longer takes."
        fix = "Ask for the current Medicare card and enter its eleven characters."
    else:
        message = "This is not a Medicare number: it needs eleven characters in Medicare's pattern."
        fix = (
            "Compare with the card. Medicare never uses the letters S, L, O, I, B or Z: a 0 or a 1 is likely."
        )
    yield Finding("S03", Severity.BLOCK, "coverage.member_id", message, fix)


def check_coverage_dates(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """The coverage was in force on every day of service.

    Payers deny what came before the start (CARC 26) or after the end (CARC 27). An open start or end counts as in
    force. When another coverage on file was in force on that day, the finding names it.
    """
    coverage = draft.coverage
    missed = next((day for day in draft.service_days() if not coverage.covers(day)), None)
    if missed is None:
        return
    if coverage.effective_on is not None and missed < coverage.effective_on:
        field, edge = "coverage.effective_on", f"starts on {coverage.effective_on:%m/%d/%Y}"
    else:
        field, edge = "coverage.terminated_on", f"ended on {coverage.terminated_on:%m/%d/%Y}"
    message = f"The coverage with {draft.payer.name} {edge}; the service was on {missed:%m/%d/%Y}."
    other = next((each for each in draft.other_coverages if each.covers(missed)), None)
    fix = (
        f"Bill the coverage with {other.payer.name} that was in force that day, or correct the dates."
        if other
        else "Ask the payer which dates hold, correct them, or bill the patient."
    )
    yield Finding("S09", Severity.BLOCK, field, message, fix)
