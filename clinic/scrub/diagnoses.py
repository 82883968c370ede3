"""Edits about the diagnoses: D01, D02."""

from collections.abc import Callable, Iterator
from datetime import date

from clinic.scrub.draft import LETTERS, ClaimDraft
from clinic.scrub.findings import Finding, Severity, not_checked
from clinic.scrub.tables import ICD10, DiagnosisStatus, Tables, in_force

LookUp = Callable[[str, date], DiagnosisStatus | None]
FULL_LENGTH = 7


def check_diagnosis_codes(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """Every diagnosis is a complete ICD-10-CM code that was valid on the day of service.

    Codes change on October 1 and April 1, and the day of service decides, not the day of billing. A header such as
    E11 only groups others and cannot be billed (CARC 16). A code that lacks only its 7th character is D02's finding.
    """
    if tables.icd10 is None:
        yield from _not_checked_once(draft, "D01")
        return
    uncovered = False
    for letter, code, days in _rows(draft):
        for day in days:
            status = tables.icd10(code, day)
            if status is None:
                uncovered = True
                continue
            if seventh_character_fault(code, day, tables.icd10) is not None:
                break
            fault = _code_fault(code, status, day)
            if fault is not None:
                message, fix = fault
                suggestion = status.choices[0][0] if len(status.choices) == 1 else ""
                yield Finding(
                    "D01", Severity.BLOCK, f"diagnoses.{letter}", message, fix, suggestion=suggestion
                )
                break
    if uncovered:
        yield not_checked("D01", ICD10)


def check_seventh_characters(draft: ClaimDraft, tables: Tables) -> Iterator[Finding]:
    """A code whose category asks for a 7th character has a legal one, in 7th place.

    Injuries and some pregnancy codes tell the encounter with it: A initial, D subsequent, S sequela. A shorter code
    is filled up with X first: T14.8 becomes T14.8XXA. Without it the code is invalid and the claim is rejected.
    """
    if tables.icd10 is None:
        yield from _not_checked_once(draft, "D02")
        return
    uncovered = False
    for letter, code, days in _rows(draft):
        for day in days:
            if tables.icd10(code, day) is None:
                uncovered = True
                continue
            fault = seventh_character_fault(code, day, tables.icd10)
            if fault is not None:
                message, fix, suggestion = fault
                yield Finding(
                    "D02", Severity.BLOCK, f"diagnoses.{letter}", message, fix, suggestion=suggestion
                )
                break
    if uncovered:
        yield not_checked("D02", ICD10)


def seventh_character_fault(code: str, on: date, icd10: LookUp) -> tuple[str, str, str] | None:
    """What is wrong with the 7th character of `code`: message, fix, suggestion; None when nothing is.

    A code that the list does not know is cut back to a stem that it knows, to tell a wrong 7th character (S52.501Q)
    and a forgotten X (T14.8A) from a code that never existed, which is D01's.
    """
    plain = code.replace(".", "").upper()
    status = icd10(code, on)
    if status is not None and status.is_known:
        if status.billable or not status.seventh_characters:
            return None
        return _fault(code, "needs a 7th character", plain, status.seventh_characters)
    for stem in _stems(plain):
        stem_status = icd10(_with_dot(stem), on)
        if stem_status is not None and stem_status.is_known:
            return _tail_fault(code, stem, plain[len(stem) :], stem_status.seventh_characters)
    return None


def _tail_fault(code: str, stem: str, tail: str, legal: str) -> tuple[str, str, str] | None:
    """What is wrong with the `tail` typed behind a known `stem`; None when it is no matter of the 7th character."""
    if not legal:
        return None
    if set(tail) == {"X"}:
        return _fault(code, "needs a 7th character", stem, legal)
    if len(stem + tail) == FULL_LENGTH and set(tail[:-1]) <= {"X"} and tail[-1] not in legal:
        return _fault(code, f"cannot end in {tail[-1]}", stem, legal)
    if len(tail) == 1 and tail in legal:
        return _fault(code, "has its 7th character too far left", stem, tail)
    return None


def _fault(code: str, what: str, stem: str, legal: str) -> tuple[str, str, str]:
    complete = [_with_dot(stem.ljust(FULL_LENGTH - 1, "X") + character) for character in legal]
    if len(complete) == 1:
        return f"{code} {what}.", f"Write {complete[0]}.", complete[0]
    return f"{code} {what}.", f"Choose one of {', '.join(complete)}; X fills empty places.", ""


def _stems(plain: str) -> Iterator[str]:
    """`plain` cut from the right, down to a category of three characters."""
    for length in range(len(plain) - 1, 2, -1):
        yield plain[:length]


def _with_dot(plain: str) -> str:
    return plain if len(plain) <= 3 else f"{plain[:3]}.{plain[3:]}"


def _code_fault(code: str, status: DiagnosisStatus, on: date) -> tuple[str, str] | None:
    """Message and fix, or None for a complete code in force."""
    if not status.is_known:
        return (
            f"{code} is not an ICD-10-CM code.",
            "Search the diagnosis again and choose a code from the list.",
        )
    if not in_force(status.valid_from, status.valid_until, on):
        message = f"{code} was not valid on {on:%m/%d/%Y}, the day of service."
        return message, "Choose the code that was in force on that day."
    if not status.billable:
        choices = ", ".join(f"{choice} {text}".rstrip() for choice, text in status.choices)
        fix = f"Choose a complete code: {choices}." if choices else "Choose a complete code below it."
        return f"{code} is a heading, not a complete code, and payers refuse it.", fix
    return None


def _rows(draft: ClaimDraft) -> Iterator[tuple[str, str, list[date]]]:
    """Letter, code, and the days on which the code must be valid: of the lines that point at it, else of all."""
    for letter, code in zip(LETTERS, draft.diagnoses, strict=False):
        if code:
            pointed = {line.service_on for line in draft.lines if letter in line.pointers}
            yield letter, code, sorted(pointed or {line.service_on for line in draft.lines})


def _not_checked_once(draft: ClaimDraft, edit: str) -> Iterator[Finding]:
    if any(draft.diagnoses):
        yield not_checked(edit, ICD10)
