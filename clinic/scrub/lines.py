"""Edits about single lines: L01, L02, L03, L18. Those about pairs of codes are in `code_pairs`."""

import re
from collections.abc import Iterator

from clinic.scrub.draft import LETTERS, ClaimDraft, DraftLine
from clinic.scrub.findings import Finding, Severity, not_checked
from clinic.scrub.tables import PROCEDURES, Tables, in_force

_PROCEDURE_FORM = re.compile(r"[0-9]{5}|[0-9]{4}[A-Z]|[A-Z][0-9]{4}")

MOST_POINTERS = 4

REPEAT_MODIFIERS = frozenset({"76", "77", "91"})
"""Same service again: by the same provider, by another, a laboratory test repeated on purpose."""

EXTERNAL_CAUSES = frozenset("VWXY")
"""First letters of ICD-10-CM codes that say how an injury came about, never what was treated."""


def check_procedure_codes(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """Every procedure code exists and was valid on its day of service.

    Codes are added and deleted each quarter and most on January 1; a deleted or mistyped one is refused (CARC 181,
    remark M20 or M51). The form of the code is always checked, its life only where the clinic has loaded a list.
    """
    unlisted = False
    for line in draft.lines:
        field = f"lines.{line.number}.code"
        if not _PROCEDURE_FORM.fullmatch(line.code):
            message = (
                f"{line.code or 'An empty field'} is not a procedure code: five characters, such as 99213."
            )
            fix = "Choose the code from the list."
            yield Finding("L01", Severity.BLOCK, field, message, fix, line.number)
            continue
        status = tables.procedures(line.code, line.service_on) if tables.procedures else None
        if status is None:
            unlisted = True
        elif not status.is_known:
            message = f"{line.code} is not in the clinic's procedure code list."
            fix = "Choose another code, or load the list that holds it."
            yield Finding("L01", Severity.BLOCK, field, message, fix, line.number)
        elif not in_force(status.valid_from, status.valid_until, line.service_on):
            message = f"{line.code} was not valid on {line.service_on:%m/%d/%Y}, the day of service."
            fix = "Choose the code that was in force on that day."
            if status.replaced_by:
                fix = f"Use {status.replaced_by}, which took its place, if it says what was done."
            yield Finding("L01", Severity.BLOCK, field, message, fix, line.number, status.replaced_by)
    if unlisted:
        yield not_checked("L01", PROCEDURES)


def check_pointers(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """Every line points at one to four diagnoses of the claim, each once.

    The payer judges each service by the diagnosis it points at first (CARC 11), so the first one should say what was
    treated: a code that only tells how an injury came about brings a Warn.
    """
    for line in draft.lines:
        for severity, message, fix in _pointer_faults(draft, line):
            yield Finding("L02", severity, f"lines.{line.number}.pointers", message, fix, line.number)


def _pointer_faults(draft: ClaimDraft, line: DraftLine) -> Iterator[tuple[Severity, str, str]]:
    if not line.pointers:
        yield (
            Severity.BLOCK,
            f"{line.code} points at no diagnosis.",
            "Enter the letter of the diagnosis treated.",
        )
        return
    if len(line.pointers) > MOST_POINTERS:
        message = f"{line.code} points at {len(line.pointers)} diagnoses; a claim takes four for each line."
        yield Severity.BLOCK, message, "Keep the four that explain the service best."
    if len(set(line.pointers)) < len(line.pointers):
        message = f"{line.code} points at the same diagnosis twice."
        yield Severity.BLOCK, message, "Keep each letter once."
    missing = [letter for letter in dict.fromkeys(line.pointers) if not draft.diagnosis(letter)]
    if missing:
        message = f"{line.code} points at {', '.join(missing)}, where no diagnosis stands."
        fix = (
            f"Use letters from {LETTERS[0]} to {LETTERS[-1]} that hold a diagnosis, or enter the missing one."
        )
        yield Severity.BLOCK, message, fix
    if draft.diagnosis(line.pointers[0])[:1].upper() in EXTERNAL_CAUSES:
        message = f"{line.code} points first at a cause of injury, which is no reason for treatment."
        yield Severity.WARN, message, "Put the injury or condition first."


def check_charges(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """Every line costs more than $0.00, unless its code is on the clinic's zero-charge list.

    Payers refuse a line without a charge. Follow-up visits within a surgery's price (99024) and quality codes are
    the exception; the clinic keeps that list itself.
    """
    for line in draft.lines:
        field = f"lines.{line.number}.charge"
        if line.charge < 0:
            message = f"{line.code} has a charge below zero."
            fix = "Enter the fee; give money back with an adjustment, never with a negative line."
            yield Finding("L03", Severity.BLOCK, field, message, fix, line.number)
        elif line.charge == 0 and not tables.may_be_zero(line.code, line.service_on):
            message = f"{line.code} has no charge."
            fix = "Enter the fee or add the code to the fee schedule; if it is free by rule, list it as zero-charge."
            yield Finding("L03", Severity.BLOCK, field, message, fix, line.number)


def check_duplicates(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """No service is billed twice, neither inside the claim nor on another claim (CARC 18).

    Inside: same day, code and modifiers, unless a repeat is marked with 76, 77 or 91. On another claim: same payer
    and turn, day, code, modifiers, rendering provider and charge. Rejected and voided claims, and the claim that
    this one replaces, never reached a decision that still stands, so they do not count.
    """
    seen: dict[tuple[object, ...], int] = {}
    for line in draft.lines:
        if REPEAT_MODIFIERS.intersection(line.modifiers):
            continue
        field = f"lines.{line.number}.code"
        same = (line.service_on, line.code, frozenset(line.modifiers))
        first = seen.setdefault(same, line.number)
        if first != line.number:
            message = f"Line {line.number} repeats line {first}: {line.code} on {line.service_on:%m/%d/%Y}."
            fix = "Remove one, raise the units, or mark a true repeat with modifier 76, 77 or 91."
            yield Finding("L18", Severity.BLOCK, field, message, fix, line.number)
        billed = _billed_on(draft, line)
        if billed:
            message = f"{line.code} on {line.service_on:%m/%d/%Y} was already billed to this payer on claim {billed}."
            fix = (
                "Remove the line, or send a replacement of that claim; mark a true repeat with 76, 77 or 91."
            )
            yield Finding("L18", Severity.BLOCK, field, message, fix, line.number)


def _billed_on(draft: ClaimDraft, line: DraftLine) -> str:
    """The label of a standing claim that holds the same line, or empty text."""
    same = (line.code, frozenset(line.modifiers), line.service_on, line.charge)
    for claim in draft.standing_claims():
        if claim.rendering_npi == draft.rendering_npi:
            for other in claim.lines:
                if (other.code, frozenset(other.modifiers), other.service_on, other.charge) == same:
                    return claim.label
    return ""
