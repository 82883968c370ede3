"""Patients: registered, found, insured; and who pays what insurance does not."""

from clinic.patients.addresses import PostalAddress, postal
from clinic.patients.authorizations import (
    add_authorization,
    authorizations_of,
    change_authorization,
    count_visit,
)
from clinic.patients.coverages import (
    POSITIONS,
    RELATIONSHIPS,
    add_coverage,
    change_coverage,
    coverage_faults,
    coverages_on,
    end_coverage,
)
from clinic.patients.errors import (
    ChangedMeanwhile,
    CoverageOverlap,
    FieldRefused,
    PatientError,
    PossibleDuplicate,
)
from clinic.patients.history import history
from clinic.patients.likeness import LookAlike, look_alikes
from clinic.patients.merging import (
    CHOICES,
    MergeRefused,
    ReasonMissing,
    merge,
    merges_of,
    numbers,
    preview,
    undo,
)
from clinic.patients.places import Place, place
from clinic.patients.registration import change, change_guarantor, confirm, duplicates, faults, register
from clinic.patients.scans import add_scan, card_scanned_at
from clinic.patients.search import Found, search

__all__ = [
    "CHOICES",
    "POSITIONS",
    "RELATIONSHIPS",
    "ChangedMeanwhile",
    "CoverageOverlap",
    "FieldRefused",
    "Found",
    "LookAlike",
    "MergeRefused",
    "PatientError",
    "Place",
    "PossibleDuplicate",
    "PostalAddress",
    "ReasonMissing",
    "add_authorization",
    "add_coverage",
    "add_scan",
    "authorizations_of",
    "card_scanned_at",
    "change",
    "change_authorization",
    "change_coverage",
    "change_guarantor",
    "confirm",
    "count_visit",
    "coverage_faults",
    "coverages_on",
    "duplicates",
    "end_coverage",
    "faults",
    "history",
    "look_alikes",
    "merge",
    "merges_of",
    "numbers",
    "place",
    "postal",
    "preview",
    "register",
    "search",
    "undo",
]
