"""The list of edits, and the run over them.

To add one: write a function with a docstring for people in the file of its family, add its row here, raise
`RULESET_VERSION`, and give it an `accepts_` and a `flags_` test. To change one, raise its version as well.
"""

from collections.abc import Iterable
from datetime import date

from clinic.scrub.claim import (
    check_authorization,
    check_frequency,
    check_payer_set_up,
    check_timely_filing,
    check_total,
)
from clinic.scrub.code_pairs import check_add_ons, check_code_pairs, check_visit_modifiers
from clinic.scrub.diagnoses import check_diagnosis_codes, check_seventh_characters
from clinic.scrub.draft import ClaimDraft
from clinic.scrub.findings import Edit, Finding, Severity
from clinic.scrub.lines import check_charges, check_duplicates, check_pointers, check_procedure_codes
from clinic.scrub.providers import check_npis, check_taxonomies, check_zip_codes
from clinic.scrub.subscriber import check_coverage_dates, check_medicare_number, check_member_id
from clinic.scrub.tables import Tables

RULESET_VERSION = "2026.1"
"""Stored with every claim that is sent (C13)."""

_FIRST = date(2020, 1, 1)
"""The first edits hold for every claim that can still be open, imported ones too."""

_BLOCK = Severity.BLOCK

EDITS = (
    Edit("S01", 1, _FIRST, "Member ID", _BLOCK, check_member_id, "277CA status 33; CARC 31", on_void=True),
    Edit("S03", 1, _FIRST, "Medicare number", _BLOCK, check_medicare_number, "CMS MBI format", on_void=True),
    Edit("S09", 1, _FIRST, "Coverage in force", _BLOCK, check_coverage_dates, "CARC 26, 27"),
    Edit("P01", 1, _FIRST, "NPI", _BLOCK, check_npis, "45 CFR 162.406", on_void=True),
    Edit("P04", 1, _FIRST, "Taxonomy", _BLOCK, check_taxonomies, "277CA status 145; NUCC taxonomy"),
    Edit("P06", 1, _FIRST, "Nine-digit ZIP", _BLOCK, check_zip_codes, "277CA status 500", on_void=True),
    Edit("D01", 1, _FIRST, "Diagnosis valid", _BLOCK, check_diagnosis_codes, "CARC 16; ICD-10-CM releases"),
    Edit("D02", 1, _FIRST, "Seventh character", _BLOCK, check_seventh_characters, "ICD-10-CM guidelines I.A.4, I.A.5"),
    Edit("L01", 1, _FIRST, "Procedure valid", _BLOCK, check_procedure_codes, "CARC 181; M20, M51"),
    Edit("L02", 1, _FIRST, "Diagnosis pointers", _BLOCK, check_pointers, "CARC 11"),
    Edit("L03", 1, _FIRST, "Charge above zero", _BLOCK, check_charges, "277CA status 178"),
    Edit("L07", 1, _FIRST, "NCCI pairs", _BLOCK, check_code_pairs, "CARC 97; NCCI procedure-to-procedure edits"),
    Edit("L09", 1, _FIRST, "Visit with a procedure", _BLOCK, check_visit_modifiers, "CARC 97; modifiers 24, 25, 57"),
    Edit("L13", 1, _FIRST, "Add-on with its primary", _BLOCK, check_add_ons, "CARC 107; NCCI add-on code edits"),
    Edit("L18", 1, _FIRST, "Duplicates", _BLOCK, check_duplicates, "CARC 18"),
    Edit("K01", 1, _FIRST, "Lines and total", _BLOCK, check_total, "277CA status 178, 400", on_void=True),
    Edit("K02", 1, _FIRST, "Prior authorization", _BLOCK, check_authorization, "CARC 197, 198; 277CA status 252"),
    Edit("K04", 1, _FIRST, "Timely filing", _BLOCK, check_timely_filing, "CARC 29; the payer's manual"),
    Edit("K05", 1, _FIRST, "Frequency", _BLOCK, check_frequency, "277CA status 464, 535", on_void=True),
    Edit("K11", 1, _FIRST, "Payer set-up", _BLOCK, check_payer_set_up, "277CA status 24, 153", on_void=True),
)  # fmt: skip


def run(draft: ClaimDraft, tables: Tables, on: date | None = None) -> tuple[Finding, ...]:
    """What the edits in force on `on` (the clinic's day when not given) say of `draft`.

    The worst first, then what concerns the whole claim, then line by line, then in the order of `EDITS`. An edit
    that raises is a fault of ours and is not caught: a claim must never pass because its check broke.
    """
    day = on or draft.today
    findings: list[Finding] = []
    for edit in EDITS:
        in_force = edit.effective_on <= day and (edit.ends_on is None or day <= edit.ends_on)
        if in_force and (edit.on_void or not draft.is_void):
            findings.extend(edit.function(draft, tables))
    return tuple(sorted(findings, key=lambda finding: (finding.severity.rank, finding.line or 0)))


def blocks(findings: Iterable[Finding]) -> bool:
    """Whether any finding stops the claim."""
    return any(finding.severity is Severity.BLOCK for finding in findings)
