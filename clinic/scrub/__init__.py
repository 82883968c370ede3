"""The scrubber: reads one claim before it leaves and says what to mend. Pure: no database, no web, no clock.

`run(draft, tables)` returns findings, worst first; `blocks` tells whether the claim must stay. The identifier checks
serve forms as well.
"""

from clinic.scrub.draft import (
    ClaimDraft,
    DraftAuthorization,
    DraftCoverage,
    DraftEnrolment,
    DraftFacility,
    DraftLine,
    DraftPayer,
    DraftPerson,
    DraftProvider,
    EnrolmentState,
    FilingStart,
    Frequency,
    OtherClaim,
    OtherLine,
    Sequence,
    Standing,
)
from clinic.scrub.edits import EDITS, RULESET_VERSION, blocks, run
from clinic.scrub.findings import FIELDS, Edit, Finding, Severity
from clinic.scrub.identifiers import (
    clean_member_id,
    mbi_is_valid,
    member_id_is_valid,
    npi_is_valid,
    taxonomy_format_is_valid,
)
from clinic.scrub.tables import DiagnosisStatus, NCCIPair, ProcedureStatus, Tables

__all__ = [
    "EDITS",
    "FIELDS",
    "RULESET_VERSION",
    "ClaimDraft",
    "DiagnosisStatus",
    "DraftAuthorization",
    "DraftCoverage",
    "DraftEnrolment",
    "DraftFacility",
    "DraftLine",
    "DraftPayer",
    "DraftPerson",
    "DraftProvider",
    "Edit",
    "EnrolmentState",
    "FilingStart",
    "Finding",
    "Frequency",
    "NCCIPair",
    "OtherClaim",
    "OtherLine",
    "ProcedureStatus",
    "Sequence",
    "Severity",
    "Standing",
    "Tables",
    "blocks",
    "clean_member_id",
    "mbi_is_valid",
    "member_id_is_valid",
    "npi_is_valid",
    "run",
    "taxonomy_format_is_valid",
]
